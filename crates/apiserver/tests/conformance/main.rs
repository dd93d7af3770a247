//! Transcripts of requests, and what a real kube-apiserver answered to them.
//!
//! `transcripts/<topic>.yaml` holds requests, `transcripts/<topic>.jsonl` the answers that were recorded, one for each line.
//! The embedded server must give the same answers but for `differences.yaml`, where each difference has its reason. Where there is
//! a real control plane (`just tools kubernetes`), it must still answer as was recorded; `UPDATE_TRANSCRIPTS=1` records anew.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, outside of their functions"
)]
#![allow(clippy::print_stderr, reason = "a recording says what it counted")]

mod compare;
mod corpus;
mod differences;
mod normalize;
mod random;
mod replay;
mod shipped;

use std::collections::BTreeMap;

use apiserver::{ApiServer, Config};
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;
use testkit::kubernetes::ControlPlane;
use testkit::tools::{Tool, find_or_skip};

use crate::corpus::Topic;
use crate::differences::Differences;

/// How many requests there are at least, so that none is lost unseen.
const REQUESTS: usize = 900;

/// What random writes are made from.
const SEEDS: [u64; 3] = [1, 2, 3];

/// What the controllers of the real control plane must do for the transcripts: what the embedded server does by itself.
const CONTROLLERS: &str = "namespace-controller,garbage-collector-controller,clusterrole-aggregation-controller";

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_server_answers_as_recorded() {
    let topics = corpus::read();
    let count: usize = topics.iter().map(Topic::requests).sum();
    assert!(count >= REQUESTS, "{count} requests");
    let server = ApiServer::open(Config::default()).await.expect("a server");
    let client = kube::Client::new(server.service(), "default");
    let answers = replay::all(&client, &topics).await;
    let mut differences = Differences::read();
    let mut found = Vec::new();
    for topic in &topics {
        let recorded = corpus::recorded(topic);
        found.extend(compare::topic(topic, &recorded, &answers[&topic.name], &mut differences));
    }
    assert!(found.is_empty(), "{} of {count} answers differ:\n{}", found.len(), found.join("\n"));
    let unused = differences.unused();
    assert!(unused.is_empty(), "nothing differs there any more: {unused:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn kubernetes_answers_as_recorded() {
    let Some(program) = find_or_skip(Tool::Kubernetes) else { return };
    let control_plane = ControlPlane::start_with_controllers(&program, CONTROLLERS).expect("a control plane");
    let client = client(&control_plane).await;
    let topics = corpus::read();
    let answers: BTreeMap<String, Vec<Value>> = replay::all(&client, &topics).await;
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        topics.iter().for_each(|topic| corpus::record(topic, &answers[&topic.name]));
        eprintln!("recorded {} answers", answers.values().map(Vec::len).sum::<usize>());
        return;
    }
    let found: Vec<String> = topics
        .iter()
        .flat_map(|topic| {
            compare::topic(topic, &corpus::recorded(topic), &answers[&topic.name], &mut Differences::none())
        })
        .collect();
    assert!(found.is_empty(), "Kubernetes answers otherwise than recorded:\n{}", found.join("\n"));
}

/// Several managers apply and merge at random: both servers end with the same objects, the same owners, the same conflicts.
#[tokio::test(flavor = "multi_thread")]
async fn random_writes_of_several_managers_end_alike() {
    let Some(program) = find_or_skip(Tool::Kubernetes) else { return };
    let control_plane = ControlPlane::start_with_controllers(&program, CONTROLLERS).expect("a control plane");
    let topics: Vec<Topic> = SEEDS.map(random::applies).into();
    let theirs = replay::all(&client(&control_plane).await, &topics).await;
    let server = ApiServer::open(Config::default()).await.expect("a server");
    let ours = replay::all(&kube::Client::new(server.service(), "default"), &topics).await;
    let found: Vec<String> = topics
        .iter()
        .flat_map(|topic| compare::topic(topic, &theirs[&topic.name], &ours[&topic.name], &mut Differences::none()))
        .collect();
    assert!(found.is_empty(), "what was written at random came to something else:\n{}", found.join("\n"));
}

/// Every definition that we ship is accepted by both servers, and comes to the same there.
#[tokio::test(flavor = "multi_thread")]
async fn definitions_that_we_ship_can_be_installed() {
    let topics = [shipped::definitions()];
    let server = ApiServer::open(Config::default()).await.expect("a server");
    let ours = replay::all(&kube::Client::new(server.service(), "default"), &topics).await;
    let refused = |answers: &[Value]| topics[0].scenarios.len() - shipped::created(answers);
    assert_eq!(refused(&ours["shipped"]), 0, "refused by the embedded server: {:#?}", ours["shipped"]);
    let Some(program) = find_or_skip(Tool::Kubernetes) else { return };
    let control_plane = ControlPlane::start_with_controllers(&program, CONTROLLERS).expect("a control plane");
    let theirs = replay::all(&client(&control_plane).await, &topics).await;
    let found = compare::topic(&topics[0], &theirs["shipped"], &ours["shipped"], &mut Differences::none());
    assert!(found.is_empty(), "definitions came to something else:\n{}", found.join("\n"));
    assert_eq!(refused(&theirs["shipped"]), 0, "refused by kube-apiserver: {:#?}", theirs["shipped"]);
}

#[test]
fn every_difference_has_its_reason_in_the_documentation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/embedded-cluster.md");
    let documented = std::fs::read_to_string(path).expect("the documentation").replace("\n  ", " ");
    for reason in Differences::read().reasons() {
        assert!(documented.contains(reason), "docs/embedded-cluster.md does not say: {reason}");
    }
}

async fn client(control_plane: &ControlPlane) -> kube::Client {
    let read = Kubeconfig::read_from(control_plane.kubeconfig()).expect("a kubeconfig");
    let config =
        kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.expect("a configuration");
    kube::Client::try_from(config).expect("a client")
}
