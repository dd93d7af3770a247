//! The finalizer: what happens to a release when its HelmRelease is deleted.

use kinds::flux::HelmRelease;
use manifest::Value;
use plan::labels::Applier;

use super::chart_object;
use super::halt::Halt;
use super::reconcile::uninstall;
use super::run::Run;
use crate::stages::finalizer;

/// Uninstalls and deletes the HelmChart, unless the HelmRelease is suspended, then lets it go.
pub(super) async fn finalize(run: &mut Run<'_>, object: &Value, release: &mut HelmRelease) -> Result<(), Halt> {
    if !release.spec.suspend {
        if can_act(run, release).await? {
            uninstall(run, release).await?;
        }
        chart_object::forget(run.work.engine, release).await?;
    }
    Ok(finalizer::release(&run.work.engine.cluster, Applier::HelmRelease, object).await?)
}

/// Whether the service account that uninstalls is there; without it, as when its namespace is going, nothing can be done.
async fn can_act(run: &Run<'_>, release: &HelmRelease) -> Result<bool, Halt> {
    let account = run.work.engine.account(&release.spec.service_account_name, &run.work.subject.key);
    match account {
        Some(account) => Ok(run.work.engine.cluster.get(&account).await?.is_some()),
        None => Ok(true),
    }
}
