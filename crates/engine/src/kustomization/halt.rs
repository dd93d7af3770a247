//! Why a run of a Kustomization ended before everything was applied and healthy.

use std::fmt;
use std::time::Duration;

use cluster::{ApplyError, ClusterError};
use kinds::flux::kustomization::SourceReference;
use manifest::{Diagnostic, ObjectId};
use plan::dependency::{Cycle, Waiting};
use plan::expression::ExpressionError;
use plan::health::{Health, HealthRuleError, Status};

use super::health::{alike, names};

/// Why a run ended early. Status, event and command line print this value; `reason` is Flux's word for it.
#[derive(Debug, Clone)]
pub enum Halt {
    /// The object itself cannot be read as its kind.
    Unreadable(String),
    /// The source has no artifact yet, or does not exist.
    SourceNotReady {
        /// The source.
        source: SourceReference,
        /// What is missing.
        gap: SourceGap,
    },
    /// The source's kind is not served by this version.
    SourceKindUnsupported(String),
    /// A field asks for what this version does not do; going on without would apply something else than asked.
    Unsupported {
        /// The field, such as `spec.decryption`.
        field: &'static str,
    },
    /// `spec.path` does not exist in the source, or leaves it.
    Path(String),
    /// The pinned revision cannot be read.
    Pin(String),
    /// Kustomizations in `dependsOn` wait for each other.
    Cycle(Cycle),
    /// Kustomizations in `dependsOn` are not ready.
    Dependencies(Vec<Waiting>),
    /// A `readyExpr` cannot be compiled.
    Expressions(Vec<ExpressionError>),
    /// `healthCheckExprs` cannot be used.
    HealthRules(Vec<HealthRuleError>),
    /// The manifests cannot be built.
    Build(Vec<Diagnostic>),
    /// The API server would not take some objects. Nothing was applied.
    Refused(Vec<Refusal>),
    /// Some objects could not be applied although the dry run passed, or their prerequisites were only made now.
    Apply(Vec<Refusal>),
    /// Objects of an early stage, such as CRDs, did not become ready.
    Stage(Vec<(ObjectId, Health)>),
    /// Objects that left Git could not be deleted. They stay in the inventory.
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
    /// The API server did not answer.
    Cluster(String),
}

/// Why a source has no artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceGap {
    /// It does not exist.
    Missing {
        /// The namespace it was looked for in.
        namespace: String,
    },
    /// Its first fetch is under way.
    BeingFetched,
    /// It could not be fetched.
    Failed {
        /// What its status says.
        message: String,
    },
}

impl fmt::Display for SourceGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceGap::Missing { namespace } => {
                write!(f, "does not exist in namespace '{namespace}'; create it or correct sourceRef")
            }
            SourceGap::BeingFetched => f.write_str("has no artifact yet; it is being fetched"),
            SourceGap::Failed { message } => write!(f, "has no artifact: {message}"),
        }
    }
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
        write!(f, "{}: {}", self.object, self.cause)
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

