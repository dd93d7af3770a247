//! kstatus' rules for workloads (fluxcd/cli-utils `pkg/kstatus/status/core.go`), with Flux's own for Jobs.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Health;
use super::fields::{condition, conditions, count, integer, text};

/// How long a pod may stay unscheduled before that is a failure.
const SCHEDULE_WINDOW: SignedDuration = SignedDuration::from_secs(15);

pub(super) fn deployment(object: &Value) -> Health {
    if condition(object, "Progressing").is_some_and(|progressing| progressing.reason == "ProgressDeadlineExceeded") {
        return Health::failed("ProgressDeadlineExceeded", "Progress deadline exceeded");
    }
    let wanted = count(object, "/spec/replicas", 1);
    let replicas = count(object, "/status/replicas", 0);
    let updated = count(object, "/status/updatedReplicas", 0);
    let ready = count(object, "/status/readyReplicas", 0);
    let available = count(object, "/status/availableReplicas", 0);
    if wanted > replicas {
        return Health::in_progress("LessReplicas", format!("Replicas: {replicas}/{wanted}"));
    }
    if wanted > updated {
        return Health::in_progress("LessUpdated", format!("Updated: {updated}/{wanted}"));
    }
    if replicas > wanted {
        return Health::in_progress("ExtraPods", format!("Pending termination: {}", replicas - wanted));
    }
    if updated > available {
        return Health::in_progress("LessAvailable", format!("Available: {available}/{updated}"));
    }
    if wanted > ready {
        return Health::in_progress("LessReady", format!("Ready: {ready}/{wanted}"));
    }
    // Without a deadline the controller never sets the condition.
    let has_deadline =
        integer(object, "/spec/progressDeadlineSeconds").is_some_and(|seconds| seconds != i64::from(i32::MAX));
    let rolled_out = condition(object, "Progressing")
        .is_some_and(|progressing| progressing.status == "True" && progressing.reason == "NewReplicaSetAvailable");
    if has_deadline && !rolled_out {
        return Health::in_progress("ReplicaSetNotAvailable", "ReplicaSet not Available");
    }
    if condition(object, "Available").is_none_or(|available| available.status != "True") {
        return Health::in_progress("DeploymentNotAvailable", "Deployment not Available");
    }
    Health::current(format!("Deployment is available. Replicas: {replicas}"))
}

pub(super) fn replica_set(object: &Value) -> Health {
    if condition(object, "ReplicaFailure").is_some_and(|failure| failure.status == "True") {
        return Health::in_progress("ReplicaFailure", "Replica Failure condition. Check Pods");
    }
    let wanted = count(object, "/spec/replicas", 1);
    let replicas = count(object, "/status/replicas", 0);
    let labelled = count(object, "/status/fullyLabeledReplicas", 0);
    let available = count(object, "/status/availableReplicas", 0);
    let ready = count(object, "/status/readyReplicas", 0);
    if wanted > labelled {
        return Health::in_progress("LessLabelled", format!("Labelled: {labelled}/{wanted}"));
    }
    if wanted > available {
        return Health::in_progress("LessAvailable", format!("Available: {available}/{wanted}"));
    }
    if wanted > ready {
        return Health::in_progress("LessReady", format!("Ready: {ready}/{wanted}"));
    }
    if replicas > wanted {
        return Health::in_progress("ExtraPods", format!("Pending termination: {}", replicas - wanted));
    }
    Health::current(format!("ReplicaSet is available. Replicas: {replicas}"))
}

pub(super) fn stateful_set(object: &Value) -> Health {
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return Health::current("StatefulSet is using the ondelete update strategy");
    }
    let wanted = count(object, "/spec/replicas", 1);
    let replicas = count(object, "/status/replicas", 0);
    let ready = count(object, "/status/readyReplicas", 0);
    let current = count(object, "/status/currentReplicas", 0);
    let updated = count(object, "/status/updatedReplicas", 0);
    if wanted > replicas {
        return Health::in_progress("LessReplicas", format!("Replicas: {replicas}/{wanted}"));
    }
    if wanted > ready {
        return Health::in_progress("LessReady", format!("Ready: {ready}/{wanted}"));
    }
    if replicas > wanted {
        return Health::in_progress("ExtraPods", format!("Pending termination: {}", replicas - wanted));
    }
    if let Some(partition) = integer(object, "/spec/updateStrategy/rollingUpdate/partition") {
        return if updated < wanted - partition {
            Health::in_progress("PartitionRollout", format!("updated: {updated}/{}", wanted - partition))
        } else {
            Health::current(format!("Partition rollout complete. updated: {updated}"))
        };
    }
    if wanted > current {
        return Health::in_progress("LessCurrent", format!("current: {current}/{wanted}"));
    }
    if text(object, "/status/currentRevision") != text(object, "/status/updateRevision") {
        return Health::in_progress("RevisionMismatch", "Waiting for updated revision to match current");
    }
    Health::current(format!("All replicas scheduled as expected. Replicas: {replicas}"))
}

