//! The parts of a schema that have names, and what references lead to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::InvalidSchema;
use super::node::Draft;
use super::shape;
use super::url::{self, token};

/// A schema's text with its names.
pub(super) struct Document<'j> {
    json: &'j Json,
    resources: BTreeMap<String, Resource>,
    visited: BTreeSet<String>,
}

/// A schema with a name of its own.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// Where it stands.
    pub(super) pointer: String,
    /// Its name.
    pub(super) url: String,
    pub(super) draft: Draft,
    anchors: BTreeMap<String, String>,
    dynamic: BTreeSet<String>,
}

impl Resource {
    /// The dynamic anchors in it and where they stand.
    pub(super) fn dynamic_anchors(&self) -> impl Iterator<Item = (&String, &String)> {
        self.anchors.iter().filter(|(name, _)| self.dynamic.contains(*name))
    }
}

/// What a reference leads to.
pub(super) enum Target {
    /// A part of this document.
    Here(String),
    /// A `urn:` that nothing resolves, which allows everything.
    Anything,
}

impl<'j> Document<'j> {
    pub(super) fn new(json: &'j Json) -> Result<Document<'j>, InvalidSchema> {
        let draft = match json.get("$schema") {
            Some(Json::String(name)) => Draft::of(name).ok_or_else(|| InvalidSchema::UnknownDraft(name.clone()))?,
            _ => Draft::Of2020,
        };
        let mut document = Document { json, resources: BTreeMap::new(), visited: BTreeSet::new() };
        document.visit(json, "", url::ROOT, draft)?;
        Ok(document)
    }

    /// The JSON at a pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&'j Json> {
        self.json.pointer(pointer)
    }

    /// The named schema that a pointer is in.
    pub(super) fn resource_of(&self, pointer: &str) -> &Resource {
        let mut rest = pointer;
        loop {
            if let Some(resource) = self.resources.get(rest) {
                return resource;
            }
            // The root is one, and every pointer starts there.
            rest = rest.rfind('/').map_or("", |slash| &rest[..slash]);
        }
    }

    /// What a reference within the schema at `pointer` leads to.
    pub(super) fn resolve(&mut self, pointer: &str, reference: &str) -> Result<Target, InvalidSchema> {
        let (file, fragment) = url::split(reference);
        let joined = url::join(&self.resource_of(pointer).url, file);
        let written = || format!("{joined}#{fragment}");
        let resource = if joined == url::ROOT {
            self.resource_of("")
        } else if let Some(named) = self.resources.values().find(|resource| resource.url == joined) {
            named
        } else if joined.starts_with("urn:") {
            return Ok(Target::Anything);
        } else {
            return Err(InvalidSchema::Remote(joined));
        };
        if !fragment.is_empty() && !fragment.starts_with('/') {
            let found = resource.anchors.get(&fragment).cloned();
            return found.map(Target::Here).ok_or_else(|| InvalidSchema::AnchorNotFound(written()));
        }
        let target = format!("{}{fragment}", resource.pointer);
        let json = self.at(&target).ok_or_else(|| InvalidSchema::PointerNotFound(written()))?;
        // References may lead to places where no schema is expected.
        let Resource { url, draft, .. } = self.resource_of(&target).clone();
        self.visit(json, &target, &url, draft)?;
        Ok(Target::Here(target))
    }

    /// Checks the shape of a schema and of all in it, and notes their names.
    fn visit(&mut self, json: &'j Json, pointer: &str, base: &str, draft: Draft) -> Result<(), InvalidSchema> {
        if !self.visited.insert(pointer.to_owned()) {
            return Ok(());
        }
        let mut base = base.to_owned();
        let mut draft = draft;
        if let Json::Object(keywords) = json {
            if let Some(own) = keywords.get("$schema").and_then(Json::as_str).and_then(Draft::of)
                && id(keywords, own).is_some()
            {
                draft = own;
            }
            if let Some(id) = id(keywords, draft) {
                base = url::join(&base, id);
                self.add_resource(pointer, &base, draft)?;
            }
        }
        if pointer.is_empty() && self.resources.is_empty() {
            self.add_resource(pointer, &base, draft)?;
        }
        shape::check(json, pointer, draft)?;
        let Json::Object(keywords) = json else { return Ok(()) };
        self.add_anchors(keywords, pointer, draft)?;
        for (below, json) in subschemas(keywords, draft) {
            self.visit(json, &format!("{pointer}{below}"), &base, draft)?;
        }
        Ok(())
    }

