//! The cluster inside this process: API server, workload controllers, and a kubeconfig for everybody else.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use apiserver::{ApiServer, Config, Endpoint, Storage};
use cluster::Cluster;
use local::{Clock, Local, Missing};

use crate::error::Failure;
use crate::state::{self, KubeconfigFile};

/// A running local cluster. It stops when this is dropped.
pub(crate) struct LocalCluster {
    cluster: Cluster,
    endpoint: Endpoint,
    _controllers: local::Running,
    kubeconfig: Option<KubeconfigFile>,
}

impl LocalCluster {
    /// Starts one, in memory or in `data`, with its API on `port` of 127.0.0.1 (0: any free one).
    pub(crate) async fn start(data: Option<&Path>, port: u16, missing: Missing) -> Result<LocalCluster, Failure> {
        let failed = |error: &dyn std::error::Error| Failure::EmbeddedCluster(error.to_string());
        let storage = data.map_or(Storage::Memory, |folder| Storage::Directory(folder.join("cluster")));
        let config = Config { storage, custom_resources: kinds::crd::all(), ..Config::default() };
        let server = ApiServer::open(config).await.map_err(|error| failed(&error))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let endpoint = server.serve(address).await.map_err(|error| failed(&error))?;
        let client = || kube::Client::new(server.service(), "default");
        let options = local::Options {
            certificate_authority: endpoint.certificate_authority().to_owned(),
            missing,
            ..local::Options::default()
        };
        let mut controllers = Local::start(client(), Clock::system(), options);
        controllers.ready().await;
        // Without a home there is no place for it, and --kubeconfig can still be told where to look.
        let kubeconfig = match state::local_kubeconfig() {
            Some(path) => Some(KubeconfigFile::write(&path, endpoint.kubeconfig())?),
            None => None,
        };
        Ok(LocalCluster { cluster: Cluster::new(client()), endpoint, _controllers: controllers, kubeconfig })
    }

    /// A client inside the process.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The file that kubectl and other tools can use.
    pub(crate) fn kubeconfig(&self) -> Option<PathBuf> {
        self.kubeconfig.as_ref().map(|file| file.path().to_owned())
    }

    /// Where the API is served.
    pub(crate) fn address(&self) -> SocketAddr {
        self.endpoint.address
    }
}
