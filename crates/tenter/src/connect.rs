//! Finds the cluster a command talks to.

use std::path::{Path, PathBuf};

use cluster::{Cluster, Settings};
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

use crate::error::Failure;
use crate::state;

/// Where Kubernetes puts a pod's credentials.
const POD_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// A client of the cluster that [`cluster`] is a handle for, and the host of its API server.
pub(crate) async fn client(
    kubeconfig: Option<&PathBuf>,
    context: Option<&String>,
) -> Result<(kube::Client, String), Failure> {
    let config = configuration(kubeconfig, context).await?;
    let host = host(&config);
    let client = kube::Client::try_from(config).map_err(|error| unusable(kubeconfig, &error))?;
    Ok((client, host))
}

fn host(config: &Config) -> String {
    config.cluster_url.authority().map(ToString::to_string).unwrap_or_default()
}

/// The first of `--kubeconfig`, `$KUBECONFIG`, the cluster whose pod this is, the running local cluster,
/// `~/.kube/config`; and the host of its API server.
pub(crate) async fn cluster(
    kubeconfig: Option<&PathBuf>,
    context: Option<&String>,
) -> Result<(Cluster, String), Failure> {
    let config = configuration(kubeconfig, context).await?;
    let host = host(&config);
    let cluster = Cluster::connect(config, Settings::default()).map_err(|error| unusable(kubeconfig, &error))?;
    Ok((cluster, host))
}

fn unusable(kubeconfig: Option<&PathBuf>, error: &kube::Error) -> Failure {
    Failure::Kubeconfig { path: kubeconfig.cloned().unwrap_or_default(), why: first_line(&error.to_string()) }
}

async fn configuration(kubeconfig: Option<&PathBuf>, context: Option<&String>) -> Result<Config, Failure> {
    match place(kubeconfig).ok_or(Failure::NoCluster)? {
        Place::Kubeconfig(path) => read(&path, context).await,
        Place::Pod => Config::incluster()
            .map_err(|error| Failure::Kubeconfig { path: POD_TOKEN.into(), why: first_line(&error.to_string()) }),
    }
}

/// The kubeconfig that names the cluster, if it is one that does.
pub(crate) fn kubeconfig_path(given: Option<&PathBuf>) -> Option<PathBuf> {
    match place(given)? {
        Place::Kubeconfig(path) => Some(path),
        Place::Pod => None,
    }
}

async fn read(path: &Path, context: Option<&String>) -> Result<Config, Failure> {
    let failed = |why: String| Failure::Kubeconfig { path: path.to_owned(), why: first_line(&why) };
    let read = Kubeconfig::read_from(path).map_err(|error| failed(error.to_string()))?;
    let options = KubeConfigOptions { context: context.cloned(), ..KubeConfigOptions::default() };
    Config::from_custom_kubeconfig(read, &options).await.map_err(|error| failed(error.to_string()))
}

/// What follows the first line of a parser's complaint is the file itself, and that may hold a token.
fn first_line(why: &str) -> String {
    why.lines().next().unwrap_or_default().to_owned()
}

/// Where the way to a cluster is written down.
enum Place {
    Kubeconfig(PathBuf),
    /// In this pod.
    Pod,
}

fn place(given: Option<&PathBuf>) -> Option<Place> {
    let exists = |path: &PathBuf| path.is_file();
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".kube/config"));
    let named = given.cloned().or_else(|| variable("KUBECONFIG").map(PathBuf::from));
    if let Some(path) = named {
        return Some(Place::Kubeconfig(path));
    }
    if variable("KUBERNETES_SERVICE_HOST").is_some() && Path::new(POD_TOKEN).is_file() {
        return Some(Place::Pod);
    }
    state::local_kubeconfig().filter(exists).or_else(|| home().filter(exists)).map(Place::Kubeconfig)
}
