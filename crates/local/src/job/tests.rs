//! Jobs as transcripts.

use expect_test::{Expect, expect};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{BACK_OFF, Observed, step};
use crate::pods;
use crate::transcript::{Cluster, object, set_phase};

struct Scenario {
    cluster: Cluster,
}

impl Scenario {
    fn new(mut spec: Value) -> Self {
        spec["template"] = json!({
            "metadata": { "labels": { "app": "work" } },
            "spec": { "restartPolicy": "Never", "containers": [{ "name": "app", "image": "work:1" }] },
        });
        let mut cluster = Cluster::new();
        cluster.put::<Job>(&object(json!({ "metadata": { "name": "work" }, "spec": spec })));
        Self { cluster }
    }

    /// Works until there is nothing to do; returns in how many seconds there will be.
    fn settle(&mut self) -> Option<i64> {
        for _ in 0..100 {
            let job = self.cluster.get::<Job>("work")?;
            let pods = self.cluster.controlled_by::<Pod>("uid-of-work");
            let look = step(&Observed { job: &job, pods: &pods, back_off: BACK_OFF, now: self.cluster.now });
            let wake = look.wake;
            if !self.cluster.carry_out(look) {
                return wake.map(|wake| wake.duration_since(self.cluster.now).as_secs());
            }
        }
        panic!("the controller never comes to rest");
    }

    /// Ends the first pod that still runs.
    fn end_one(&mut self, phase: &str) {
        let mut running = self.cluster.all::<Pod>().into_iter().filter(|pod| !pods::has_ended(pod));
        let mut pod = (*running.next().expect("a pod that runs")).clone();
        drop(running);
        self.cluster.pass(5);
        set_phase(&mut pod, phase, "False", self.cluster.now);
        pod.status.as_mut().unwrap().container_statuses = serde_json::from_value(json!([{
            "name": "app", "image": "work:1", "imageID": "", "ready": false, "restartCount": 0,
            "state": { "terminated": { "exitCode": 1, "finishedAt": self.cluster.now } },
        }]))
        .unwrap();
        self.cluster.put(&pod);
        self.cluster.note(&format!("{} {}", pod.name_any(), phase.to_lowercase()));
    }

    fn check(&mut self, expected: Expect) {
        let mut text = self.cluster.told();
        let Some(job) = self.cluster.get::<Job>("work") else {
            return expected.assert_eq(&format!("{text}= gone\n"));
        };
        let status = job.status.unwrap_or_default();
        let count = |number: Option<i32>| number.unwrap_or(0);
        let indexes = status.completed_indexes.map(|indexes| format!(", indexes {indexes}")).unwrap_or_default();
        text.push_str(&format!(
            "= active {} succeeded {} failed {}{indexes}\n",
            count(status.active),
            count(status.succeeded),
            count(status.failed)
        ));
        for condition in status.conditions.iter().flatten() {
            text.push_str(&format!(
                "= {} {} {}\n",
                condition.type_,
                condition.status,
                condition.reason.as_deref().unwrap_or_default()
            ));
        }
        expected.assert_eq(&text);
    }
}

