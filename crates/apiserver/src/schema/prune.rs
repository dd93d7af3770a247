//! Removing what a schema does not know, and writing built-in values the way the API server stores them.

use serde_json::{Map, Value};

use super::quantity;
use super::structural::{AdditionalProperties, StructuralSchema, Type};

/// Removes the fields of `value` that `schema` does not know and returns their paths, such as
/// `spec.template.spec.containers[0].foo`, in document order.
pub(crate) fn prune(value: &mut Value, schema: &StructuralSchema) -> Vec<String> {
    let mut unknown = Vec::new();
    prune_at(value, schema, "", &mut unknown);
    unknown
}

/// The path of the first field that `schema` does not know.
pub(crate) fn first_unknown(value: &Value, schema: &StructuralSchema) -> Option<String> {
    prune(&mut value.clone(), schema).into_iter().next()
}

fn prune_at(value: &mut Value, schema: &StructuralSchema, path: &str, unknown: &mut Vec<String>) {
    match value {
        Value::Object(fields) => prune_fields(fields, schema, path, unknown),
        Value::Array(items) => {
            if let Some(item_schema) = &schema.items {
                for (index, item) in items.iter_mut().enumerate() {
                    prune_at(item, item_schema, &format!("{path}[{index}]"), unknown);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn prune_fields(fields: &mut Map<String, Value>, schema: &StructuralSchema, path: &str, unknown: &mut Vec<String>) {
    let keeps_all = schema.preserve_unknown || matches!(schema.additional, AdditionalProperties::Any);
    // A node of another type is a type error, which validation reports; its fields are not "unknown".
    let fieldless = !matches!(schema.ty, Type::Object | Type::Any);
    fields.retain(|name, value| {
        let child = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if let Some(field) = schema.field(name) {
            prune_at(value, field, &child, unknown);
            return true;
        }
        let embedded = schema.embedded_resource && matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
        if keeps_all || embedded || fieldless {
            return true;
        }
        unknown.push(child);
        false
    });
}

/// Rewrites a built-in object as Go would decode and encode it: nulls and empty optional lists and maps go, quantities
/// become canonical.
pub(crate) fn normalise(value: &mut Value, schema: &StructuralSchema) {
    if schema.preserve_unknown {
        return;
    }
    if schema.format == "quantity" {
        if let Some(text) = quantity::text_of(value).and_then(|text| quantity::canonical(&text)) {
            *value = Value::String(text);
        }
        return;
    }
    match value {
        Value::Object(fields) => fields.retain(|name, value| {
            let Some(field) = schema.field(name) else { return true };
            normalise(value, field);
            let optional = schema.properties.contains_key(name) && !schema.required.contains(name);
            let is_entry = !schema.properties.contains_key(name);
            match value {
                // Texts of a map have no other way to be absent than to be empty.
                Value::Null if is_entry && field.ty == Type::String => {
                    *value = Value::String(String::new());
                    true
                }
                Value::Null => false,
                Value::Array(items) => !(optional && items.is_empty()),
                Value::Object(inner) => !(optional && inner.is_empty() && field.is_map()),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            }
        }),
        Value::Array(items) => {
            if let Some(item_schema) = &schema.items {
                items.iter_mut().for_each(|item| normalise(item, item_schema));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Fills in the defaults of a custom resource's schema. A null where the schema has a default and is not nullable
/// counts as absent.
pub(crate) fn default(value: &mut Value, schema: &StructuralSchema) {
    if !schema.defaults_below {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, property) in &schema.properties {
                if let Some(default) = &property.default {
                    let absent = match fields.get(name) {
                        None => true,
                        Some(Value::Null) => !property.nullable,
                        Some(_) => false,
                    };
                    if absent {
                        fields.insert(name.clone(), default.clone());
                    }
                }
            }
            for (name, value) in fields.iter_mut() {
                if let Some(field) = schema.field(name) {
                    default(value, field);
                }
            }
        }
        Value::Array(items) => {
            if let Some(item_schema) = &schema.items {
                items.iter_mut().for_each(|item| default(item, item_schema));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
