//! The embedded cluster as `tenter up` runs it, with every request counted.

use apiserver::{ApiServer, Config};
use cluster::{ApplyMode, Cluster};
use local::{Clock, Local};
use tenter::bench::requests::Requests;
use tower::Layer;

use crate::Outcome;

/// API server, controllers and a client in this process.
pub(crate) struct Stand {
    pub(crate) cluster: Cluster,
    pub(crate) requests: Requests,
    _server: ApiServer,
    _controllers: local::Running,
}

impl Stand {
    pub(crate) async fn start() -> Outcome<Stand> {
        let config = Config { custom_resources: kinds::crd::all(), ..Config::default() };
        let server = ApiServer::open(config).await?;
        let requests = Requests::default();
        let client = || kube::Client::new(requests.layer(server.service()), "default");
        let mut controllers = Local::start(client(), Clock::system(), local::Options::default());
        controllers.ready().await;
        Ok(Stand { cluster: Cluster::new(client()), requests, _server: server, _controllers: controllers })
    }

    /// Applies objects as a person would.
    pub(crate) async fn apply_all(&self, objects: &[serde_json::Value]) -> Outcome<()> {
        let mode = ApplyMode::forced("bench");
        for object in objects {
            self.cluster.apply(object, None, &mode).await?;
        }
        Ok(())
    }
}
