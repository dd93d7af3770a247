//! What installations, upgrades and rollbacks have in common: hooks, apply, prune, health.

use cluster::FieldValidation;
use manifest::Manifest;
use plan::decide::Force;
use plan::diff::ChangeSet;
use plan::inventory::Inventory;
use render::helm::release::Event;
use render::helm::storage::Release;

use super::Scene;
use crate::helm_release::halt::Halt;
use crate::helm_release::rendering::SERVER_SIDE;
use crate::helm_release::run::Run;
use crate::helm_release::waiting::Awaiting;
use crate::helm_release::{hooks, ownership};
use crate::stages::applied::Built;
use crate::stages::apply::{self, Checked, Declared};
use crate::stages::health::{self, Attended};
use crate::stages::work::{OnDrift, Ways};
use crate::timeline::Stage;

/// How a revision becomes what is installed.
pub(super) struct Deployment {
    /// The objects of the revision.
    pub(super) manifests: Vec<Manifest>,
    /// The objects that were there before.
    pub(super) before: Inventory,
    /// The moments before and after; none if hooks are not run.
    pub(super) hooks: Option<(Event, Event)>,
    pub(super) ownership: Ownership,
    pub(super) wait: Wait,
    pub(super) force: Force,
    pub(super) validation: FieldValidation,
}

/// Whether objects of others are taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ownership {
    Taken,
    Refused,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    Nothing,
    AllButJobs,
    All,
}

impl Wait {
    /// From the fields of a spec.
    pub(super) fn of(disabled: bool, disabled_for_jobs: bool) -> Wait {
        match (disabled, disabled_for_jobs) {
            (true, _) => Wait::Nothing,
            (false, true) => Wait::AllButJobs,
            (false, false) => Wait::All,
        }
    }
}

/// Which objects are recreated when they cannot be changed. Like helm-controller, only where the revision is not one
/// that Helm takes for applied on the server: that forces conflicts, and nothing else.
pub(super) fn force(asked: bool, apply_method: &str) -> Force {
    if asked && apply_method != SERVER_SIDE { Force::WhereNothingIsLost } else { Force::WhereAsked }
}

/// What becomes of unknown fields.
pub(super) fn validation(disabled: bool) -> FieldValidation {
    if disabled { FieldValidation::Ignore } else { FieldValidation::Strict }
}

impl Ownership {
    /// From the field of a spec.
    pub(super) fn of(disabled: bool) -> Ownership {
        if disabled { Ownership::Refused } else { Ownership::Taken }
    }
}

/// Stores a revision and makes the cluster as it says. Its manifest is stored before anything is created, so that a
/// crash leaves no object that nobody lists. `revision` is left as it is to be stored next.
pub(super) async fn deploy(
    scene: &mut Scene<'_, '_>,
    revision: &mut Release,
    deployment: Deployment,
) -> Result<(), Halt> {
    // Corrections of drift, later in the same run, are made in the usual ways.
    let usual = scene.run.work.ways;
    scene.run.work.ways = Ways { force: deployment.force, validation: deployment.validation, ..usual };
    let deployed = in_these_ways(scene, revision, deployment).await;
    scene.run.work.ways = usual;
    deployed
}

async fn in_these_ways(scene: &mut Scene<'_, '_>, revision: &mut Release, deployment: Deployment) -> Result<(), Halt> {
    let Deployment { manifests, mut before, hooks: moments, ownership, wait, force: _, validation: _ } = deployment;
    let limit = scene.run.work.ways.timeout;
    let has_hooks = moments.is_some_and(|(early, _)| revision.hooks.iter().any(|hook| hook.fires_on(early.name())));
    let subscription = scene.run.work.subscription.clone();
    let applying = subscription.begin();
    // What is refused is not even begun, unless hooks may bring what is missing.
    let checked = if has_hooks { None } else { Some(check(scene.run, &manifests, &before, ownership, revision).await) };
    let checked = checked.transpose()?;
    scene.storage.create(revision).await?;
    if let Some((early, _)) = moments {
        hooks::run(scene.run, scene.storage, revision, early, limit, |_| true).await?;
    }
    let checked = match checked {
        Some(checked) => checked,
        None => check(scene.run, &manifests, &before, ownership, revision).await?,
    };
    scene.memory.applied.built = match scene.run.work.ways.on_drift {
        OnDrift::Leave => None,
        OnDrift::PutBack | OnDrift::Warn => {
            let applied: Vec<Manifest> = checked.plan.steps().map(|step| step.manifest.clone()).collect();
            Some(Built::of([0; 32], &applied, &scene.run.work.engine.packing))
        }
    };
    drop(manifests);
    let mut changes = ChangeSet::default();
    Box::pin(apply::write(&scene.run.work, &checked, &mut changes, &mut before)).await?;
    let attended = attended(&checked, wait);
    drop((applying, checked));

    // Who is slow to get ready starves nobody.
    drop(scene.run.place.take());
    let waiting = Awaiting::new(scene.run, scene.release);
    let (count, work) = (attended.count(), &scene.run.work);
    let healthy = health::wait(work, &mut scene.memory.applied, attended, &waiting);
    work.timeline.during(Stage::Health, count, healthy).await?;
    if let Some((_, late)) = moments {
        hooks::run(scene.run, scene.storage, revision, late, limit, |_| true).await?;
    }
    Ok(())
}

async fn check(
    run: &Run<'_>,
    manifests: &[Manifest],
    before: &Inventory,
    ownership: Ownership,
    revision: &Release,
) -> Result<Checked, Halt> {
    let checked = Box::pin(apply::check(&run.work, manifests.to_vec(), before, Declared::Anew)).await?;
    if ownership == Ownership::Refused {
        self::ownership::check(&checked, before, revision)?;
    }
    Ok(checked)
}

fn attended(checked: &Checked, wait: Wait) -> Attended {
    match wait {
        Wait::Nothing => Attended::only(std::collections::BTreeSet::new(), &checked.plan),
        Wait::AllButJobs => Attended::all(&checked.plan).without("Job"),
        Wait::All => Attended::all(&checked.plan),
    }
}

/// Marks a revision as failed.
pub(super) fn fail(revision: &mut Release, halt: &Halt) {
    let what = match revision.info.status.as_str() {
        "pending-upgrade" => "Upgrade",
        "pending-rollback" => "Rollback",
        _ => "Release",
    };
    "failed".clone_into(&mut revision.info.status);
    revision.info.description = format!("{what} {:?} failed: {halt}", revision.name);
}

/// Marks a revision as installed.
pub(super) fn succeed(revision: &mut Release, description: &str) {
    "deployed".clone_into(&mut revision.info.status);
    description.clone_into(&mut revision.info.description);
}
