//! What objects may reach beyond their namespace and their source.

use clap::{Args, ValueEnum};
use engine::stages::analyse::Analysis;
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
    /// What becomes of what rules find in rendered objects, where a Kustomization's annotation tenter.dev/analyze does not
    /// say: enforce keeps the last good state where a change would bring in errors
    #[arg(long, value_enum, default_value_t = Analyzed::Report, value_name = "MODE")]
    pub analyze: Analyzed,
}

/// What becomes of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Analyzed {
    /// Nothing is analysed
    Off,
    /// They are told of
    Report,
    /// Errors that a change brings in stop it
    Enforce,
}

impl Reaching {
    /// Whether sources of other namespaces may be used.
    pub fn cross_namespace(&self) -> CrossNamespace {
        if self.no_cross_namespace_refs { CrossNamespace::Denied } else { CrossNamespace::Allowed }
    }

    /// What becomes of findings.
    pub fn analysis(&self) -> Analysis {
        match self.analyze {
            Analyzed::Off => Analysis::Off,
            Analyzed::Report => Analysis::Report,
            Analyzed::Enforce => Analysis::Enforce,
        }
    }

    /// Whether what is built may come from other hosts.
    pub fn remote_bases(&self) -> RemoteBases {
        if self.remote_bases { RemoteBases::Fetched } else { RemoteBases::Refused }
    }
}
