//! CronJobs as transcripts.

use expect_test::{Expect, expect};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;
use serde_json::{Value, json};

use super::{Observed, step};
use crate::transcript::{Cluster, object};

struct Scenario {
    cluster: Cluster,
}

impl Scenario {
    fn new(mut spec: Value) -> Self {
        spec["jobTemplate"] = json!({ "spec": { "template": { "spec": {
            "restartPolicy": "Never", "containers": [{ "name": "app", "image": "tick:1" }],
        } } } });
        let mut cluster = Cluster::new();
        cluster.put::<CronJob>(&object(json!({ "metadata": { "name": "tick" }, "spec": spec })));
        Self { cluster }
    }

    fn settle(&mut self) -> Option<i64> {
        for _ in 0..100 {
            let cron_job = self.cluster.get::<CronJob>("tick").unwrap();
            let jobs = self.cluster.controlled_by::<Job>("uid-of-tick");
            let look = step(&Observed { cron_job: &cron_job, jobs: &jobs, now: self.cluster.now });
            let wake = look.wake;
            // A schedule that cannot be read is told of at every look, and there is one after each change only.
            let told = look.actions.iter().all(|action| matches!(action, crate::action::Action::Event(_)));
            if !self.cluster.carry_out(look) || told {
                return wake.map(|wake| wake.duration_since(self.cluster.now).as_secs());
            }
        }
        panic!("the controller never comes to rest");
    }

    fn end_jobs(&mut self, condition: &str) {
        for job in self.cluster.all::<Job>() {
            let mut job = (*job).clone();
            job.status.get_or_insert_default().conditions = serde_json::from_value(json!([
                { "type": condition, "status": "True", "lastTransitionTime": self.cluster.now },
            ]))
            .unwrap();
            self.cluster.put(&job);
        }
    }

    fn check(&mut self, expected: Expect) {
        let mut text = self.cluster.told();
        let status = self.cluster.get::<CronJob>("tick").unwrap().status.unwrap_or_default();
        let time = |time: Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>| {
            time.map_or("never".to_owned(), |time| time.0.to_string())
        };
        text.push_str(&format!(
            "= {} active, last {}, last successful {}\n",
            status.active.map_or(0, |active| active.len()),
            time(status.last_schedule_time),
            time(status.last_successful_time)
        ));
        let jobs: Vec<_> = self.cluster.all::<Job>().iter().map(|job| job.name_any()).collect();
        text.push_str(&format!("= jobs [{}]\n", jobs.join(" ")));
        expected.assert_eq(&text);
    }
}

#[test]
fn a_job_comes_when_it_is_due_and_old_ones_go() {
    let mut scenario = Scenario::new(json!({ "schedule": "*/5 * * * *", "successfulJobsHistoryLimit": 1 }));
    assert_eq!(scenario.settle(), Some(300));
    for _ in 0..3 {
        scenario.cluster.pass(300);
        scenario.settle();
        scenario.end_jobs("Complete");
        scenario.settle();
    }
    scenario.check(expect![[r#"
        create Job default/tick-29539445
        Normal SuccessfulCreate: Created job tick-29539445
        Normal SawCompletedJob: Saw completed job: tick-29539445, condition: Complete
        create Job default/tick-29539450
        Normal SuccessfulCreate: Created job tick-29539450
        Normal SawCompletedJob: Saw completed job: tick-29539450, condition: Complete
        delete Job default/tick-29539445
        create Job default/tick-29539455
        Normal SuccessfulCreate: Created job tick-29539455
        Normal SawCompletedJob: Saw completed job: tick-29539455, condition: Complete
        delete Job default/tick-29539450
        = 0 active, last 2026-03-01T12:15:00Z, last successful 2026-03-01T12:15:00Z
        = jobs [tick-29539455]
    "#]]);
}

#[test]
fn forbid_skips_a_run_while_one_is_on() {
    let mut scenario = Scenario::new(json!({ "schedule": "* * * * *", "concurrencyPolicy": "Forbid" }));
    scenario.cluster.pass(60);
    scenario.settle();
    scenario.cluster.pass(60);
    scenario.settle();
    scenario.check(expect![[r#"
        create Job default/tick-29539441
        Normal SuccessfulCreate: Created job tick-29539441
        Normal JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid
        = 1 active, last 2026-03-01T12:01:00Z, last successful never
        = jobs [tick-29539441]
    "#]]);
}

#[test]
fn replace_ends_the_run_that_is_on() {
    let mut scenario = Scenario::new(json!({ "schedule": "* * * * *", "concurrencyPolicy": "Replace" }));
    scenario.cluster.pass(60);
    scenario.settle();
    scenario.cluster.told();
    scenario.cluster.pass(60);
    scenario.settle();
    scenario.check(expect![[r#"
        delete Job default/tick-29539441
        Normal SuccessfulDelete: Deleted job tick-29539441
        create Job default/tick-29539442
        Normal SuccessfulCreate: Created job tick-29539442
        = 1 active, last 2026-03-01T12:02:00Z, last successful never
        = jobs [tick-29539442]
    "#]]);
}

#[test]
fn missed_times_lead_to_one_run_unless_the_deadline_has_passed() {
    let mut scenario = Scenario::new(json!({ "schedule": "0 * * * *" }));
    scenario.cluster.pass(3 * 3600 + 600);
    scenario.settle();
    scenario.check(expect![[r#"
        create Job default/tick-29539620
        Normal SuccessfulCreate: Created job tick-29539620
        = 1 active, last 2026-03-01T15:00:00Z, last successful never
        = jobs [tick-29539620]
    "#]]);
    let mut scenario = Scenario::new(json!({ "schedule": "0 * * * *", "startingDeadlineSeconds": 60 }));
    scenario.cluster.pass(3 * 3600 + 600);
    scenario.settle();
    scenario.check(expect![[r#"
        = 0 active, last never, last successful never
        = jobs []
    "#]]);
}

#[test]
fn a_schedule_that_cannot_be_read_is_told() {
    let mut scenario = Scenario::new(json!({ "schedule": "every day" }));
    scenario.settle();
    scenario.check(expect![[r#"
        Warning UnparseableSchedule: unparseable schedule: "every day": expected 5 fields (minute, hour, day of month, month, day of week), found 2
        = 0 active, last never, last successful never
        = jobs []
    "#]]);
}
