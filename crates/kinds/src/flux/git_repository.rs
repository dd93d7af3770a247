//! `source.toolkit.fluxcd.io` GitRepository.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Conditions, GoDuration, LocalReference, Metadata, ReadError, read};

/// A git repository as a source.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GitRepository {
    /// Name, namespace, generation.
    pub metadata: Metadata,
    /// What to fetch.
    pub spec: GitRepositorySpec,
    /// What was fetched.
    #[serde(default)]
    pub status: GitRepositoryStatus,
}

/// What to fetch.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GitRepositorySpec {
    /// `http://`, `https://`, `ssh://` or `file://`.
    pub url: String,
    /// How often to look for new commits.
    pub interval: GoDuration,
    /// How long one fetch may take; 60 s by default.
    pub timeout: Option<GoDuration>,
    /// Which commit; the branch `master` by default.
    #[serde(rename = "ref", default)]
    pub reference: GitReference,
    /// Credentials.
    pub secret_ref: Option<LocalReference>,
    /// `generic`, `github`, `azure`; only `generic` reads `secretRef` as it stands.
    pub provider: Option<String>,
    /// A proxy's address and credentials.
    pub proxy_secret_ref: Option<LocalReference>,
    /// Which signatures to demand.
    pub verify: Option<GitVerify>,
    /// Rules after those of `.sourceignore` files, in their format.
    pub ignore: Option<String>,
    /// Other repositories' files, to be placed among these.
    #[serde(default)]
    pub include: Vec<GitInclude>,
    /// Whether submodules are fetched.
    #[serde(default)]
    pub recurse_submodules: bool,
    /// Only these folders.
    #[serde(default)]
    pub sparse_checkout: Vec<String>,
    /// Whether reconciliation rests.
    #[serde(default)]
    pub suspend: bool,
}

/// Which signatures to demand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GitVerify {
    /// What must be signed; the commit by default.
    #[serde(default)]
    pub mode: GitVerifyMode,
    /// The public keys: `*.asc` of OpenPGP, `*.sshpub` of ssh, and whatever else as OpenPGP's.
    pub secret_ref: LocalReference,
}

/// What must be signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GitVerifyMode {
    /// The commit.
    #[default]
    #[serde(rename = "HEAD", alias = "head", alias = "")]
    Head,
    /// The tag that leads to it.
    Tag,
    /// Both.
    #[serde(rename = "TagAndHEAD")]
    TagAndHead,
}

impl GitVerifyMode {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            GitVerifyMode::Head => "HEAD",
            GitVerifyMode::Tag => "Tag",
            GitVerifyMode::TagAndHead => "TagAndHEAD",
        }
    }
}

/// Which commit; `commit` wins over `name`, `semver`, `tag` and `branch`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GitReference {
    /// A branch.
    pub branch: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// The highest tag in a version range.
    pub semver: Option<String>,
    /// A full reference name, such as `refs/pull/1/head`.
    pub name: Option<String>,
    /// A commit id.
    pub commit: Option<String>,
}

/// One `include` entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GitInclude {
    /// The other GitRepository.
    pub repository: LocalReference,
    /// What to copy; all by default.
    #[serde(default)]
    pub from_path: String,
    /// Where to; the other repository's name by default.
    #[serde(default)]
    pub to_path: String,
}

/// What was fetched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GitRepositoryStatus {
    /// The generation that was last handled; -1 before the first time.
    pub observed_generation: i64,
    /// Ready, Reconciling, Stalled, ArtifactInStorage, FetchFailed.
    pub conditions: Conditions,
    /// The newest artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact: Option<ArtifactStatus>,
    /// The last handled reconcile request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// The `ignore` rules behind the artifact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_ignore: Option<String>,
}

/// A source's artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactStatus {
    /// `main@sha1:…`.
    pub revision: String,
    /// `sha256:…` of the content.
    pub digest: String,
    /// When it was fetched, RFC 3339.
    pub last_update_time: String,
    /// Where other Flux tools would download it; Tenter keeps artifacts in memory and leaves it empty.
    #[serde(default)]
    pub url: String,
    /// Likewise the storage path.
    #[serde(default)]
    pub path: String,
    /// Facts about the commit, such as its author.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub metadata: std::collections::BTreeMap<String, String>,
}

impl GitRepository {
    /// Reads an object of any served version.
    pub fn read(object: &Value) -> Result<GitRepository, ReadError> {
        read("GitRepository", object)
    }
}