    fn add_resource(&mut self, pointer: &str, url: &str, draft: Draft) -> Result<(), InvalidSchema> {
        if let Some(other) = self.resources.values().find(|other| other.url == url) {
            return Err(duplicate("id", url, &other.pointer, pointer));
        }
        let resource = Resource {
            pointer: pointer.to_owned(),
            url: url.to_owned(),
            draft,
            anchors: BTreeMap::new(),
            dynamic: BTreeSet::new(),
        };
        self.resources.insert(pointer.to_owned(), resource);
        Ok(())
    }

    fn add_anchors(&mut self, keywords: &Map<String, Json>, pointer: &str, draft: Draft) -> Result<(), InvalidSchema> {
        let text = |keyword: &str| keywords.get(keyword).and_then(Json::as_str);
        let mut names: Vec<String> = Vec::new();
        let mut dynamic = None;
        if draft >= Draft::Of2019 {
            names.extend(text("$anchor").map(str::to_owned));
        } else if !keywords.contains_key("$ref") {
            let fragment = text(draft.id_keyword()).map(|id| url::split(id).1);
            names.extend(fragment.filter(|fragment| !fragment.is_empty() && !fragment.starts_with('/')));
        }
        if draft == Draft::Of2020 {
            dynamic = text("$dynamicAnchor").map(str::to_owned);
            names.extend(dynamic.clone());
        }
        let place = self.resource_of(pointer).pointer.clone();
        let Some(resource) = self.resources.get_mut(&place) else { return Ok(()) };
        resource.dynamic.extend(dynamic);
        for name in names {
            match resource.anchors.get(&name) {
                Some(other) if other != pointer => return Err(duplicate("anchor", &name, other, pointer)),
                _ => resource.anchors.insert(name, pointer.to_owned()),
            };
        }
        Ok(())
    }
}

fn duplicate(what: &'static str, name: &str, first: &str, second: &str) -> InvalidSchema {
    let (name, first, second) = (name.to_owned(), first.to_owned(), second.to_owned());
    InvalidSchema::Duplicate { what, name, first, second }
}

/// The name that a schema gives itself, without a fragment.
fn id(keywords: &Map<String, Json>, draft: Draft) -> Option<&str> {
    // Before 2019-09, nothing beside a reference counts.
    if draft < Draft::Of2019 && keywords.contains_key("$ref") {
        return None;
    }
    let id = keywords.get(draft.id_keyword())?.as_str()?;
    id.split('#').next().filter(|id| !id.is_empty())
}

/// Where a keyword holds schemas.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    One,
    OneOrList,
    List,
    ByName,
}

/// The schemas below a schema with their pointers from there.
fn subschemas(keywords: &Map<String, Json>, draft: Draft) -> Vec<(String, &Json)> {
    const KEYWORDS: &[(Draft, &str, Holds)] = &[
        (Draft::Four, "definitions", Holds::ByName),
        (Draft::Four, "not", Holds::One),
        (Draft::Four, "allOf", Holds::List),
        (Draft::Four, "anyOf", Holds::List),
        (Draft::Four, "oneOf", Holds::List),
        (Draft::Four, "properties", Holds::ByName),
        (Draft::Four, "additionalProperties", Holds::One),
        (Draft::Four, "patternProperties", Holds::ByName),
        (Draft::Four, "items", Holds::OneOrList),
        (Draft::Four, "additionalItems", Holds::One),
        (Draft::Four, "dependencies", Holds::ByName),
        (Draft::Six, "propertyNames", Holds::One),
        (Draft::Six, "contains", Holds::One),
        (Draft::Seven, "if", Holds::One),
        (Draft::Seven, "then", Holds::One),
        (Draft::Seven, "else", Holds::One),
        (Draft::Of2019, "$defs", Holds::ByName),
        (Draft::Of2019, "dependentSchemas", Holds::ByName),
        (Draft::Of2019, "unevaluatedProperties", Holds::One),
        (Draft::Of2019, "unevaluatedItems", Holds::One),
        (Draft::Of2020, "prefixItems", Holds::List),
    ];
    let mut found = Vec::new();
    for (_, keyword, holds) in KEYWORDS.iter().filter(|(since, _, _)| *since <= draft) {
        match (keywords.get(*keyword), holds) {
            (Some(Json::Array(items)), Holds::List | Holds::OneOrList) => {
                found.extend(items.iter().enumerate().map(|(at, item)| (format!("/{keyword}/{at}"), item)));
            }
            (Some(Json::Object(members)), Holds::ByName) => {
                // `dependencies` may have lists of names.
                let schemas = members.iter().filter(|(_, json)| !(*keyword == "dependencies" && json.is_array()));
                found.extend(schemas.map(|(name, json)| (format!("/{keyword}/{}", token(name)), json)));
            }
            (Some(json), Holds::One | Holds::OneOrList) => found.push((format!("/{keyword}"), json)),
            (Some(_) | None, _) => {}
        }
    }
    found
}
