//! Lists.

use super::convert::{self, items, nil_dereference};
use crate::template::function::{Arguments, Call, Failure, Function, list};
use crate::template::value::{List, Type, Value};

const ANY: Type = Type::Any;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("list", &[], ANY, |call, given| list(call, given.all().to_vec())),
    Function::variadic("tuple", &[], ANY, |call, given| list(call, given.all().to_vec())),
    Function::new("append", &[ANY, ANY], append),
    Function::new("push", &[ANY, ANY], append),
    Function::new("mustAppend", &[ANY, ANY], append),
    Function::new("mustPush", &[ANY, ANY], append),
    Function::new("prepend", &[ANY, ANY], prepend),
    Function::new("mustPrepend", &[ANY, ANY], prepend),
    Function::new("first", &[ANY], first),
    Function::new("mustFirst", &[ANY], first),
    Function::new("last", &[ANY], last),
    Function::new("mustLast", &[ANY], last),
    Function::new("rest", &[ANY], rest),
    Function::new("mustRest", &[ANY], rest),
    Function::new("initial", &[ANY], initial),
    Function::new("mustInitial", &[ANY], initial),
    Function::new("reverse", &[ANY], reverse),
    Function::new("mustReverse", &[ANY], reverse),
    Function::new("compact", &[ANY], compact),
    Function::new("mustCompact", &[ANY], compact),
    Function::new("uniq", &[ANY], unique),
    Function::new("mustUniq", &[ANY], unique),
    Function::variadic("without", &[ANY], ANY, without),
    Function::variadic("mustWithout", &[ANY], ANY, without),
    Function::new("has", &[ANY, ANY], has),
    Function::new("mustHas", &[ANY, ANY], has),
    Function::variadic("slice", &[ANY], ANY, slice),
    Function::variadic("mustSlice", &[ANY], ANY, slice),
    Function::variadic("concat", &[], ANY, concatenate),
    Function::new("chunk", &[Type::Int, ANY], chunk),
    Function::new("mustChunk", &[Type::Int, ANY], chunk),
    Function::new("until", &[Type::Int], |call, given| {
        let count = given.int(0);
        numbers(call, 0, count, if count < 0 { -1 } else { 1 })
    }),
    Function::new("untilStep", &[Type::Int, Type::Int, Type::Int], |call, given| {
        numbers(call, given.int(0), given.int(1), given.int(2))
    }),
];

fn append(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut items = items(given.value(0), "Cannot push on type")?;
    items.push(given.value(1).clone());
    list(call, items)
}

fn prepend(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut items = items(given.value(0), "Cannot prepend on type")?;
    items.insert(0, given.value(1).clone());
    list(call, items)
}

fn first(_: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let items = items(given.value(0), "Cannot find first on type")?;
    Ok(items.into_iter().next().unwrap_or(Value::Nil))
}

fn last(_: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let items = items(given.value(0), "Cannot find last on type")?;
    Ok(items.into_iter().last().unwrap_or(Value::Nil))
}

fn rest(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let items = items(given.value(0), "Cannot find rest on type")?;
    if items.is_empty() {
        return Ok(Value::List(List::nil(ANY)));
    }
    list(call, items.into_iter().skip(1).collect())
}

fn initial(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut items = items(given.value(0), "Cannot find initial on type")?;
    if items.pop().is_none() {
        return Ok(Value::List(List::nil(ANY)));
    }
    list(call, items)
}

fn reverse(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut items = items(given.value(0), "Cannot find reverse on type")?;
    items.reverse();
    list(call, items)
}

fn compact(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut items = items(given.value(0), "Cannot compact on type")?;
    items.retain(Value::is_true);
    list(call, items)
}

fn unique(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items(given.value(0), "Cannot find uniq on type")? {
        call.run.step().map_err(Failure::Limit)?;
        if !is_in(&kept, &item) {
            kept.push(item);
        }
    }
    list(call, kept)
}

