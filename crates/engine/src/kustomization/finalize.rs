//! The finalizer: what happens to the applied objects when their Kustomization is deleted.

use cluster::Cluster;
use kinds::flux::Kustomization;
use kinds::flux::kustomization::Deletion;
use manifest::Value;
use plan::inventory::Inventory;
use plan::labels::{Applier, Owner};

use super::halt::Halt;
use crate::engine::Engine;
use crate::stages::{finalizer, prune};

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
        let owner = Owner::new(Applier::Kustomization, &metadata.namespace, &metadata.name);
        let deleted = prune::delete_all(engine, cluster, &owner, &inventory).await?;
        if deletion == Deletion::DeleteAndWait {
            prune::until_gone(cluster, &deleted).await?;
        }
    }
    Ok(finalizer::release(&engine.cluster, Applier::Kustomization, object).await?)
}
