//! The rules that make an `openAPIV3Schema` structural.

use serde_json::{Map, Value, json};

use crate::registry::FieldError;
use crate::schema::pattern;

/// Every violation in the root schema of a version.
pub(super) fn check(schema: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    invariants(schema, Level::Root, path, &mut errors);
    completeness(schema, Some(schema), path, path, Depth::Branches, &mut errors);
    errors
}

/// What no structure can be read from, if there is any of it.
pub(super) fn unreadable(schema: &Value) -> Option<String> {
    const WORDS: [&str; 7] =
        ["id", "$schema", "$ref", "patternProperties", "dependencies", "additionalItems", "definitions"];
    if let Some(word) = WORDS.into_iter().find(|word| schema.get(*word).is_some_and(is_given)) {
        return Some(format!("OpenAPIV3Schema '{}' is not supported", if word == "$schema" { "schema" } else { word }));
    }
    if schema.get("x-kubernetes-preserve-unknown-fields").is_some_and(|value| value == false) {
        return Some("internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined".to_owned());
    }
    if schema.get("items").is_some_and(Value::is_array) {
        return Some("OpenAPIV3Schema 'items' must be a schema, but is an array".to_owned());
    }
    children(schema).into_iter().find_map(|(_, child)| unreadable(child))
}

/// The schemas right below a schema, each with its path from there.
pub(super) fn children(schema: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    let objects = |value: Option<&&Value>| value.is_some_and(|value| value.is_object());
    for word in ["not", "items", "additionalProperties"] {
        let child = schema.get(word);
        found.extend(child.filter(|child| objects(Some(child))).map(|child| (word.to_owned(), child)));
    }
    for word in ["allOf", "anyOf", "oneOf"] {
        let branches = schema.get(word).and_then(Value::as_array).into_iter().flatten().enumerate();
        found.extend(branches.map(|(index, branch)| (format!("{word}[{index}]"), branch)));
    }
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    found.extend(properties.map(|(name, property)| (format!("properties[{name}]"), property)));
    found
}

/// Whether a word of a schema says anything.
pub(super) fn is_given(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// Where a node of the structure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

fn set(schema: &Value, word: &str) -> bool {
    schema.get(word).is_some_and(|value| value == true)
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

fn invariants(schema: &Value, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let ty = schema["type"].as_str().unwrap_or_default();
    if ty == "array" && !schema["items"].is_object() {
        errors.push(FieldError::required(&format!("{path}.items"), "must be specified"));
    }
    if let Some(items) = schema.get("items") {
        invariants(items, Level::Item, &format!("{path}.items"), errors);
    }
    for (name, property) in properties(schema).into_iter().flatten() {
        invariants(property, Level::Field, &format!("{path}.properties[{name}]"), errors);
    }
    if let Some(additional) = schema.get("additionalProperties") {
        let path = format!("{path}.additionalProperties");
        if level == Level::Root {
            errors.push(FieldError::forbidden(&path, "must not be used at the root"));
        }
        if additional.is_object() {
            invariants(additional, Level::Field, &path, errors);
        }
        if set(schema, "x-kubernetes-embedded-resource") {
            errors.push(FieldError::forbidden(&path, "must not be used if x-kubernetes-embedded-resource is set"));
        }
    }
    check_extensions(schema, path, errors);
    check_branches(schema, path, errors);
    check_type(schema, ty, level, path, errors);
    check_embedded(schema, level, path, errors);
}

fn check_extensions(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if !set(schema, "x-kubernetes-int-or-string") {
        return;
    }
    for word in ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] {
        if set(schema, word) {
            let why = "must be false if x-kubernetes-int-or-string is true";
            errors.push(FieldError::invalid(&format!("{path}.{word}"), &json!(true), why));
        }
    }
}

fn check_type(schema: &Value, ty: &str, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let path = format!("{path}.type");
    if set(schema, "x-kubernetes-embedded-resource") && ty != "object" {
        let why = "must be object if x-kubernetes-embedded-resource is true";
        errors.push(match ty {
            "" => FieldError::required(&path, why),
            _ => FieldError::invalid(&path, &json!(ty), why),
        });
    } else if ty.is_empty()
        && !set(schema, "x-kubernetes-int-or-string")
        && !set(schema, "x-kubernetes-preserve-unknown-fields")
    {
        let why = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        errors.push(FieldError::required(&path, why));
    }
    if level == Level::Root && !ty.is_empty() && ty != "object" {
        errors.push(FieldError::invalid(&path, &json!(ty), "must be object at the root"));
    }
}

/// The rules about what every object has: `apiVersion`, `kind` and `metadata`.
fn check_embedded(schema: &Value, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let is_embedded = set(schema, "x-kubernetes-embedded-resource");
    let is_object = level == Level::Root || is_embedded;
    let fields = properties(schema);
    let field = |name: &str| fields.and_then(|fields| fields.get(name));
    let ty = |schema: &Value| schema.get("type").cloned().unwrap_or_else(|| json!(""));
    for (name, wanted) in [("kind", "string"), ("apiVersion", "string"), ("metadata", "object")] {
        if let Some(found) = field(name).map(ty).filter(|ty| is_object && *ty != wanted) {
            let path = format!("{path}.properties[{name}].type");
            errors.push(FieldError::invalid(&path, &found, &format!("must be {wanted}")));
        }
    }
    if let Some(metadata) = field("metadata").filter(|_| level == Level::Root)
        && !restricts_names_only(metadata)
    {
        let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
        errors.push(FieldError::forbidden(&format!("{path}.properties[metadata]"), why));
    }
    let knows_fields = set(schema, "x-kubernetes-preserve-unknown-fields") || fields.is_some_and(|all| !all.is_empty());
    if is_embedded && !knows_fields {
        let why =
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        errors.push(FieldError::required(&format!("{path}.properties"), why));
    }
}

fn restricts_names_only(metadata: &Value) -> bool {
    let says_more = |(word, value): (&String, &Value)| match word.as_str() {
        "type" | "default" | "externalDocs" | "example" => false,
        "properties" => {
            value.as_object().is_some_and(|all| all.keys().any(|name| name != "name" && name != "generateName"))
        }
        _ => is_given(value),
    };
    !metadata.as_object().into_iter().flatten().any(says_more)
}

/// Whether branches are the ones that every `x-kubernetes-int-or-string` has.
fn is_integer_or_string(branches: Option<&Value>) -> bool {
    branches.is_some_and(|branches| *branches == json!([{"type": "integer"}, {"type": "string"}]))
}

/// The logic of a node, and its pattern.
fn check_branches(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let branches = |word: &str| schema.get(word).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !is_integer_or_string(schema.get("anyOf")) {
        for (index, branch) in branches("anyOf").iter().enumerate() {
            nested(branch, Any::Checked, &format!("{path}.anyOf[{index}]"), errors);
        }
    }
    for (index, branch) in branches("allOf").iter().enumerate() {
        let is_usual = index == 0 && is_integer_or_string(branch.get("anyOf"));
        let any = if is_usual { Any::IsUsual } else { Any::Checked };
        nested(branch, any, &format!("{path}.allOf[{index}]"), errors);
    }
    for (index, branch) in branches("oneOf").iter().enumerate() {
        nested(branch, Any::Checked, &format!("{path}.oneOf[{index}]"), errors);
    }
    if let Some(not) = schema.get("not") {
        nested(not, Any::Checked, &format!("{path}.not"), errors);
    }
    check_pattern(schema, path, errors);
}

fn check_pattern(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if let Some(pattern) = schema.get("pattern")
        && let Some(why) = pattern.as_str().and_then(pattern::flaw)
    {
        let why = format!("must be a valid regular expression, but isn't: {why}");
        errors.push(FieldError::invalid(&format!("{path}.pattern"), pattern, &why));
    }
}

/// Whether the `anyOf` of a branch is the one that tells integers from strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Any {
    IsUsual,
    Checked,
}

