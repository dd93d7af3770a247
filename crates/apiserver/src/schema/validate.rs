//! Validation of values against a structural schema: every error, in kube-openapi's words.

mod format;

use serde_json::Value;

use super::quantity;
use super::structural::{Bound, Limits, ListType, Logic, StructuralSchema, Type};
use crate::registry::FieldError;

/// Every error of `value`, in the order of the walk.
pub(crate) fn validate(value: &Value, schema: &StructuralSchema) -> Vec<FieldError> {
    let mut errors = Vec::new();
    validate_at(value, schema, "", &mut errors);
    errors
}

fn validate_at(value: &Value, schema: &StructuralSchema, path: &str, errors: &mut Vec<FieldError>) {
    if value.is_null() && schema.nullable {
        return;
    }
    if schema.format == "quantity" {
        return quantity_at(value, path, errors);
    }
    if let Some(error) = type_error(value, schema, path) {
        errors.push(error);
        return;
    }
    if !schema.allowed.is_empty() && !schema.allowed.contains(value) {
        errors.push(FieldError::not_supported(path, value, &schema.allowed));
    }
    if let Some(limits) = &schema.limits {
        check_limits(value, limits, path, errors);
    }
    if let Value::String(text) = value
        && let Some(name) = format::violated(&schema.format, text)
    {
        let message = format!("Invalid value: {value}: {path} in body must be of type {name}: {value}");
        errors.push(FieldError::new("FieldValueTypeInvalid", path, message));
    }
    match value {
        Value::Object(fields) => {
            for name in &schema.required {
                if !fields.contains_key(name) {
                    errors.push(FieldError::required(&join(path, name), ""));
                }
            }
            for (name, value) in fields {
                if let Some(field) = schema.field(name) {
                    validate_at(value, field, &join(path, name), errors);
                }
            }
            if schema.embedded_resource {
                embedded_at(value, path, errors);
            }
        }
        Value::Array(items) => {
            if let Some(item_schema) = &schema.items {
                for (index, item) in items.iter().enumerate() {
                    validate_at(item, item_schema, &format!("{path}[{index}]"), errors);
                }
            }
            check_unique(items, &schema.list_type, path, errors);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    if let Some(logic) = &schema.logic {
        check_logic(value, logic, path, errors);
    }
}

pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn quantity_at(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    match quantity::text_of(value) {
        None => errors.push(type_mismatch(value, "string", path)),
        Some(text) if quantity::nanos(&text).is_none() => errors.push(FieldError::invalid(
            path,
            value,
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        )),
        Some(_) => {}
    }
}

/// The name JSON Schema gives the type of `value`.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn type_mismatch(value: &Value, wanted: &str, path: &str) -> FieldError {
    let name = type_name(value);
    FieldError {
        reason: "FieldValueTypeInvalid",
        field: path.to_owned(),
        message: format!("Invalid value: \"{name}\": {path} in body must be of type {wanted}: \"{name}\""),
    }
}

fn type_error(value: &Value, schema: &StructuralSchema, path: &str) -> Option<FieldError> {
    if schema.int_or_string {
        let fits = value.is_string() || is_integer(value);
        return (!fits).then(|| type_mismatch(value, "integer,string", path));
    }
    let fits = match schema.ty {
        // A typeless node that keeps unknown fields holds anything, null included; other typeless nodes too, but null.
        Type::Any => true,
        Type::Object => value.is_object(),
        Type::Array => value.is_array(),
        Type::String => value.is_string(),
        Type::Integer => is_integer(value),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
    };
    (!fits).then(|| type_mismatch(value, schema.ty.name(), path))
}

fn is_integer(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    }
}

