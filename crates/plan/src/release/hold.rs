//! What a HelmRelease waits for before it has a chart and values.

use kinds::flux::{ConditionStatus, HelmRelease};

use super::conditions::{PROGRESSING, READY, RECONCILING, mark, mark_reconciling, mark_stalled, reason};
use super::event::{Event, EventKind};

/// Why there is nothing to install yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// A dependency is not ready.
    Dependency(String),
    /// The object with the chart is not ready.
    Source(String),
    /// The object with the chart cannot be read.
    SourceObject(String),
    /// The object with the chart may not be used.
    AccessDenied(String),
    /// The chart cannot be loaded.
    Chart(String),
    /// The revision of the chart does not fit the chart.
    Revision(String),
    /// The values cannot be put together.
    Values(String),
    /// There is no way to reach the cluster.
    Client(String),
    /// An expression of `dependsOn` or `healthCheckExprs` is wrong.
    Expression(String),
}

/// Reasons of Ready that are over once there is a chart.
const HOLDS: [&str; 8] = [
    "DependencyNotReady",
    "AccessDenied",
    "ArtifactFailed",
    "SourceNotReady",
    "ValuesError",
    "ChartMutateError",
    "RESTClientError",
    "InvalidCELExpression",
];

impl Hold {
    /// The reason of Ready.
    pub fn reason(&self) -> &'static str {
        match self {
            Hold::Dependency(_) => "DependencyNotReady",
            Hold::Source(_) => "SourceNotReady",
            Hold::SourceObject(_) | Hold::Chart(_) => "ArtifactFailed",
            Hold::AccessDenied(_) => "AccessDenied",
            Hold::Revision(_) => "ChartMutateError",
            Hold::Values(_) => "ValuesError",
            Hold::Client(_) => "RESTClientError",
            Hold::Expression(_) => "InvalidCELExpression",
        }
    }

    /// Whether waiting does not help: somebody has to change something.
    pub fn is_final(&self) -> bool {
        match self {
            Hold::AccessDenied(_) | Hold::Expression(_) => true,
            Hold::Dependency(_)
            | Hold::Source(_)
            | Hold::SourceObject(_)
            | Hold::Chart(_)
            | Hold::Revision(_)
            | Hold::Values(_)
            | Hold::Client(_) => false,
        }
    }

    fn problem(&self) -> &str {
        match self {
            Hold::Dependency(text)
            | Hold::Source(text)
            | Hold::SourceObject(text)
            | Hold::AccessDenied(text)
            | Hold::Chart(text)
            | Hold::Revision(text)
            | Hold::Values(text)
            | Hold::Client(text)
            | Hold::Expression(text) => text,
        }
    }

    fn message(&self) -> String {
        match self {
            Hold::SourceObject(problem) => format!("could not get Source object: {problem}"),
            Hold::Chart(problem) => format!("Could not load chart: {problem}"),
            Hold::Expression(problem) => {
                format!("Reconciliation failed terminally due to configuration error: {problem}")
            }
            Hold::Dependency(_)
            | Hold::Source(_)
            | Hold::AccessDenied(_)
            | Hold::Revision(_)
            | Hold::Values(_)
            | Hold::Client(_) => self.problem().to_owned(),
        }
    }

    fn event(&self) -> Option<EventKind> {
        match self {
            Hold::Dependency(_) => Some(EventKind::Normal),
            Hold::AccessDenied(_) | Hold::Chart(_) | Hold::Values(_) | Hold::Expression(_) => Some(EventKind::Warning),
            Hold::Source(_) | Hold::SourceObject(_) | Hold::Revision(_) | Hold::Client(_) => None,
        }
    }
}

/// Says that a reconciliation begins.
pub fn start(release: &mut HelmRelease, now: &str) {
    mark_reconciling(release, PROGRESSING, "Fulfilling prerequisites", now);
}

/// Says why there is nothing to install yet, and what to tell people.
pub fn hold(release: &mut HelmRelease, hold: &Hold, now: &str) -> Option<Event> {
    let (reason, message) = (hold.reason(), hold.message());
    mark(release, READY, ConditionStatus::False, (reason, &message), now);
    if hold.is_final() {
        mark_stalled(release, reason, &message, now);
        release.status.conditions.remove(RECONCILING);
        release.status.observed_generation = release.metadata.generation;
    }
    if let Some(request) = release.metadata.requested_at().map(str::to_owned) {
        release.status.last_handled_reconcile_at = request;
    }
    hold.event().map(|kind| Event::plain(kind, reason, hold.problem()))
}

/// Says that there is a chart and values: what a [`hold`] said is over.
pub fn prerequisites_met(release: &mut HelmRelease, now: &str) {
    if HOLDS.contains(&reason(release, READY)) {
        mark(release, READY, ConditionStatus::Unknown, (PROGRESSING, "reconciliation in progress"), now);
    }
}
