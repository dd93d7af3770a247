//! What holds for every kind, and which kinds have rules of their own.

use jiff::Timestamp;
use manifest::GroupVersionKind;
use serde_json::Value;

use super::fields::{condition, conditions, integer, text};
use super::{Health, attendance, cluster, flagger, gateway, istio, workloads};

/// kstatus' order: the generation must be observed, then the standard conditions `Reconciling` and `Stalled`, then the
/// kind's own rule, then `Ready`.
pub(super) fn assess(object: &Value, now: Timestamp) -> Health {
    let Some(gvk) = GroupVersionKind::of(object) else {
        return ready(object).unwrap_or_else(|| Health::current("Resource is current"));
    };
    generation(object, &gvk.kind)
        .or_else(|| standard_conditions(object))
        .or_else(|| of_kind(object, &gvk, now))
        .or_else(|| ready(object))
        .unwrap_or_else(|| unready(object, &gvk))
}

fn of_kind(object: &Value, gvk: &GroupVersionKind, now: Timestamp) -> Option<Health> {
    Some(match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("apps" | "extensions", "Deployment") => workloads::deployment(object),
        ("apps" | "extensions", "ReplicaSet") => workloads::replica_set(object),
        ("apps" | "extensions", "DaemonSet") => workloads::daemon_set(object),
        ("apps", "StatefulSet") => workloads::stateful_set(object),
        ("batch", "Job") => workloads::job(object),
        ("batch", "CronJob") | ("", "ConfigMap" | "Secret") => Health::current("Resource is always ready"),
        ("", "Pod") => workloads::pod(object, now),
        ("", "Service") => cluster::service(object),
        ("", "PersistentVolumeClaim") => cluster::volume_claim(object),
        ("policy", "PodDisruptionBudget") => Health::current("AllowedDisruptions has been computed."),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => cluster::definition(object),
        ("flagger.app", "Canary") => flagger::canary(object),
        ("gateway.networking.k8s.io", "Gateway") => gateway::gateway(object),
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => gateway::route(object),
        (group, _) if group.ends_with(".istio.io") => return istio::configuration(object),
        _ => return None,
    })
}

/// Whether the controller has seen the latest spec. Some controllers write the number as text.
pub(super) fn generation(object: &Value, kind: &str) -> Option<Health> {
    let generation = integer(object, "/metadata/generation")?;
    let observed = integer(object, "/status/observedGeneration")
        .or_else(|| text(object, "/status/observedGeneration").parse().ok())?;
    (observed != generation).then(|| {
        let message = format!("{kind} generation is {generation}, but latest observed generation is {observed}");
        Health::in_progress("LatestGenerationNotObserved", message)
    })
}

fn standard_conditions(object: &Value) -> Option<Health> {
    conditions(&object["status"]["conditions"]).find_map(|condition| match (condition.kind, condition.status) {
        ("Reconciling", "True") => Some(Health::in_progress(condition.reason, condition.message)),
        ("Stalled", "True") => Some(Health::failed(condition.reason, condition.message)),
        _ => None,
    })
}

fn ready(object: &Value) -> Option<Health> {
    let ready = condition(object, "Ready")?;
    match ready.status {
        "True" => Some(Health::current("Resource is Ready")),
        "False" | "Unknown" => Some(Health::in_progress(ready.reason, ready.message)),
        _ => None,
    }
}

/// An object without any condition is current, unless its kind is known to get one: then its controller has not seen it
/// yet. kstatus leaves that gap open.
fn unready(object: &Value, gvk: &GroupVersionKind) -> Health {
    if attendance::is_attended(gvk, object) {
        Health::in_progress("NotObserved", format!("{} has no Ready condition yet", gvk.kind))
    } else {
        Health::current("Resource is current")
    }
}
