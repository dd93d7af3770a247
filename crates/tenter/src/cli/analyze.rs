//! Arguments of `analyze`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use manifest::Severity;

use super::Mirroring;

/// Arguments of `analyze`.
#[derive(Debug, Clone, Args)]
pub struct Analyze {
    /// Repositories, folders and files; `-` reads manifests from stdin
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Analyse what is in the cluster, together with the paths if any are named
    #[arg(long)]
    pub cluster: bool,
    /// The paths are the clusters of one mesh, one each: look at them together too
    #[arg(long, conflicts_with_all = ["cluster", "diff"])]
    pub one_mesh: bool,
    /// Only what is new since this revision of the repository that the path is in
    #[arg(long, value_name = "REV", conflicts_with = "cluster")]
    pub diff: Option<String>,
    /// From which severity on findings make the command fail [default: error, or what .tenter.yaml says]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub failure_threshold: Option<Threshold>,
    /// Do not report CODE for objects that match PATTERN, in which `*` stands for any text: 'IST0102=Namespace test-*'.
    /// Repeatable
    #[arg(short = 'S', long = "suppress", value_name = "CODE=PATTERN")]
    pub suppressions: Vec<String>,
    /// The Kubernetes that the objects are for, such as 1.34
    #[arg(long, value_name = "VERSION", value_parser = kubernetes_minor)]
    pub kubernetes_version: Option<u32>,
    /// Also render HelmReleases whose charts have to be fetched
    #[arg(long)]
    pub fetch_charts: bool,
    /// A folder that stands for another source, as KIND/NAMESPACE/NAME=FOLDER
    #[arg(long, value_name = "SOURCE=FOLDER")]
    pub local_sources: Vec<String>,
    /// Where the addresses of charts lead instead
    #[command(flatten)]
    pub mirroring: Mirroring,
    /// List the rules
    #[arg(long, conflicts_with_all = ["explain", "diff", "cluster"])]
    pub list_rules: bool,
    /// Print the documentation of a code
    #[arg(long, value_name = "CODE")]
    pub explain: Option<String>,
}

/// The `x` of `1.x`, `v1.x` or `1.x.y`.
fn kubernetes_minor(text: &str) -> Result<u32, String> {
    let minor = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.").and_then(|rest| rest.split('.').next());
    minor.and_then(|minor| minor.parse().ok()).ok_or_else(|| "write a version of Kubernetes, such as 1.34".to_owned())
}

/// From which severity on findings make a command fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Threshold {
    /// Any finding
    Info,
    /// Warnings and errors
    Warning,
    /// Errors
    Error,
    /// None
    Never,
}

impl Threshold {
    /// Whether a finding of this severity is one too many.
    pub fn is_reached_by(self, severity: Severity) -> bool {
        match self {
            Threshold::Info => true,
            Threshold::Warning => severity >= Severity::Warning,
            Threshold::Error => severity >= Severity::Error,
            Threshold::Never => false,
        }
    }
}
