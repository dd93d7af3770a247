//! Ordered rollouts as transcripts.

use expect_test::{Expect, expect};
use k8s_openapi::api::apps::v1::{ControllerRevision, StatefulSet};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{Observed, step};
use crate::pods;
use crate::revisions::REVISION_HASH;
use crate::transcript::{Cluster, object, set_phase};

struct Scenario {
    cluster: Cluster,
}

impl Scenario {
    fn new(mut spec: Value) -> Self {
        spec["selector"] = json!({ "matchLabels": { "app": "db" } });
        spec["serviceName"] = json!("db");
        spec["template"] = json!({
            "metadata": { "labels": { "app": "db" } },
            "spec": { "containers": [{ "name": "app", "image": "db:1" }] },
        });
        let mut cluster = Cluster::new();
        cluster.put::<StatefulSet>(&object(json!({ "metadata": { "name": "db" }, "spec": spec })));
        Self { cluster }
    }

    fn settle(&mut self) {
        for _ in 0..100 {
            let set = self.cluster.get::<StatefulSet>("db").unwrap();
            let look = step(&Observed {
                set: &set,
                pods: &self.cluster.controlled_by::<Pod>("uid-of-db"),
                history: &self.cluster.controlled_by::<ControllerRevision>("uid-of-db"),
                has_claim: &|name| self.cluster.get::<PersistentVolumeClaim>(name).is_some(),
                now: self.cluster.now,
            });
            if !self.cluster.carry_out(look) {
                return;
            }
        }
        panic!("the controller never comes to rest");
    }

    fn run(&mut self) {
        self.settle();
        while let Some(pod) = self.cluster.all::<Pod>().into_iter().find(|pod| !pods::is_ready(pod)) {
            let mut pod = (*pod).clone();
            self.cluster.pass(1);
            set_phase(&mut pod, "Running", "True", self.cluster.now);
            self.cluster.put(&pod);
            self.cluster.note(&format!("{} is ready", pod.name_any()));
            self.settle();
        }
    }

    fn release(&mut self, image: &str) {
        self.cluster.note(&format!("released {image}"));
        self.cluster.edit::<StatefulSet>("db", |set| {
            set.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned());
        });
    }

    fn check(&mut self, expected: Expect) {
        let mut text = self.cluster.told();
        let status = self.cluster.get::<StatefulSet>("db").unwrap().status.unwrap_or_default();
        text.push_str(&format!(
            "= replicas {} ready {} current {} updated {}, {} revision\n",
            status.replicas,
            status.ready_replicas.unwrap_or(0),
            status.current_replicas.unwrap_or(0),
            status.updated_replicas.unwrap_or(0),
            if status.current_revision == status.update_revision { "one" } else { "more than one" },
        ));
        for pod in self.cluster.all::<Pod>() {
            let image = pod.spec.as_ref().unwrap().containers[0].image.clone().unwrap();
            text.push_str(&format!("= {} runs {image}\n", pod.name_any()));
        }
        let mut revisions = self.cluster.all::<ControllerRevision>();
        revisions.sort_by_key(|revision| revision.revision);
        for revision in revisions {
            text = text.replace(&revision.labels()[REVISION_HASH], &format!("R{}", revision.revision));
        }
        expected.assert_eq(&text);
    }
}

