//! Topologies from OpenAPI schemas (the rules of kube-openapi's `schemaconv`).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map as Object, Value};

use super::table::Table;
use super::{Absent, Field, Key, List, ListKind, Map, Patch, Relation, RetainKeys, Shape, Strategy, Topology, TypeId};
use crate::GroupVersionKind;

/// How deep schemas may nest; what lies deeper is deduced from values.
const MAX_DEPTH: usize = 256;

/// Of a CRD's `openAPIV3Schema`, or of any schema without references: `x-kubernetes-list-type`, `-list-map-keys` with
/// their properties' defaults, `-map-type`, `-preserve-unknown-fields`, `-embedded-resource`, `-patch-strategy`.
///
/// The metadata of the object, and of resources embedded in it, is always that of Kubernetes.
pub fn from_schema(schema: &Value) -> Topology {
    let mut reader = Reader::new(None, None);
    let root = reader.read_resource(schema, 0);
    reader.finish(root)
}

/// Of the definition that an OpenAPI document (v2 `definitions` or v3 `components.schemas`) has for a kind, if any.
/// References inside the document are followed by name, so types may be recursive.
pub fn from_document(document: &Value, gvk: &GroupVersionKind) -> Option<Topology> {
    from_document_over(document, gvk, None)
}

/// The same; references to what the document does not hold mean the types of that name in `table`.
pub(super) fn from_document_over(document: &Value, gvk: &GroupVersionKind, table: Option<&Table>) -> Option<Topology> {
    let definitions = document
        .get("definitions")
        .or_else(|| document.get("components").and_then(|components| components.get("schemas")))?
        .as_object()?;
    let (name, _) = definitions.iter().find(|(_, schema)| describes(schema, gvk))?;
    let mut reader = Reader::new(Some(definitions), table);
    let root = reader.named(name);
    Some(reader.finish(root))
}

/// Whether a definition says that it is of this kind (`x-kubernetes-group-version-kind`, a list or a single entry).
fn describes(schema: &Value, gvk: &GroupVersionKind) -> bool {
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_it = |entry: &Value| {
        text(entry, "group") == gvk.group && text(entry, "version") == gvk.version && text(entry, "kind") == gvk.kind
    };
    match schema.get("x-kubernetes-group-version-kind") {
        Some(Value::Array(entries)) => entries.iter().any(is_it),
        Some(entry) => is_it(entry),
        None => false,
    }
}

struct Reader<'s> {
    definitions: Option<&'s Object<String, Value>>,
    /// Its types stand first among `types`.
    table: Option<&'s Table>,
    types: Vec<Shape>,
    named: HashMap<String, TypeId>,
    metadata: Option<TypeId>,
}

