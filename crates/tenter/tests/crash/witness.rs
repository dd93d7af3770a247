//! A client that writes while the process runs and remembers what it was told: no answered write may be lost.

use std::sync::{Arc, Mutex};

use cluster::{ApplyMode, Cluster, ObjectRef};
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client};
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use tokio::task::JoinHandle;

const NAME: &str = "witness";

/// What was written and answered so far.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    told: Arc<Mutex<Told>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Told {
    /// The last number whose write was answered.
    count: u64,
    /// The highest resource version that was ever seen.
    revision: u64,
}

/// Writes under way.
pub(crate) struct Writing(JoinHandle<()>);

impl Writing {
    pub(crate) async fn end(self) {
        self.0.abort();
        if let Err(ended) = self.0.await
            && ended.is_panic()
        {
            std::panic::resume_unwind(ended.into_panic());
        }
    }
}

impl Witness {
    pub(crate) fn answered(&self) -> u64 {
        self.told.lock().unwrap().count
    }

    /// Counts up in a ConfigMap, one write after the other, until the process is gone.
    pub(crate) fn write(&self, cluster: Cluster) -> Writing {
        let told = self.told.clone();
        Writing(tokio::spawn(async move {
            loop {
                let count = told.lock().unwrap().count + 1;
                // Without an answer the process is gone, or about to be.
                let Ok(applied) = cluster.apply(&config_map(count), None, &ApplyMode::forced(NAME)).await else {
                    return;
                };
                let revision = number(&applied.object["metadata"]["resourceVersion"]);
                let mut told = told.lock().unwrap();
                assert!(revision > told.revision, "a write got {revision} after {}", told.revision);
                *told = Told { count, revision };
            }
        }))
    }

    /// What was answered is there, and resource versions have not gone back.
    pub(crate) async fn verify(&mut self, cluster: &Cluster, client: &Client) {
        let mut told = self.told.lock().unwrap().to_owned();
        let object = ObjectRef::new(GroupVersionKind::from_api_version("v1", "ConfigMap"), "default", NAME);
        let live = cluster.get(&object).await.unwrap();
        let count = live.map_or(0, |live| number(&live["data"]["count"]));
        // One more may have been stored whose answer did not come through; each run adds at most one.
        assert!(count == told.count || count == told.count + 1, "{count} is stored, {} was answered", told.count);
        let namespaces = Api::<Namespace>::all(client.clone()).list(&kube::api::ListParams::default()).await.unwrap();
        let revision = namespaces.metadata.resource_version.unwrap_or_default().parse().unwrap();
        assert!(revision >= told.revision, "namespaces are at {revision}, {} was seen before", told.revision);
        told.revision = revision;
        told.count = count;
        *self.told.lock().unwrap() = told;
    }
}

fn config_map(count: u64) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "namespace": "default"},
        "data": {"count": count.to_string()},
    })
}

fn number(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no number in a string"))
}
