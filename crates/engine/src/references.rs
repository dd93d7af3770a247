//! ConfigMaps and Secrets that Flux objects read, each followed by a watch of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cluster::{Cluster, ClusterError, Event, ObjectRef, Scope, Selector};
use manifest::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::Key;
use crate::directory::Kind;
use crate::key::Subject;
use crate::mailbox::{Mailbox, Trigger};

/// How long a run waits for the first answer about what it reads; the watches go on trying meanwhile.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The shared view on referenced objects. Who reads an object is woken when it changes.
#[derive(Clone)]
pub(crate) struct References {
    cluster: Cluster,
    followed: Arc<Mutex<BTreeMap<ObjectRef, Followed>>>,
}

struct Followed {
    state: watch::Receiver<State>,
    readers: Readers,
    task: JoinHandle<()>,
}

type Readers = Arc<Mutex<BTreeMap<Reader, Mailbox>>>;

/// The kind and key of an object that reads others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reader {
    pub(crate) kind: Kind,
    pub(crate) key: Key,
}

impl From<&Subject> for Reader {
    fn from(subject: &Subject) -> Reader {
        Reader { kind: Kind::from(subject.applier), key: subject.key.clone() }
    }
}

#[derive(Debug, Clone)]
enum State {
    NotListed,
    Known(Option<Arc<Value>>),
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl References {
    pub(crate) fn new(cluster: Cluster) -> References {
        References { cluster, followed: Arc::default() }
    }

    /// Makes `reader` a reader of exactly `objects` and returns what they hold now; fails with the first one that is not
    /// answered for within [`READ_TIMEOUT`].
    pub(crate) async fn read(
        &self,
        reader: impl Into<Reader>,
        mailbox: &Mailbox,
        objects: &BTreeSet<ObjectRef>,
    ) -> Result<BTreeMap<ObjectRef, Option<Arc<Value>>>, ClusterError> {
        let reader = reader.into();
        let mut receivers = Vec::new();
        {
            let mut followed = lock(&self.followed);
            followed.retain(|object, entry| {
                if !objects.contains(object) {
                    lock(&entry.readers).remove(&reader);
                }
                !lock(&entry.readers).is_empty()
            });
            for object in objects {
                let entry = followed.entry(object.clone()).or_insert_with(|| self.follow(object));
                lock(&entry.readers).insert(reader.clone(), mailbox.clone());
                receivers.push((object.clone(), entry.state.clone()));
            }
        }
        let deadline = Instant::now() + READ_TIMEOUT;
        let mut values = BTreeMap::new();
        for (object, mut receiver) in receivers {
            let known = receiver.wait_for(|state| matches!(state, State::Known(_)));
            let value = match tokio::time::timeout_at(deadline, known).await {
                Ok(Ok(state)) => match &*state {
                    State::Known(value) => value.clone(),
                    State::NotListed => None,
                },
                // The follower ended: the engine is shutting down.
                Ok(Err(_)) => None,
                Err(_) => {
                    let message = format!(
                        "{} was not read within {READ_TIMEOUT:?}; look whether listing and watching it is allowed",
                        object.id()
                    );
                    return Err(ClusterError::Unreachable { message });
                }
            };
            values.insert(object, value);
        }
        Ok(values)
    }

    /// Ends all reading by `reader`, unless another one of its name took its place.
    pub(crate) fn forget(&self, reader: impl Into<Reader>, mailbox: &Mailbox) {
        let reader = reader.into();
        lock(&self.followed).retain(|_, entry| {
            let mut readers = lock(&entry.readers);
            if readers.get(&reader).is_some_and(|held| held.is(mailbox)) {
                readers.remove(&reader);
            }
            !readers.is_empty()
        });
    }

    fn follow(&self, object: &ObjectRef) -> Followed {
        let (sender, state) = watch::channel(State::NotListed);
        let readers = Readers::default();
        let selector = Selector::fields(format!("metadata.name={}", object.name));
        let mut events = self.cluster.watch(&object.gvk, Scope::Namespace(object.namespace.clone()), selector);
        let woken = readers.clone();
        let task = tokio::spawn(async move {
            loop {
                let now = match events.next().await {
                    Event::Applied(object) => Some(object),
                    Event::Deleted(_) => None,
                    Event::Restarted(objects) => objects.into_iter().next(),
                };
                let first = matches!(&*sender.borrow(), State::NotListed);
                let same =
                    matches!(&*sender.borrow(), State::Known(before) if same_data(before.as_deref(), now.as_ref()));
                sender.send_replace(State::Known(now.map(Arc::new)));
                if !first && !same {
                    lock(&woken).values().for_each(|mailbox| mailbox.leave(Trigger::ReferenceChanged));
                }
            }
        });
        Followed { state, readers, task }
    }
}

/// Whether two states of a ConfigMap or Secret hold the same data.
fn same_data(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (before, after) {
        (None, None) => true,
        (Some(before), Some(after)) => ["data", "stringData"].iter().all(|field| before[field] == after[field]),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is one map operation, so a panic elsewhere leaves the maps whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