pub(super) fn daemon_set(object: &Value) -> Health {
    if integer(object, "/metadata/generation").is_none() {
        return Health::in_progress("NoGeneration", "DaemonSet metadata.generation not found");
    }
    if integer(object, "/status/observedGeneration").is_none() {
        return Health::in_progress("NoObservedGeneration", "DaemonSet status.observedGeneration not found");
    }
    let Some(wanted) = integer(object, "/status/desiredNumberScheduled") else {
        return Health::in_progress("NoDesiredNumber", "Missing .status.desiredNumberScheduled");
    };
    let counts = [
        ("LessCurrent", "Current", count(object, "/status/currentNumberScheduled", 0)),
        ("LessUpdated", "Updated", count(object, "/status/updatedNumberScheduled", 0)),
        ("LessAvailable", "Available", count(object, "/status/numberAvailable", 0)),
        ("LessReady", "Ready", count(object, "/status/numberReady", 0)),
    ];
    match counts.iter().find(|(_, _, count)| wanted > *count) {
        Some((reason, name, count)) => Health::in_progress(*reason, format!("{name}: {count}/{wanted}")),
        None => Health::current(format!("All replicas scheduled as expected. Replicas: {wanted}")),
    }
}

/// Flux's rule: unlike kstatus, a Job is current only when it completed (fluxcd/pkg/runtime `statusreaders`).
pub(super) fn job(object: &Value) -> Health {
    if object["spec"]["suspend"] == true {
        return Health::current("Job is suspended");
    }
    let parallelism = count(object, "/spec/parallelism", 1);
    let completions = count(object, "/spec/completions", parallelism);
    let active = count(object, "/status/active", 0);
    let succeeded = count(object, "/status/succeeded", 0);
    let failed = count(object, "/status/failed", 0);
    for condition in conditions(&object["status"]["conditions"]).filter(|condition| condition.status == "True") {
        match condition.kind {
            "Complete" => return Health::current(format!("Job Completed. succeeded: {succeeded}/{completions}")),
            "Failed" => return Health::failed("JobFailed", format!("Job Failed. failed: {failed}/{completions}")),
            _ => {}
        }
    }
    if text(object, "/status/startTime").is_empty() {
        return Health::in_progress("JobNotStarted", format!("Job not started. active: 0/{parallelism}"));
    }
    let message = format!("Job in progress. success:{succeeded}, active: {active}, failed: {failed}");
    Health::in_progress("JobInProgress", message)
}

pub(super) fn pod(object: &Value, now: Timestamp) -> Health {
    match text(object, "/status/phase") {
        "Succeeded" => Health::current("Pod has completed successfully"),
        "Failed" => Health::current("Pod has completed, but not successfully"),
        "Running" => running_pod(object),
        "Pending" => pending_pod(object, now),
        "" => Health::in_progress("PodNotObserved", "Pod phase not available"),
        phase => Health::of(super::Status::Unknown, "UnknownPhase", format!("unknown phase {phase}")),
    }
}

fn running_pod(object: &Value) -> Health {
    if condition(object, "Ready").is_some_and(|ready| ready.status == "True") {
        return Health::current("Pod is Ready");
    }
    let crashing: Vec<&str> = object["status"]["containerStatuses"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|container| text(container, "/state/waiting/reason") == "CrashLoopBackOff")
        .map(|container| text(container, "/name"))
        .collect();
    if crashing.is_empty() {
        Health::in_progress("PodRunningNotReady", "Pod is running but is not Ready")
    } else {
        let message = format!("Containers in CrashLoop state: {}", crashing.join(","));
        Health::failed("ContainerCrashLooping", message)
    }
}

fn pending_pod(object: &Value, now: Timestamp) -> Health {
    let unschedulable = condition(object, "PodScheduled")
        .is_some_and(|scheduled| scheduled.status == "False" && scheduled.reason == "Unschedulable");
    if !unschedulable {
        return Health::in_progress("PodPending", "Pod is in the Pending phase");
    }
    let created: Option<Timestamp> = text(object, "/metadata/creationTimestamp").parse().ok();
    let deadline = created.and_then(|created| created.checked_add(SCHEDULE_WINDOW).ok());
    match deadline.filter(|deadline| now < *deadline) {
        Some(deadline) => {
            Health { recheck: Some(deadline), ..Health::in_progress("PodNotScheduled", "Pod has not been scheduled") }
        }
        None => Health::failed("PodUnschedulable", "Pod could not be scheduled"),
    }
}
