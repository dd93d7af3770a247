//! Which fields of a live object are ours, whether they are as declared, and who changed them.
//!
//! The API server records in `metadata.managedFields` which manager owns which field. That record makes two things
//! possible without a request: an object whose owned fields and values equal the manifest needs no apply, and a watch
//! event that leaves them as they were is no drift.

use manifest::Value;

/// Whether a live object already is what an apply would make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Applying would change nothing.
    Yes,
    /// Applying would change something, or it cannot be known without asking the API server.
    No {
        /// The fields that differ, as paths such as `spec.replicas`.
        fields: Vec<String>,
    },
}

/// Compares a live object with a manifest, given the fields that `manager` owns.
///
/// `Yes` is certain. `No` can be wrong where the API server rewrites values (`cpu: 1000m` is stored as `1`): the dry run
/// that follows finds that out.
pub fn matches(live: &Value, desired: &Value, manager: &str) -> Match {
    let _ = (live, desired, manager);
    unimplemented!()
}

/// The fields of one object that we own, with their values, kept small: one exists for every applied object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    fields: Box<str>,
    values: Box<str>,
}

impl Owned {
    /// What `manager` applied to `live`; none if it never did.
    pub fn of(live: &Value, manager: &str) -> Option<Owned> {
        let _ = (live, manager);
        unimplemented!()
    }

    /// A digest of fields and values, as hex.
    pub fn fingerprint(&self) -> String {
        let _ = (&self.fields, &self.values);
        unimplemented!()
    }
}

/// How an object left the state we gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftKind {
    /// Owned fields changed or went.
    Changed,
    /// The object is gone or being deleted.
    Deleted,
}

/// One owned field that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Where, such as `spec.template.spec.containers[name=app].image`.
    pub path: String,
    /// Our value.
    pub before: Option<Value>,
    /// The value now; none if the field is gone.
    pub after: Option<Value>,
}

/// Who wrote to an object, as `managedFields` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The field manager, such as `kubectl-edit`.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// When, as RFC 3339; empty where the server did not say.
    pub time: String,
}

/// An object that is no longer as we left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// What happened.
    pub kind: DriftKind,
    /// The fields that changed; empty if the object is deleted.
    pub fields: Vec<FieldChange>,
    /// Who did it, where `managedFields` tells.
    pub by: Option<Actor>,
}

/// Whether `live` (none: deleted) still has what we applied.
pub fn drift(before: &Owned, live: Option<&Value>, manager: &str) -> Option<Drift> {
    let _ = (before, live, manager);
    unimplemented!()
}
