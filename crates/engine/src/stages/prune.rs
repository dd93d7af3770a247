//! The prune stage: deletes what was applied before and is no longer declared.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cluster::{Cluster, ClusterError, Event, ObjectRef, Propagation, Scope, Selector};
use manifest::{GroupVersionKind, ObjectId};
use plan::decide::{self, Force, Live, Options, Prune, PruneAction, Pruning, Unlabelled};
use plan::diff::{Change, ChangeKind, ChangeSet};
use plan::inventory::{Entry, Inventory};
use plan::labels::Owner;

use super::stop::{Cause, Refusal, Stop};
use super::work::Work;
use crate::engine::Engine;

/// What pruning did, and what must stay in the inventory for another try.
#[derive(Debug, Default)]
pub(crate) struct Pruned {
    pub(crate) changes: ChangeSet,
    pub(crate) kept: Vec<Entry>,
    pub(crate) refusals: Vec<Refusal>,
}

/// Deletes in the order of the plan. A failure does not hold up the rest.
pub(crate) async fn prune(work: &Work<'_>, steps: &[Prune]) -> Pruned {
    let mut pruned = Pruned::default();
    for step in steps {
        let entry = Entry { id: step.id.clone(), version: step.version.clone() };
        match step.action {
            PruneAction::Forget => {}
            PruneAction::Retry => pruned.kept.push(entry),
            PruneAction::Delete => match delete(work, &entry).await {
                Ok(()) => pruned.changes.changes.push(Change {
                    id: entry.id,
                    version: entry.version,
                    kind: ChangeKind::Deleted,
                }),
                Err(error) => {
                    let cause = Cause::Delete(error);
                    pruned.refusals.push(Refusal { object: entry.id.clone(), place: String::new(), cause });
                    pruned.kept.push(entry);
                }
            },
        }
    }
    pruned
}

async fn delete(work: &Work<'_>, entry: &Entry) -> Result<(), ClusterError> {
    match work.cluster.delete(&reference(entry), Propagation::Background, None).await {
        Ok(_) => Ok(()),
        // With its type, the object is gone too.
        Err(ClusterError::NoSuchKind { .. }) => Ok(()),
        Err(error) => Err(error),
    }
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
    if clearing.unlabelled == Unlabelled::Ours {
        let unseen = entries.iter().filter(|entry| live[&entry.id] == Live::Absent).map(reference);
        let unseen: Vec<ObjectRef> = unseen.collect();
        live.extend(read(cluster, &unseen).await);
    }
    let options = Options {
        owner: owner.clone(),
        unlabelled: clearing.unlabelled,
        force: Force::WhereAsked,
        pruning: Pruning::Enabled,
        stage_kinds: Vec::new(),
    };
    let mut deleted = Vec::new();
    let mut refusals = Vec::new();
    for step in decide::prune(entries, &live, &options) {
        if step.action != PruneAction::Delete {
            continue;
        }
        let object = reference(&Entry { id: step.id.clone(), version: step.version });
        match cluster.delete(&object, clearing.propagation, None).await {
            Ok(_) => deleted.push(object),
            Err(ClusterError::NoSuchKind { .. }) => {}
            Err(error) => {
                refusals.push(Refusal { object: step.id, place: String::new(), cause: Cause::Delete(error) });
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
