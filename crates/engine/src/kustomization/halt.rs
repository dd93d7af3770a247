//! Why a run of a Kustomization ended before everything was applied and healthy.

use std::fmt;
use std::sync::Arc;

use cluster::ClusterError;
use kinds::flux::kustomization::SourceReference;
use manifest::Diagnostic;
use plan::dependency::{Cycle, Waiting};
use plan::expression::ExpressionError;
use plan::health::HealthRuleError;

use crate::RemoteError;
use crate::access::Denial;
use crate::other_clusters::OtherClusterError;
use crate::stages::analyse::{self, NotApplied};
use crate::stages::contested::{self, Contested};
use crate::stages::stop::{Retry, Stop, lines};

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
    /// The source is in another namespace and not for this one.
    AccessDenied(Denial),
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
    /// The change would bring in errors, and is not to.
    Analysis(NotApplied),
    /// The cluster of `spec.kubeConfig` cannot be had.
    OtherCluster(OtherClusterError),
    /// What the build takes from other hosts cannot be had.
    Remotes(Arc<RemoteError>),
    /// Everything else was applied; these objects were left to other Kustomizations that declare them too.
    Contested(Vec<Contested>),
    /// A stage that writes or waits ended early.
    Stopped(Stop),
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

impl Halt {
    /// The reason of the Ready condition, in kustomize-controller's words.
    pub fn reason(&self) -> &'static str {
        match self {
            Halt::SourceNotReady { .. } | Halt::SourceKindUnsupported(_) | Halt::Path(_) | Halt::Pin(_) => {
                "ArtifactFailed"
            }
            Halt::AccessDenied(_) => "AccessDenied",
            Halt::Dependencies(_) | Halt::Cycle(_) => "DependencyNotReady",
            Halt::Expressions(_) | Halt::HealthRules(_) => "InvalidCELExpression",
            Halt::Build(_) | Halt::Remotes(_) | Halt::Unsupported { .. } => "BuildFailed",
            Halt::Unreadable(_) | Halt::OtherCluster(_) => "ReconciliationFailed",
            Halt::Analysis(_) => analyse::REASON,
            Halt::Contested(_) => contested::REASON,
            Halt::Stopped(stop) => match stop {
                Stop::Refused(_) | Stop::Apply(_) | Stop::Stage(_) | Stop::Cluster(_) | Stop::Interrupted(_) => {
                    "ReconciliationFailed"
                }
                Stop::Prune(_) => "PruneFailed",
                Stop::Unhealthy { .. } => "HealthCheckFailed",
                Stop::Superseded(_) => "HealthCheckCanceled",
            },
        }
    }

    /// Whether only a change by a person can help, so that the object is Stalled.
    pub fn is_stalled(&self) -> bool {
        match self {
            Halt::Unreadable(_)
            | Halt::AccessDenied(_)
            | Halt::SourceKindUnsupported(_)
            | Halt::Unsupported { .. }
            | Halt::Cycle(_)
            | Halt::Expressions(_)
            | Halt::HealthRules(_) => true,
            Halt::OtherCluster(error) => error.is_final(),
            Halt::SourceNotReady { .. }
            | Halt::Path(_)
            | Halt::Pin(_)
            | Halt::Dependencies(_)
            | Halt::Build(_)
            | Halt::Remotes(_)
            | Halt::Analysis(_)
            | Halt::Contested(_)
            | Halt::Stopped(_) => false,
        }
    }

    /// How soon another attempt is worth it.
    pub fn retry(&self) -> Retry {
        match self {
            Halt::Stopped(stop) => stop.retry(),
            // What is missing may be declared by others, which are applied later.
            Halt::Pin(_) | Halt::Analysis(_) => Retry::Soon,
            Halt::OtherCluster(error) if !error.is_final() => Retry::Soon,
            Halt::Remotes(error) if error.may_pass() => Retry::Soon,
            Halt::Unreadable(_)
            | Halt::AccessDenied(_)
            | Halt::SourceNotReady { .. }
            | Halt::SourceKindUnsupported(_)
            | Halt::Unsupported { .. }
            | Halt::Path(_)
            | Halt::Cycle(_)
            | Halt::Dependencies(_)
            | Halt::Expressions(_)
            | Halt::HealthRules(_)
            | Halt::Remotes(_)
            | Halt::OtherCluster(_)
            | Halt::Contested(_)
            | Halt::Build(_) => Retry::WhenChanged,
        }
    }
}

impl From<OtherClusterError> for Halt {
    fn from(error: OtherClusterError) -> Halt {
        Halt::OtherCluster(error)
    }
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Halt {
        Halt::Stopped(stop)
    }
}

impl From<ClusterError> for Halt {
    fn from(error: ClusterError) -> Halt {
        Halt::Stopped(Stop::from(error))
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Halt::Unreadable(why) | Halt::Path(why) | Halt::Pin(why) => f.write_str(why),
            Halt::AccessDenied(denial) => denial.fmt(f),
            Halt::SourceNotReady { source, gap } => write!(f, "{} '{}': {gap}", source.kind, source.name),
            Halt::SourceKindUnsupported(kind) => {
                write!(f, "sources of kind {kind} are not served; use a GitRepository, OCIRepository or Bucket")
            }
            Halt::Unsupported { field } => write!(
                f,
                "{field} is not supported yet, and applying without it would not be what you asked for; remove it or \
                 keep this Kustomization with Flux"
            ),
            Halt::OtherCluster(error) => error.fmt(f),
            Halt::Cycle(cycle) => write!(f, "{cycle}"),
            Halt::Dependencies(waiting) => lines(f, waiting),
            Halt::Expressions(errors) => lines(f, errors),
            Halt::HealthRules(errors) => lines(f, errors),
            Halt::Build(diagnostics) => {
                f.write_str("kustomize build failed: ")?;
                lines(f, &diagnostics.iter().map(WithHint).collect::<Vec<_>>())
            }
            Halt::Analysis(refused) => refused.fmt(f),
            Halt::Remotes(error) => write!(f, "kustomize build failed: {error}"),
            Halt::Contested(left) => {
                let named = contested::named(&left.iter().map(Contested::to_string).collect::<Vec<_>>());
                write!(
                    f,
                    "everything else was applied; these objects are declared by another Kustomization too, which applied \
                     them last and keeps them until one of the two no longer declares them: {named}"
                )
            }
            Halt::Stopped(stop) => stop.fmt(f),
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
