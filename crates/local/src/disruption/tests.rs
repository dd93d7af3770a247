//! Budgets over pods, as the status they get.

use std::sync::Arc;

use expect_test::{Expect, expect};
use jiff::SignedDuration;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{NoScale, Observed, step};
use crate::transcript::{Cluster, object, set_phase};
use crate::workload::Workload;

/// A workload of five; other kinds of controllers say nothing about their size.
fn workload(owner: &OwnerReference) -> Result<Workload, NoScale> {
    match owner.kind.as_str() {
        "ReplicaSet" => Ok(Workload::from(&object::<Deployment>(json!({
            "metadata": { "name": "web" },
            "spec": { "replicas": 5, "selector": {}, "template": {} },
        })))),
        kind => Err(NoScale { kind: kind.to_owned(), name: owner.name.clone() }),
    }
}

fn pod(number: usize, ready: &str, owner: Option<(&str, &str)>) -> Arc<Pod> {
    let mut pod: Pod = object(json!({ "metadata": { "name": format!("web-{number}") }, "spec": { "containers": [] } }));
    set_phase(&mut pod, "Running", ready, Cluster::new().now);
    pod.metadata.owner_references = owner.map(|(kind, name)| {
        let uid = format!("uid-of-{name}");
        let owner = json!({ "apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true });
        vec![serde_json::from_value(owner).unwrap()]
    });
    Arc::new(pod)
}

/// So many pods of one ReplicaSet, ready and not.
fn pods(ready: usize, unready: usize) -> Vec<Arc<Pod>> {
    let owner = Some(("ReplicaSet", "web-1"));
    (0..ready + unready).map(|number| pod(number, if number < ready { "True" } else { "False" }, owner)).collect()
}

/// Brings a budget to where it should be; looks again where it asks to.
fn settle(cluster: &mut Cluster, pods: &[Arc<Pod>]) -> String {
    let mut wake = None;
    for _ in 0..3 {
        let budget = cluster.get::<PodDisruptionBudget>("web").unwrap();
        let look = step(&Observed { budget: &budget, pods, workload: &workload, now: cluster.now });
        wake = look.wake;
        if !cluster.carry_out(look) {
            break;
        }
    }
    let status = cluster.get::<PodDisruptionBudget>("web").unwrap().status.unwrap();
    let condition = &status.conditions.as_ref().unwrap()[0];
    let message = condition.message.as_str();
    let separator = if message.is_empty() { "" } else { ": " };
    let wake = wake.map(|wake| format!(", again in {}s", wake.duration_since(cluster.now).as_secs()));
    format!(
        "{}{} may go: {} of {} healthy, {} have to be; {} {}{separator}{message}{}",
        cluster.told(),
        status.disruptions_allowed,
        status.current_healthy,
        status.expected_pods,
        status.desired_healthy,
        condition.status,
        condition.reason,
        wake.unwrap_or_default(),
    )
}

fn budget(spec: Value) -> Cluster {
    let mut cluster = Cluster::new();
    cluster.put::<PodDisruptionBudget>(&object(json!({ "metadata": { "name": "web" }, "spec": spec })));
    cluster
}

fn check(spec: Value, pods: &[Arc<Pod>], expected: Expect) {
    expected.assert_eq(&settle(&mut budget(spec), pods));
}

#[test]
fn what_is_healthy_beyond_the_demand_may_go() {
    check(
        json!({ "minAvailable": 2 }),
        &pods(3, 1),
        expect!["1 may go: 3 of 4 healthy, 2 have to be; True SufficientPods"],
    );
    check(
        json!({ "minAvailable": 2 }),
        &pods(2, 0),
        expect!["0 may go: 2 of 2 healthy, 2 have to be; False InsufficientPods"],
    );
    check(
        json!({ "minAvailable": 0 }),
        &pods(1, 0),
        expect!["1 may go: 1 of 1 healthy, 0 have to be; True SufficientPods"],
    );
    check(
        json!({ "minAvailable": 2 }),
        &[],
        expect![[r#"
        Normal NoPods: No matching pods found
        0 may go: 0 of 0 healthy, 2 have to be; False InsufficientPods"#]],
    );
    check(json!({}), &pods(3, 0), expect!["0 may go: 3 of 0 healthy, 0 have to be; False InsufficientPods"]);
}

#[test]
fn shares_and_losses_are_of_what_the_workload_wants() {
    check(
        json!({ "minAvailable": "50%" }),
        &pods(4, 0),
        expect!["1 may go: 4 of 5 healthy, 3 have to be; True SufficientPods"],
    );
    check(
        json!({ "maxUnavailable": 1 }),
        &pods(5, 0),
        expect!["1 may go: 5 of 5 healthy, 4 have to be; True SufficientPods"],
    );
    check(
        json!({ "maxUnavailable": 1 }),
        &pods(4, 0),
        expect!["0 may go: 4 of 5 healthy, 4 have to be; False InsufficientPods"],
    );
    check(
        json!({ "maxUnavailable": "30%" }),
        &pods(5, 0),
        expect!["2 may go: 5 of 5 healthy, 3 have to be; True SufficientPods"],
    );
    check(
        json!({ "maxUnavailable": 9 }),
        &pods(2, 0),
        expect!["2 may go: 2 of 5 healthy, 0 have to be; True SufficientPods"],
    );
}

#[test]
fn two_replica_sets_of_one_deployment_are_one_workload() {
    let both = [pod(1, "True", Some(("ReplicaSet", "web-1"))), pod(2, "True", Some(("ReplicaSet", "web-2")))];
    check(
        json!({ "maxUnavailable": 1 }),
        &both,
        expect!["0 may go: 2 of 5 healthy, 4 have to be; False InsufficientPods"],
    );
}

#[test]
fn pods_nobody_counts_are_told_of() {
    let some = [pod(1, "True", None), pod(2, "True", Some(("ReplicaSet", "web-1")))];
    check(
        json!({ "maxUnavailable": 4 }),
        &some,
        expect![[r#"
        Warning UnmanagedPods: Some of the selected pods have no controller and are not counted as expected: give spec.minAvailable as a whole number to include them
        1 may go: 2 of 5 healthy, 1 have to be; True SufficientPods"#]],
    );
    check(json!({ "minAvailable": 1 }), &some, expect!["1 may go: 2 of 2 healthy, 1 have to be; True SufficientPods"]);
    let agents = [pod(1, "True", Some(("DaemonSet", "agent")))];
    check(
        json!({ "maxUnavailable": 1 }),
        &agents,
        expect![[r#"
        Warning CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: DaemonSet "agent", which controls selected pods, says nowhere how many there should be
        0 may go: 0 of 0 healthy, 0 have to be; False SyncFailed: DaemonSet "agent", which controls selected pods, says nowhere how many there should be"#]],
    );
}

#[test]
fn a_terminating_pod_is_not_healthy() {
    let mut all = pods(3, 0);
    Arc::make_mut(&mut all[0]).metadata.deletion_timestamp = Some(Time(Cluster::new().now));
    check(json!({ "minAvailable": 1 }), &all, expect!["1 may go: 2 of 3 healthy, 1 have to be; True SufficientPods"]);
}

#[test]
fn an_evicted_pod_counts_again_if_it_does_not_stop_in_time() {
    let mut cluster = budget(json!({ "minAvailable": 1 }));
    let all = pods(3, 0);
    settle(&mut cluster, &all);
    let now = cluster.now;
    cluster.edit::<PodDisruptionBudget>("web", |budget| {
        let evicted = [(all[0].name_any(), Time(now)), ("gone".to_owned(), Time(now))];
        budget.status.get_or_insert_default().disrupted_pods = Some(evicted.into());
    });
    let mut text = settle(&mut cluster, &all);
    cluster.pass(SignedDuration::from_mins(2).as_secs());
    text.push('\n');
    text.push_str(&settle(&mut cluster, &all));
    let left = cluster.get::<PodDisruptionBudget>("web").unwrap().status.unwrap().disrupted_pods;
    expect![[r#"
        1 may go: 2 of 3 healthy, 1 have to be; True SufficientPods, again in 120s
        2 may go: 3 of 3 healthy, 1 have to be; True SufficientPods
        left: None"#]]
    .assert_eq(&format!("{text}\nleft: {left:?}"));
}

#[test]
fn the_transition_time_moves_with_the_status_of_the_condition_only() {
    let mut cluster = budget(json!({ "minAvailable": 2 }));
    let since = |cluster: &Cluster| {
        let status = cluster.get::<PodDisruptionBudget>("web").unwrap().status.unwrap();
        status.conditions.unwrap()[0].last_transition_time.0.to_string()
    };
    let mut times = Vec::new();
    for count in [3, 4, 2] {
        settle(&mut cluster, &pods(count, 0));
        times.push(since(&cluster));
        cluster.pass(60);
    }
    assert_eq!(times, ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T12:02:00Z"]);
}