/// A node below logic, where only values may be spoken of.
fn nested(schema: &Value, any: Any, path: &str, errors: &mut Vec<FieldError>) {
    const FORBIDDEN: [(&str, &str); 12] = [
        ("type", "must be empty to be structural"),
        ("additionalProperties", "must be undefined to be structural"),
        ("default", "must be undefined to be structural"),
        ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"),
        ("nullable", "must be false to be structural"),
        ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
        ("x-kubernetes-embedded-resource", "must be false to be structural"),
        ("x-kubernetes-int-or-string", "must be false to be structural"),
        ("x-kubernetes-list-map-keys", "must be empty to be structural"),
        ("x-kubernetes-list-type", "must be undefined to be structural"),
        ("x-kubernetes-map-type", "must be undefined to be structural"),
    ];
    match any {
        Any::Checked => check_branches(schema, path, errors),
        Any::IsUsual => check_pattern(schema, path, errors),
    }
    if let Some(items) = schema.get("items") {
        nested(items, Any::Checked, &format!("{path}.items"), errors);
    }
    for (name, property) in properties(schema).into_iter().flatten() {
        nested(property, Any::Checked, &format!("{path}.properties[{name}]"), errors);
    }
    for (word, why) in FORBIDDEN {
        let is_schema = word == "additionalProperties" && schema.get(word).is_some_and(Value::is_object);
        if is_schema || schema.get(word).is_some_and(is_given) {
            errors.push(FieldError::forbidden(&format!("{path}.{word}"), why));
        }
    }
    if schema.get("x-kubernetes-validations").is_some_and(is_given) {
        let field = format!("{path}.x-kubernetes-validations");
        errors.push(FieldError::forbidden(&field, "must be empty to be structural"));
    }
    if properties(schema).is_some_and(|all| all.contains_key("metadata")) {
        let field = format!("{path}.properties[metadata]");
        errors.push(FieldError::forbidden(&field, "must not be specified in a nested context"));
    }
}

/// How much of a node is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// The branches of its logic: it is part of the structure itself.
    Branches,
    /// All of it.
    Whole,
}

/// Everything that logic speaks of stands in the structure too.
fn completeness(
    said: &Value,
    structure: Option<&Value>,
    structure_path: &str,
    said_path: &str,
    depth: Depth,
    errors: &mut Vec<FieldError>,
) {
    let Some(structure) = structure else {
        errors.push(FieldError::required(structure_path, &format!("because it is defined in {said_path}")));
        return;
    };
    for (step, child) in children(said) {
        let said_path = format!("{said_path}.{step}");
        let is_branch = ["not", "allOf[", "anyOf[", "oneOf["].iter().any(|word| step.starts_with(word));
        if is_branch {
            completeness(child, Some(structure), structure_path, &said_path, Depth::Whole, errors);
        } else if depth == Depth::Whole && step != "additionalProperties" {
            let below = match step.strip_prefix("properties[").and_then(|name| name.strip_suffix(']')) {
                Some(name) => properties(structure).and_then(|all| all.get(name)),
                None => structure.get("items"),
            };
            completeness(child, below, &format!("{structure_path}.{step}"), &said_path, Depth::Whole, errors);
        }
    }
}
