//! The finalizer: what happens to the applied objects when their Kustomization is deleted.

use std::time::Duration;

use cluster::{Cluster, Propagation};
use kinds::flux::Kustomization;
use kinds::flux::kustomization::Deletion;
use manifest::Value;
use plan::decide::Unlabelled;
use plan::inventory::Inventory;
use plan::labels::{Applier, Owner};

use super::halt::Halt;
use crate::engine::Engine;
use crate::stages::finalizer;
use crate::stages::prune::{self, Clearing};

/// How long deletion waits for objects whose own finalizers take time, if it is told to wait.
const TERMINATION_TIMEOUT: Duration = Duration::from_secs(120);

/// Deletes the applied objects if that is wished, then lets the Kustomization go.
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
