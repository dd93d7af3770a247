//! kstatus' rules for built-in kinds.

use expect_test::{Expect, expect};
use plan::health::{Health, Verdict, assess, may_vanish, verdict};
use serde_json::{Value, json};

use crate::fixtures::{id, object, with};

pub fn describe(health: &Health) -> String {
    let reason = if health.reason.is_empty() { String::new() } else { format!(" ({})", health.reason) };
    let recheck = health.recheck.map(|time| format!(", again at {time}")).unwrap_or_default();
    format!("{}{reason}: {}{recheck}", health.status, health.message)
}

/// The health of an object of a type, given the rest of it, at 10:00:00.
#[track_caller]
fn check(kind: &str, rest: Value, expected: Expect) {
    let object = with(object(&format!("{kind} prod/it")), rest);
    let health = assess(&object, &[], "2026-01-01T10:00:00Z".parse().expect("a time"));
    expected.assert_eq(&describe(&health));
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({ "type": kind, "status": status, "reason": reason, "message": message })
}

#[test]
fn every_kind_follows_the_standard_conditions() {
    let thing = "example.com/v1 Thing";
    check(thing, json!({}), expect![[""]]);
    check(thing, json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } }), expect![[""]]);
    check(thing, json!({ "metadata": { "deletionTimestamp": "" } }), expect![[""]]);
    check(thing, json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": 1 } }), expect![[""]]);
    check(thing, json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": 2 } }), expect![[""]]);
    check(thing, json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": "1" } }), expect![[""]]);
    check(thing, json!({ "metadata": { "generation": 2 }, "status": {} }), expect![[""]]);
    let with_conditions = |conditions: Value| json!({ "status": { "conditions": conditions } });
    check(thing, with_conditions(json!([condition("Ready", "True", "Done", "")])), expect![[""]]);
    check(thing, with_conditions(json!([condition("Ready", "False", "Working", "at work")])), expect![[""]]);
    check(thing, with_conditions(json!([condition("Ready", "Unknown", "Starting", "starts")])), expect![[""]]);
    check(thing, with_conditions(json!([condition("Ready", "Perhaps", "", "")])), expect![[""]]);
    check(thing, with_conditions(json!([condition("Reconciling", "True", "Progressing", "at work")])), expect![[""]]);
    check(thing, with_conditions(json!([condition("Stalled", "True", "BadSpec", "no such thing")])), expect![[""]]);
    check(
        thing,
        with_conditions(json!([
            condition("Ready", "True", "", ""),
            condition("Stalled", "True", "BadSpec", "no such thing")
        ])),
        expect![[""]],
    );
    check(
        thing,
        with_conditions(json!([condition("Stalled", "False", "", ""), condition("Reconciling", "False", "", "")])),
        expect![[""]],
    );
    check(thing, with_conditions(json!("nonsense")), expect![[""]]);
    check(thing, json!({ "status": "nonsense" }), expect![[""]]);
}

#[test]
fn kinds_without_a_controller_are_current() {
    for kind in ["v1 ConfigMap", "v1 Secret", "batch/v1 CronJob"] {
        check(kind, json!({}), expect![[""]]);
    }
    for kind in
        ["v1 Namespace", "networking.k8s.io/v1 Ingress", "autoscaling/v2 HorizontalPodAutoscaler", "v1 ServiceAccount"]
    {
        check(kind, json!({}), expect![[""]]);
    }
    check("policy/v1 PodDisruptionBudget", json!({}), expect![[""]]);
}

fn rollout(spec: i64, replicas: i64, updated: i64, available: i64, ready: i64) -> Value {
    json!({
        "metadata": { "generation": 1 },
        "spec": { "replicas": spec, "progressDeadlineSeconds": 600 },
        "status": {
            "observedGeneration": 1,
            "replicas": replicas,
            "updatedReplicas": updated,
            "availableReplicas": available,
            "readyReplicas": ready,
            "conditions": [
                condition("Progressing", "True", "NewReplicaSetAvailable", ""),
                condition("Available", "True", "MinimumReplicasAvailable", ""),
            ],
        },
    })
}

#[test]
fn deployments() {
    let kind = "apps/v1 Deployment";
    check(kind, json!({}), expect![[""]]);
    check(kind, rollout(2, 1, 1, 1, 1), expect![[""]]);
    check(kind, rollout(2, 2, 1, 2, 2), expect![[""]]);
    check(kind, rollout(2, 3, 2, 3, 3), expect![[""]]);
    check(kind, rollout(2, 2, 2, 1, 2), expect![[""]]);
    check(kind, rollout(2, 2, 2, 2, 1), expect![[""]]);
    check(kind, rollout(2, 2, 2, 2, 2), expect![[""]]);
    check(kind, rollout(0, 0, 0, 0, 0), expect![[""]]);
    check(kind, with(rollout(2, 2, 2, 2, 2), json!({ "metadata": { "generation": 2 } })), expect![[""]]);
    let conditions =
        |conditions: Value| with(rollout(2, 2, 2, 2, 2), json!({ "status": { "conditions": conditions } }));
    check(
        kind,
        conditions(json!([condition("Progressing", "False", "ProgressDeadlineExceeded", "late")])),
        expect![[""]],
    );
    check(
        kind,
        conditions(json!([
            condition("Progressing", "True", "ReplicaSetUpdated", ""),
            condition("Available", "True", "", "")
        ])),
        expect![[""]],
    );
    check(
        kind,
        conditions(json!([
            condition("Progressing", "True", "NewReplicaSetAvailable", ""),
            condition("Available", "False", "", "")
        ])),
        expect![[""]],
    );
    let without_deadline = |deadline: Value| {
        with(
            conditions(json!([condition("Available", "True", "", "")])),
            json!({ "spec": { "progressDeadlineSeconds": deadline } }),
        )
    };
    check(kind, without_deadline(Value::Null), expect![[""]]);
    check(kind, without_deadline(json!(i32::MAX)), expect![[""]]);
    check("extensions/v1beta1 Deployment", rollout(2, 2, 2, 2, 1), expect![[""]]);
    check("example.com/v1 Deployment", rollout(2, 2, 2, 2, 1), expect![[""]]);
}

#[test]
fn replica_sets() {
    let status = |labelled: i64, available: i64, ready: i64, replicas: i64| {
        json!({
            "spec": { "replicas": 2 },
            "status": { "fullyLabeledReplicas": labelled, "availableReplicas": available, "readyReplicas": ready, "replicas": replicas },
        })
    };
    let kind = "apps/v1 ReplicaSet";
    check(kind, status(1, 2, 2, 2), expect![[""]]);
    check(kind, status(2, 1, 2, 2), expect![[""]]);
    check(kind, status(2, 2, 1, 2), expect![[""]]);
    check(kind, status(2, 2, 2, 3), expect![[""]]);
    check(kind, status(2, 2, 2, 2), expect![[""]]);
    let failing = json!({ "status": { "conditions": [condition("ReplicaFailure", "True", "FailedCreate", "quota")] } });
    check(kind, with(status(2, 2, 2, 2), failing), expect![[""]]);
}

#[test]
fn stateful_sets() {
    let kind = "apps/v1 StatefulSet";
    let status = |replicas: i64, ready: i64, current: i64, updated: i64| {
        json!({
            "spec": { "replicas": 3 },
            "status": {
                "replicas": replicas, "readyReplicas": ready, "currentReplicas": current, "updatedReplicas": updated,
                "currentRevision": "a", "updateRevision": "a",
            },
        })
    };
    check(kind, json!({}), expect![[""]]);
    check(kind, status(2, 2, 2, 2), expect![[""]]);
    check(kind, status(3, 2, 3, 3), expect![[""]]);
    check(kind, status(4, 3, 3, 3), expect![[""]]);
    check(kind, status(3, 3, 2, 3), expect![[""]]);
    check(kind, status(3, 3, 3, 3), expect![[""]]);
    check(kind, with(status(3, 3, 3, 3), json!({ "status": { "updateRevision": "b" } })), expect![[""]]);
    let partition = |updated: i64| {
        with(status(3, 3, 1, updated), json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 1 } } } }))
    };
    check(kind, partition(1), expect![[""]]);
    check(kind, partition(2), expect![[""]]);
    check(
        kind,
        with(status(0, 0, 0, 0), json!({ "spec": { "updateStrategy": { "type": "OnDelete" } } })),
        expect![[""]],
    );
}

