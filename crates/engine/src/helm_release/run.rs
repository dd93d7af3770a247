//! One run of one HelmRelease, and what it writes down.

use cluster::{ClusterError, EventType};
use kinds::flux::helm_release::HelmReleaseStatus;
use manifest::Value;
use plan::release::{Event, EventKind};
use tokio::sync::OwnedSemaphorePermit;

use crate::events;
use crate::stages::analyse::Found;
use crate::stages::status;
use crate::stages::work::Work;

/// One run: what its stages need.
pub(super) struct Run<'a> {
    pub(super) work: Work<'a>,
    /// The run's place among those at work; given up before anything is waited for, so that who is slow to get ready
    /// starves nobody.
    pub(super) place: Option<OwnedSemaphorePermit>,
    /// What rules found in what this run rendered; none if it rendered nothing.
    pub(super) found: Option<Found>,
    /// The status as it was written last.
    written: Value,
}

impl<'a> Run<'a> {
    pub(super) fn new(work: Work<'a>, place: OwnedSemaphorePermit, status: &HelmReleaseStatus) -> Run<'a> {
        Run { work, place: Some(place), found: None, written: json(status) }
    }

    /// Writes the status down. One that stands there already costs no request.
    pub(super) async fn save(&mut self, status: &HelmReleaseStatus) -> Result<(), ClusterError> {
        let after = json(status);
        if after == self.written {
            return Ok(());
        }
        status::write(&self.work, status::replacing(&self.written, after.clone())).await?;
        self.written = after;
        Ok(())
    }

    /// Tells people what happened.
    pub(super) fn tell(&self, told: &[Event]) {
        for event in told {
            let kind = match event.kind {
                EventKind::Normal => EventType::Normal,
                EventKind::Warning => EventType::Warning,
            };
            let manager = self.work.manager();
            let (events, about, facts) = (&self.work.engine.events, &self.work.about, &event.metadata);
            let event = events::Event { kind, reason: event.reason, message: &event.message, revision: None };
            events.record_annotated(about, manager, &event, facts);
        }
    }
}

/// A status is made of texts, numbers and JSON, so it always has JSON.
fn json(status: &HelmReleaseStatus) -> Value {
    serde_json::to_value(status).unwrap_or_default()
}
