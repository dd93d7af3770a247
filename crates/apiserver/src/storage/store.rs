//! The store itself.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::{mpsc, oneshot, watch};

use super::collection::{Collection, Expired, Snapshot};
use super::committer::{self, CommitError, Proposal, Write};
use super::journal::{Journal, JournalError};
use super::record::{CollectionKey, Draft, Event, ObjectKey, Record};
use crate::config::Limits;

/// How many writes may wait for the journal before further writers wait in line.
const WAITING_WRITES: usize = 1024;

/// Everything in the store, at one revision.
#[derive(Debug)]
pub(super) struct State {
    pub(super) revision: u64,
    /// The revision that was current when the process started: nothing older is remembered.
    start: u64,
    collections: HashMap<CollectionKey, Collection>,
    followers: Vec<mpsc::UnboundedSender<Arc<Event>>>,
}

impl State {
    /// Nothing, after all writes up to `revision`.
    fn new(revision: u64) -> State {
        // Clients read revision 0 as "any", so an empty store starts at 1.
        let revision = revision.max(1);
        State { revision, start: revision, collections: HashMap::new(), followers: Vec::new() }
    }

    fn read(journal: &Journal) -> Result<State, JournalError> {
        let mut state = State::new(journal.revision()?);
        journal.read(|draft| state.collection_mut(&draft.collection).restore(draft))?;
        Ok(state)
    }

    fn collection_mut(&mut self, key: &CollectionKey) -> &mut Collection {
        let start = self.start;
        self.collections.entry(key.clone()).or_insert_with(|| Collection::new(key.clone(), start))
    }

    pub(super) fn get(&self, collection: &CollectionKey, key: &ObjectKey) -> Option<&Arc<Record>> {
        self.collections.get(collection)?.get(key)
    }

    /// Applies writes whose revisions follow on the current one, then tells whoever watches.
    pub(super) fn apply(&mut self, writes: Vec<Draft>, limits: &Limits) -> Vec<Arc<Record>> {
        let mut touched: Vec<CollectionKey> = Vec::new();
        let mut records = Vec::with_capacity(writes.len());
        for draft in writes {
            self.revision = draft.revision;
            if !touched.contains(&draft.collection) {
                touched.push(draft.collection.clone());
            }
            let event = self.collection_mut(&draft.collection).apply(draft, limits);
            self.followers.retain(|follower| follower.send(Arc::clone(&event)).is_ok());
            records.push(Arc::clone(&event.current));
        }
        for key in touched {
            let revision = self.revision;
            self.collection_mut(&key).announce(revision);
        }
        records
    }
}

#[derive(Debug)]
pub(super) struct Shared {
    state: RwLock<State>,
    pub(super) limits: Limits,
}

impl Shared {
    // The state is only changed by `State::apply`, which does not panic half-way: a poisoned lock still guards a whole one.
    pub(super) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All objects of the server. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
    journal: Option<mpsc::Sender<Proposal>>,
}

impl Store {
    /// An empty store that lives as long as the process.
    pub fn in_memory(limits: Limits) -> Store {
        Store::with(State::new(0), limits, None).0
    }

    /// A store kept in the file at `path`; reads all of it.
    pub fn open(path: &Path, limits: Limits) -> Result<Store, JournalError> {
        let journal = Journal::open(path)?;
        let state = State::read(&journal)?;
        let (sender, receiver) = mpsc::channel(WAITING_WRITES);
        let (store, shared) = Store::with(state, limits, Some(sender));
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || committer::run(&shared, &journal, receiver))
            .map_err(|error| JournalError::Open { path: path.display().to_string(), cause: error.to_string() })?;
        Ok(store)
    }

    fn with(state: State, limits: Limits, journal: Option<mpsc::Sender<Proposal>>) -> (Store, Arc<Shared>) {
        let shared = Arc::new(Shared { state: RwLock::new(state), limits });
        (Store { shared: Arc::clone(&shared), journal }, shared)
    }

    /// The revision of the last write.
    pub fn revision(&self) -> u64 {
        self.shared.state().revision
    }

    /// The object as it is now.
    pub fn get(&self, collection: &CollectionKey, key: &ObjectKey) -> Option<Arc<Record>> {
        self.shared.state().get(collection, key).cloned()
    }

    /// The collections that hold objects.
    pub fn collections(&self) -> Vec<CollectionKey> {
        let state = self.shared.state();
        let held = state.collections.iter().filter(|(_, collection)| !collection.is_empty());
        held.map(|(key, _)| key.clone()).collect()
    }

    /// The objects of a collection as they are now: those of `namespace` or of all, after the key `after`.
    pub fn list(&self, collection: &CollectionKey, namespace: Option<&str>, after: Option<&ObjectKey>) -> Snapshot {
        let state = self.shared.state();
        let records = state.collections.get(collection).map(|found| found.records(namespace, after));
        Snapshot { revision: state.revision, records: records.unwrap_or_default() }
    }

    /// The objects of a collection as they were at `revision`.
    pub fn list_at(
        &self,
        collection: &CollectionKey,
        revision: u64,
        namespace: Option<&str>,
        after: Option<&ObjectKey>,
    ) -> Result<Snapshot, Expired> {
        let state = self.shared.state();
        if revision < state.start {
            return Err(Expired { asked: revision, oldest: state.start });
        }
        let records = match state.collections.get(collection) {
            Some(found) => found.records_at(revision, namespace, after)?,
            None => Vec::new(),
        };
        Ok(Snapshot { revision, records })
    }

    /// At most `count` events of a collection after `revision`, with the revision up to which nothing else happened.
    pub fn events_after(
        &self,
        collection: &CollectionKey,
        revision: u64,
        count: usize,
    ) -> Result<(Vec<Arc<Event>>, u64), Expired> {
        let state = self.shared.state();
        if revision < state.start {
            return Err(Expired { asked: revision, oldest: state.start });
        }
        let events = match state.collections.get(collection) {
            Some(found) => found.events_after(revision, count)?,
            None => Vec::new(),
        };
        let seen = match events.last() {
            Some(last) if events.len() == count => last.revision(),
            Some(_) | None => state.revision.max(revision),
        };
        Ok((events, seen))
    }

    /// Fires after each write of a collection.
    pub fn changes(&self, collection: &CollectionKey) -> watch::Receiver<u64> {
        if let Some(found) = self.shared.state().collections.get(collection) {
            return found.subscribe();
        }
        self.shared.state_mut().collection_mut(collection).subscribe()
    }

    /// Forgets how the objects came to what they were at `revision`: watches from before it, and lists of it, expire where
    /// anything has happened.
    pub fn forget(&self, revision: u64) {
        self.shared.state_mut().collections.values_mut().for_each(|collection| collection.forget(revision));
    }

    /// Every write of every collection from now on, in order. For the server's own controllers, which only note what to
    /// look at, so that the queue stays short.
    pub fn follow(&self) -> mpsc::UnboundedReceiver<Arc<Event>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.shared.state_mut().followers.push(sender);
        receiver
    }

    /// Carries out one write, and returns once it is as durable as the store can make it.
    pub async fn commit(&self, write: Write) -> Result<Arc<Record>, CommitError> {
        let Some(journal) = &self.journal else {
            return committer::commit_in_memory(&self.shared, write);
        };
        let gone = || CommitError::Failed("the journal's thread has ended".to_owned());
        let (reply, answer) = oneshot::channel();
        journal.send(Proposal { write, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}