#[test]
fn daemon_sets() {
    let kind = "apps/v1 DaemonSet";
    let status = |current: i64, updated: i64, available: i64, ready: i64| {
        json!({
            "metadata": { "generation": 1 },
            "status": {
                "observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": current,
                "updatedNumberScheduled": updated, "numberAvailable": available, "numberReady": ready,
            },
        })
    };
    check(kind, json!({}), expect![[""]]);
    check(kind, json!({ "metadata": { "generation": 1 } }), expect![[""]]);
    check(kind, json!({ "metadata": { "generation": 1 }, "status": { "observedGeneration": 1 } }), expect![[""]]);
    check(kind, status(1, 2, 2, 2), expect![[""]]);
    check(kind, status(2, 1, 2, 2), expect![[""]]);
    check(kind, status(2, 2, 1, 2), expect![[""]]);
    check(kind, status(2, 2, 2, 1), expect![[""]]);
    check(kind, status(2, 2, 2, 2), expect![[""]]);
    check(kind, with(status(0, 0, 0, 0), json!({ "status": { "desiredNumberScheduled": 0 } })), expect![[""]]);
}

#[test]
fn jobs() {
    let kind = "batch/v1 Job";
    check(kind, json!({}), expect![[""]]);
    check(kind, json!({ "spec": { "suspend": true } }), expect![[""]]);
    check(kind, json!({ "spec": { "parallelism": 3 } }), expect![[""]]);
    check(kind, json!({ "status": { "startTime": "2026-01-01T00:00:00Z", "active": 1 } }), expect![[""]]);
    check(
        kind,
        json!({ "spec": { "completions": 4 }, "status": { "succeeded": 4, "conditions": [condition("Complete", "True", "", "")] } }),
        expect![[""]],
    );
    check(
        kind,
        json!({ "status": { "failed": 1, "conditions": [condition("Failed", "True", "BackoffLimitExceeded", "")] } }),
        expect![[""]],
    );
    check(
        kind,
        json!({ "status": { "startTime": "2026-01-01T00:00:00Z", "conditions": [condition("Failed", "False", "", "")] } }),
        expect![[""]],
    );
}

