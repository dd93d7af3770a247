//! Why a run of a HelmRelease ended before there was a Helm release to speak of, or an action before it was done.

use std::fmt;

use cluster::ClusterError;
use kinds::flux::helm_release::InvalidRelease;
use manifest::{Diagnostic, ObjectId};
use plan::dependency::{Cycle, Waiting};
use plan::expression::ExpressionError;
use plan::health::HealthRuleError;

use crate::access::Denial;
use crate::other_clusters::OtherClusterError;
use crate::stages::analyse::{self, NotApplied};
use crate::stages::stop::{Retry, Stop, lines};

/// Why a run or an action ended early.
#[derive(Debug, Clone)]
pub enum Halt {
    /// The object itself cannot be read as its kind.
    Unreadable(String),
    /// Its spec says two things, or none where it must say one.
    Invalid(InvalidRelease),
    /// A field asks for what this version does not do; going on without would install something else than asked.
    Unsupported {
        /// The field, such as `spec.kubeConfig`.
        field: &'static str,
    },
    /// The chart is in another namespace and not for this one.
    AccessDenied(Denial),
    /// The cluster of `spec.kubeConfig` cannot be had.
    OtherCluster(OtherClusterError),
    /// HelmReleases in `dependsOn` wait for each other.
    Cycle(Cycle),
    /// HelmReleases in `dependsOn` are not ready.
    Dependencies(Vec<Waiting>),
    /// A `readyExpr` cannot be compiled.
    Expressions(Vec<ExpressionError>),
    /// `healthCheckExprs` cannot be used.
    HealthRules(Vec<HealthRuleError>),
    /// A target of `driftDetection.ignore` cannot be used.
    IgnoreRule(String),
    /// The HelmChart that the release asks for cannot be made or deleted.
    ChartObject(String),
    /// What the chart should come from does not exist.
    SourceMissing(String),
    /// What the chart comes from has none.
    SourceNotReady(String),
    /// The chart cannot be used.
    Chart(String),
    /// The values cannot be put together.
    Values(String),
    /// The chart's definitions of custom resources cannot be applied.
    Crds(String),
    /// The chart cannot be rendered with these values.
    Render(String),
    /// What was rendered, or what is stored, is no list of Kubernetes objects.
    Manifest(Vec<Diagnostic>),
    /// What rules found stopped it.
    Analysis(NotApplied),
    /// Objects belong to somebody else, and may not be taken over.
    Owned(Vec<(ObjectId, String)>),
    /// A hook failed.
    Hook {
        /// When it was applied, such as `pre-install`.
        moment: &'static str,
        /// Its name.
        hook: String,
        /// The template it comes from.
        path: String,
        /// What happened.
        why: String,
    },
    /// Helm's storage cannot be read or written.
    Storage(String),
    /// A revision that is needed is not stored any more.
    RevisionMissing {
        /// The release's name.
        name: String,
        /// The revision.
        version: u32,
    },
    /// A stage that writes or waits ended early.
    Stopped(Stop),
}

