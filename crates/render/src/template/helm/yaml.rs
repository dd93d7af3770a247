//! YAML and JSON in and out of values.

use manifest::yaml::{self, Limits, Profile};
use serde_json::Value as Json;

use super::pretty_yaml;
use crate::template::error::Failure;
use crate::template::function::{Arguments, Call, Function, text};
use crate::template::sprig::{Escape, decode, encode};
use crate::template::value::{Map, Text, Type, Value};

const ANY: Type = Type::Any;
const S: Type = Type::String;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("toYaml", &[ANY], |call, given| {
        let out = given.value(0).to_json().map(|json| to_yaml(&json)).unwrap_or_default();
        text(call, out)
    }),
    Function::new("mustToYaml", &[ANY], |call, given| text(call, to_yaml(&json_of(given)?))),
    Function::new("toYamlPretty", &[ANY], |call, given| {
        let out = given.value(0).to_json().map(|json| pretty_yaml::write(&json)).unwrap_or_default();
        text(call, out.strip_suffix('\n').unwrap_or(&out))
    }),
    Function::new("fromYaml", &[S], |call, given| {
        let read = from_yaml(call, given)?;
        Ok(object_or_error(read, YAML))
    }),
    Function::new("fromYamlArray", &[S], |call, given| {
        let read = from_yaml(call, given)?;
        Ok(list_or_error(read, YAML))
    }),
    Function::new("toJson", &[ANY], |call, given| {
        let out = given.value(0).to_json().map(|json| encode(&json, Escape::Html)).unwrap_or_default();
        text(call, out)
    }),
    Function::new("mustToJson", &[ANY], |call, given| text(call, encode(&json_of(given)?, Escape::Html))),
    Function::new("fromJson", &[S], |call, given| {
        call.produce(given.text(0).len())?;
        Ok(object_or_error(decode(given.text(0)), JSON))
    }),
    Function::new("fromJsonArray", &[S], |call, given| {
        call.produce(given.text(0).len())?;
        Ok(list_or_error(decode(given.text(0)), JSON))
    }),
];

/// What stands in front of errors about the type of what was read.
const JSON: &str = "json: ";
const YAML: &str = "error unmarshaling JSON: while decoding JSON: json: ";

fn json_of(given: &Arguments<'_>) -> Result<Json, Failure> {
    given.value(0).to_json().map_err(|error| Failure::message(error.to_string()))
}

fn to_yaml(json: &Json) -> String {
    let mut out = yaml::write(json);
    if out.ends_with('\n') {
        out.pop();
    }
    out
}

fn from_yaml(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Result<Json, String>, Failure> {
    let written = given.string(0);
    call.produce(written.len())?;
    let read = yaml::read_documents(written.as_bytes(), "", Profile::Kubectl, &Limits::default());
    // Only the first document counts.
    let first = read.map(|documents| documents.into_iter().next().map_or(Json::Null, |document| document.value));
    Ok(first.map_err(|problem| {
        let line = problem.location.as_ref().map(|location| format!("line {}: ", location.line)).unwrap_or_default();
        format!("error converting YAML to JSON: yaml: {line}{}", problem.message)
    }))
}

/// A map, or a map whose `Error` says why it is none.
fn object_or_error(read: Result<Json, String>, context: &str) -> Value {
    let problem = match read {
        Ok(Json::Null) => return Value::Map(Map::default()),
        Ok(json @ Json::Object(_)) => return Value::from_json(&json),
        Ok(other) => cannot(&other, context, Type::Map),
        Err(problem) => problem,
    };
    Value::Map([(Text::from("Error"), Value::string(problem))].into_iter().collect::<Map>())
}

/// A list, or a list whose one item says why it is none.
fn list_or_error(read: Result<Json, String>, context: &str) -> Value {
    match read {
        Ok(Json::Null) => Value::list(Vec::new()),
        Ok(json @ Json::Array(_)) => Value::from_json(&json),
        Ok(other) => Value::list(vec![Value::string(cannot(&other, context, Type::List))]),
        Err(problem) => Value::list(vec![Value::string(problem)]),
    }
}

fn cannot(json: &Json, context: &str, wanted: Type) -> String {
    let found = match json {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    format!("{context}cannot unmarshal {found} into Go value of type {}", wanted.name())
}
