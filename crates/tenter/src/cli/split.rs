//! Arguments of `split` and `changelog`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `split`.
#[derive(Debug, Clone, Args)]
pub struct Split {
    /// The file with the manifests; `-` reads stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The folder to write to; it is made if it is not there
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub output_dir: PathBuf,
    /// Remove what an earlier split wrote there and this one does not: files whose name is that of an object they hold
    #[arg(long)]
    pub prune: bool,
}

/// Arguments of `changelog`.
#[derive(Debug, Clone, Args)]
pub struct Changelog {
    /// What it was: a revision of the repository at --path, a folder, a file of manifests, or a chart (a folder or .tgz)
    #[arg(value_name = "A")]
    pub before: String,
    /// What it is
    #[arg(value_name = "B")]
    pub after: String,
    /// The folder whose revisions are compared
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub path: PathBuf,
    /// Values for charts, as Helm reads them. Repeatable
    #[arg(short = 'f', long = "values", value_name = "FILE")]
    pub values: Vec<PathBuf>,
}
