//! The path of one Kustomization, from its source to its health. Every stage is a module; this is their order.

use std::sync::Arc;
use std::time::Duration;

use cluster::{Cluster, ObjectRef};
use kinds::flux::Kustomization;
use manifest::Value;
use plan::diff::ChangeSet;
use plan::health::HealthRule;
use plan::inventory::{Entry, Inventory};
use tokio::sync::OwnedSemaphorePermit;

use crate::Key;
use crate::engine::Engine;
use crate::kustomization::halt::Halt;
use crate::kustomization::health::{Attended, Checked};
use crate::kustomization::memory::Memory;
use crate::kustomization::{apply, build, gate, health, prune, report, variables};
use crate::mailbox::Mailbox;
use crate::subscription::Subscription;

/// One run of one Kustomization: what it is, and whom it talks to.
pub(crate) struct Run<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) key: Key,
    /// Type, name and uid of the object: what events are about.
    pub(crate) about: Value,
    /// The object, read.
    pub(crate) kustomization: &'a Kustomization,
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) subscription: Arc<Subscription>,
    /// The cluster, as the user that applies.
    pub(crate) cluster: Cluster,
    pub(crate) health_rules: Arc<[HealthRule]>,
}

/// How far a run came; what status tells even where it failed.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) revision: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) digest: Option<String>,
    pub(crate) inventory: Inventory,
    pub(crate) changes: ChangeSet,
    pub(crate) checked: Option<Checked>,
    pub(crate) took: Duration,
}

/// source → render → plan → apply → prune → health. `place` is the run's place among those at work.
pub(crate) async fn reconcile(
    run: &Run<'_>,
    place: OwnedSemaphorePermit,
    memory: &mut Memory,
    progress: &mut Progress,
) -> Result<(), Halt> {
    gate::supported(run.kustomization)?;
    memory.artifact = None;
    let (artifact, place) = Box::pin(gate::artifact(run, place)).await?;
    memory.artifact = Some((artifact.revision.clone(), artifact.digest.clone()));
    let revision = artifact.revision.as_str();
    progress.revision = Some(revision.to_owned());
    progress.author = artifact.commit.as_ref().map(|commit| commit.author_name.clone());
    gate::dependencies(run, revision)?;

    // The stages are boxed, so that a run which waits for health holds none of what they needed, and no place: those that
    // are slow to get ready starve nobody.
    let variables = Box::pin(variables::collect(run)).await?;
    let building = run.engine.build_permit().await;
    let (built, manifests) = tokio::task::block_in_place(|| {
        build::build(run.kustomization, &artifact.tree, &variables, memory, &run.engine.packing)
    })?;
    drop(building);
    progress.digest = Some(built.digest.to_string());
    let applying = run.subscription.begin();
    let checked = Box::pin(apply::check(run, manifests, progress)).await?;

    Box::pin(report::intend(run, revision, &checked.plan, &mut progress.inventory)).await?;
    memory.applied = Some(built);
    Box::pin(write(run, &checked, progress)).await?;
    let attended = Attended::of(run.kustomization, &checked.plan);
    drop((applying, checked, place));

    progress.checked = Some(health::wait(run, memory, attended, revision).await?);
    Ok(())
}

/// The stages that change the cluster.
async fn write(run: &Run<'_>, checked: &apply::Checked, progress: &mut Progress) -> Result<(), Halt> {
    progress.changes = apply::apply(run, checked).await?;
    let pruned = prune::prune(run, &checked.plan.prune).await;
    progress.changes.changes.extend(pruned.changes.changes);
    let declared = checked.plan.steps().filter_map(|step| Entry::of(&step.manifest.value));
    progress.inventory = Inventory { entries: declared.chain(pruned.kept).collect() };
    let declared: std::collections::BTreeSet<_> = checked.plan.steps().map(|step| step.manifest.id()).collect();
    run.subscription.forget_unless(|object: &ObjectRef| declared.contains(&object.id()));
    if pruned.refusals.is_empty() { Ok(()) } else { Err(Halt::Prune(pruned.refusals)) }
}
