//! Helm 3's rules, for HelmReleases that ask for them.

use expect_test::{Expect, expect};
use plan::health::Rules;
use serde_json::{Value, json};

use crate::fixtures::{object, with};
use crate::health_builtin::describe;

fn healths(kind: &str, rest: Value) -> (String, String) {
    let object = with(object(&format!("{kind} prod/it")), rest);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let flux = Rules::Flux(std::sync::Arc::default()).assess(&object, now);
    (describe(&Rules::Helm.assess(&object, now)), flux.status.to_string())
}

/// The health of an object of a type, given the rest of it.
#[track_caller]
fn check(kind: &str, rest: Value, expected: Expect) {
    expected.assert_eq(&healths(kind, rest).0);
}

/// The same, and what Flux's rules make of it.
#[track_caller]
fn check_both(kind: &str, rest: Value, expected: Expect) {
    let (helm, flux) = healths(kind, rest);
    expected.assert_eq(&format!("{helm} (Flux: {flux})"));
}

#[test]
fn what_helm_does_not_know_is_ready() {
    let unready = json!({"conditions": [{"type": "Ready", "status": "False", "reason": "Working", "message": "soon"}]});
    for kind in ["example.com/v1 Thing", "helm.toolkit.fluxcd.io/v2 HelmRelease", "flagger.app/v1beta1 Canary"] {
        let (helm, flux) = healths(kind, json!({ "status": unready }));
        assert_eq!((helm.as_str(), flux.as_str()), ("Current: Resource is ready", "InProgress"), "{kind}");
    }
    check_both("flagger.app/v1beta1 Canary", json!({}), expect!["Current: Resource is ready (Flux: InProgress)"]);
    check_both("policy/v1 PodDisruptionBudget", json!({}), expect!["Current: Resource is ready (Flux: Current)"]);
    let stalled = json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 1, "conditions": [
        {"type": "Stalled", "status": "True", "reason": "BadSpec", "message": "no such class"}]}});
    check_both("example.com/v1 Thing", stalled, expect!["Current: Resource is ready (Flux: InProgress)"]);
}

#[test]
fn pods() {
    let pod = |phase: &str, ready: &str| {
        json!({"status": {"phase": phase, "conditions": [
            {"type": "Initialized", "status": "True"}, {"type": "Ready", "status": ready}]}})
    };
    check("v1 Pod", json!({}), expect!["InProgress (PodNotReady): Pod is not Ready"]);
    check("v1 Pod", pod("Running", "True"), expect!["Current: Pod is Ready"]);
    check("v1 Pod", pod("Running", "False"), expect!["InProgress (PodNotReady): Pod is not Ready"]);
    check_both(
        "v1 Pod",
        pod("Succeeded", "False"),
        expect!["InProgress (PodNotReady): Pod is not Ready (Flux: Current)"],
    );
}

#[test]
fn jobs() {
    let job = |spec: Value, status: Value| json!({"spec": spec, "status": status});
    check(
        "batch/v1 Job",
        job(json!({"completions": 1}), json!({})),
        expect!["InProgress (JobInProgress): Job in progress. succeeded: 0/1"],
    );
    check(
        "batch/v1 Job",
        job(json!({"completions": 2}), json!({"succeeded": 1})),
        expect!["InProgress (JobInProgress): Job in progress. succeeded: 1/2"],
    );
    check(
        "batch/v1 Job",
        job(json!({"completions": 2}), json!({"succeeded": 2})),
        expect!["Current: Job is completed. succeeded: 2"],
    );
    check_both(
        "batch/v1 Job",
        job(json!({"parallelism": 2}), json!({"active": 2})),
        expect!["Current: Job is completed. succeeded: 0 (Flux: InProgress)"],
    );
    check(
        "batch/v1 Job",
        job(json!({"completions": 1, "backoffLimit": 2}), json!({"failed": 2})),
        expect!["InProgress (JobInProgress): Job in progress. succeeded: 0/1"],
    );
    check(
        "batch/v1 Job",
        job(json!({"completions": 1, "backoffLimit": 2}), json!({"failed": 3})),
        expect!["Failed (JobFailed): Job Failed. failed: 3, backoffLimit: 2"],
    );
    check(
        "batch/v1 Job",
        job(json!({"completions": 1}), json!({"failed": 7})),
        expect!["Failed (JobFailed): Job Failed. failed: 7, backoffLimit: 6"],
    );
}

