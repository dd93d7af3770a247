//! Finds the cluster a command talks to.

use std::path::PathBuf;

use cluster::Cluster;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

use crate::error::Failure;
use crate::state;

/// The first of `--kubeconfig`, `$KUBECONFIG`, the running local cluster, `~/.kube/config`.
pub(crate) async fn cluster(kubeconfig: Option<&PathBuf>, context: Option<&String>) -> Result<Cluster, Failure> {
    let path = kubeconfig_path(kubeconfig).ok_or(Failure::NoCluster)?;
    // What follows the first line of a parser's complaint is the file itself, and that may hold a token.
    let first_line = |why: String| why.lines().next().unwrap_or_default().to_owned();
    let failed = |why: String| Failure::Kubeconfig { path: path.clone(), why: first_line(why) };
    let read = Kubeconfig::read_from(&path).map_err(|error| failed(error.to_string()))?;
    let options = KubeConfigOptions { context: context.cloned(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(read, &options).await.map_err(|error| failed(error.to_string()))?;
    let client = kube::Client::try_from(config).map_err(|error| failed(error.to_string()))?;
    Ok(Cluster::new(client))
}

fn kubeconfig_path(given: Option<&PathBuf>) -> Option<PathBuf> {
    let exists = |path: &PathBuf| path.is_file();
    let from_environment = || std::env::var_os("KUBECONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".kube/config"));
    given
        .cloned()
        .or_else(from_environment)
        .or_else(|| state::local_kubeconfig().filter(exists))
        .or_else(|| home().filter(exists))
}
