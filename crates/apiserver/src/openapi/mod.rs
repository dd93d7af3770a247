//! OpenAPI v3: the index, and one document for each group and version, made when first asked for; and what clients still
//! need of v2.

mod definitions;
mod paths;
mod v2;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value, json};
use sha2::Digest;

use crate::registry::{Origin, Registry, Resource};

/// The version the server says it is, in `info.version` and `/version`.
pub const KUBERNETES_VERSION: &str = "v1.34.0";

/// One document, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// JSON, or what was asked for.
    pub body: Bytes,
    /// Changes when the document does; also its `ETag`.
    pub hash: String,
}

/// The form that an OpenAPI v2 document is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON.
    Json,
    /// Gnostic's message.
    Protobuf,
}

impl Form {
    /// Its media type. Clients ask for `…spec.v2@v1.0+protobuf`, and cannot read that name themselves.
    pub fn media_type(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Protobuf => "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
        }
    }
}

/// The documents, kept until what they describe changes.
#[derive(Debug, Default)]
pub struct OpenApi {
    documents: Mutex<HashMap<String, Arc<Document>>>,
}

impl OpenApi {
    /// With nothing made yet.
    pub fn new() -> OpenApi {
        OpenApi::default()
    }

    /// `/openapi/v3`: where the document of each group and version is, with its hash.
    pub fn index(&self, registry: &Registry) -> Value {
        let paths: Map<String, Value> = by_group_version(registry)
            .into_iter()
            .map(|((group, version), resources)| {
                let path = path_of(group, version);
                let hash = hash_of(&resources);
                let url = format!("/openapi/v3/{path}?hash={hash}");
                (path, json!({"serverRelativeURL": url}))
            })
            .collect();
        json!({"paths": paths})
    }

    /// `/openapi/v2`: the definitions of everything that is served.
    pub fn version_2(&self, registry: &Registry, form: Form) -> Arc<Document> {
        let resources: Vec<&Arc<Resource>> = registry.iter().collect();
        self.kept(format!("v2 {form:?}"), hash_of(&resources), || {
            let document = v2::document(registry);
            match form {
                Form::Json => document.to_string().into(),
                Form::Protobuf => v2::message(&document).into(),
            }
        })
    }

    /// `/openapi/v3/api/{version}` and `/openapi/v3/apis/{group}/{version}`, if served.
    pub fn document(&self, registry: &Registry, group: &str, version: &str) -> Option<Arc<Document>> {
        let resources = by_group_version(registry).remove(&(group, version))?;
        let hash = hash_of(&resources);
        Some(self.kept(path_of(group, version), hash, || render(&resources).to_string().into()))
    }

    /// A document as it was made, if nothing that it describes has changed since.
    fn kept(&self, path: String, hash: String, make: impl FnOnce() -> Bytes) -> Arc<Document> {
        let documents = || self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = documents().get(&path).filter(|document| document.hash == hash) {
            return document.clone();
        }
        let document = Arc::new(Document { body: make(), hash });
        documents().insert(path, document.clone());
        document
    }
}

fn path_of(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

fn by_group_version(registry: &Registry) -> BTreeMap<(&str, &str), Vec<&Arc<Resource>>> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Arc<Resource>>> = BTreeMap::new();
    for resource in registry.iter() {
        groups.entry((&resource.gvk.group, &resource.gvk.version)).or_default().push(resource);
    }
    groups
}

/// A hash of what a document is made from, which is much cheaper than making it.
fn hash_of(resources: &[&Arc<Resource>]) -> String {
    let mut hasher = sha2::Sha256::new();
    hasher.update(env!("CARGO_PKG_VERSION"));
    for resource in resources {
        hasher.update(format!("{} {} {:?}", resource.gvk, resource.plural, resource.scope));
        if let Origin::Custom { schema } = &resource.origin {
            hasher.update(schema.text());
        }
    }
    hex::encode_upper(hasher.finalize())
}

fn render(resources: &[&Arc<Resource>]) -> Value {
    let named: Vec<(&Resource, String)> =
        resources.iter().map(|resource| (resource.as_ref(), definitions::name_of(resource))).collect();
    let mut all_paths = Map::new();
    for (resource, name) in &named {
        paths::add(&mut all_paths, resource, name);
    }
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": KUBERNETES_VERSION},
        "paths": all_paths,
        "components": {"schemas": definitions::all(&named)},
    })
}

#[cfg(test)]
mod tests;
