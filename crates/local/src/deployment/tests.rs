//! Rollouts as transcripts: what `kubectl describe` and `kubectl rollout status` would show.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{Observed, step, wanted};
use crate::action::Step;
use crate::transcript::{Cluster, object, set_phase};
use crate::{pods, replicaset};

/// A cluster with one Deployment, its controller, and the ReplicaSet controller.
struct Scenario {
    cluster: Cluster,
    refusal: Option<&'static str>,
}

impl Scenario {
    fn new(spec: Value) -> Self {
        let mut spec = spec;
        spec["selector"] = json!({ "matchLabels": { "app": "web" } });
        spec["template"] = json!({
            "metadata": { "labels": { "app": "web" } },
            "spec": { "containers": [{ "name": "app", "image": "web:1" }] },
        });
        let mut cluster = Cluster::new();
        cluster.put::<Deployment>(&object(json!({ "metadata": { "name": "web" }, "spec": spec })));
        Self { cluster, refusal: None }
    }

    fn deployment(&self) -> Deployment {
        self.cluster.get("web").unwrap()
    }

    fn look(&self) -> Step {
        let deployment = self.deployment();
        let replica_sets = self.cluster.controlled_by::<ReplicaSet>("uid-of-web");
        let living = |set: &ReplicaSet| {
            let pods = self.cluster.controlled_by::<Pod>(&set.uid().unwrap());
            (set.uid().unwrap(), pods.iter().filter(|pod| !pods::has_ended(pod)).count())
        };
        step(&Observed {
            deployment: &deployment,
            replica_sets: &replica_sets,
            living_pods: &replica_sets.iter().map(|set| living(set)).collect::<BTreeMap<_, _>>(),
            refusal: self.refusal,
            now: self.cluster.now,
        })
    }

    /// Lets both controllers work until they have nothing to do.
    fn settle(&mut self) {
        for _ in 0..100 {
            let look = self.look();
            let mut acted = self.cluster.carry_out(look);
            for set in self.cluster.all::<ReplicaSet>() {
                let pods = self.cluster.controlled_by::<Pod>(&set.uid().unwrap());
                acted |= self.cluster.carry_out(replicaset::step(&set, &pods, None, self.cluster.now));
            }
            if !acted {
                return;
            }
        }
        panic!("the controllers never come to rest");
    }

    /// Makes the first pod that is not ready become so; false if there is none.
    fn ready_one(&mut self) -> bool {
        let Some(pod) = self.cluster.all::<Pod>().into_iter().find(|pod| !pods::is_ready(pod)) else { return false };
        let mut pod = (*pod).clone();
        self.cluster.pass(1);
        set_phase(&mut pod, "Running", "True", self.cluster.now);
        self.cluster.put(&pod);
        self.cluster.note(&format!("{} is ready", pod.name_any()));
        true
    }

    /// Lets pods become ready one by one until all are.
    fn run(&mut self) {
        self.settle();
        while self.ready_one() {
            self.settle();
        }
    }

    fn release(&mut self, image: &str) {
        self.cluster.note(&format!("released {image}"));
        self.cluster.edit::<Deployment>("web", |deployment| {
            deployment.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0].image =
                Some(image.to_owned());
        });
    }

    /// The transcript since the last check, hashes replaced by revision numbers, and the state reached.
    fn check(&mut self, expected: Expect) {
        let mut text = self.cluster.told();
        let status = self.deployment().status.unwrap_or_default();
        let count = |number: Option<i32>| number.unwrap_or(0);
        text.push_str(&format!(
            "= replicas {} updated {} ready {} available {} unavailable {}, generation {}\n",
            count(status.replicas),
            count(status.updated_replicas),
            count(status.ready_replicas),
            count(status.available_replicas),
            count(status.unavailable_replicas),
            status.observed_generation.unwrap_or(0),
        ));
        for condition in status.conditions.iter().flatten() {
            text.push_str(&format!(
                "= {} {} {}: {}\n",
                condition.type_,
                condition.status,
                condition.reason.as_deref().unwrap_or_default(),
                condition.message.as_deref().unwrap_or_default()
            ));
        }
        let mut sets = self.cluster.all::<ReplicaSet>();
        sets.sort_by_key(|set| super::revision::revision(set));
        for set in &sets {
            let revision = &set.annotations()[super::REVISION];
            let history = set.annotations().get(super::REVISION_HISTORY).map(|h| format!(" (was {h})"));
            let line = format!(
                "= {} has {} of revision {revision}{}\n",
                set.name_any(),
                wanted(set),
                history.unwrap_or_default()
            );
            text.push_str(&line);
        }
        let mut by_age = sets.clone();
        by_age.sort_by_key(|set| set.uid().unwrap().rsplit_once('-').unwrap().1.parse::<u32>().unwrap());
        for (place, set) in by_age.iter().enumerate() {
            let hash = &set.labels()[super::TEMPLATE_HASH];
            text = text.replace(hash.as_str(), &"ABCDEF"[place..=place]);
        }
        expected.assert_eq(&text);
    }
}

