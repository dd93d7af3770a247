//! The cluster that is measured, through two clients: the engine's, whose requests are counted, and the bench's own.

use std::collections::BTreeSet;

use apiserver::{ApiServer, Config};
use cluster::{ApplyMode, Cluster, Event, ObjectRef, Propagation, Scope, Selector};
use futures::{StreamExt, TryStreamExt};
use local::{Clock, Local};
use manifest::Value;
use tower::Layer;

use super::Requests;
use crate::error::Failure;

/// How many objects are applied at once; more was not faster on two cores.
const CONCURRENCY: usize = 32;

/// The field manager of what the bench itself writes.
pub(crate) const MANAGER: &str = "tenter-bench";

/// A cluster and what is sent to it.
pub(crate) struct Stand {
    /// The bench's client.
    pub(crate) own: Cluster,
    /// The engine's client.
    pub(crate) counted: Cluster,
    /// What the engine sent.
    pub(crate) requests: Requests,
    _embedded: Option<(ApiServer, local::Running)>,
}

impl Stand {
    /// An embedded cluster in memory, of this process alone.
    pub(crate) async fn embedded() -> Result<Stand, Failure> {
        let config = Config { custom_resources: kinds::crd::all(), ..Config::default() };
        let server = ApiServer::open(config).await.map_err(|error| Failure::EmbeddedCluster(error.to_string()))?;
        let client = || kube::Client::new(server.service(), "default");
        let requests = Requests::default();
        let counted = kube::Client::new(requests.layer(server.service()), "default");
        let mut controllers = Local::start(client(), Clock::system(), local::Options::default());
        controllers.ready().await;
        Ok(Stand {
            own: Cluster::new(client()),
            counted: Cluster::new(counted),
            requests,
            _embedded: Some((server, controllers)),
        })
    }

    /// The cluster that a client leads to.
    pub(crate) fn around(client: kube::Client) -> Stand {
        let requests = Requests::default();
        let behind = client.clone();
        let service = tower::service_fn(move |request| {
            let client = behind.clone();
            async move { client.send(request).await }
        });
        let counted = kube::Client::new(requests.layer(service), "default");
        Stand { own: Cluster::new(client), counted: Cluster::new(counted), requests, _embedded: None }
    }

    /// Applies objects as a person would, many at once, and nothing else.
    pub(crate) async fn apply_all(&self, objects: Vec<Value>) -> Result<(), Failure> {
        let mode = ApplyMode::forced(MANAGER);
        parallel(objects.into_iter().map(|object| {
            let (cluster, mode) = (self.own.clone(), mode.clone());
            async move {
                let applied = cluster.apply(&object, None, &mode).await;
                applied.map(drop).map_err(|error| Failure::unapplied(&object, &error))
            }
        }))
        .await
    }

    /// Deletes objects of one kind, and waits until none of them is left.
    pub(crate) async fn remove(&self, objects: &[Value]) -> Result<(), Failure> {
        let references: Vec<ObjectRef> = objects.iter().filter_map(ObjectRef::of).collect();
        let Some(first) = references.first() else { return Ok(()) };
        let mut left: BTreeSet<(String, String)> =
            references.iter().map(|object| (object.namespace.clone(), object.name.clone())).collect();
        let mut watch = self.own.watch(&first.gvk, Scope::Cluster, Selector::all());
        parallel(references.into_iter().map(|object| {
            let cluster = self.own.clone();
            async move { Ok(cluster.delete(&object, Propagation::Background, None).await.map(drop)?) }
        }))
        .await?;
        while !left.is_empty() {
            match watch.next().await {
                Event::Applied(_) => {}
                Event::Deleted(object) => {
                    left.remove(&place(&object));
                }
                Event::Restarted(objects) => {
                    let there: BTreeSet<_> = objects.iter().map(place).collect();
                    left.retain(|place| there.contains(place));
                }
            }
        }
        Ok(())
    }
}

/// Namespace and name.
fn place(object: &Value) -> (String, String) {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}

/// Does all of this, many at once, each in a task of its own so that all cores take part; ends at the first failure.
pub(crate) async fn parallel<F>(work: impl IntoIterator<Item = F>) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    futures::stream::iter(work.into_iter().map(tokio::spawn))
        .buffer_unordered(CONCURRENCY)
        .map(|joined| match joined {
            Ok(done) => done,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        })
        .try_collect()
        .await
}
