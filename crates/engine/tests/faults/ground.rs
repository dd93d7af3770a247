//! The cluster that a run takes place on: the embedded API server, or a real one.

use std::collections::BTreeSet;
use std::time::Duration;

use apiserver::{ApiServer, Config};
use cluster::{ApplyMode, Cluster, Event, ObjectRef, Scope, Selector, Settings};
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use testkit::faults::{Process, Skew};
use testkit::kubernetes::ControlPlane;
use tower::Layer;

use crate::files::Names;

/// How time passes on a ground.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The longest pause between commits.
    pub(crate) dwell: Duration,
    /// How long it may take, after the faults ended, until the cluster is as Git declares.
    pub(crate) patience: Duration,
    /// After so long nothing of the faults is left: dead watches have been noticed.
    pub(crate) settle: Duration,
    /// How long nothing may happen then.
    pub(crate) idle: Duration,
}

impl Pace {
    /// Of a clock that jumps to whatever is due next.
    pub(crate) const SIMULATED: Pace = Pace {
        dwell: Duration::from_secs(90),
        patience: Duration::from_secs(30 * 60),
        settle: Duration::from_secs(16 * 60),
        idle: Duration::from_secs(8 * 60),
    };
    /// Of the clock on the wall. Dead connections take too long to be part of this.
    pub(crate) const REAL: Pace = Pace {
        dwell: Duration::from_secs(3),
        patience: Duration::from_secs(300),
        settle: Duration::from_secs(5),
        idle: Duration::from_secs(5),
    };
}

/// Who makes Deployments ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Workloads {
    /// The test.
    Ours,
    /// The cluster's own controllers.
    Theirs,
}

/// A cluster, without faults.
#[derive(Clone)]
pub(crate) struct Ground {
    client: kube::Client,
    pub(crate) cluster: Cluster,
    pub(crate) pace: Pace,
    workloads: Workloads,
    /// The embedded server ends with this.
    _server: Option<ApiServer>,
}

impl Ground {
    /// A fresh embedded server.
    pub(crate) async fn embedded() -> Ground {
        let config =
            Config { custom_resources: kinds::crd::all().into_iter().filter(is_flux).collect(), ..Config::default() };
        let server = ApiServer::open(config).await.unwrap();
        let client = kube::Client::new(server.service(), "default");
        let cluster = Cluster::new(client.clone());
        Ground { client, cluster, pace: Pace::SIMULATED, workloads: Workloads::Ours, _server: Some(server) }
    }

    /// A real API server with its controllers, which is told of the Flux kinds.
    pub(crate) async fn kubernetes(control_plane: &ControlPlane) -> Ground {
        let read = Kubeconfig::read_from(control_plane.kubeconfig()).unwrap();
        let config = kube::Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        let client = kube::Client::try_from(config).unwrap();
        let cluster = Cluster::new(client.clone());
        let ground = Ground { client, cluster, pace: Pace::REAL, workloads: Workloads::Theirs, _server: None };
        let definitions: Vec<Value> = kinds::crd::all().into_iter().filter(is_flux).collect();
        for definition in &definitions {
            ground.apply(definition).await;
        }
        let gvk = GroupVersionKind::from_api_version("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        let mut events = ground.cluster.watch(&gvk, Scope::Cluster, Selector::all());
        let mut established = BTreeSet::new();
        while established.len() < definitions.len() {
            let told = match events.next().await {
                Event::Applied(object) => vec![object],
                Event::Restarted(objects) => objects,
                Event::Deleted(_) => Vec::new(),
            };
            let is_served = |object: &&Value| {
                let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
                conditions.into_iter().any(|one| one["type"] == "Established" && one["status"] == "True")
            };
            established.extend(told.iter().filter(is_served).map(|object| object["metadata"]["name"].to_string()));
        }
        ground.cluster.forget_kinds();
        ground
    }

    /// What a process sees of it whose clock is so far off.
    pub(crate) fn seen_by(&self, process: &Process, skew: &Skew, seed: u64) -> Cluster {
        let (client, skew) = (self.client.clone(), skew.clone());
        let server = tower::service_fn(move |request: http::Request<Body>| {
            let (client, skew) = (client.clone(), skew.clone());
            async move {
                let (head, body) = skew.sent(request).await?.into_parts();
                // It is there as a whole.
                let body = Body::from(body.into_inner().unwrap_or_default().to_vec());
                let answer = client.send(http::Request::from_parts(head, body)).await?;
                Ok::<_, kube::Error>(skew.received(answer))
            }
        });
        let client = kube::Client::new(process.layer().layer(server), "default");
        Cluster::with_settings(client, Settings { seed, ..Settings::default() })
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, kube::Error> {
        self.client.send(request).await
    }

    pub(crate) async fn apply(&self, object: &Value) {
        self.cluster.apply(object, None, &ApplyMode::forced("test")).await.unwrap();
    }

    pub(crate) async fn make_namespaces(&self, names: &Names) {
        for name in [&names.flux, &names.apps] {
            self.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).await;
        }
    }

    /// All objects of a kind in a namespace.
    pub(crate) async fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Vec<Value> {
        let gvk = GroupVersionKind::from_api_version(api_version, kind);
        let scope = Scope::Namespace(namespace.to_owned());
        self.cluster.list(&gvk, &scope, &Selector::all()).await.unwrap()
    }

    /// What makes Deployments ready where no controller does. Those of the tests have no pods.
    pub(crate) async fn make_workloads_ready(self, names: Names) {
        if self.workloads == Workloads::Theirs {
            return;
        }
        let gvk = GroupVersionKind::from_api_version("apps/v1", "Deployment");
        let mut events = self.cluster.watch(&gvk, Scope::Namespace(names.apps), Selector::all());
        loop {
            let changed = match events.next().await {
                Event::Applied(object) => vec![object],
                Event::Restarted(objects) => objects,
                Event::Deleted(_) => Vec::new(),
            };
            for object in changed {
                if object["status"]["observedGeneration"] == object["metadata"]["generation"] {
                    continue;
                }
                let Some(reference) = ObjectRef::of(&object) else { continue };
                let status = json!({
                    "observedGeneration": object["metadata"]["generation"],
                    "conditions": [
                        {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
                        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
                    ],
                });
                // It fails when the object is gone, and then there is nothing to make ready.
                let _ = self.cluster.patch_status(&reference, "deployment-controller", &status).await;
            }
        }
    }
}

/// The engine of the tests reads no others, and each takes its time.
fn is_flux(definition: &Value) -> bool {
    definition["spec"]["group"].as_str().is_some_and(|group| group.ends_with(".toolkit.fluxcd.io"))
}
