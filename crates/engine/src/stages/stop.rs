//! Why a stage ended before everything was applied and healthy.

use std::fmt;
use std::time::Duration;

use cluster::{ApplyError, ClusterError};
use manifest::ObjectId;
use plan::health::{Health, Status};

use super::health::{alike, names};

/// Why the stages that write and wait ended early, whoever they work for.
#[derive(Debug, Clone)]
pub enum Stop {
    /// The API server would not take some objects. Nothing was applied.
    Refused(Vec<Refusal>),
    /// Some objects could not be applied although the dry run passed, or their prerequisites were only made now.
    Apply(Vec<Refusal>),
    /// Objects of an early stage, such as CRDs, did not become ready.
    Stage(Vec<(ObjectId, Health)>),
    /// Objects that are no longer declared could not be deleted.
    Prune(Vec<Refusal>),
    /// Some objects failed or were not ready in time.
    Unhealthy {
        /// How long it was waited for.
        after: Duration,
        /// The objects and what they are waiting for.
        objects: Vec<(ObjectId, Health)>,
    },
    /// Something newer arrived while the health of this revision was awaited.
    Superseded(String),
    /// The API server would not do what was asked of it.
    Cluster(String),
    /// The API server could not be reached or could not answer: nothing is wrong with what was asked.
    Interrupted(String),
}

/// One object that the API server refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Which object.
    pub object: ObjectId,
    /// Where it is declared, as `file:line:column`; empty for objects that are no longer declared.
    pub place: String,
    /// Why.
    pub cause: Cause,
    /// What to say of it in place of the cause's own words, which quote a value of a Secret.
    pub masked: Option<String>,
}

/// Why an object was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// It cannot be applied.
    Apply(ApplyError),
    /// It cannot be deleted.
    Delete(ClusterError),
}

impl Cause {
    /// Whether time alone may remove the cause: something else is on its way, or the server is busy.
    fn may_pass(&self) -> bool {
        match self {
            Cause::Apply(error) => match error {
                ApplyError::NoSuchKind { .. }
                | ApplyError::NamespaceMissing { .. }
                | ApplyError::NamespaceTerminating { .. }
                | ApplyError::Conflict { .. }
                | ApplyError::Refused { .. }
                | ApplyError::Retryable(_) => true,
                ApplyError::Immutable { .. }
                | ApplyError::Invalid { .. }
                | ApplyError::NamespaceNotSpecified { .. }
                | ApplyError::Forbidden { .. }
                | ApplyError::TooLarge { .. }
                | ApplyError::Other(_) => false,
            },
            Cause::Delete(error) => matches!(
                error,
                ClusterError::Conflict { .. }
                    | ClusterError::Expired { .. }
                    | ClusterError::Unavailable { .. }
                    | ClusterError::Unreachable { .. }
            ),
        }
    }
}

impl Cause {
    /// Whether it says nothing of the object.
    pub(crate) fn is_interruption(&self) -> bool {
        match self {
            // A conflict that names no other manager is about a write in between.
            Cause::Apply(ApplyError::Conflict { causes, .. }) => causes.is_empty(),
            Cause::Apply(ApplyError::Retryable(error) | ApplyError::Other(error)) => interrupts(error),
            Cause::Apply(_) => false,
            Cause::Delete(error) => interrupts(error),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Apply(error) => error.fmt(f),
            Cause::Delete(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        match &self.masked {
            Some(masked) => write!(f, "{}: {masked}", self.object),
            None => write!(f, "{}: {}", self.object, self.cause),
        }
    }
}

/// How soon another attempt is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Only when something changes, or at the retry interval.
    WhenChanged,
    /// Soon, with growing pauses up to the retry interval: the cause may pass by itself.
    Soon,
}

impl Stop {
    /// The API server answered with this error, of which `message` tells.
    pub(crate) fn over(error: &ClusterError, message: String) -> Stop {
        if interrupts(error) { Stop::Interrupted(message) } else { Stop::Cluster(message) }
    }

    /// Whether the API server alone is the reason, so that it says nothing of what was to be done.
    pub fn is_interruption(&self) -> bool {
        match self {
            Stop::Interrupted(_) => true,
            Stop::Refused(refusals) | Stop::Apply(refusals) | Stop::Prune(refusals) => {
                refusals.iter().all(|refusal| refusal.cause.is_interruption())
            }
            Stop::Cluster(_) | Stop::Stage(_) | Stop::Unhealthy { .. } | Stop::Superseded(_) => false,
        }
    }

    /// How soon another attempt is worth it.
    pub fn retry(&self) -> Retry {
        let passing = |refusals: &[Refusal]| refusals.iter().any(|refusal| refusal.cause.may_pass());
        match self {
            Stop::Refused(refusals) | Stop::Apply(refusals) | Stop::Prune(refusals) if passing(refusals) => Retry::Soon,
            Stop::Cluster(_) | Stop::Interrupted(_) | Stop::Stage(_) => Retry::Soon,
            Stop::Refused(_) | Stop::Apply(_) | Stop::Prune(_) | Stop::Unhealthy { .. } | Stop::Superseded(_) => {
                Retry::WhenChanged
            }
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Refused(refusals) => {
                f.write_str("dry-run failed, nothing was applied: ")?;
                lines(f, refusals)
            }
            Stop::Apply(refusals) => {
                f.write_str("apply failed: ")?;
                lines(f, refusals)
            }
            Stop::Prune(refusals) => {
                f.write_str("prune failed: ")?;
                lines(f, refusals)
            }
            Stop::Stage(objects) => {
                f.write_str("these must be ready before the rest is applied: ")?;
                list(f, objects)
            }
            Stop::Unhealthy { after, objects } => {
                let failed = objects.iter().any(|(_, health)| health.status == Status::Failed);
                let what = if failed { "failed early" } else { "timeout waiting for" };
                write!(f, "health check failed after {}: {what}: ", kinds::flux::GoDuration(*after))?;
                list(f, objects)
            }
            Stop::Superseded(why) | Stop::Cluster(why) | Stop::Interrupted(why) => f.write_str(why),
        }
    }
}

impl From<ClusterError> for Stop {
    fn from(error: ClusterError) -> Stop {
        Stop::over(&error, error.to_string())
    }
}

/// Whether an error says nothing of what was asked: the same may go well a moment later, or elsewhere.
pub(crate) fn interrupts(error: &ClusterError) -> bool {
    match error {
        ClusterError::Expired { .. } | ClusterError::NotLeading => true,
        // One that names no other manager is about a write in between.
        ClusterError::Conflict { causes, .. } => causes.is_empty(),
        error => error.is_retryable(),
    }
}

/// One item a line.
pub(crate) fn lines<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if index > 0 { "\n" } else { "" })?;
    }
    Ok(())
}

/// Objects and where they stand, in Flux's words; what holds for many is said once.
fn list(f: &mut fmt::Formatter<'_>, objects: &[(ObjectId, Health)]) -> fmt::Result {
    f.write_str("[")?;
    for (index, (objects, health)) in alike(objects).iter().enumerate() {
        write!(f, "{}{} status: '{}'", if index > 0 { ", " } else { "" }, names(objects), health.status)?;
        if !health.message.is_empty() {
            write!(f, ": {}", health.message)?;
        }
    }
    f.write_str("]")
}
