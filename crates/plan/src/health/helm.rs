//! Helm 3's rules (helm `pkg/kube/ready.go`), which Helm 4 and helm-controller keep as the wait strategy `legacy`.
//!
//! They know nine kinds; everything else is ready once it exists. Generations count for workloads only, conditions but
//! those of Pods and definitions do not, and what a HelmRelease says of itself is nobody's business.

use manifest::GroupVersionKind;
use serde_json::Value;

use super::Health;
use super::fields::{condition, conditions, count, integer, text};

pub(super) fn assess(object: &Value) -> Health {
    let Some(gvk) = GroupVersionKind::of(object) else { return ready() };
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "Pod") => pod(object),
        ("", "Service") => service(object),
        ("", "PersistentVolumeClaim") => volume_claim(object),
        ("", "ReplicationController") | ("apps", "ReplicaSet") => replicas(object, &gvk.kind),
        ("batch", "Job") => job(object),
        ("apps", "Deployment") => deployment(object),
        ("apps", "DaemonSet") => daemon_set(object),
        ("apps", "StatefulSet") => stateful_set(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        _ => ready(),
    }
}

fn ready() -> Health {
    Health::current("Resource is ready")
}

/// Whether the controller of a workload has seen its latest spec. One that never said so has not.
fn unseen(object: &Value, kind: &str) -> Option<Health> {
    let (generation, observed) =
        (count(object, "/metadata/generation", 0), count(object, "/status/observedGeneration", 0));
    (generation != observed).then(|| {
        let message = format!("{kind} generation is {generation}, but latest observed generation is {observed}");
        Health::in_progress("LatestGenerationNotObserved", message)
    })
}

fn pod(object: &Value) -> Health {
    match condition(object, "Ready") {
        Some(condition) if condition.status == "True" => Health::current("Pod is Ready"),
        // Also one that has completed, which kstatus takes for current.
        Some(_) | None => Health::in_progress("PodNotReady", "Pod is not Ready"),
    }
}

/// Without `completions`, a Job is ready at once.
fn job(object: &Value) -> Health {
    let (failed, limit) = (count(object, "/status/failed", 0), count(object, "/spec/backoffLimit", 6));
    if failed > limit {
        return Health::failed("JobFailed", format!("Job Failed. failed: {failed}, backoffLimit: {limit}"));
    }
    let succeeded = count(object, "/status/succeeded", 0);
    match integer(object, "/spec/completions") {
        Some(completions) if succeeded < completions => {
            Health::in_progress("JobInProgress", format!("Job in progress. succeeded: {succeeded}/{completions}"))
        }
        Some(_) | None => Health::current(format!("Job is completed. succeeded: {succeeded}")),
    }
}

fn service(object: &Value) -> Health {
    let kind = text(object, "/spec/type");
    if kind == "ExternalName" {
        return Health::current("Service is external");
    }
    if text(object, "/spec/clusterIP").is_empty() {
        return Health::in_progress("NoIPAssigned", "Service does not have a cluster IP address");
    }
    let has = |pointer: &str| object.pointer(pointer).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if kind == "LoadBalancer" && !has("/spec/externalIPs") && !has("/status/loadBalancer/ingress") {
        return Health::in_progress("NoIngress", "Service does not have a load balancer ingress address");
    }
    Health::current("Service is ready")
}

fn volume_claim(object: &Value) -> Health {
    match text(object, "/status/phase") {
        "Bound" => Health::current("PersistentVolumeClaim is bound"),
        _ => Health::in_progress("NotBound", "PersistentVolumeClaim is not bound"),
    }
}

/// Helm asks the new ReplicaSet how many of its pods are ready. Of the ready pods that the Deployment counts, those of
/// older ReplicaSets are at most as many as are not updated, so the rest are the new one's: never too many, and exactly
/// as many once the old ones are gone.
fn deployment(object: &Value) -> Health {
    if object["spec"]["paused"] == true {
        return Health::current("Deployment is paused");
    }
    if let Some(unseen) = unseen(object, "Deployment") {
        return unseen;
    }
    let wanted = count(object, "/spec/replicas", 1);
    let old = count(object, "/status/replicas", 0) - count(object, "/status/updatedReplicas", 0);
    let ready = (count(object, "/status/readyReplicas", 0) - old).max(0);
    let expected = wanted - unavailable_deployment(object, wanted);
    if ready < expected {
        return Health::in_progress("LessReady", format!("Ready: {ready}/{expected}"));
    }
    Health::current(format!("Deployment is ready. Ready: {ready}/{wanted}"))
}

