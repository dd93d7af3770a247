//! The command line's shape. Its help texts are the reference in `docs/cli`.

mod analyze;
mod bench;
mod bootstrap;
mod check;
mod explain;
mod install;
mod reaching;
mod render_helm;
mod run;
mod split;
mod telemetry;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kinds::flux::GoDuration;

pub use self::analyze::{Analyze, Threshold};
pub use self::bench::{Bench, Floor, MeanTimeToProduction, Measured};
pub use self::bootstrap::{Access, Bootstrap, BootstrapGit, Controller, Provider};
pub use self::check::Check;
pub use self::explain::{
    Client, Declared, Explain, ExplainAccess, ExplainRoute, ExplainTransport, Explained, RequestLine, Test,
};
pub use self::install::{Install, SystemPlace, Uninstall};
pub use self::reaching::{Analyzed, Reaching};
pub use self::render_helm::{HelmVersion, Provenance, RemoteChart, RenderHelm};
pub use self::run::Run;
pub use self::split::{Changelog, Split};
pub use self::telemetry::Reporting;
use crate::local_build::Reach;
use crate::output::Output;
use crate::view::Listing;

/// Keeps a service mesh, and everything that runs in it, in the state that Git declares.
#[derive(Debug, Parser)]
#[command(
    name = "tenter",
    version,
    propagate_version = true,
    disable_help_subcommand = false,
    args_override_self = true
)]
#[command(
    after_help = "Examples:\n  tenter demo                     # see it all, on this machine\n  tenter up . --path clusters/dev # serve this repository to a local cluster\n  tenter get all -A               # where everything stands\n\nExit codes: 0 done, 1 failed, 2 wrong arguments or input; `diff`: 0 no differences, 1 differences, 2 failed."
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The cluster; by default $KUBECONFIG, then the cluster whose pod this is, then the running local
    /// cluster, then ~/.kube/config
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The kubeconfig's context
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The namespace of the objects
    #[arg(short, long, global = true, default_value = "flux-system")]
    pub namespace: String,
    /// How to print results
    #[arg(short, long, global = true, value_enum)]
    pub output: Option<Output>,
    /// More of the log on stderr; twice for all of it ($TENTER_LOG takes finer filters)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole path on this machine: commit, sync, bad commit, drift, prune, rollback
    #[command(
        after_help = "Examples:\n  tenter demo         # then keep it running, to be tried\n  tenter demo --exit  # end with 0 if every step held, else 1"
    )]
    Demo(Demo),
    /// Serve a repository or folder to a cluster on this machine (or to --kubeconfig's)
    #[command(
        after_help = "Examples:\n  tenter up .\n  tenter up ../fleet --path clusters/my-cluster --assume-ready HelmRelease\n  tenter up https://example.com/org/fleet.git --branch main --data-dir ~/.tenter/fleet\n  tenter up . --exit        # in CI: 0 once everything is ready, 1 if something is not"
    )]
    Up(Up),
    /// Run the controller against a cluster: in its pod, or with --kubeconfig from outside
    #[command(
        after_help = "Examples:\n  tenter run --health-addr 0.0.0.0:8080                    # in a pod, as `tenter install` sets it up\n  tenter run --kubeconfig admin.yaml --leader-elect=false  # from outside, alone\n  tenter run --watch-label-selector shard=a                # one share of the work\n\nOf several replicas one works: the one that holds the lease. Another one takes over within 5 s of a crash, and at once when it is told to stop."
    )]
    Run(Box<Run>),
    /// Put the controller into a cluster, or bring it up to date
    #[command(
        after_help = "Examples:\n  tenter check --pre && tenter install --image registry.example.com/tenter:0.1.0\n  tenter install --export > tenter.yaml  # to be applied by something else\n  tenter install --open                  # objects may do everything, as with Flux's defaults\n\nExit codes: 0 it is there and available, 1 it did not become so, 2 the cluster is too old or Flux is still at work."
    )]
    Install(Install),
    /// Let a repository install the controller, and the cluster follow the repository
    Bootstrap(Bootstrap),
    /// Take the controller out of a cluster; what it applied stays
    #[command(
        after_help = "Examples:\n  tenter uninstall               # list what would be deleted\n  tenter uninstall --yes\n  tenter uninstall --yes --crds  # and every source, Kustomization and HelmRelease, but nothing that those applied"
    )]
    Uninstall(Uninstall),
    /// Check whether a cluster is fit for the controller, and whether the controller is well
    #[command(
        after_help = "Examples:\n  tenter check --pre   # before `tenter install`\n  tenter check         # after it\n  tenter check -o json --pre\n\nExit codes: 0 everything holds (there may be warnings), 1 something does not."
    )]
    Check(Check),
    /// Say what is wrong, weak or dangerous in the configuration of a mesh, before it is applied
    #[command(
        after_help = "Examples:\n  tenter analyze                                  # the repository here: all that its Flux objects lead to, and plain files\n  tenter analyze --diff origin/main               # only what this branch brings in\n  helm template web ./web | tenter analyze -      # what another program prints\n  tenter analyze --cluster -o json\n  tenter analyze -o sarif --failure-threshold warning > analysis.sarif\n  tenter analyze -S 'IST0102=Namespace test-*'\n  tenter analyze --explain IST0101\n\nA repository may hold a .tenter.yaml:\n  analyze:\n    failureThreshold: warning\n    suppress: ['IST0102=Namespace test-*']\n\nExit codes: 0 no finding reaches the threshold, 1 one does, 2 the arguments or paths are wrong. Files that are broken are findings."
    )]
    Analyze(Analyze),
    /// Say where a request goes, whether it is let in, and how it is encrypted, and why
    Explain(Explain),
    /// Run tests of a mesh's configuration (*_test.mesh.yaml), without a mesh
    #[command(
        after_help = "Examples:\n  tenter test                       # every *_test.mesh.yaml below here\n  tenter test mesh/canary_test.mesh.yaml --reasoning\n  tenter test --coverage -o junit > tests.xml\n\nExit codes: 0 every test holds, 1 one does not, 2 there are none, or they cannot be read."
    )]
    Test(Test),
    /// Print what a Kustomization or HelmRelease renders, with its file and line on request
    #[command(
        after_help = "Examples:\n  tenter build apps --path ./apps                                # as the cluster's Kustomization `apps` would\n  tenter build apps --path . --kustomization-file clusters/dev/apps.yaml  # without a cluster\n  tenter build flux-system --path . --recursive                   # all that this entry leads to\n  tenter build helmrelease/web -n shop --path .                   # definitions, objects and hooks of its chart\n  tenter build --path ./apps --origins                            # a plain folder"
    )]
    Build(Build),
    /// Show what applying local files would change: exit 0 nothing, 1 something, 2 failed
    #[command(
        after_help = "Examples:\n  tenter diff apps --path .        # the repository's root, as the source has it\n  tenter diff flux-system --path . --recursive  # and everything below it\n  tenter diff helmrelease/web -n shop --path .\n  tenter diff apps --path . -o json"
    )]
    Diff(Diff),
    /// Print what another tool would render from files on this machine
    Render(Render),
    /// Write one file for each object of a file, as it stands there, comments included
    #[command(
        after_help = "Examples:\n  tenter split mesh.yaml --output-dir mesh/\n  istioctl manifest generate | tenter split - --output-dir istio/ --prune"
    )]
    Split(Split),
    /// Say what changed between two revisions, folders or charts: rights, webhooks, definitions, images, ports, traffic
    #[command(
        after_help = "Examples:\n  tenter changelog main HEAD                      # of the repository here\n  tenter changelog istiod-1.28.0.tgz istiod-1.29.0.tgz -f values.yaml\n  tenter changelog before.yaml after.yaml -o json"
    )]
    Changelog(Changelog),
    /// List sources, Kustomizations and HelmReleases: revision, suspended, ready, message
    #[command(
        after_help = "Examples:\n  tenter get all -A\n  tenter get kustomizations apps -o yaml\n  tenter get helmreleases -n istio-system\n  tenter get sources --watch"
    )]
    Get(Get),
    /// Show the objects that a Kustomization applied, its HelmReleases, and theirs, as a tree
    #[command(
        after_help = "Examples:\n  tenter tree flux-system\n  tenter tree helmrelease/istiod -n istio-system\n  tenter tree apps -o json"
    )]
    Tree(Tree),
    /// Say where an object comes from: HelmRelease, Kustomization, source, commit, author
    #[command(
        after_help = "Examples:\n  tenter trace deployment/frontend -n prod\n  tenter trace pod/frontend-5d5f7c9b8-x2x7q -n prod"
    )]
    Trace(Trace),
    /// List what happened
    #[command(
        after_help = "Examples:\n  tenter events\n  tenter events --for kustomization/apps\n  tenter events -A --watch"
    )]
    Events(Events),
    /// List the revisions a Kustomization or HelmRelease had, and what came of each
    #[command(after_help = "Examples:\n  tenter history apps\n  tenter history helmrelease/istiod -n istio-system")]
    History(History),
    /// Reconcile now and wait for the result
    #[command(
        after_help = "Examples:\n  tenter reconcile kustomization apps\n  tenter reconcile kustomization apps --with-source\n  tenter reconcile source flux-system\n  tenter reconcile helmrelease istiod -n istio-system --force  # upgrade although nothing changed"
    )]
    Reconcile(Reconcile),
    /// Let a source, Kustomization or HelmRelease rest
    #[command(after_help = "Examples:\n  tenter suspend kustomization apps")]
    Suspend(Target),
    /// Let a source, Kustomization or HelmRelease work again
    #[command(after_help = "Examples:\n  tenter resume kustomization apps")]
    Resume(Target),
    /// Pin a Kustomization to a past revision, until it is released
    #[command(
        after_help = "Examples:\n  tenter rollback apps                        # to the last revision that was healthy before this one\n  tenter rollback apps --to main@sha1:4f2c1…  # to a revision of `tenter history apps`\n  tenter rollback apps --release              # follow the source again"
    )]
    Rollback(Rollback),
    /// Measure what a sync costs on an API server, next to what it must cost
    Bench(Bench),
    /// Print a completion script for a shell
    #[command(after_help = "Examples:\n  tenter completion bash > /etc/bash_completion.d/tenter")]
    Completion(Completion),
}

