//! Labels and annotations that are set on every object of a Kustomization or HelmRelease.

use std::collections::BTreeMap;
use std::fmt;

use manifest::Manifest;
use serde_json::{Map, Value};

/// A kind of Flux object that applies other objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applier {
    /// Applies what kustomize builds.
    Kustomization,
    /// Applies what Helm renders.
    HelmRelease,
}

impl Applier {
    /// All of them.
    pub const ALL: [Applier; 2] = [Applier::Kustomization, Applier::HelmRelease];

    /// The kind's name.
    pub const fn kind(self) -> &'static str {
        match self {
            Applier::Kustomization => "Kustomization",
            Applier::HelmRelease => "HelmRelease",
        }
    }

    /// The kind's API group, which its labels and annotations are named after.
    pub const fn group(self) -> &'static str {
        match self {
            Applier::Kustomization => "kustomize.toolkit.fluxcd.io",
            Applier::HelmRelease => "helm.toolkit.fluxcd.io",
        }
    }

    /// The label that names the object's owner.
    pub const fn name_label(self) -> &'static str {
        match self {
            Applier::Kustomization => "kustomize.toolkit.fluxcd.io/name",
            Applier::HelmRelease => "helm.toolkit.fluxcd.io/name",
        }
    }

    /// The label that names the owner's namespace.
    pub const fn namespace_label(self) -> &'static str {
        match self {
            Applier::Kustomization => "kustomize.toolkit.fluxcd.io/namespace",
            Applier::HelmRelease => "helm.toolkit.fluxcd.io/namespace",
        }
    }

    /// The annotation of events that tells the revision they are about.
    pub const fn revision_annotation(self) -> &'static str {
        match self {
            Applier::Kustomization => "kustomize.toolkit.fluxcd.io/revision",
            Applier::HelmRelease => "helm.toolkit.fluxcd.io/revision",
        }
    }

    /// The field manager that objects are applied with. It is that of Flux's controller for the kind, so that a cluster
    /// that Flux reconciled before is taken over without rewriting a single object. Events come from it, too.
    pub const fn manager(self) -> &'static str {
        match self {
            Applier::Kustomization => "kustomize-controller",
            Applier::HelmRelease => "helm-controller",
        }
    }

    /// The field manager that the status of the kind is written with, as Flux names it.
    pub const fn status_manager(self) -> &'static str {
        match self {
            Applier::Kustomization => "gotk-kustomize-controller",
            Applier::HelmRelease => "gotk-helm-controller",
        }
    }
}

/// The Kustomization or HelmRelease that objects belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// Its kind.
    pub applier: Applier,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Owner {
    /// An owner by kind, namespace and name.
    pub fn new(applier: Applier, namespace: impl Into<String>, name: impl Into<String>) -> Owner {
        Owner { applier, namespace: namespace.into(), name: name.into() }
    }

    /// The owner that an object's labels name, if both are there. Of an object with labels of both kinds, a
    /// Kustomization is the owner.
    pub fn of(object: &Value) -> Option<Owner> {
        let labels = &object["metadata"]["labels"];
        Applier::ALL.into_iter().find_map(|applier| {
            let namespace = labels[applier.namespace_label()].as_str()?;
            Some(Owner::new(applier, namespace, labels[applier.name_label()].as_str()?))
        })
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
        let labels = [
            (owner.applier.name_label(), owner.name.as_str()),
            (owner.applier.namespace_label(), owner.namespace.as_str()),
        ];
        set(&mut manifest.value, "labels", labels);
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
        let owner = Owner::new(Applier::Kustomization, "flux-system", "apps");
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
        set_owner_labels(&mut objects, &Owner::new(Applier::Kustomization, "flux-system", "apps"));
        let labels = BTreeMap::from([(Applier::Kustomization.name_label().to_owned(), "replaced".to_owned())]);
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
    fn every_kind_has_labels_of_its_own() {
        let owner = Owner::new(Applier::HelmRelease, "istio-system", "istiod");
        let mut objects = manifests(json!({}));
        set_owner_labels(&mut objects, &owner);
        check(
            &objects,
            expect![[
                r#"{"labels":{"helm.toolkit.fluxcd.io/name":"istiod","helm.toolkit.fluxcd.io/namespace":"istio-system"},"name":"settings"}"#
            ]],
        );
        assert_eq!(Owner::of(&objects[0].value), Some(owner));
        let kustomization = Owner::new(Applier::Kustomization, "flux-system", "apps");
        set_owner_labels(&mut objects, &kustomization);
        assert_eq!(Owner::of(&objects[0].value), Some(kustomization));
    }

    #[test]
    fn an_owner_needs_both_labels() {
        assert_eq!(
            Owner::of(&json!({ "metadata": { "labels": { "kustomize.toolkit.fluxcd.io/name": "apps" } } })),
            None
        );
        assert_eq!(Owner::of(&json!({})), None);
    }
}
