//! Labels and annotations that are set on every object of a Kustomization.

use std::collections::BTreeMap;
use std::fmt;

use manifest::Manifest;
use serde_json::{Map, Value};

/// The label that names the Kustomization that an object belongs to.
pub const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";

/// The label that names that Kustomization's namespace.
pub const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";

/// The Kustomization that objects belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Owner {
    /// An owner by namespace and name.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Owner {
        Owner { namespace: namespace.into(), name: name.into() }
    }

    /// The owner that an object's labels name, if both are there.
    pub fn of(object: &Value) -> Option<Owner> {
        let labels = &object["metadata"]["labels"];
        Some(Owner::new(labels[OWNER_NAMESPACE].as_str()?, labels[OWNER_NAME].as_str()?))
    }
}

/// `namespace/name`.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Labels every manifest as belonging to `owner`, over whatever Git says.
pub fn set_owner_labels(manifests: &mut [Manifest], owner: &Owner) {
    for manifest in manifests {
        set(&mut manifest.value, "labels", [(OWNER_NAME, owner.name.as_str()), (OWNER_NAMESPACE, &owner.namespace)]);
    }
}

/// Applies `spec.commonMetadata`: each label and annotation is set on every manifest, over what Git says. It runs after
/// the owner labels and can therefore replace them, as in Flux.
pub fn set_common_metadata(
    manifests: &mut [Manifest],
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<String, String>,
) {
    for manifest in manifests {
        for (field, entries) in [("labels", labels), ("annotations", annotations)] {
            set(&mut manifest.value, field, entries.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        }
    }
}

fn set<'a>(object: &mut Value, field: &str, entries: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let mut entries = entries.into_iter().peekable();
    if entries.peek().is_none() {
        return;
    }
    let Some(object) = object.as_object_mut() else { return };
    let metadata = map_at(object, "metadata");
    let place = map_at(metadata, field);
    for (key, value) in entries {
        place.insert(key.to_owned(), Value::String(value.to_owned()));
    }
}

/// The map at `key`, made where there is none (an explicit `labels: null` counts as none).
fn map_at<'a>(parent: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = parent.entry(key).or_insert(Value::Null);
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            unreachable!("the value was made an object just above")
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use manifest::Origin;
    use serde_json::json;

    use super::*;

    fn manifests(metadata: Value) -> Vec<Manifest> {
        let mut object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata });
        object["metadata"]["name"] = json!("settings");
        vec![Manifest::new(object, Origin::default()).expect("a complete object")]
    }

    #[track_caller]
    fn check(manifests: &[Manifest], expected: Expect) {
        expected.assert_eq(&manifests[0].value["metadata"].to_string());
    }

    #[test]
    fn owner_labels_replace_what_git_says() {
        let owner = Owner::new("flux-system", "apps");
        let mut plain = manifests(json!({}));
        set_owner_labels(&mut plain, &owner);
        check(
            &plain,
            expect![[
                r#"{"labels":{"kustomize.toolkit.fluxcd.io/name":"apps","kustomize.toolkit.fluxcd.io/namespace":"flux-system"},"name":"settings"}"#
            ]],
        );
        assert_eq!(Owner::of(&plain[0].value), Some(owner.clone()));

        let mut labelled =
            manifests(json!({ "labels": { "app": "web", "kustomize.toolkit.fluxcd.io/name": "other" } }));
        set_owner_labels(&mut labelled, &owner);
        check(
            &labelled,
            expect![[
                r#"{"labels":{"app":"web","kustomize.toolkit.fluxcd.io/name":"apps","kustomize.toolkit.fluxcd.io/namespace":"flux-system"},"name":"settings"}"#
            ]],
        );

        let mut null = manifests(json!({ "labels": null }));
        set_owner_labels(&mut null, &owner);
        assert_eq!(Owner::of(&null[0].value), Some(owner));
    }

    #[test]
    fn common_metadata_wins_over_owner_labels() {
        let mut objects = manifests(json!({ "annotations": { "a": "git" } }));
        set_owner_labels(&mut objects, &Owner::new("flux-system", "apps"));
        let labels = BTreeMap::from([(OWNER_NAME.to_owned(), "replaced".to_owned())]);
        let annotations = BTreeMap::from([("a".to_owned(), "common".to_owned()), ("b".to_owned(), "new".to_owned())]);
        set_common_metadata(&mut objects, &labels, &annotations);
        check(
            &objects,
            expect![[
                r#"{"annotations":{"a":"common","b":"new"},"labels":{"kustomize.toolkit.fluxcd.io/name":"replaced","kustomize.toolkit.fluxcd.io/namespace":"flux-system"},"name":"settings"}"#
            ]],
        );
    }

    #[test]
    fn nothing_common_adds_no_empty_maps() {
        let mut objects = manifests(json!({}));
        set_common_metadata(&mut objects, &BTreeMap::new(), &BTreeMap::new());
        check(&objects, expect![[r#"{"name":"settings"}"#]]);
    }

    #[test]
    fn an_owner_needs_both_labels() {
        assert_eq!(Owner::of(&json!({ "metadata": { "labels": { OWNER_NAME: "apps" } } })), None);
        assert_eq!(Owner::of(&json!({})), None);
    }
}