impl<'s> Reader<'s> {
    fn new(definitions: Option<&'s Object<String, Value>>, table: Option<&'s Table>) -> Reader<'s> {
        let types = table.map_or_else(|| vec![Shape::Deduced], |table| table.types().to_vec());
        Reader { definitions, table, types, named: HashMap::new(), metadata: None }
    }

    fn finish(self, root: TypeId) -> Topology {
        Topology { types: self.types.into(), root }
    }

    fn push(&mut self, shape: Shape) -> TypeId {
        self.types.push(shape);
        TypeId(self.types.len() - 1)
    }

    /// The definition called `name`. Its place is taken before it is read, so that it may refer to itself.
    fn named(&mut self, name: &str) -> TypeId {
        if let Some(id) = self.named.get(name) {
            return *id;
        }
        let Some(schema) = self.definitions.and_then(|definitions| definitions.get(name)) else {
            let short = name.rsplit('.').next().unwrap_or(name);
            return self.table.and_then(|table| table.named(short)).unwrap_or(TypeId::DEDUCED);
        };
        let id = self.push(Shape::Deduced);
        self.named.insert(name.to_owned(), id);
        let read = match name.rsplit('.').next() {
            // Published as text, but numbers are accepted as well; and as an object, but replaced as a whole.
            Some("Quantity" | "IntOrString") => Shape::Scalar,
            Some("RawExtension") => atomic_map(),
            Some(_) | None => {
                let read = self.read(schema, 0);
                self.types[read.0].clone()
            }
        };
        self.types[id.0] = read;
        id
    }

    /// A schema of a whole resource: its metadata is known even where the schema does not describe it.
    fn read_resource(&mut self, schema: &Value, depth: usize) -> TypeId {
        let id = self.read(schema, depth);
        let metadata = match self.metadata {
            Some(metadata) => metadata,
            None => {
                let metadata = push_metadata(&mut self.types);
                self.metadata = Some(metadata);
                metadata
            }
        };
        let mut map = match &self.types[id.0] {
            Shape::Map(map) => map.clone(),
            Shape::Deduced | Shape::Scalar | Shape::List(_) => {
                Map { fields: BTreeMap::new(), element: TypeId::DEDUCED, relation: Relation::Granular }
            }
        };
        map.fields.insert("metadata".to_owned(), Field { value: metadata, absent: Absent::Missing, patch: None });
        self.push(Shape::Map(map))
    }

    /// The type of a schema or of a reference to one.
    fn read(&mut self, schema: &Value, depth: usize) -> TypeId {
        if depth > MAX_DEPTH {
            return TypeId::DEDUCED;
        }
        if let Some(name) = reference(schema) {
            let id = self.named(name);
            return match (relation_of(schema), &self.types[id.0]) {
                // A field may say otherwise than the type it refers to.
                (Some(relation), Shape::Map(map)) if map.relation != relation => {
                    let map = Map { relation, ..map.clone() };
                    self.push(Shape::Map(map))
                }
                (Some(_) | None, _) => id,
            };
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.object(schema, depth),
            Some("array") => self.list(schema, depth),
            Some(_) => self.push(Shape::Scalar),
            // Of any type: the value decides, unless fields are described.
            None if schema.get("properties").is_some() => self.object(schema, depth),
            None => TypeId::DEDUCED,
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> TypeId {
        let mut fields = BTreeMap::new();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let value = match property.get("x-kubernetes-embedded-resource").and_then(Value::as_bool) {
                Some(true) => self.read_resource(property, depth + 1),
                Some(false) | None => self.read(property, depth + 1),
            };
            let absent = match property.get("default").and_then(Value::as_object) {
                // Built-in types publish an empty default for what they always hold. CRDs have real defaults.
                Some(default) if default.is_empty() && self.definitions.is_some() => Absent::Empty,
                Some(_) | None => Absent::Missing,
            };
            fields.insert(name.clone(), Field { value, absent, patch: patch_of(property) });
        }
        let element = match schema.get("additionalProperties") {
            Some(additional) if additional.is_object() => self.read(additional, depth + 1),
            Some(_) | None => TypeId::DEDUCED,
        };
        let relation = relation_of(schema).unwrap_or(Relation::Granular);
        self.push(Shape::Map(Map { fields, element, relation }))
    }

    fn list(&mut self, schema: &Value, depth: usize) -> TypeId {
        let items = schema.get("items").unwrap_or(&Value::Null);
        let element = match items.get("x-kubernetes-embedded-resource").and_then(Value::as_bool) {
            Some(true) => self.read_resource(items, depth + 1),
            Some(false) | None => self.read(items, depth + 1),
        };
        let keyed = |keys: Vec<&str>| {
            let keys = keys.into_iter().map(|name| self.key(items, name)).collect();
            ListKind::Keyed(keys)
        };
        let merge_key = schema.get("x-kubernetes-patch-merge-key").and_then(Value::as_str);
        let kind = match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
            Some("set") => ListKind::Set,
            Some("map") => match names(schema.get("x-kubernetes-list-map-keys")) {
                keys if keys.is_empty() => ListKind::Atomic,
                keys => keyed(keys),
            },
            Some(_) => ListKind::Atomic,
            None => match (strategy_of(schema), merge_key) {
                (Some((Strategy::Merge, _)), Some(key)) => keyed(vec![key]),
                (Some((Strategy::Merge, _)), None) => ListKind::Set,
                (Some((Strategy::Default | Strategy::Replace, _)) | None, _) => ListKind::Atomic,
            },
        };
        self.push(Shape::List(List { kind, element }))
    }

    /// A key of a list's items, with the default that its property declares.
    fn key(&self, items: &Value, name: &str) -> Key {
        let items = match (reference(items), self.definitions) {
            (Some(target), Some(definitions)) => definitions.get(target).unwrap_or(items),
            (Some(_) | None, _) => items,
        };
        let default = items.get("properties").and_then(|properties| properties.get(name)?.get("default")).cloned();
        // Built-in types publish empty defaults for required keys; an item without such a key has none.
        let default = default.filter(|value| self.definitions.is_none() || (value != "" && value != 0));
        Key { name: name.to_owned(), default }
    }
}