fn is_in(items: &[Value], wanted: &Value) -> bool {
    items.iter().any(|item| wanted.deep_equal(item))
}

fn without(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let omitted = given.from(1);
    let mut items = items(given.value(0), "Cannot find without on type")?;
    items.retain(|item| !is_in(omitted, item));
    list(call, items)
}

fn has(_: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    if let Value::Nil = given.value(1) {
        return Ok(false.into());
    }
    let items = items(given.value(1), "Cannot find has on type")?;
    Ok(is_in(&items, given.value(0)).into())
}

fn slice(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let value = given.value(0);
    let length = match value {
        Value::Nil => return Err(nil_dereference()),
        Value::List(list) => list.items().len(),
        Value::Bytes(bytes) => bytes.len(),
        other => {
            let kind = other.kind().name();
            return Err(Failure::message(format!("list should be type of slice or array but {kind}")));
        }
    };
    if length == 0 {
        return Ok(Value::Nil);
    }
    let index = |place: usize, default: i64| given.from(place).first().map_or(default, convert::int64);
    let start = usize::try_from(index(1, 0)).ok();
    let end = usize::try_from(index(2, i64::try_from(length).unwrap_or(i64::MAX))).ok();
    let out_of_bounds = || Failure::message("reflect.Value.Slice: slice index out of bounds");
    let (start, end) = start.zip(end).filter(|(start, end)| start <= end).ok_or_else(out_of_bounds)?;
    call.produce(end - start)?;
    match value {
        Value::List(list) => list.part(start, end).map(Value::List).ok_or_else(out_of_bounds),
        Value::Bytes(bytes) => bytes.get(start..end).map(|part| Value::Bytes(part.into())).ok_or_else(out_of_bounds),
        _ => Ok(Value::Nil),
    }
}

fn concatenate(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let mut all = Vec::new();
    for value in given.all() {
        match value {
            Value::Nil => return Err(nil_dereference()),
            Value::List(_) | Value::Bytes(_) => all.extend(items(value, "")?),
            other => {
                return Err(Failure::message(format!("Cannot concat type {} as list", other.kind().name())));
            }
        }
    }
    if all.is_empty() {
        return Ok(Value::List(List::nil(ANY)));
    }
    list(call, all)
}

fn chunk(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let items = items(given.value(1), "Cannot chunk type")?;
    let Some(size) = usize::try_from(given.int(0)).ok().filter(|size| *size > 0) else {
        // Upstream counts the chunks with a division, which yields none for some sizes below zero.
        let count = (items.len() as f64 - 1.0) / given.int(0) as f64;
        if count.floor() == -1.0 {
            return Ok(Value::List(List::of(Type::List, Vec::new())));
        }
        return Err(Failure::message("runtime error: makeslice: len out of range"));
    };
    let chunks: Vec<Value> = items.chunks(size).map(|chunk| Value::list(chunk.to_vec())).collect();
    call.produce(items.len().saturating_mul(size_of::<Value>()))?;
    Ok(Value::List(List::of(Type::List, chunks)))
}

/// A `[]int` from `start` to before `stop`.
fn numbers(call: &mut Call<'_>, start: i64, stop: i64, step: i64) -> Result<Value, Failure> {
    let items = range(call, start, stop, step)?;
    Ok(Value::List(List::of(Type::Int, items.into_iter().map(Value::int).collect())))
}

/// The numbers from `start` to before `stop`; none where the step leads away.
pub(super) fn range(call: &mut Call<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Failure> {
    let distance = i128::from(stop) - i128::from(start);
    if step == 0 || distance == 0 || (distance > 0) != (step > 0) {
        return Ok(Vec::new());
    }
    let count = distance.unsigned_abs().div_ceil(u128::from(step.unsigned_abs()));
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.produce(count.saturating_mul(size_of::<Value>()))?;
    Ok((0..count as i64).map(|index| start.wrapping_add(index.wrapping_mul(step))).collect())
}
