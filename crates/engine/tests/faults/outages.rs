//! A real control plane that dies, comes back, and forgets its history, while an engine is at work on it.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Propagation, Scope, Selector};
use engine::{Engine, Options, Running};
use kube::client::Body;
use manifest::{GroupVersionKind, Value};
use serde_json::json;
use tempfile::TempDir;
use testkit::git::Repository;
use testkit::kubernetes::{ControlPlane, Selected};
use testkit::tools::{Tool, find};
use tokio::sync::watch;

use crate::files::Names;
use crate::ground::Ground;
use crate::seeds::say;

/// No expectation takes this long to come true on any machine that can run the tests.
const PATIENCE: Duration = Duration::from_secs(180);

/// How many Kustomizations there are.
const UNITS: usize = 4;

/// How many objects each of them has.
const OBJECTS: usize = 50;

/// A real control plane, and what an engine needs to work on it.
struct Site {
    control_plane: ControlPlane,
    ground: Ground,
    names: Names,
    repository: Repository,
    /// Whether the engine reaches the control plane.
    way: watch::Sender<Way>,
    cache: TempDir,
}

/// The way between the engine and the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    CutOff,
}

impl Site {
    /// None where the tests do not run on a real control plane.
    async fn open(name: &str) -> Option<Site> {
        if Selected::from_environment() != Selected::Kubernetes {
            say("skipped: TENTER_CLUSTER=kubernetes lets a real control plane fail\n");
            return None;
        }
        // It fails only if it is already set.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let program = find(Tool::Kubernetes).unwrap_or_else(|missing| panic!("{missing}"));
        let control_plane = ControlPlane::start_with_controllers(&program, "namespace-controller").unwrap();
        let ground = Ground::kubernetes(&control_plane).await;
        let names = Names { flux: format!("flux-{name}"), apps: format!("apps-{name}") };
        ground.make_namespaces(&names).await;
        let (repository, cache) = (Repository::create().unwrap(), tempfile::tempdir().unwrap());
        let site = Site { control_plane, ground, names, repository, way: watch::Sender::new(Way::Open), cache };
        site.commit(0, UNITS);
        site.begin().await;
        Some(site)
    }

    async fn begin(&self) {
        let metadata = |name: &str| json!({"name": name, "namespace": self.names.flux});
        self.ground
            .apply(&json!({
                "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata("fleet"),
                "spec": {"url": self.repository.url(), "interval": "1m", "ref": {"branch": "main"}},
            }))
            .await;
        for unit in 0..UNITS {
            self.ground
                .apply(&json!({
                    "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
                    "metadata": metadata(&format!("unit-{unit}")),
                    "spec": {
                        "interval": "10h", "retryInterval": "5s", "path": format!("unit-{unit}"), "prune": true,
                        "sourceRef": {"kind": "GitRepository", "name": "fleet"},
                    },
                }))
                .await;
        }
    }

    /// A commit whose objects all hold `value`. Every unit but the first `whole` has lost its last object. Returns the revision.
    fn commit(&self, value: usize, whole: usize) -> String {
        let files = (0..UNITS).map(|unit| {
            let objects = if unit < whole { OBJECTS } else { OBJECTS - 1 };
            let object = |index: usize| {
                let metadata = json!({"name": map(unit, index), "namespace": self.names.apps});
                let data = json!({"value": value.to_string()});
                format!(
                    "---\n{}\n",
                    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
                )
            };
            (format!("unit-{unit}/objects.yaml"), (0..objects).map(object).collect::<String>())
        });
        format!("main@sha1:{}", self.repository.commit(files, "change").unwrap())
    }

    fn start(&self) -> Running {
        let (ground, way) = (self.ground.clone(), self.way.subscribe());
        let server = tower::service_fn(move |request: http::Request<Body>| {
            let (ground, way) = (ground.clone(), *way.borrow());
            async move {
                match way {
                    Way::Open => Ok(ground.send(request).await?),
                    Way::CutOff => Err(tower::BoxError::from("there is no way")),
                }
            }
        });
        let cluster = Cluster::new(kube::Client::new(server, "default"));
        Engine::start(cluster, Options::new(self.cache.path().to_owned()))
    }

