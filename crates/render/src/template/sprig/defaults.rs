//! Defaults and emptiness.

use super::convert::is_empty;
use crate::template::function::Function;
use crate::template::value::{Type, Value};

const ANY: Type = Type::Any;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("default", &[ANY], ANY, |_, given| {
        let value = given.from(1).first().filter(|value| !is_empty(value));
        Ok(value.unwrap_or(given.value(0)).clone())
    }),
    Function::new("empty", &[ANY], |_, given| Ok(is_empty(given.value(0)).into())),
    Function::variadic("coalesce", &[], ANY, |_, given| {
        Ok(given.all().iter().find(|value| !is_empty(value)).cloned().unwrap_or(Value::Nil))
    }),
    Function::variadic("all", &[], ANY, |_, given| Ok(given.all().iter().all(Value::is_true).into())),
    Function::variadic("any", &[], ANY, |_, given| Ok(given.all().iter().any(Value::is_true).into())),
    Function::new("ternary", &[ANY, ANY, Type::Bool], |_, given| {
        Ok(given.value(if given.is(2) { 0 } else { 1 }).clone())
    }),
];
