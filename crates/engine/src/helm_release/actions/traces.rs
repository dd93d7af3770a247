//! What revisions may have left in the cluster.

use plan::inventory::Inventory;

use crate::helm_release::halt::Halt;
use crate::helm_release::objects;
use crate::helm_release::run::Run;
use crate::helm_release::storage::Storage;

/// The objects of the revision that is deployed, and of every later one that was begun: each may have come to make some
/// of its objects, and the ones after it may not list them any more. Helm looks at one of them only.
pub(super) async fn traces(run: &Run<'_>, storage: &mut Storage) -> Result<Inventory, Halt> {
    let deployed = storage.deployed().into_iter().next_back();
    let stored = storage.revisions();
    let newest = stored.keys().next_back().copied();
    let mut inventory = Inventory::default();
    for (version, stored) in stored {
        // What was followed by another one or uninstalled has left nothing; but the newest is what there is, whatever it
        // is called.
        let is_over = matches!(&*stored.status, "superseded" | "uninstalled") && Some(version) != newest;
        if is_over || deployed.is_some_and(|deployed| version < deployed) {
            continue;
        }
        if let Some(release) = storage.read(version).await? {
            for entry in objects::inventory(run, &release).await?.entries {
                inventory.add(entry);
            }
        }
    }
    Ok(inventory)
}
