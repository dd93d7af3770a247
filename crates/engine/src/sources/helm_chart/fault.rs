//! What can go wrong with a chart, in source-controller's words.

use source::{SourceError, SourceKind};

use super::super::failure::{Failure, Remedy, Step};

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no such chart or version, or no chart at the path.
    Reference,
    /// The chart could not be fetched, or what was fetched is none.
    Pull,
    /// The version takes no build metadata.
    Metadata,
    /// A values file is missing or cannot be read.
    Values,
    /// A dependency could not be added.
    Dependency,
    /// The files are no chart.
    Package,
}

impl Fault {
    /// The failure with a message about it.
    pub(super) fn because(self, why: impl std::fmt::Display) -> Failure {
        let (reason, summary, step, remedy) = match self {
            Fault::Reference => ("InvalidChartReference", "invalid chart reference", Step::Fetch, Remedy::Person),
            Fault::Pull => ("ChartPullError", "chart pull error", Step::Fetch, Remedy::Time),
            Fault::Metadata => ("MetadataPatchError", "chart metadata patch error", Step::Build, Remedy::Person),
            Fault::Values => ("ValuesFilesError", "values files merge error", Step::Build, Remedy::Person),
            Fault::Dependency => ("DependencyBuildError", "dependency build error", Step::Build, Remedy::Time),
            Fault::Package => ("ChartPackageError", "chart package error", Step::Build, Remedy::Time),
        };
        Failure { step, reason, message: format!("{summary}: {why}"), remedy }
    }

    /// What fetching a chart ended with.
    pub(super) fn of(error: &SourceError) -> Failure {
        let failure = Failure::of(error, SourceKind::HelmChart);
        match failure.reason {
            "InvalidChartReference" => Fault::Reference.because(error),
            "AuthenticationFailed" => {
                Failure { message: format!("failed to authenticate with the Helm repository: {error}"), ..failure }
            }
            "ChartPullError" => Fault::Pull.because(error),
            "VerificationError" => Failure { message: format!("chart verification error: {error}"), ..failure },
            _more_exact => failure,
        }
    }
}
