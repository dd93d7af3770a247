//! The finalizer: what happens to the applied objects when their Kustomization is deleted.

use std::time::Duration;

use cluster::{Cluster, EventType, Propagation};
use kinds::flux::Kustomization;
use kinds::flux::kustomization::Deletion;
use manifest::Value;
use plan::decide::Unlabelled;
use plan::inventory::Inventory;
use plan::labels::{Applier, Owner};

use super::halt::Halt;
use crate::Key;
use crate::engine::Engine;
use crate::events::Event;
use crate::stages::finalizer;
use crate::stages::prune::{self, Clearing};

/// How long deletion waits for objects whose own finalizers take time, if it is told to wait.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(120);

/// Deletes the applied objects if that is wished, then lets the Kustomization go. Without the service account that would
/// delete them, as when a tenant's namespace is going, they stay behind as in Flux, and an event names them.
pub(crate) async fn finalize(
    engine: &Engine,
    cluster: &Cluster,
    object: &Value,
    kustomization: &Kustomization,
) -> Result<(), Halt> {
    // A suspended Kustomization leaves its objects, as in Flux.
    let deletion = if kustomization.spec.suspend { Deletion::Orphan } else { kustomization.deletion() };
    if deletion != Deletion::Orphan {
        let inventory = kustomization.status.inventory.clone().unwrap_or_default();
        let inventory = Inventory::from_status(&inventory).map_err(|error| Halt::Unreadable(error.to_string()))?;
        let metadata = &kustomization.metadata;
        if !can_act(engine, kustomization).await? {
            leave_behind(engine, object, &inventory);
            return Ok(finalizer::release(&engine.cluster, Applier::Kustomization, object).await?);
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
    Ok(finalizer::release(&engine.cluster, Applier::Kustomization, object).await?)
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
