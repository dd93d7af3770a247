//! The analyse stage of a HelmRelease: what is rendered is looked at before anything of it is stored or applied.

use manifest::Manifest;
use plan::inventory::Inventory;

use super::actions::Scene;
use super::halt::Halt;
use crate::observation::Verdict;
use crate::stages::analyse::{self, Analysis, Found, Rendered};

/// Looks at the objects of a new revision, which are to be in the place of those of `before`, and gives them back.
///
/// # Errors
/// [`Halt::Analysis`] if errors that they would bring in are to stop them, and do.
pub(super) async fn analyse(
    scene: &mut Scene<'_, '_>,
    manifests: Vec<Manifest>,
    before: &Inventory,
) -> Result<Vec<Manifest>, Halt> {
    let wanted = scene.wanted.analysis;
    if wanted == Analysis::Off {
        scene.run.found = Some(Found::default());
        return Ok(manifests);
    }
    let rendered = Rendered::from(manifests);
    let found = rendered.findings_alone();
    analyse::observe(&scene.run.work, &found, Verdict::Reported);
    scene.run.found = Some(found);
    if wanted == Analysis::Enforce {
        let elsewhere = scene.release.spec.kube_config.as_ref().map(|_| &scene.run.work.cluster);
        analyse::judge(&scene.run.work, elsewhere, &rendered, before).await?.map_err(Halt::Analysis)?;
    }
    Ok(rendered.into_manifests())
}
