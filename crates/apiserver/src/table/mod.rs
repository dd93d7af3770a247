//! Server-side tables (`meta.k8s.io/v1 Table`): the columns `kubectl get` shows.

mod cells;
mod core;
mod jsonpath;
mod policy;
mod workloads;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use cells::age;

use crate::registry::{Origin, Resource};

/// How much of each object a row carries: the `includeObject` query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IncludeObject {
    /// Nothing.
    None,
    /// A `PartialObjectMetadata`.
    #[default]
    Metadata,
    /// The whole object.
    Object,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Heading.
    pub name: String,
    /// OpenAPI type of the cells.
    pub kind: String,
    /// `name` for the first column, otherwise usually empty.
    pub format: String,
    /// What it shows.
    pub description: String,
    /// 0 for columns shown without `-o wide`.
    pub priority: i64,
}

/// The rows of one built-in kind.
pub(crate) struct Printer {
    /// Heading, type and priority of the columns between which nothing is left out.
    columns: &'static [(&'static str, &'static str, i64)],
    /// The cells of one object, as many as there are columns.
    cells: fn(&Value, Timestamp) -> Vec<Value>,
}

/// A table of `objects`; `list_metadata` (resourceVersion, continue, …) becomes its metadata, and ages count to `now`.
pub fn table<'a>(
    resource: &Resource,
    objects: impl IntoIterator<Item = &'a Value>,
    list_metadata: Value,
    include: IncludeObject,
    now: Timestamp,
) -> Value {
    let rows: Vec<Value> = objects
        .into_iter()
        .map(|object| json!({"cells": cells(resource, object, now), "object": included(object, include)}))
        .collect();
    let columns: Vec<Value> = columns(resource)
        .into_iter()
        .map(|column| {
            json!({
                "name": column.name,
                "type": column.kind,
                "format": column.format,
                "description": column.description,
                "priority": column.priority,
            })
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": list_metadata,
        "columnDefinitions": columns,
        "rows": rows,
    })
}

/// The columns of a resource's table.
pub fn columns(resource: &Resource) -> Vec<Column> {
    let column = |name: &str, kind: &str, format: &str, description: &str, priority: i64| Column {
        name: name.to_owned(),
        kind: kind.to_owned(),
        format: format.to_owned(),
        description: description.to_owned(),
        priority,
    };
    let name = column("Name", "string", "name", "Name of the object, unique among those of its kind and namespace", 0);
    if let Some(printer) = printer(resource) {
        let describe = |heading: &str| format!("{heading} of the {}", resource.gvk.kind);
        return printer
            .columns
            .iter()
            .map(|&(heading, kind, priority)| match heading {
                "Name" => Column { priority, ..name.clone() },
                _ => column(heading, kind, "", &describe(heading), priority),
            })
            .collect();
    }
    let mut columns = vec![name];
    match resource.origin {
        Origin::Custom { .. } => columns.extend(resource.columns.iter().map(|declared| {
            column(&declared.name, &declared.kind, &declared.format, &declared.description, declared.priority)
        })),
        Origin::BuiltIn => columns.push(column("Created At", "date", "", "When the object was created", 0)),
    }
    columns
}

fn cells(resource: &Resource, object: &Value, now: Timestamp) -> Vec<Value> {
    if let Some(printer) = printer(resource) {
        return (printer.cells)(object, now);
    }
    let mut row = vec![object["metadata"]["name"].clone()];
    match resource.origin {
        Origin::Custom { .. } => row
            .extend(resource.columns.iter().map(|column| jsonpath::cell(object, &column.json_path, &column.kind, now))),
        Origin::BuiltIn => row.push(object["metadata"]["creationTimestamp"].clone()),
    }
    row
}

fn included(object: &Value, include: IncludeObject) -> Value {
    match include {
        IncludeObject::None => Value::Null,
        IncludeObject::Object => object.clone(),
        IncludeObject::Metadata => json!({
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": object["metadata"],
        }),
    }
}

fn printer(resource: &Resource) -> Option<&'static Printer> {
    if resource.origin != Origin::BuiltIn {
        return None;
    }
    let (group, kind) = (resource.gvk.group.as_str(), resource.gvk.kind.as_str());
    core::printer(group, kind).or_else(|| workloads::printer(group, kind)).or_else(|| policy::printer(group, kind))
}

#[cfg(test)]
mod tests;
