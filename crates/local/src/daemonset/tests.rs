//! DaemonSets over three nodes, as transcripts.

use std::sync::Arc;

use expect_test::{Expect, expect};
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{Observed, node_of, step};
use crate::transcript::{Cluster, object, set_phase};

struct Scenario {
    cluster: Cluster,
    nodes: Vec<Arc<Node>>,
}

impl Scenario {
    fn new(strategy: Value) -> Self {
        let mut cluster = Cluster::new();
        cluster.put::<DaemonSet>(&object(json!({
            "metadata": { "name": "agent" },
            "spec": {
                "selector": { "matchLabels": { "app": "agent" } },
                "updateStrategy": strategy,
                "template": {
                    "metadata": { "labels": { "app": "agent" } },
                    "spec": { "nodeSelector": { "os": "linux" }, "containers": [{ "name": "app", "image": "agent:1" }] },
                },
            },
        })));
        let node = |(name, os)| Arc::new(object(json!({ "metadata": { "name": name, "labels": { "os": os } } })));
        Self { cluster, nodes: [("a", "linux"), ("b", "linux"), ("w", "windows")].map(node).into() }
    }

    /// Lets the controller look until it comes to rest.
    fn settle(&mut self) {
        for _ in 0..20 {
            let set = self.cluster.get::<DaemonSet>("agent").unwrap();
            let look = step(&Observed {
                set: &set,
                pods: &self.cluster.controlled_by("uid-of-agent"),
                history: &self.cluster.controlled_by::<ControllerRevision>("uid-of-agent"),
                nodes: &self.nodes,
                now: self.cluster.now,
            });
            if !self.cluster.carry_out(look) {
                return;
            }
        }
        panic!("the controller never comes to rest");
    }

    /// Lets every pod become ready, or end.
    fn pods_become(&mut self, phase: &str, ready: &str) {
        for pod in self.cluster.all::<Pod>() {
            let mut pod = (*pod).clone();
            set_phase(&mut pod, phase, ready, self.cluster.now);
            self.cluster.put(&pod);
        }
        self.settle();
    }

    /// Lets the controller and the pods take turns, until both have come to rest.
    fn roll_out(&mut self) {
        for _ in 0..4 {
            self.settle();
            self.cluster.note("the pods are ready");
            self.pods_become("Running", "True");
        }
    }

    fn release(&mut self, image: &str) {
        self.cluster.edit::<DaemonSet>("agent", |set| {
            let spec = set.spec.as_mut().unwrap().template.spec.as_mut().unwrap();
            spec.containers[0].image = Some(image.to_owned());
        });
    }

    fn check(&mut self, expected: Expect) {
        let mut text = self.cluster.told();
        for pod in self.cluster.all::<Pod>() {
            let image = pod.spec.as_ref().unwrap().containers[0].image.clone().unwrap();
            text.push_str(&format!("= {} on {} runs {image}\n", pod.name_any(), node_of(&pod).unwrap()));
        }
        let status = self.cluster.get::<DaemonSet>("agent").unwrap().status.unwrap();
        text.push_str(&format!(
            "= of {} {} scheduled, {} updated, {} ready, {} available, {} unavailable, {} misplaced\n",
            status.desired_number_scheduled,
            status.current_number_scheduled,
            status.updated_number_scheduled.unwrap_or(0),
            status.number_ready,
            status.number_available.unwrap_or(0),
            status.number_unavailable.unwrap_or(0),
            status.number_misscheduled,
        ));
        expected.assert_eq(&text);
    }
}

