//! The prune stage: deletes what was applied before and is no longer declared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cluster::{Cluster, ClusterError, Event, ObjectRef, Propagation, Scope, Selector};
use manifest::{GroupVersionKind, ObjectId, Value};
use plan::decide::{self, Claims, Force, Live, Options, Prune, PruneAction, Pruning, Reason, Unlabelled};
use plan::diff::{Change, ChangeKind, ChangeSet};
use plan::inventory::{Entry, Inventory};
use plan::labels::{Applier, Owner};
use serde_json::json;

use super::contested;
use super::stop::{Cause, Refusal, Stop};
use super::work::Work;
use crate::claims;
use crate::engine::Engine;
use crate::key::Subject;

/// What pruning did, and what must stay in the inventory for another try.
#[derive(Debug, Default)]
pub(crate) struct Pruned {
    pub(crate) changes: ChangeSet,
    pub(crate) kept: Vec<Entry>,
    pub(crate) refusals: Vec<Refusal>,
}

/// Deletes in the order of the plan, which was made of what is `live` with these `options`. A failure does not hold up the
/// rest.
pub(crate) async fn prune(
    work: &Work<'_>,
    steps: &[Prune],
    live: &BTreeMap<ObjectId, Live>,
    options: &Options,
) -> Pruned {
    let mut pruned = Pruned::default();
    let parting =
        Parting { engine: work.engine, cluster: &work.cluster, options, propagation: Propagation::Background };
    for step in steps {
        let entry = Entry { id: step.id.clone(), version: step.version.clone() };
        match step.action {
            PruneAction::Forget => {}
            PruneAction::Retry => pruned.kept.push(entry),
            PruneAction::Delete | PruneAction::HandOver => match parting.with(step, live).await {
                Ok(Parted::Left) => {}
                Ok(Parted::Deleted) => pruned.changes.changes.push(Change {
                    id: entry.id,
                    version: entry.version,
                    kind: ChangeKind::Deleted,
                }),
                Err(error) => {
                    let cause = Cause::Delete(error);
                    pruned.refusals.push(Refusal {
                        object: entry.id.clone(),
                        place: String::new(),
                        cause,
                        masked: None,
                    });
                    pruned.kept.push(entry);
                }
            },
        }
    }
    pruned
}

/// What came of an object that was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parted {
    /// It is gone, or going.
    Deleted,
    /// It is somebody else's by now, or is to be kept.
    Left,
}

/// How an owner parts with objects.
struct Parting<'a> {
    engine: &'a Engine,
    cluster: &'a Cluster,
    options: &'a Options,
    propagation: Propagation,
}

impl Parting<'_> {
    /// Deletes an object, or hands it over, if it is still as it was when that was decided. One that changed since is looked
    /// at again: somebody may have taken it over, and the watches did not tell yet.
    async fn with(&self, step: &Prune, live: &BTreeMap<ObjectId, Live>) -> Result<Parted, ClusterError> {
        /// An object that changes all the time is let go of in another run.
        const ATTEMPTS: usize = 5;
        let entry = Entry { id: step.id.clone(), version: step.version.clone() };
        let object = reference(&entry);
        let mut seen = match live.get(&entry.id) {
            Some(Live::Present { object }) => object.clone(),
            // It is decided only of what was seen.
            Some(Live::Absent | Live::Unknown { .. }) | None => return Ok(Parted::Left),
        };
        let mut step = step.clone();
        let mut attempt = 1;
        loop {
            match self.attempt(&step, &object, &seen).await {
                // With its type, the object is gone too.
                Err(ClusterError::NoSuchKind { .. }) => return Ok(Parted::Deleted),
                Err(ClusterError::Conflict { .. }) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
            let Some(newer) = self.cluster.get(&object).await? else { return Ok(Parted::Deleted) };
            let now = BTreeMap::from([(entry.id.clone(), Live::Present { object: newer.clone() })]);
            match decide::prune(vec![entry.clone()], &now, self.options).pop() {
                Some(decided) => step = decided,
                None => return Ok(Parted::Left),
            }
            seen = newer;
        }
    }

    async fn attempt(&self, step: &Prune, object: &ObjectRef, seen: &Value) -> Result<Parted, ClusterError> {
        match (step.action, &step.reason) {
            (PruneAction::Delete, _) => {
                self.cluster.delete_as_seen(object, self.propagation, seen).await.map(|_| Parted::Deleted)
            }
            (PruneAction::HandOver, Reason::DeclaredElsewhere { owner }) => self.hand_over(owner, object, seen).await,
            (PruneAction::HandOver | PruneAction::Forget | PruneAction::Retry, _) => Ok(Parted::Left),
        }
    }

    /// Labels an object as another Kustomization's, which goes on to apply it, or to delete it.
    async fn hand_over(&self, heir: &Owner, object: &ObjectRef, seen: &Value) -> Result<Parted, ClusterError> {
        // Not as whoever applies: that would be left behind beside what the heir has applied meanwhile.
        let manager = self.options.owner.applier.status_manager();
        let patch = json!({"metadata": {
            "resourceVersion": seen["metadata"]["resourceVersion"],
            "labels": {heir.applier.name_label(): heir.name, heir.applier.namespace_label(): heir.namespace},
        }});
        let handed = match self.cluster.merge_patch(object, manager, &patch).await {
            Ok(handed) => handed,
            Err(ClusterError::NotFound { .. }) => return Ok(Parted::Deleted),
            Err(error) => return Err(error),
        };
        self.engine.tracker.record(&handed);
        if self.still_lists(heir, &object.id()).await? {
            return Ok(Parted::Left);
        }
        // It is being deleted itself, and may have looked before the object was its own.
        self.cluster.delete_as_seen(object, self.propagation, &handed).await.map(|_| Parted::Deleted)
    }
}

