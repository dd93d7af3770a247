//! One reconciliation of a HelmRelease.

use kinds::flux::helm_release::{DriftMode, HelmReleaseStatus};
use kinds::flux::{ConditionStatus, HelmRelease};

use super::conditions::{
    DRIFTED, PROGRESSING_WITH_RETRY, READY, RECONCILING, mark, mark_reconciling, mark_stalled, message, summarize,
};
use super::ends::{End, Stall};
use super::failures;
use super::next::Kind;
use super::state::{self, State, StateError};
use super::stored::Stored;

/// What counts of a chart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartFacts {
    /// Its name.
    pub name: String,
    /// Its version, with what [`super::chart_version`] adds to it.
    pub version: String,
    /// The version of what it installs.
    pub app_version: String,
    /// Digest of the OCI artifact that it came in; empty if it came from elsewhere.
    pub oci_digest: String,
}

/// What counts of values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValuesFacts {
    /// `sha256:…`, as `render::helm::storage::config_digest` computes it.
    pub digest: String,
    /// SHA-1, as `render::helm::storage::config_checksum` computes it.
    pub checksum: String,
}

/// One reconciliation of a HelmRelease, from a chart and its values to an [`End`]; see [`super`].
#[derive(Debug, Clone)]
pub struct Run {
    pub(super) release: HelmRelease,
    pub(super) chart: ChartFacts,
    pub(super) values: ValuesFacts,
    /// What was done so far.
    pub(super) done: Vec<Kind>,
}

impl Run {
    /// Starts: notes what is attempted, and forgets failures if something changed since the last attempt.
    pub fn begin(mut release: HelmRelease, chart: ChartFacts, values: ValuesFacts) -> Run {
        release.status.storage_namespace = release.storage_namespace().to_owned();
        if failures::reset(&mut release, &chart, &values).is_some() {
            release.status.clear_failures();
        }
        let status = &mut release.status;
        status.last_attempted_generation = release.metadata.generation;
        status.last_attempted_revision.clone_from(&chart.version);
        status.last_attempted_revision_digest.clone_from(&chart.oci_digest);
        status.last_attempted_config_digest.clone_from(&values.digest);
        status.last_attempted_values_checksum.clear();
        Run { release, chart, values, done: Vec::new() }
    }

    /// The release, with the status as it is by now.
    pub fn release(&self) -> &HelmRelease {
        &self.release
    }

    /// The status as it is by now.
    pub fn status(&self) -> &HelmReleaseStatus {
        &self.release.status
    }

    /// The same, to be changed by who knows more: the inventory of what is installed.
    pub fn status_mut(&mut self) -> &mut HelmReleaseStatus {
        &mut self.release.status
    }

    /// The chart that is wanted.
    pub fn chart(&self) -> &ChartFacts {
        &self.chart
    }

    /// The values that are wanted.
    pub fn values(&self) -> &ValuesFacts {
        &self.values
    }

    /// What is installed, compared with what is wanted. `history` is what Helm has stored, in any order.
    ///
    /// # Errors
    ///
    /// If nothing can be done about it; [`Run::failed`] is the end then.
    pub fn state(&self, history: &[Stored]) -> Result<State, StateError> {
        state::determine(&self.release, &self.chart, &self.values, history)
    }

    /// Whether a release that is in sync is to be compared with the cluster.
    pub fn detects_drift(&self) -> bool {
        match self.release.spec.drift_detection.mode {
            DriftMode::Enabled | DriftMode::Warn => true,
            DriftMode::Disabled => false,
        }
    }

    /// Ends, because the state cannot be known.
    pub fn failed(&mut self, problem: &str, now: &str) -> End {
        let message = format!("Could not determine release state: {problem}");
        mark(&mut self.release, READY, ConditionStatus::False, ("StateError", &message), now);
        self.end(End::Failed(format!("cannot determine release state: {problem}")))
    }

    /// Ends well.
    pub(super) fn finish(&mut self, now: &str) -> End {
        self.release.status.conditions.remove(RECONCILING);
        summarize(&mut self.release, now);
        self.end(End::Done)
    }

    /// Ends until it is time to try again, if that is the strategy.
    pub(super) fn retry(&mut self, now: &str) -> Option<End> {
        let interval = self.release.active_retry()?;
        let message = format!("retrying after {}", kinds::flux::GoDuration(interval));
        mark_reconciling(&mut self.release, PROGRESSING_WITH_RETRY, &message, now);
        Some(self.end(End::RetryAfter(interval)))
    }

    /// Ends to be continued at once.
    pub(super) fn again(&mut self, now: &str) -> End {
        let message = message(&self.release, READY).to_owned();
        mark_reconciling(&mut self.release, PROGRESSING_WITH_RETRY, &message, now);
        self.end(End::Again)
    }

    /// Ends until something changes.
    pub(super) fn stall(&mut self, stall: Stall, now: &str) -> End {
        mark_stalled(&mut self.release, stall.reason(), &stall.to_string(), now);
        self.end(End::Stalled(stall))
    }

    /// Notes what is handled with an end.
    pub(super) fn end(&mut self, end: End) -> End {
        if let Some(request) = self.release.metadata.requested_at().map(str::to_owned) {
            self.release.status.last_handled_reconcile_at = request;
        }
        if end.observes_generation() {
            self.release.status.observed_generation = self.release.metadata.generation;
        }
        end
    }

    /// Says that there is no drift, or nothing about it if nobody looks; helm-controller leaves what it said before.
    pub(super) fn mark_no_drift(&mut self, now: &str) {
        if self.detects_drift() {
            let message = "No drift detected against the cluster state";
            mark(&mut self.release, DRIFTED, ConditionStatus::False, ("NoDriftDetected", message), now);
        } else {
            self.release.status.conditions.remove(DRIFTED);
        }
    }
}
