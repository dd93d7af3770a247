//! `components.schemas` of a document.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ListMeta, ObjectMeta};
use manifest::topology::{ListKind, RetainKeys, Shape, Strategy, Type};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::registry::{Origin, Resource};

const PREFIX: &str = "#/components/schemas/";
const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const LIST_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";

/// The name of a resource's definition: Kubernetes' own for built-in kinds; the group backwards, the version and the
/// kind for custom ones.
pub(super) fn name_of(resource: &Resource) -> String {
    match resource.schema.declaration() {
        Some(declaration) => (declaration.definition)().into_owned(),
        None => {
            let mut parts: Vec<&str> = resource.gvk.group.split('.').rev().collect();
            parts.extend([resource.gvk.version.as_str(), resource.gvk.kind.as_str()]);
            parts.join(".")
        }
    }
}

/// The definitions of these resources, of their lists, and of all that they refer to.
pub(super) fn all(resources: &[(&Resource, String)]) -> Value {
    let mut generator = SchemaSettings::openapi3().into_generator();
    generator.subschema_for::<ObjectMeta>();
    generator.subschema_for::<ListMeta>();
    for (resource, _) in resources {
        if let Some(declaration) = resource.schema.declaration() {
            (declaration.generate)(&mut generator);
        }
    }
    let mut definitions = generator.take_definitions(true);
    for (name, definition) in &mut definitions {
        rewrite(definition);
        if name.ends_with(".Quantity") || name.ends_with(".IntOrString") {
            scalar(definition);
        }
    }
    let mut seen = BTreeSet::new();
    for (resource, name) in resources {
        match &resource.origin {
            Origin::BuiltIn => annotate(&mut definitions, name, resource.schema.topology().root(), &mut seen),
            Origin::Custom { schema } => {
                definitions.insert(name.clone(), custom(schema.read()));
            }
        }
        let gvk = |kind: &str| json!([{"group": resource.gvk.group, "version": resource.gvk.version, "kind": kind}]);
        if let Some(definition) = definitions.get_mut(name) {
            definition["x-kubernetes-group-version-kind"] = gvk(&resource.gvk.kind);
        }
        if resource.verbs.contains(&"list") {
            let mut list = list(&resource.gvk.kind, name);
            list["x-kubernetes-group-version-kind"] = gvk(&format!("{}List", resource.gvk.kind));
            definitions.insert(format!("{name}List"), list);
        }
    }
    Value::Object(definitions)
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("{PREFIX}{name}")})
}

fn list(kind: &str, name: &str) -> Value {
    json!({
        "type": "object",
        "description": format!("A list of {kind} objects."),
        "required": ["items"],
        "properties": {
            "apiVersion": {"type": "string", "description": "Version of the list's schema."},
            "kind": {"type": "string", "description": "Type of the list."},
            "metadata": {"description": "Where the list stands in the history of the server.", "allOf": [reference(LIST_META)]},
            "items": {"type": "array", "description": "The objects.", "items": {"allOf": [reference(name)]}},
        },
    })
}

fn custom(mut definition: Value) -> Value {
    if !definition["properties"].is_object() {
        definition["properties"] = json!({});
    }
    definition["properties"]["apiVersion"] =
        json!({"type": "string", "description": "Group and version of the object's schema."});
    definition["properties"]["kind"] = json!({"type": "string", "description": "Type of the object."});
    definition["properties"]["metadata"] =
        json!({"description": "Metadata that every object has.", "allOf": [reference(OBJECT_META)]});
    definition
}

/// Wraps references that have siblings in `allOf`, as OpenAPI 3.0 wants and as `kubectl explain` reads.
fn rewrite(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(rewrite);
            if fields.len() > 1
                // JSONSchemaProps has a field of that name, whose value is a schema.
                && fields.get("$ref").is_some_and(Value::is_string)
                && let Some(target) = fields.remove("$ref")
            {
                fields.insert("allOf".to_owned(), json!([{"$ref": target}]));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Values that are a string or a number.
fn scalar(definition: &mut Value) {
    if let Some(fields) = definition.as_object_mut() {
        fields.remove("x-kubernetes-int-or-string");
        fields.insert("oneOf".to_owned(), json!([{"type": "string"}, {"type": "number"}]));
    }
}

/// Adds what the schema crate leaves out: which lists are maps or sets, and how strategic merge patch treats fields.
fn annotate(definitions: &mut Map<String, Value>, name: &str, ty: Type<'_>, seen: &mut BTreeSet<String>) {
    if !seen.insert(name.to_owned()) {
        return;
    }
    let Some(mut properties) =
        definitions.get(name).and_then(|definition| definition["properties"].as_object()).cloned()
    else {
        return;
    };
    for (field_name, property) in &mut properties {
        let Some((field, field_type)) = ty.declared(field_name) else { continue };
        if let Some(patch) = &field.patch {
            let mut words = Vec::new();
            match patch.strategy {
                Strategy::Default => {}
                Strategy::Merge => words.push("merge"),
                Strategy::Replace => words.push("replace"),
            }
            if patch.retain_keys == RetainKeys::Listed {
                words.push("retainKeys");
            }
            if !words.is_empty() {
                property["x-kubernetes-patch-strategy"] = json!(words.join(","));
            }
            if let Some(key) = &patch.merge_key {
                property["x-kubernetes-patch-merge-key"] = json!(key);
            }
        }
        let target = target(property)
            .or_else(|| target(&property["items"]))
            .or_else(|| target(&property["additionalProperties"]));
        let mut inner = field_type;
        if let Shape::List(list) = field_type.shape() {
            match &list.kind {
                ListKind::Atomic => property["x-kubernetes-list-type"] = json!("atomic"),
                ListKind::Set => property["x-kubernetes-list-type"] = json!("set"),
                ListKind::Keyed(keys) => {
                    property["x-kubernetes-list-type"] = json!("map");
                    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
                    property["x-kubernetes-list-map-keys"] = json!(names);
                }
            }
            inner = field_type.element();
        }
        if let Some(target) = target {
            annotate(definitions, &target, inner, seen);
        }
    }
    if let Some(definition) = definitions.get_mut(name) {
        definition["properties"] = Value::Object(properties);
    }
}

/// The definition a property refers to, if it does.
fn target(property: &Value) -> Option<String> {
    let path = property["$ref"].as_str().or_else(|| property["allOf"][0]["$ref"].as_str())?;
    path.strip_prefix(PREFIX).map(str::to_owned)
}