#[test]
fn pods() {
    let kind = "v1 Pod";
    let phase = |phase: &str, rest: Value| with(json!({ "status": { "phase": phase } }), json!({ "status": rest }));
    check(kind, json!({}), expect![[""]]);
    check(kind, phase("Succeeded", json!({})), expect![[""]]);
    check(kind, phase("Failed", json!({})), expect![[""]]);
    check(kind, phase("Pending", json!({})), expect![[""]]);
    check(kind, phase("Running", json!({})), expect![[""]]);
    check(kind, phase("Running", json!({ "conditions": [condition("Ready", "True", "", "")] })), expect![[""]]);
    check(kind, phase("Strange", json!({})), expect![[""]]);
    let crashing = json!({ "containerStatuses": [
        { "name": "app", "state": { "waiting": { "reason": "CrashLoopBackOff" } } },
        { "name": "proxy", "state": { "running": {} } },
        { "name": "init", "state": { "waiting": { "reason": "CrashLoopBackOff" } } },
    ] });
    check(kind, phase("Running", crashing), expect![[""]]);
    let unschedulable = |created: &str| {
        with(
            phase(
                "Pending",
                json!({ "conditions": [condition("PodScheduled", "False", "Unschedulable", "no nodes")] }),
            ),
            json!({ "metadata": { "creationTimestamp": created } }),
        )
    };
    check(kind, unschedulable("2026-01-01T09:59:50Z"), expect![[""]]);
    check(kind, unschedulable("2026-01-01T09:59:45Z"), expect![[""]]);
    check(kind, unschedulable("nonsense"), expect![[""]]);
}