impl Parting<'_> {
    /// Whether a Kustomization lists an object by now and will go on to.
    async fn still_lists(&self, heir: &Owner, id: &ObjectId) -> Result<bool, ClusterError> {
        let found = contested::newest(self.engine, heir).await?;
        Ok(found.is_some_and(|found| claims::lists(&found, id)))
    }
}

fn options(owner: Owner, unlabelled: Unlabelled, claims: Claims) -> Options {
    Options { owner, unlabelled, force: Force::WhereAsked, pruning: Pruning::Enabled, stage_kinds: Vec::new(), claims }
}

/// Who deletes all that it applied, and how.
pub(crate) struct Clearing<'a> {
    pub(crate) engine: &'a Engine,
    /// The cluster, as the user that deletes.
    pub(crate) cluster: &'a Cluster,
    pub(crate) owner: Owner,
    pub(crate) unlabelled: Unlabelled,
    pub(crate) propagation: Propagation,
}

/// Deletes everything that was applied, in the order of deletion. Returns what was there to be deleted; every refusal is
/// reported at once.
pub(crate) async fn delete_all(clearing: &Clearing<'_>, inventory: &Inventory) -> Result<Vec<ObjectRef>, Stop> {
    let Clearing { engine, cluster, owner, .. } = clearing;
    let entries = inventory.diff(&Inventory::default());
    let types: BTreeSet<GroupVersionKind> = entries.iter().map(Entry::gvk).collect();
    engine.tracker.ensure(owner.applier, &types).await?;
    let mut live: BTreeMap<ObjectId, Live> = entries
        .iter()
        .map(|entry| {
            let live = engine.tracker.live(&reference(entry));
            (entry.id.clone(), live.map_or(Live::Absent, |object| Live::Present { object }))
        })
        .collect();
    // What no watch tells of may be there all the same: without our labels, or made a moment ago.
    // What was another's may have been handed over a moment ago.
    let is_seen = |entry: &&Entry| match &live[&entry.id] {
        Live::Present { object } => Owner::of(object).is_none_or(|holder| holder == *owner),
        Live::Absent | Live::Unknown { .. } => false,
    };
    let unseen = entries.iter().filter(|entry| !is_seen(entry)).map(reference);
    let unseen: Vec<ObjectRef> = unseen.collect();
    live.extend(read(cluster, &unseen).await);
    let claims = match owner.applier {
        Applier::Kustomization => {
            let objects = entries.iter().map(|entry| &entry.id);
            Claims { heirs: contested::heirs(engine, &Subject::from(owner), objects), ..Claims::default() }
        }
        Applier::HelmRelease => Claims::default(),
    };
    let options = options(owner.clone(), clearing.unlabelled, claims);
    let parting = Parting { engine, cluster, options: &options, propagation: clearing.propagation };
    let mut deleted = Vec::new();
    let mut refusals = Vec::new();
    for step in decide::prune(entries, &live, &options) {
        let removed = match (step.action, &step.reason) {
            (PruneAction::Forget, _) => continue,
            (PruneAction::Retry, Reason::NotRead { why }) => Err(ClusterError::Unreachable { message: why.clone() }),
            (PruneAction::Retry | PruneAction::Delete | PruneAction::HandOver, _) => parting.with(&step, &live).await,
        };
        match removed {
            Ok(Parted::Deleted) => deleted.push(reference(&Entry { id: step.id, version: step.version })),
            Ok(Parted::Left) => {}
            Err(error) => {
                refusals.push(Refusal {
                    object: step.id,
                    place: String::new(),
                    cause: Cause::Delete(error),
                    masked: None,
                });
            }
        }
    }
    if refusals.is_empty() { Ok(deleted) } else { Err(Stop::Prune(refusals)) }
}

fn reference(entry: &Entry) -> ObjectRef {
    ObjectRef::new(entry.gvk(), entry.id.namespace.clone(), entry.id.name.clone())
}

/// The live state of objects that no watch tells of.
pub(super) async fn read(cluster: &Cluster, references: &[ObjectRef]) -> Vec<(ObjectId, Live)> {
    let found = cluster.get_all(references).await;
    let states = found.into_iter().map(|found| match found {
        Ok(Some(object)) => Live::Present { object },
        Ok(None) | Err(ClusterError::NoSuchKind { .. }) => Live::Absent,
        Err(error) => Live::Unknown { why: error.to_string() },
    });
    references.iter().map(ObjectRef::id).zip(states).collect()
}

/// Waits until they are gone, no longer than `limit`.
pub(crate) async fn until_gone(cluster: &Cluster, objects: &[ObjectRef], limit: Duration) -> Result<(), Stop> {
    let all = futures::future::join_all(objects.iter().map(|object| gone(cluster, object)));
    tokio::time::timeout(limit, all).await.map(|_| ()).map_err(|_| {
        let limit = kinds::flux::GoDuration(limit);
        Stop::Cluster(format!("some objects were not gone after {limit}; their finalizers hold them"))
    })
}

async fn gone(cluster: &Cluster, object: &ObjectRef) {
    let scope = match object.namespace.as_str() {
        "" => Scope::Cluster,
        namespace => Scope::Namespace(namespace.to_owned()),
    };
    let mut events = cluster.watch(&object.gvk, scope, Selector::fields(format!("metadata.name={}", object.name)));
    loop {
        match events.next().await {
            Event::Deleted(_) => return,
            Event::Restarted(objects) if objects.is_empty() => return,
            Event::Restarted(_) | Event::Applied(_) => {}
        }
    }
}