impl Halt {
    /// The reason of the Ready condition, in kustomize-controller's words.
    pub fn reason(&self) -> &'static str {
        match self {
            Halt::SourceNotReady { .. } | Halt::SourceKindUnsupported(_) | Halt::Path(_) | Halt::Pin(_) => {
                "ArtifactFailed"
            }
            Halt::Dependencies(_) | Halt::Cycle(_) => "DependencyNotReady",
            Halt::Expressions(_) | Halt::HealthRules(_) => "InvalidCELExpression",
            Halt::Build(_) | Halt::Unsupported { .. } => "BuildFailed",
            Halt::Unreadable(_) | Halt::Refused(_) | Halt::Apply(_) | Halt::Stage(_) | Halt::Cluster(_) => {
                "ReconciliationFailed"
            }
            Halt::Prune(_) => "PruneFailed",
            Halt::Unhealthy { .. } => "HealthCheckFailed",
            Halt::Superseded(_) => "HealthCheckCanceled",
        }
    }

    /// Whether only a change by a person can help, so that the object is Stalled.
    pub fn is_stalled(&self) -> bool {
        match self {
            Halt::Unreadable(_)
            | Halt::SourceKindUnsupported(_)
            | Halt::Unsupported { .. }
            | Halt::Cycle(_)
            | Halt::Expressions(_)
            | Halt::HealthRules(_) => true,
            Halt::SourceNotReady { .. }
            | Halt::Path(_)
            | Halt::Pin(_)
            | Halt::Dependencies(_)
            | Halt::Build(_)
            | Halt::Refused(_)
            | Halt::Apply(_)
            | Halt::Stage(_)
            | Halt::Prune(_)
            | Halt::Unhealthy { .. }
            | Halt::Superseded(_)
            | Halt::Cluster(_) => false,
        }
    }

    /// How soon another attempt is worth it.
    pub fn retry(&self) -> Retry {
        let passing = |refusals: &[Refusal]| refusals.iter().any(|refusal| refusal.cause.may_pass());
        match self {
            Halt::Refused(refusals) | Halt::Apply(refusals) | Halt::Prune(refusals) if passing(refusals) => Retry::Soon,
            Halt::Cluster(_) | Halt::Pin(_) | Halt::Stage(_) => Retry::Soon,
            Halt::Unreadable(_)
            | Halt::SourceNotReady { .. }
            | Halt::SourceKindUnsupported(_)
            | Halt::Unsupported { .. }
            | Halt::Path(_)
            | Halt::Cycle(_)
            | Halt::Dependencies(_)
            | Halt::Expressions(_)
            | Halt::HealthRules(_)
            | Halt::Build(_)
            | Halt::Refused(_)
            | Halt::Apply(_)
            | Halt::Prune(_)
            | Halt::Unhealthy { .. }
            | Halt::Superseded(_) => Retry::WhenChanged,
        }
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Halt::Unreadable(why) | Halt::Path(why) | Halt::Pin(why) | Halt::Cluster(why) | Halt::Superseded(why) => {
                f.write_str(why)
            }
            Halt::SourceNotReady { source, gap } => write!(f, "{} '{}': {gap}", source.kind, source.name),
            Halt::SourceKindUnsupported(kind) => {
                write!(f, "sources of kind {kind} are not served yet; use a GitRepository")
            }
            Halt::Unsupported { field } => write!(
                f,
                "{field} is not supported yet, and applying without it would not be what you asked for; remove it or \
                 keep this Kustomization with Flux"
            ),
            Halt::Cycle(cycle) => write!(f, "{cycle}"),
            Halt::Dependencies(waiting) => lines(f, waiting),
            Halt::Expressions(errors) => lines(f, errors),
            Halt::HealthRules(errors) => lines(f, errors),
            Halt::Build(diagnostics) => {
                f.write_str("kustomize build failed: ")?;
                lines(f, &diagnostics.iter().map(WithHint).collect::<Vec<_>>())
            }
            Halt::Refused(refusals) => {
                f.write_str("dry-run failed, nothing was applied: ")?;
                lines(f, refusals)
            }
            Halt::Apply(refusals) => {
                f.write_str("apply failed: ")?;
                lines(f, refusals)
            }
            Halt::Prune(refusals) => {
                f.write_str("prune failed: ")?;
                lines(f, refusals)
            }
            Halt::Stage(objects) => {
                f.write_str("these must be ready before the rest is applied: ")?;
                list(f, objects)
            }
            Halt::Unhealthy { after, objects } => {
                let failed = objects.iter().any(|(_, health)| health.status == Status::Failed);
                let what = if failed { "failed early" } else { "timeout waiting for" };
                write!(f, "health check failed after {}: {what}: ", kinds::flux::GoDuration(*after))?;
                list(f, objects)
            }
        }
    }
}

/// A diagnostic and what to do about it, in one line.
struct WithHint<'a>(&'a Diagnostic);

impl fmt::Display for WithHint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.hint {
            Some(hint) => write!(f, "{}. {hint}", self.0),
            None => self.0.fmt(f),
        }
    }
}

fn lines<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
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