fn check_limits(value: &Value, limits: &Limits, path: &str, errors: &mut Vec<FieldError>) {
    let mut invalid = |text: String| errors.push(FieldError::invalid(path, value, &format!("{path} in body {text}")));
    match value {
        Value::String(text) => {
            let length = text.chars().count() as u64;
            if let Some(minimum) = limits.min_length.filter(|minimum| length < *minimum) {
                invalid(format!("should be at least {minimum} chars long"));
            }
            if let Some((source, Some(regex))) = &limits.pattern
                && !regex.is_match(text)
            {
                invalid(format!("should match '{source}'"));
            }
            if let Some(maximum) = limits.max_length.filter(|maximum| length > *maximum) {
                errors.push(FieldError::new(
                    "FieldValueTooLong",
                    path,
                    format!("Too long: may not be more than {maximum} bytes"),
                ));
            }
        }
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            match limits.minimum {
                Some((bound, Bound::Inclusive)) if number < bound => {
                    invalid(format!("should be greater than or equal to {bound}"))
                }
                Some((bound, Bound::Exclusive)) if number <= bound => {
                    invalid(format!("should be greater than {bound}"))
                }
                Some(_) | None => {}
            }
            match limits.maximum {
                Some((bound, Bound::Inclusive)) if number > bound => {
                    invalid(format!("should be less than or equal to {bound}"))
                }
                Some((bound, Bound::Exclusive)) if number >= bound => invalid(format!("should be less than {bound}")),
                Some(_) | None => {}
            }
            if let Some(factor) = limits.multiple_of
                && (number / factor).fract() != 0.0
            {
                invalid(format!("should be a multiple of {factor}"));
            }
        }
        Value::Array(items) => {
            if let Some(minimum) = limits.min_items.filter(|minimum| (items.len() as u64) < *minimum) {
                invalid(format!("should have at least {minimum} items"));
            }
            if let Some(maximum) = limits.max_items.filter(|maximum| items.len() as u64 > *maximum) {
                errors.push(too_many(path, items.len(), maximum));
            }
            if limits.unique_items && items.iter().enumerate().any(|(index, item)| items[..index].contains(item)) {
                errors.push(FieldError::invalid(path, value, &format!("{path} in body shouldn't contain duplicates")));
            }
        }
        Value::Object(fields) => {
            if let Some(minimum) = limits.min_properties.filter(|minimum| (fields.len() as u64) < *minimum) {
                invalid(format!("should have at least {minimum} properties"));
            }
            if let Some(maximum) = limits.max_properties.filter(|maximum| fields.len() as u64 > *maximum) {
                errors.push(too_many(path, fields.len(), maximum));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn too_many(path: &str, actual: usize, maximum: u64) -> FieldError {
    let items = if maximum == 1 { "item" } else { "items" };
    FieldError::new("FieldValueTooMany", path, format!("Too many: {actual}: must have at most {maximum} {items}"))
}

fn check_unique(items: &[Value], list_type: &ListType, path: &str, errors: &mut Vec<FieldError>) {
    let keys_of = |item: &Value| -> Value {
        match list_type {
            ListType::Map(keys) => keys
                .iter()
                .filter_map(|key| Some((key.clone(), item.get(key)?.clone())))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            ListType::Set | ListType::Atomic => item.clone(),
        }
    };
    if *list_type == ListType::Atomic {
        return;
    }
    let mut seen: Vec<Value> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let key = keys_of(item);
        if seen.contains(&key) {
            errors.push(FieldError::duplicate(&format!("{path}[{index}]"), &key));
        } else {
            seen.push(key);
        }
    }
}

fn embedded_at(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    for name in ["apiVersion", "kind"] {
        match value.get(name) {
            Some(Value::String(text)) if !text.is_empty() => {}
            _ => errors.push(FieldError::required(&join(path, name), "must not be empty")),
        }
    }
    if let Some(metadata) = value.get("metadata").filter(|metadata| !metadata.is_object()) {
        errors.push(type_mismatch(metadata, "object", &join(path, "metadata")));
    }
}

fn check_logic(value: &Value, logic: &Logic, path: &str, errors: &mut Vec<FieldError>) {
    let branch = |schema: &StructuralSchema| {
        let mut errors = Vec::new();
        validate_at(value, schema, path, &mut errors);
        errors
    };
    let must =
        |text: &str| FieldError::new("FieldValueInvalid", path, format!("Invalid value: \"\": \"{path}\" must {text}"));
    let all: Vec<FieldError> = logic.all_of.iter().flat_map(branch).collect();
    if !all.is_empty() {
        errors.push(must("validate all the schemas (allOf)"));
        errors.extend(all);
    }
    // Where no branch fits, the errors of the nearest one say what to change.
    let nearest = |results: Vec<Vec<FieldError>>| results.into_iter().min_by_key(Vec::len).unwrap_or_default();
    if !logic.any_of.is_empty() {
        let results: Vec<_> = logic.any_of.iter().map(branch).collect();
        if !results.iter().any(Vec::is_empty) {
            errors.push(must("validate at least one schema (anyOf)"));
            errors.extend(nearest(results));
        }
    }
    if !logic.one_of.is_empty() {
        let results: Vec<_> = logic.one_of.iter().map(branch).collect();
        match results.iter().filter(|errors| errors.is_empty()).count() {
            1 => {}
            0 => {
                errors.push(must("validate one and only one schema (oneOf). Found none valid"));
                errors.extend(nearest(results));
            }
            valid => errors
                .push(must(&format!("validate one and only one schema (oneOf). Found {valid} valid alternatives"))),
        }
    }
    if logic.not.as_ref().is_some_and(|not| branch(not).is_empty()) {
        errors.push(must("not validate the schema (not)"));
    }
}
