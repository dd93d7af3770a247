//! Events about Flux objects. They tell people, and nothing depends on them: who has one to tell leaves it here and goes
//! on, and they are recorded one after another behind it.

use std::collections::{BTreeMap, VecDeque};

use cluster::{Cluster, ClusterError, EventType, KubernetesEvent};
use futures::StreamExt;
use manifest::Value;
use tokio::sync::mpsc;

use crate::clock;

/// How many events may wait. Further ones are dropped: an API server that does not keep up is not helped by events.
const MOST_WAITING: usize = 4096;

/// How many are looked at together.
const TOGETHER: usize = 64;

/// About so many objects events are recorded at once. Few, so that they stand in nobody's way.
const CONCURRENCY: usize = 2;

/// Of so many events it is remembered that they are recorded, so that their repetition takes one request.
const REMEMBERED: usize = 1024;

/// What an event says.
pub(crate) struct Event<'a> {
    /// Whether it tells of trouble.
    pub(crate) kind: EventType,
    /// One CamelCase word.
    pub(crate) reason: &'a str,
    /// What happened.
    pub(crate) message: &'a str,
    /// The annotation that names the revision it is about, and the revision, if there is one.
    pub(crate) revision: Option<(&'a str, &'a str)>,
}

/// Where events are left. Clones lead to the same recorder.
#[derive(Clone)]
pub(crate) struct Events(mpsc::Sender<KubernetesEvent>);

/// Records what is left.
pub(crate) struct Recorder {
    waiting: mpsc::Receiver<KubernetesEvent>,
    recorded: Recorded,
}

impl Events {
    /// A place to leave events, and who is to record them.
    pub(crate) fn new() -> (Events, Recorder) {
        let (events, waiting) = mpsc::channel(MOST_WAITING);
        (Events(events), Recorder { waiting, recorded: Recorded::default() })
    }

    /// Leaves an event about `object`, said by `source`.
    pub(crate) fn record(&self, object: &Value, source: &str, event: Event<'_>) {
        let annotations = event.revision.into_iter().map(|(key, revision)| (key.to_owned(), revision.to_owned()));
        self.record_annotated(object, source, &event, annotations.collect());
    }

    /// The same with these annotations, which say all that there is to say of a revision.
    pub(crate) fn record_annotated(
        &self,
        object: &Value,
        source: &str,
        event: &Event<'_>,
        annotations: BTreeMap<String, String>,
    ) {
        let left = self.0.try_send(KubernetesEvent {
            about: about(object),
            kind: event.kind,
            reason: event.reason.to_owned(),
            message: event.message.to_owned(),
            annotations,
            source: source.to_owned(),
            time: clock::timestamp(),
            times: 1,
        });
        if left.is_err() {
            tracing::warn!(reason = event.reason, message = event.message, "too many events; one is not recorded");
        }
    }
}

/// What events need of an object.
fn about(object: &Value) -> Value {
    let metadata = &object["metadata"];
    serde_json::json!({
        "apiVersion": object["apiVersion"],
        "kind": object["kind"],
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"]},
    })
}

impl Recorder {
    /// Records until it is dropped.
    pub(crate) async fn run(mut self, cluster: Cluster) {
        let mut together = Vec::new();
        while self.waiting.recv_many(&mut together, TOGETHER).await > 0 {
            let groups = by_object(combined(std::mem::take(&mut together)));
            let recorded = &self.recorded;
            let tasks = groups.into_iter().map(|group| record_all(&cluster, recorded, group));
            let told: Vec<Vec<(String, u64)>> =
                futures::stream::iter(tasks).buffer_unordered(CONCURRENCY).collect().await;
            told.into_iter().flatten().for_each(|(name, count)| self.recorded.remember(name, count));
        }
    }
}

/// Records events of one object, in their order. Returns how often each is counted by now.
async fn record_all(cluster: &Cluster, recorded: &Recorded, group: Vec<KubernetesEvent>) -> Vec<(String, u64)> {
    let mut counts = Vec::new();
    for event in group {
        let name = event.name();
        match record_one(cluster, recorded.count(&name), &event).await {
            Ok(count) => counts.push((name, count)),
            // Whoever leads now tells what there is to tell.
            Err(ClusterError::NotLeading) => {}
            Err(error) => {
                let KubernetesEvent { reason, message, .. } = event;
                tracing::warn!(%error, reason, message, "cannot record an event");
            }
        }
    }
    counts
}

