//! The finalizer: what happens to the applied objects when their Kustomization is deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cluster::{EventType, Propagation};
use jiff::Timestamp;
use kinds::flux::kustomization::Deletion;
use kinds::flux::{Kustomization, Metadata};
use manifest::{ObjectId, Value};
use plan::decide::Unlabelled;
use plan::inventory::Inventory;
use plan::labels::{Applier, Owner};

use super::halt::Halt;
use super::successors::Leaving;
use crate::Key;
use crate::clock;
use crate::engine::Engine;
use crate::events::Event;
use crate::key::Subject;
use crate::mailbox::Mailbox;
use crate::stages::contested;
use crate::stages::finalizer;
use crate::stages::prune::{self, Clearing};
use crate::stages::scene::Scene;

/// How long deletion waits for objects whose own finalizers take time, if it is told to wait.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(120);

/// How long deletion waits for other Kustomizations that declare some of the objects and have not come to them yet.
const SUCCESSION_TIMEOUT: Duration = Duration::from_secs(300);

/// Deletes the applied objects if that is wished, then lets the Kustomization go. Without the service account that would
/// delete them, as when a tenant's namespace is going, they stay behind as in Flux, and an event names them.
pub(crate) async fn finalize(
    scene: &Scene<'_>,
    mailbox: &Mailbox,
    object: &Value,
    kustomization: &Kustomization,
) -> Result<Finalized, Halt> {
    let (engine, cluster) = (&*scene.engine, &scene.cluster);
    // A suspended Kustomization leaves its objects, as in Flux.
    let deletion = if kustomization.spec.suspend { Deletion::Orphan } else { kustomization.deletion() };
    if deletion != Deletion::Orphan {
        let inventory = kustomization.status.inventory.clone().unwrap_or_default();
        let inventory = Inventory::from_status(&inventory).map_err(|error| Halt::Unreadable(error.to_string()))?;
        let metadata = &kustomization.metadata;
        if !can_act(engine, kustomization).await? {
            leave_behind(engine, object, &inventory);
            return released(engine, object).await;
        }
        if let Some(left) = left_for_successors(kustomization) {
            let leaving =
                Leaving { engine, kustomization, mailbox, objects: nobody_lists(engine, metadata, &inventory) };
            let successors = leaving.successors(Vec::new()).await?;
            if !successors.is_empty() {
                tell_successors(engine, object, &successors);
                return Ok(Finalized::Waits(left));
            }
        }
        let clearing = Clearing {
            engine,
            cluster,
            owner: Owner::new(Applier::Kustomization, &metadata.namespace, &metadata.name),
            unlabelled: Unlabelled::Foreign,
            propagation: Propagation::Background,
        };
        let deleted = prune::delete_all(&clearing, &inventory).await?;
        if deletion == Deletion::DeleteAndWait {
            prune::until_gone(cluster, &deleted, TERMINATION_TIMEOUT).await?;
        }
    }
    released(engine, object).await
}

/// What came of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finalized {
    /// The Kustomization is gone, or going.
    Released,
    /// Others are about to apply some of its objects, and are given this long.
    Waits(Duration),
}

async fn released(engine: &Engine, object: &Value) -> Result<Finalized, Halt> {
    finalizer::release(&engine.cluster, Applier::Kustomization, object).await?;
    Ok(Finalized::Released)
}

/// The objects that no other Kustomization lists: those that one lists are handed over to it.
fn nobody_lists(engine: &Engine, metadata: &Metadata, inventory: &Inventory) -> BTreeSet<ObjectId> {
    let subject = Subject { applier: Applier::Kustomization, key: Key::of(metadata) };
    let objects = inventory.entries.iter().map(|entry| &entry.id);
    objects.filter(|id| engine.directory.rivals(&subject, id).is_empty()).cloned().collect()
}

/// Tells what the deletion waits for.
fn tell_successors(engine: &Engine, object: &Value, successors: &BTreeMap<ObjectId, Owner>) {
    let kept = successors.iter().map(|(id, owner)| format!("{id} ({} {owner})", owner.applier.kind()));
    let message = format!(
        "is deleted once others have applied these objects, which they declare now, or after {} minutes: {}",
        SUCCESSION_TIMEOUT.as_secs() / 60,
        contested::named(&kept.collect::<Vec<_>>())
    );
    let event = Event { kind: EventType::Normal, reason: "Progressing", message: &message, revision: None };
    engine.events.record(object, Applier::Kustomization.manager(), event);
}

/// How long others still have to come to the objects, if any time is left.
fn left_for_successors(kustomization: &Kustomization) -> Option<Duration> {
    let asked: Timestamp = kustomization.metadata.deletion_timestamp.as_ref()?.parse().ok()?;
    let waited = Duration::try_from(clock::timestamp().duration_since(asked)).unwrap_or_default();
    SUCCESSION_TIMEOUT.checked_sub(waited).filter(|left| !left.is_zero())
}

/// Whether the service account that deletes is there.
async fn can_act(engine: &Engine, kustomization: &Kustomization) -> Result<bool, Halt> {
    let metadata = &kustomization.metadata;
    let key = Key::new(&*metadata.namespace, &*metadata.name);
    match engine.account(&kustomization.spec.service_account_name, &key) {
        Some(account) => Ok(engine.cluster.get(&account).await?.is_some()),
        None => Ok(true),
    }
}

/// Tells of what nobody may delete any more.
fn leave_behind(engine: &Engine, object: &Value, inventory: &Inventory) {
    let left: Vec<String> = inventory.entries.iter().map(|entry| entry.id.to_string()).collect();
    let message = format!(
        "the service account that would delete them is gone, so these objects stay behind:\n{}",
        left.join("\n")
    );
    tracing::warn!(kustomization = %object["metadata"]["name"], message);
    let event = Event { kind: EventType::Warning, reason: "PruneFailed", message: &message, revision: None };
    engine.events.record(object, Applier::Kustomization.manager(), event);
}
