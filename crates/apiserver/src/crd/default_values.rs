//! The defaults of a schema, which must themselves be what the schema allows.

use serde_json::Value;

use crate::registry::FieldError;
use crate::schema;

/// Whether a node describes an object of its own, or a part of what all of them have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Root,
    Object,
    Metadata,
}

/// Every default that is not, in the schema of a version.
pub(super) fn check(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    node(schema, Within::Root, path, errors);
}

fn node(schema: &Value, within: Within, path: &str, errors: &mut Vec<FieldError>) {
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        let path = format!("{path}.default");
        let flaws = schema::flaws_of_default(schema, default);
        // What all objects have is known without being written down.
        if flaws.has_unknown_fields && within != Within::Metadata {
            errors.push(FieldError::invalid(&path, default, "must not have unknown fields"));
        }
        errors.extend(flaws.errors.into_iter().map(|error| FieldError { field: joined(&path, &error.field), ..error }));
        for name in ["apiVersion", "kind"].into_iter().filter(|_| within == Within::Root) {
            if default[name].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(&format!("{path}.{name}"), ""));
            }
        }
    }
    let is_object = within == Within::Root || schema["x-kubernetes-embedded-resource"] == true;
    let below = |name: &str| match (name, within) {
        ("metadata" | "apiVersion" | "kind", _) if is_object => Within::Metadata,
        (_, Within::Metadata) => Within::Metadata,
        (_, Within::Root | Within::Object) => Within::Object,
    };
    if let Some(items) = schema.get("items") {
        node(items, below(""), &format!("{path}.items"), errors);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        node(property, below(name), &format!("{path}.properties[{name}]"), errors);
    }
}

fn joined(path: &str, below: &str) -> String {
    if below.is_empty() { path.to_owned() } else { format!("{path}.{below}") }
}
