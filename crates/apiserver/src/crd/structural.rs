//! The rules that make an `openAPIV3Schema` structural.

use serde_json::{Map, Value};

use crate::registry::FieldError;
use crate::schema::{has_rules, pattern};

/// Every violation in the root schema of a version.
pub(super) fn check(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if schema["type"] != "object" {
        match schema["type"].as_str() {
            None => errors.push(FieldError::required(&format!("{path}.type"), "must not be empty at the root")),
            Some(_) => {
                errors.push(FieldError::invalid(&format!("{path}.type"), &schema["type"], "must be object at the root"))
            }
        }
    }
    if schema["nullable"] == true {
        errors.push(FieldError::forbidden(&format!("{path}.nullable"), "nullable cannot be true at the root"));
    }
    node(schema, path, Position::Structure, errors);
    let metadata = schema["properties"]["metadata"]["properties"].as_object();
    for name in metadata.into_iter().flat_map(Map::keys) {
        if !matches!(name.as_str(), "name" | "generateName") {
            let field = format!("{path}.properties[metadata].properties[{name}]");
            errors.push(FieldError::forbidden(
                &field,
                "must not specify anything other than name and generateName, but metadata is implicitly specified",
            ));
        }
    }
    if has_rules(schema) {
        errors.extend(compile_errors(&kube_cel::compile_schema(schema), path));
    }
}

/// Whether a node is part of the structure or inside `allOf`, `anyOf`, `oneOf`, `not`, where only value validations may
/// stand.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    Structure,
    Logic,
}

fn node(schema: &Value, path: &str, position: Position, errors: &mut Vec<FieldError>) {
    let Some(fields) = schema.as_object() else { return };
    let flag = |key: &str| fields.get(key).is_some_and(|value| value == true);
    let ty = fields.get("type").and_then(Value::as_str);
    let int_or_string = flag("x-kubernetes-int-or-string");
    let preserve = flag("x-kubernetes-preserve-unknown-fields");
    match position {
        Position::Structure => {
            if ty.is_none() && !int_or_string && !preserve {
                errors.push(FieldError::required(
                    &format!("{path}.type"),
                    "must not be empty for specified object fields",
                ));
            }
            if int_or_string && ty.is_some() {
                errors.push(FieldError::forbidden(
                    &format!("{path}.type"),
                    "must be empty if x-kubernetes-int-or-string is true",
                ));
            }
        }
        Position::Logic => {
            // Upstream allows `type` only under int-or-string; controller-gen writes it elsewhere, harmlessly.
            for key in ["description", "default", "nullable", "additionalProperties"] {
                if fields.contains_key(key) {
                    errors.push(FieldError::forbidden(&format!("{path}.{key}"), "must be undefined to be structural"));
                }
            }
        }
    }
    check_words(fields, path, ty, errors);
    for (name, property) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        node(property, &format!("{path}.properties[{name}]"), position, errors);
    }
    if let Some(items) = fields.get("items") {
        node(items, &format!("{path}.items"), position, errors);
    } else if ty == Some("array") && position == Position::Structure {
        errors.push(FieldError::required(&format!("{path}.items"), "must be specified"));
    }
    if let Some(additional) = fields.get("additionalProperties") {
        if fields.get("properties").and_then(Value::as_object).is_some_and(|properties| !properties.is_empty()) {
            errors.push(FieldError::forbidden(
                &format!("{path}.additionalProperties"),
                "additionalProperties and properties are mutual exclusive",
            ));
        }
        if additional == false {
            errors.push(FieldError::forbidden(
                &format!("{path}.additionalProperties"),
                "additionalProperties cannot be set to false",
            ));
        }
        node(additional, &format!("{path}.additionalProperties"), position, errors);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (index, branch) in fields.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
            node(branch, &format!("{path}.{key}[{index}]"), Position::Logic, errors);
        }
    }
    if let Some(not) = fields.get("not") {
        node(not, &format!("{path}.not"), Position::Logic, errors);
    }
}

