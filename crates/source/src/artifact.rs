//! What a source yields.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use manifest::Tree;

use crate::git::VerifiedObject;

/// One revision of a source: its files, and where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The revision in Flux's format: `main@sha1:<hex>` for a branch, `v1.2.3@sha1:<hex>` for a tag,
    /// `refs/pull/1/head@sha1:<hex>` for a reference by name, `sha1:<hex>` for a bare commit,
    /// `latest@sha256:<hex>` for a directory, `v1.2.3@sha256:<hex>` for a tag in a registry, and `sha256:<hex>` for
    /// a digest there and for a bucket.
    pub revision: String,
    /// The digest of the files, `sha256:<hex>`: equal to `tree.digest()`, but see `layer`.
    pub digest: String,
    /// The files, after includes and ignore rules.
    pub tree: Tree,
    /// The commit the files were read from; `None` for a directory.
    pub commit: Option<Commit>,
    /// What else is known of it: the annotations of an artifact from a registry, of which
    /// `org.opencontainers.image.revision` names the commit it was made from.
    pub metadata: BTreeMap<String, String>,
    /// The layer itself, where it is copied and not unpacked: then there are no files, and the digest is the layer's.
    pub layer: Option<Arc<[u8]>>,
    /// What of it was signed by those who are trusted, where that was asked for: the tag first.
    pub verified: Vec<VerifiedObject>,
}

impl Artifact {
    /// An artifact of the given files; its digest is theirs.
    pub(crate) fn new(revision: String, tree: Tree, commit: Option<Commit>) -> Artifact {
        let digest = tree.digest().to_owned();
        Artifact { revision, digest, tree, commit, metadata: BTreeMap::new(), layer: None, verified: Vec::new() }
    }
}

/// A commit, as far as people want to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full hexadecimal id.
    pub id: String,
    /// Who wrote the change.
    pub author_name: String,
    /// The author's address.
    pub author_email: String,
    /// When the commit was made (the committer's time, not the author's).
    pub time: Timestamp,
    /// The whole message, without trailing newlines.
    pub message: String,
}

impl Commit {
    /// The first line of the message.
    pub fn summary(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// What a fetch found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched<T = Artifact> {
    /// The remote still stands at the revision that the caller already has.
    Unchanged,
    /// Another revision than the caller's.
    New(T),
}

/// The commit id in a revision: what follows `sha1:`, or the whole text where it is a bare id.
pub(crate) fn commit_id_of(revision: &str) -> &str {
    revision.rsplit_once(':').map_or(revision, |(_, id)| id)
}