#[test]
fn completions_are_worked_off_in_parallel() {
    let mut scenario = Scenario::new(json!({ "completions": 3, "parallelism": 2 }));
    for _ in 0..3 {
        scenario.settle();
        scenario.end_one("Succeeded");
    }
    scenario.settle();
    scenario.check(expect![[r#"
        create Pod default/work-1
        Normal SuccessfulCreate: Created pod: work-1
        create Pod default/work-2
        Normal SuccessfulCreate: Created pod: work-2
        # work-1 succeeded
        create Pod default/work-3
        Normal SuccessfulCreate: Created pod: work-3
        # work-2 succeeded
        # work-3 succeeded
        Normal Completed: Job completed
        = active 0 succeeded 3 failed 0
        = SuccessCriteriaMet True CompletionsReached
        = Complete True CompletionsReached
    "#]]);
}

#[test]
fn failures_delay_the_next_pod_ever_longer_until_the_limit() {
    let mut scenario = Scenario::new(json!({ "completions": 1, "parallelism": 1, "backoffLimit": 2 }));
    let mut waits = Vec::new();
    for _ in 0..3 {
        scenario.settle();
        scenario.end_one("Failed");
        if let Some(wait) = scenario.settle() {
            waits.push(wait);
            scenario.cluster.pass(wait);
        }
    }
    assert_eq!(waits, [10, 20]);
    scenario.check(expect![[r#"
        create Pod default/work-1
        Normal SuccessfulCreate: Created pod: work-1
        # work-1 failed
        create Pod default/work-2
        Normal SuccessfulCreate: Created pod: work-2
        # work-2 failed
        create Pod default/work-3
        Normal SuccessfulCreate: Created pod: work-3
        # work-3 failed
        Warning BackoffLimitExceeded: Job has reached the specified backoff limit
        = active 0 succeeded 0 failed 3
        = FailureTarget True BackoffLimitExceeded
        = Failed True BackoffLimitExceeded
    "#]]);
}

#[test]
fn a_deadline_ends_what_still_runs() {
    let mut scenario = Scenario::new(json!({ "completions": 1, "parallelism": 1, "activeDeadlineSeconds": 30 }));
    assert_eq!(scenario.settle(), Some(30));
    scenario.cluster.pass(30);
    scenario.settle();
    scenario.check(expect![[r#"
        create Pod default/work-1
        Normal SuccessfulCreate: Created pod: work-1
        delete Pod default/work-1
        Normal SuccessfulDelete: Deleted pod: work-1
        Warning DeadlineExceeded: Job was active longer than specified deadline
        = active 0 succeeded 0 failed 0
        = FailureTarget True DeadlineExceeded
        = Failed True DeadlineExceeded
    "#]]);
}

#[test]
fn an_ended_job_goes_after_its_time_to_live() {
    let mut scenario = Scenario::new(json!({ "completions": 1, "parallelism": 1, "ttlSecondsAfterFinished": 60 }));
    scenario.settle();
    scenario.end_one("Succeeded");
    assert_eq!(scenario.settle(), Some(60));
    scenario.cluster.told();
    scenario.cluster.pass(60);
    scenario.settle();
    scenario.check(expect![[r#"
        delete Job default/work
        = gone
    "#]]);
}

#[test]
fn every_index_is_worked_on_once() {
    let mut scenario = Scenario::new(json!({ "completions": 3, "parallelism": 3, "completionMode": "Indexed" }));
    scenario.settle();
    scenario.end_one("Succeeded");
    scenario.end_one("Succeeded");
    scenario.settle();
    scenario.check(expect![[r#"
        create Pod default/work-0-1
        Normal SuccessfulCreate: Created pod: work-0-1
        create Pod default/work-1-2
        Normal SuccessfulCreate: Created pod: work-1-2
        create Pod default/work-2-3
        Normal SuccessfulCreate: Created pod: work-2-3
        # work-0-1 succeeded
        # work-1-2 succeeded
        = active 1 succeeded 2 failed 0, indexes 0-1
    "#]]);
    scenario.end_one("Succeeded");
    scenario.settle();
    scenario.check(expect![[r#"
        # work-2-3 succeeded
        Normal Completed: Job completed
        = active 0 succeeded 3 failed 0, indexes 0-2
        = SuccessCriteriaMet True CompletionsReached
        = Complete True CompletionsReached
    "#]]);
}

#[test]
fn a_suspended_job_stops_and_resumes() {
    let mut scenario = Scenario::new(json!({ "completions": 1, "parallelism": 1 }));
    scenario.settle();
    scenario.cluster.told();
    scenario.cluster.edit::<Job>("work", |job| job.spec.as_mut().unwrap().suspend = Some(true));
    scenario.settle();
    scenario.check(expect![[r#"
        Normal Suspended: Job suspended
        delete Pod default/work-1
        Normal SuccessfulDelete: Deleted pod: work-1
        = active 0 succeeded 0 failed 0
        = Suspended True JobSuspended
    "#]]);
    scenario.cluster.edit::<Job>("work", |job| job.spec.as_mut().unwrap().suspend = Some(false));
    scenario.settle();
    scenario.check(expect![[r#"
        Normal Resumed: Job resumed
        create Pod default/work-2
        Normal SuccessfulCreate: Created pod: work-2
        = active 1 succeeded 0 failed 0
        = Suspended False JobResumed
    "#]]);
}