    /// Waits until some object of a kind is as `expected`.
    async fn until_any(&self, gvk: GroupVersionKind, namespace: &str, what: &str, expected: impl Fn(&Value) -> bool) {
        let mut events = self.ground.cluster.watch(&gvk, Scope::Namespace(namespace.to_owned()), Selector::all());
        let seen = async {
            loop {
                let told = match events.next().await {
                    Event::Applied(object) => vec![object],
                    Event::Restarted(objects) => objects,
                    Event::Deleted(_) => Vec::new(),
                };
                if told.iter().any(&expected) {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("never seen: {what}"));
    }

    async fn until_map_holds(&self, value: usize) {
        let wanted = value.to_string();
        let holds = |object: &Value| object["data"]["value"] == *wanted;
        self.until_any(config_maps(), &self.names.apps, &format!("a ConfigMap with {value}"), holds).await;
    }

    async fn until_applied(&self, revision: &str) {
        let gvk = GroupVersionKind::from_api_version("kustomize.toolkit.fluxcd.io/v1", "Kustomization");
        for unit in 0..UNITS {
            let applied = |object: &Value| {
                object["metadata"]["name"] == format!("unit-{unit}")
                    && object["status"]["lastAppliedRevision"] == revision
                    && object["status"]["conditions"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
            };
            let what = format!("unit-{unit} has applied {revision}");
            self.until_any(gvk.clone(), &self.names.flux, &what, applied).await;
        }
    }

    /// Uid and value of every ConfigMap by name.
    async fn maps(&self) -> BTreeMap<String, (Value, Value)> {
        let maps = self.ground.list("v1", "ConfigMap", &self.names.apps).await;
        let ours = maps.into_iter().filter(|object| object["metadata"]["name"] != "kube-root-ca.crt");
        ours.map(|object| {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            (name, (object["metadata"]["uid"].clone(), object["data"]["value"].clone()))
        })
        .collect()
    }

    /// How many objects every inventory lists.
    async fn listed(&self) -> Vec<usize> {
        let units = self.ground.list("kustomize.toolkit.fluxcd.io/v1", "Kustomization", &self.names.flux).await;
        units.iter().map(|unit| unit["status"]["inventory"]["entries"].as_array().map_or(0, Vec::len)).collect()
    }
}

fn config_maps() -> GroupVersionKind {
    GroupVersionKind::from_api_version("v1", "ConfigMap")
}

fn map(unit: usize, index: usize) -> String {
    format!("map-{unit}-{index}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_cluster_that_dies_while_it_is_written_to_loses_nothing() {
    let Some(mut site) = Site::open("dies").await else { return };
    let mut engine = site.start();
    site.until_map_holds(0).await;
    // In the middle of creating, of changing, and of changing while objects go; the last time the engine dies, too.
    let mut whole = UNITS;
    for value in 1..=3 {
        site.control_plane.kill().unwrap();
        if value == 3 {
            engine.stop().await;
            engine = site.start();
        }
        whole -= 1;
        site.commit(value, whole);
        site.control_plane.restart().unwrap();
        site.until_map_holds(value).await;
    }
    site.control_plane.kill().unwrap();
    site.control_plane.restart().unwrap();
    let revision = site.commit(4, whole);
    site.until_applied(&revision).await;
    let before = site.maps().await;
    assert!(before.values().all(|(_, value)| value == "4"), "{before:#?}");
    assert_eq!(before.len(), UNITS * OBJECTS - (UNITS - whole), "nothing is missing, and nothing is left over");
    let mut listed = site.listed().await;
    listed.sort_unstable();
    assert_eq!(listed, [OBJECTS - 1, OBJECTS - 1, OBJECTS - 1, OBJECTS]);

    // One more death, in the middle of nothing: what is there is known again, and nothing is written.
    site.control_plane.kill().unwrap();
    site.control_plane.restart().unwrap();
    let revision = site.commit(4, whole - 1);
    site.until_applied(&revision).await;
    let after = site.maps().await;
    assert_eq!(after.len(), before.len() - 1);
    assert!(after.iter().all(|(name, found)| before.get(name) == Some(found)), "what stayed is the same object");
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_cluster_that_forgets_its_history_is_read_anew() {
    let Some(mut site) = Site::open("forgets").await else { return };
    let engine = site.start();
    let first = site.commit(1, UNITS);
    site.until_applied(&first).await;

    // Compacted under the eyes of the watches, which go on.
    site.control_plane.compact().unwrap();
    let second = site.commit(2, UNITS);
    site.control_plane.compact().unwrap();
    site.until_applied(&second).await;

    // While the engine is cut off, things happen, and then the past is gone: no watch can go on from where it was.
    site.way.send_replace(Way::CutOff);
    site.control_plane.kill().unwrap();
    site.control_plane.restart().unwrap();
    let place = |index: usize| ObjectRef::new(config_maps(), &*site.names.apps, map(0, index));
    let cluster: &Cluster = &site.ground.cluster;
    let past = cluster.get(&place(0)).await.unwrap().unwrap()["metadata"]["resourceVersion"].clone();
    for index in 0..5 {
        cluster.delete(&place(index), Propagation::Background, None).await.unwrap();
        let drifted = json!({"data": {"value": "by hand"}});
        cluster.merge_patch(&place(10 + index), "kubectl-edit", &drifted).await.unwrap();
        site.control_plane.compact().unwrap();
    }
    site.control_plane.kill().unwrap();
    site.control_plane.restart().unwrap();
    assert_eq!(site.watch_from(&past).await, 410, "the test means to have the past forgotten");

    site.way.send_replace(Way::Open);

    let third = site.commit(3, UNITS - 1);
    site.until_applied(&third).await;
    let as_declared = |object: &Value| object["metadata"]["name"] == map(0, 4) && object["data"]["value"] == "3";
    site.until_any(config_maps(), &site.names.apps, "what was deleted is back", as_declared).await;
    let maps = site.maps().await;
    assert_eq!(maps.len(), UNITS * OBJECTS - 1);
    assert!(maps.values().all(|(_, value)| value == "3"), "{maps:#?}");
    engine.stop().await;
}

impl Site {
    /// What the API server answers to a watch of the ConfigMaps from a resource version on: its status, or that of its first
    /// event.
    async fn watch_from(&self, resource_version: &Value) -> u64 {
        let (namespace, version) = (&self.names.apps, resource_version.as_str().unwrap());
        let path =
            format!("/api/v1/namespaces/{namespace}/configmaps?watch=true&timeoutSeconds=5&resourceVersion={version}");
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        let answer = self.ground.send(request).await.unwrap();
        if answer.status() != http::StatusCode::OK {
            return u64::from(answer.status().as_u16());
        }
        let body = answer.into_body().collect_bytes().await.unwrap();
        let first = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let event: Value = serde_json::from_slice(first).unwrap_or_default();
        event["object"]["code"].as_u64().unwrap_or(200)
    }
}
