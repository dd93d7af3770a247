//! Requests by annotation: `forceAt` and `resetAt`.

use kinds::flux::HelmRelease;
use kinds::flux::helm_release::{FORCE_AT, RESET_AT};

/// Whether an upgrade is asked for although nothing changed. It is asked for once.
pub(super) fn take_force(release: &mut HelmRelease) -> bool {
    let before = std::mem::take(&mut release.status.last_handled_force_at);
    let (asked, handled) = take(release, FORCE_AT, before);
    release.status.last_handled_force_at = handled;
    asked
}

/// Whether failures are to be forgotten. It is asked for once.
pub(super) fn take_reset(release: &mut HelmRelease) -> bool {
    let before = std::mem::take(&mut release.status.last_handled_reset_at);
    let (asked, handled) = take(release, RESET_AT, before);
    release.status.last_handled_reset_at = handled;
    asked
}

/// Whether `annotation` asks for something: it is the reconcile request too, and neither was handled. The other value is
/// what was handled now, whether it asked for something or not.
fn take(release: &HelmRelease, annotation: &str, before: String) -> (bool, String) {
    let Some(request) = release.metadata.annotations.get(annotation) else { return (false, before) };
    let reconcile = release.metadata.requested_at();
    let is_new = before != *request && release.status.last_handled_reconcile_at != *request;
    (reconcile == Some(request) && is_new, request.clone())
}
