//! Decides what happens to every object of a Kustomization, and says why.
//!
//! Deciding takes two steps, because only the API server knows what an apply would change. [`plan`] looks at manifests,
//! live objects and the inventory, and settles what needs no request: skipped objects, objects that are already exactly
//! as declared, objects to prune. The caller sends every remaining `Create` and `Apply` as a dry run and hands the
//! results to [`settle`], which finds the objects that would not change and the ones to recreate.

use std::collections::BTreeMap;
use std::fmt;

use manifest::{GroupVersionKind, Manifest, ObjectId, takeover};
use serde_json::Value;

use crate::diff::changed_fields;
use crate::inventory::{Entry, Inventory};
use crate::labels::{Applier, Owner};
use crate::order::{self, GroupKind, StageKind};
use crate::owned::{Match, Owned, matches};
use crate::policy::Wish;

/// What is known of an object in the cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Live {
    /// It does not exist (or its type does not).
    Absent,
    /// It exists.
    Present {
        /// The whole object with its `managedFields`.
        object: Value,
    },
    /// It could not be read.
    Unknown {
        /// Why, as a sentence.
        why: String,
    },
}

/// What a server-side dry run of an object said.
#[derive(Debug, Clone, PartialEq)]
pub enum Preview {
    /// The object as it would be afterwards.
    Applied(Value),
    /// The API server refuses to change these fields of an existing object.
    Immutable {
        /// The refused fields, or none where the server did not name them.
        fields: Vec<String>,
    },
}

/// Which objects are recreated when an immutable field changes (`spec.force`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// Only objects that ask for it.
    WhereAsked,
    /// Every object that takes nothing with it: all but volumes, claims, namespaces and definitions of resources. This is
    /// what a HelmRelease can force: Helm's own replaces objects and never deletes one.
    WhereNothingIsLost,
    /// Every object.
    Everywhere,
}

impl Force {
    /// Whether an object is recreated.
    pub fn covers(self, object: &Value) -> bool {
        Wish::Force.of(object)
            || match self {
                Force::WhereAsked => false,
                Force::WhereNothingIsLost => !holds_more(object),
                Force::Everywhere => true,
            }
    }
}

/// Whether more than the object goes with it: data, or other objects.
fn holds_more(object: &Value) -> bool {
    GroupVersionKind::of(object).is_some_and(|gvk| {
        matches!(
            (gvk.group.as_str(), gvk.kind.as_str()),
            ("", "PersistentVolumeClaim" | "PersistentVolume" | "Namespace")
        ) || gvk.is_definition()
    })
}

/// Whether objects that left Git are deleted (`spec.prune`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruning {
    /// Delete them.
    Enabled,
    /// Leave them and forget them.
    Disabled,
}

/// Whose an object of the inventory is that carries no owner labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlabelled {
    /// Nobody's: somebody took the labels off so that it is left alone, as in Flux.
    Foreign,
    /// Ours: it was applied by Helm, whose releases list their objects and do not label them.
    Ours,
}

/// What applies to a whole Kustomization or HelmRelease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Who applies; objects labelled as another's are not pruned.
    pub owner: Owner,
    /// Whether objects without owner labels are pruned.
    pub unlabelled: Unlabelled,
    /// `spec.force`.
    pub force: Force,
    /// `spec.prune`.
    pub pruning: Pruning,
    /// Kinds the operator wants applied before the rest.
    pub stage_kinds: Vec<GroupKind>,
    /// What the inventories of others say of the objects.
    pub claims: Claims,
}

/// Objects that other Kustomizations have in their inventories, too. Of several, the one that applied an object last holds
/// it, as its labels say; those that had it before yield. So whoever declares it anew gets it, once, and nobody takes it
/// back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// Objects of this inventory that another one holds.
    pub held: BTreeMap<ObjectId, Owner>,
    /// Objects of this inventory that another one lists, too, and who gets them once they are no longer declared here.
    pub heirs: BTreeMap<ObjectId, Owner>,
}

/// What to do with one declared object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Apply it: it does not exist.
    Create,
    /// Apply it: it exists and differs.
    Apply,
    /// Delete it, wait until it is gone, and apply it.
    Recreate,
    /// Leave it.
    Skip,
}

/// What to do with one object of the inventory that is no longer declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PruneAction {
    /// Delete it.
    Delete,
    /// Leave it in the cluster and drop it from the inventory.
    Forget,
    /// Leave it in the cluster, label it as another's who declares it too, and drop it from the inventory.
    HandOver,
    /// Leave it for now and keep it in the inventory, so that the next run tries again.
    Retry,
}