/// Arguments of `demo`.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// End when all steps were shown: with 0 if every one held, else with 1
    #[arg(long)]
    pub exit: bool,
    /// What the cluster lacks
    #[command(flatten)]
    pub bareness: Bareness,
}

/// Arguments of `up`.
#[derive(Debug, Clone, Args)]
pub struct Up {
    /// A git repository, a folder, or a URL that git can fetch
    pub source: String,
    /// The folder of the entry Kustomization inside the source
    #[arg(long, default_value = "./")]
    pub path: String,
    /// The branch to follow; by default the one that is checked out, or `main` for a URL
    #[arg(long)]
    pub branch: Option<String>,
    /// Keep the local cluster in this folder, so that it outlives this process
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Take objects of this kind for ready as soon as they exist, because what would make them so is absent here
    #[arg(long, value_name = "KIND")]
    pub assume_ready: Vec<String>,
    /// How often to look for changes that cannot be watched
    #[arg(long, default_value = "1m", value_name = "DURATION")]
    pub interval: GoDuration,
    /// Port of the local cluster's API on 127.0.0.1; any free one by default
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// End once every Kustomization is ready (0), or when that does not come in time (1)
    #[arg(long)]
    pub exit: bool,
    /// How long `--exit` waits
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    pub timeout: GoDuration,
    /// What the cluster lacks
    #[command(flatten)]
    pub bareness: Bareness,
    /// Where addresses lead instead
    #[command(flatten)]
    pub mirroring: Mirroring,
    /// What objects may reach
    #[command(flatten)]
    pub reaching: Reaching,
    /// Where metrics are served, and where traces go
    #[command(flatten)]
    pub reporting: Reporting,
}

