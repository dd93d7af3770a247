//! Every way a command can fail, with its exit code and its hint, in one place.

use std::path::PathBuf;
use std::process::ExitCode;

use cluster::{ApplyError, ClusterError};
use manifest::{Diagnostic, Value};
use render::helm::chart::load::LoadError;
use render::helm::release::{NotInChart, RenderError};
use render::helm::values::GivenError;

/// A command that failed. `Display` is the sentence; [`Failure::hint`] the next step.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The async runtime cannot start.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// No cluster to talk to.
    #[error(
        "no cluster: neither --kubeconfig nor $KUBECONFIG is set, no local cluster runs, and ~/.kube/config does not exist"
    )]
    NoCluster,
    /// The kubeconfig cannot be used.
    #[error("cannot use the kubeconfig {path}: {why}", path = path.display())]
    Kubeconfig {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The API server refused or did not answer.
    #[error("{0}")]
    Cluster(#[from] ClusterError),
    /// An object that a command was asked about does not exist.
    #[error("{kind} '{name}' not found in namespace '{namespace}'")]
    NotFound {
        /// Its kind.
        kind: String,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// An argument that cannot be used.
    #[error("{0}")]
    Usage(String),
    /// A source cannot be read.
    #[error("{0}")]
    Source(#[from] source::SourceError),
    /// A chart cannot be fetched.
    #[error("{0}")]
    Fetch(source::SourceError),
    /// Manifests cannot be built.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Build(Vec<Diagnostic>),
    /// A chart cannot be loaded.
    #[error("{0}")]
    Chart(Box<LoadError>),
    /// A chart is named in a way that leads nowhere.
    #[error("{chart}: {why}")]
    ChartReference {
        /// How it was named.
        chart: String,
        /// Why it cannot be had.
        why: &'static str,
    },
    /// A chart that nobody who is trusted signed.
    #[error("{chart}: {why}")]
    Unverified {
        /// How it was named.
        chart: String,
        /// What is missing.
        why: String,
    },
    /// Values cannot be read.
    #[error("{0}")]
    Values(#[from] GivenError),
    /// A chart cannot be rendered.
    #[error("{0}")]
    Helm(Box<RenderError>),
    /// `--show-only` names nothing.
    #[error("{0}")]
    ShowOnly(#[from] NotInChart),
    /// Something else about a Kustomization's build.
    #[error("{0}")]
    Halted(String),
    /// The chart of a HelmRelease cannot be had.
    #[error("{0}")]
    Unavailable(String),
    /// The embedded API server cannot start.
    #[error("the embedded cluster cannot start: {0}")]
    EmbeddedCluster(String),
    /// A file cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something that was waited for did not come.
    #[error("{what} after {seconds} s")]
    Timeout {
        /// What was waited for, as a sentence.
        what: String,
        /// How long.
        seconds: u64,
    },
    /// A reconciliation that a command asked for failed.
    #[error("{0}")]
    Reconciliation(String),
    /// `git` cannot be run, or failed.
    #[error("git {arguments}: {why}")]
    Git {
        /// What it was told.
        arguments: String,
        /// What it said.
        why: String,
    },
    /// Another program cannot be run, or failed.
    #[error("{program}: {why}")]
    Program {
        /// Which.
        program: String,
        /// What it said.
        why: String,
    },
    /// A step of the demo did not hold.
    #[error("the demo failed at \"{step}\": {why}")]
    Demo {
        /// Which step.
        step: String,
        /// What was seen instead.
        why: String,
    },
    /// Output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(std::io::Error),
}

/// Something went wrong.
const FAILED: u8 = 1;
/// The command line, or what it names, is wrong. Also what `tenter diff` ends with when it cannot compare.
const MISUSED: u8 = 2;

impl Failure {
    /// An object of the command's own that the API server does not take.
    pub(crate) fn unapplied(object: &Value, error: &ApplyError) -> Failure {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (kind, name) = (text(&object["kind"]), text(&object["metadata"]["name"]));
        Failure::Reconciliation(format!("{kind} '{name}' cannot be applied: {error}"))
    }

    /// The exit code: 1 if something went wrong, 2 if the command line or what it names is wrong.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Failure::NoCluster
            | Failure::Kubeconfig { .. }
            | Failure::Usage(_)
            | Failure::NotFound { .. }
            | Failure::Source(_)
            | Failure::Fetch(_)
            | Failure::Build(_)
            | Failure::Halted(_)
            | Failure::Unavailable(_)
            | Failure::Chart(_)
            | Failure::ChartReference { .. }
            | Failure::Unverified { .. }
            | Failure::Values(_)
            | Failure::Helm(_)
            | Failure::ShowOnly(_)
            | Failure::Read { .. } => MISUSED,
            Failure::Runtime(_)
            | Failure::Cluster(_)
            | Failure::EmbeddedCluster(_)
            | Failure::Write { .. }
            | Failure::Timeout { .. }
            | Failure::Reconciliation(_)
            | Failure::Git { .. }
            | Failure::Program { .. }
            | Failure::Demo { .. }
            | Failure::Output(_) => FAILED,
        }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Failure::Runtime(_) => "look whether this user may start threads and open files (ulimit -a)".into(),
            Failure::NoCluster => "start one with `tenter up PATH`, or name a kubeconfig with --kubeconfig".into(),
            Failure::Kubeconfig { .. } => {
                "name another one with --kubeconfig, or restart the cluster it leads to".into()
            }
            Failure::Cluster(error) => cluster_hint(error).into(),
            Failure::NotFound { .. } => "list what there is with `tenter get all -A`".into(),
            Failure::Usage(_) => "see `tenter help` and the examples in each command's --help".into(),
            Failure::Source(_) => "the path must be a git repository or a folder of manifests".into(),
            Failure::Fetch(_) => "check the address, the name and --version; --mirror fetches from elsewhere".into(),
            Failure::Build(diagnostics) => diagnostics
                .iter()
                .find_map(|diagnostic| diagnostic.hint.clone())
                .unwrap_or_else(|| "correct the file at the place named above".into()),
            Failure::Chart(error) => chart_hint(error).into(),
            Failure::ChartReference { .. } => {
                "name a folder, a .tgz, oci://REGISTRY/CHART, or the repository with --repo URL".into()
            }
            Failure::Unverified { .. } => {
                "ask who publishes the chart for their public key, and name a file with it by --keyring (gpg --export --output FILE)"
                    .into()
            }
            Failure::Values(_) => "correct the values file or the expression named above".into(),
            Failure::Helm(error) => error.hint(),
            Failure::ShowOnly(_) => {
                "name templates by their paths below the chart, such as templates/service.yaml, with `*` for any part"
                    .into()
            }
            Failure::Halted(_) => "correct the Kustomization, the HelmRelease or the files it names".into(),
            Failure::Unavailable(_) => {
                "name folders with --local-sources, and other addresses with --mirror; or go without by --skip-releases"
                    .into()
            }
            Failure::EmbeddedCluster(_) => "look whether another process holds the port or the data folder".into(),
            Failure::Read { .. } => "check the path and its permissions".into(),
            Failure::Write { .. } => "check that the folder exists and has room".into(),
            Failure::Timeout { .. } => "see `tenter get all -A` and `tenter events` for what it waits for".into(),
            Failure::Reconciliation(_) => "see `tenter events` for the whole story".into(),
            Failure::Git { .. } => "check that git is installed and works: git --version".into(),
            Failure::Program { program, .. } => format!("check that {program} is installed; it comes with OpenSSH"),
            Failure::Demo { .. } => "run it again with -v and look at the log".into(),
            Failure::Output(_) => "check that the reader of the output is still there".into(),
        }
    }

    /// Prints the error and its hint on stderr, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        // A reader that closed the pipe has seen enough.
        if let Failure::Output(error) = self
            && error.kind() == std::io::ErrorKind::BrokenPipe
        {
            return ExitCode::SUCCESS;
        }
        crate::output::error(&format!("error: {self}\nhint: {}", self.hint()));
        ExitCode::from(self.code())
    }
}

fn chart_hint(error: &LoadError) -> &'static str {
    match error {
        LoadError::NoMetadata | LoadError::NoFolder(_) => {
            "name the folder with the Chart.yaml, or a packed chart (.tgz)"
        }
        LoadError::Subchart { error, .. } => chart_hint(error),
        LoadError::Unreadable { .. }
        | LoadError::Values(_)
        | LoadError::Invalid(_)
        | LoadError::FolderNamedArchive { .. }
        | LoadError::IgnoreRule { .. }
        | LoadError::Link { .. }
        | LoadError::TooManyRules { .. }
        | LoadError::PathTooLong { .. } => "correct the chart's files at the place named above",
        LoadError::NotAnArchive { .. }
        | LoadError::DamagedArchive { .. }
        | LoadError::EmptyArchive(_)
        | LoadError::AbsolutePath(_)
        | LoadError::OutsideBase(_)
        | LoadError::ParentPath(_)
        | LoadError::IllegalName(_)
        | LoadError::MetadataNotInBase(_)
        | LoadError::NotAFile { .. } => "pack the chart anew, for example with `helm package`",
        LoadError::FileTooLarge { .. }
        | LoadError::ChartTooLarge { .. }
        | LoadError::TooManyFiles { .. }
        | LoadError::TooDeep { .. } => "leave files out of the chart by its .helmignore",
    }
}

fn cluster_hint(error: &ClusterError) -> &'static str {
    match error {
        ClusterError::Unreachable { .. } => "is the cluster running? Start a local one with `tenter up PATH`",
        ClusterError::Unauthorized { .. } => "check the credentials in the kubeconfig",
        ClusterError::Forbidden { .. } => "ask for a Role that allows it, or use another kubeconfig",
        ClusterError::NoSuchKind { .. } => "install the CRD of that kind first",
        ClusterError::NotFound { .. } => "list what there is with `tenter get all -A`",
        ClusterError::NamespaceNotSpecified { .. } => "name the namespace with -n",
        ClusterError::NotLeading => "ask the replica that holds the lease",
        ClusterError::AlreadyExists { .. } | ClusterError::Conflict { .. } => "somebody else changed it; try again",
        ClusterError::Invalid { .. } | ClusterError::BadRequest { .. } | ClusterError::TooLarge { .. } => {
            "correct the object at the fields named above"
        }
        ClusterError::Expired { .. } | ClusterError::Unavailable { .. } | ClusterError::Protocol { .. } => "try again",
    }
}
