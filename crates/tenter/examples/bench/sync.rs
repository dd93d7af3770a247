//! First sync and syncs without a change, and what an engine with all of that costs afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Scope, Selector, Watch};
use engine::{AssumedKinds, Engine, Options};
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::measure::{Measure, Target};
use crate::stand::Stand;
use crate::{Outcome, Scale, fleet, idle, latency, machine};

/// Name of the measure of the first sync.
pub(crate) const FIRST: &str = "first sync of all Kustomizations";

/// The same as `tenter up` uses.
const CONCURRENCY: usize = 16;

/// After so long, something hangs.
const PATIENCE: Duration = Duration::from_secs(90);

const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

pub(crate) async fn run(scale: Scale) -> Outcome<Vec<Measure>> {
    let repository = fleet::repository()?;
    let stand = Stand::start().await?;
    stand.apply_all(&fleet::namespaces()).await?;
    stand.apply_all(&fleet::objects(&repository, scale.kustomizations)).await?;
    let mut fleet_watch = FleetWatch::new(&stand.cluster);
    let mut measures = vec![Measure::new("Kustomizations of four objects", scale.kustomizations as f64, "")];
    measures.extend(machine::resident("resident memory before the first sync"));

    let cache = tempfile::tempdir()?;
    let options =
        Options { cache: cache.path().to_owned(), concurrency: CONCURRENCY, assume_ready: AssumedKinds::default() };
    let requests = stand.requests.others();
    let started = Instant::now();
    let engine = Engine::start(stand.cluster.clone(), options);
    let head = repository.head()?;
    fleet_watch.until(scale.kustomizations, |object| is_ready_at(object, &head)).await?;
    measures.push(Measure::milliseconds(FIRST, started.elapsed()));
    measures.push(Measure::new("requests of the first sync", (stand.requests.others() - requests) as f64, ""));
    let most = Target::AtMost(100.0);
    measures.extend(machine::resident("resident memory after the first sync").map(|measure| measure.with(most)));

    let requests = stand.requests.others();
    let started = Instant::now();
    let head = repository.commit([("README.md", "Nothing that is rendered.\n")], "Describe it")?;
    fleet_watch.until(scale.kustomizations, |object| is_ready_at(object, &head)).await?;
    measures.push(Measure::milliseconds("resync after a commit that changes nothing rendered", started.elapsed()));
    measures.push(Measure::new("requests of that resync", (stand.requests.others() - requests) as f64, ""));

    let started = Instant::now();
    request_all(&stand.cluster, scale.kustomizations).await?;
    fleet_watch.until(scale.kustomizations, |object| object["status"]["lastHandledReconcileAt"] == "now").await?;
    measures.push(Measure::milliseconds("resync of all on request, requests included", started.elapsed()));

    measures.extend(latency::drift(&stand.cluster, scale).await?);
    measures.extend(latency::push(&stand, scale).await?);
    measures.extend(idle::run(&stand, scale).await);
    measures.extend(machine::resident("resident memory at the end").map(|measure| measure.with(most)));
    measures.extend(machine::memory("self").map(|(_, peak)| Measure::new("most resident memory ever", peak, "MiB")));
    engine.stop().await;
    Ok(measures)
}

async fn request_all(cluster: &Cluster, count: usize) -> Outcome<()> {
    let patch = json!({"metadata": {"annotations": {REQUESTED_AT: "now"}}});
    for index in 0..count {
        let object = ObjectRef::new(kustomizations(), fleet::HOME, fleet::name(index));
        cluster.merge_patch(&object, "bench", &patch).await?;
    }
    Ok(())
}

fn kustomizations() -> GroupVersionKind {
    GroupVersionKind::from_api_version("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
}

/// What a client sees of the Kustomizations.
struct FleetWatch {
    watch: Watch,
    objects: BTreeMap<String, Value>,
}

impl FleetWatch {
    fn new(cluster: &Cluster) -> FleetWatch {
        let watch = cluster.watch(&kustomizations(), Scope::Cluster, Selector::all());
        FleetWatch { watch, objects: BTreeMap::new() }
    }

    /// Waits until so many Kustomizations are as wished.
    async fn until(&mut self, count: usize, wished: impl Fn(&Value) -> bool) -> Outcome<()> {
        if timeout(PATIENCE, self.reach(count, &wished)).await.is_ok() {
            return Ok(());
        }
        let open: Vec<_> = self.objects.iter().filter(|(_, object)| !wished(object)).collect();
        let some: Vec<String> = open.iter().take(3).map(|(name, object)| format!("{name}: {object}")).collect();
        Err(format!("{} Kustomizations are not there after {PATIENCE:?}:\n{}", open.len(), some.join("\n")).into())
    }

    async fn reach(&mut self, count: usize, wished: &impl Fn(&Value) -> bool) {
        let mut done: BTreeMap<String, bool> =
            self.objects.iter().map(|(name, object)| (name.clone(), wished(object))).collect();
        let mut left = count - done.values().filter(|done| **done).count();
        while left > 0 {
            let seen = match self.watch.next().await {
                Event::Applied(object) => vec![object],
                Event::Restarted(objects) => objects,
                Event::Deleted(_) => Vec::new(),
            };
            for object in seen {
                let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                let is_done = wished(&object);
                let was_done = done.insert(name.clone(), is_done).unwrap_or_default();
                left = left + usize::from(was_done) - usize::from(is_done);
                // All that is asked about is in the status.
                self.objects.insert(name, json!({"status": slim(&object["status"])}));
            }
        }
    }
}

fn slim(status: &Value) -> Value {
    json!({
        "conditions": status["conditions"],
        "lastAppliedRevision": status["lastAppliedRevision"],
        "lastHandledReconcileAt": status["lastHandledReconcileAt"],
    })
}

fn is_ready_at(object: &Value, head: &str) -> bool {
    let status = &object["status"];
    let ready = status["conditions"].as_array().into_iter().flatten().find(|condition| condition["type"] == "Ready");
    ready.is_some_and(|ready| ready["status"] == "True")
        && status["lastAppliedRevision"].as_str().is_some_and(|revision| revision.ends_with(head))
}