/// Why something is done or left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The object does not exist.
    New,
    /// The object differs from what Git declares.
    Changed {
        /// The fields that differ, as paths such as `spec.replicas`; empty where the API server has not said yet.
        fields: Vec<String>,
    },
    /// The object is as declared, but other appliers still own its fields.
    TakenOver {
        /// Their field managers.
        managers: Vec<String>,
    },
    /// The object is as declared, but we do not own its fields yet, so that their later removal would go unnoticed.
    Adopted,
    /// The object already is exactly what Git declares.
    Unchanged,
    /// It or its manifest carries `reconcile: disabled`.
    ReconcileDisabled,
    /// It or its manifest carries `ssa: Ignore`.
    SsaIgnore,
    /// Its manifest carries `ssa: IfNotPresent` and it exists.
    IfNotPresentExists,
    /// An immutable field changes and `force` is on.
    Immutable {
        /// The immutable fields.
        fields: Vec<String>,
    },
    /// Another Kustomization declares it too, applied it last, and holds it.
    ClaimedBy {
        /// Which one.
        owner: Owner,
    },
    /// Somebody changed or deleted it since it was applied, and it or its Kustomization carries `drift: warn`.
    DriftWarned,
    /// It could not be read.
    NotRead {
        /// Why.
        why: String,
    },
    /// It is no longer declared.
    Removed,
    /// It is no longer declared, and already gone.
    AlreadyGone,
    /// It is no longer declared here, and another Kustomization still declares it.
    DeclaredElsewhere {
        /// Which one.
        owner: Owner,
    },
    /// It is no longer declared here, and another Kustomization is about to apply it.
    MovesTo {
        /// Which one.
        owner: Owner,
    },
    /// It carries `prune: disabled`.
    PruneDisabled,
    /// It asks Helm to keep it.
    KeptByPolicy,
    /// The Kustomization has `spec.prune: false`.
    PruningOff,
    /// Its labels name another owner, or none.
    NotOwnedByUs {
        /// The owner its labels name.
        owner: Option<Owner>,
    },
}

/// A clause that says why, to stand behind the object: `Deployment/prod/web is as declared`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::New => f.write_str("does not exist yet"),
            Reason::Changed { fields } if fields.is_empty() => f.write_str("differs from what is declared"),
            Reason::Changed { fields } => write!(f, "differs in {}", Listed(fields)),
            Reason::TakenOver { managers } if managers.is_empty() => {
                f.write_str("is as declared; what another tool noted on it is removed")
            }
            Reason::TakenOver { managers } => {
                write!(f, "is as declared; its fields are taken over from {}", Listed(managers))
            }
            Reason::Adopted => f.write_str("is as declared; its fields are adopted"),
            Reason::Unchanged => f.write_str("is as declared"),
            Reason::ReconcileDisabled => {
                f.write_str("is left alone: it carries kustomize.toolkit.fluxcd.io/reconcile: disabled")
            }
            Reason::SsaIgnore => f.write_str("is left alone: it carries kustomize.toolkit.fluxcd.io/ssa: Ignore"),
            Reason::IfNotPresentExists => {
                f.write_str("is left alone: it exists and carries kustomize.toolkit.fluxcd.io/ssa: IfNotPresent")
            }
            Reason::Immutable { fields } if fields.is_empty() => {
                f.write_str("is recreated: an immutable field changes")
            }
            Reason::Immutable { fields } => write!(f, "is recreated: {} cannot change", Listed(fields)),
            Reason::ClaimedBy { owner } => {
                write!(f, "is left to the {} {owner}, which declares it too and applied it last", owner.applier.kind())
            }
            Reason::DriftWarned => f.write_str("drifted and is left as it is: tenter.dev/drift is warn"),
            Reason::NotRead { why } => write!(f, "could not be read: {why}"),
            Reason::Removed => f.write_str("is no longer declared"),
            Reason::AlreadyGone => f.write_str("is no longer declared and already gone"),
            Reason::DeclaredElsewhere { owner } => {
                write!(f, "is handed over to the {} {owner}, which declares it too", owner.applier.kind())
            }
            Reason::MovesTo { owner } => {
                write!(f, "is kept until the {} {owner} applies it, which declares it now", owner.applier.kind())
            }
            Reason::PruneDisabled => f.write_str("is kept: it carries kustomize.toolkit.fluxcd.io/prune: disabled"),
            Reason::KeptByPolicy => f.write_str("is kept: it carries helm.sh/resource-policy: keep"),
            Reason::PruningOff => f.write_str("is kept: the Kustomization has prune: false"),
            Reason::NotOwnedByUs { owner: Some(owner) } => {
                write!(f, "is kept: its labels say that it belongs to the {} {owner}", owner.applier.kind())
            }
            Reason::NotOwnedByUs { owner: None } => {
                f.write_str("is kept: it does not carry the labels of a Kustomization any more")
            }
        }
    }
}

