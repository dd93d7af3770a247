//! One value against its schema.

use std::collections::HashSet;

use manifest::Value;
use mesh::Field;

use super::super::problem::Problems;
use super::declared::{Bounds, Schema, Type};
use super::path::Path;

/// Checks a value and all below it. `path` is the way to it, such as `spec.http[0]`.
pub(super) fn walk<'w>(schema: &Schema, path: Path<'_>, field: Field<'w>, problems: &mut Problems<'w>) {
    let value = field.value();
    if value.is_null() && schema.nullable {
        return;
    }
    if !is(value, schema.kind) {
        let found = if value.is_null() { "empty; leave it out or give it a value".to_owned() } else { describe(value) };
        return problems.shape(field, format!("`{path}` must be {}, and is {found}", article(schema.kind)));
    }
    if !schema.known.is_empty() && !schema.known.contains(value) {
        let known: Vec<String> =
            schema.known.iter().map(|known| known.as_str().map_or_else(|| known.to_string(), str::to_owned)).collect();
        let message = format!("`{path}` is {}, which is none of `{}`", describe(value), known.join("`, `"));
        // A word that is not known cannot be read; a number can.
        if value.is_string() { problems.shape(field, message) } else { problems.limit(field, message) }
    }
    match value {
        Value::Object(_) => object(schema, path, field, problems),
        Value::Array(_) => list(schema, path, field, problems),
        Value::String(text) => self::text(schema, path, field, text, problems),
        Value::Number(number) => self::number(schema, path, field, number.as_f64(), problems),
        Value::Bool(_) | Value::Null => {}
    }
}

fn is(value: &Value, kind: Type) -> bool {
    let whole = || value.as_f64().is_some_and(|number| number.fract() == 0.0);
    match kind {
        Type::Any => true,
        Type::Object => value.is_object(),
        Type::List => value.is_array(),
        Type::Text | Type::Bytes => value.is_string(),
        Type::Integer => whole(),
        Type::SmallInteger => whole() && value.as_f64().is_some_and(|number| number.abs() <= f64::from(i32::MAX) + 1.0),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::IntegerOrText => value.is_string() || whole(),
    }
}

fn article(kind: Type) -> &'static str {
    match kind {
        Type::Any => "something",
        Type::Object => "an object",
        Type::List => "a list",
        Type::Text | Type::Bytes => "text",
        Type::Integer => "a whole number",
        Type::SmallInteger => "a whole number of 32 bits",
        Type::Number => "a number",
        Type::Boolean => "`true` or `false`",
        Type::IntegerOrText => "a whole number or text",
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn object<'w>(schema: &Schema, path: Path<'_>, field: Field<'w>, problems: &mut Problems<'w>) {
    for (name, value) in field.members() {
        if value.value().is_null() && schema.property(name).is_some_and(|below| !below.nullable) {
            // What is required and `null` is missing, and told below.
            if !schema.requires(name) {
                problems.empty(value, format!("`{path}.{name}` is empty, and is read as if it were not there"));
            }
            continue;
        }
        match schema.property(name).or(schema.values.as_deref()) {
            Some(below) => walk(below, Path::Member(&path, name), value, problems),
            None if schema.open || schema.kind == Type::Any => {}
            None => problems.limit(value, unknown(schema, path, name)),
        }
    }
    let given = |name: &str| {
        let nullable = schema.property(name).is_some_and(|below| below.nullable);
        field.value().get(name).is_some_and(|value| nullable || !value.is_null())
    };
    for name in schema.required.iter().filter(|name| !given(name)) {
        problems.limit(field, format!("`{path}` lacks `{name}`"));
    }
    for group in &schema.exclusive {
        let found: Vec<&[Box<str>]> =
            group.sets.iter().map(Vec::as_slice).filter(|set| set.iter().all(|name| given(name))).collect();
        if let [first, second, ..] = found.as_slice() {
            problems.shape(
                field,
                format!(
                    "`{path}` has both `{}` and `{}`, which exclude each other",
                    first.join("`, `"),
                    second.join("`, `")
                ),
            );
        } else if found.is_empty() && !group.or_none {
            let sets: Vec<String> = group.sets.iter().map(|set| format!("`{}`", set.join("` with `"))).collect();
            problems.limit(field, format!("`{path}` needs one of {}", sets.join(", ")));
        }
    }
    let count = field.value().as_object().map_or(0, serde_json::Map::len);
    bounds(schema.entries, count, "entries", path, field, problems);
}

