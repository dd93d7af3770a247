//! YAML and JSON in and out of values.

use manifest::go_json::{self, Style};
use manifest::yaml::{self, Limits, Profile};
use serde_json::Value as Json;

use super::pretty_yaml;
use crate::template::error::Failure;
use crate::template::function::{Arguments, Call, Function, text};
use crate::template::sprig::decode;
use crate::template::value::{List, Map, Text, Type, Value};

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
        Ok(object_or_error(read, YAML, Map::default()))
    }),
    Function::new("fromYamlArray", &[S], |call, given| {
        let read = from_yaml(call, given)?;
        Ok(list_or_error(read, YAML, List::new(Vec::new())))
    }),
    Function::new("toJson", &[ANY], |call, given| {
        let out = given.value(0).to_json().map(|json| go_json::of(&json, Style::default())).unwrap_or_default();
        text(call, out)
    }),
    Function::new("mustToJson", &[ANY], |call, given| text(call, go_json::of(&json_of(given)?, Style::default()))),
    Function::new("fromJson", &[S], |call, given| {
        call.produce(given.text(0).len())?;
        Ok(object_or_error(decode(given.text(0)), JSON, Map::nil(ANY)))
    }),
    Function::new("fromJsonArray", &[S], |call, given| {
        call.produce(given.text(0).len())?;
        Ok(list_or_error(decode(given.text(0)), JSON, List::nil(ANY)))
    }),
];

/// What stands in front of errors about the type of what was read.
const JSON: &str = "json: ";
/// The same for YAML.
pub(crate) const YAML: &str = "error unmarshaling JSON: while decoding JSON: json: ";

fn json_of(given: &Arguments<'_>) -> Result<Json, Failure> {
    given.value(0).to_json().map_err(|error| Failure::message(error.to_string()))
}

/// What `toYaml` prints: without a line break at the end.
pub(crate) fn to_yaml(json: &Json) -> String {
    let mut out = yaml::write(json);
    if out.ends_with('\n') {
        out.pop();
    }
    out
}

fn from_yaml(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Result<Json, String>, Failure> {
    let written = given.string(0);
    call.produce(written.len())?;
    Ok(read_first(&written))
}

/// The first document of a text, which is all that Go reads.
///
/// # Errors
///
/// What is wrong with it, as `sigs.k8s.io/yaml` says it.
pub(crate) fn read_first(text: &str) -> Result<Json, String> {
    let read = yaml::read_documents(text.as_bytes(), "", Profile::Kubectl, &Limits::default());
    let first = read.map(|documents| documents.into_iter().next().map_or(Json::Null, |document| document.value));
    first.map_err(|problem| {
        let words = yaml::go_error(text).unwrap_or_else(|| {
            let line = problem.location.as_ref().map(|location| format!("line {}: ", location.line));
            line.unwrap_or_default() + &problem.message
        });
        format!("error converting YAML to JSON: yaml: {words}")
    })
}

/// A map, `null` being the one given, or a map whose `Error` says why it is none.
fn object_or_error(read: Result<Json, String>, context: &str, null: Map) -> Value {
    let problem = match read {
        Ok(Json::Null) => return Value::Map(null),
        Ok(json @ Json::Object(_)) => return Value::from_json(&json),
        Ok(other) => cannot(&other, context, Type::Map),
        Err(problem) => problem,
    };
    Value::Map([(Text::from("Error"), Value::string(problem))].into_iter().collect::<Map>())
}

/// A list, `null` being the one given, or a list whose one item says why it is none.
fn list_or_error(read: Result<Json, String>, context: &str, null: List) -> Value {
    match read {
        Ok(Json::Null) => Value::List(null),
        Ok(json @ Json::Array(_)) => Value::from_json(&json),
        Ok(other) => Value::list(vec![Value::string(cannot(&other, context, Type::List))]),
        Err(problem) => Value::list(vec![Value::string(problem)]),
    }
}

fn cannot(json: &Json, context: &str, wanted: Type) -> String {
    format!("{context}cannot unmarshal {} into Go value of type {}", json_type(json), wanted.name())
}

/// What Go's decoder calls a value.
pub(crate) fn json_type(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}