/// Names in a row; many are cut short.
struct Listed<'a>(&'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        f.write_str(&self.0.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", "))?;
        if self.0.len() > SHOWN {
            write!(f, " and {} more", self.0.len() - SHOWN)?;
        }
        Ok(())
    }
}

/// One declared object and what to do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The object as declared.
    pub manifest: Manifest,
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

/// The steps that run together.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Which stage.
    pub kind: StageKind,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// One object of the inventory that is no longer declared, and what to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prune {
    /// Which object.
    pub id: ObjectId,
    /// The version it was last applied in.
    pub version: String,
    /// What to do.
    pub action: PruneAction,
    /// Why.
    pub reason: Reason,
}

/// Everything that happens in one run, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The stages that have objects.
    pub stages: Vec<Stage>,
    /// Objects that left Git, in the order to delete them.
    pub prune: Vec<Prune>,
}

impl Plan {
    /// Every step of every stage, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.stages.iter().flat_map(|stage| &stage.steps)
    }

    /// The steps that a dry run has to look at: everything that would be created or applied.
    pub fn pending(&self) -> impl Iterator<Item = &Step> {
        self.steps().filter(|step| matches!(step.action, Action::Create | Action::Apply))
    }

    /// Keeps what would be deleted for those who are about to apply it.
    pub fn spare(&mut self, successors: &BTreeMap<ObjectId, Owner>) {
        for step in self.prune.iter_mut().filter(|step| step.action == PruneAction::Delete) {
            if let Some(owner) = successors.get(&step.id) {
                (step.action, step.reason) = (PruneAction::Retry, Reason::MovesTo { owner: owner.clone() });
            }
        }
    }

    /// Whether nothing at all would be written.
    pub fn is_empty(&self) -> bool {
        self.steps().all(|step| step.action == Action::Skip)
            && self.prune.iter().all(|prune| !matches!(prune.action, PruneAction::Delete | PruneAction::HandOver))
    }
}

/// Decides from what is known without asking the API server. `live` must have an entry for every declared object and
/// every object of the inventory; one that has none counts as [`Live::Unknown`].
pub fn plan(desired: Vec<Manifest>, live: &BTreeMap<ObjectId, Live>, inventory: &Inventory, options: &Options) -> Plan {
    let mut declared = Inventory::default();
    declared.entries.extend(desired.iter().filter_map(|manifest| Entry::of(&manifest.value)));
    let stale = inventory.diff(&declared);
    let stages = order::stages(desired, &options.stage_kinds)
        .into_iter()
        .map(|stage| Stage {
            kind: stage.kind,
            steps: stage.manifests.into_iter().map(|manifest| step(manifest, live, options)).collect(),
        })
        .collect();
    Plan { stages, prune: prune(stale, live, options) }
}

fn step(manifest: Manifest, live: &BTreeMap<ObjectId, Live>, options: &Options) -> Step {
    let live = live.get(&manifest.id());
    let object = match live {
        Some(Live::Present { object }) => Some(object),
        Some(Live::Absent | Live::Unknown { .. }) | None => None,
    };
    let wishes = |wish: Wish| wish.of(&manifest.value) || object.is_some_and(|object| wish.of(object));
    let (action, reason) = if wishes(Wish::ReconcileDisabled) {
        (Action::Skip, Reason::ReconcileDisabled)
    } else if wishes(Wish::Ignore) {
        (Action::Skip, Reason::SsaIgnore)
    } else if object.is_some() && Wish::IfNotPresent.of(&manifest.value) {
        (Action::Skip, Reason::IfNotPresentExists)
    } else if let Some(owner) = options.claims.held.get(&manifest.id()).filter(|_| object.is_some()) {
        (Action::Skip, Reason::ClaimedBy { owner: owner.clone() })
    } else {
        match live {
            Some(Live::Absent) => (Action::Create, Reason::New),
            Some(Live::Unknown { why }) => (Action::Apply, Reason::NotRead { why: why.clone() }),
            None => (Action::Apply, Reason::NotRead { why: NOT_LOOKED_UP.to_owned() }),
            Some(Live::Present { object }) => match matches(object, &manifest.value, options.owner.applier.manager()) {
                Match::Yes => match left_behind(object, &manifest, options) {
                    Some(managers) => (Action::Apply, Reason::TakenOver { managers }),
                    None => (Action::Skip, Reason::Unchanged),
                },
                Match::No { fields } => (Action::Apply, Reason::Changed { fields }),
            },
        }
    };
    Step { manifest, action, reason }
}