#[test]
fn services() {
    let balanced = |more: Value| with(json!({"spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.1"}}), more);
    check("v1 Service", json!({"spec": {"type": "ExternalName"}}), expect!["Current: Service is external"]);
    check(
        "v1 Service",
        json!({"spec": {"type": "ClusterIP"}}),
        expect!["InProgress (NoIPAssigned): Service does not have a cluster IP address"],
    );
    check("v1 Service", json!({"spec": {"clusterIP": "None"}}), expect!["Current: Service is ready"]);
    check_both(
        "v1 Service",
        balanced(json!({})),
        expect!["InProgress (NoIngress): Service does not have a load balancer ingress address (Flux: Current)"],
    );
    check(
        "v1 Service",
        balanced(json!({"status": {"loadBalancer": {"ingress": []}}})),
        expect!["InProgress (NoIngress): Service does not have a load balancer ingress address"],
    );
    check(
        "v1 Service",
        balanced(json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}})),
        expect!["Current: Service is ready"],
    );
    check(
        "v1 Service",
        balanced(json!({"spec": {"externalIPs": ["192.0.2.1"]}})),
        expect!["Current: Service is ready"],
    );
}

#[test]
fn claims_and_definitions() {
    check("v1 PersistentVolumeClaim", json!({}), expect!["InProgress (NotBound): PersistentVolumeClaim is not bound"]);
    check(
        "v1 PersistentVolumeClaim",
        json!({"status": {"phase": "Pending"}}),
        expect!["InProgress (NotBound): PersistentVolumeClaim is not bound"],
    );
    check(
        "v1 PersistentVolumeClaim",
        json!({"status": {"phase": "Bound"}}),
        expect!["Current: PersistentVolumeClaim is bound"],
    );
    let crd = "apiextensions.k8s.io/v1 CustomResourceDefinition";
    let conditions = |kind: &str, status: &str| json!({"status": {"conditions": [{"type": kind, "status": status}]}});
    check(crd, json!({}), expect!["InProgress (Installing): Install in progress"]);
    check(crd, conditions("Established", "True"), expect!["Current: CRD is established"]);
    check(crd, conditions("Established", "False"), expect!["InProgress (Installing): Install in progress"]);
    check_both(crd, conditions("NamesAccepted", "False"), expect!["Current: CRD is established (Flux: Failed)"]);
}

/// A Deployment of `wanted` pods whose status counts all, updated and ready ones.
fn deployment(wanted: i64, strategy: Value, [replicas, updated, ready]: [i64; 3]) -> Value {
    json!({
        "metadata": {"generation": 2},
        "spec": {"replicas": wanted, "strategy": strategy},
        "status": {"observedGeneration": 2, "replicas": replicas, "updatedReplicas": updated, "readyReplicas": ready},
    })
}

fn rolling(surge: Value, unavailable: Value) -> Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}})
}

#[test]
fn deployments_need_new_pods_but_for_those_that_may_be_unavailable() {
    let kind = "apps/v1 Deployment";
    let quarter = || rolling(json!("25%"), json!("25%"));
    check(
        kind,
        json!({"metadata": {"generation": 1}}),
        expect![
            "InProgress (LatestGenerationNotObserved): Deployment generation is 1, but latest observed generation is 0"
        ],
    );
    check_both(
        kind,
        json!({"metadata": {"generation": 1}, "spec": {"paused": true}}),
        expect!["Current: Deployment is paused (Flux: InProgress)"],
    );
    check(kind, deployment(1, quarter(), [1, 1, 0]), expect!["InProgress (LessReady): Ready: 0/1"]);
    check_both(
        kind,
        deployment(1, quarter(), [1, 1, 1]),
        expect!["Current: Deployment is ready. Ready: 1/1 (Flux: InProgress)"],
    );
    // An old pod that is still ready is not a new one.
    check(kind, deployment(1, quarter(), [2, 1, 1]), expect!["InProgress (LessReady): Ready: 0/1"]);
    check_both(
        kind,
        deployment(1, quarter(), [2, 1, 2]),
        expect!["Current: Deployment is ready. Ready: 1/1 (Flux: InProgress)"],
    );
    check_both(
        kind,
        deployment(4, quarter(), [4, 4, 3]),
        expect!["Current: Deployment is ready. Ready: 3/4 (Flux: InProgress)"],
    );
    check(kind, deployment(4, quarter(), [4, 4, 2]), expect!["InProgress (LessReady): Ready: 2/3"]);
    check(
        kind,
        deployment(4, rolling(json!(0), json!("10%")), [4, 4, 3]),
        expect!["Current: Deployment is ready. Ready: 3/4"],
    );
    check(kind, deployment(4, rolling(json!(1), json!(0)), [4, 4, 3]), expect!["InProgress (LessReady): Ready: 3/4"]);
    check(
        kind,
        deployment(2, rolling(json!(0), json!(5)), [0, 0, 0]),
        expect!["Current: Deployment is ready. Ready: 0/2"],
    );
    check(kind, deployment(3, json!({"type": "Recreate"}), [3, 3, 2]), expect!["InProgress (LessReady): Ready: 2/3"]);
    check(kind, deployment(0, quarter(), [0, 0, 0]), expect!["Current: Deployment is ready. Ready: 0/0"]);
    check(
        kind,
        deployment(2, rolling(json!("a"), json!("b")), [2, 2, 1]),
        expect!["InProgress (LessReady): Ready: 1/2"],
    );
}

