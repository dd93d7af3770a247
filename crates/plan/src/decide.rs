//! Decides what happens to every object of a Kustomization, and says why.
//!
//! Deciding takes two steps, because only the API server knows what an apply would change. [`plan`] looks at manifests,
//! live objects and the inventory, and settles what needs no request: skipped objects, objects that are already exactly
//! as declared, objects to prune. The caller sends every remaining `Create` and `Apply` as a dry run and hands the
//! results to [`settle`], which finds the objects that would not change and the ones to recreate.

use std::collections::BTreeMap;
use std::fmt;

use manifest::{Manifest, ObjectId};
use serde_json::Value;

use crate::inventory::{Entry, Inventory};
use crate::labels::Owner;
use crate::order::{GroupKind, StageKind};

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

/// Whether objects are recreated when an immutable field changes (`spec.force`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// Only objects that ask for it.
    WhereAsked,
    /// Every object.
    Everywhere,
}

/// Whether objects that left Git are deleted (`spec.prune`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruning {
    /// Delete them.
    Enabled,
    /// Leave them and forget them.
    Disabled,
}

/// What applies to a whole Kustomization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The field manager that applies; usually [`crate::FIELD_MANAGER`].
    pub manager: String,
    /// The Kustomization; only objects labelled as its own are pruned.
    pub owner: Owner,
    /// `spec.force`.
    pub force: Force,
    /// `spec.prune`.
    pub pruning: Pruning,
    /// Kinds the operator wants applied before the rest.
    pub stage_kinds: Vec<GroupKind>,
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
    /// It could not be read.
    NotRead {
        /// Why.
        why: String,
    },
    /// It is no longer declared.
    Removed,
    /// It is no longer declared, and already gone.
    AlreadyGone,
    /// It carries `prune: disabled`.
    PruneDisabled,
    /// The Kustomization has `spec.prune: false`.
    PruningOff,
    /// Its labels name another owner, or none.
    NotOwnedByUs {
        /// The owner its labels name.
        owner: Option<Owner>,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        unimplemented!()
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

    /// Whether nothing at all would be written.
    pub fn is_empty(&self) -> bool {
        self.steps().all(|step| step.action == Action::Skip)
            && self.prune.iter().all(|prune| prune.action != PruneAction::Delete)
    }
}

/// Decides from what is known without asking the API server. `live` must have an entry for every declared object and
/// every object of the inventory; one that has none counts as [`Live::Unknown`].
pub fn plan(desired: Vec<Manifest>, live: &BTreeMap<ObjectId, Live>, inventory: &Inventory, options: &Options) -> Plan {
    let _ = (desired, live, inventory, options);
    unimplemented!()
}

/// Refines a plan with the results of the dry runs of its [`Plan::pending`] steps. A step without a preview stays as it
/// is.
pub fn settle(
    plan: Plan,
    live: &BTreeMap<ObjectId, Live>,
    previews: &BTreeMap<ObjectId, Preview>,
    options: &Options,
) -> Plan {
    let _ = (live, previews, options);
    plan
}

/// What happens to objects that are no longer declared. Also what a deleted Kustomization does with its whole inventory.
pub fn prune(stale: Vec<Entry>, live: &BTreeMap<ObjectId, Live>, options: &Options) -> Vec<Prune> {
    let _ = (stale, live, options);
    unimplemented!()
}