/// The managers whose fields are to be taken over, if anything of theirs is left on the object and it does not ask to
/// keep that.
fn left_behind(live: &Value, manifest: &Manifest, options: &Options) -> Option<Vec<String>> {
    if Wish::Merge.of(live) || Wish::Merge.of(&manifest.value) {
        return None;
    }
    takeover::patch(live, options.owner.applier.manager())
        .map(|_| takeover::managers(live, options.owner.applier.manager()))
}

const NOT_LOOKED_UP: &str = "it was not looked up";

/// Refines a plan with the results of the dry runs of its [`Plan::pending`] steps. A step without a preview stays as it
/// is.
pub fn settle(
    plan: Plan,
    live: &BTreeMap<ObjectId, Live>,
    previews: &BTreeMap<ObjectId, Preview>,
    options: &Options,
) -> Plan {
    let settle_step = |step: Step| match (live.get(&step.manifest.id()), previews.get(&step.manifest.id())) {
        (Some(Live::Present { object }), Some(preview)) if step.action == Action::Apply => {
            settled(step, object, preview, options)
        }
        _ => step,
    };
    let stages = plan
        .stages
        .into_iter()
        .map(|stage| Stage { kind: stage.kind, steps: stage.steps.into_iter().map(settle_step).collect() })
        .collect();
    Plan { stages, prune: plan.prune }
}

fn settled(step: Step, live: &Value, preview: &Preview, options: &Options) -> Step {
    let (action, reason) = match preview {
        Preview::Immutable { fields } => {
            if !options.force.covers(&step.manifest.value) && !Wish::Force.of(live) {
                return step;
            }
            (Action::Recreate, Reason::Immutable { fields: fields.clone() })
        }
        Preview::Applied(after) => {
            let fields = changed_fields(live, after);
            if !fields.is_empty() {
                (Action::Apply, Reason::Changed { fields })
            } else if let Some(managers) = left_behind(live, &step.manifest, options) {
                (Action::Apply, Reason::TakenOver { managers })
            } else if Owned::of(live, options.owner.applier.manager())
                != Owned::of(after, options.owner.applier.manager())
            {
                (Action::Apply, Reason::Adopted)
            } else {
                (Action::Skip, Reason::Unchanged)
            }
        }
    };
    Step { action, reason, ..step }
}

/// What happens to objects that are no longer declared. Also what a deleted Kustomization does with its whole inventory.
pub fn prune(stale: Vec<Entry>, live: &BTreeMap<ObjectId, Live>, options: &Options) -> Vec<Prune> {
    let mut stale = stale;
    stale.sort_by(|a, b| order::compare_for_delete(&a.id, &b.id));
    let decide = |entry: Entry| {
        let (action, reason) = prune_one(&entry.id, live.get(&entry.id), options);
        Prune { id: entry.id, version: entry.version, action, reason }
    };
    stale.into_iter().map(decide).collect()
}

fn prune_one(id: &ObjectId, live: Option<&Live>, options: &Options) -> (PruneAction, Reason) {
    if options.pruning == Pruning::Disabled {
        return (PruneAction::Forget, Reason::PruningOff);
    }
    match live {
        None => (PruneAction::Retry, Reason::NotRead { why: NOT_LOOKED_UP.to_owned() }),
        Some(Live::Unknown { why }) => (PruneAction::Retry, Reason::NotRead { why: why.clone() }),
        Some(Live::Absent) => (PruneAction::Forget, Reason::AlreadyGone),
        Some(Live::Present { object }) => {
            let owner = Owner::of(object);
            let ours = match &owner {
                Some(owner) => *owner == options.owner,
                None => options.unlabelled == Unlabelled::Ours,
            };
            if !ours {
                (PruneAction::Forget, Reason::NotOwnedByUs { owner })
            } else if Wish::KeepOnPrune.of(object) {
                (PruneAction::Forget, Reason::PruneDisabled)
            } else if options.owner.applier == Applier::HelmRelease && Wish::KeepOnUninstall.of(object) {
                (PruneAction::Forget, Reason::KeptByPolicy)
            } else if Wish::ReconcileDisabled.of(object) {
                (PruneAction::Forget, Reason::ReconcileDisabled)
            } else if Wish::Ignore.of(object) {
                (PruneAction::Forget, Reason::SsaIgnore)
            } else if let Some(heir) = options.claims.heirs.get(id) {
                (PruneAction::HandOver, Reason::DeclaredElsewhere { owner: heir.clone() })
            } else {
                (PruneAction::Delete, Reason::Removed)
            }
        }
    }
}
