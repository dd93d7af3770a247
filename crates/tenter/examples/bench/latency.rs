//! How long people wait: for a manual change to be reverted, and for a commit to arrive.

use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Scope, Selector, Watch};
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use tenter::bench::percentile::percentile;
use testkit::git::Repository;
use tokio::time::{Instant, timeout};

use crate::measure::{Measure, Target};
use crate::stand::Stand;
use crate::{Outcome, Scale, fleet};

/// After so long, a change counts as not restored at all.
const PATIENCE: Duration = Duration::from_secs(30);

/// Changes an owned field of one object after the other; each must come back.
pub(crate) async fn drift(cluster: &Cluster, scale: Scale) -> Outcome<Vec<Measure>> {
    let services = GroupVersionKind::from_api_version("v1", "Service");
    let mut watch = cluster.watch(&services, Scope::Cluster, Selector::all());
    // The first list: from here on, every change is an event.
    while !matches!(watch.next().await, Event::Restarted(_)) {}
    let mut taken = Vec::new();
    for round in 0..scale.drifts {
        let index = round % scale.kustomizations;
        let object = ObjectRef::new(services.clone(), fleet::team(index), fleet::name(index));
        let patch = json!({"spec": {"sessionAffinity": "ClientIP"}});
        let changed = cluster.merge_patch(&object, "somebody", &patch).await?;
        let answered = Instant::now();
        let version = changed["metadata"]["resourceVersion"].clone();
        let restored = timeout(PATIENCE, restored(&mut watch, &object, &version)).await;
        restored.map_err(|_| format!("{} was changed and is not restored after {PATIENCE:?}", object.id()))?;
        taken.push(answered.elapsed());
    }
    taken.sort();
    Ok(vec![
        Measure::new("drifts", taken.len() as f64, ""),
        Measure::milliseconds("drift to restored, p50", percentile(&taken, 50)),
        Measure::milliseconds("drift to restored, p99", percentile(&taken, 99)).with(Target::AtMost(250.0)),
    ])
}

/// Waits until the object has its field back, after the event of the change itself.
async fn restored(watch: &mut Watch, object: &ObjectRef, changed_at: &Value) {
    let mut seen = false;
    loop {
        let Event::Applied(live) = watch.next().await else { continue };
        if live["metadata"]["name"] != object.name {
            continue;
        }
        seen |= live["metadata"]["resourceVersion"] == *changed_at;
        if seen && live["spec"]["sessionAffinity"] == "None" {
            return;
        }
    }
}

/// Commits one change after the other to a repository of its own; each must arrive in the cluster.
pub(crate) async fn push(stand: &Stand, scale: Scale) -> Outcome<Vec<Measure>> {
    let repository = Repository::create()?;
    commit(&repository, 0)?;
    let kustomization = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "pushed", "namespace": fleet::HOME},
        "spec": {
            "interval": "60m",
            "path": "./",
            "prune": true,
            "targetNamespace": "default",
            "sourceRef": {"kind": "GitRepository", "name": "pushed"},
        },
    });
    let selector = Selector::fields("metadata.name=pushed");
    let config_maps = GroupVersionKind::from_api_version("v1", "ConfigMap");
    let mut watch = stand.cluster.watch(&config_maps, Scope::Namespace("default".to_owned()), selector);
    stand.apply_all(&[fleet::source("pushed", &repository), kustomization]).await?;
    until(&mut watch, 0).await;
    let mut taken = Vec::new();
    for round in 1..=scale.pushes {
        repository.write("config.yaml", config_map(round))?;
        repository.git(["add", "--all"])?;
        let started = Instant::now();
        repository.git(["commit", "--quiet", "--message", "Change it"])?;
        until(&mut watch, round).await;
        taken.push(started.elapsed());
    }
    taken.sort();
    Ok(vec![
        Measure::new("pushes", taken.len() as f64, ""),
        Measure::milliseconds("commit to applied, p50", percentile(&taken, 50)),
        Measure::milliseconds("commit to applied, slowest", taken.last().copied().unwrap_or(Duration::ZERO))
            .with(Target::AtMost(1000.0)),
    ])
}

fn commit(repository: &Repository, value: usize) -> Outcome<()> {
    repository.commit([("config.yaml", config_map(value))], "Begin")?;
    Ok(())
}

fn config_map(value: usize) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pushed\ndata:\n  value: \"{value}\"\n")
}

async fn until(watch: &mut Watch, value: usize) {
    let expected = Value::String(value.to_string());
    loop {
        let arrived = match watch.next().await {
            Event::Applied(live) => live["data"]["value"] == expected,
            Event::Restarted(objects) => objects.iter().any(|live| live["data"]["value"] == expected),
            Event::Deleted(_) => false,
        };
        if arrived {
            return;
        }
    }
}
