//! `include`, `tpl`, `required`, `lookup`.

use std::rc::Rc;

use super::engine::without_no_value;
use crate::template::error::{Error, Failure};
use crate::template::format::quote::quoted;
use crate::template::function::{Arguments, Call, Function};
use crate::template::run::{Demands, Set};
use crate::template::value::{Map, Type, Value};

const ANY: Type = Type::Any;
const S: Type = Type::String;
/// How often a template may be inside itself.
const MAX_RECURSION: usize = 1000;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("include", &[S, ANY], include),
    Function::new("tpl", &[S, ANY], template),
    Function::new("required", &[S, ANY], required),
    Function::new("lookup", &[S, S, S, S], lookup),
];

/// The output of a template, as a value.
fn include(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let name = given.string(0).into_owned();
    let count = call.run.included.entry(name.clone()).or_default();
    if *count > MAX_RECURSION {
        let problem = format!("rendering template has a nested reference name: {name}: unable to execute template");
        return Err(Failure::Message(problem));
    }
    *count += 1;
    let result = call.run.execute(call.set, &name, given.value(1).clone());
    if let Some(count) = call.run.included.get_mut(&name) {
        *count -= 1;
    }
    let output = result.map_err(|error| failure(String::new(), error))?;
    call.produce(output.len())?;
    Ok(Value::string(output))
}

fn failure(context: String, error: Error) -> Failure {
    match error.limit() {
        Some(limit) => Failure::Limit(limit),
        None => Failure::Template { context, error: Box::new(error) },
    }
}

/// The output of a text that is a template. What it defines is seen by it alone.
fn template(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let text = given.string(0);
    let group = call.run.group.clone();
    let parsed = call.run.parse(&group, &text);
    let shown = || quoted(text.as_bytes());
    let templates = parsed.map_err(|error| {
        let context = format!("cannot parse template {}: ", shown());
        Failure::Template { context, error: Box::new(Error::Parse(error)) }
    })?;
    let Some(own) = templates.last().cloned() else { return Ok(Value::string("")) };
    let mut set = Set::inside(call.set);
    for template in templates {
        set.add(template);
    }
    let output = call
        .run
        .execute_template(&Rc::new(set), &own, given.value(1).clone())
        .map_err(|error| failure(format!("error during tpl function execution for {}: ", shown()), error))?;
    call.produce(output.len())?;
    Ok(Value::string(without_no_value(output)))
}

fn required(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let value = given.value(1);
    let missing = match value {
        Value::Nil => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    match (missing, call.run.demands) {
        (false, _) => Ok(value.clone()),
        (true, Demands::Enforced) => Err(Failure::Stated(given.string(0).into_owned())),
        (true, Demands::Waived) => Ok(Value::string("")),
    }
}

/// A live object; an empty map if there is none, or no cluster.
fn lookup(call: &mut Call<'_>, given: &Arguments<'_>) -> Result<Value, Failure> {
    let Some(lookup) = call.run.environment.lookup.clone() else { return Ok(Value::Map(Map::default())) };
    let found = lookup
        .lookup(&given.string(0), &given.string(1), &given.string(2), &given.string(3))
        .map_err(Failure::Message)?;
    match found {
        Some(object) => {
            call.produce(object.to_string().len())?;
            Ok(Value::from_json_with_integers(&object))
        }
        None => Ok(Value::Map(Map::default())),
    }
}
