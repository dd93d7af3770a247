//! Whether those who are trusted signed a commit, or the tag that leads to it.

use std::sync::Arc;

use crypto::git_signature::{Signed, TrustedKeys, Untrusted};
use gix::objs::Kind;
use gix::{ObjectId, Repository};
use jiff::Timestamp;

use crate::error::SourceError;
use crate::request::Reference;

/// What must be signed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitVerification {
    /// What must be signed.
    pub objects: SignedObjects,
    /// Whose signatures count.
    pub keys: Arc<TrustedKeys>,
}

/// What must be signed: Flux's modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedObjects {
    /// The commit: `HEAD`.
    Commit,
    /// The tag that leads to it: `Tag`.
    Tag,
    /// Both: `TagAndHEAD`.
    TagAndCommit,
}

/// An object whose signature was found to be good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedObject {
    /// `commit '<id>'`, `tag 'v1.0.0@<id>'`.
    pub object: String,
    /// The key that made it: an id, or a fingerprint.
    pub key: String,
}

/// Why a commit is not used. The texts are Flux's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitSignatureError {
    /// A tag must be signed, but none leads to the commit.
    #[error("cannot verify tag object's signature if a tag reference is not specified")]
    NoTag,
    /// The tag is not signed.
    #[error("cannot verify signature of tag '{0}' since it is not signed")]
    UnsignedTag(String),
    /// The tag is not signed by somebody who is trusted.
    #[error("signature verification of tag '{tag}' failed: unable to verify Git tag: {cause}")]
    Tag {
        /// Its name and id.
        tag: String,
        /// Why.
        cause: Untrusted,
    },
    /// The commit is not signed by somebody who is trusted.
    #[error("signature verification of commit '{commit}' failed: unable to verify Git commit: {cause}")]
    Commit {
        /// Its id.
        commit: String,
        /// Why.
        cause: Untrusted,
    },
    /// The tag leads elsewhere by now.
    #[error("signature verification of tag '{tag}' failed: it does not lead to commit '{commit}' any more")]
    MovedTag {
        /// Its name and id.
        tag: String,
        /// The commit that was to be used.
        commit: String,
    },
    /// There are files, but nothing that could be signed.
    #[error("cannot verify {0}: it is a folder and no git repository")]
    NoRepository(String),
}

impl SignedObjects {
    fn includes_tag(self) -> bool {
        matches!(self, SignedObjects::Tag | SignedObjects::TagAndCommit)
    }

    fn includes_commit(self) -> bool {
        matches!(self, SignedObjects::Commit | SignedObjects::TagAndCommit)
    }
}

impl GitVerification {
    /// The full name of the tag that has to be looked at, if one has to be.
    pub(super) fn tag(&self, reference: &Reference, revision: &str) -> Result<Option<String>, SourceError> {
        match (self.objects.includes_tag(), tag_of(reference, revision)) {
            (false, _) => Ok(None),
            (true, Some(tag)) => Ok(Some(tag)),
            (true, None) => Err(SourceError::Signature(GitSignatureError::NoTag)),
        }
    }

    /// Checks what must be signed. The tag is the one of [`GitVerification::tag`], with what it is.
    pub(super) fn verify(
        &self,
        repository: &Repository,
        url: &str,
        commit: ObjectId,
        tag: Option<(String, ObjectId)>,
    ) -> Result<Vec<VerifiedObject>, SourceError> {
        let now = Timestamp::now();
        let mut verified = Vec::new();
        if let Some((name, id)) = tag {
            verified.push(self.verify_tag(repository, url, &name, id, commit, now)?);
        }
        if self.objects.includes_commit() {
            let id = commit.to_string();
            let key = self.keys.verify(&signed_commit(repository, url, commit)?, now);
            let refused = |cause| SourceError::Signature(GitSignatureError::Commit { commit: id.clone(), cause });
            let key = key.map_err(refused)?;
            verified.push(VerifiedObject { object: format!("commit '{id}'"), key });
        }
        Ok(verified)
    }

    fn verify_tag(
        &self,
        repository: &Repository,
        url: &str,
        name: &str,
        id: ObjectId,
        commit: ObjectId,
        now: Timestamp,
    ) -> Result<VerifiedObject, SourceError> {
        let damaged = |error: gix::Error| SourceError::Damaged { url: url.to_owned(), cause: error.to_string() };
        let name = name.strip_prefix("refs/tags/").unwrap_or(name);
        let object = repository.find_object(id).map_err(damaged)?;
        if object.kind != Kind::Tag {
            // A name for a commit, and nothing that could be signed.
            return Err(SourceError::Signature(GitSignatureError::UnsignedTag(name.to_owned())));
        }
        let tag = format!("{name}@{id}");
        let signed = Signed::tag(&object.data);
        if object.peel_to_kind(Kind::Commit).map_err(damaged)?.id != commit {
            return Err(SourceError::Signature(GitSignatureError::MovedTag { tag, commit: commit.to_string() }));
        }
        if !signed.is_signed() {
            return Err(SourceError::Signature(GitSignatureError::UnsignedTag(tag)));
        }
        match self.keys.verify(&signed, now) {
            Ok(key) => Ok(VerifiedObject { object: format!("tag '{tag}'"), key }),
            Err(cause) => Err(SourceError::Signature(GitSignatureError::Tag { tag, cause })),
        }
    }
}

/// A commit, and its signature apart.
fn signed_commit(repository: &Repository, url: &str, id: ObjectId) -> Result<Signed, SourceError> {
    let damaged = |error: gix::Error| SourceError::Damaged { url: url.to_owned(), cause: error.to_string() };
    let commit = repository.find_commit(id).map_err(damaged)?;
    let found = commit.signature().map_err(damaged)?;
    Ok(match found {
        Some((signature, payload)) => {
            Signed { signature: String::from_utf8_lossy(&signature).into_owned(), payload: payload.to_bstring().into() }
        }
        None => Signed { signature: String::new(), payload: commit.data.clone() },
    })
}

/// The full name of the tag that a reference leads through, at a revision.
fn tag_of(reference: &Reference, revision: &str) -> Option<String> {
    match reference {
        Reference::Tag(tag) => Some(format!("refs/tags/{tag}")),
        // Which of them it was stands in the revision.
        Reference::SemVer(_) => revision.rsplit_once('@').map(|(tag, _)| format!("refs/tags/{tag}")),
        Reference::Name(name) => {
            let name = name.strip_suffix("^{}").unwrap_or(name);
            name.starts_with("refs/tags/").then(|| name.to_owned())
        }
        Reference::Branch(_) | Reference::Commit { .. } => None,
    }
}
