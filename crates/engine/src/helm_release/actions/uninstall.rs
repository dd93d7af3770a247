//! Uninstalling.

use std::time::Duration;

use cluster::Propagation;
use kinds::flux::helm_release::{DeletionPropagation, Uninstall};
use plan::decide::Unlabelled;
use plan::inventory::Inventory;
use plan::labels::Owner;
use plan::release::ActError;
use render::helm::release::Event;
use render::helm::storage::Release;

use super::Scene;
use super::traces::traces;
use crate::helm_release::halt::Halt;
use crate::helm_release::hooks;
use crate::helm_release::run::Run;
use crate::helm_release::storage::Storage;
use crate::helm_release::time::now;
use crate::stages::prune::{self, Clearing};

/// How a release is uninstalled.
pub(in crate::helm_release) struct Uninstalling<'a> {
    pub(in crate::helm_release) spec: &'a Uninstall,
    /// How long it may take where the spec does not say.
    pub(in crate::helm_release) timeout: Duration,
}

/// Uninstalls because something failed.
pub(super) async fn remedy(scene: &mut Scene<'_, '_>) -> Result<(), Halt> {
    let uninstalling = Uninstalling { spec: &scene.release.spec.uninstall, timeout: scene.run.work.ways.timeout };
    match uninstall(scene.run, scene.storage, &uninstalling).await {
        Ok(()) => Ok(()),
        Err((_, halt)) => Err(halt),
    }
}

/// Deletes what there is of the release, and then what Helm has stored of the release, or marks it as uninstalled. An
/// error says what is to be noted of it, and what it is.
pub(in crate::helm_release) async fn uninstall(
    run: &Run<'_>,
    storage: &mut Storage,
    uninstalling: &Uninstalling<'_>,
) -> Result<(), (ActError, Halt)> {
    let noted = |halt: Halt| (ActError::Failed(halt.to_string()), halt);
    let Some(last) = storage.last().await.map_err(noted)? else {
        return Err((ActError::NotFound, Halt::Storage("release: not found".to_owned())));
    };
    let mut last = Release::clone(&last);
    let keep = uninstalling.spec.keep_history;
    if last.info.status == "uninstalled" {
        if keep {
            let halt = Halt::Storage(format!("the release named {:?} is already deleted", last.name));
            return Err((ActError::AlreadyUninstalled(last.name), halt));
        }
        return storage.purge().await.map_err(noted);
    }
    let limit = uninstalling.spec.timeout.map_or(uninstalling.timeout, |timeout| timeout.0);
    let hooks_run = !uninstalling.spec.disable_hooks;
    "uninstalling".clone_into(&mut last.info.status);
    last.info.deleted = Some(now());
    "Deletion in progress (or silently failed)".clone_into(&mut last.info.description);
    if hooks_run {
        hooks::run(run, storage, &mut last, Event::PreDelete, limit, |_| true).await.map_err(noted)?;
    }
    storage.update(&last).await.map_err(noted)?;
    let inventory = traces(run, storage).await.map_err(noted)?;
    delete(run, &inventory, uninstalling.spec, limit).await.map_err(noted)?;
    if hooks_run {
        hooks::run(run, storage, &mut last, Event::PostDelete, limit, |_| true).await.map_err(noted)?;
    }
    "uninstalled".clone_into(&mut last.info.status);
    "Uninstallation complete".clone_into(&mut last.info.description);
    storage.update(&last).await.map_err(noted)?;
    if keep { Ok(()) } else { storage.purge().await.map_err(noted) }
}

async fn delete(run: &Run<'_>, inventory: &Inventory, spec: &Uninstall, limit: Duration) -> Result<(), Halt> {
    run.work.subscription.forget_unless(|_| false);
    let clearing = Clearing {
        engine: run.work.engine,
        cluster: &run.work.cluster,
        owner: Owner::from(&run.work.subject),
        unlabelled: Unlabelled::Ours,
        propagation: match spec.deletion_propagation {
            DeletionPropagation::Background => Propagation::Background,
            DeletionPropagation::Foreground => Propagation::Foreground,
            DeletionPropagation::Orphan => Propagation::Orphan,
        },
    };
    let deleted = prune::delete_all(&clearing, inventory).await?;
    if !spec.disable_wait {
        prune::until_gone(&run.work.cluster, &deleted, limit).await?;
    }
    Ok(())
}
