//! kstatus' rules for built-in kinds.

use expect_test::{Expect, expect};
use plan::health::{Health, Verdict, assess, may_vanish, verdict};
use serde_json::{Value, json};

use crate::fixtures::{id, object, with};

pub(crate) fn describe(health: &Health) -> String {
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
    check(thing, json!({}), expect!["Current: Resource is current"]);
    check(
        thing,
        json!({ "metadata": { "deletionTimestamp": "2026-01-01T00:00:00Z" } }),
        expect!["Terminating: Resource scheduled for deletion"],
    );
    check(thing, json!({ "metadata": { "deletionTimestamp": "" } }), expect!["Current: Resource is current"]);
    check(
        thing,
        json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": 1 } }),
        expect!["InProgress (LatestGenerationNotObserved): Thing generation is 2, but latest observed generation is 1"],
    );
    check(
        thing,
        json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": 2 } }),
        expect!["Current: Resource is current"],
    );
    check(
        thing,
        json!({ "metadata": { "generation": 2 }, "status": { "observedGeneration": "1" } }),
        expect!["InProgress (LatestGenerationNotObserved): Thing generation is 2, but latest observed generation is 1"],
    );
    check(thing, json!({ "metadata": { "generation": 2 }, "status": {} }), expect!["Current: Resource is current"]);
    let with_conditions = |conditions: Value| json!({ "status": { "conditions": conditions } });
    check(
        thing,
        with_conditions(json!([condition("Ready", "True", "Done", "")])),
        expect!["Current: Resource is Ready"],
    );
    check(
        thing,
        with_conditions(json!([condition("Ready", "False", "Working", "at work")])),
        expect!["InProgress (Working): at work"],
    );
    check(
        thing,
        with_conditions(json!([condition("Ready", "Unknown", "Starting", "starts")])),
        expect!["InProgress (Starting): starts"],
    );
    check(
        thing,
        with_conditions(json!([condition("Ready", "Perhaps", "", "")])),
        expect!["Current: Resource is current"],
    );
    check(
        thing,
        with_conditions(json!([condition("Reconciling", "True", "Progressing", "at work")])),
        expect!["InProgress (Progressing): at work"],
    );
    check(
        thing,
        with_conditions(json!([condition("Stalled", "True", "BadSpec", "no such thing")])),
        expect!["Failed (BadSpec): no such thing"],
    );
    check(
        thing,
        with_conditions(json!([
            condition("Ready", "True", "", ""),
            condition("Stalled", "True", "BadSpec", "no such thing")
        ])),
        expect!["Failed (BadSpec): no such thing"],
    );
    check(
        thing,
        with_conditions(json!([condition("Stalled", "False", "", ""), condition("Reconciling", "False", "", "")])),
        expect!["Current: Resource is current"],
    );
    check(thing, with_conditions(json!("nonsense")), expect!["Current: Resource is current"]);
    check(thing, json!({ "status": "nonsense" }), expect!["Current: Resource is current"]);
}