#[test]
fn services_and_claims() {
    check("v1 Service", json!({}), expect![[""]]);
    check("v1 Service", json!({ "spec": { "type": "LoadBalancer" } }), expect![[""]]);
    check("v1 Service", json!({ "spec": { "type": "LoadBalancer", "clusterIP": "10.0.0.1" } }), expect![[""]]);
    check("v1 PersistentVolumeClaim", json!({}), expect![[""]]);
    check("v1 PersistentVolumeClaim", json!({ "status": { "phase": "Pending" } }), expect![[""]]);
    check("v1 PersistentVolumeClaim", json!({ "status": { "phase": "Bound" } }), expect![[""]]);
}

#[test]
fn definitions() {
    let kind = "apiextensions.k8s.io/v1 CustomResourceDefinition";
    let conditions = |conditions: Value| json!({ "status": { "conditions": conditions } });
    check(kind, json!({}), expect![[""]]);
    check(kind, conditions(json!([condition("Established", "False", "Installing", "soon")])), expect![[""]]);
    check(kind, conditions(json!([condition("Established", "False", "NotAccepted", "no")])), expect![[""]]);
    check(
        kind,
        conditions(json!([condition("NamesAccepted", "False", "Conflict", "the plural is taken")])),
        expect![[""]],
    );
    check(
        kind,
        conditions(json!([condition("NamesAccepted", "True", "", ""), condition("Established", "True", "", "")])),
        expect![[""]],
    );
}

#[test]
fn one_failure_fails_all_and_the_rest_waits() {
    let health = |status: Value| {
        assess(
            &with(object("example.com/v1 Thing prod/it"), json!({ "status": status })),
            &[],
            jiff::Timestamp::UNIX_EPOCH,
        )
    };
    let current = health(json!({}));
    let waiting = health(json!({ "conditions": [condition("Ready", "False", "Working", "1 of 2")] }));
    let failed = health(json!({ "conditions": [condition("Stalled", "True", "BadSpec", "no such class")] }));
    let sum =
        |healths: Vec<(&str, Health)>| verdict(&healths.into_iter().map(|(text, health)| (id(text), health)).collect());
    assert_eq!(sum(vec![]), Verdict::Healthy);
    assert_eq!(sum(vec![("v1 A prod/a", current.clone())]), Verdict::Healthy);
    expect![[""]].assert_eq(
        &sum(vec![
            ("v1 A prod/a", current.clone()),
            ("v1 B prod/b", waiting.clone()),
            ("v1 C prod/c", Health::not_found()),
        ])
        .to_string(),
    );
    expect![[""]]
        .assert_eq(&sum(vec![("v1 A prod/a", current), ("v1 B prod/b", waiting), ("v1 C prod/c", failed)]).to_string());
    assert_eq!(sum(vec![("v1 A prod/a", Health::assumed("HelmRelease"))]), Verdict::Healthy);
}

#[test]
fn finished_jobs_may_vanish() {
    assert!(may_vanish(&with(object("batch/v1 Job prod/it"), json!({ "spec": { "ttlSecondsAfterFinished": 0 } }))));
    assert!(!may_vanish(&object("batch/v1 Job prod/it")));
    assert!(!may_vanish(&with(object("v1 Pod prod/it"), json!({ "spec": { "ttlSecondsAfterFinished": 0 } }))));
}
