//! The arguments of `tenter render helm`: those of `helm template`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use render::helm::release::Rules;

use super::Mirroring;

/// Arguments of `render helm`.
#[derive(Debug, Clone, Args)]
pub struct RenderHelm {
    /// The release's name, `release-name` by default, and the chart: a folder, a .tgz, oci://REGISTRY/CHART, or a name in --repo
    #[arg(value_name = "[NAME] CHART")]
    pub name_and_chart: Vec<String>,

    /// Values from YAML files, later ones over earlier ones; `-` is the standard input
    #[arg(short = 'f', long, value_name = "FILE", value_delimiter = ',')]
    pub values: Vec<String>,
    /// Values as `a.b=1,c[0]=x,d={x,y}`
    #[arg(long, value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub set: Vec<String>,
    /// The same, and all of them are text
    #[arg(long, value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub set_string: Vec<String>,
    /// Values as `a={"b": 1}`, or a table as `{"a": {"b": 1}}`
    #[arg(long, value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub set_json: Vec<String>,
    /// Values as `a.b=file`, which are the contents of files
    #[arg(long, value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub set_file: Vec<String>,
    /// One value as `a.b=text`, where the text has no special characters
    #[arg(long, value_name = "EXPRESSION", allow_hyphen_values = true)]
    pub set_literal: Vec<String>,

    /// The release's namespace
    #[arg(short, long, default_value = "default")]
    pub namespace: String,
    /// A template for the release's name, with sprig's functions
    #[arg(long, value_name = "TEMPLATE")]
    pub name_template: Option<String>,
    /// Accepted as in Helm, where the name stays `release-name`
    #[arg(short, long)]
    pub generate_name: bool,
    /// `.Release.IsUpgrade` in place of `.Release.IsInstall`
    #[arg(long)]
    pub is_upgrade: bool,
    /// The version of Kubernetes that templates and the chart's `kubeVersion` see
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// More API versions that templates see: `apps/v1`, `cert-manager.io/v1/Certificate`
    #[arg(short, long, value_name = "VERSION", value_delimiter = ',')]
    pub api_versions: Vec<String>,

    /// Print the definitions in `crds/` too
    #[arg(long)]
    pub include_crds: bool,
    /// Leave out tests
    #[arg(long)]
    pub skip_tests: bool,
    /// Leave out all hooks
    #[arg(long)]
    pub no_hooks: bool,
    /// Only what these templates make: paths below the chart, with `*` and `?`
    #[arg(short, long, value_name = "TEMPLATE")]
    pub show_only: Vec<String>,
    /// Write to one file for each template below this folder
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Put a folder of the release's name around what --output-dir writes
    #[arg(long)]
    pub release_name: bool,
    /// Accepted as in Helm, where `helm template` prints no notes
    #[arg(long)]
    pub render_subchart_notes: bool,
    /// Values need not fit the charts' schemas
    #[arg(long)]
    pub skip_schema_validation: bool,
    /// Print what templates made even where it is no YAML
    #[arg(long)]
    pub debug: bool,
    /// Whose rules count: 4 is Helm 4.2, 3 is Helm 3.21
    #[arg(long, value_enum, default_value_t = HelmVersion::V4, value_name = "VERSION")]
    pub helm_version: HelmVersion,

    /// Where the chart comes from if it is not on this machine
    #[command(flatten)]
    pub remote: RemoteChart,
    /// Who must have signed the chart
    #[command(flatten)]
    pub provenance: Provenance,
    /// Where addresses lead instead
    #[command(flatten)]
    pub mirroring: Mirroring,
    /// Refused: the charts that a chart depends on stand in its `charts/`
    #[arg(long)]
    pub dependency_update: bool,
    /// Refused: no cluster is asked; `tenter diff` asks one
    #[arg(long)]
    pub validate: bool,
}

/// A chart in a repository or registry, and how to get in.
#[derive(Debug, Clone, Args)]
pub struct RemoteChart {
    /// The Helm repository that has the chart
    #[arg(long, value_name = "URL")]
    pub repo: Option<String>,
    /// The version of the chart, or a range; by default its newest release
    #[arg(long, value_name = "RANGE")]
    pub version: Option<String>,
    /// Who to be for the repository
    #[arg(long)]
    pub username: Option<String>,
    /// The password for the repository
    #[arg(long)]
    pub password: Option<String>,
    /// Show name and password to every host that the repository's index leads to
    #[arg(long)]
    pub pass_credentials: bool,
    /// Trust the certificates of this file (PEM), besides the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// The certificate (PEM) to show to the server
    #[arg(long, value_name = "FILE")]
    pub cert_file: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Speak to an oci:// registry without TLS
    #[arg(long)]
    pub plain_http: bool,
    /// Refused: name the certificate of the server with --ca-file
    #[arg(long)]
    pub insecure_skip_tls_verify: bool,
}

/// Who must have signed a chart.
#[derive(Debug, Clone, Args)]
pub struct Provenance {
    /// Use the chart only if its provenance file (.prov) proves that a key in --keyring signed it
    #[arg(long)]
    pub verify: bool,
    /// The public keys to trust, binary as `gpg --export` writes them [default: pubring.gpg in $GNUPGHOME or ~/.gnupg]
    #[arg(long, value_name = "FILE")]
    pub keyring: Option<PathBuf>,
}

/// Whose rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HelmVersion {
    /// Helm 3
    #[value(name = "3")]
    V3,
    /// Helm 4
    #[value(name = "4")]
    V4,
}

impl From<HelmVersion> for Rules {
    fn from(version: HelmVersion) -> Rules {
        match version {
            HelmVersion::V3 => Rules::V3,
            HelmVersion::V4 => Rules::V4,
        }
    }
}