/// For control planes without the rest of a cluster.
#[derive(Debug, Clone, Args)]
pub struct Bareness {
    /// The kubeconfig's cluster is a control plane without nodes, for tests: define the kinds of Flux and the meshes in
    /// it, and stand in for its nodes. Refused where there are nodes
    #[arg(long)]
    pub bare_cluster: bool,
}

/// For places without a way out.
#[derive(Debug, Clone, Args)]
pub struct Mirroring {
    /// Fetch what is declared to be at or below FROM from TO: git (submodules too), Helm repositories (charts too),
    /// oci:// registries, buckets. Repeatable; the longest FROM that fits counts. Objects and statuses keep FROM
    #[arg(long = "mirror", value_name = "FROM=TO")]
    pub mirrors: Vec<source::Mirror>,
}

/// Arguments of `build`.
#[derive(Debug, Clone, Args)]
pub struct Build {
    /// The Kustomization, or helmrelease/NAME; without one, the folder itself is built
    pub name: Option<String>,
    /// The source's files on this machine: the root of the repository for a Kustomization, else the folder to build
    #[arg(long, default_value = ".")]
    pub path: PathBuf,
    /// Read the Kustomization or HelmRelease from this file in place of the cluster
    #[arg(long, value_name = "FILE")]
    pub kustomization_file: Option<PathBuf>,
    /// Print the file and line of every object as a comment
    #[arg(long)]
    pub origins: bool,
    /// What else is to be built
    #[command(flatten)]
    pub below: Below,
}

