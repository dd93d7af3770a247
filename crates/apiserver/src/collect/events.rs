//! Events go some time after their last change.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::{Controller, Note};
use crate::core::Core;
use crate::storage::{Change, CollectionKey, CommitError, Expected, ObjectKey, Operation, Write};

/// Which events there are, and when they go.
pub(super) struct Events {
    core: Arc<Core>,
    collection: CollectionKey,
    /// By time, with the revision that the time is about.
    ends: BTreeMap<(Instant, u64), Arc<ObjectKey>>,
}

impl Events {
    pub(super) fn new(core: Arc<Core>) -> Events {
        let collection = CollectionKey { group: String::new(), plural: "events".to_owned() };
        Events { core, collection, ends: BTreeMap::new() }
    }

    async fn remove(&self, key: &ObjectKey, revision: u64) {
        let Some(record) = self.core.store.get(&self.collection, key) else { return };
        // A later change has a later end, which stands in `ends` as well.
        if record.revision != revision {
            return;
        }
        let operation = Operation::Delete(record.object());
        let write = Write {
            collection: self.collection.clone(),
            key: key.clone(),
            expected: Expected::Revision(revision),
            operation,
        };
        match self.core.store.commit(write).await {
            Ok(_) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => tracing::warn!(%error, "cannot remove an old event"),
        }
    }
}

impl Controller for Events {
    fn note(&mut self, note: Note<'_>) {
        if **note.collection == self.collection && note.change == Change::Put {
            let age = age(&note.record.object(), Timestamp::now());
            let left = self.core.limits.event_lifetime.saturating_sub(age);
            self.ends.insert((Instant::now() + left, note.record.revision), Arc::clone(&note.record.key));
        }
    }

    async fn work(&mut self) {
        while let Some(first) = self.ends.first_entry() {
            let (end, revision) = *first.key();
            if end > Instant::now() {
                return;
            }
            let key = first.remove();
            self.remove(&key, revision).await;
        }
    }

    fn due(&self) -> Option<Instant> {
        self.ends.first_key_value().map(|((end, _), _)| *end)
    }
}

/// How long ago an event last happened, by what stands in it: a server that starts knows nothing else.
fn age(event: &Value, now: Timestamp) -> Duration {
    let times = [
        &event["metadata"]["creationTimestamp"],
        &event["lastTimestamp"],
        &event["eventTime"],
        &event["series"]["lastObservedTime"],
    ];
    let last = times.into_iter().filter_map(|time| time.as_str()?.parse::<Timestamp>().ok()).max();
    // An event of the future is a new one.
    last.and_then(|last| Duration::try_from(now.duration_since(last)).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(event: Value, seconds: u64) {
        let now = "2026-11-21T04:00:00Z".parse().expect("a time");
        assert_eq!(age(&event, now), Duration::from_secs(seconds), "{event}");
    }

    #[test]
    fn the_last_time_counts() {
        let created = json!({"creationTimestamp": "2026-11-21T03:00:00Z"});
        check(json!({"metadata": created}), 3600);
        check(json!({"metadata": created, "lastTimestamp": "2026-11-21T03:59:30Z"}), 30);
        check(json!({"metadata": created, "lastTimestamp": null, "eventTime": "2026-11-21T03:00:10.000000Z"}), 3590);
        check(json!({"metadata": created, "series": {"lastObservedTime": "2026-11-21T03:59:59.000000Z"}}), 1);
        check(json!({"metadata": {"creationTimestamp": "2026-11-21T05:00:00Z"}}), 0);
        check(json!({}), 0);
    }
}
