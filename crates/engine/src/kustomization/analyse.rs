//! The analyse stage of a Kustomization, whose builds are often the same as the one before.

use manifest::Manifest;
use plan::inventory::Inventory;

use super::halt::Halt;
use super::memory::Memory;
use crate::observation::Verdict;
use crate::pipeline::Run;
use crate::stages::analyse::{self, Analysis, Found, REASON, Rendered};

/// Looks at what was rendered: `Ok` with what is to be told, and what was rendered.
///
/// # Errors
/// [`Halt::Analysis`] if errors that the change brings in are to stop it, and do.
pub(crate) async fn analyse(
    run: &Run<'_>,
    digest: &str,
    manifests: Vec<Manifest>,
    inventory: &Inventory,
    memory: &mut Memory,
) -> Result<(Found, Vec<Manifest>), Halt> {
    let wanted = Analysis::of(&run.kustomization.metadata, run.work.engine.analysis)
        .map_err(|error| Halt::Unreadable(error.to_string()))?;
    if wanted == Analysis::Off {
        memory.analysed = None;
        return Ok((Found::default(), manifests));
    }
    let rendered = Rendered::from(manifests);
    let found = match memory.analysed.take().filter(|(known, _)| known == digest) {
        Some((_, found)) => found,
        None => {
            let found = rendered.findings_alone();
            analyse::observe(&run.work, &found, Verdict::Reported);
            found
        }
    };
    memory.analysed = Some((digest.to_owned(), found.clone()));
    let applied = run.kustomization.status.history.first();
    // Whether the last build that was not refused is another one.
    let is_new = applied.is_none_or(|last| last.digest != digest || last.last_reconciled_status == REASON);
    if wanted == Analysis::Enforce && is_new {
        let elsewhere = run.kustomization.spec.kube_config.as_ref().map(|_| &run.work.cluster);
        analyse::judge(&run.work, elsewhere, &rendered, inventory).await?.map_err(Halt::Analysis)?;
    }
    Ok((found, rendered.into_manifests()))
}
