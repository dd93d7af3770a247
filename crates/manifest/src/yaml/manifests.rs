//! From documents to manifests: empty documents are skipped, lists become their items.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::{Document, Limits, Profile, Spelling, read_all};
use crate::{Diagnostic, Location, Manifest, ObjectId, Origin};

/// The objects of a file, in order. Empty documents are skipped; a `List` (or any kind that ends in `List` and has a
/// list of `items`) stands for its items.
///
/// # Errors
///
/// Everything that is wrong with the file: broken documents, and documents that are no Kubernetes object.
pub fn read_manifests(
    bytes: &[u8],
    file: &str,
    profile: Profile,
    limits: &Limits,
) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    let Salvage { manifests, others, mut problems } = salvage_manifests(bytes, file, profile, limits);
    let no_objects = others.into_iter().filter_map(|document| manifest(document).err());
    problems.extend(no_objects);
    problems.sort_by(|left, right| left.location.cmp(&right.location));
    if problems.is_empty() { Ok(manifests) } else { Err(problems) }
}

/// What there is in a file that may be broken, or may hold something else than Kubernetes objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Salvage {
    /// The objects, in order; a list stands for its items.
    pub manifests: Vec<Manifest>,
    /// Documents that are no objects: without `apiVersion`, `kind` or name.
    pub others: Vec<Document>,
    /// What is wrong with documents that cannot be read.
    pub problems: Vec<Diagnostic>,
}

/// Everything in a file that can be read, whatever is wrong with the rest of it.
pub fn salvage_manifests(bytes: &[u8], file: &str, profile: Profile, limits: &Limits) -> Salvage {
    let (documents, problems) = read_all(bytes, file, profile, limits);
    let mut salvage = Salvage { manifests: Vec::with_capacity(documents.len()), others: Vec::new(), problems };
    for document in documents.into_iter().flat_map(expand_list) {
        if ObjectId::of(&document.value).is_some() {
            salvage.manifests.extend(manifest(document));
        } else {
            salvage.others.push(document);
        }
    }
    salvage
}

/// The object that a document is.
fn manifest(document: Document) -> Result<Manifest, Diagnostic> {
    let origin = Origin { location: Some(document.location), fields: Some(document.fields), through: Arc::default() };
    Manifest::new(document.value, origin)
}

/// The document itself, its items if it is a list, nothing if it is empty.
fn expand_list(document: Document) -> Vec<Document> {
    let Value::Object(mut members) = document.value else {
        return if document.value.is_null() { Vec::new() } else { vec![document] };
    };
    let kind = members.get("kind").and_then(Value::as_str).unwrap_or_default();
    let is_list = match members.get("items") {
        Some(Value::Array(_)) => kind.ends_with("List"),
        None | Some(Value::Null) => kind == "List",
        Some(_) => false,
    };
    if !is_list {
        return vec![Document { value: Value::Object(members), ..document }];
    }
    let Some(Value::Array(items)) = members.remove("items") else { return Vec::new() };
    items
        .into_iter()
        .enumerate()
        .map(|(index, value)| item(&document.location, &document.fields, index, value))
        .flat_map(expand_list)
        .collect()
}

fn item(list: &Location, fields: &BTreeMap<String, (u32, u32)>, index: usize, value: Value) -> Document {
    let pointer = format!("/items/{index}");
    let (line, column) = fields.get(&pointer).copied().unwrap_or((list.line, list.column));
    let below = format!("{pointer}/");
    let fields = fields
        .range(below.clone()..)
        .take_while(|(field, _)| field.starts_with(&below))
        .map(|(field, place)| (field[pointer.len()..].to_owned(), *place))
        .collect();
    Document {
        value,
        location: Location { file: list.file.clone(), line, column },
        fields: Arc::new(fields),
        spelling: Spelling::default(),
    }
}
