//! Deployments and their kin, jobs, and autoscalers.

use serde_json::{Value, json};

use super::pod::template;
use super::{each, open, set, status, text};

/// The spec of a workload with its template defaulted, if it is an object.
fn spec_of(object: &mut Value) -> Option<&mut Value> {
    let spec = object.get_mut("spec").filter(|spec| spec.is_object())?;
    if let Some(pod) = spec.get_mut("template") {
        template(pod);
    }
    Some(spec)
}

pub(super) fn deployment(object: &mut Value) {
    status(object, &[]);
    let Some(spec) = spec_of(object) else { return };
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "progressDeadlineSeconds", 600);
    if let Some(strategy) = open(spec, "strategy") {
        set(strategy, "type", "RollingUpdate");
        if text(strategy, "type") == "RollingUpdate"
            && let Some(rolling) = open(strategy, "rollingUpdate")
        {
            set(rolling, "maxUnavailable", "25%");
            set(rolling, "maxSurge", "25%");
        }
    }
}

pub(super) fn replica_set(object: &mut Value) {
    status(object, &["replicas"]);
    if let Some(spec) = spec_of(object) {
        set(spec, "replicas", 1);
    }
}

pub(super) fn replication_controller(object: &mut Value) {
    status(object, &["replicas"]);
    let Some(spec) = spec_of(object) else { return };
    set(spec, "replicas", 1);
    let labels = spec["template"]["metadata"]["labels"].clone();
    if labels.is_object() {
        set(spec, "selector", labels.clone());
        if let Some(metadata) = open(object, "metadata") {
            set(metadata, "labels", labels);
        }
    }
}

pub(super) fn stateful_set(object: &mut Value) {
    status(object, &["availableReplicas", "replicas"]);
    let Some(spec) = spec_of(object) else { return };
    set(spec, "podManagementPolicy", "OrderedReady");
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    if let Some(strategy) = open(spec, "updateStrategy") {
        set(strategy, "type", "RollingUpdate");
        if text(strategy, "type") == "RollingUpdate"
            && let Some(rolling) = open(strategy, "rollingUpdate")
        {
            set(rolling, "partition", 0);
        }
    }
    if let Some(retention) = open(spec, "persistentVolumeClaimRetentionPolicy") {
        set(retention, "whenDeleted", "Retain");
        set(retention, "whenScaled", "Retain");
    }
    for claim in each(spec, "volumeClaimTemplates") {
        set(claim, "apiVersion", "v1");
        set(claim, "kind", "PersistentVolumeClaim");
        super::storage::claim(claim);
    }
}

pub(super) fn daemon_set(object: &mut Value) {
    status(object, &["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"]);
    let Some(spec) = spec_of(object) else { return };
    set(spec, "revisionHistoryLimit", 10);
    if let Some(strategy) = open(spec, "updateStrategy") {
        set(strategy, "type", "RollingUpdate");
        if text(strategy, "type") == "RollingUpdate"
            && let Some(rolling) = open(strategy, "rollingUpdate")
        {
            set(rolling, "maxUnavailable", 1);
            set(rolling, "maxSurge", 0);
        }
    }
}

/// A job. Its selector and the labels behind it are made from its uid, once it has one.
pub(super) fn job(object: &mut Value) {
    status(object, &[]);
    let uid = object["metadata"]["uid"].as_str().map(str::to_owned);
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let Some(spec) = spec_of(object) else { return };
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        set(spec, "completions", 1);
    }
    set(spec, "parallelism", 1);
    set(spec, "backoffLimit", 6);
    set(spec, "completionMode", "NonIndexed");
    set(spec, "suspend", false);
    set(spec, "manualSelector", false);
    let replacement = if spec.get("podFailurePolicy").is_some() { "Failed" } else { "TerminatingOrFailed" };
    set(spec, "podReplacementPolicy", replacement);
    if spec["manualSelector"] == true || spec.get("selector").is_some() {
        return;
    }
    let Some(uid) = uid else { return };
    set(spec, "selector", json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
    if let Some(labels) =
        open(spec, "template").and_then(|pod| open(pod, "metadata")).and_then(|meta| open(meta, "labels"))
    {
        for (key, value) in [
            ("batch.kubernetes.io/controller-uid", &uid),
            ("batch.kubernetes.io/job-name", &name),
            ("controller-uid", &uid),
            ("job-name", &name),
        ] {
            set(labels, key, value.as_str());
        }
    }
}

pub(super) fn cron_job(object: &mut Value) {
    status(object, &[]);
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    set(spec, "concurrencyPolicy", "Allow");
    set(spec, "suspend", false);
    set(spec, "successfulJobsHistoryLimit", 3);
    set(spec, "failedJobsHistoryLimit", 1);
    if let Some(job) = spec.get_mut("jobTemplate") {
        set(job, "metadata", json!({}));
        if let Some(pod) = job.get_mut("spec").and_then(|spec| spec.get_mut("template")) {
            template(pod);
        }
    }
}

pub(super) fn autoscaler(version: &str, object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    set(spec, "minReplicas", 1);
    if version != "v1" {
        let cpu = json!({"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}});
        set(spec, "metrics", json!([{"type": "Resource", "resource": cpu}]));
        if let Some(behavior) = spec.get_mut("behavior").filter(|behavior| behavior.is_object()) {
            let percent = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
            if let Some(up) = open(behavior, "scaleUp") {
                set(up, "stabilizationWindowSeconds", 0);
                set(up, "selectPolicy", "Max");
                set(up, "policies", json!([{"type": "Pods", "value": 4, "periodSeconds": 15}, percent]));
            }
            if let Some(down) = open(behavior, "scaleDown") {
                set(down, "selectPolicy", "Max");
                set(down, "policies", json!([percent]));
            }
        }
    }
    status(object, &["currentReplicas", "desiredReplicas"]);
}