#[test]
fn kinds_without_a_controller_are_current() {
    check("v1 ConfigMap", json!({}), expect!["Current: Resource is always ready"]);
    check("v1 Secret", json!({}), expect!["Current: Resource is always ready"]);
    check("batch/v1 CronJob", json!({}), expect!["Current: Resource is always ready"]);
    check("v1 Namespace", json!({}), expect!["Current: Resource is current"]);
    check("networking.k8s.io/v1 Ingress", json!({}), expect!["Current: Resource is current"]);
    check("autoscaling/v2 HorizontalPodAutoscaler", json!({}), expect!["Current: Resource is current"]);
    check("v1 ServiceAccount", json!({}), expect!["Current: Resource is current"]);
    check("policy/v1 PodDisruptionBudget", json!({}), expect!["Current: AllowedDisruptions has been computed."]);
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
    check(kind, json!({}), expect!["InProgress (LessReplicas): Replicas: 0/1"]);
    check(kind, rollout(2, 1, 1, 1, 1), expect!["InProgress (LessReplicas): Replicas: 1/2"]);
    check(kind, rollout(2, 2, 1, 2, 2), expect!["InProgress (LessUpdated): Updated: 1/2"]);
    check(kind, rollout(2, 3, 2, 3, 3), expect!["InProgress (ExtraPods): Pending termination: 1"]);
    check(kind, rollout(2, 2, 2, 1, 2), expect!["InProgress (LessAvailable): Available: 1/2"]);
    check(kind, rollout(2, 2, 2, 2, 1), expect!["InProgress (LessReady): Ready: 1/2"]);
    check(kind, rollout(2, 2, 2, 2, 2), expect!["Current: Deployment is available. Replicas: 2"]);
    check(kind, rollout(0, 0, 0, 0, 0), expect!["Current: Deployment is available. Replicas: 0"]);
    check(
        kind,
        with(rollout(2, 2, 2, 2, 2), json!({ "metadata": { "generation": 2 } })),
        expect![
            "InProgress (LatestGenerationNotObserved): Deployment generation is 2, but latest observed generation is 1"
        ],
    );
    let conditions =
        |conditions: Value| with(rollout(2, 2, 2, 2, 2), json!({ "status": { "conditions": conditions } }));
    check(
        kind,
        conditions(json!([condition("Progressing", "False", "ProgressDeadlineExceeded", "late")])),
        expect!["Failed (ProgressDeadlineExceeded): Progress deadline exceeded"],
    );
    check(
        kind,
        conditions(json!([
            condition("Progressing", "True", "ReplicaSetUpdated", ""),
            condition("Available", "True", "", "")
        ])),
        expect!["InProgress (ReplicaSetNotAvailable): ReplicaSet not Available"],
    );
    check(
        kind,
        conditions(json!([
            condition("Progressing", "True", "NewReplicaSetAvailable", ""),
            condition("Available", "False", "", "")
        ])),
        expect!["InProgress (DeploymentNotAvailable): Deployment not Available"],
    );
    let without_deadline = |deadline: Value| {
        with(
            conditions(json!([condition("Available", "True", "", "")])),
            json!({ "spec": { "progressDeadlineSeconds": deadline } }),
        )
    };
    check(kind, without_deadline(Value::Null), expect!["Current: Deployment is available. Replicas: 2"]);
    check(kind, without_deadline(json!(i32::MAX)), expect!["Current: Deployment is available. Replicas: 2"]);
    check("extensions/v1beta1 Deployment", rollout(2, 2, 2, 2, 1), expect!["InProgress (LessReady): Ready: 1/2"]);
    check("example.com/v1 Deployment", rollout(2, 2, 2, 2, 1), expect!["Current: Resource is current"]);
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
    check(kind, status(1, 2, 2, 2), expect!["InProgress (LessLabelled): Labelled: 1/2"]);
    check(kind, status(2, 1, 2, 2), expect!["InProgress (LessAvailable): Available: 1/2"]);
    check(kind, status(2, 2, 1, 2), expect!["InProgress (LessReady): Ready: 1/2"]);
    check(kind, status(2, 2, 2, 3), expect!["InProgress (ExtraPods): Pending termination: 1"]);
    check(kind, status(2, 2, 2, 2), expect!["Current: ReplicaSet is available. Replicas: 2"]);
    let failing = json!({ "status": { "conditions": [condition("ReplicaFailure", "True", "FailedCreate", "quota")] } });
    check(
        kind,
        with(status(2, 2, 2, 2), failing),
        expect!["InProgress (ReplicaFailure): Replica Failure condition. Check Pods"],
    );
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
    check(kind, json!({}), expect!["InProgress (LessReplicas): Replicas: 0/1"]);
    check(kind, status(2, 2, 2, 2), expect!["InProgress (LessReplicas): Replicas: 2/3"]);
    check(kind, status(3, 2, 3, 3), expect!["InProgress (LessReady): Ready: 2/3"]);
    check(kind, status(4, 3, 3, 3), expect!["InProgress (ExtraPods): Pending termination: 1"]);
    check(kind, status(3, 3, 2, 3), expect!["InProgress (LessCurrent): current: 2/3"]);
    check(kind, status(3, 3, 3, 3), expect!["Current: All replicas scheduled as expected. Replicas: 3"]);
    check(
        kind,
        with(status(3, 3, 3, 3), json!({ "status": { "updateRevision": "b" } })),
        expect!["InProgress (RevisionMismatch): Waiting for updated revision to match current"],
    );
    let partition = |updated: i64| {
        with(status(3, 3, 1, updated), json!({ "spec": { "updateStrategy": { "rollingUpdate": { "partition": 1 } } } }))
    };
    check(kind, partition(1), expect!["InProgress (PartitionRollout): updated: 1/2"]);
    check(kind, partition(2), expect!["Current: Partition rollout complete. updated: 2"]);
    check(
        kind,
        with(status(0, 0, 0, 0), json!({ "spec": { "updateStrategy": { "type": "OnDelete" } } })),
        expect!["Current: StatefulSet is using the ondelete update strategy"],
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
    check(kind, json!({}), expect!["InProgress (NoGeneration): DaemonSet metadata.generation not found"]);
    check(
        kind,
        json!({ "metadata": { "generation": 1 } }),
        expect!["InProgress (NoObservedGeneration): DaemonSet status.observedGeneration not found"],
    );
    check(
        kind,
        json!({ "metadata": { "generation": 1 }, "status": { "observedGeneration": 1 } }),
        expect!["InProgress (NoDesiredNumber): Missing .status.desiredNumberScheduled"],
    );
    check(kind, status(1, 2, 2, 2), expect!["InProgress (LessCurrent): Current: 1/2"]);
    check(kind, status(2, 1, 2, 2), expect!["InProgress (LessUpdated): Updated: 1/2"]);
    check(kind, status(2, 2, 1, 2), expect!["InProgress (LessAvailable): Available: 1/2"]);
    check(kind, status(2, 2, 2, 1), expect!["InProgress (LessReady): Ready: 1/2"]);
    check(kind, status(2, 2, 2, 2), expect!["Current: All replicas scheduled as expected. Replicas: 2"]);
    check(
        kind,
        with(status(0, 0, 0, 0), json!({ "status": { "desiredNumberScheduled": 0 } })),
        expect!["Current: All replicas scheduled as expected. Replicas: 0"],
    );
}

#[test]
fn jobs() {
    let kind = "batch/v1 Job";
    check(kind, json!({}), expect!["InProgress (JobNotStarted): Job not started. active: 0/1"]);
    check(kind, json!({ "spec": { "suspend": true } }), expect!["Current: Job is suspended"]);
    check(
        kind,
        json!({ "spec": { "parallelism": 3 } }),
        expect!["InProgress (JobNotStarted): Job not started. active: 0/3"],
    );
    check(
        kind,
        json!({ "status": { "startTime": "2026-01-01T00:00:00Z", "active": 1 } }),
        expect!["InProgress (JobInProgress): Job in progress. success:0, active: 1, failed: 0"],
    );
    check(
        kind,
        json!({ "spec": { "completions": 4 }, "status": { "succeeded": 4, "conditions": [condition("Complete", "True", "", "")] } }),
        expect!["Current: Job Completed. succeeded: 4/4"],
    );
    check(
        kind,
        json!({ "status": { "failed": 1, "conditions": [condition("Failed", "True", "BackoffLimitExceeded", "")] } }),
        expect!["Failed (JobFailed): Job Failed. failed: 1/1"],
    );
    check(
        kind,
        json!({ "status": { "startTime": "2026-01-01T00:00:00Z", "conditions": [condition("Failed", "False", "", "")] } }),
        expect!["InProgress (JobInProgress): Job in progress. success:0, active: 0, failed: 0"],
    );
}

#[test]
fn pods() {
    let kind = "v1 Pod";
    let phase = |phase: &str, rest: Value| with(json!({ "status": { "phase": phase } }), json!({ "status": rest }));
    check(kind, json!({}), expect!["InProgress (PodNotObserved): Pod phase not available"]);
    check(kind, phase("Succeeded", json!({})), expect!["Current: Pod has completed successfully"]);
    check(kind, phase("Failed", json!({})), expect!["Current: Pod has completed, but not successfully"]);
    check(kind, phase("Pending", json!({})), expect!["InProgress (PodPending): Pod is in the Pending phase"]);
    check(
        kind,
        phase("Running", json!({})),
        expect!["InProgress (PodRunningNotReady): Pod is running but is not Ready"],
    );
    check(
        kind,
        phase("Running", json!({ "conditions": [condition("Ready", "True", "", "")] })),
        expect!["Current: Pod is Ready"],
    );
    check(kind, phase("Strange", json!({})), expect!["Unknown (UnknownPhase): unknown phase Strange"]);
    let crashing = json!({ "containerStatuses": [
        { "name": "app", "state": { "waiting": { "reason": "CrashLoopBackOff" } } },
        { "name": "proxy", "state": { "running": {} } },
        { "name": "init", "state": { "waiting": { "reason": "CrashLoopBackOff" } } },
    ] });
    check(
        kind,
        phase("Running", crashing),
        expect!["Failed (ContainerCrashLooping): Containers in CrashLoop state: app,init"],
    );
    let unschedulable = |created: &str| {
        with(
            phase(
                "Pending",
                json!({ "conditions": [condition("PodScheduled", "False", "Unschedulable", "no nodes")] }),
            ),
            json!({ "metadata": { "creationTimestamp": created } }),
        )
    };
    check(
        kind,
        unschedulable("2026-01-01T09:59:50Z"),
        expect!["InProgress (PodNotScheduled): Pod has not been scheduled, again at 2026-01-01T10:00:05Z"],
    );
    check(
        kind,
        unschedulable("2026-01-01T09:59:45Z"),
        expect!["Failed (PodUnschedulable): Pod could not be scheduled"],
    );
    check(kind, unschedulable("nonsense"), expect!["Failed (PodUnschedulable): Pod could not be scheduled"]);
}

#[test]
fn services_and_claims() {
    check("v1 Service", json!({}), expect!["Current: Service is ready"]);
    check(
        "v1 Service",
        json!({ "spec": { "type": "LoadBalancer" } }),
        expect!["InProgress (NoIPAssigned): ClusterIP not set. Service type: LoadBalancer"],
    );
    check(
        "v1 Service",
        json!({ "spec": { "type": "LoadBalancer", "clusterIP": "10.0.0.1" } }),
        expect!["Current: Service is ready"],
    );
    check("v1 PersistentVolumeClaim", json!({}), expect!["InProgress (NotBound): PVC is not Bound. phase: unknown"]);
    check(
        "v1 PersistentVolumeClaim",
        json!({ "status": { "phase": "Pending" } }),
        expect!["InProgress (NotBound): PVC is not Bound. phase: Pending"],
    );
    check("v1 PersistentVolumeClaim", json!({ "status": { "phase": "Bound" } }), expect!["Current: PVC is Bound"]);
}

#[test]
fn definitions() {
    let kind = "apiextensions.k8s.io/v1 CustomResourceDefinition";
    let conditions = |conditions: Value| json!({ "status": { "conditions": conditions } });
    check(kind, json!({}), expect!["InProgress (Installing): Install in progress"]);
    check(
        kind,
        conditions(json!([condition("Established", "False", "Installing", "soon")])),
        expect!["InProgress (Installing): Install in progress"],
    );
    check(
        kind,
        conditions(json!([condition("Established", "False", "NotAccepted", "no")])),
        expect!["Failed (NotAccepted): no"],
    );
    check(
        kind,
        conditions(json!([condition("NamesAccepted", "False", "Conflict", "the plural is taken")])),
        expect!["Failed (Conflict): the plural is taken"],
    );
    check(
        kind,
        conditions(json!([condition("NamesAccepted", "True", "", ""), condition("Established", "True", "", "")])),
        expect!["Current: CRD is established"],
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
    expect!["waiting for: [B/prod/b status: 'InProgress': 1 of 2, C/prod/c status: 'NotFound': Resource not found]"]
        .assert_eq(
            &sum(vec![
                ("v1 A prod/a", current.clone()),
                ("v1 B prod/b", waiting.clone()),
                ("v1 C prod/c", Health::not_found()),
            ])
            .to_string(),
        );
    expect!["failed early due to stalled resources: [C/prod/c status: 'Failed': no such class]"]
        .assert_eq(&sum(vec![("v1 A prod/a", current), ("v1 B prod/b", waiting), ("v1 C prod/c", failed)]).to_string());
    assert_eq!(sum(vec![("v1 A prod/a", Health::assumed("HelmRelease"))]), Verdict::Healthy);
}

#[test]
fn finished_jobs_may_vanish() {
    assert!(may_vanish(&with(object("batch/v1 Job prod/it"), json!({ "spec": { "ttlSecondsAfterFinished": 0 } }))));
    assert!(!may_vanish(&object("batch/v1 Job prod/it")));
    assert!(!may_vanish(&with(object("v1 Pod prod/it"), json!({ "spec": { "ttlSecondsAfterFinished": 0 } }))));
}
