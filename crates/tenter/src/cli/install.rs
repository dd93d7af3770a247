//! Arguments of `install` and `uninstall`.

use clap::Args;
use kinds::flux::GoDuration;

/// Arguments of `install`.
#[derive(Debug, Clone, Args)]
pub struct Install {
    /// Print the objects as YAML in place of applying them; no cluster is asked
    #[arg(long)]
    pub export: bool,
    /// Where the controller goes
    #[command(flatten)]
    pub place: SystemPlace,
    /// The controller's image, as built from the Dockerfile
    #[arg(long, value_name = "IMAGE", default_value = concat!("tenter:", env!("CARGO_PKG_VERSION")))]
    pub image: String,
    /// How many replicas, of which one works and the others wait
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub replicas: u32,
    /// Let objects do what the controller may, which is everything: they need no service account, and may use sources of
    /// other namespaces and bases of other hosts
    #[arg(long)]
    pub open: bool,
    /// Return as soon as everything is applied
    #[arg(long)]
    pub no_wait: bool,
    /// How long to wait for the controller
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    pub timeout: GoDuration,
}

/// Arguments of `uninstall`.
#[derive(Debug, Clone, Args)]
pub struct Uninstall {
    /// Where the controller is
    #[command(flatten)]
    pub place: SystemPlace,
    /// Also delete the definitions of the kinds that `install` made, and with them every source, Kustomization and
    /// HelmRelease. What those applied stays
    #[arg(long)]
    pub crds: bool,
    /// Do it; without this, what would be deleted is listed
    #[arg(long)]
    pub yes: bool,
}

/// The controller's namespace.
#[derive(Debug, Clone, Args)]
pub struct SystemPlace {
    /// The controller's own namespace; that of its entry objects is -n
    #[arg(long, default_value = "tenter-system", value_name = "NAME")]
    pub system_namespace: String,
}