/// The name that a schema refers to, directly or as the only member of an `allOf`.
fn reference(schema: &Value) -> Option<&str> {
    let direct = schema.get("$ref").and_then(Value::as_str);
    let single = || match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => only.get("$ref").and_then(Value::as_str),
        Some(_) | None => None,
    };
    direct.or_else(single)?.rsplit('/').next()
}

fn relation_of(schema: &Value) -> Option<Relation> {
    match schema.get("x-kubernetes-map-type").and_then(Value::as_str) {
        Some("atomic") => Some(Relation::Atomic),
        Some("granular") => Some(Relation::Granular),
        Some(_) | None => None,
    }
}

fn names(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

fn strategy_of(schema: &Value) -> Option<(Strategy, RetainKeys)> {
    let strategies = schema.get("x-kubernetes-patch-strategy").and_then(Value::as_str)?;
    let has = |name: &str| strategies.split(',').any(|strategy| strategy == name);
    let retain = if has("retainKeys") { RetainKeys::Listed } else { RetainKeys::Unlisted };
    let strategy = if has("merge") {
        Strategy::Merge
    } else if has("replace") {
        Strategy::Replace
    } else {
        Strategy::Default
    };
    Some((strategy, retain))
}

fn patch_of(schema: &Value) -> Option<Patch> {
    let (strategy, retain_keys) = strategy_of(schema)?;
    let merge_key = schema.get("x-kubernetes-patch-merge-key").and_then(Value::as_str).map(str::to_owned);
    let list_keys = names(schema.get("x-kubernetes-list-map-keys")).into_iter().map(str::to_owned).collect();
    Some(Patch { strategy, merge_key, list_keys, retain_keys })
}

fn atomic_map() -> Shape {
    Shape::Map(Map { fields: BTreeMap::new(), element: TypeId::DEDUCED, relation: Relation::Atomic })
}

/// Adds the type of `metadata`.
fn push_metadata(types: &mut Vec<Shape>) -> TypeId {
    let mut push = |shape: Shape| {
        types.push(shape);
        TypeId(types.len() - 1)
    };
    let map = |fields| Shape::Map(Map { fields, element: TypeId::DEDUCED, relation: Relation::Granular });
    let merge = |key: Option<&str>| {
        Some(Patch {
            strategy: Strategy::Merge,
            merge_key: key.map(str::to_owned),
            list_keys: key.map(str::to_owned).into_iter().collect(),
            retain_keys: RetainKeys::Unlisted,
        })
    };
    let texts = push(map(BTreeMap::new()));
    let reference = push(atomic_map());
    let finalizers = push(Shape::List(List { kind: ListKind::Set, element: TypeId::DEDUCED }));
    let owners = push(Shape::List(List {
        kind: ListKind::Keyed(vec![Key { name: "uid".to_owned(), default: None }]),
        element: reference,
    }));
    let field = |value, patch| Field { value, absent: Absent::Missing, patch };
    push(map(BTreeMap::from([
        ("annotations".to_owned(), field(texts, None)),
        ("labels".to_owned(), field(texts, None)),
        ("finalizers".to_owned(), field(finalizers, merge(None))),
        ("ownerReferences".to_owned(), field(owners, merge(Some("uid")))),
    ])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::topology::Type;

    fn step<'a>(ty: Type<'a>, path: &str) -> Type<'a> {
        path.split('.').fold(ty, |ty, step| if step == "[]" { ty.element() } else { ty.field(step) })
    }

    #[test]
    fn a_crd_says_how_its_lists_and_maps_merge() {
        let topology = from_schema(&json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
                "items": {"type": "object", "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}}}},
            "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "plain": {"type": "array", "items": {"type": "object"}},
            "whole": {"type": "object", "x-kubernetes-map-type": "atomic"},
            "labels": {"type": "object", "additionalProperties": {"type": "object", "properties": {"x": {"type": "string"}}}},
            "anything": {"x-kubernetes-preserve-unknown-fields": true},
            "quantity": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "template": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true},
        }}}}));
        let root = topology.root();
        let kind = |path: &str| match step(root, path).shape() {
            Shape::List(list) => list.kind.clone(),
            other => panic!("{path}: {other:?}"),
        };
        let key = |name: &str, default: Option<Value>| Key { name: name.to_owned(), default };
        assert_eq!(kind("spec.ports"), ListKind::Keyed(vec![key("port", None), key("protocol", Some(json!("TCP")))]));
        assert_eq!(kind("spec.tags"), ListKind::Set);
        assert_eq!(kind("spec.plain"), ListKind::Atomic);
        assert!(matches!(step(root, "spec.whole").shape(), Shape::Map(map) if map.relation == Relation::Atomic));
        assert!(matches!(step(root, "spec.labels.any").shape(), Shape::Map(map) if map.fields.contains_key("x")));
        assert_eq!(step(root, "spec.anything").shape(), &Shape::Deduced);
        assert_eq!(step(root, "spec.quantity").shape(), &Shape::Deduced);
        assert_eq!(kind("metadata.finalizers"), ListKind::Set);
        assert_eq!(kind("spec.template.metadata.ownerReferences"), ListKind::Keyed(vec![key("uid", None)]));
    }

    #[test]
    fn a_document_is_followed_by_name_and_may_be_recursive() {
        let document = json!({"components": {"schemas": {
            "org.example.Tree": {"type": "object", "x-kubernetes-group-version-kind": [{"group": "example.org", "version": "v1", "kind": "Tree"}],
                "properties": {
                    "children": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/org.example.Tree"}], "default": {}},
                        "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"},
                    "owner": {"x-kubernetes-map-type": "atomic", "$ref": "#/components/schemas/org.example.Owner"},
                    "self": {"$ref": "#/components/schemas/org.example.Missing"},
                }},
            "org.example.Owner": {"type": "object", "properties": {"name": {"type": "string"}}},
        }}});
        let gvk = GroupVersionKind::from_api_version("example.org/v1", "Tree");
        let topology = from_document(&document, &gvk).expect("described");
        let grandchildren = step(topology.root(), "children.[].children");
        assert!(
            matches!(grandchildren.shape(), Shape::List(list) if matches!(&list.kind, ListKind::Keyed(keys) if keys[0].name == "name"))
        );
        assert!(matches!(step(topology.root(), "owner").shape(), Shape::Map(map) if map.relation == Relation::Atomic));
        assert_eq!(step(topology.root(), "self").shape(), &Shape::Deduced);
        let (children, _) = topology.root().declared("children").expect("declared");
        assert_eq!(children.patch.as_ref().and_then(|patch| patch.merge_key.as_deref()), Some("name"));
        assert!(from_document(&document, &GroupVersionKind::from_api_version("example.org/v2", "Tree")).is_none());
        assert!(from_document(&json!({}), &gvk).is_none());
    }

    #[test]
    fn schemas_that_nest_without_end_are_cut_off() {
        let mut schema = json!({"type": "object"});
        for _ in 0..400 {
            schema = json!({"type": "object", "properties": {"a": schema}});
        }
        let topology = from_schema(&schema);
        assert!(matches!(step(topology.root(), "a.a.a").shape(), Shape::Map(_)));
    }
}
