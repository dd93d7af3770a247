//! The series of objects: each has its own, which go with it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use engine::{Key, Named};
use serde_json::Value;
use source::without_user;

use super::families::{Families, Labels};

/// The statuses that Flux has a series for.
const STATUSES: [&str; 4] = ["True", "False", "Unknown", "Deleted"];

/// The condition that every object has.
const READY: &str = "Ready";

/// The conditions that there are series of; of the second, only for objects that have it.
const CONDITIONS: [&str; 2] = [READY, "Analyzed"];

/// What is told of the objects now: the labels of their `gotk_resource_info`.
#[derive(Debug, Default)]
pub(super) struct Objects(Mutex<BTreeMap<(&'static str, Key), Labels>>);

impl Objects {
    /// An object is there, or has changed.
    pub(super) fn see(&self, object: Named<'_>, state: &Value, families: &Families) {
        let identity = identity(object);
        let suspended = state["spec"]["suspend"] == true;
        families.suspended.get_or_create(&identity).set(i64::from(suspended));
        for kind in CONDITIONS {
            let told = condition(state, kind).or((kind == READY).then_some("Unknown"));
            for status in STATUSES {
                let labels = of_condition(&identity, kind, status);
                if let Some(told) = told {
                    families.condition.get_or_create(&labels).set(i64::from(status == told));
                } else {
                    families.condition.remove(&labels);
                }
            }
        }
        let labels = info(object, state);
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = told.insert((object.kind, object.key.clone()), labels.clone());
        if let Some(before) = before.filter(|before| *before != labels) {
            families.info.remove(&before);
        }
        families.info.get_or_create(&labels).set(1);
    }

    /// An object is gone.
    pub(super) fn forget(&self, object: Named<'_>, families: &Families) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(labels) = told.remove(&(object.kind, object.key.clone())) {
            families.info.remove(&labels);
        }
        let identity = identity(object);
        families.suspended.remove(&identity);
        families.reconcile_duration.remove(&identity);
        for (kind, status) in CONDITIONS.into_iter().flat_map(|kind| STATUSES.map(|status| (kind, status))) {
            families.condition.remove(&of_condition(&identity, kind, status));
        }
    }

    /// Whether an object is there. What is gone gets no series from a run that ends later.
    pub(super) fn has(&self, object: Named<'_>) -> bool {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.contains_key(&(object.kind, object.key.clone()))
    }

    /// All objects are gone.
    pub(super) fn clear(&self, families: &Families) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        families.info.clear();
        families.suspended.clear();
        families.condition.clear();
        families.reconcile_duration.clear();
    }
}

/// The labels that name an object.
pub(super) fn identity(object: Named<'_>) -> Labels {
    vec![
        ("kind", object.kind.to_owned()),
        ("name", object.key.name.to_string()),
        ("namespace", object.key.namespace.to_string()),
    ]
}

fn of_condition(identity: &Labels, kind: &str, status: &str) -> Labels {
    let more = [("type", kind.to_owned()), ("status", status.to_owned())];
    identity.iter().cloned().chain(more).collect()
}

/// The status of a condition.
fn condition<'s>(state: &'s Value, kind: &str) -> Option<&'s str> {
    let mut conditions = state["status"]["conditions"].as_array()?.iter();
    conditions.find(|condition| condition["type"] == kind)?["status"].as_str()
}

/// The labels that Flux has kube-state-metrics put together. What is not there has no label.
fn info(object: Named<'_>, state: &Value) -> Labels {
    let at = |pointer: &str| state.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (group, version) = state["apiVersion"].as_str().and_then(|given| given.split_once('/')).unwrap_or_default();
    let mut labels = vec![
        ("customresource_group", group.to_owned()),
        ("customresource_version", version.to_owned()),
        ("customresource_kind", object.kind.to_owned()),
        ("name", object.key.name.to_string()),
        ("exported_namespace", object.key.namespace.to_string()),
        ("ready", condition(state, READY).unwrap_or_default().to_owned()),
        ("suspended", if state["spec"]["suspend"] == true { "true".to_owned() } else { String::new() }),
    ];
    labels.extend(match object.kind {
        "Kustomization" => {
            vec![("revision", at("/status/lastAppliedRevision")), ("source_name", at("/spec/sourceRef/name"))]
        }
        "HelmRelease" => vec![
            ("revision", at("/status/history/0/chartVersion")),
            ("chart_name", at("/status/history/0/chartName")),
            ("chart_app_version", at("/status/history/0/appVersion")),
            ("chart_ref_name", at("/spec/chartRef/name")),
            ("chart_source_name", at("/spec/chart/spec/sourceRef/name")),
        ],
        "HelmChart" => vec![
            ("revision", at("/status/artifact/revision")),
            ("chart_name", at("/spec/chart")),
            ("chart_version", at("/spec/version")),
        ],
        "Bucket" => vec![
            ("revision", at("/status/artifact/revision")),
            ("endpoint", at("/spec/endpoint")),
            ("bucket_name", at("/spec/bucketName")),
        ],
        _ => vec![("revision", at("/status/artifact/revision")), ("url", without_user(&at("/spec/url")))],
    });
    labels.retain(|(_, value)| !value.is_empty());
    labels
}
