//! Whether the cluster is as a release says, and putting it right.

use std::collections::BTreeSet;

use cluster::ObjectRef;
use manifest::{Manifest, ObjectId};
use plan::decide::Reason;
use plan::diff::{ChangeKind, ChangeSet};
use plan::inventory::{Entry, Inventory};
use plan::release::{Change, Drift, DriftedObject};
use render::helm::storage::Release;

use super::halt::Halt;
use super::memory::Memory;
use super::objects;
use super::run::Run;
use crate::stages::applied::Built;
use crate::stages::apply::{self, Checked, Declared};
use crate::stages::ignored::Settled;

/// What a comparison found.
pub(super) struct Compared {
    checked: Checked,
    declared: Inventory,
    pub(super) drift: Drift,
}

/// Compares the cluster with what a release says. From here on, what is as it should be is watched.
pub(super) async fn compare(run: &Run<'_>, release: &Release, memory: &mut Memory) -> Result<Compared, Halt> {
    let mut manifests = objects::of_release(run, release).await?;
    let declared = Inventory { entries: manifests.iter().filter_map(|object| Entry::of(&object.value)).collect() };
    memory.applied.built = Some(Built::of([0; 32], &manifests, &run.work.engine.packing));
    ignore(run, &mut manifests).await;
    let applying = run.work.subscription.begin();
    let checked = Box::pin(apply::check(&run.work, manifests, &declared, Declared::Anew)).await?;
    let drift =
        Drift { objects: checked.plan.steps().filter_map(|step| drifted(step.manifest.id(), &step.reason)).collect() };
    apply::expect(&run.work, &checked);
    drop(applying);
    Ok(Compared { checked, declared, drift })
}

/// Makes what is ignored of objects as it is in the cluster, and leaves out objects of which everything is.
async fn ignore(run: &Run<'_>, manifests: &mut Vec<Manifest>) {
    let concerned: Vec<usize> =
        (0..manifests.len()).filter(|&index| run.work.ignored.concerns(&manifests[index].value)).collect();
    let references: Vec<ObjectRef> =
        concerned.iter().filter_map(|&index| ObjectRef::of(&manifests[index].value)).collect();
    let found = run.work.cluster.get_all(&references).await;
    let mut excluded = BTreeSet::new();
    for (&index, live) in concerned.iter().zip(found) {
        // What is not there, or cannot be read, is found to be so by the comparison.
        let Ok(Some(live)) = live else { continue };
        match run.work.ignored.settle(&manifests[index].value, &live) {
            Settled::AsDeclared => {}
            Settled::WithLiveFields(wanted) => manifests[index].value = wanted,
            Settled::Excluded => {
                excluded.insert(index);
            }
        }
    }
    let mut index = 0..;
    manifests.retain(|_| index.next().is_none_or(|index| !excluded.contains(&index)));
}

/// How an object that is to be applied differs from what the release says.
fn drifted(id: ObjectId, reason: &Reason) -> Option<DriftedObject> {
    let change = match reason {
        Reason::New => Change::Removed,
        Reason::Changed { fields } => Change::Changed { added: 0, changed: fields.len().max(1), removed: 0 },
        Reason::Immutable { fields } => Change::Changed { added: 0, changed: fields.len().max(1), removed: 0 },
        Reason::ReconcileDisabled | Reason::SsaIgnore | Reason::DriftWarned => Change::Excluded,
        Reason::TakenOver { .. }
        | Reason::Adopted
        | Reason::Unchanged
        | Reason::IfNotPresentExists
        | Reason::NotRead { .. }
        | Reason::ClaimedBy { .. }
        | Reason::DeclaredElsewhere { .. }
        | Reason::MovesTo { .. }
        | Reason::Removed
        | Reason::AlreadyGone
        | Reason::PruneDisabled
        | Reason::KeptByPolicy
        | Reason::PruningOff
        | Reason::NotOwnedByUs { .. } => return None,
    };
    Some(DriftedObject { id, change })
}

/// Puts objects as the release says. Returns what was corrected, and what could not be.
pub(super) async fn correct(run: &Run<'_>, compared: Compared) -> (Vec<String>, Vec<String>) {
    let Compared { checked, mut declared, .. } = compared;
    let mut changes = ChangeSet::default();
    let applying = run.work.subscription.begin();
    let written = Box::pin(apply::write(&run.work, &checked, &mut changes, &mut declared)).await;
    drop(applying);
    let lines = changes.changes.iter().filter_map(|change| {
        let what = match change.kind {
            ChangeKind::Created => "created",
            ChangeKind::Configured => "configured",
            ChangeKind::Unchanged | ChangeKind::Skipped | ChangeKind::Deleted => return None,
        };
        Some(format!("{} {what}", change.id))
    });
    (lines.collect(), written.err().into_iter().map(|stop| stop.to_string()).collect())
}
