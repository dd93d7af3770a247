//! Server-side apply.

use manifest::Value;

use crate::{ApplyError, Cluster};

/// What to do about fields that other managers own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// Take them.
    Force,
    /// Fail and name them.
    Report,
}

/// Whether anything is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// It is.
    No,
    /// The API server does everything but store.
    Yes,
}

/// How to apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyMode {
    /// The field manager.
    pub manager: String,
    /// What to do about other managers.
    pub conflicts: Conflicts,
    /// Whether anything is stored.
    pub dry_run: DryRun,
}

impl ApplyMode {
    /// Stores, as `manager`, taking over fields.
    pub fn forced(manager: impl Into<String>) -> ApplyMode {
        ApplyMode { manager: manager.into(), conflicts: Conflicts::Force, dry_run: DryRun::No }
    }

    /// The same without storing.
    pub fn dry(self) -> ApplyMode {
        ApplyMode { dry_run: DryRun::Yes, ..self }
    }
}

/// What an apply did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The object did not exist.
    Created,
    /// It was changed.
    Configured,
    /// It already was so.
    Unchanged,
}

/// An applied object.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// As the API server has it now.
    pub object: Value,
    /// What happened to it.
    pub change: Change,
}

impl Cluster {
    /// Applies one object. `before` is the resource version the object was last seen with, if it was seen: it tells
    /// [`Change::Configured`] from [`Change::Unchanged`].
    pub async fn apply(&self, manifest: &Value, before: Option<&str>, mode: &ApplyMode) -> Result<Applied, ApplyError> {
        let _ = (manifest, before, mode);
        unimplemented!()
    }

    /// What every object would become, each with its own result, in order. Nothing is stored.
    pub async fn dry_run_all(&self, manifests: &[&Value], manager: &str) -> Vec<Result<Value, ApplyError>> {
        let _ = (manifests, manager);
        unimplemented!()
    }

    /// Deletes the object, waits until it is really gone (finalizers included), and applies it anew.
    pub async fn recreate(&self, manifest: &Value, mode: &ApplyMode) -> Result<Applied, ApplyError> {
        let _ = (manifest, mode);
        unimplemented!()
    }
}
