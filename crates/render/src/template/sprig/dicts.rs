//! Maps.

use std::collections::BTreeMap;

use super::convert;
use super::merge::{self, Overwrite};
use crate::template::function::{Arguments, Call, Failure, Function, list};
use crate::template::value::{List, Map, Text, Type, Value};

const ANY: Type = Type::Any;
const M: Type = Type::Map;
const S: Type = Type::String;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("dict", &[], ANY, dict),
    Function::new("get", &[M, S], |_, given| {
        Ok(given.map(0).and_then(|map| map.get(given.text(1))).unwrap_or_else(|| Value::string("")))
    }),
    Function::new("set", &[M, S, ANY], set),
    Function::new("unset", &[M, S], |_, given| {
        if let Some(map) = given.map(0) {
            map.remove(given.text(1));
        }
        Ok(given.value(0).clone())
    }),
    Function::new("hasKey", &[M, S], |_, given| Ok(given.map(0).is_some_and(|map| map.contains(given.text(1))).into())),
    Function::variadic("pluck", &[S], M, |call, given| {
        let maps = given.from(1).iter().filter_map(as_map);
        let found = maps.filter_map(|map| map.get(given.text(0))).collect();
        list(call, found)
    }),
    Function::variadic("keys", &[], M, |call, given| {
        let keys: Vec<Value> = given.all().iter().filter_map(as_map).flat_map(Map::keys).map(Value::String).collect();
        call.produce(keys.len().saturating_mul(size_of::<Value>()))?;
        Ok(Value::List(List::of(S, keys)))
    }),
    Function::new("values", &[M], |call, given| {
        let values = given.map(0).map(Map::entries).unwrap_or_default();
        list(call, values.into_iter().map(|(_, value)| value).collect())
    }),
    Function::variadic("pick", &[M], S, pick),
    Function::variadic("omit", &[M], S, omit),
    Function::variadic("merge", &[M], M, |call, given| merge_all(call, given, Overwrite::No)),
    Function::variadic("mustMerge", &[M], M, |call, given| merge_all(call, given, Overwrite::No)),
    Function::variadic("mergeOverwrite", &[M], M, |call, given| merge_all(call, given, Overwrite::Yes)),
    Function::variadic("mustMergeOverwrite", &[M], M, |call, given| merge_all(call, given, Overwrite::Yes)),
    Function::variadic("dig", &[], ANY, dig),
    Function::new("deepCopy", &[ANY], |call, given| merge::deep_copy(call, given.value(0))),
    Function::new("mustDeepCopy", &[ANY], |call, given| merge::deep_copy(call, given.value(0))),
];

fn as_map(value: &Value) -> Option<&Map> {
    match value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

/// A map of keys and values in turn; a key without a value is `""`.
fn dict(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    call.produce(given.all().len().saturating_mul(size_of::<Value>()))?;
    let mut entries = BTreeMap::new();
    for pair in given.all().chunks(2) {
        if let Some((key, value)) = pair.split_first() {
            let value = value.first().cloned().unwrap_or_else(|| Value::string(""));
            entries.insert(convert::text(key), value);
        }
    }
    Ok(Value::Map(Map::new(entries)))
}

fn set(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let Some(map) = given.map(0) else { return Err(Failure::message("assignment to entry in nil map")) };
    call.produce(size_of::<Value>())?;
    let value = given.value(2);
    if matches!(value, Value::Map(_) | Value::List(_)) {
        call.changes(map);
    }
    map.insert(given.text(1), value.clone());
    Ok(given.value(0).clone())
}

fn pick(_: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let Some(map) = given.map(0) else { return Ok(Value::Map(Map::default())) };
    let picked: BTreeMap<Text, Value> =
        names(given).filter_map(|name| map.get(name).map(|value| (Text::from(name), value))).collect();
    Ok(Value::Map(Map::new(picked)))
}

fn omit(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let entries = given.map(0).map(Map::entries).unwrap_or_default();
    call.produce(entries.len().saturating_mul(size_of::<Value>()))?;
    let kept: BTreeMap<Text, Value> =
        entries.into_iter().filter(|(key, _)| !names(given).any(|name| name == key.bytes())).collect();
    Ok(Value::Map(Map::new(kept)))
}

fn names<'a>(given: &Arguments<'a>) -> impl Iterator<Item = &'a [u8]> {
    given.from(1).iter().filter_map(|name| match name {
        Value::String(text) => Some(text.bytes()),
        _ => None,
    })
}

fn merge_all(call: &mut Call<'_>, given: &Arguments<'_>, overwrite: Overwrite) -> Result<Value, Failure> {
    let target = given.map(0).cloned().unwrap_or_default();
    for source in given.from(1).iter().filter_map(as_map) {
        merge::merge(call, &target, source, overwrite)?;
    }
    Ok(Value::Map(target))
}

/// `dig "a" "b" default map`: the value at a path, or the default where a key is missing.
fn dig(_: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let all = given.all();
    let [path @ .., default, start] = all else {
        return Err(Failure::message("dig needs at least three arguments"));
    };
    if path.is_empty() {
        return Err(Failure::message("dig needs at least three arguments"));
    }
    let mut current = start.clone();
    for key in path {
        let Value::Map(map) = &current else { return Err(conversion(&current, "map[string]interface {}")) };
        if current.type_name() != "map[string]interface {}" {
            return Err(conversion(&current, "map[string]interface {}"));
        }
        let Value::String(key) = key else { return Err(conversion(key, "string")) };
        match map.get(key) {
            None => return Ok(default.clone()),
            Some(value) => current = value,
        }
    }
    Ok(current)
}

/// What Go says where a value is not what it is taken for.
fn conversion(value: &Value, wanted: &str) -> Failure {
    let found = match value {
        Value::Nil => "nil".into(),
        value => value.type_name(),
    };
    Failure::message(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}
