//! Hours that pass in a moment: what controllers do because it is time, through the whole wiring.
// The functions beside the tests are tests' parts, which clippy does not see.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use apiserver::{ApiServer, Config};
use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::api::{Api, PostParams, WatchEvent, WatchParams};
use kube::{Client, ResourceExt};
use local::{Clock, Local, Options, Speed};
use serde_json::json;

/// More than all of it takes on the clock that passes here.
const PATIENCE: Duration = Duration::from_hours(5);

#[tokio::test(start_paused = true)]
async fn a_cron_job_runs_every_hour_and_its_jobs_go_after_their_time_to_live() {
    let server = ApiServer::open(Config::default()).await.unwrap();
    let client = Client::new(server.service(), "default");
    let options = Options { speed: Speed::instant(), ..Options::default() };
    let mut running = Local::start(client.clone(), Clock::following_tokio(Timestamp::now()), options);
    running.ready().await;
    let tick: CronJob = serde_json::from_value(json!({
        "metadata": { "name": "tick" },
        "spec": { "schedule": "0 * * * *", "successfulJobsHistoryLimit": 10, "jobTemplate": { "spec": {
            "ttlSecondsAfterFinished": 600,
            "template": { "spec": { "restartPolicy": "Never", "containers": [{ "name": "app", "image": "tick:1" }] } },
        } } },
    }))
    .unwrap();
    let jobs: Api<Job> = Api::default_namespaced(client.clone());
    Api::default_namespaced(client).create(&PostParams::default(), &tick).await.unwrap();
    let mut story = Vec::new();
    let told = tokio::time::timeout(PATIENCE, async {
        let mut version = "0".to_owned();
        // A watch ends after some minutes, and is taken up again.
        while story.len() < 6 {
            let mut events = jobs.watch(&WatchParams::default(), &version).await.unwrap().boxed();
            while let Some(event) = events.next().await {
                let (what, job) = match event.unwrap() {
                    WatchEvent::Added(job) => (Some("came"), job),
                    WatchEvent::Modified(job) => (None, job),
                    WatchEvent::Deleted(job) => (Some("went"), job),
                    WatchEvent::Bookmark(_) | WatchEvent::Error(_) => continue,
                };
                version = job.resource_version().unwrap();
                story.extend(what.map(|what| (what, job.name_any())));
            }
        }
    });
    told.await.unwrap_or_else(|_| panic!("too little happened: {story:?}"));
    // Each is named after the minute it was due in.
    let minutes: Vec<i64> =
        story.iter().map(|(_, name)| name.strip_prefix("tick-").unwrap().parse().unwrap()).collect();
    let first = minutes[0];
    assert_eq!(first % 60, 0);
    let told: Vec<_> = story.iter().zip(minutes).map(|((what, _), minute)| (*what, minute - first)).collect();
    assert_eq!(told, [("came", 0), ("went", 0), ("came", 60), ("went", 60), ("came", 120), ("went", 120)]);
}
