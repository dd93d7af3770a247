//! What objects may reach beyond their namespace and their source.

use clap::Args;
use engine::{CrossNamespace, RemoteBases};

/// What objects may reach beyond their namespace and their source.
#[derive(Debug, Clone, Args)]
pub struct Reaching {
    /// Let Kustomizations and HelmReleases use sources of their own namespace only
    #[arg(long)]
    pub no_cross_namespace_refs: bool,
    /// Let kustomization.yaml files name bases on other hosts, which are fetched anew for every build, and render the
    /// helmCharts in them
    #[arg(long)]
    pub remote_bases: bool,
}

impl Reaching {
    /// Whether sources of other namespaces may be used.
    pub fn cross_namespace(&self) -> CrossNamespace {
        if self.no_cross_namespace_refs { CrossNamespace::Denied } else { CrossNamespace::Allowed }
    }

    /// Whether what is built may come from other hosts.
    pub fn remote_bases(&self) -> RemoteBases {
        if self.remote_bases { RemoteBases::Fetched } else { RemoteBases::Refused }
    }
}
