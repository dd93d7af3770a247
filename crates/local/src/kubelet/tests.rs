//! Pods followed from change to change: the story told, and the status that goes with it.

use std::collections::BTreeSet;
use std::time::Duration;

use expect_test::{Expect, expect};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use serde_json::{Value, json};

use super::memory::Memory;
use super::references::{Lookup, Presence, Reference};
use super::{Observed, step};
use crate::action::Action;
use crate::options::Speed;
use crate::transcript::{START, object};

/// A namespace in which only these names exist.
struct Existing(BTreeSet<&'static str>);

impl Lookup for Existing {
    fn presence(&self, reference: Reference<'_>) -> Presence {
        let (name, key) = match reference {
            Reference::ConfigMap { name, key } | Reference::Secret { name, key } => (name, key),
            Reference::ServiceAccount { name } => (name, None),
        };
        match (self.0.contains(name), key) {
            (false, _) => Presence::Missing,
            (true, Some("absent")) => Presence::KeyMissing,
            (true, _) => Presence::Present,
        }
    }

    fn namespace(&self) -> &str {
        "default"
    }
}

fn pod(spec: Value, behaviour: Option<&str>) -> Pod {
    let annotations = behaviour.map(|behaviour| json!({ "tenter.dev/stand-in": behaviour }));
    object(json!({ "metadata": { "name": "web", "annotations": annotations }, "spec": spec }))
}

fn container(status: &ContainerStatus) -> String {
    let state = status.state.clone().unwrap_or_default();
    let state = match (state.waiting, state.running, state.terminated) {
        (Some(waiting), _, _) => waiting.reason.unwrap_or_default(),
        (_, Some(_), _) => "running".to_owned(),
        (_, _, Some(ended)) => format!("{} ({})", ended.reason.unwrap_or_default(), ended.exit_code),
        (None, None, None) => "unknown".to_owned(),
    };
    let restarts =
        if status.restart_count > 0 { format!(" restarted {}x", status.restart_count) } else { String::new() };
    format!("{}={state}{restarts}", status.name)
}

/// About what a small cluster with a near registry shows; probe delays and back-offs as written.
fn near_registry() -> Speed {
    Speed {
        pull: Duration::from_millis(1500),
        start: Duration::from_millis(400),
        work: Duration::from_secs(2),
        stop: Duration::from_secs(1),
        scale: 1.0,
    }
}

/// Lets the kubelet look at the pod each time it wants to, at most `looks` times.
fn check(mut pod: Pod, existing: &[&'static str], looks: usize, expected: Expect) {
    let start: Timestamp = START.parse().unwrap();
    let mut now = start;
    let lookup = Existing(existing.iter().copied().collect());
    let mut memory = Memory::of(&pod, "10.244.0.2".parse().unwrap(), now);
    let mut text = String::new();
    for _ in 0..looks {
        let speed = near_registry();
        let observed = Observed { pod: &pod, lookup: &lookup, speed: &speed, has_image: &|_| false, now };
        let (step, _) = step(&observed, &mut memory);
        text.push_str(&format!("{:.1}s\n", now.duration_since(start).as_secs_f64()));
        for action in step.actions {
            match action {
                Action::Event(event) => text.push_str(&format!("  {}: {}\n", event.reason, event.message)),
                Action::Status { patch, .. } => {
                    let mut value = serde_json::to_value(&pod).unwrap();
                    json_patch(&mut value, &patch);
                    pod = serde_json::from_value(value).unwrap();
                    let status = pod.status.as_ref().unwrap();
                    let statuses = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
                    let containers: Vec<_> = statuses.map(container).collect();
                    let conditions = status.conditions.iter().flatten().filter(|condition| condition.status == "True");
                    let conditions: Vec<_> = conditions.map(|condition| condition.type_.as_str()).collect();
                    let phase = status.phase.as_deref().unwrap();
                    text.push_str(&format!("  = {phase} [{}] {}\n", containers.join(", "), conditions.join(" ")));
                }
                action => text.push_str(&format!("  {action}\n")),
            }
        }
        match step.wake {
            Some(wake) => now = wake,
            None => break,
        }
    }
    expected.assert_eq(&text);
}

fn json_patch(object: &mut Value, patch: &Value) {
    match patch.as_object() {
        None => *object = patch.clone(),
        Some(fields) => {
            if !object.is_object() {
                *object = json!({});
            }
            for (key, value) in fields {
                match value {
                    Value::Null => drop(object.as_object_mut().unwrap().remove(key)),
                    value => json_patch(&mut object[key], value),
                }
            }
        }
    }
}

#[test]
fn init_containers_run_one_after_another_and_sidecars_stay() {
    let spec = json!({
        "initContainers": [
            { "name": "migrate", "image": "migrate:1" },
            { "name": "proxy", "image": "proxy:1", "restartPolicy": "Always" },
        ],
        "containers": [{ "name": "app", "image": "web:1", "readinessProbe": { "initialDelaySeconds": 5 } }],
    });
    check(
        pod(spec, None),
        &[],
        20,
        expect![[r#"
            0.0s
              Pulling: Pulling image "migrate:1"
              = Pending [migrate=ContainerCreating, proxy=PodInitializing, app=PodInitializing] PodReadyToStartContainers PodScheduled
            1.5s
              Pulled: Successfully pulled image "migrate:1"
            1.9s
              Created: Created container: migrate
              Started: Started container migrate
              = Pending [migrate=running, proxy=PodInitializing, app=PodInitializing] PodReadyToStartContainers PodScheduled
            3.9s
              Pulling: Pulling image "proxy:1"
              = Pending [migrate=Completed (0), proxy=ContainerCreating, app=PodInitializing] PodReadyToStartContainers PodScheduled
            5.4s
              Pulled: Successfully pulled image "proxy:1"
            5.8s
              Created: Created container: proxy
              Started: Started container proxy
              Pulling: Pulling image "web:1"
              = Pending [migrate=Completed (0), proxy=running, app=ContainerCreating] PodReadyToStartContainers Initialized PodScheduled
            7.3s
              Pulled: Successfully pulled image "web:1"
            7.7s
              Created: Created container: app
              Started: Started container app
              = Running [migrate=Completed (0), proxy=running, app=running] PodReadyToStartContainers Initialized PodScheduled
            12.7s
              = Running [migrate=Completed (0), proxy=running, app=running] PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled
        "#]],
    );
}

#[test]
fn work_that_ends_succeeds_or_fails() {
    let spec = || json!({ "restartPolicy": "Never", "containers": [{ "name": "app", "image": "work:1" }] });
    check(
        pod(spec(), None),
        &[],
        20,
        expect![[r#"
            0.0s
              Pulling: Pulling image "work:1"
              = Pending [app=ContainerCreating] PodReadyToStartContainers Initialized PodScheduled
            1.5s
              Pulled: Successfully pulled image "work:1"
            1.9s
              Created: Created container: app
              Started: Started container app
              = Running [app=running] PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled
            3.9s
              = Succeeded [app=Completed (0)] Initialized PodScheduled
        "#]],
    );
    check(
        pod(spec(), Some("fail")),
        &[],
        20,
        expect![[r#"
            0.0s
              Pulling: Pulling image "work:1"
              = Pending [app=ContainerCreating] PodReadyToStartContainers Initialized PodScheduled
            1.5s
              Pulled: Successfully pulled image "work:1"
            1.9s
              Created: Created container: app
              Started: Started container app
              = Running [app=running] PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled
            3.9s
              = Failed [app=Error (1)] Initialized PodScheduled
        "#]],
    );
}

#[test]
fn a_missing_volume_or_key_holds_the_pod_where_a_kubelet_would() {
    let volumes = json!({
        "volumes": [{ "name": "settings", "configMap": { "name": "settings" } }],
        "containers": [{ "name": "app", "image": "web:1" }],
    });
    check(
        pod(volumes, None),
        &[],
        3,
        expect![[r#"
        0.0s
          FailedMount: MountVolume.SetUp failed for volume "settings" : configmap "settings" not found
          = Pending [app=ContainerCreating] Initialized PodScheduled
    "#]],
    );
    let variable = json!({ "containers": [{ "name": "app", "image": "web:1", "env": [
        { "name": "A", "valueFrom": { "secretKeyRef": { "name": "login", "key": "absent" } } },
    ] }] });
    check(
        pod(variable, None),
        &["login"],
        3,
        expect![[r#"
        0.0s
          Failed: Error: couldn't find key absent in Secret default/login
          = Pending [app=CreateContainerConfigError] PodReadyToStartContainers Initialized PodScheduled
    "#]],
    );
    let account = json!({ "serviceAccountName": "robot", "containers": [{ "name": "app", "image": "web:1" }] });
    check(
        pod(account, None),
        &[],
        3,
        expect![[r#"
        0.0s
          FailedMount: MountVolume.SetUp failed for volume "kube-api-access" : serviceaccount "robot" not found
          = Pending [app=ContainerCreating] Initialized PodScheduled
    "#]],
    );
}

#[test]
fn never_ready_runs_without_serving() {
    let spec = json!({ "containers": [{ "name": "app", "image": "web:1" }] });
    check(
        pod(spec, Some("never-ready")),
        &[],
        20,
        expect![[r#"
            0.0s
              Pulling: Pulling image "web:1"
              = Pending [app=ContainerCreating] PodReadyToStartContainers Initialized PodScheduled
            1.5s
              Pulled: Successfully pulled image "web:1"
            1.9s
              Created: Created container: app
              Started: Started container app
              = Running [app=running] PodReadyToStartContainers Initialized PodScheduled
        "#]],
    );
}

#[test]
fn what_is_missing_is_assumed_aloud_and_a_missing_key_never() {
    struct OnlyLogin;
    impl Lookup for OnlyLogin {
        fn presence(&self, reference: Reference<'_>) -> Presence {
            match reference {
                Reference::Secret { name: "login", key: Some(_) } => Presence::KeyMissing,
                Reference::Secret { name: "login", key: None } => Presence::Present,
                Reference::Secret { .. } | Reference::ConfigMap { .. } | Reference::ServiceAccount { .. } => {
                    Presence::Missing
                }
            }
        }
        fn namespace(&self) -> &str {
            "default"
        }
    }
    let assuming = super::references::Assuming::over(&OnlyLogin);
    let presences = [
        Reference::ConfigMap { name: "istio-ca-root-cert", key: None },
        Reference::Secret { name: "login", key: None },
        Reference::Secret { name: "login", key: Some("absent") },
        Reference::ServiceAccount { name: "robot" },
    ]
    .map(|reference| assuming.presence(reference));
    assert_eq!(presences, [Presence::Present, Presence::Present, Presence::KeyMissing, Presence::Missing]);
    let pod = pod(json!({ "containers": [{ "name": "app", "image": "web:1" }] }), None);
    let told: Vec<_> = assuming.story(&pod).map(|event| format!("{}: {}", event.reason, event.message)).collect();
    assert_eq!(
        told,
        ["Assumed: configmap \"istio-ca-root-cert\" not found: assumed to be there, because what would create it is \
          absent here"]
    );
}
