//! One resource while it is being built: the object, and what happened to it so far.

use manifest::yaml::Spelling;
use manifest::{Location, Origin, Value};
use serde_json::Map;

use super::id::{ResourceId, metadata_text, type_of};

/// What a generated resource does when its id exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Behavior {
    /// Not said: the id must be new.
    #[default]
    Unspecified,
    /// The id must be new.
    Create,
    /// The other resource is replaced; its metadata stays.
    Replace,
    /// The other resource's data is merged under this one's.
    Merge,
}

impl Behavior {
    pub(crate) fn parse(text: &str) -> Behavior {
        match text {
            "create" => Behavior::Create,
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            _ => Behavior::Unspecified,
        }
    }
}

/// Whether the content's hash is appended to the resource's name in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum HashSuffix {
    /// The name stays.
    #[default]
    None,
    /// The hash is appended.
    Append,
}

/// A name that a resource had before a transformation changed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PreviousName {
    pub(crate) kind: String,
    /// The namespace that counted then, see [`ResourceId::effective_namespace`].
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// A resource.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// The object; null once a patch has deleted it.
    pub(crate) value: Value,
    pub(crate) origin: Origin,
    /// How its scalars are written.
    pub(crate) spelling: Spelling,
    /// Oldest first.
    pub(crate) previous: Vec<PreviousName>,
    /// Name prefixes it was given, innermost first.
    pub(crate) prefixes: Vec<String>,
    /// Name suffixes it was given, innermost first.
    pub(crate) suffixes: Vec<String>,
    pub(crate) behavior: Behavior,
    pub(crate) hash_suffix: HashSuffix,
    /// The `vars` that refer to it.
    pub(crate) variables: Vec<String>,
}

impl Resource {
    pub(crate) fn new(value: Value, origin: Origin) -> Resource {
        Resource {
            value,
            origin,
            spelling: Spelling::default(),
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            behavior: Behavior::Unspecified,
            hash_suffix: HashSuffix::None,
            variables: Vec::new(),
        }
    }

    pub(crate) fn is_deleted(&self) -> bool {
        match &self.value {
            Value::Object(fields) => fields.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => true,
        }
    }

    pub(crate) fn kind(&self) -> &str {
        self.value.get("kind").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn api_version(&self) -> &str {
        self.value.get("apiVersion").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        metadata_text(&self.value, "name")
    }

    pub(crate) fn namespace(&self) -> &str {
        metadata_text(&self.value, "namespace")
    }

    pub(crate) fn id(&self) -> ResourceId {
        ResourceId::of(&self.value)
    }

    /// Every id it had, oldest first. Their namespaces are the ones that counted.
    pub(crate) fn previous_ids(&self) -> Vec<ResourceId> {
        if self.previous.is_empty() {
            return Vec::new();
        }
        let gvk = type_of(&self.value);
        self.previous
            .iter()
            .map(|previous| ResourceId {
                group: gvk.group.clone(),
                version: gvk.version.clone(),
                kind: previous.kind.clone(),
                namespace: previous.namespace.clone(),
                name: previous.name.clone(),
            })
            .collect()
    }

    /// The id it was read or generated with.
    pub(crate) fn original_id(&self) -> ResourceId {
        self.previous_ids().into_iter().next().unwrap_or_else(|| self.id())
    }

    /// Every id it had, and the one it has.
    pub(crate) fn all_ids(&self) -> Vec<ResourceId> {
        let mut ids = self.previous_ids();
        ids.push(self.id());
        ids
    }

    /// Keeps the present id among the previous ones: something is about to change it.
    pub(crate) fn remember_id(&mut self) {
        let id = self.id();
        let namespace = id.effective_namespace().to_owned();
        self.previous.push(PreviousName { kind: id.kind, namespace, name: id.name });
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        self.set_metadata("name", name);
    }

    /// Sets or, if it is empty, removes the namespace.
    pub(crate) fn set_namespace(&mut self, namespace: &str) {
        if namespace.is_empty() {
            if let Some(Value::Object(metadata)) = self.value.get_mut("metadata") {
                metadata.remove("namespace");
            }
        } else {
            self.set_metadata("namespace", namespace);
        }
    }

    pub(crate) fn set_kind(&mut self, kind: &str) {
        if let Value::Object(fields) = &mut self.value {
            fields.insert("kind".to_owned(), Value::from(kind));
        }
    }

    fn set_metadata(&mut self, field: &str, text: &str) {
        if let Value::Object(fields) = &mut self.value {
            let metadata = fields.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(metadata) = metadata {
                metadata.insert(field.to_owned(), Value::from(text));
            }
        }
    }

    /// The value of an annotation, as text whatever scalar it is written as.
    pub(crate) fn annotation(&self, key: &str) -> Option<String> {
        let value = self.value.get("metadata")?.get("annotations")?.get(key)?;
        Some(self.text_at(&["metadata", "annotations", key], value))
    }

    /// The text of the scalar `value`, which stands in the member that `path` names; empty for maps and lists.
    pub(crate) fn text_at(&self, path: &[&str], value: &Value) -> String {
        let escaped = path.iter().map(|part| part.replace('~', "~0").replace('/', "~1"));
        let pointer: String = escaped.map(|part| format!("/{part}")).collect();
        self.spelling.text(&pointer, value).into_owned()
    }

    /// Sets an annotation.
    pub(crate) fn annotate(&mut self, key: &str, text: String) {
        if let Some(annotations) = self.metadata_map("annotations") {
            annotations.insert(key.to_owned(), Value::String(text));
        }
    }

    /// The map `field` of the metadata, made if it is not there.
    pub(crate) fn metadata_map(&mut self, field: &str) -> Option<&mut Map<String, Value>> {
        let metadata = self.value.get_mut("metadata")?.as_object_mut()?;
        let map = metadata.entry(field).or_insert(Value::Null);
        if !map.is_object() {
            *map = Value::Object(Map::new());
        }
        map.as_object_mut()
    }

    /// The first line of its document or generator entry.
    pub(crate) fn location(&self) -> Option<Location> {
        self.origin.location.clone()
    }
}

/// A scalar the way YAML would write it plain.
pub(crate) fn scalar_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