/// Arguments of `render`.
#[derive(Debug, Clone, Args)]
pub struct Render {
    /// What to render
    #[command(subcommand)]
    pub what: Rendered,
}

/// What `render` renders.
#[derive(Debug, Clone, Subcommand)]
pub enum Rendered {
    /// Print what `kustomize build` prints, without another program
    #[command(
        long_about = "Print what `kustomize build` prints, without another program\n\nUnlike `tenter build`, this knows nothing of Flux and masks nothing: the values of Secrets are in the output. Where `kustomize build` takes a path after -o, this takes --output-path: -o is the format here, as in every command.",
        after_help = "Examples:\n  tenter render kustomize overlays/production | kubectl apply -f -\n  tenter render kustomize overlays/production -o json\n  tenter render kustomize overlays/production --output-path out/  # one file for each object\n\nExit codes: 0 done, 1 the output cannot be written, 2 the arguments or the files are wrong."
    )]
    Kustomize(RenderKustomize),
    /// Print what `helm template` prints, without another program
    #[command(
        long_about = "Print what `helm template` prints, without another program\n\nFlags are those of `helm template`. The namespace is `default` where -n does not say otherwise, and -o gives the objects as one JSON list or YAML stream in place of Helm's text.",
        after_help = "Examples:\n  tenter render helm web charts/web\n  tenter render helm web web-1.2.3.tgz -f values.yaml --set replicas=3 -n shop\n  tenter render helm charts/web --show-only 'templates/*.yaml'\n  tenter render helm web charts/web --helm-version 3 -o json\n  tenter render helm web web --repo https://charts.example.com --version '^1.2'\n  tenter render helm web oci://registry.example.com/charts/web\n\nExit codes: 0 done, 1 the output cannot be written, 2 the arguments, the chart or the values are wrong, or the chart cannot be had.",
        override_usage = "tenter render helm [OPTIONS] [NAME] <CHART>",
        disable_version_flag = true
    )]
    Helm(Box<RenderHelm>),
}

