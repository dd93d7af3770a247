//! What objects may reach beyond their namespace and their source.

use clap::Args;
use engine::CrossNamespace;

/// What objects may reach beyond their namespace and their source.
#[derive(Debug, Clone, Args)]
pub struct Reaching {
    /// Let Kustomizations and HelmReleases use sources of their own namespace only
    #[arg(long)]
    pub no_cross_namespace_refs: bool,
}

impl Reaching {
    /// Whether sources of other namespaces may be used.
    pub fn cross_namespace(&self) -> CrossNamespace {
        if self.no_cross_namespace_refs { CrossNamespace::Denied } else { CrossNamespace::Allowed }
    }
}
