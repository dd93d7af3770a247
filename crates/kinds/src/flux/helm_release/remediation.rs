//! What to do when an action has failed.

use serde::Deserialize;

use crate::flux::GoDuration;

/// Whether failures are remedied or tried again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Strategy {
    /// Which of them.
    pub name: StrategyName,
    /// How soon to try again; 5 minutes by default.
    pub retry_interval: Option<GoDuration>,
}

/// Whether failures are remedied or tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum StrategyName {
    /// As `remediation` says.
    RemediateOnFailure,
    /// Try again at an interval, without end.
    RetryOnFailure,
}

/// `remediation` of `install` and `upgrade` as it is written; see [`Remedy`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Remediation {
    /// How often to try again; negative is without end.
    pub retries: i64,
    /// Whether failed tests count as failures; as the tests say by default.
    pub ignore_test_failures: Option<bool>,
    /// Whether the last failure is remedied too. By default, after an upgrade with retries it is.
    pub remediate_last_failure: Option<bool>,
    /// How an upgrade is remedied; by a rollback by default. An installation is always uninstalled.
    pub strategy: Option<RemediationStrategy>,
}

/// How a failure is remedied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RemediationStrategy {
    /// Go back to the release before.
    Rollback,
    /// Uninstall the release.
    Uninstall,
}

/// What failed tests mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestFailures {
    /// The release has failed.
    Count,
    /// Nothing.
    Ignore,
}

/// [`Remediation`] with its defaults resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// What failed.
    pub after: Failed,
    /// How often to try again; none is without end.
    pub retries: Option<u64>,
    /// What failed tests mean.
    pub test_failures: TestFailures,
    /// What becomes of the last failure, after which nothing is tried again.
    pub last_failure: LastFailure,
    /// How a failure is remedied.
    pub strategy: RemediationStrategy,
}

/// What a [`Remedy`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// An installation.
    Install,
    /// An upgrade.
    Upgrade,
}

/// What becomes of the last failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastFailure {
    /// It is remedied as those before.
    Remedy,
    /// It is left as it is, for people to look at.
    Leave,
}

impl Remedy {
    /// Whether this many failures are more than there may be.
    pub fn exhausted(&self, failures: u64) -> bool {
        self.retries.is_some_and(|retries| failures > retries)
    }
}

impl Remediation {
    pub(super) fn after_install(&self, tests: TestFailures) -> Remedy {
        Remedy {
            after: Failed::Install,
            retries: self.most(),
            test_failures: self.test_failures(tests),
            last_failure: last_failure(self.remediate_last_failure.unwrap_or(false)),
            strategy: RemediationStrategy::Uninstall,
        }
    }

    pub(super) fn after_upgrade(&self, tests: TestFailures) -> Remedy {
        Remedy {
            after: Failed::Upgrade,
            retries: self.most(),
            test_failures: self.test_failures(tests),
            last_failure: last_failure(self.remediate_last_failure.unwrap_or(self.retries > 0)),
            strategy: self.strategy.unwrap_or(RemediationStrategy::Rollback),
        }
    }

    fn most(&self) -> Option<u64> {
        u64::try_from(self.retries).ok()
    }

    fn test_failures(&self, tests: TestFailures) -> TestFailures {
        match self.ignore_test_failures {
            None => tests,
            Some(true) => TestFailures::Ignore,
            Some(false) => TestFailures::Count,
        }
    }
}

fn last_failure(remediate: bool) -> LastFailure {
    if remediate { LastFailure::Remedy } else { LastFailure::Leave }
}
