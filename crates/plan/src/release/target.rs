//! A HelmRelease that becomes another Helm release.

use std::fmt;

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{ChartNameChange, HelmReleaseStatus};

use super::name::release_name;

/// What is another one than when the release was made, so that the old one is uninstalled first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetChange {
    /// The namespace of Helm's Secrets.
    StorageNamespace,
    /// The namespace of the release.
    ReleaseNamespace,
    /// The release's name.
    ReleaseName,
    /// The chart's name.
    ChartName,
}

impl fmt::Display for TargetChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TargetChange::StorageNamespace => "storage namespace",
            TargetChange::ReleaseNamespace => "release namespace",
            TargetChange::ReleaseName => "release name",
            TargetChange::ChartName => "chart name",
        })
    }
}

/// Whether the release of the last time has to go before this one is installed, and why.
pub fn target_change(release: &HelmRelease, chart_name: &str) -> Option<TargetChange> {
    let latest = release.status.history.latest()?;
    let storage = release.status.storage_namespace.as_str();
    if storage.is_empty() {
        return None;
    }
    if release.storage_namespace() != storage {
        return Some(TargetChange::StorageNamespace);
    }
    if release.release_namespace() != latest.namespace {
        return Some(TargetChange::ReleaseNamespace);
    }
    if release_name(release) != latest.name {
        return Some(TargetChange::ReleaseName);
    }
    match release.spec.upgrade.chart_name_change_strategy {
        ChartNameChange::Reinstall => (chart_name != latest.chart_name).then_some(TargetChange::ChartName),
        ChartNameChange::InPlaceUpdate => None,
    }
}

/// Forgets the release of the last time, once it is gone.
pub fn forget_target(status: &mut HelmReleaseStatus) {
    status.history.clear();
    status.clear_failures();
    status.storage_namespace.clear();
}
