//! Going back to a revision.

use cluster::FieldValidation;
use render::helm::release::Event;
use render::helm::storage::{Info, Release};

use super::deploy::{Deployment, Ownership, Wait, deploy, fail, force, succeed};
use super::traces::traces;
use super::upgrade::clean_up;
use super::{Scene, not_deployed};
use crate::helm_release::halt::Halt;
use crate::helm_release::objects;
use crate::helm_release::rendering::apply_method;
use crate::helm_release::time::now;

/// Makes a new revision that is as an old one was.
pub(super) async fn rollback(scene: &mut Scene<'_, '_>, to: u32) -> Result<(), Halt> {
    let spec = &scene.release.spec.rollback;
    let name = scene.storage.place().name.clone();
    let last = scene.storage.last().await?.ok_or_else(|| not_deployed(&name))?;
    let target = scene.storage.read(to).await?.ok_or(Halt::RevisionMissing { name, version: to })?;
    let mut before = traces(scene.run, scene.storage).await?;
    objects::inventory(scene.run, &target).await?.entries.into_iter().for_each(|entry| before.add(entry));
    let mut revision = Release {
        version: last.version + 1,
        info: Info {
            first_deployed: last.info.first_deployed.clone(),
            last_deployed: Some(now()),
            status: "pending-rollback".to_owned(),
            description: format!("Rollback to {to}"),
            rollback_revision: i64::from(to),
            notes: target.info.notes.clone(),
            ..Info::default()
        },
        apply_method: apply_method(spec.server_side_apply, &target.apply_method).to_owned(),
        ..Release::clone(&target)
    };
    scene.storage.make_room(scene.release.max_history()).await?;
    let deployment = Deployment {
        manifests: objects::of_release(scene.run, &revision).await?,
        before: before.clone(),
        hooks: (!spec.disable_hooks).then_some((Event::PreRollback, Event::PostRollback)),
        ownership: Ownership::Taken,
        wait: Wait::of(spec.disable_wait, spec.disable_wait_for_jobs),
        force: force(spec.force, &revision.apply_method),
        // It was accepted once.
        validation: FieldValidation::Ignore,
    };
    match deploy(scene, &mut revision, deployment).await {
        Ok(()) => {
            for version in scene.storage.deployed() {
                if let Some(deployed) = scene.storage.read(version).await? {
                    scene.storage.supersede(&deployed).await?;
                }
            }
            succeed(&mut revision, &format!("Rollback to {to}"));
            scene.storage.settle(&revision).await
        }
        Err(halt) => {
            fail(&mut revision, &halt);
            scene.storage.settle(&revision).await?;
            scene.storage.supersede(&last).await?;
            if spec.cleanup_on_fail {
                clean_up(scene, &revision, &before).await?;
            }
            Err(halt)
        }
    }
}
