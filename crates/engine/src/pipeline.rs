//! The path of one Kustomization, from its source to its health. Every stage is a module; this is their order.

use std::time::Duration;

use kinds::flux::Kustomization;
use plan::diff::ChangeSet;
use plan::inventory::Inventory;
use tokio::sync::OwnedSemaphorePermit;

use crate::kustomization::analyse;
use crate::kustomization::halt::Halt;
use crate::kustomization::memory::Memory;
use crate::kustomization::{build, gate, report, successors, variables};
use crate::stages::analyse::Found;
use crate::stages::health::Checked;
use crate::stages::work::Work;
use crate::stages::{apply, contested, health};
use crate::timeline::Stage;

/// One run of one Kustomization: the object, read, and what its stages need.
pub(crate) struct Run<'a> {
    pub(crate) kustomization: &'a Kustomization,
    pub(crate) work: Work<'a>,
}

/// How far a run came; what status tells even where it failed.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) revision: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) inventory: Inventory,
    pub(crate) found: Found,
    pub(crate) changes: ChangeSet,
    pub(crate) checked: Option<Checked>,
    pub(crate) took: Duration,
}

/// source → render → analyse → plan → apply → prune → health. `place` is the run's place among those at work.
pub(crate) async fn reconcile(
    run: &Run<'_>,
    place: OwnedSemaphorePermit,
    memory: &mut Memory,
    progress: &mut Progress,
) -> Result<(), Halt> {
    memory.artifact = None;
    let (artifact, place) = Box::pin(gate::artifact(run, place)).await?;
    memory.artifact = Some((artifact.revision.clone(), artifact.digest.clone()));
    let revision = artifact.revision.as_str();
    progress.revision = Some(revision.to_owned());
    progress.author = artifact.commit.as_ref().map(|commit| commit.author_name.clone());
    gate::dependencies(run, revision)?;

    // The stages are boxed, so that a run which waits for health holds none of what they needed, and no place: those that
    // are slow to get ready starve nobody.
    let (variables, decryption) = Box::pin(variables::collect(run)).await?;
    let given = (&variables, &decryption);
    let timeline = &run.work.timeline;
    let building = Box::pin(build::build(run, &artifact.tree, given, memory, place));
    let count = |built: &Result<(_, Vec<_>, _), _>| built.as_ref().map_or(0, |(_, manifests, _)| manifests.len());
    let (built, manifests, place) = timeline.during_counted(Stage::Render, building, count).await?;
    progress.digest = Some(built.digest.to_string());
    let analysing = analyse::analyse(run, &built.digest, manifests, &progress.inventory, memory);
    let (found, manifests) = Box::pin(analysing).await?;
    progress.found = found;
    let applying = run.work.subscription.begin();
    let declared = report::declared(run, progress);
    let mut checked = Box::pin(apply::check(&run.work, manifests, &progress.inventory, declared)).await?;

    Box::pin(report::intend(run, revision, &checked.plan, &mut progress.inventory)).await?;
    memory.applied.built = Some(built);
    progress.changes = Box::pin(apply::put(&run.work, &checked)).await?;
    Box::pin(successors::spare(run, &mut checked.plan, memory)).await?;
    Box::pin(apply::let_go(&run.work, &checked, &mut progress.changes, &mut progress.inventory)).await?;
    let contested = contested::left(&checked);
    let attended = gate::attended(run.kustomization, &checked.plan);
    drop((applying, checked, place));
    if !contested.is_empty() {
        return Err(Halt::Contested(contested));
    }

    let waiting = report::Awaiting { run, revision };
    let (count, timeline) = (attended.count(), &run.work.timeline);
    let healthy = health::wait(&run.work, &mut memory.applied, attended, &waiting);
    progress.checked = Some(timeline.during(Stage::Health, count, healthy).await?);
    Ok(())
}
