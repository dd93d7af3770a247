//! Installing.

use cluster::ClusterError;
use plan::decide::Force;
use plan::inventory::Inventory;
use plan::labels::Applier;
use plan::release::release_name;
use render::helm::release::{Event, Operation, Release as Identity};
use serde_json::json;

use super::Scene;
use super::deploy::{Deployment, Ownership, Wait, deploy, fail, succeed, validation};
use crate::helm_release::analyse::analyse;
use crate::helm_release::halt::Halt;
use crate::helm_release::objects;
use crate::helm_release::rendering::{self, MERGED, Order, SERVER_SIDE};

/// Installs the first revision, or one after an uninstalled or failed release where that may be replaced.
pub(super) async fn install(scene: &mut Scene<'_, '_>) -> Result<(), Halt> {
    let spec = &scene.release.spec.install;
    let last = scene.storage.last().await?;
    if let Some(last) = &last {
        let replaceable = matches!(last.info.status.as_str(), "uninstalled" | "failed");
        if !(spec.replace && replaceable) {
            return Err(Halt::Storage("cannot reuse a name that is still in use; set spec.install.replace".to_owned()));
        }
    }
    let order = Order {
        release: scene.release,
        chart: &scene.wanted.chart,
        values: scene.wanted.values.clone(),
        identity: Identity {
            name: release_name(scene.release),
            namespace: scene.release.release_namespace().to_owned(),
            revision: last.as_ref().map_or(1, |last| last.version + 1),
            operation: Operation::Install,
        },
        first_deployed: None,
        apply_method: if spec.server_side_apply == Some(true) { SERVER_SIDE } else { MERGED },
    };
    let mut revision = rendering::revision(scene.run, order).await?;
    let before = Inventory::default();
    let manifests = objects::of_release(scene.run, &revision).await?;
    let manifests = analyse(scene, manifests, &before).await?;
    if spec.create_namespace && !scene.release.spec.target_namespace.is_empty() {
        create_namespace(scene).await?;
    }
    let deployment = Deployment {
        manifests,
        before,
        hooks: (!spec.disable_hooks).then_some((Event::PreInstall, Event::PostInstall)),
        ownership: Ownership::of(spec.disable_take_ownership),
        wait: Wait::of(spec.disable_wait, spec.disable_wait_for_jobs),
        force: Force::WhereAsked,
        validation: validation(spec.disable_open_api_validation),
    };
    let deployed = deploy(scene, &mut revision, deployment).await;
    match &deployed {
        Ok(()) => succeed(&mut revision, "Install complete"),
        Err(halt) => fail(&mut revision, halt),
    }
    scene.storage.settle(&revision).await?;
    deployed
}

async fn create_namespace(scene: &Scene<'_, '_>) -> Result<(), Halt> {
    let name = scene.release.release_namespace();
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"name": name}}});
    match scene.run.work.cluster.create(&namespace, Applier::HelmRelease.manager()).await {
        Ok(_) | Err(ClusterError::AlreadyExists { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
