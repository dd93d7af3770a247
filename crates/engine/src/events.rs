//! Events about Flux objects. They tell people, and nothing depends on them: who has one to tell leaves it here and goes
//! on, and they are recorded one after another behind it.

use std::collections::{BTreeMap, VecDeque};

use cluster::{Cluster, ClusterError, EventType, KubernetesEvent};
use futures::future::FusedFuture;
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use manifest::Value;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

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
pub(crate) struct Events(mpsc::Sender<Box<Left>>);

/// Records what is left.
pub(crate) struct Recorder {
    waiting: mpsc::Receiver<Box<Left>>,
    recorded: Recorded,
}

/// An event that waits. Thousands may, so that it is as small as it can be.
struct Left {
    about: About,
    kind: EventType,
    reason: Box<str>,
    message: Box<str>,
    annotations: Box<[(Box<str>, Box<str>)]>,
    source: &'static str,
    time: Timestamp,
}

/// What events need of an object.
struct About {
    api_version: Box<str>,
    kind: Box<str>,
    namespace: Box<str>,
    name: Box<str>,
    uid: Box<str>,
}

impl Events {
    /// A place to leave events, and who is to record them.
    pub(crate) fn new() -> (Events, Recorder) {
        let (events, waiting) = mpsc::channel(MOST_WAITING);
        (Events(events), Recorder { waiting, recorded: Recorded::default() })
    }

    /// Leaves an event about `object`, said by `source`.
    pub(crate) fn record(&self, object: &Value, source: &'static str, event: Event<'_>) {
        self.leave(object, source, &event, event.revision);
    }

    /// The same with these annotations, which say all that there is to say of a revision.
    pub(crate) fn record_annotated(
        &self,
        object: &Value,
        source: &'static str,
        event: &Event<'_>,
        annotations: &BTreeMap<String, String>,
    ) {
        self.leave(object, source, event, annotations.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    }

    fn leave<'a>(
        &self,
        object: &Value,
        source: &'static str,
        event: &Event<'_>,
        annotations: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let left = self.0.try_send(Box::new(Left {
            about: About::of(object),
            kind: event.kind,
            reason: event.reason.into(),
            message: event.message.into(),
            annotations: annotations.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            source,
            time: clock::timestamp(),
        }));
        if left.is_err() {
            tracing::warn!(reason = event.reason, message = event.message, "too many events; one is not recorded");
        }
    }
}

impl About {
    fn of(object: &Value) -> About {
        let text = |value: &Value| value.as_str().unwrap_or_default().into();
        let metadata = &object["metadata"];
        About {
            api_version: text(&object["apiVersion"]),
            kind: text(&object["kind"]),
            namespace: text(&metadata["namespace"]),
            name: text(&metadata["name"]),
            uid: text(&metadata["uid"]),
        }
    }

    fn object(&self) -> Value {
        let About { api_version, kind, namespace, name, uid } = self;
        json!({
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace, "uid": uid},
        })
    }
}

impl From<Box<Left>> for KubernetesEvent {
    fn from(left: Box<Left>) -> KubernetesEvent {
        KubernetesEvent {
            about: left.about.object(),
            kind: left.kind,
            reason: left.reason.into(),
            message: left.message.into(),
            annotations: left.annotations.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            source: left.source.to_owned(),
            time: left.time,
            times: 1,
        }
    }
}

impl Recorder {
    /// Records until it is told to finish, and then what was left so far.
    pub(crate) async fn run(mut self, cluster: Cluster, finish: oneshot::Receiver<()>) {
        let mut finish = finish.fuse();
        let mut together = Vec::new();
        loop {
            let count = tokio::select! {
                count = self.waiting.recv_many(&mut together, TOGETHER) => count,
                _ = &mut finish, if !finish.is_terminated() => {
                    self.waiting.close();
                    continue;
                }
            };
            if count == 0 {
                return;
            }
            let events = together.drain(..).map(KubernetesEvent::from).collect();
            let groups = by_object(combined(events));
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
