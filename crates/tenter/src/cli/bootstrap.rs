//! Arguments of `bootstrap`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kinds::flux::GoDuration;

use super::SystemPlace;

/// Arguments of `bootstrap`.
#[derive(Debug, Clone, Args)]
pub struct Bootstrap {
    /// Where the repository is
    #[command(subcommand)]
    pub provider: Provider,
}

/// Where the repository is.
#[derive(Debug, Clone, Subcommand)]
pub enum Provider {
    /// Any git server: write the controller and its entry into a repository, push, install, and wait
    #[command(
        after_help = "Examples:\n  tenter bootstrap git --url ssh://git@git.example.com/org/fleet.git --path clusters/prod \\\n    --private-key-file deploy-key\n  GIT_PASSWORD=… tenter bootstrap git --url https://git.example.com/org/fleet.git --username ada --path clusters/prod\n\nIt clones, commits and pushes with your own `git` and its settings. The cluster fetches with a key or password of its own. Run again, it changes what differs, and nothing else. From then on the controller keeps itself as Git declares: a newer version comes by another bootstrap, or by a commit.\n\nExit codes: 0 the cluster follows the repository, 1 it does not, 2 something named here is wrong."
    )]
    Git(Box<BootstrapGit>),
}

/// Arguments of `bootstrap git`.
#[derive(Debug, Clone, Args)]
pub struct BootstrapGit {
    /// The repository's address, for you and for the cluster
    #[arg(long)]
    pub url: String,
    /// The branch; it is made if it does not exist
    #[arg(long, default_value = "main")]
    pub branch: String,
    /// The cluster's folder in the repository
    #[arg(long)]
    pub path: String,
    /// The controller
    #[command(flatten)]
    pub controller: Controller,
    /// How the cluster fetches
    #[command(flatten)]
    pub access: Access,
    /// How often the cluster looks for new commits
    #[arg(long, default_value = "1m", value_name = "DURATION")]
    pub interval: GoDuration,
    /// Who commits; by default your git's user
    #[arg(long, value_name = "NAME")]
    pub author_name: Option<String>,
    /// Their address
    #[arg(long, value_name = "EMAIL")]
    pub author_email: Option<String>,
    /// How long to wait for the cluster to follow
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    pub timeout: GoDuration,
}

/// What is installed, as in `install`.
#[derive(Debug, Clone, Args)]
pub struct Controller {
    /// Where the controller goes
    #[command(flatten)]
    pub place: SystemPlace,
    /// The controller's image, as built from the Dockerfile
    #[arg(long, value_name = "IMAGE", default_value = concat!("tenter:", env!("CARGO_PKG_VERSION")))]
    pub image: String,
    /// How many replicas, of which one works and the others wait
    #[arg(long, default_value_t = 2, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub replicas: u32,
    /// Let objects do what the controller may, which is everything
    #[arg(long)]
    pub open: bool,
}

/// How the cluster fetches.
#[derive(Debug, Clone, Args)]
pub struct Access {
    /// For ssh: the private key that the cluster fetches with. Without one, one is made, and its public half printed
    #[arg(long, value_name = "FILE")]
    pub private_key_file: Option<PathBuf>,
    /// For ssh: the server's keys; by default what `ssh-keyscan` finds, which is printed to be compared
    #[arg(long, value_name = "FILE")]
    pub known_hosts_file: Option<PathBuf>,
    /// For https: the user; the password is read from $GIT_PASSWORD
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
}
