//! The tables against what upstream publishes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::{ListKind, Shape, Strategy, Type, builtin, kustomize};
use crate::GroupVersionKind;

/// A file of upstream's test data, or `None` (said aloud) where there is none; in CI there must be.
fn corpus(path: &str) -> Option<String> {
    let root = std::env::var_os("TENTER_CORPORA")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"));
    match std::fs::read_to_string(root.join(path)) {
        Ok(text) => Some(text),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{path} is missing: {error}"),
        Err(error) => {
            println!("skipped: {path}: {error}; set TENTER_CORPORA");
            None
        }
    }
}

/// Every place below a type that has a patch strategy, as `path: strategy key [list keys]`, following references once.
fn patch_places(ty: Type<'_>, path: &str, depth: usize, found: &mut BTreeSet<String>) {
    match ty.shape() {
        Shape::Map(map) if depth < 16 => {
            for name in map.fields.keys() {
                let (field, value) = ty.declared(name).expect("declared");
                let path = format!("{path}.{name}");
                if let Some(patch) = &field.patch {
                    found.insert(format!("{path}: {:?} {:?} {:?}", patch.strategy, patch.merge_key, patch.list_keys));
                }
                patch_places(value, &path, depth + 1, found);
            }
        }
        Shape::List(_) if depth < 16 => patch_places(ty.element(), path, depth + 1, found),
        Shape::Map(_) | Shape::List(_) | Shape::Deduced | Shape::Scalar => {}
    }
}

/// The same of a definition in the facts.
fn expected_places<'f>(facts: &'f Value, trail: &mut Vec<&'f str>, path: &str, found: &mut BTreeSet<String>) {
    let definition = *trail.last().expect("a definition");
    fields_of(facts, definition, path, found);
    for (field, target) in facts["refs"].get(definition).and_then(Value::as_object).into_iter().flatten() {
        let target = target.as_str().expect("a name");
        if !trail.contains(&target) {
            trail.push(target);
            expected_places(facts, trail, &format!("{path}.{field}"), found);
            trail.pop();
        }
    }
}

fn fields_of(facts: &Value, definition: &str, path: &str, found: &mut BTreeSet<String>) {
    for (key, fact) in facts["patchKeys"].as_object().expect("an object") {
        let (owner, field) = key.rsplit_once('.').expect("a field");
        let Some(strategies) = fact.get("strategy").and_then(Value::as_str) else { continue };
        // The key of a selector requirement is a scalar: there is nothing to merge, whatever its strategy says.
        if owner != definition || owner.ends_with(".LabelSelectorRequirement") {
            continue;
        }
        let strategy = match strategies {
            "merge" | "merge,retainKeys" => Strategy::Merge,
            "replace" => Strategy::Replace,
            "retainKeys" => Strategy::Default,
            other => panic!("{key}: {other}"),
        };
        let merge_key = fact.get("mergeKey").and_then(Value::as_str).map(str::to_owned);
        let list_keys: Vec<String> = match fact.get("listMapKeys").and_then(Value::as_array) {
            Some(keys) => keys.iter().map(|key| key.as_str().expect("a name").to_owned()).collect(),
            None => merge_key.clone().filter(|_| strategy == Strategy::Merge).into_iter().collect(),
        };
        found.insert(format!("{path}.{field}: {strategy:?} {merge_key:?} {list_keys:?}"));
    }
}

#[test]
fn kustomize_merges_exactly_the_lists_it_bundles_keys_for() {
    let Some(text) = corpus("facts/kubernetes-merge-keys.json") else { return };
    let facts: Value = serde_json::from_str(&text).expect("JSON");
    let mut compared = 0;
    for (name, definition) in facts["gvkToDefinition"].as_object().expect("an object") {
        let (api_version, kind) = name.rsplit_once('/').expect("a kind");
        let mut expected = BTreeSet::new();
        if kind.ends_with("List") {
            continue;
        }
        // Options of connections, such as those of `exec`, have no definition.
        let Some(definition) = definition.as_str() else { continue };
        expected_places(&facts, &mut vec![definition], "", &mut expected);
        if expected.is_empty() {
            continue;
        }
        let mut actual = BTreeSet::new();
        let gvk = GroupVersionKind::from_api_version(api_version, kind);
        let topology = kustomize(&gvk).unwrap_or_else(|| panic!("{gvk} is missing"));
        patch_places(topology.root(), "", 0, &mut actual);
        assert_eq!(actual, expected, "{gvk}");
        compared += 1;
    }
    assert!(compared > 80, "{compared}");
}

