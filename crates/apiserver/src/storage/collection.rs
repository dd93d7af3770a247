//! The objects of one resource with a bounded history of their changes.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use tokio::sync::watch;

use super::record::{Change, CollectionKey, Event, ObjectKey, Record};
use crate::config::Limits;

/// The asked revision is older than the kept history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// The revision asked for.
    pub asked: u64,
    /// The oldest revision that can still be served.
    pub oldest: u64,
}

/// Records of a collection, all as of one revision.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The revision they are seen at.
    pub revision: u64,
    /// In key order.
    pub records: Vec<Arc<Record>>,
}

/// The objects of one resource and the events that led there.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) key: Arc<CollectionKey>,
    objects: BTreeMap<ObjectKey, Arc<Record>>,
    history: VecDeque<Arc<Event>>,
    /// Size of the objects in `history`.
    history_bytes: usize,
    /// The revision before the oldest event of `history`: what happened up to here is forgotten.
    horizon: u64,
    notify: watch::Sender<u64>,
}

impl Collection {
    pub(super) fn new(key: CollectionKey, horizon: u64) -> Collection {
        let notify = watch::Sender::new(horizon);
        Collection {
            key: Arc::new(key),
            objects: BTreeMap::new(),
            history: VecDeque::new(),
            history_bytes: 0,
            horizon,
            notify,
        }
    }

    pub(super) fn restore(&mut self, record: Record) {
        self.objects.insert(record.key.clone(), Arc::new(record));
    }

    pub(super) fn get(&self, key: &ObjectKey) -> Option<&Arc<Record>> {
        self.objects.get(key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Fires after each committed write of the collection.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.notify.subscribe()
    }

    /// Applies a committed write; `limits` bound the history.
    pub(super) fn apply(&mut self, change: Change, record: Arc<Record>, limits: &Limits) -> Arc<Event> {
        let previous = match change {
            Change::Put => self.objects.insert(record.key.clone(), Arc::clone(&record)),
            Change::Deleted => self.objects.remove(&record.key),
        };
        let event = Arc::new(Event { collection: Arc::clone(&self.key), change, current: record, previous });
        self.history.push_back(Arc::clone(&event));
        self.history_bytes += event.current.json.len();
        while self.history.len() > limits.history_events || self.history_bytes > limits.history_bytes {
            let Some(forgotten) = self.history.pop_front() else { break };
            self.history_bytes -= forgotten.current.json.len();
            self.horizon = forgotten.revision();
        }
        event
    }

    /// Wakes the watches.
    pub(super) fn announce(&self, revision: u64) {
        self.notify.send_replace(revision);
    }

    /// At most `count` events after `revision`, oldest first.
    pub(super) fn events_after(&self, revision: u64, count: usize) -> Result<Vec<Arc<Event>>, Expired> {
        if revision < self.horizon {
            return Err(Expired { asked: revision, oldest: self.horizon });
        }
        let start = self.history.partition_point(|event| event.revision() <= revision);
        Ok(self.history.range(start..).take(count).cloned().collect())
    }

    /// The records after `after`, of `namespace` or of all.
    pub(super) fn records(&self, namespace: Option<&str>, after: Option<&ObjectKey>) -> Vec<Arc<Record>> {
        select(&self.objects, namespace, after)
    }

    /// The same as of an older revision, by taking back what happened since.
    pub(super) fn records_at(
        &self,
        revision: u64,
        namespace: Option<&str>,
        after: Option<&ObjectKey>,
    ) -> Result<Vec<Arc<Record>>, Expired> {
        if revision < self.horizon {
            return Err(Expired { asked: revision, oldest: self.horizon });
        }
        if self.history.back().is_none_or(|event| event.revision() <= revision) {
            return Ok(self.records(namespace, after));
        }
        let mut objects = self.objects.clone();
        for event in self.history.iter().rev().take_while(|event| event.revision() > revision) {
            match &event.previous {
                Some(previous) => objects.insert(previous.key.clone(), Arc::clone(previous)),
                None => objects.remove(&event.current.key),
            };
        }
        Ok(select(&objects, namespace, after))
    }
}

fn select(
    objects: &BTreeMap<ObjectKey, Arc<Record>>,
    namespace: Option<&str>,
    after: Option<&ObjectKey>,
) -> Vec<Arc<Record>> {
    let first = ObjectKey::new(namespace.unwrap_or_default(), "");
    let start = match after {
        Some(key) if *key >= first => Bound::Excluded(key),
        Some(_) | None => Bound::Included(&first),
    };
    objects
        .range::<ObjectKey, _>((start, Bound::Unbounded))
        .take_while(|(key, _)| namespace.is_none_or(|namespace| key.namespace == namespace))
        .map(|(_, record)| Arc::clone(record))
        .collect()
}