impl Halt {
    /// The reason of the Ready condition, in helm-controller's words.
    pub fn reason(&self) -> &'static str {
        match self {
            Halt::Unreadable(_) | Halt::Invalid(_) | Halt::Unsupported { .. } | Halt::IgnoreRule(_) => "InvalidSpec",
            Halt::AccessDenied(_) => "AccessDenied",
            Halt::OtherCluster(_) => "RESTClientError",
            Halt::Cycle(_) | Halt::Dependencies(_) => "DependencyNotReady",
            Halt::Expressions(_) | Halt::HealthRules(_) => "InvalidCELExpression",
            Halt::ChartObject(_) | Halt::SourceMissing(_) | Halt::Chart(_) => "ArtifactFailed",
            Halt::SourceNotReady(_) => "SourceNotReady",
            Halt::Values(_) => "ValuesError",
            Halt::Analysis(_) => analyse::REASON,
            Halt::Storage(_) | Halt::RevisionMissing { .. } => "StateError",
            Halt::Crds(_)
            | Halt::Render(_)
            | Halt::Manifest(_)
            | Halt::Owned(_)
            | Halt::Hook { .. }
            | Halt::Stopped(_) => "ReconcileError",
        }
    }

    /// Whether only a change by a person can help, so that the object is Stalled.
    pub fn is_stalled(&self) -> bool {
        match self {
            Halt::Unreadable(_)
            | Halt::Invalid(_)
            | Halt::Unsupported { .. }
            | Halt::AccessDenied(_)
            | Halt::Cycle(_)
            | Halt::Expressions(_)
            | Halt::HealthRules(_)
            | Halt::IgnoreRule(_) => true,
            Halt::OtherCluster(error) => error.is_final(),
            Halt::Dependencies(_)
            | Halt::ChartObject(_)
            | Halt::SourceMissing(_)
            | Halt::SourceNotReady(_)
            | Halt::Chart(_)
            | Halt::Values(_)
            | Halt::Crds(_)
            | Halt::Render(_)
            | Halt::Manifest(_)
            | Halt::Analysis(_)
            | Halt::Owned(_)
            | Halt::Hook { .. }
            | Halt::Storage(_)
            | Halt::RevisionMissing { .. }
            | Halt::Stopped(_) => false,
        }
    }

    /// Whether the API server alone is the reason, so that it says nothing of the release.
    pub fn is_interruption(&self) -> bool {
        matches!(self, Halt::Stopped(stop) if stop.is_interruption())
    }

    /// How soon another attempt is worth it.
    pub fn retry(&self) -> Retry {
        match self {
            Halt::Stopped(stop) => stop.retry(),
            // What is missing may be declared by others, which are applied later.
            Halt::Analysis(_) => Retry::Soon,
            Halt::ChartObject(_) | Halt::Crds(_) | Halt::Hook { .. } | Halt::Storage(_) => Retry::Soon,
            Halt::OtherCluster(error) if !error.is_final() => Retry::Soon,
            Halt::OtherCluster(_)
            | Halt::Unreadable(_)
            | Halt::Invalid(_)
            | Halt::Unsupported { .. }
            | Halt::AccessDenied(_)
            | Halt::Cycle(_)
            | Halt::Dependencies(_)
            | Halt::Expressions(_)
            | Halt::HealthRules(_)
            | Halt::IgnoreRule(_)
            | Halt::SourceMissing(_)
            | Halt::SourceNotReady(_)
            | Halt::Chart(_)
            | Halt::Values(_)
            | Halt::Render(_)
            | Halt::Manifest(_)
            | Halt::Owned(_)
            | Halt::RevisionMissing { .. } => Retry::WhenChanged,
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
            Halt::Unreadable(why) => f.write_str(why),
            Halt::Invalid(error) => error.fmt(f),
            Halt::Unsupported { field } => write!(
                f,
                "{field} is not supported yet, and installing without it would not be what you asked for; remove it or \
                 keep this HelmRelease with Flux"
            ),
            Halt::AccessDenied(denial) => denial.fmt(f),
            Halt::OtherCluster(error) => error.fmt(f),
            Halt::Cycle(cycle) => cycle.fmt(f),
            Halt::Dependencies(waiting) => lines(f, waiting),
            Halt::Expressions(errors) => lines(f, errors),
            Halt::HealthRules(errors) => lines(f, errors),
            Halt::IgnoreRule(why) => write!(f, "spec.driftDetection.ignore: {why}"),
            Halt::ChartObject(why) => f.write_str(why),
            Halt::SourceMissing(why) => write!(f, "could not get Source object: {why}"),
            Halt::SourceNotReady(why) | Halt::Values(why) | Halt::Render(why) => f.write_str(why),
            Halt::Chart(why) => write!(f, "Could not load chart: {why}"),
            Halt::Crds(why) => write!(f, "failed to apply CustomResourceDefinitions: {why}"),
            Halt::Manifest(problems) => {
                f.write_str("unable to build kubernetes objects from release manifest: ")?;
                lines(f, problems)
            }
            Halt::Analysis(refused) => refused.fmt(f),
            Halt::Owned(objects) => {
                f.write_str("Unable to continue with install: ")?;
                for (index, (object, why)) in objects.iter().enumerate() {
                    let separator = if index > 0 { "\n" } else { "" };
                    write!(f, "{separator}{object} exists and cannot be imported into the current release: {why}")?;
                }
                Ok(())
            }
            Halt::Hook { moment, hook, path, why } => write!(f, "failed {moment}: hook {hook} ({path}): {why}"),
            Halt::Storage(why) => write!(f, "Could not determine release state: {why}"),
            Halt::RevisionMissing { name, version } => {
                write!(
                    f,
                    "revision {version} of release {name} is not stored any more; raise spec.maxHistory to keep more"
                )
            }
            Halt::Stopped(stop) => stop.fmt(f),
        }
    }
}