async fn record_one(cluster: &Cluster, known: Option<u64>, event: &KubernetesEvent) -> Result<u64, ClusterError> {
    if let Some(count) = known {
        match cluster.recount_event(event, count + u64::from(event.times)).await {
            // Events are kept for an hour.
            Err(ClusterError::NotFound { .. }) => {}
            counted => return counted,
        }
    }
    cluster.create_event(event).await
}

/// Equal events that wait are one that happened more often.
fn combined(events: Vec<KubernetesEvent>) -> Vec<KubernetesEvent> {
    let mut combined: Vec<KubernetesEvent> = Vec::new();
    for event in events {
        match combined.iter_mut().find(|other| other.name() == event.name()) {
            Some(other) => {
                other.times = other.times.saturating_add(event.times);
                other.time = event.time;
            }
            None => combined.push(event),
        }
    }
    combined
}

/// The events of each object, in their order.
fn by_object(events: Vec<KubernetesEvent>) -> Vec<Vec<KubernetesEvent>> {
    let mut groups: Vec<Vec<KubernetesEvent>> = Vec::new();
    for event in events {
        match groups.iter_mut().find(|group| group.iter().any(|other| other.about == event.about)) {
            Some(group) => group.push(event),
            None => groups.push(vec![event]),
        }
    }
    groups
}

/// How often the latest events are counted, by name.
#[derive(Default)]
struct Recorded {
    counts: BTreeMap<String, u64>,
    /// The oldest first.
    order: VecDeque<String>,
}

impl Recorded {
    fn count(&self, name: &str) -> Option<u64> {
        self.counts.get(name).copied()
    }

    fn remember(&mut self, name: String, count: u64) {
        if self.counts.insert(name.clone(), count).is_some() {
            return;
        }
        self.order.push_back(name);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    fn event(name: &str, reason: &str, message: &str) -> KubernetesEvent {
        KubernetesEvent {
            about: json!({"kind": "Kustomization", "metadata": {"name": name, "namespace": "a", "uid": name}}),
            kind: EventType::Normal,
            reason: reason.to_owned(),
            message: message.to_owned(),
            annotations: BTreeMap::new(),
            source: "test".to_owned(),
            time: Timestamp::UNIX_EPOCH,
            times: 1,
        }
    }

    fn check(events: Vec<KubernetesEvent>, expected: Expect) {
        let line = |event: &KubernetesEvent| {
            let name = event.about["metadata"]["name"].as_str().unwrap_or_default();
            format!("{name} {} {} ×{}", event.reason, event.message, event.times)
        };
        let groups: Vec<String> = by_object(combined(events))
            .iter()
            .map(|group| group.iter().map(line).collect::<Vec<_>>().join("; "))
            .collect();
        expected.assert_eq(&groups.join("\n"));
    }

    #[test]
    fn equal_events_are_one_and_those_of_an_object_keep_their_order() {
        check(
            vec![
                event("apps", "Progressing", "one"),
                event("infra", "Failed", "no"),
                event("apps", "Succeeded", "done"),
                event("infra", "Failed", "no"),
                event("apps", "Progressing", "two"),
                event("infra", "Failed", "no"),
            ],
            expect![[r#"
                apps Progressing one ×1; apps Succeeded done ×1; apps Progressing two ×1
                infra Failed no ×3"#]],
        );
        check(Vec::new(), expect![[""]]);
    }

    #[test]
    fn only_the_latest_are_remembered() {
        let mut recorded = Recorded::default();
        for number in 0..=REMEMBERED {
            recorded.remember(format!("event-{number}"), 1);
        }
        recorded.remember("event-1".to_owned(), 5);
        assert_eq!(recorded.count("event-0"), None);
        assert_eq!(recorded.count("event-1"), Some(5));
        assert_eq!((recorded.counts.len(), recorded.order.len()), (REMEMBERED, REMEMBERED));
    }
}
