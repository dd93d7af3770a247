//! Whom the stages work for.

use std::sync::Arc;
use std::time::Duration;

use cluster::{ApplyMode, Cluster, EventType, FieldValidation};
use futures::future::BoxFuture;
use manifest::{ObjectId, Value};
use plan::decide::{Force, Pruning, Unlabelled};
use plan::health::{Health, Rules};

use super::ignored::Ignored;
use crate::engine::Engine;
use crate::events::Event;
use crate::key::Subject;
use crate::mailbox::{Mailbox, Trigger};
use crate::observation::Named;
use crate::subscription::Subscription;
use crate::timeline::Timeline;

/// One run of a Kustomization or a HelmRelease, as the stages that write and wait see it.
pub(crate) struct Work<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) subject: Subject,
    /// Type, name and uid of the object: what events are about.
    pub(crate) about: Value,
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) subscription: Arc<Subscription>,
    /// The cluster, as the user that applies.
    pub(crate) cluster: Cluster,
    /// How health is judged.
    pub(crate) health_rules: Rules,
    /// How objects are applied and deleted.
    pub(crate) ways: Ways,
    /// Whose changes are no drift.
    pub(crate) ignored: Arc<Ignored>,
    /// The revision of the source, for events; none before its first fetch.
    pub(crate) revision: Option<String>,
    /// What was done when.
    pub(crate) timeline: Timeline,
}

/// How a Kustomization or HelmRelease wants its objects handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ways {
    pub(crate) force: Force,
    /// What becomes of fields that the API server does not know.
    pub(crate) validation: FieldValidation,
    pub(crate) pruning: Pruning,
    pub(crate) unlabelled: Unlabelled,
    pub(crate) on_drift: OnDrift,
    /// How long health is waited for.
    pub(crate) timeout: Duration,
}

/// What is done about a change by somebody else, unless the object itself asks for less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDrift {
    /// It is put back.
    PutBack,
    /// It is told of and left.
    Warn,
    /// It is left.
    Leave,
}

impl Work<'_> {
    /// The field manager that objects are applied with.
    pub(crate) fn manager(&self) -> &'static str {
        self.subject.applier.manager()
    }

    /// The object, for who counts and traces.
    pub(crate) fn named(&self) -> Named<'_> {
        Named { kind: self.subject.applier.kind(), key: &self.subject.key }
    }

    /// How objects are applied.
    pub(crate) fn mode(&self) -> ApplyMode {
        ApplyMode::forced(self.manager()).validating(self.ways.validation)
    }

    /// Records an event about the object, with the revision its source holds.
    pub(crate) fn event(&self, kind: EventType, reason: &str, message: &str) {
        let applier = self.subject.applier;
        let revision = self.revision.as_deref().map(|revision| (applier.revision_annotation(), revision));
        let event = Event { kind, reason, message, revision };
        self.engine.events.record(&self.about, applier.manager(), event);
    }
}

/// Whoever waits for the health of what was applied.
pub(crate) trait Waiting: Sync {
    /// Whether a trigger makes waiting on pointless: the next run wants something else.
    fn is_superseded_by(&self, trigger: &Trigger) -> bool;

    /// What is waited for, by name: `main@sha1:…`.
    fn revision(&self) -> &str;

    /// Tells people what is being waited for.
    fn progress<'a>(&'a self, on: &'a [(ObjectId, Health)]) -> BoxFuture<'a, ()>;
}
