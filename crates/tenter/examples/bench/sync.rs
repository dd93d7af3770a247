//! First sync and syncs without a change, and what an engine with all of that costs afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Scope, Selector, Watch};
use engine::{Engine, Options};
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
    let options = Options { concurrency: CONCURRENCY, ..Options::new(cache.path().to_owned()) };
    let requests = stand.requests.tally().total();
    let started = Instant::now();
    let engine = Engine::start(stand.cluster.clone(), options);
    let head = repository.head()?;
    fleet_watch.until(scale.kustomizations, |seen| seen.is_ready_at(&head)).await?;
    measures.push(Measure::milliseconds(FIRST, started.elapsed()));
    measures.push(Measure::new("requests of the first sync", (stand.requests.tally().total() - requests) as f64, ""));
    let most = Target::AtMost(100.0);
    measures.extend(machine::resident("resident memory after the first sync").map(|measure| measure.with(most)));

    let requests = stand.requests.tally().total();
    let started = Instant::now();
    let head = repository.commit([("README.md", "Nothing that is rendered.\n")], "Describe it")?;
    fleet_watch.until(scale.kustomizations, |seen| seen.is_ready_at(&head)).await?;
    measures.push(Measure::milliseconds("resync after a commit that changes nothing rendered", started.elapsed()));
    measures.push(Measure::new("requests of that resync", (stand.requests.tally().total() - requests) as f64, ""));

    let started = Instant::now();
    request_all(&stand.cluster, scale.kustomizations).await?;
    fleet_watch.until(scale.kustomizations, |seen| &*seen.handled == "now").await?;
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
    seen: BTreeMap<String, Seen>,
}

/// All that is asked about one Kustomization: the bench's own memory is part of what it measures.
#[derive(Debug, Default)]
struct Seen {
    ready: bool,
    revision: Box<str>,
    handled: Box<str>,
}

impl Seen {
    fn of(object: &Value) -> Seen {
        let status = &object["status"];
        let text = |field: &str| status[field].as_str().unwrap_or_default().into();
        let ready =
            status["conditions"].as_array().into_iter().flatten().find(|condition| condition["type"] == "Ready");
        Seen {
            ready: ready.is_some_and(|ready| ready["status"] == "True"),
            revision: text("lastAppliedRevision"),
            handled: text("lastHandledReconcileAt"),
        }
    }

    fn is_ready_at(&self, head: &str) -> bool {
        self.ready && self.revision.ends_with(head)
    }
}

impl FleetWatch {
    fn new(cluster: &Cluster) -> FleetWatch {
        let watch = cluster.watch(&kustomizations(), Scope::Cluster, Selector::all());
        FleetWatch { watch, seen: BTreeMap::new() }
    }

    /// Waits until so many Kustomizations are as wished.
    async fn until(&mut self, count: usize, wished: impl Fn(&Seen) -> bool) -> Outcome<()> {
        if timeout(PATIENCE, self.reach(count, &wished)).await.is_ok() {
            return Ok(());
        }
        let open: Vec<_> = self.seen.iter().filter(|(_, seen)| !wished(seen)).collect();
        let some: Vec<String> = open.iter().take(3).map(|(name, seen)| format!("{name}: {seen:?}")).collect();
        Err(format!("{} Kustomizations are not there after {PATIENCE:?}:\n{}", open.len(), some.join("\n")).into())
    }

    async fn reach(&mut self, count: usize, wished: &impl Fn(&Seen) -> bool) {
        let mut left = count - self.seen.values().filter(|seen| wished(seen)).count();
        while left > 0 {
            let objects = match self.watch.next().await {
                Event::Applied(object) => vec![object],
                Event::Restarted(objects) => objects,
                Event::Deleted(_) => Vec::new(),
            };
            for object in objects {
                let seen = Seen::of(&object);
                let is_done = wished(&seen);
                let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                let was_done = self.seen.insert(name, seen).is_some_and(|before| wished(&before));
                left = left + usize::from(was_done) - usize::from(is_done);
            }
        }
    }
}
