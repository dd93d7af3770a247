//! The state of a release, compared with what is wanted.

use std::fmt;

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{Snapshot, TestFailures};
use manifest::ObjectId;

use super::digest::{common_metadata_digest, post_renderers_digest};
use super::run::{ChartFacts, ValuesFacts};
use super::stored::{self, SNAPSHOT_VERSION, Status, Stored};

/// The state of a release, compared with what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is not installed.
    Absent(Absence),
    /// It is installed, but not by this HelmRelease.
    Unmanaged(Unmanaged),
    /// It was made from something else than is wanted.
    OutOfSync(Difference),
    /// Somebody is at it, or was stopped while at it.
    Locked(Status),
    /// Its tests were not run.
    Untested,
    /// It failed.
    Failed(Failure),
    /// Objects in the cluster are not as it says.
    Drifted(Drift),
    /// It is as wanted.
    InSync,
}

/// Why a release is taken for not installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Helm has stored none.
    NotStored,
    /// It was uninstalled.
    Uninstalled,
}

/// Why a release is taken for somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmanaged {
    /// It was there before.
    Existing,
    /// Somebody changed it since.
    Changed,
    /// What is remembered of it has no digest.
    NoDigest,
}

/// What a release was made from that is not wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Another chart.
    Chart,
    /// Other values.
    Values,
    /// Other post-renderers.
    PostRenderers,
    /// Other common metadata.
    CommonMetadata,
}

/// In which way a release failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It could not be made.
    Release,
    /// Its tests failed.
    Test,
}

/// Objects that are not as the release says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The objects, in the order of the manifest.
    pub objects: Vec<DriftedObject>,
}

/// An object that is not as the release says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftedObject {
    /// The object.
    pub id: ObjectId,
    /// What is different.
    pub change: Change,
}

/// What is different about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is gone.
    Removed,
    /// Fields differ.
    Changed {
        /// How many are not there.
        added: usize,
        /// How many have another value.
        changed: usize,
        /// How many should not be there.
        removed: usize,
    },
    /// It is not looked at.
    Excluded,
}

/// A state that nothing can be done about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Helm has a status for it that no release stays in.
    #[error("unable to determine state for release with status '{0}'")]
    Status(Status),
}

/// What is installed, compared with what is wanted; whether the cluster agrees is not known here.
pub(super) fn determine(
    release: &HelmRelease,
    chart: &ChartFacts,
    values: &ValuesFacts,
    history: &[Stored],
) -> Result<State, StateError> {
    let Some(last) = stored::last(history) else { return Ok(State::Absent(Absence::NotStored)) };
    // Helm-controller gives up on a release whose uninstallation was stopped, until somebody mends it by hand.
    if last.status.is_pending() || last.status == Status::Uninstalling {
        return Ok(State::Locked(last.status));
    }
    let Some(latest) = release.status.history.latest() else {
        let uninstalled = last.status == Status::Uninstalled;
        let adopted = State::Unmanaged(Unmanaged::Existing);
        return Ok(if uninstalled { State::Absent(Absence::Uninstalled) } else { adopted });
    };
    if let Err(unmanaged) = verify(latest, last) {
        return Ok(State::Unmanaged(unmanaged));
    }
    match last.status {
        Status::Failed => Ok(State::Failed(Failure::Release)),
        Status::Uninstalled => Ok(State::Absent(Absence::Uninstalled)),
        Status::Deployed => Ok(deployed(release, latest, last, chart, values)),
        other @ (Status::Superseded
        | Status::Uninstalling
        | Status::PendingInstall
        | Status::PendingUpgrade
        | Status::PendingRollback
        | Status::Unknown) => Err(StateError::Status(other)),
    }
}

/// Whether a stored revision is the one that is remembered.
pub(super) fn verify(snapshot: &Snapshot, stored: &Stored) -> Result<(), Unmanaged> {
    // Digests of older versions of helm-controller were computed in another way.
    if snapshot.api_version != SNAPSHOT_VERSION {
        return Ok(());
    }
    let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !snapshot.digest.strip_prefix("sha256:").is_some_and(is_hash) {
        return Err(Unmanaged::NoDigest);
    }
    if snapshot.digest == stored.fingerprint.digest(&snapshot.oci_digest) { Ok(()) } else { Err(Unmanaged::Changed) }
}

fn deployed(
    release: &HelmRelease,
    latest: &Snapshot,
    last: &Stored,
    chart: &ChartFacts,
    values: &ValuesFacts,
) -> State {
    if last.chart_name != chart.name || last.chart_version != chart.version {
        return State::OutOfSync(Difference::Chart);
    }
    if latest.config_digest != values.digest {
        return State::OutOfSync(Difference::Values);
    }
    // These are compared for new generations only, as their digests were not always there.
    let status = &release.status;
    if status.observed_generation != release.metadata.generation {
        if post_renderers_digest(&release.spec) != status.observed_post_renderers_digest {
            return State::OutOfSync(Difference::PostRenderers);
        }
        if common_metadata_digest(&release.spec) != status.observed_common_metadata_digest {
            return State::OutOfSync(Difference::CommonMetadata);
        }
    }
    if release.spec.test.enable {
        if !latest.is_tested() {
            return State::Untested;
        }
        let counts = release.active_remedy().is_some_and(|remedy| remedy.test_failures == TestFailures::Count);
        if counts && latest.has_failed_test() {
            return State::Failed(Failure::Test);
        }
    }
    State::InSync
}

impl Drift {
    /// Whether anything has to be told or corrected.
    pub fn is_change(&self) -> bool {
        self.objects.iter().any(|object| object.change != Change::Excluded)
    }

    /// One line per object.
    pub fn summary(&self) -> String {
        let line = |DriftedObject { id, change }: &DriftedObject| match change {
            Change::Removed => format!("{} removed", name(id)),
            Change::Excluded => format!("{} excluded", name(id)),
            Change::Changed { added, changed, removed } => {
                format!("{} changed ({added} additions, {changed} changes, {removed} removals)", name(id))
            }
        };
        self.objects.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// How many objects are different, by kind of difference.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |test: fn(&Change) -> bool| self.objects.iter().filter(|object| test(&object.change)).count();
        write!(
            f,
            "removed: {}, changed: {}, excluded: {}",
            count(|change| matches!(change, Change::Removed)),
            count(|change| matches!(change, Change::Changed { .. })),
            count(|change| matches!(change, Change::Excluded)),
        )
    }
}

/// `Kind/namespace/name`.
fn name(id: &ObjectId) -> String {
    let parts = [id.kind.as_str(), id.namespace.as_str(), id.name.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Absence::NotStored => "no release in storage for object",
            Absence::Uninstalled => "found uninstalled release in storage",
        })
    }
}

impl fmt::Display for Unmanaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unmanaged::Existing => "found existing release in storage",
            Unmanaged::Changed => "release not observed to be made for object",
            Unmanaged::NoDigest => "release digest verification error",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Difference::Chart => "release chart changed",
            Difference::Values => "release config values changed",
            Difference::PostRenderers => "postrenderers digest has changed",
            Difference::CommonMetadata => "common metadata digest has changed",
        })
    }
}
