//! The documents of templates' outputs, sorted as Helm sorts them.

use std::collections::BTreeMap;

use manifest::{Diagnostic, Location, Manifest, Origin};
use serde_json::Value as Json;

use super::hook::{Kind, classify};
use super::{Hook, Order, Rules, head, order, split};

/// One document that is applied with the release.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The template it comes from, with the charts around it: `chart/templates/service.yaml`. Empty for what a Helm 3
    /// post-renderer made, of which nothing is known.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its `kind`.
    pub kind: String,
    /// The document as data: an object, or `null` if there is nothing but comments.
    pub value: Json,
}

impl Document {
    /// The objects it holds: one, those of a list, or none. They say which template they come from; lines are not
    /// known, because they are those of a text that nobody has written.
    ///
    /// # Errors
    ///
    /// If something in it is no Kubernetes object.
    pub fn manifests(&self) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
        objects(&self.path, &self.value)
    }
}

impl Hook {
    /// The objects it holds, as for [`Document::manifests`].
    ///
    /// # Errors
    ///
    /// If something in it is no Kubernetes object.
    pub fn manifests(&self) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
        objects(&self.path, &self.value)
    }
}

fn objects(path: &str, value: &Json) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    let mut items = Vec::new();
    unwrap_lists(value, &mut items);
    let mut problems = Vec::new();
    let mut manifests = Vec::with_capacity(items.len());
    for item in items {
        let origin = Origin { location: Some(Location::file(path)), ..Origin::default() };
        match Manifest::new(item.clone(), origin) {
            Ok(manifest) => manifests.push(manifest),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(manifests) } else { Err(problems) }
}

fn unwrap_lists<'v>(value: &'v Json, items: &mut Vec<&'v Json>) {
    let is_list = value["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    match (value, &value["items"]) {
        (Json::Null, _) => {}
        (_, Json::Array(members)) if is_list => {
            for member in members {
                unwrap_lists(member, items);
            }
        }
        _ => items.push(value),
    }
}

/// Documents in the order in which they are applied, and hooks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sorted {
    /// What is applied with the release.
    pub documents: Vec<Document>,
    /// What is applied at certain moments; those of one moment are still to be sorted, see [`Sorted::hooks_of`].
    pub hooks: Vec<Hook>,
    /// Hooks for moments that nobody knows, which are dropped: their templates, and what their annotations say.
    pub unknown_hooks: Vec<(String, String)>,
}

impl Sorted {
    /// The hooks of a moment in the order in which they run: by weight, then by name, then by kind.
    pub fn hooks_of(&self, event: super::Event) -> Vec<&Hook> {
        let mut hooks: Vec<&Hook> = self.hooks.iter().filter(|hook| hook.events.contains(&event)).collect();
        hooks.sort_by(|left, right| left.weight.cmp(&right.weight).then_with(|| left.name.cmp(&right.name)));
        hooks
    }
}

/// A document that cannot be read. The text is Helm's.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("YAML parse error on {path}: {reason}")]
pub struct BrokenDocument {
    /// The template it comes from.
    pub path: String,
    /// Why.
    pub reason: String,
    /// What was sorted before, in no order.
    pub before: Sorted,
}

/// Sorts the outputs of templates by their paths.
///
/// # Errors
///
/// At the first document that is no YAML or no object.
pub(super) fn sort(
    files: &BTreeMap<String, String>,
    order: Order,
    rules: Rules,
) -> Result<Sorted, Box<BrokenDocument>> {
    let mut sorted = Sorted::default();
    for (path, content) in files {
        if path.rsplit('/').next().is_some_and(|name| name.starts_with('_')) {
            continue;
        }
        for text in split::documents(content, rules) {
            let (head, value) = match head::read(text, rules) {
                Ok(read) => read,
                Err(reason) => {
                    return Err(Box::new(BrokenDocument { path: path.clone(), reason, before: sorted }));
                }
            };
            match classify(path, text, &head, &value) {
                Kind::Hook(hook) => sorted.hooks.push(*hook),
                Kind::Unknown(events) => sorted.unknown_hooks.push((path.clone(), events)),
                Kind::Plain => {
                    sorted.documents.push(Document {
                        path: path.clone(),
                        text: text.to_owned(),
                        kind: head.kind,
                        value,
                    });
                }
            }
        }
    }
    let rank = |kind: &str| {
        let (place, name) = order::rank(kind, order, rules);
        (place, name.to_owned())
    };
    sorted.documents.sort_by_cached_key(|document| rank(&document.kind));
    sorted.hooks.sort_by_cached_key(|hook| rank(&hook.kind));
    Ok(sorted)
}

/// The documents of a stored release's manifest, in order; hooks among them, which are none any more, are left out as
/// Helm does. Their paths are places in the manifest, and documents of one kind are ordered by them as texts.
///
/// # Errors
///
/// At the first document that is no YAML or no object.
pub fn stored_documents(manifest: &str, order: Order, rules: Rules) -> Result<Vec<Document>, Box<BrokenDocument>> {
    let documents = split::documents(manifest, rules).into_iter().enumerate();
    let files = documents.map(|(place, text)| (format!("manifest-{place}"), text.to_owned())).collect();
    Ok(sort(&files, order, rules)?.documents)
}