/// That a field is not known, and which known one may be meant.
fn unknown(schema: &Schema, path: Path<'_>, name: &str) -> String {
    let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    let meant = schema.names().find(|known| plain(known) == plain(name));
    match meant {
        Some(meant) => format!("`{path}` has no field `{name}`; `{meant}` is meant"),
        None => format!("`{path}` has no field `{name}`"),
    }
}

fn list<'w>(schema: &Schema, path: Path<'_>, field: Field<'w>, problems: &mut Problems<'w>) {
    bounds(schema.item_count, field.items().len(), "items", path, field, problems);
    if let Some(below) = &schema.items {
        for (index, item) in field.items().enumerate() {
            walk(below, Path::Item(&path, index), item, problems);
        }
    }
    if schema.set {
        let mut seen = HashSet::new();
        for item in field.items().filter(|item| !seen.insert(item.value().to_string())) {
            problems.limit(item, format!("`{path}` has {} twice", describe(item.value())));
        }
    }
    if schema.keys.is_empty() {
        return;
    }
    let mut seen = HashSet::new();
    for item in field.items() {
        let key: Vec<String> =
            schema.keys.iter().filter_map(|key| item.get(key)).map(|key| describe(key.value())).collect();
        if !key.is_empty() && !seen.insert(key.clone()) {
            let place = schema.keys.first().and_then(|key| item.get(key)).unwrap_or(item);
            problems.limit(
                place,
                format!("`{path}` has two items of which `{}` is {}", schema.keys.join("`, `"), key.join(", ")),
            );
        }
    }
}

fn text<'w>(schema: &Schema, path: Path<'_>, field: Field<'w>, text: &str, problems: &mut Problems<'w>) {
    if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
        problems.limit(field, format!("`{path}` is `{text}`, which does not match `{pattern}`"));
    }
    if schema.kind == Type::Bytes && !is_base64(text) {
        problems.shape(field, format!("`{path}` is no base64"));
    }
    if schema.characters.least.is_some() || schema.characters.most.is_some() {
        bounds(schema.characters, text.chars().count(), "characters", path, field, problems);
    }
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    text.len() - digits.len() <= 2 && digits.bytes().all(known) && digits.len() % 4 != 1
}

fn number<'w>(schema: &Schema, path: Path<'_>, field: Field<'w>, number: Option<f64>, problems: &mut Problems<'w>) {
    let Some(number) = number else { return };
    let (least, most) = schema.number;
    if let Some(least) = least.filter(|least| number < *least) {
        problems.limit(field, format!("`{path}` is {number}, and must be at least {least}"));
    }
    if let Some(most) = most.filter(|most| number > *most) {
        problems.limit(field, format!("`{path}` is {number}, and must be at most {most}"));
    }
}

fn bounds<'w>(bounds: Bounds, count: usize, what: &str, path: Path<'_>, field: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(least) = bounds.least.filter(|least| count < *least) {
        let message = match count {
            0 => format!("`{path}` is empty"),
            _ => format!("`{path}` has {count} {what}, and must have at least {least}"),
        };
        problems.limit(field, message);
    }
    if let Some(most) = bounds.most.filter(|most| count > *most) {
        problems.limit(field, format!("`{path}` has {count} {what}, and must have at most {most}"));
    }
}