#[test]
fn every_node_that_fits_gets_a_pod() {
    let mut scenario = Scenario::new(json!({}));
    scenario.settle();
    scenario.check(expect![[r#"
        create ControllerRevision default/agent-865b4f5d68
        create Pod default/agent-2
        Normal SuccessfulCreate: Created pod: agent-2
        create Pod default/agent-3
        Normal SuccessfulCreate: Created pod: agent-3
        = agent-2 on a runs agent:1
        = agent-3 on b runs agent:1
        = of 2 2 scheduled, 2 updated, 0 ready, 0 available, 2 unavailable, 0 misplaced
    "#]]);
    scenario.pods_become("Running", "True");
    scenario.check(expect![[r#"
        = agent-2 on a runs agent:1
        = agent-3 on b runs agent:1
        = of 2 2 scheduled, 2 updated, 2 ready, 2 available, 0 unavailable, 0 misplaced
    "#]]);
}

#[test]
fn an_update_takes_one_node_after_the_other() {
    let mut scenario = Scenario::new(json!({ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 1 } }));
    scenario.roll_out();
    scenario.cluster.told();
    scenario.release("agent:2");
    scenario.roll_out();
    scenario.check(expect![[r#"
        create ControllerRevision default/agent-6f5567878f
        delete Pod default/agent-2
        Normal SuccessfulDelete: Deleted pod: agent-2
        create Pod default/agent-5
        Normal SuccessfulCreate: Created pod: agent-5
        # the pods are ready
        delete Pod default/agent-3
        Normal SuccessfulDelete: Deleted pod: agent-3
        create Pod default/agent-6
        Normal SuccessfulCreate: Created pod: agent-6
        # the pods are ready
        # the pods are ready
        # the pods are ready
        = agent-5 on a runs agent:2
        = agent-6 on b runs agent:2
        = of 2 2 scheduled, 2 updated, 2 ready, 2 available, 0 unavailable, 0 misplaced
    "#]]);
}

#[test]
fn with_surge_the_new_pod_comes_before_the_old_one_goes() {
    let rolling = json!({ "maxSurge": 1, "maxUnavailable": 0 });
    let mut scenario = Scenario::new(json!({ "type": "RollingUpdate", "rollingUpdate": rolling }));
    scenario.roll_out();
    scenario.cluster.told();
    scenario.release("agent:2");
    scenario.roll_out();
    scenario.check(expect![[r#"
        create ControllerRevision default/agent-6f5567878f
        create Pod default/agent-5
        Normal SuccessfulCreate: Created pod: agent-5
        create Pod default/agent-6
        Normal SuccessfulCreate: Created pod: agent-6
        # the pods are ready
        delete Pod default/agent-2
        Normal SuccessfulDelete: Deleted pod: agent-2
        delete Pod default/agent-3
        Normal SuccessfulDelete: Deleted pod: agent-3
        # the pods are ready
        # the pods are ready
        # the pods are ready
        = agent-5 on a runs agent:2
        = agent-6 on b runs agent:2
        = of 2 2 scheduled, 2 updated, 2 ready, 2 available, 0 unavailable, 0 misplaced
    "#]]);
}

#[test]
fn on_delete_waits_for_somebody_to_delete_pods() {
    let mut scenario = Scenario::new(json!({ "type": "OnDelete" }));
    scenario.roll_out();
    scenario.cluster.told();
    scenario.release("agent:2");
    scenario.roll_out();
    scenario.check(expect![[r#"
        create ControllerRevision default/agent-6f5567878f
        # the pods are ready
        # the pods are ready
        # the pods are ready
        # the pods are ready
        = agent-2 on a runs agent:1
        = agent-3 on b runs agent:1
        = of 2 2 scheduled, 0 updated, 2 ready, 2 available, 0 unavailable, 0 misplaced
    "#]]);
    let first = scenario.cluster.all::<Pod>()[0].name_any();
    scenario.cluster.remove::<Pod>(&first);
    scenario.settle();
    scenario.check(expect![[r#"
        create Pod default/agent-5
        Normal SuccessfulCreate: Created pod: agent-5
        = agent-3 on b runs agent:1
        = agent-5 on a runs agent:2
        = of 2 2 scheduled, 1 updated, 1 ready, 1 available, 1 unavailable, 0 misplaced
    "#]]);
}

#[test]
fn a_pod_leaves_a_node_that_no_longer_fits() {
    let mut scenario = Scenario::new(json!({}));
    scenario.roll_out();
    scenario.cluster.told();
    scenario.nodes.remove(1);
    scenario.settle();
    scenario.check(expect![[r#"
        delete Pod default/agent-3
        Normal SuccessfulDelete: Deleted pod: agent-3
        = agent-2 on a runs agent:1
        = of 1 1 scheduled, 1 updated, 1 ready, 1 available, 0 unavailable, 0 misplaced
    "#]]);
}

#[test]
fn a_failed_pod_is_replaced() {
    let mut scenario = Scenario::new(json!({}));
    scenario.roll_out();
    scenario.cluster.told();
    scenario.pods_become("Failed", "False");
    scenario.check(expect![[r#"
        Warning FailedDaemonPod: Found failed daemon pod default/agent-2 on node a, will try to kill it
        delete Pod default/agent-2
        create Pod default/agent-4
        Normal SuccessfulCreate: Created pod: agent-4
        Warning FailedDaemonPod: Found failed daemon pod default/agent-3 on node b, will try to kill it
        delete Pod default/agent-3
        create Pod default/agent-5
        Normal SuccessfulCreate: Created pod: agent-5
        = agent-4 on a runs agent:1
        = agent-5 on b runs agent:1
        = of 2 2 scheduled, 2 updated, 0 ready, 0 available, 2 unavailable, 0 misplaced
    "#]]);
}