/// Arguments of `render kustomize`.
#[derive(Debug, Clone, Args)]
pub struct RenderKustomize {
    /// The folder with the kustomization.yaml
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// Write to this file, or one file for each object to this folder if it exists
    #[arg(long, value_name = "FILE|DIR")]
    pub output_path: Option<PathBuf>,
    /// Which files a kustomization may read: only those below its own folder, or any
    #[arg(long, value_enum, default_value_t = LoadRestrictor::RootOnly, value_name = "RESTRICTOR")]
    pub load_restrictor: LoadRestrictor,
    /// The order of the objects where the kustomization has no `sortOptions`
    #[arg(long, value_enum, default_value_t = ReorderOutput::Legacy, value_name = "ORDER")]
    pub reorder: ReorderOutput,
    /// Fetch what the kustomization takes from other hosts: git repositories, and single files over http(s)
    #[arg(long)]
    pub remote_bases: bool,
    /// Refused: no program or container is ever run for a build
    #[arg(long)]
    pub enable_alpha_plugins: bool,
    /// Render the charts that the kustomization names, without another program
    #[arg(long)]
    pub enable_helm: bool,
    /// The version of Kubernetes that charts are rendered for
    #[arg(long, value_name = "VERSION")]
    pub helm_kube_version: Option<String>,
    /// API versions that charts may take for known, besides those of Kubernetes
    #[arg(long, value_name = "VERSION")]
    pub helm_api_versions: Vec<String>,
    /// Where addresses lead instead
    #[command(flatten)]
    pub mirroring: Mirroring,
}

/// Which files a kustomization may read, in kustomize's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LoadRestrictor {
    /// Only those below its own folder
    #[value(name = "LoadRestrictionsRootOnly")]
    RootOnly,
    /// Any
    #[value(name = "LoadRestrictionsNone")]
    None,
}

/// The order of the objects, in kustomize's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReorderOutput {
    /// Namespaces and definitions first, webhooks last
    Legacy,
    /// As the files have them
    None,
}

/// Arguments of `diff`.
#[derive(Debug, Clone, Args)]
pub struct Diff {
    /// The Kustomization, or helmrelease/NAME
    pub name: String,
    /// The source's files on this machine: the root of the repository
    #[arg(long, default_value = ".")]
    pub path: PathBuf,
    /// Read the Kustomization or HelmRelease from this file in place of the cluster
    #[arg(long, value_name = "FILE")]
    pub kustomization_file: Option<PathBuf>,
    /// What else is to be compared
    #[command(flatten)]
    pub below: Below,
}

/// What a Kustomization leads to.
#[derive(Debug, Clone, Args)]
pub struct Below {
    /// Also what the Kustomizations and HelmReleases make that it applies, and theirs
    #[arg(short, long)]
    pub recursive: bool,
    /// Leave out HelmReleases, whose charts are then neither fetched nor rendered
    #[arg(long, requires = "recursive")]
    pub skip_releases: bool,
    /// A folder that stands for another source, as KIND/NAMESPACE/NAME=FOLDER
    #[arg(long, value_name = "SOURCE=FOLDER", requires = "recursive")]
    pub local_sources: Vec<String>,
    /// Decrypt what SOPS encrypted with the keys of this file, as age-keygen writes it, and not with those in the cluster
    #[arg(long, value_name = "FILE")]
    pub sops_age_key_file: Option<PathBuf>,
    /// Where the addresses of charts lead instead
    #[command(flatten)]
    pub mirroring: Mirroring,
}

impl Below {
    /// What is built.
    pub(crate) fn reach(&self) -> Reach {
        match (self.recursive, self.skip_releases) {
            (false, _) => Reach::Entry,
            (true, true) => Reach::Kustomizations,
            (true, false) => Reach::Everything,
        }
    }
}

/// Arguments of `get`.
#[derive(Debug, Clone, Args)]
pub struct Get {
    /// What to list
    #[arg(value_enum, default_value_t = Listed::All)]
    pub what: Listed,
    /// Only this one
    pub name: Option<String>,
    /// In all namespaces
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Go on printing changes
    #[arg(short, long)]
    pub watch: bool,
}

