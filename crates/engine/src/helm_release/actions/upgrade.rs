//! Upgrading.

use std::sync::Arc;

use cluster::Propagation;
use plan::decide::Unlabelled;
use plan::inventory::Inventory;
use plan::labels::Owner;
use plan::release::release_name;
use render::helm::release::{Event, Operation, Release as Identity};
use render::helm::storage::Release;
use serde_json::Map;

use super::deploy::{Deployment, Ownership, Wait, deploy, fail, force, succeed, validation};
use super::traces::traces;
use super::{Scene, not_deployed};
use crate::helm_release::analyse::analyse;
use crate::helm_release::halt::Halt;
use crate::helm_release::objects;
use crate::helm_release::rendering::{self, Order, apply_method};
use crate::helm_release::values::put_over;
use crate::stages::prune::{self, Clearing};

/// Makes the next revision, in the place of the one that is deployed; of one that failed if none is.
pub(super) async fn upgrade(scene: &mut Scene<'_, '_>) -> Result<(), Halt> {
    let spec = &scene.release.spec.upgrade;
    let name = release_name(scene.release);
    let last = scene.storage.last().await?.ok_or_else(|| not_deployed(&name))?;
    let deployed = deployed(scene, &last).await?;
    let current = match &deployed {
        Some(deployed) => deployed,
        None if matches!(last.info.status.as_str(), "failed" | "superseded") => &last,
        None => return Err(not_deployed(&name)),
    };
    let mut values = if spec.preserve_values { current.config.clone() } else { Map::new() };
    put_over(&mut values, scene.wanted.values.clone());
    let order = Order {
        release: scene.release,
        chart: &scene.wanted.chart,
        values,
        identity: Identity {
            name,
            namespace: current.namespace.clone(),
            revision: last.version + 1,
            operation: Operation::Upgrade,
        },
        first_deployed: current.info.first_deployed.clone(),
        apply_method: apply_method(spec.server_side_apply, &last.apply_method),
    };
    let mut revision = rendering::revision(scene.run, order).await?;
    let before = traces(scene.run, scene.storage).await?;
    let manifests = objects::of_release(scene.run, &revision).await?;
    let manifests = analyse(scene, manifests, &before).await?;
    scene.storage.make_room(scene.release.max_history()).await?;
    let deployment = Deployment {
        manifests,
        before: before.clone(),
        hooks: (!spec.disable_hooks).then_some((Event::PreUpgrade, Event::PostUpgrade)),
        ownership: Ownership::of(spec.disable_take_ownership),
        wait: Wait::of(spec.disable_wait, spec.disable_wait_for_jobs),
        force: force(spec.force, &revision.apply_method),
        validation: validation(spec.disable_open_api_validation),
    };
    match deploy(scene, &mut revision, deployment).await {
        Ok(()) => {
            if let Some(deployed) = &deployed {
                scene.storage.supersede(deployed).await?;
            }
            succeed(&mut revision, "Upgrade complete");
            scene.storage.settle(&revision).await
        }
        Err(halt) => {
            fail(&mut revision, &halt);
            scene.storage.settle(&revision).await?;
            if spec.cleanup_on_fail {
                clean_up(scene, &revision, &before).await?;
            }
            Err(halt)
        }
    }
}

/// The revision that is deployed, if one is.
async fn deployed(scene: &mut Scene<'_, '_>, last: &Arc<Release>) -> Result<Option<Arc<Release>>, Halt> {
    if last.info.status == "deployed" {
        return Ok(Some(last.clone()));
    }
    match scene.storage.deployed().into_iter().next_back() {
        Some(version) => scene.storage.read(version).await,
        None => Ok(None),
    }
}

/// Deletes what a failed revision brought.
pub(super) async fn clean_up(scene: &Scene<'_, '_>, revision: &Release, before: &Inventory) -> Result<(), Halt> {
    let made = objects::inventory(scene.run, revision).await?;
    let new = made.diff(before);
    let clearing = Clearing {
        engine: scene.run.work.engine,
        cluster: &scene.run.work.cluster,
        owner: Owner::from(&scene.run.work.subject),
        unlabelled: Unlabelled::Foreign,
        propagation: Propagation::Background,
    };
    prune::delete_all(&clearing, &Inventory { entries: new }).await?;
    Ok(())
}
