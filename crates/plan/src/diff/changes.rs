use std::fmt;

use manifest::ObjectId;

/// What happened to one object, in Flux's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It was created.
    Created,
    /// It was changed.
    Configured,
    /// It was as it should be.
    Unchanged,
    /// It was deleted.
    Deleted,
    /// It was left alone because it asks for that.
    Skipped,
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChangeKind::Created => "created",
            ChangeKind::Configured => "configured",
            ChangeKind::Unchanged => "unchanged",
            ChangeKind::Deleted => "deleted",
            ChangeKind::Skipped => "skipped",
        })
    }
}

/// One object and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which object.
    pub id: ObjectId,
    /// The API version it was handled in.
    pub version: String,
    /// What happened.
    pub kind: ChangeKind,
}

/// `Deployment/prod/frontend configured`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.kind)
    }
}

/// What one run did, object by object, in the order it did it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeSet {
    /// The changes.
    pub changes: Vec<Change>,
}

impl ChangeSet {
    /// Only what was really created, configured or deleted: what an event says.
    pub fn effective(&self) -> ChangeSet {
        let real = |kind| matches!(kind, ChangeKind::Created | ChangeKind::Configured | ChangeKind::Deleted);
        ChangeSet { changes: self.changes.iter().filter(|change| real(change.kind)).cloned().collect() }
    }

    /// Whether nothing was created, configured or deleted.
    pub fn is_empty(&self) -> bool {
        self.effective().changes.is_empty()
    }

    /// How many objects had this happen to them.
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }
}

/// One line per object, as Flux's events have it.
impl fmt::Display for ChangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{change}")?;
        }
        Ok(())
    }
}
