//! Forgets ReplicaSets beyond `revisionHistoryLimit`.

use super::{Rollout, revision, wanted};
use crate::action::Action;

impl Rollout<'_> {
    /// Deletes the oldest empty ReplicaSets above the limit.
    pub(super) fn clean_up(&mut self) {
        let limit = self.spec.revision_history_limit.unwrap_or(10);
        let mut candidates: Vec<_> = self.old.iter().filter(|set| set.metadata.deletion_timestamp.is_none()).collect();
        let surplus = candidates.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        candidates.sort_by_key(|set| revision::revision(set));
        let deletions: Vec<Action> = candidates
            .into_iter()
            .take(surplus)
            .filter(|set| {
                let status = set.status.as_ref();
                let observed = status.and_then(|status| status.observed_generation) >= set.metadata.generation;
                wanted(set) == 0 && status.is_none_or(|status| status.replicas == 0) && observed
            })
            .map(Action::delete)
            .collect();
        self.step.actions.extend(deletions);
    }
}
