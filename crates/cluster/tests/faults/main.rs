//! The client under faults: it tries again without hurting the server, its watches tell the truth in the end, and a replica
//! that leads no more writes nothing.
#![allow(clippy::unwrap_used, reason = "helpers of tests, outside of their functions")]

mod leaders;
mod retries;
mod watches;

use apiserver::{ApiServer, Config};
use cluster::{Cluster, Settings};
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use testkit::faults::Process;
use tower::Layer;

async fn server() -> ApiServer {
    ApiServer::open(Config::default()).await.unwrap()
}

/// The server without faults.
fn clear(server: &ApiServer) -> Cluster {
    Cluster::new(kube::Client::new(server.service(), "default"))
}

/// The server as a process sees it.
fn seen_by(server: &ApiServer, process: &Process, seed: u64) -> Cluster {
    let client = kube::Client::new(process.layer().layer(server.service()), "default");
    Cluster::with_settings(client, Settings { seed, ..Settings::default() })
}

fn config_maps() -> GroupVersionKind {
    GroupVersionKind::from_api_version("v1", "ConfigMap")
}

fn config_map(name: &str, value: u64) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default", "name": name},
        "data": {"value": value.to_string()},
    })
}

/// Runs something on one thread whose clock jumps to whatever is due next.
fn simulated<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(run)
}
