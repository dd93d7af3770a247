//! The conditions of a HelmRelease.

use kinds::flux::{Condition, ConditionStatus, HelmRelease};

use super::digest;

pub(super) const READY: &str = "Ready";
pub(super) const RECONCILING: &str = "Reconciling";
pub(super) const STALLED: &str = "Stalled";
pub(super) const RELEASED: &str = "Released";
pub(super) const TEST_SUCCESS: &str = "TestSuccess";
pub(super) const REMEDIATED: &str = "Remediated";
pub(super) const DRIFTED: &str = "Drifted";

pub(super) const PROGRESSING: &str = "Progressing";
pub(super) const PROGRESSING_WITH_RETRY: &str = "ProgressingWithRetry";

/// Sets a condition.
pub(super) fn mark(
    release: &mut HelmRelease,
    kind: &str,
    status: ConditionStatus,
    (reason, message): (&str, &str),
    now: &str,
) {
    let generation = release.metadata.generation;
    release.status.conditions.set(kind, status, reason, message, generation, now);
}

/// Says that work goes on, which ends a stall.
pub(super) fn mark_reconciling(release: &mut HelmRelease, reason: &str, message: &str, now: &str) {
    release.status.conditions.remove(STALLED);
    mark(release, RECONCILING, ConditionStatus::True, (reason, message), now);
}

/// Says that nothing goes on before something changes.
pub(super) fn mark_stalled(release: &mut HelmRelease, reason: &str, message: &str, now: &str) {
    release.status.conditions.remove(RECONCILING);
    mark(release, STALLED, ConditionStatus::True, (reason, message), now);
}

/// Whether a condition is true.
pub(super) fn is_true(release: &HelmRelease, kind: &str) -> bool {
    release.status.conditions.get(kind).is_some_and(|condition| condition.status == ConditionStatus::True)
}

/// The message of a condition; empty if there is none.
pub(super) fn message<'r>(release: &'r HelmRelease, kind: &str) -> &'r str {
    release.status.conditions.get(kind).map_or("", |condition| &condition.message)
}

/// The reason of a condition; empty if there is none.
pub(super) fn reason<'r>(release: &'r HelmRelease, kind: &str) -> &'r str {
    release.status.conditions.get(kind).map_or("", |condition| &condition.reason)
}

/// Turns a remedied release into a released one: what it was rolled back to is what is wanted now.
pub(super) fn replace_remediated(release: &mut HelmRelease, reason: &str, message: &str, now: &str) {
    if is_true(release, REMEDIATED) {
        release.status.conditions.remove(REMEDIATED);
        mark(release, RELEASED, ConditionStatus::True, (reason, message), now);
    }
}

/// Makes Ready of Remediated, TestSuccess and Released: what was done last and weighs most.
pub(super) fn summarize(release: &mut HelmRelease, now: &str) {
    if !release.spec.test.enable {
        release.status.conditions.remove(TEST_SUCCESS);
    }
    if let Some(Condition { kind, status, reason, message, .. }) = weightiest(release).cloned() {
        // A remedy says that something failed, however well it went.
        let status = if kind == REMEDIATED { ConditionStatus::False } else { status };
        if status == ConditionStatus::True {
            release.status.conditions.remove(STALLED);
        }
        mark(release, READY, status, (&reason, &message), now);
    }
    digest::observe(release);
}

/// A condition does not weigh more than Released if that is of a newer generation.
fn weightiest(release: &HelmRelease) -> Option<&Condition> {
    let conditions = &release.status.conditions;
    let released = conditions.get(RELEASED);
    let tests_count = release.spec.test.enable && !release.spec.test.ignore_failures;
    let tests = conditions.get(TEST_SUCCESS).filter(|_| tests_count);
    let is_current = |condition: &&Condition| {
        released.is_none_or(|released| condition.observed_generation >= released.observed_generation)
    };
    [conditions.get(REMEDIATED), tests].into_iter().flatten().find(is_current).or(released)
}