/// What `get` lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// Sources, Kustomizations and HelmReleases
    All,
    /// Kustomizations
    #[value(alias = "kustomization", alias = "ks")]
    Kustomizations,
    /// HelmReleases
    #[value(alias = "helmrelease", alias = "hr")]
    Helmreleases,
    /// Sources of every kind
    #[value(alias = "source")]
    Sources,
    /// GitRepositories
    #[value(alias = "gitrepository")]
    Gitrepositories,
    /// OCIRepositories
    #[value(alias = "ocirepository")]
    Ocirepositories,
    /// Buckets
    #[value(alias = "bucket")]
    Buckets,
    /// HelmRepositories
    #[value(alias = "helmrepository")]
    Helmrepositories,
    /// HelmCharts
    #[value(alias = "helmchart")]
    Helmcharts,
}

impl Listed {
    /// The kinds to list.
    pub(crate) fn listings(self) -> &'static [Listing] {
        match self {
            Listed::All => &Listing::ALL,
            Listed::Sources => &Listing::SOURCES,
            Listed::Kustomizations => &[Listing::Kustomization],
            Listed::Helmreleases => &[Listing::HelmRelease],
            Listed::Gitrepositories => &[Listing::GitRepository],
            Listed::Ocirepositories => &[Listing::OciRepository],
            Listed::Buckets => &[Listing::Bucket],
            Listed::Helmrepositories => &[Listing::HelmRepository],
            Listed::Helmcharts => &[Listing::HelmChart],
        }
    }
}

/// Arguments of `tree`.
#[derive(Debug, Clone, Args)]
pub struct Tree {
    /// The Kustomization, or helmrelease/NAME
    pub name: String,
}

/// Arguments of `trace`.
#[derive(Debug, Clone, Args)]
pub struct Trace {
    /// The object, as kind/name
    pub object: String,
}

/// Arguments of `events`.
#[derive(Debug, Clone, Args)]
pub struct Events {
    /// Only events of this object, as kind/name
    #[arg(long = "for", value_name = "KIND/NAME")]
    pub object: Option<String>,
    /// In all namespaces
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Go on printing new ones
    #[arg(short, long)]
    pub watch: bool,
}

/// Arguments of `history`.
#[derive(Debug, Clone, Args)]
pub struct History {
    /// The Kustomization, or helmrelease/NAME
    pub name: String,
}

/// A source, Kustomization or HelmRelease.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// Its kind
    #[arg(value_enum)]
    pub kind: TargetKind,
    /// Its name
    pub name: String,
}

/// What can be reconciled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TargetKind {
    /// A Kustomization
    #[value(alias = "ks")]
    Kustomization,
    /// A HelmRelease
    #[value(alias = "hr")]
    Helmrelease,
    /// A GitRepository
    #[value(alias = "gitrepository")]
    Source,
    /// An OCIRepository
    Ocirepository,
    /// A Bucket
    Bucket,
    /// A HelmRepository
    Helmrepository,
    /// A HelmChart
    Helmchart,
}

/// Arguments of `reconcile`.
#[derive(Debug, Clone, Args)]
pub struct Reconcile {
    /// What to reconcile.
    #[command(flatten)]
    pub target: Target,
    /// Fetch the source of the Kustomization or HelmRelease first
    #[arg(long)]
    pub with_source: bool,
    /// Install or upgrade the HelmRelease even if nothing changed
    #[arg(long)]
    pub force: bool,
    /// Forget the failures of the HelmRelease, so that it is tried again
    #[arg(long)]
    pub reset: bool,
    /// How long to wait for the result
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    pub timeout: GoDuration,
}

/// Arguments of `rollback`.
#[derive(Debug, Clone, Args)]
pub struct Rollback {
    /// The Kustomization
    pub name: String,
    /// The revision; by default the last healthy one before the present one
    #[arg(long, value_name = "REVISION", conflicts_with = "release")]
    pub to: Option<String>,
    /// Follow the source again
    #[arg(long)]
    pub release: bool,
    /// How long to wait for the result
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    pub timeout: GoDuration,
}

/// Arguments of `completion`.
#[derive(Debug, Clone, Args)]
pub struct Completion {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
