//! The newest artifact of every source, in memory, shared by reference.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use source::{Artifact, GitRequest};

use crate::Key;

/// The kind and key of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SourceKey {
    /// `GitRepository`.
    pub kind: String,
    /// Its namespace and name.
    pub key: Key,
}

impl SourceKey {
    /// Of a GitRepository.
    pub(crate) fn git_repository(key: &Key) -> SourceKey {
        SourceKey { kind: "GitRepository".to_owned(), key: key.clone() }
    }
}

/// What a source holds now.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// The newest artifact.
    pub artifact: Arc<Artifact>,
    /// How it was fetched, so that a past revision can be fetched too.
    pub request: Arc<GitRequest>,
}

/// The artifacts of all sources.
#[derive(Debug, Clone, Default)]
pub(crate) struct Artifacts(Arc<RwLock<BTreeMap<SourceKey, Held>>>);

impl Artifacts {
    /// The newest artifact of a source, if one was ever fetched.
    pub(crate) fn get(&self, source: &SourceKey) -> Option<Held> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(source).cloned()
    }

    /// Replaces a source's artifact. Says whether its revision or content changed.
    pub(crate) fn put(&self, source: SourceKey, held: Held) -> bool {
        let new = (held.artifact.revision.clone(), held.artifact.digest.clone());
        let old = self.0.write().unwrap_or_else(PoisonError::into_inner).insert(source, held);
        old.is_none_or(|old| (old.artifact.revision.clone(), old.artifact.digest.clone()) != new)
    }

    /// Forgets a source.
    pub(crate) fn remove(&self, source: &SourceKey) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(source);
    }
}
