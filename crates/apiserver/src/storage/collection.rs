//! The objects of one resource with a bounded history of their changes.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use manifest::Packer;
use tokio::sync::watch;

use super::record::{Change, CollectionKey, Draft, Event, ObjectKey, Record};
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

/// A record, found and ordered by its key.
#[derive(Debug, Clone)]
struct Placed(Arc<Record>);

impl Borrow<ObjectKey> for Placed {
    fn borrow(&self) -> &ObjectKey {
        &self.0.key
    }
}

impl PartialEq for Placed {
    fn eq(&self, other: &Placed) -> bool {
        self.0.key == other.0.key
    }
}

impl Eq for Placed {}

impl PartialOrd for Placed {
    fn partial_cmp(&self, other: &Placed) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Placed {
    fn cmp(&self, other: &Placed) -> Ordering {
        self.0.key.cmp(&other.0.key)
    }
}

/// The objects of one resource and the events that led there.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) key: Arc<CollectionKey>,
    objects: BTreeSet<Placed>,
    packer: Packer,
    /// The versions its objects are written in.
    api_versions: Vec<Arc<str>>,
    history: VecDeque<Arc<Event>>,
    /// What `history` takes beyond the objects there are.
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
            objects: BTreeSet::new(),
            packer: Packer::default(),
            api_versions: Vec::new(),
            history: VecDeque::new(),
            history_bytes: 0,
            horizon,
            notify,
        }
    }

    /// Takes in an object that a journal kept.
    pub(super) fn restore(&mut self, draft: Draft) {
        let (_, record) = self.record(draft);
        self.objects.insert(Placed(record));
    }

    /// The draft as a record, which shares what it can with the others.
    fn record(&mut self, draft: Draft) -> (Change, Arc<Record>) {
        let Draft { change, key, revision, api_version, json, .. } = draft;
        let key = self.get(&key).map_or_else(|| Arc::new(key), |held| Arc::clone(&held.key));
        let api_version = match self.api_versions.iter().find(|known| ***known == *api_version) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = api_version.into();
                self.api_versions.push(Arc::clone(&new));
                new
            }
        };
        (change, Arc::new(Record { key, revision, api_version, document: self.packer.pack(&json) }))
    }

    pub(super) fn get(&self, key: &ObjectKey) -> Option<&Arc<Record>> {
        self.objects.get(key).map(|Placed(record)| record)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Fires after each committed write of the collection.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.notify.subscribe()
    }

    /// Applies a committed write; `limits` bound the history.
    pub(super) fn apply(&mut self, draft: Draft, limits: &Limits) -> Arc<Event> {
        let (change, record) = self.record(draft);
        let previous = match change {
            Change::Put => self.objects.replace(Placed(Arc::clone(&record))),
            Change::Deleted => self.objects.take(&*record.key),
        };
        let previous = previous.map(|Placed(record)| record);
        let event = Arc::new(Event { collection: Arc::clone(&self.key), change, current: record, previous });
        self.history_bytes += event.size();
        self.history.push_back(Arc::clone(&event));
        while self.history.len() > limits.history_events || self.history_bytes > limits.history_bytes {
            if !self.forget_oldest() {
                break;
            }
        }
        event
    }

    /// Forgets the events up to `revision`.
    pub(super) fn forget(&mut self, revision: u64) {
        while self.history.front().is_some_and(|event| event.revision() <= revision) {
            self.forget_oldest();
        }
        self.history.shrink_to_fit();
    }

    fn forget_oldest(&mut self) -> bool {
        let Some(forgotten) = self.history.pop_front() else { return false };
        self.history_bytes -= forgotten.size();
        self.horizon = forgotten.revision();
        true
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
                Some(previous) => objects.replace(Placed(Arc::clone(previous))),
                None => objects.take(&*event.current.key),
            };
        }
        Ok(select(&objects, namespace, after))
    }
}

fn select(objects: &BTreeSet<Placed>, namespace: Option<&str>, after: Option<&ObjectKey>) -> Vec<Arc<Record>> {
    let first = ObjectKey::new(namespace.unwrap_or_default(), "");
    let start = match after {
        Some(key) if *key >= first => Bound::Excluded(key),
        Some(_) | None => Bound::Included(&first),
    };
    objects
        .range::<ObjectKey, _>((start, Bound::Unbounded))
        .take_while(|Placed(record)| namespace.is_none_or(|namespace| record.key.namespace == namespace))
        .map(|Placed(record)| Arc::clone(record))
        .collect()
}