/// How many pods of a Deployment may be missing while it rolls: Kubernetes' rounding, down for this and up for the surge.
fn unavailable_deployment(object: &Value, wanted: i64) -> i64 {
    if text(object, "/spec/strategy/type") != "RollingUpdate" || wanted == 0 {
        return 0;
    }
    let part = |field: &str, rounding| scaled(&object["spec"]["strategy"]["rollingUpdate"][field], wanted, rounding);
    let (Some(surge), Some(unavailable)) = (part("maxSurge", Rounding::Up), part("maxUnavailable", Rounding::Down))
    else {
        return 0;
    };
    match (surge, unavailable) {
        (0, 0) => 1,
        (_, unavailable) => unavailable.min(wanted),
    }
}

fn daemon_set(object: &Value) -> Health {
    if let Some(unseen) = unseen(object, "DaemonSet") {
        return unseen;
    }
    if text(object, "/spec/updateStrategy/type") != "RollingUpdate" {
        return Health::current("DaemonSet is not rolled out by its controller");
    }
    let wanted = count(object, "/status/desiredNumberScheduled", 0);
    let updated = count(object, "/status/updatedNumberScheduled", 0);
    if updated != wanted {
        return Health::in_progress("LessUpdated", format!("Updated: {updated}/{wanted}"));
    }
    let unavailable = &object["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"];
    // What cannot be read counts as all of them.
    let expected = wanted - scaled(unavailable, wanted, Rounding::Up).unwrap_or(wanted);
    let ready = count(object, "/status/numberReady", 0);
    if ready < expected {
        return Health::in_progress("LessReady", format!("Ready: {ready}/{expected}"));
    }
    Health::current(format!("DaemonSet is ready. Ready: {ready}/{wanted}"))
}

fn stateful_set(object: &Value) -> Health {
    if let Some(unseen) = unseen(object, "StatefulSet") {
        return unseen;
    }
    if text(object, "/spec/updateStrategy/type") != "RollingUpdate" {
        return Health::current("StatefulSet is not rolled out by its controller");
    }
    let wanted = count(object, "/spec/replicas", 1);
    let partition = count(object, "/spec/updateStrategy/rollingUpdate/partition", 0);
    let updated = count(object, "/status/updatedReplicas", 0);
    if updated < wanted - partition {
        return Health::in_progress("LessUpdated", format!("Updated: {updated}/{}", wanted - partition));
    }
    let ready = count(object, "/status/readyReplicas", 0);
    if ready != wanted {
        return Health::in_progress("LessReady", format!("Ready: {ready}/{wanted}"));
    }
    // During a partitioned rollout they never agree.
    if partition == 0 && text(object, "/status/currentRevision") != text(object, "/status/updateRevision") {
        return Health::in_progress("RevisionMismatch", "Waiting for updated revision to match current");
    }
    Health::current(format!("StatefulSet is ready. Ready: {ready}/{wanted}"))
}

/// Helm lists the pods and wants every one of them ready, also if there are none yet. Their number is in the status only,
/// so that here they must be there.
fn replicas(object: &Value, kind: &str) -> Health {
    if let Some(unseen) = unseen(object, kind) {
        return unseen;
    }
    let wanted = count(object, "/spec/replicas", 1).max(count(object, "/status/replicas", 0));
    let ready = count(object, "/status/readyReplicas", 0);
    if ready < wanted {
        return Health::in_progress("LessReady", format!("Ready: {ready}/{wanted}"));
    }
    Health::current(format!("{kind} is ready. Ready: {ready}/{wanted}"))
}

/// A conflict of names counts as ready, so that the release goes on.
fn definition(object: &Value) -> Health {
    let settled = conditions(&object["status"]["conditions"]).any(|condition| {
        matches!((condition.kind, condition.status), ("Established", "True") | ("NamesAccepted", "False"))
    });
    if settled {
        Health::current("CRD is established")
    } else {
        Health::in_progress("Installing", "Install in progress")
    }
}

#[derive(Debug, Clone, Copy)]
enum Rounding {
    Up,
    Down,
}

/// A number of pods, or a share of `whole` such as `25%`; nothing is 0. None if it is neither.
fn scaled(value: &Value, whole: i64, rounding: Rounding) -> Option<i64> {
    match value {
        Value::Null => Some(0),
        Value::String(share) => {
            let percent: i64 = share.strip_suffix('%')?.parse().ok()?;
            let product = percent.checked_mul(whole)?;
            Some(match rounding {
                Rounding::Up => product.checked_add(99)?.div_euclid(100),
                Rounding::Down => product.div_euclid(100),
            })
        }
        number => number.as_i64(),
    }
}
