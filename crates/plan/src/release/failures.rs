//! Counting failures.

use std::fmt;

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{Failed, Remedy};

use super::ends::Stall;
use super::requests::take_reset;
use super::run::{ChartFacts, ValuesFacts};

/// Why failures are forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reset {
    Generation,
    Chart,
    Values,
    Requested,
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reset::Generation => "generation differs from last attempt",
            Reset::Chart => "chart version differs from last attempt",
            Reset::Values => "values differ from last attempt",
            Reset::Requested => "reset requested through annotation",
        })
    }
}

/// Whether what failed before may go well now.
pub(super) fn reset(release: &mut HelmRelease, chart: &ChartFacts, values: &ValuesFacts) -> Option<Reset> {
    // A request counts as handled even if failures are forgotten for another reason.
    let requested = take_reset(release);
    let status = &release.status;
    if status.last_attempted_generation != release.metadata.generation {
        return Some(Reset::Generation);
    }
    if status.last_attempted_revision != chart.version {
        return Some(Reset::Chart);
    }
    let values_differ =
        match (status.last_attempted_config_digest.as_str(), status.last_attempted_values_checksum.as_str()) {
            ("", "") => false,
            ("", checksum) => checksum != values.checksum,
            (digest, _) => digest != values.digest,
        };
    if values_differ {
        return Some(Reset::Values);
    }
    requested.then_some(Reset::Requested)
}

/// How often failed what a remedy is for.
pub(super) fn count(release: &HelmRelease, remedy: &Remedy) -> u64 {
    match remedy.after {
        Failed::Install => release.status.install_failures,
        Failed::Upgrade => release.status.upgrade_failures,
    }
}

/// Counts a failure of what a remedy is for.
pub(super) fn add(release: &mut HelmRelease, remedy: &Remedy) {
    match remedy.after {
        Failed::Install => release.status.install_failures += 1,
        Failed::Upgrade => release.status.upgrade_failures += 1,
    }
}

/// Whether it failed more often than it may.
pub(super) fn exhausted(release: &HelmRelease, remedy: &Remedy) -> bool {
    remedy.exhausted(count(release, remedy))
}

/// The stall of a release that failed too often.
pub(super) fn stall(release: &HelmRelease) -> Stall {
    Stall::RetriesExceeded {
        action: release.status.last_attempted_release_action,
        failures: release.active_remedy().map_or(0, |remedy| count(release, &remedy)),
    }
}
