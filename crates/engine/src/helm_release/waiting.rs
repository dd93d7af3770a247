//! What makes waiting for the health of a release pointless, and what is told meanwhile.

use futures::FutureExt;
use futures::future::BoxFuture;
use kinds::flux::{ConditionStatus, HelmRelease};
use manifest::ObjectId;
use plan::health::Health;
use serde_json::json;

use super::gate;
use super::run::Run;
use crate::clock::now;
use crate::mailbox::Trigger;
use crate::stages::health::summary;
use crate::stages::status;
use crate::stages::work::Waiting;

/// A run that waits for the health of what it applied.
pub(super) struct Awaiting<'a> {
    run: &'a Run<'a>,
    release: &'a HelmRelease,
}

impl<'a> Awaiting<'a> {
    pub(super) fn new(run: &'a Run<'a>, release: &'a HelmRelease) -> Awaiting<'a> {
        Awaiting { run, release }
    }

    /// Says in Reconciling what is waited for.
    async fn tell(&self, on: &[(ObjectId, Health)]) {
        let mut conditions = self.release.status.conditions.clone();
        let action = conditions.get("Reconciling").map(|condition| condition.message.clone()).unwrap_or_default();
        let message = format!("{action}, waiting for health: {}", summary(on));
        let generation = self.release.metadata.generation;
        conditions.set("Reconciling", ConditionStatus::True, "Progressing", &message, generation, &now());
        if let Err(error) = status::write(&self.run.work, json!({"conditions": conditions})).await {
            // The result of the wait is written again, and that one matters.
            tracing::debug!(release = %self.run.work.subject.key, %error, "cannot write progress");
        }
    }
}

impl Waiting for Awaiting<'_> {
    fn is_superseded_by(&self, trigger: &Trigger) -> bool {
        match trigger {
            Trigger::Changed | Trigger::Requested => true,
            Trigger::SourceChanged => gate::chart(self.run.work.engine, self.release)
                .is_ok_and(|(charted, _)| charted.facts.version != self.release.status.last_attempted_revision),
            Trigger::Seen
            | Trigger::FilesChanged
            | Trigger::DependencyChanged
            | Trigger::ReferenceChanged
            | Trigger::StorageChanged
            | Trigger::RivalChanged
            | Trigger::ChangedHands
            | Trigger::HolderChanged
            | Trigger::Drifted(_)
            | Trigger::Recovered
            | Trigger::Due => false,
        }
    }

    fn revision(&self) -> &str {
        &self.release.status.last_attempted_revision
    }

    fn progress<'a>(&'a self, on: &'a [(ObjectId, Health)]) -> BoxFuture<'a, ()> {
        self.tell(on).boxed()
    }
}
