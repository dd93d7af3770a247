//! Uninstalling a release, because its HelmRelease goes or becomes another release.

use kinds::flux::helm_release::{HelmReleaseStatus, ReleaseAction, Snapshot};
use kinds::flux::{ConditionStatus, HelmRelease};

use super::acted::{ActError, Acted};
use super::conditions::{RELEASED, mark, summarize};
use super::event::{About, Event, EventKind, with_log};

/// What the deletion of a HelmRelease means for its release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// It stays, as the HelmRelease is suspended; so does the HelmChart.
    Leave,
    /// There is no release: nothing was attempted.
    Nothing,
    /// It is uninstalled from this storage namespace by this name; [`uninstalled`] notes what came of it.
    Uninstall {
        /// The namespace of Helm's Secrets.
        storage_namespace: String,
        /// The release's name.
        name: String,
    },
}

/// What the deletion of a HelmRelease, or its becoming another release, means for the release it was.
pub fn deletion(release: &HelmRelease) -> Deletion {
    if release.spec.suspend {
        return Deletion::Leave;
    }
    match (release.status.storage_namespace.as_str(), release.status.history.latest()) {
        ("", _) | (_, None) => Deletion::Nothing,
        (storage_namespace, Some(latest)) => {
            Deletion::Uninstall { storage_namespace: storage_namespace.to_owned(), name: latest.name.clone() }
        }
    }
}

/// Notes what came of an uninstallation. With no error, the release can be forgotten ([`super::forget_target`]).
///
/// # Errors
///
/// If it failed and is to be tried again.
pub fn uninstalled(release: &mut HelmRelease, acted: &Acted, now: &str) -> (Vec<Event>, Result<(), String>) {
    let Some(before) = release.status.history.latest().cloned() else { return (Vec::new(), Ok(())) };
    let gone = |message: &str, release: &mut HelmRelease| {
        mark(release, RELEASED, ConditionStatus::False, ("UninstallSucceeded", message), now);
        summarize(release, now);
        (Vec::new(), Ok(()))
    };
    match &acted.error {
        Some(ActError::NotFound) => {
            let message = format!("Release {} was not found, assuming it is uninstalled", before.full_release_name());
            return gone(&message, release);
        }
        Some(ActError::AlreadyUninstalled(_)) if release.spec.uninstall.keep_history => {
            return gone(&format!("Release {} was already uninstalled", before.full_release_name()), release);
        }
        Some(ActError::AlreadyUninstalled(_) | ActError::Failed(_)) | None => {}
    }
    let error = observe_uninstall(&mut release.status, ReleaseAction::Uninstall, &before, acted);
    let latest = release.status.history.latest().cloned().unwrap_or_default();
    let about = format!("for release {} with chart {}", latest.full_release_name(), latest.versioned_chart_name());
    let (event, went) = match error.map(|error| error.to_string()) {
        None => {
            let message = format!("Helm uninstall succeeded {about}");
            release.status.inventory = None;
            mark(release, RELEASED, ConditionStatus::False, ("UninstallSucceeded", &message), now);
            (Event::about(EventKind::Normal, "UninstallSucceeded", message, &About::from(&latest)), Ok(()))
        }
        Some(problem) => {
            let message = format!("Helm uninstall failed {about}: {}", problem.trim());
            release.status.failures += 1;
            mark(release, RELEASED, ConditionStatus::False, ("UninstallFailed", &message), now);
            let told = with_log(&message, &acted.log);
            (Event::about(EventKind::Warning, "UninstallFailed", told, &About::from(&latest)), Err(problem))
        }
    };
    summarize(release, now);
    (vec![event], went)
}

/// Remembers what an uninstallation wrote to Helm's storage, and says what went wrong.
pub(super) fn observe_uninstall(
    status: &mut HelmReleaseStatus,
    action: ReleaseAction,
    before: &Snapshot,
    acted: &Acted,
) -> Option<ActError> {
    for stored in &acted.written {
        if let Some(old) = status.history.targeting(&stored.name, &stored.namespace, stored.version).cloned() {
            let snapshot = stored.snapshot(&old.oci_digest, Some(action));
            status.history.replace(Snapshot { test_hooks: old.test_hooks, ..snapshot });
        }
    }
    if acted.error.is_some() {
        return acted.error.clone();
    }
    let newest = acted.written.iter().max_by_key(|stored| stored.version);
    if let Some(other) = newest.filter(|stored| !before.targets(&stored.name, &stored.namespace, stored.version)) {
        return Some(ActError::Failed(format!(
            "release mismatch: uninstalled release {}/{}.v{} != current release {}",
            other.namespace,
            other.name,
            other.version,
            before.full_release_name()
        )));
    }
    // Helm tells nobody if it could not write what it did.
    let unchanged = status.history.latest().is_some_and(|latest| latest.digest == before.digest);
    let was_uninstalled = action == ReleaseAction::Uninstall && before.status == "uninstalled";
    (unchanged && !was_uninstalled)
        .then(|| ActError::Failed("uninstall completed with error: release not updated in Helm storage".to_owned()))
}
