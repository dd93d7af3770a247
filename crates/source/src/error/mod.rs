//! Why a source could not be read, and what to do about it.

mod reason;

use std::path::PathBuf;
use std::time::Duration;

use crate::git::GitSignatureError;
pub use reason::SourceKind;

/// Why a source could not be read. Addresses are shown without the credentials in them, and no message holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The address is not one that a source of its kind can have.
    #[error("{url}: not a usable address: {reason}")]
    InvalidUrl {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A commit, or its tag, that nobody who is trusted signed.
    #[error(transparent)]
    Signature(GitSignatureError),
    /// A branch, tag or reference that the repository does not have.
    #[error("{url}: no {reference}{}", candidates_hint(.candidates))]
    UnknownReference {
        /// The repository.
        url: String,
        /// What was asked for, with its kind.
        reference: String,
        /// Names the repository has, the most similar first.
        candidates: Vec<String>,
    },
    /// A commit that the repository does not have, or does not give.
    #[error(
        "{url}: no commit {commit}; check that it was pushed and not rewritten, or set spec.ref.branch to the branch \
         it is on if the server gives no commit by its id"
    )]
    UnknownCommit {
        /// The repository.
        url: String,
        /// The commit's id.
        commit: String,
    },
    /// No tag is a version in the range.
    #[error("{url}: no tag matches the version range {range:?}{}", candidates_hint(.candidates))]
    NoMatchingVersion {
        /// The repository.
        url: String,
        /// The range.
        range: String,
        /// The highest versions among the tags.
        candidates: Vec<String>,
    },
    /// A reference that cannot be one.
    #[error("{reference} is not a valid reference: {reason}")]
    InvalidReference {
        /// The reference.
        reference: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server refused the credentials, or wants some.
    #[error("{url}: authentication failed: {hint}")]
    AuthenticationFailed {
        /// The repository.
        url: String,
        /// What to check.
        hint: String,
    },
    /// The credentials are of no use for this address, or unreadable.
    #[error("{url}: unusable credentials: {reason}")]
    InvalidCredentials {
        /// The repository.
        url: String,
        /// What is wrong with them.
        reason: String,
    },
    /// The server's ssh host key is not one of those to trust.
    #[error(
        "{url}: the host key is not in known_hosts: {cause}; add the server's key (ssh-keyscan prints it) after checking \
         its fingerprint. If the key was known before, someone may be in between"
    )]
    HostKey {
        /// The repository.
        url: String,
        /// What ssh says.
        cause: String,
    },
    /// The server's certificate is not trusted.
    #[error(
        "{url}: the server's certificate was refused: {cause}; if a private authority signed it, put that authority's \
         certificate under ca.crt in the secret"
    )]
    Certificate {
        /// The repository.
        url: String,
        /// What the check says.
        cause: String,
    },
    /// The server cannot be reached.
    #[error("{url}: unreachable: {cause}; check the host name, the network and the proxy")]
    Unreachable {
        /// The repository.
        url: String,
        /// Why.
        cause: String,
    },
    /// There is a server or a folder, but no repository.
    #[error("{url}: not a git repository: {cause}; check the path, and that these credentials may see it")]
    NotARepository {
        /// The repository.
        url: String,
        /// What was found instead.
        cause: String,
    },
    /// The repository has no commit.
    #[error("{url}: git repository is empty; push a commit to it")]
    EmptyRepository {
        /// The repository.
        url: String,
    },
    /// Not finished in time.
    #[error("{url}: not finished after {after:?}; check the network, or raise spec.timeout")]
    Timeout {
        /// The repository.
        url: String,
        /// The time it had.
        after: Duration,
    },
    /// The server answered with something else than git, or with an error of its own.
    #[error("{url}: {cause}")]
    Protocol {
        /// The repository.
        url: String,
        /// What happened.
        cause: String,
    },
    /// A file is larger than allowed.
    #[error("{path}: {size} bytes, and a file may have {limit}; leave it out with a line {path:?} in .sourceignore")]
    FileTooLarge {
        /// The file.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// All files together are larger than allowed.
    #[error(
        "the files have more than {limit} bytes together; leave out what is not needed with .sourceignore. The \
         largest: {largest} ({size} bytes)"
    )]
    TotalTooLarge {
        /// The limit in bytes.
        limit: u64,
        /// The largest file.
        largest: String,
        /// Its size in bytes.
        size: u64,
    },
    /// More files than allowed.
    #[error("more than {limit} files; leave out what is not needed with .sourceignore or spec.sparseCheckout")]
    TooManyFiles {
        /// The limit.
        limit: usize,
    },
    /// Folders nested more deeply than allowed.
    #[error("{path}: more than {limit} folders deep; flatten it")]
    TooDeep {
        /// The path.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// A name that is not UTF-8.
    #[error("{path}: the name is not UTF-8; rename it")]
    NotUtf8 {
        /// The path, with what is unreadable replaced.
        path: String,
    },
    /// A name that no checkout can hold, as only a forged repository has it.
    #[error("{path}: not a usable file name; the repository was not made by git")]
    ForgedPath {
        /// The path.
        path: String,
    },
    /// A folder of `spec.sparseCheckout` that is not in the repository.
    #[error("failed to sparse checkout directories: {path:?} does not exist in the repository")]
    SparsePath {
        /// The path.
        path: String,
    },
    /// An entry of `spec.include` that cannot be placed.
    #[error("include from {from:?} to {to:?}: {reason}")]
    Include {
        /// The path in the other source.
        from: String,
        /// The path here.
        to: String,
        /// Why.
        reason: String,
    },
    /// A submodule could not be read.
    #[error("submodule {path}: {source}")]
    Submodule {
        /// The submodule's folder.
        path: String,
        /// Why.
        source: Box<SourceError>,
    },
    /// A submodule is described wrongly, or nested too deeply.
    #[error("submodule {path}: {reason}")]
    InvalidSubmodule {
        /// The submodule's folder.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// An object of the repository is broken.
    #[error("{url}: the object store is damaged: {cause}; run `git fsck` on it")]
    Damaged {
        /// The repository.
        url: String,
        /// Which object, and how.
        cause: String,
    },
    /// A file or folder of this machine could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A path cannot be watched.
    #[error(
        "{path}: cannot be watched: {cause}; if the system has no watches left, raise fs.inotify.max_user_watches",
        path = path.display()
    )]
    Watch {
        /// The path.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// What was asked for is not there.
    #[error("{url}: not found; {hint}")]
    NotFound {
        /// The address.
        url: String,
        /// What to check.
        hint: String,
    },
    /// More bytes than are accepted of one file, index or archive.
    #[error("{what}: more than {limit} bytes, which is the limit")]
    TooLarge {
        /// The address or name.
        what: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// What arrived is not what was announced.
    #[error(
        "{what}: the digest is {found}, and {expected} was announced; the file was replaced or damaged on the way. If \
         it was published again, publish its index or tag again too"
    )]
    DigestMismatch {
        /// The address.
        what: String,
        /// The digest that was announced.
        expected: String,
        /// The digest of what arrived.
        found: String,
    },
    /// The index of a Helm repository cannot be read.
    #[error("{url}: not the index of a Helm repository: {cause}")]
    InvalidIndex {
        /// The address of the index.
        url: String,
        /// What is wrong.
        cause: String,
    },
    /// A chart that the repository does not have.
    #[error("{url}: no chart {chart:?}{}", candidates_hint(.candidates))]
    UnknownChart {
        /// The repository.
        url: String,
        /// The chart.
        chart: String,
        /// Charts it has, the most similar first.
        candidates: Vec<String>,
    },
    /// No version of a chart, or no tag, is in the range.
    #[error("{url}: no version of {name:?} matches {range:?}{}", candidates_hint(.candidates))]
    NoVersion {
        /// The repository.
        url: String,
        /// The chart or repository.
        name: String,
        /// The range.
        range: String,
        /// The highest versions there are.
        candidates: Vec<String>,
    },
    /// An artifact in a registry does not have the form that is wanted.
    #[error("{url}: {cause}")]
    InvalidArtifact {
        /// The artifact.
        url: String,
        /// What is wrong.
        cause: String,
    },
    /// Nobody who is trusted signed it.
    #[error("{url}: the signature cannot be verified: {cause}")]
    Unverified {
        /// The artifact.
        url: String,
        /// Why.
        cause: String,
    },
    /// Something that is not done, and must not be left out silently.
    #[error("{what} is not supported; {hint}")]
    Unsupported {
        /// The field and its value.
        what: String,
        /// What to do instead.
        hint: String,
    },
}

fn candidates_hint(candidates: &[String]) -> String {
    match candidates {
        [] => String::new(),
        [only] => format!("; it has {only:?}"),
        several => format!("; similar ones: {}", several.join(", ")),
    }
}