#[test]
fn daemon_sets() {
    let kind = "apps/v1 DaemonSet";
    let set = |unavailable: Value, [wanted, updated, ready]: [i64; 3]| {
        json!({
            "metadata": {"generation": 1},
            "spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable}}},
            "status": {"observedGeneration": 1, "desiredNumberScheduled": wanted, "updatedNumberScheduled": updated,
                "numberReady": ready},
        })
    };
    check(
        kind,
        json!({"metadata": {"generation": 1}}),
        expect![
            "InProgress (LatestGenerationNotObserved): DaemonSet generation is 1, but latest observed generation is 0"
        ],
    );
    check(kind, set(json!(1), [3, 2, 2]), expect!["InProgress (LessUpdated): Updated: 2/3"]);
    check(kind, set(json!(1), [3, 3, 1]), expect!["InProgress (LessReady): Ready: 1/2"]);
    check_both(kind, set(json!(1), [3, 3, 2]), expect!["Current: DaemonSet is ready. Ready: 2/3 (Flux: InProgress)"]);
    check(kind, set(json!("10%"), [3, 3, 2]), expect!["Current: DaemonSet is ready. Ready: 2/3"]);
    check(kind, set(json!("many"), [3, 3, 0]), expect!["Current: DaemonSet is ready. Ready: 0/3"]);
    let by_hand = with(set(json!(1), [3, 0, 0]), json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}));
    check_both(kind, by_hand, expect!["Current: DaemonSet is not rolled out by its controller (Flux: InProgress)"]);
}

#[test]
fn stateful_sets() {
    let kind = "apps/v1 StatefulSet";
    let set = |partition: Value, [wanted, updated, ready]: [i64; 3], revisions: [&str; 2]| {
        json!({
            "metadata": {"generation": 1},
            "spec": {"replicas": wanted, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}},
            "status": {"observedGeneration": 1, "updatedReplicas": updated, "readyReplicas": ready,
                "currentRevision": revisions[0], "updateRevision": revisions[1]},
        })
    };
    check(
        kind,
        json!({"metadata": {"generation": 1}, "status": {"observedGeneration": 0}}),
        expect![
            "InProgress (LatestGenerationNotObserved): StatefulSet generation is 1, but latest observed generation is 0"
        ],
    );
    check(kind, set(json!(0), [3, 2, 3], ["a", "b"]), expect!["InProgress (LessUpdated): Updated: 2/3"]);
    check(kind, set(json!(0), [3, 3, 2], ["b", "b"]), expect!["InProgress (LessReady): Ready: 2/3"]);
    check(kind, set(json!(0), [3, 3, 4], ["b", "b"]), expect!["InProgress (LessReady): Ready: 4/3"]);
    check(
        kind,
        set(json!(0), [3, 3, 3], ["a", "b"]),
        expect!["InProgress (RevisionMismatch): Waiting for updated revision to match current"],
    );
    check_both(
        kind,
        set(json!(0), [3, 3, 3], ["b", "b"]),
        expect!["Current: StatefulSet is ready. Ready: 3/3 (Flux: InProgress)"],
    );
    check(kind, set(json!(2), [3, 1, 3], ["a", "b"]), expect!["Current: StatefulSet is ready. Ready: 3/3"]);
    check(kind, set(Value::Null, [3, 3, 3], ["b", "b"]), expect!["Current: StatefulSet is ready. Ready: 3/3"]);
    let by_hand = with(set(json!(0), [3, 0, 0], ["a", "b"]), json!({"spec": {"updateStrategy": {"type": "OnDelete"}}}));
    check(kind, by_hand, expect!["Current: StatefulSet is not rolled out by its controller"]);
}

#[test]
fn sets_of_pods_need_all_of_them() {
    let set = |wanted: i64, replicas: i64, ready: i64| {
        json!({
            "metadata": {"generation": 1}, "spec": {"replicas": wanted},
            "status": {"observedGeneration": 1, "replicas": replicas, "readyReplicas": ready},
        })
    };
    check("apps/v1 ReplicaSet", set(2, 2, 1), expect!["InProgress (LessReady): Ready: 1/2"]);
    check("apps/v1 ReplicaSet", set(2, 2, 2), expect!["Current: ReplicaSet is ready. Ready: 2/2"]);
    check("apps/v1 ReplicaSet", set(1, 2, 1), expect!["InProgress (LessReady): Ready: 1/2"]);
    check("v1 ReplicationController", set(1, 0, 0), expect!["InProgress (LessReady): Ready: 0/1"]);
    check(
        "v1 ReplicationController",
        json!({"metadata": {"generation": 3}}),
        expect![
            "InProgress (LatestGenerationNotObserved): ReplicationController generation is 3, but latest observed generation is 0"
        ],
    );
}