#[test]
fn pods_come_in_order_each_after_the_one_before_is_ready() {
    let mut scenario = Scenario::new(json!({
        "replicas": 2,
        "volumeClaimTemplates": [{
            "metadata": { "name": "data" },
            "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
        }],
    }));
    scenario.run();
    scenario.check(expect![[r#"
        create ControllerRevision default/db-R1
        create PersistentVolumeClaim default/data-db-0
        Normal SuccessfulCreate: create Claim data-db-0 Pod db-0 in StatefulSet db success
        create Pod default/db-0
        Normal SuccessfulCreate: create Pod db-0 in StatefulSet db successful
        # db-0 is ready
        create PersistentVolumeClaim default/data-db-1
        Normal SuccessfulCreate: create Claim data-db-1 Pod db-1 in StatefulSet db success
        create Pod default/db-1
        Normal SuccessfulCreate: create Pod db-1 in StatefulSet db successful
        # db-1 is ready
        = replicas 2 ready 2 current 2 updated 2, one revision
        = db-0 runs db:1
        = db-1 runs db:1
    "#]]);
}

#[test]
fn in_parallel_all_come_at_once() {
    let mut scenario = Scenario::new(json!({ "replicas": 3, "podManagementPolicy": "Parallel" }));
    scenario.settle();
    scenario.check(expect![[r#"
        create ControllerRevision default/db-R1
        create Pod default/db-0
        Normal SuccessfulCreate: create Pod db-0 in StatefulSet db successful
        create Pod default/db-1
        Normal SuccessfulCreate: create Pod db-1 in StatefulSet db successful
        create Pod default/db-2
        Normal SuccessfulCreate: create Pod db-2 in StatefulSet db successful
        = replicas 3 ready 0 current 3 updated 3, one revision
        = db-0 runs db:1
        = db-1 runs db:1
        = db-2 runs db:1
    "#]]);
}

#[test]
fn an_update_goes_from_the_highest_ordinal_down() {
    let mut scenario = Scenario::new(json!({ "replicas": 3 }));
    scenario.run();
    scenario.cluster.told();
    scenario.release("db:2");
    scenario.run();
    scenario.check(expect![[r#"
        # released db:2
        create ControllerRevision default/db-R2
        delete Pod default/db-2
        Normal SuccessfulDelete: delete Pod db-2 in StatefulSet db successful
        create Pod default/db-2
        Normal SuccessfulCreate: create Pod db-2 in StatefulSet db successful
        # db-2 is ready
        delete Pod default/db-1
        Normal SuccessfulDelete: delete Pod db-1 in StatefulSet db successful
        create Pod default/db-1
        Normal SuccessfulCreate: create Pod db-1 in StatefulSet db successful
        # db-1 is ready
        delete Pod default/db-0
        Normal SuccessfulDelete: delete Pod db-0 in StatefulSet db successful
        create Pod default/db-0
        Normal SuccessfulCreate: create Pod db-0 in StatefulSet db successful
        # db-0 is ready
        = replicas 3 ready 3 current 3 updated 3, one revision
        = db-0 runs db:2
        = db-1 runs db:2
        = db-2 runs db:2
    "#]]);
}

#[test]
fn ordinals_below_the_partition_keep_the_old_revision_even_when_recreated() {
    let mut scenario = Scenario::new(json!({
        "replicas": 3,
        "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "partition": 2 } },
    }));
    scenario.run();
    scenario.release("db:2");
    scenario.run();
    scenario.cluster.told();
    scenario.cluster.remove::<Pod>("db-0");
    scenario.cluster.note("db-0 was deleted by hand");
    scenario.run();
    scenario.check(expect![[r#"
        # db-0 was deleted by hand
        create Pod default/db-0
        Normal SuccessfulCreate: create Pod db-0 in StatefulSet db successful
        # db-0 is ready
        = replicas 3 ready 3 current 2 updated 1, more than one revision
        = db-0 runs db:1
        = db-1 runs db:1
        = db-2 runs db:2
    "#]]);
}

#[test]
fn scaling_down_removes_the_highest_ordinals_first() {
    let mut scenario = Scenario::new(json!({ "replicas": 3 }));
    scenario.run();
    scenario.cluster.told();
    scenario.cluster.edit::<StatefulSet>("db", |set| set.spec.as_mut().unwrap().replicas = Some(1));
    scenario.run();
    scenario.check(expect![[r#"
        delete Pod default/db-2
        Normal SuccessfulDelete: delete Pod db-2 in StatefulSet db successful
        delete Pod default/db-1
        Normal SuccessfulDelete: delete Pod db-1 in StatefulSet db successful
        = replicas 1 ready 1 current 1 updated 1, one revision
        = db-0 runs db:1
    "#]]);
}

#[test]
fn on_delete_waits_for_somebody_to_delete_pods() {
    let mut scenario = Scenario::new(json!({ "replicas": 2, "updateStrategy": { "type": "OnDelete" } }));
    scenario.run();
    scenario.cluster.told();
    scenario.release("db:2");
    scenario.run();
    scenario.cluster.remove::<Pod>("db-1");
    scenario.cluster.note("db-1 was deleted by hand");
    scenario.run();
    scenario.check(expect![[r#"
        # released db:2
        create ControllerRevision default/db-R2
        # db-1 was deleted by hand
        create Pod default/db-1
        Normal SuccessfulCreate: create Pod db-1 in StatefulSet db successful
        # db-1 is ready
        = replicas 2 ready 2 current 1 updated 1, more than one revision
        = db-0 runs db:1
        = db-1 runs db:2
    "#]]);
}

#[test]
fn a_failed_pod_is_replaced() {
    let mut scenario = Scenario::new(json!({ "replicas": 1 }));
    scenario.run();
    scenario.cluster.told();
    let now = scenario.cluster.now;
    scenario.cluster.edit::<Pod>("db-0", |pod| set_phase(pod, "Failed", "False", now));
    scenario.run();
    scenario.check(expect![[r#"
        Warning RecreatingFailedPod: StatefulSet default/db is recreating failed Pod db-0
        delete Pod default/db-0
        Normal SuccessfulDelete: delete Pod db-0 in StatefulSet db successful
        create Pod default/db-0
        Normal SuccessfulCreate: create Pod db-0 in StatefulSet db successful
        # db-0 is ready
        = replicas 1 ready 1 current 1 updated 1, one revision
        = db-0 runs db:1
    "#]]);
}