fn kind(api_version: &str, kind: &str) -> std::sync::Arc<super::Topology> {
    builtin(&GroupVersionKind::from_api_version(api_version, kind)).expect("a built-in kind")
}

/// The shape at a path, where `[]` steps into a list.
fn shape_at(api_version: &str, name: &str, path: &str) -> String {
    let topology = kind(api_version, name);
    let mut ty = topology.root();
    for step in path.split('.') {
        ty = if step == "[]" { ty.element() } else { ty.field(step) };
    }
    match ty.shape() {
        Shape::Deduced => "deduced".to_owned(),
        Shape::Scalar => "scalar".to_owned(),
        Shape::Map(map) => format!("{:?} map", map.relation),
        Shape::List(list) => match &list.kind {
            ListKind::Atomic => "atomic list".to_owned(),
            ListKind::Set => "set".to_owned(),
            ListKind::Keyed(keys) => {
                let keys: Vec<String> = keys
                    .iter()
                    .map(|key| match &key.default {
                        Some(default) => format!("{}={default}", key.name),
                        None => key.name.clone(),
                    })
                    .collect();
                format!("by {}", keys.join(" "))
            }
        },
    }
}

#[test]
fn what_server_side_apply_sees_of_built_in_kinds() {
    for (api_version, name, path, expected) in [
        ("apps/v1", "Deployment", "spec.template.spec.containers", "by name"),
        ("apps/v1", "Deployment", "spec.template.spec.containers.[].ports", "by containerPort protocol=\"TCP\""),
        ("apps/v1", "Deployment", "spec.template.spec.containers.[].command", "deduced"),
        ("apps/v1", "Deployment", "spec.template.spec.containers.[].resources.limits", "Granular map"),
        ("apps/v1", "Deployment", "spec.template.spec.containers.[].env.[].valueFrom.secretKeyRef", "Atomic map"),
        ("apps/v1", "Deployment", "spec.template.spec.nodeSelector", "Atomic map"),
        ("apps/v1", "Deployment", "spec.selector", "Atomic map"),
        ("apps/v1", "DaemonSet", "spec.template.spec.topologySpreadConstraints", "by topologyKey whenUnsatisfiable"),
        ("batch/v1", "CronJob", "spec.jobTemplate.spec.template.spec.volumes", "by name"),
        ("v1", "Pod", "metadata.finalizers", "set"),
        ("v1", "Pod", "metadata.ownerReferences", "by uid"),
        ("v1", "Pod", "metadata.ownerReferences.[]", "Atomic map"),
        ("v1", "Pod", "status.podIPs", "by ip"),
        ("v1", "Pod", "status.hostIPs", "atomic list"),
        ("v1", "Service", "spec.ports", "by port protocol=\"TCP\""),
        ("v1", "Service", "spec.selector", "Atomic map"),
        ("v1", "ConfigMap", "data", "Granular map"),
        ("v1", "PersistentVolume", "spec.claimRef", "Granular map"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", "rules", "deduced"),
        ("networking.k8s.io/v1", "Ingress", "spec.rules", "deduced"),
        ("autoscaling/v2", "HorizontalPodAutoscaler", "spec.metrics", "deduced"),
        ("autoscaling/v2", "HorizontalPodAutoscaler", "status.conditions", "by type"),
        ("policy/v1", "PodDisruptionBudget", "spec.selector", "Atomic map"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "spec.versions", "deduced"),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "webhooks", "by name"),
        ("storage.k8s.io/v1", "CSINode", "spec.drivers", "by name"),
    ] {
        assert_eq!(shape_at(api_version, name, path), expected, "{api_version} {name} {path}");
    }
}

#[test]
fn every_kind_of_both_tables_has_a_type_with_metadata() {
    for table in [super::builtin::kubernetes_kinds(), super::builtin::kustomize_kinds()] {
        assert!(table.len() > 60);
        for (gvk, topology) in table {
            assert!(topology.root().declared("metadata").is_some(), "{gvk}");
        }
    }
}

#[test]
fn a_kind_of_a_custom_resource_is_not_built_in() {
    assert!(builtin(&GroupVersionKind::from_api_version("example.com/v1", "Deployment")).is_none());
    assert!(kustomize(&GroupVersionKind::from_api_version("autoscaling/v2", "HorizontalPodAutoscaler")).is_none());
}