fn rolling(replicas: i32, surge: Value, unavailable: Value) -> Scenario {
    Scenario::new(json!({
        "replicas": replicas,
        "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": surge, "maxUnavailable": unavailable } },
        "progressDeadlineSeconds": 60,
        "revisionHistoryLimit": 2,
    }))
}

#[test]
fn a_first_rollout_creates_everything_at_once() {
    let mut scenario = rolling(2, json!("25%"), json!("25%"));
    scenario.run();
    scenario.check(expect![[r#"
        create ReplicaSet default/web-A
        Normal ScalingReplicaSet: Scaled up replica set web-A from 0 to 2
        create Pod default/web-A-2
        Normal SuccessfulCreate: Created pod: web-A-2
        create Pod default/web-A-3
        Normal SuccessfulCreate: Created pod: web-A-3
        # web-A-2 is ready
        # web-A-3 is ready
        = replicas 2 updated 2 ready 2 available 2 unavailable 0, generation 1
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-A" has successfully progressed.
        = web-A has 2 of revision 1
    "#]]);
}

#[test]
fn with_surge_1_and_no_unavailability_pods_are_replaced_one_by_one() {
    let mut scenario = rolling(3, json!(1), json!(0));
    scenario.run();
    scenario.cluster.told();
    scenario.release("web:2");
    scenario.run();
    scenario.check(expect![[r##"
        # released web:2
        create ReplicaSet default/web-B
        Normal ScalingReplicaSet: Scaled up replica set web-B from 0 to 1
        create Pod default/web-B-6
        Normal SuccessfulCreate: Created pod: web-B-6
        # web-B-6 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 3 to 2
        delete Pod default/web-A-4
        Normal SuccessfulDelete: Deleted pod: web-A-4
        Normal ScalingReplicaSet: Scaled up replica set web-B from 1 to 2
        create Pod default/web-B-7
        Normal SuccessfulCreate: Created pod: web-B-7
        # web-B-7 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 2 to 1
        delete Pod default/web-A-3
        Normal SuccessfulDelete: Deleted pod: web-A-3
        Normal ScalingReplicaSet: Scaled up replica set web-B from 2 to 3
        create Pod default/web-B-8
        Normal SuccessfulCreate: Created pod: web-B-8
        # web-B-8 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 1 to 0
        delete Pod default/web-A-2
        Normal SuccessfulDelete: Deleted pod: web-A-2
        = replicas 3 updated 3 ready 3 available 3 unavailable 0, generation 2
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-B" has successfully progressed.
        = web-A has 0 of revision 1
        = web-B has 3 of revision 2
    "##]]);
}

#[test]
fn without_surge_an_old_pod_goes_before_a_new_one_comes() {
    let mut scenario = rolling(4, json!(0), json!("50%"));
    scenario.run();
    scenario.cluster.told();
    scenario.release("web:2");
    scenario.run();
    scenario.check(expect![[r##"
        # released web:2
        create ReplicaSet default/web-B
        Normal ScalingReplicaSet: Scaled down replica set web-A from 4 to 2
        delete Pod default/web-A-5
        Normal SuccessfulDelete: Deleted pod: web-A-5
        delete Pod default/web-A-4
        Normal SuccessfulDelete: Deleted pod: web-A-4
        Normal ScalingReplicaSet: Scaled up replica set web-B from 0 to 2
        create Pod default/web-B-7
        Normal SuccessfulCreate: Created pod: web-B-7
        create Pod default/web-B-8
        Normal SuccessfulCreate: Created pod: web-B-8
        # web-B-7 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 2 to 1
        delete Pod default/web-A-3
        Normal SuccessfulDelete: Deleted pod: web-A-3
        Normal ScalingReplicaSet: Scaled up replica set web-B from 2 to 3
        create Pod default/web-B-9
        Normal SuccessfulCreate: Created pod: web-B-9
        # web-B-8 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 1 to 0
        delete Pod default/web-A-2
        Normal SuccessfulDelete: Deleted pod: web-A-2
        Normal ScalingReplicaSet: Scaled up replica set web-B from 3 to 4
        create Pod default/web-B-10
        Normal SuccessfulCreate: Created pod: web-B-10
        # web-B-10 is ready
        # web-B-9 is ready
        = replicas 4 updated 4 ready 4 available 4 unavailable 0, generation 2
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-B" has successfully progressed.
        = web-A has 0 of revision 1
        = web-B has 4 of revision 2
    "##]]);
}

#[test]
fn a_stuck_rollout_hits_its_deadline_and_recovers_by_another_release() {
    let mut scenario = rolling(2, json!(1), json!(0));
    scenario.run();
    scenario.cluster.told();
    scenario.release("web:broken");
    scenario.settle();
    assert_eq!(scenario.look().wake.unwrap().duration_since(scenario.cluster.now).as_secs(), 61);
    scenario.cluster.pass(62);
    scenario.settle();
    scenario.check(expect![[r##"
        # released web:broken
        create ReplicaSet default/web-B
        Normal ScalingReplicaSet: Scaled up replica set web-B from 0 to 1
        create Pod default/web-B-5
        Normal SuccessfulCreate: Created pod: web-B-5
        = replicas 3 updated 1 ready 2 available 2 unavailable 1, generation 2
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing False ProgressDeadlineExceeded: ReplicaSet "web-B" has timed out progressing.
        = web-A has 2 of revision 1
        = web-B has 1 of revision 2
    "##]]);
    scenario.release("web:3");
    scenario.run();
    scenario.check(expect![[r##"
        # released web:3
        create ReplicaSet default/web-C
        Normal ScalingReplicaSet: Scaled down replica set web-B from 1 to 0
        delete Pod default/web-B-5
        Normal SuccessfulDelete: Deleted pod: web-B-5
        Normal ScalingReplicaSet: Scaled up replica set web-C from 0 to 1
        create Pod default/web-C-7
        Normal SuccessfulCreate: Created pod: web-C-7
        # web-C-7 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 2 to 1
        delete Pod default/web-A-3
        Normal SuccessfulDelete: Deleted pod: web-A-3
        Normal ScalingReplicaSet: Scaled up replica set web-C from 1 to 2
        create Pod default/web-C-8
        Normal SuccessfulCreate: Created pod: web-C-8
        # web-C-8 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 1 to 0
        delete Pod default/web-A-2
        Normal SuccessfulDelete: Deleted pod: web-A-2
        = replicas 2 updated 2 ready 2 available 2 unavailable 0, generation 3
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-C" has successfully progressed.
        = web-A has 0 of revision 1
        = web-B has 0 of revision 2
        = web-C has 2 of revision 3
    "##]]);
}

#[test]
fn going_back_to_an_old_template_reuses_its_replica_set() {
    let mut scenario = rolling(1, json!(1), json!(0));
    for image in ["web:1", "web:2", "web:1"] {
        scenario.release(image);
        scenario.run();
    }
    scenario.check(expect![[r##"
        # released web:1
        create ReplicaSet default/web-A
        Normal ScalingReplicaSet: Scaled up replica set web-A from 0 to 1
        create Pod default/web-A-2
        Normal SuccessfulCreate: Created pod: web-A-2
        # web-A-2 is ready
        # released web:2
        create ReplicaSet default/web-B
        Normal ScalingReplicaSet: Scaled up replica set web-B from 0 to 1
        create Pod default/web-B-4
        Normal SuccessfulCreate: Created pod: web-B-4
        # web-B-4 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 1 to 0
        delete Pod default/web-A-2
        Normal SuccessfulDelete: Deleted pod: web-A-2
        # released web:1
        Normal ScalingReplicaSet: Scaled up replica set web-A from 0 to 1
        create Pod default/web-A-5
        Normal SuccessfulCreate: Created pod: web-A-5
        # web-A-5 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-B from 1 to 0
        delete Pod default/web-B-4
        Normal SuccessfulDelete: Deleted pod: web-B-4
        = replicas 1 updated 1 ready 1 available 1 unavailable 0, generation 4
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-A" has successfully progressed.
        = web-B has 0 of revision 2
        = web-A has 1 of revision 3 (was 1)
    "##]]);
}

#[test]
fn old_replica_sets_beyond_the_history_limit_are_deleted() {
    let mut scenario = rolling(1, json!(1), json!(0));
    for image in ["web:1", "web:2", "web:3", "web:4", "web:5"] {
        scenario.release(image);
        scenario.run();
    }
    let sets = scenario.cluster.all::<ReplicaSet>();
    let mut revisions: Vec<_> = sets.iter().map(|set| set.annotations()[super::REVISION].clone()).collect();
    revisions.sort();
    assert_eq!(revisions, ["3", "4", "5"]);
}

#[test]
fn scaling_follows_at_once_and_is_no_rollout() {
    let mut scenario = rolling(2, json!(1), json!(0));
    scenario.run();
    scenario.cluster.told();
    scenario.cluster.edit::<Deployment>("web", |deployment| deployment.spec.as_mut().unwrap().replicas = Some(4));
    scenario.run();
    scenario.cluster.edit::<Deployment>("web", |deployment| deployment.spec.as_mut().unwrap().replicas = Some(1));
    scenario.run();
    scenario.check(expect![[r#"
        Normal ScalingReplicaSet: Scaled up replica set web-A from 2 to 4
        create Pod default/web-A-4
        Normal SuccessfulCreate: Created pod: web-A-4
        create Pod default/web-A-5
        Normal SuccessfulCreate: Created pod: web-A-5
        # web-A-4 is ready
        # web-A-5 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 4 to 1
        delete Pod default/web-A-5
        Normal SuccessfulDelete: Deleted pod: web-A-5
        delete Pod default/web-A-4
        Normal SuccessfulDelete: Deleted pod: web-A-4
        delete Pod default/web-A-3
        Normal SuccessfulDelete: Deleted pod: web-A-3
        = replicas 1 updated 1 ready 1 available 1 unavailable 0, generation 3
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-A" has successfully progressed.
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = web-A has 1 of revision 1
    "#]]);
}

#[test]
fn scaling_in_the_middle_of_a_rollout_is_shared_out() {
    let mut scenario = rolling(10, json!(3), json!(2));
    scenario.run();
    scenario.release("web:broken");
    scenario.settle();
    scenario.cluster.told();
    scenario.cluster.edit::<Deployment>("web", |deployment| deployment.spec.as_mut().unwrap().replicas = Some(15));
    let look = scenario.look();
    scenario.cluster.carry_out(look);
    scenario.check(expect![[r#"
        Normal ScalingReplicaSet: Scaled up replica set web-A from 8 to 11
        Normal ScalingReplicaSet: Scaled up replica set web-B from 5 to 7
        = replicas 13 updated 5 ready 8 available 8 unavailable 10, generation 3
        = Progressing True ReplicaSetUpdated: ReplicaSet "web-B" is progressing.
        = Available False MinimumReplicasUnavailable: Deployment does not have minimum availability.
        = web-A has 11 of revision 1
        = web-B has 7 of revision 2
    "#]]);
}

#[test]
fn recreate_waits_until_every_old_pod_is_gone() {
    let mut scenario = Scenario::new(json!({ "replicas": 2, "strategy": { "type": "Recreate" } }));
    scenario.run();
    scenario.cluster.told();
    scenario.release("web:2");
    let look = scenario.look();
    scenario.cluster.carry_out(look);
    scenario.check(expect![[r##"
        # released web:2
        Normal ScalingReplicaSet: Scaled down replica set web-A from 2 to 0
        = replicas 2 updated 0 ready 2 available 2 unavailable 0, generation 2
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-A" has successfully progressed.
        = web-A has 0 of revision 1
    "##]]);
    scenario.run();
    scenario.check(expect![[r#"
        delete Pod default/web-A-3
        Normal SuccessfulDelete: Deleted pod: web-A-3
        delete Pod default/web-A-2
        Normal SuccessfulDelete: Deleted pod: web-A-2
        create ReplicaSet default/web-B
        Normal ScalingReplicaSet: Scaled up replica set web-B from 0 to 2
        create Pod default/web-B-5
        Normal SuccessfulCreate: Created pod: web-B-5
        create Pod default/web-B-6
        Normal SuccessfulCreate: Created pod: web-B-6
        # web-B-5 is ready
        # web-B-6 is ready
        = replicas 2 updated 2 ready 2 available 2 unavailable 0, generation 2
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-B" has successfully progressed.
        = web-A has 0 of revision 1
        = web-B has 2 of revision 2
    "#]]);
}

#[test]
fn a_paused_deployment_scales_but_does_not_roll() {
    let mut scenario = rolling(2, json!(1), json!(0));
    scenario.run();
    scenario.cluster.edit::<Deployment>("web", |deployment| {
        let spec = deployment.spec.as_mut().unwrap();
        spec.paused = Some(true);
        spec.replicas = Some(3);
    });
    scenario.release("web:2");
    scenario.cluster.told();
    scenario.run();
    scenario.check(expect![[r#"
        Normal ScalingReplicaSet: Scaled up replica set web-A from 2 to 3
        create Pod default/web-A-4
        Normal SuccessfulCreate: Created pod: web-A-4
        # web-A-4 is ready
        = replicas 3 updated 0 ready 3 available 3 unavailable 0, generation 3
        = Progressing Unknown DeploymentPaused: Deployment is paused
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = web-A has 3 of revision 1
    "#]]);
    scenario.cluster.edit::<Deployment>("web", |deployment| deployment.spec.as_mut().unwrap().paused = None);
    scenario.run();
    scenario.check(expect![[r#"
        create ReplicaSet default/web-B
        Normal ScalingReplicaSet: Scaled up replica set web-B from 0 to 1
        create Pod default/web-B-6
        Normal SuccessfulCreate: Created pod: web-B-6
        # web-B-6 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 3 to 2
        delete Pod default/web-A-4
        Normal SuccessfulDelete: Deleted pod: web-A-4
        Normal ScalingReplicaSet: Scaled up replica set web-B from 1 to 2
        create Pod default/web-B-7
        Normal SuccessfulCreate: Created pod: web-B-7
        # web-B-7 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 2 to 1
        delete Pod default/web-A-3
        Normal SuccessfulDelete: Deleted pod: web-A-3
        Normal ScalingReplicaSet: Scaled up replica set web-B from 2 to 3
        create Pod default/web-B-8
        Normal SuccessfulCreate: Created pod: web-B-8
        # web-B-8 is ready
        Normal ScalingReplicaSet: Scaled down replica set web-A from 1 to 0
        delete Pod default/web-A-2
        Normal SuccessfulDelete: Deleted pod: web-A-2
        = replicas 3 updated 3 ready 3 available 3 unavailable 0, generation 4
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-B" has successfully progressed.
        = web-A has 0 of revision 1
        = web-B has 3 of revision 2
    "#]]);
}

#[test]
fn pods_count_only_after_min_ready_seconds() {
    let mut scenario = rolling(1, json!(1), json!(0));
    scenario
        .cluster
        .edit::<Deployment>("web", |deployment| deployment.spec.as_mut().unwrap().min_ready_seconds = Some(10));
    scenario.run();
    scenario.check(expect![[r#"
        create ReplicaSet default/web-A
        Normal ScalingReplicaSet: Scaled up replica set web-A from 0 to 1
        create Pod default/web-A-2
        Normal SuccessfulCreate: Created pod: web-A-2
        # web-A-2 is ready
        = replicas 1 updated 1 ready 1 available 0 unavailable 1, generation 2
        = Available False MinimumReplicasUnavailable: Deployment does not have minimum availability.
        = Progressing True ReplicaSetUpdated: ReplicaSet "web-A" is progressing.
        = web-A has 1 of revision 1
    "#]]);
    scenario.cluster.pass(11);
    scenario.settle();
    scenario.check(expect![[r#"
        = replicas 1 updated 1 ready 1 available 1 unavailable 0, generation 2
        = Available True MinimumReplicasAvailable: Deployment has minimum availability.
        = Progressing True NewReplicaSetAvailable: ReplicaSet "web-A" has successfully progressed.
        = web-A has 1 of revision 1
    "#]]);
}

#[test]
fn a_refused_replica_set_shows_on_the_progressing_condition() {
    let mut scenario = rolling(1, json!(1), json!(0));
    scenario.refusal = Some("replicasets.apps is forbidden: quota");
    let first = scenario.look().actions.into_iter().next().unwrap();
    expect![[r#"status Deployment default/web {"conditions":[{"lastTransitionTime":"2026-03-01T12:00:00Z","lastUpdateTime":"2026-03-01T12:00:00Z","message":"replicasets.apps is forbidden: quota","reason":"ReplicaSetCreateError","status":"False","type":"Progressing"},{"lastTransitionTime":"2026-03-01T12:00:00Z","lastUpdateTime":"2026-03-01T12:00:00Z","message":"Deployment does not have minimum availability.","reason":"MinimumReplicasUnavailable","status":"False","type":"Available"}],"observedGeneration":1}"#]].assert_eq(&first.to_string());
}
