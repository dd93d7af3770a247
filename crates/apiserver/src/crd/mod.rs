//! CustomResourceDefinitions: validating them, turning them into served resources, and their status.

mod columns;
mod conversion;
mod decoding;
mod default_values;
mod formats;
mod names;
pub(crate) mod paths;
mod status;
mod structural;
mod validate;
mod version;
mod vocabulary;

use manifest::GroupVersionKind;
use serde_json::{Value, json};

pub use decoding::read_schemas;
pub use formats::warnings;
pub use status::{Established, Names, refresh_status};
pub use validate::{validate, validate_update};

use crate::discovery::version_rank;
use crate::registry::{Origin, Resource, ScalePaths, Scope};
use crate::schema::{LazySchema, WrittenSchema};

/// What clients may do with custom resources, in the order in which discovery lists it.
const VERBS: &[&str] = &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// What the clients of a deprecated version are told.
fn deprecation(crd: &Value, version: &Value) -> Option<String> {
    if version["deprecated"] != true {
        return None;
    }
    if let Some(written) = version["deprecationWarning"].as_str() {
        return Some(written.to_owned());
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, kind) = (text(&crd["spec"]["group"]), text(&crd["spec"]["names"]["kind"]));
    let named = |name: &str| format!("{group}/{name} {kind}");
    let name = text(&version["name"]);
    let others = crd["spec"]["versions"].as_array().into_iter().flatten();
    let current = others.filter(|other| other["served"] == true && other["deprecated"] != true);
    let newest = current.map(|other| text(&other["name"])).max_by_key(|name| version_rank(name));
    let better = newest.filter(|newest| version_rank(newest) > version_rank(&name));
    Some(match better {
        Some(better) => format!("{} is deprecated; use {}", named(&name), named(&better)),
        None => format!("{} is deprecated", named(&name)),
    })
}

/// Fills in what a definition leaves open: `singular`, `listKind`, `conversion`. Part of admission, before [`validate()`].
pub fn default(crd: &mut Value) {
    let Some(spec) = crd.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let names = spec.entry("names").or_insert_with(|| json!({}));
    if let Some(kind) = names["kind"].as_str().map(str::to_owned)
        && let Some(names) = names.as_object_mut()
    {
        let empty = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().is_empty();
        if empty(names.get("singular")) {
            names.insert("singular".to_owned(), json!(kind.to_lowercase()));
        }
        if empty(names.get("listKind")) {
            names.insert("listKind".to_owned(), json!(format!("{kind}List")));
        }
    }
    spec.entry("conversion").or_insert_with(|| json!({"strategy": "None"}));
    for version in spec.get_mut("versions").and_then(Value::as_array_mut).into_iter().flatten() {
        forget_zeroes(version);
    }
}

/// Leaves out what says no more of a version than its absence.
fn forget_zeroes(version: &mut Value) {
    let columns = version.get_mut("additionalPrinterColumns").and_then(Value::as_array_mut);
    for column in columns.into_iter().flatten().filter_map(Value::as_object_mut) {
        column.retain(|word, value| !(word == "priority" && *value == 0));
    }
    if let Some(version) = version.as_object_mut() {
        version.retain(|word, value| !(word == "deprecated" && *value == false));
    }
}

/// The resources that a valid definition serves, one for each served version.
pub fn resources_of(crd: &Value) -> Vec<Resource> {
    let spec = &crd["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| -> Vec<String> { value.as_array().into_iter().flatten().map(text).collect() };
    let names = &spec["names"];
    let versions = || spec["versions"].as_array().into_iter().flatten();
    let storage_version = versions().find(|version| version["storage"] == true).map(|version| text(&version["name"]));
    let storage_version = storage_version.unwrap_or_default();
    let singular = Some(text(&names["singular"])).filter(|name| !name.is_empty());
    let resource = |version: &Value| {
        let schema = WrittenSchema::new(&version["schema"]["openAPIV3Schema"]);
        let scale = &version["subresources"]["scale"];
        Resource {
            gvk: GroupVersionKind {
                group: text(&spec["group"]),
                version: text(&version["name"]),
                kind: text(&names["kind"]),
            },
            plural: text(&names["plural"]),
            singular: singular.clone().unwrap_or_else(|| text(&names["kind"]).to_lowercase()),
            short_names: texts(&names["shortNames"]),
            categories: texts(&names["categories"]),
            scope: if spec["scope"] == "Cluster" { Scope::Cluster } else { Scope::Namespaced },
            storage_version: storage_version.clone(),
            has_status: version["subresources"]["status"].is_object(),
            scale: scale.is_object().then(|| ScalePaths {
                spec_replicas: text(&scale["specReplicasPath"]),
                status_replicas: text(&scale["statusReplicasPath"]),
                label_selector: scale["labelSelectorPath"].as_str().map(str::to_owned),
            }),
            subresources: &[],
            verbs: VERBS,
            deprecation: deprecation(crd, version),
            storage_group: text(&spec["group"]),
            columns: columns::of(version),
            selectable_fields: version["selectableFields"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|field| text(&field["jsonPath"]))
                .collect(),
            schema: LazySchema::custom(schema.clone()),
            origin: Origin::Custom { schema },
        }
    };
    versions().filter(|version| version["served"] == true).map(resource).collect()
}

#[cfg(test)]
mod tests;
