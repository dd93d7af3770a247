//! The type of `.Values`, which has methods.

use std::rc::Rc;

use super::Rules;
use crate::template::Value;
use crate::template::function::{Arguments, Call, Failure};
use crate::template::helm::yaml;
use crate::template::value::{Map, Method, Named, Type};

/// `common.Values`: a map that is asked by paths with dots.
pub(super) struct Values {
    name: &'static str,
    rules: Rules,
}

/// The type as a Helm calls it.
pub(super) fn type_of(rules: Rules) -> Rc<Values> {
    let name = match rules {
        Rules::V3 => "chartutil.Values",
        Rules::V4 => "common.Values",
    };
    Rc::new(Values { name, rules })
}

impl Named for Values {
    fn type_name(&self) -> &str {
        self.name
    }

    fn method(&self, name: &str) -> Option<Method> {
        let at_path: crate::template::value::MethodBody = match self.rules {
            Rules::V3 => |_, values, given| named_table(values, given, Rules::V3),
            Rules::V4 => |_, values, given| named_table(values, given, Rules::V4),
        };
        match name {
            "AsMap" => Some(Method { parameters: &[], body: as_map }),
            "YAML" => Some(Method { parameters: &[], body: as_yaml }),
            "Table" => Some(Method { parameters: &[Type::String], body: at_path }),
            "PathValue" => Some(Method { parameters: &[Type::String], body: path_value }),
            _ => None,
        }
    }
}

/// The table at a path with dots, as Helm finds the values of a chart below by its name.
pub(super) fn table(values: &Map, path: &str) -> Option<Map> {
    path.split('.').try_fold(values.clone(), |table, name| match table.get(name.as_bytes()) {
        Some(Value::Map(table)) => Some(table),
        _ => None,
    })
}

fn receiver(values: &Value) -> Result<&Map, Failure> {
    match values {
        Value::Map(map) => Ok(map),
        _ => Err(Failure::message("the receiver is no table")),
    }
}

fn as_map(_: &mut Call<'_>, values: &Value, _: &Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Map(receiver(values)?.unnamed()))
}

fn as_yaml(call: &mut Call<'_>, values: &Value, _: &Arguments<'_>) -> Result<Value, Failure> {
    let json = values.to_json().map_err(|error| Failure::message(error.to_string()))?;
    let text = yaml::to_yaml(&json) + "\n";
    call.produce(text.len())?;
    Ok(Value::string(text))
}

fn named_table(values: &Value, given: &Arguments<'_>, rules: Rules) -> Result<Value, Failure> {
    let path = given.string(0);
    let mut found = receiver(values)?.clone();
    for name in path.split('.') {
        found = match found.get(name.as_bytes()) {
            Some(Value::Map(table)) => table,
            _ => return Err(Failure::Message(format!("{name:?} is not a table"))),
        };
    }
    Ok(Value::Map(found.seen_as(type_of(rules))))
}

fn path_value(_: &mut Call<'_>, values: &Value, given: &Arguments<'_>) -> Result<Value, Failure> {
    let path = given.string(0);
    if path.is_empty() {
        return Err(Failure::message("YAML path cannot be empty"));
    }
    let values = receiver(values)?;
    let (parent, name) = match path.rsplit_once('.') {
        Some((parent, name)) => (table(values, parent), name),
        None => (Some(values.clone()), &*path),
    };
    match parent.and_then(|parent| parent.get(name.as_bytes())) {
        Some(value) if !matches!(value, Value::Map(_)) => Ok(value),
        _ => Err(Failure::Message(format!("{name:?} is not a value"))),
    }
}