fn check_words(fields: &Map<String, Value>, path: &str, ty: Option<&str>, errors: &mut Vec<FieldError>) {
    const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
    if let Some(ty) = ty
        && !TYPES.contains(&ty)
    {
        errors.push(FieldError::not_supported(&format!("{path}.type"), &Value::from(ty), &TYPES.map(Value::from)));
    }
    for key in [
        "$ref",
        "definitions",
        "dependencies",
        "deprecated",
        "discriminator",
        "id",
        "patternProperties",
        "readOnly",
        "writeOnly",
        "xml",
    ] {
        if fields.contains_key(key) {
            errors.push(FieldError::forbidden(&format!("{path}.{key}"), &format!("{key} is not supported")));
        }
    }
    if fields.get("uniqueItems").is_some_and(|value| value == true) {
        errors.push(FieldError::forbidden(
            &format!("{path}.uniqueItems"),
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ));
    }
    if let Some(pattern) = fields.get("pattern")
        && pattern.as_str().is_none_or(|pattern| !pattern::is_valid(pattern))
    {
        errors.push(FieldError::invalid(&format!("{path}.pattern"), pattern, "must be a valid regular expression"));
    }
    check_list_type(fields, path, ty, errors);
    if let Some(map_type) = fields.get("x-kubernetes-map-type")
        && !matches!(map_type.as_str(), Some("atomic" | "granular"))
    {
        errors.push(FieldError::not_supported(
            &format!("{path}.x-kubernetes-map-type"),
            map_type,
            &["atomic".into(), "granular".into()],
        ));
    }
    if fields.get("x-kubernetes-embedded-resource").is_some_and(|value| value == true) && ty != Some("object") {
        errors.push(FieldError::invalid(
            &format!("{path}.type"),
            &Value::from(ty.unwrap_or_default()),
            "must be object if x-kubernetes-embedded-resource is true",
        ));
    }
}

fn check_list_type(fields: &Map<String, Value>, path: &str, ty: Option<&str>, errors: &mut Vec<FieldError>) {
    let keys: Vec<&str> = fields
        .get("x-kubernetes-list-map-keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let list_type = fields.get("x-kubernetes-list-type");
    let word = list_type.and_then(Value::as_str);
    if let Some(value) = list_type {
        if ty != Some("array") {
            errors.push(FieldError::invalid(
                &format!("{path}.type"),
                &Value::from(ty.unwrap_or_default()),
                "must be array if x-kubernetes-list-type is specified",
            ));
        }
        if !matches!(word, Some("atomic" | "set" | "map")) {
            errors.push(FieldError::not_supported(
                &format!("{path}.x-kubernetes-list-type"),
                value,
                &["atomic".into(), "set".into(), "map".into()],
            ));
        }
    }
    if word != Some("map") {
        if !keys.is_empty() {
            errors.push(FieldError::invalid(
                &format!("{path}.x-kubernetes-list-type"),
                list_type.unwrap_or(&Value::Null),
                "must be map if x-kubernetes-list-map-keys is non-empty",
            ));
        }
        return;
    }
    if keys.is_empty() {
        errors.push(FieldError::required(
            &format!("{path}.x-kubernetes-list-map-keys"),
            "must not be empty if x-kubernetes-list-type is map",
        ));
    }
    let items = fields.get("items").unwrap_or(&Value::Null);
    for (index, key) in keys.iter().enumerate() {
        let property = &items["properties"][*key];
        if property.is_null() {
            errors.push(FieldError::invalid(
                &format!("{path}.x-kubernetes-list-map-keys[{index}]"),
                &Value::from(*key),
                "entries must all be names of item properties",
            ));
        }
        let required = items["required"].as_array().is_some_and(|required| required.iter().any(|name| name == key));
        if !required && property.get("default").is_none() && !property.is_null() {
            errors.push(FieldError::required(
                &format!("{path}.items.properties[{key}].default"),
                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ));
        }
    }
}

fn compile_errors(compiled: &kube_cel::CompiledSchema, path: &str) -> Vec<FieldError> {
    let mut errors: Vec<FieldError> = compiled
        .validations
        .iter()
        .enumerate()
        .filter_map(|(index, rule)| {
            let failure = rule.as_ref().err()?;
            let field = format!("{path}.x-kubernetes-validations[{index}].rule");
            Some(FieldError::new("FieldValueInvalid", &field, format!("Invalid value: compilation failed: {failure}")))
        })
        .collect();
    let mut properties: Vec<_> = compiled.properties.iter().collect();
    properties.sort_by_key(|(name, _)| *name);
    for (name, property) in properties {
        errors.extend(compile_errors(property, &format!("{path}.properties[{name}]")));
    }
    if let Some(items) = &compiled.items {
        errors.extend(compile_errors(items, &format!("{path}.items")));
    }
    if let Some(additional) = &compiled.additional_properties {
        errors.extend(compile_errors(additional, &format!("{path}.additionalProperties")));
    }
    errors
}
