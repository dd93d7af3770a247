//! Arguments of `bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kinds::flux::GoDuration;

use crate::bench::workload::Kind;

/// Arguments of `bench`.
#[derive(Debug, Clone, Args)]
pub struct Bench {
    /// What to measure.
    #[command(subcommand)]
    pub what: Measured,
}

/// What is measured.
#[derive(Debug, Clone, Subcommand)]
pub enum Measured {
    /// Mean time to production: install, upgrade and reconcile many Kustomizations or HelmReleases
    #[command(
        after_help = "Examples:\n  tenter bench mttp --floor                                           # on an embedded cluster\n  tenter bench mttp --objects 1000 --floor --kubeconfig test.yaml      # on a cluster made for it\n  tenter bench mttp --kind helmrelease -o json\n  tenter bench mttp --external --source-url https://git.example.com/bench.git --kubeconfig test.yaml   # whatever controller runs there\n  tenter bench mttp --export DIR --source-url https://git.example.com/bench.git    # the same work for other tools\n\nObjects are made in namespaces that begin with tenter-bench, and removed in the end. Without --kubeconfig nothing leaves\nthis process."
    )]
    Mttp(MeanTimeToProduction),
    /// The least it can take: the same objects applied by a bare parallel loop
    #[command(
        after_help = "Examples:\n  tenter bench floor --objects 1000\n  tenter bench floor --kubeconfig test.yaml -o json"
    )]
    Floor(Floor),
}

/// Arguments of `bench mttp`.
#[derive(Debug, Clone, Args)]
pub struct MeanTimeToProduction {
    /// How many Kustomizations or HelmReleases, of four objects each
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub objects: usize,
    /// Of which kind
    #[arg(long, value_enum, default_value_t = Kind::Kustomization)]
    pub kind: Kind,
    /// How many definitions that nothing uses are made first
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub dummy_definitions: usize,
    /// A git repository with the files of --export under its two tags; by default one in a temporary folder
    #[arg(long, value_name = "URL")]
    pub source_url: Option<String>,
    /// Measure the controller that runs in the cluster, such as Flux, instead of an engine in this process
    #[arg(long, requires = "source_url")]
    pub external: bool,
    /// Measure the floor first, on the same cluster, and print the ratio
    #[arg(long)]
    pub floor: bool,
    /// How long each step may take
    #[arg(long, default_value = "10m", value_name = "DURATION")]
    pub timeout: GoDuration,
    /// How long the engine is looked at when there is nothing to do
    #[arg(long, default_value = "10s", value_name = "DURATION")]
    pub idle: GoDuration,
    /// Write the repository's files and the manifests into this folder, and measure nothing
    #[arg(long, value_name = "DIR", requires = "source_url")]
    pub export: Option<PathBuf>,
}

/// Arguments of `bench floor`.
#[derive(Debug, Clone, Args)]
pub struct Floor {
    /// As many objects as so many Kustomizations have
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub objects: usize,
}
