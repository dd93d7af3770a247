//! The functions that expressions run with: those of `kube-cel`, and those of CEL itself that it leaves out.

use std::sync::Arc;

use chrono::TimeDelta;
use kube_cel::KubeCelExt as _;
use kube_cel::cel::extractors::This;
use kube_cel::cel::objects::OptionalValue;
use kube_cel::cel::{Context, ExecutionError, Value};

use crate::check::{TYPE_NAMES, named_type};
use crate::times;
use crate::types::Type;

/// Compares optional values, which the interpreter takes to differ always.
pub(crate) const SAME: &str = "@same";

/// Writes what the interpreter writes in its own form, or not at all.
pub(crate) const WRITTEN: &str = "@written";

/// All of them.
pub(crate) fn library() -> Context<'static> {
    let mut context = Context::default().with_all();
    times::add(&mut context);
    context.add_function("dyn", |value: Value| Ok(value));
    context.add_function("type", |value: Value| name_of_value(&value));
    context.add_function("bool", boolean);
    context.add_function(WRITTEN, written);
    context.add_function(SAME, |one: Value, other: Value| same(&one, &other));
    context.add_function("optional.unwrap", |values: Value| held(&values));
    context.add_function("unwrapOpt", |This(values): This<Value>| held(&values));
    // Neither Kubernetes nor Flux has it, and it makes lists as long as is asked for.
    context.add_function("lists.range", |_: i64| Err::<Value, _>(undeclared("lists.range")));
    for name in TYPE_NAMES {
        if let Some(ty) = named_type(name) {
            context.add_variable_from_value(name, name_of_type(&ty));
        }
    }
    context
}

fn undeclared(function: &str) -> ExecutionError {
    ExecutionError::UndeclaredReference(Arc::new(function.to_owned()))
}

/// What a type is to an expression that runs: its name, which `type` tells of values.
pub(crate) fn name_of_type(ty: &Type) -> &str {
    match ty {
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Uint => "uint",
        Type::Double => "double",
        Type::String => "string",
        Type::Bytes => "bytes",
        Type::List(_) => "list",
        Type::Map(..) | Type::Object(_) => "map",
        Type::Null => "null_type",
        Type::Duration => "google.protobuf.Duration",
        Type::Timestamp => "google.protobuf.Timestamp",
        Type::Optional(_) => "optional_type",
        Type::Named(_) => "type",
        Type::Library(name) => name,
        Type::Dyn | Type::Error | Type::Variable(_) => "dyn",
    }
}

/// What `type` tells of a value.
pub(crate) fn name_of_value(value: &Value) -> String {
    let ty = match value {
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::UInt(_) => Type::Uint,
        Value::Float(_) => Type::Double,
        Value::String(_) => Type::String,
        Value::Bytes(_) => Type::Bytes,
        Value::List(_) => Type::list(Type::Dyn),
        Value::Map(_) => Type::map(Type::Dyn, Type::Dyn),
        Value::Null => Type::Null,
        Value::Duration(_) => Type::Duration,
        Value::Timestamp(_) => Type::Timestamp,
        Value::Opaque(value) => return value.runtime_type_name().to_owned(),
        other => return other.type_of().to_string(),
    };
    name_of_type(&ty).to_owned()
}

/// Texts that Go's `strconv.ParseBool` reads.
fn boolean(value: Value) -> Result<Value, ExecutionError> {
    let read = match &value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => match text.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        },
        _ => None,
    };
    let from = name_of_value(&value);
    let refused = || ExecutionError::function_error("bool", format!("type conversion error from '{from}' to 'bool'"));
    read.map(Value::Bool).ok_or_else(refused)
}

/// Times, durations and truth values as cel-go writes them, and what a value may be that is not known beforehand.
fn written(value: Value) -> Result<Value, ExecutionError> {
    let text = match value {
        Value::Bool(value) => value.to_string(),
        Value::Duration(span) => seconds(span),
        Value::Timestamp(time) => {
            let (whole, rest) = (time.format("%Y-%m-%dT%H:%M:%S"), fraction(time.timestamp_subsec_nanos().into()));
            let zone = time.format("%:z").to_string();
            format!("{whole}{rest}{}", if zone == "+00:00" { "Z" } else { &zone })
        }
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(_) => return Ok(value),
        _ => return Err(ExecutionError::NoSuchOverload),
    };
    Ok(Value::String(Arc::new(text)))
}

/// As Go writes a number of seconds in its shortest form.
fn seconds(span: TimeDelta) -> String {
    let nanoseconds = span.num_nanoseconds().unwrap_or(i64::MAX);
    let (whole, rest) = (nanoseconds.unsigned_abs() / 1_000_000_000, nanoseconds.unsigned_abs() % 1_000_000_000);
    let sign = if nanoseconds < 0 { "-" } else { "" };
    format!("{sign}{whole}{}s", fraction(rest))
}

/// Nanoseconds as a fraction of a second, with its point; nothing for none.
fn fraction(nanoseconds: u64) -> String {
    if nanoseconds == 0 { String::new() } else { format!(".{nanoseconds:09}").trim_end_matches('0').to_owned() }
}

fn same(one: &Value, other: &Value) -> bool {
    match (<&OptionalValue>::try_from(one), <&OptionalValue>::try_from(other)) {
        (Ok(one), Ok(other)) => match (one.value(), other.value()) {
            (Some(one), Some(other)) => same(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        },
        (Err(_), Err(_)) => one == other,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

/// What the optional values of a list hold.
fn held(values: &Value) -> Result<Value, ExecutionError> {
    let Value::List(values) = values else {
        return Err(ExecutionError::NoSuchOverload);
    };
    let mut held = Vec::new();
    for value in values.iter() {
        held.extend(<&OptionalValue>::try_from(value)?.value().cloned());
    }
    Ok(Value::List(Arc::new(held)))
}
