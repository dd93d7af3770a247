//! Revisions of a release in Helm's storage.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use kinds::flux::helm_release::{ReleaseAction, Snapshot, TestHook};
use sha2::{Digest, Sha256};

/// How digests in snapshots are computed, as snapshots tell it.
pub(super) const SNAPSHOT_VERSION: &str = "v2";

/// What counts of one revision of a Helm release.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The revision.
    pub version: u32,
    /// Its status.
    pub status: Status,
    /// The chart's name.
    pub chart_name: String,
    /// The chart's version.
    pub chart_version: String,
    /// The version of what the chart installs.
    pub app_version: String,
    /// Digest of the values that it was made with.
    pub config_digest: String,
    /// When the release was installed, RFC 3339.
    pub first_deployed: Option<String>,
    /// When this revision was made, RFC 3339.
    pub last_deployed: Option<String>,
    /// When it was uninstalled, RFC 3339.
    pub deleted: Option<String>,
    /// All of its hooks for tests by their name, and how they went.
    pub tests: BTreeMap<String, TestHook>,
    /// Tells it from one that somebody else made.
    pub fingerprint: Fingerprint,
}

impl Stored {
    /// What is remembered of it. `oci_digest` is that of the artifact its chart came in.
    pub(super) fn snapshot(&self, oci_digest: &str, action: Option<ReleaseAction>) -> Snapshot {
        let time = |text: &Option<String>| text.as_deref().and_then(seconds);
        Snapshot {
            api_version: SNAPSHOT_VERSION.to_owned(),
            digest: self.fingerprint.digest(oci_digest),
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            version: self.version,
            status: self.status.name().to_owned(),
            action,
            chart_name: self.chart_name.clone(),
            chart_version: self.chart_version.clone(),
            app_version: self.app_version.clone(),
            config_digest: self.config_digest.clone(),
            first_deployed: time(&self.first_deployed),
            last_deployed: time(&self.last_deployed),
            deleted: time(&self.deleted),
            test_hooks: None,
            oci_digest: oci_digest.to_owned(),
        }
    }
}

/// A time as the Kubernetes API has it: in UTC, without fractions.
pub(super) fn seconds(text: &str) -> Option<String> {
    let time: Timestamp = text.parse().ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The newest revision.
pub(super) fn last(history: &[Stored]) -> Option<&Stored> {
    history.iter().max_by_key(|stored| stored.version)
}

/// The status of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is installed.
    Deployed,
    /// It was, before another revision.
    Superseded,
    /// Making it failed.
    Failed,
    /// It was uninstalled.
    Uninstalled,
    /// It is being uninstalled.
    Uninstalling,
    /// It is being installed.
    PendingInstall,
    /// It is being made by an upgrade.
    PendingUpgrade,
    /// It is being made by a rollback.
    PendingRollback,
    /// Helm does not know, or has another word for it.
    Unknown,
}

/// Each status and Helm's word for it.
const STATUSES: [(Status, &str); 9] = [
    (Status::Deployed, "deployed"),
    (Status::Superseded, "superseded"),
    (Status::Failed, "failed"),
    (Status::Uninstalled, "uninstalled"),
    (Status::Uninstalling, "uninstalling"),
    (Status::PendingInstall, "pending-install"),
    (Status::PendingUpgrade, "pending-upgrade"),
    (Status::PendingRollback, "pending-rollback"),
    (Status::Unknown, "unknown"),
];

impl Status {
    /// The status that Helm has this word for.
    pub fn of(word: &str) -> Status {
        STATUSES.iter().find(|(_, name)| *name == word).map_or(Status::Unknown, |(status, _)| *status)
    }

    /// Helm's word for it.
    pub fn name(self) -> &'static str {
        STATUSES.iter().find(|(status, _)| *status == self).map_or("unknown", |(_, name)| name)
    }

    /// Whether somebody is at it, or was stopped while at it.
    pub fn is_pending(self) -> bool {
        matches!(self, Status::PendingInstall | Status::PendingUpgrade | Status::PendingRollback)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Tells a release from one that somebody else made: a digest over what helm-controller observes of a release, to which
/// the digest of the chart's OCI artifact is still to be added.
#[derive(Clone)]
pub struct Fingerprint(Sha256);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digest(""))
    }
}

impl Fingerprint {
    /// Of an observation: a JSON object in Go's form, as `render::helm::storage::observation` writes it.
    pub fn of(observation: &str) -> Fingerprint {
        Fingerprint(Sha256::new_with_prefix(observation.strip_suffix('}').unwrap_or(observation)))
    }

    /// `sha256:…`. An empty `oci_digest` is none.
    pub fn digest(&self, oci_digest: &str) -> String {
        let mut hash = self.0.clone();
        if !oci_digest.is_empty() {
            // Digests need no escapes.
            hash.update(format!(",\"ociDigest\":\"{oci_digest}\""));
        }
        hash.update("}\n");
        format!("sha256:{}", hex::encode(hash.finalize()))
    }
}
