//! From the documents of a file to resources.

use std::collections::VecDeque;

use manifest::{Origin, Value};

use super::loader::Loader;
use super::noted;
use super::problem::{Failure, Problem};
use super::resource::Resource;
use manifest::yaml::{Document, Spelling};

/// The resources that `documents` hold: empty documents are left out, lists are replaced by their items.
///
/// # Errors
///
/// What is not a Kubernetes object, each at its place.
pub(crate) fn resources(documents: Vec<Document>, loader: &Loader<'_>) -> Result<Vec<Resource>, Failure> {
    let mut pending: VecDeque<(Value, Origin, Spelling)> = documents
        .into_iter()
        .map(|document| {
            let origin = loader.origin(&document);
            (document.value, origin, document.spelling)
        })
        .collect();
    let mut resources = Vec::new();
    let mut problems = Vec::new();
    while let Some((mut value, origin, spelling)) = pending.pop_front() {
        if is_empty(&value) {
            continue;
        }
        if let Err(problem) = validate(&value) {
            problems.push(problem.at(origin.location));
            continue;
        }
        match list_items(&value) {
            Listed::No => {
                name_by_text(&mut value, &spelling);
                let mut resource = Resource { spelling, ..Resource::new(value, origin) };
                noted::take_over(&mut resource);
                resources.push(resource);
            }
            Listed::NotAList => problems.push(Problem::ItemsNotAList.at(origin.field("/items"))),
            Listed::Items(items) => {
                for (index, item) in items.iter().enumerate() {
                    // Items of a plain List are taken as they are; those of other lists are read again as JSON.
                    let spelling = match value.get("kind").and_then(Value::as_str) {
                        Some("List") => spelling.below(&format!("/items/{index}")),
                        Some(_) | None => Spelling::default(),
                    };
                    pending.push_back((item.clone(), item_origin(&origin, index), spelling));
                }
            }
        }
    }
    if problems.is_empty() { Ok(resources) } else { Err(Failure(problems)) }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Checks what kustomize wants of a resource: a kind, and a name unless it is a list.
pub(crate) fn validate(value: &Value) -> Result<(), Problem> {
    if !value.is_object() {
        return Err(Problem::NotAnObject);
    }
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    if kind.is_empty() {
        return Err(Problem::NoKind);
    }
    let is_named = match value.pointer("/metadata/name") {
        Some(Value::String(name)) => !name.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => true,
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
    };
    if is_named || kind.ends_with("List") { Ok(()) } else { Err(Problem::NoName(kind.to_owned())) }
}

/// Makes name and namespace text where they are written as numbers and the like, which kustomize takes for text, too.
fn name_by_text(value: &mut Value, spelling: &Spelling) {
    for pointer in ["/metadata/name", "/metadata/namespace"] {
        if let Some(name @ (Value::Bool(_) | Value::Number(_))) = value.pointer_mut(pointer) {
            *name = Value::String(spelling.text(pointer, name).into_owned());
        }
    }
}

enum Listed<'a> {
    No,
    NotAList,
    Items(&'a [Value]),
}

fn list_items(value: &Value) -> Listed<'_> {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    match value.get("items").filter(|_| kind.ends_with("List")) {
        None => Listed::No,
        Some(Value::Null) => Listed::Items(&[]),
        Some(Value::Array(items)) => Listed::Items(items),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => Listed::NotAList,
    }
}

/// The origin of an item of a list: its own place, and its own part of the fields.
fn item_origin(list: &Origin, index: usize) -> Origin {
    let pointer = format!("/items/{index}");
    let fields = list.fields.as_ref().map(|fields| {
        let below = fields.range(pointer.clone()..).take_while(|(field, _)| field.starts_with(&pointer)).filter_map(
            |(field, place)| {
                let rest = &field[pointer.len()..];
                rest.starts_with('/').then(|| (rest.to_owned(), *place))
            },
        );
        std::sync::Arc::new(below.collect())
    });
    Origin { location: list.field(&pointer), fields, through: list.through.clone() }
}
