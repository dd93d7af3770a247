//! Real manifests against the embedded API server: the wiring from watch to decision to write.
// The functions beside the tests are tests' parts, which clippy does not see.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use apiserver::{ApiServer, Config};
use futures::StreamExt;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{
    ConfigMap, ContainerState, Endpoints, Event, Node, PersistentVolumeClaim, Pod, Service, ServiceAccount,
};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::{Client, ResourceExt};
use local::{Clock, Local, Options, Running, Speed};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Longer than any of this takes on a busy machine; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

struct Cluster {
    client: Client,
    _server: ApiServer,
    _running: Running,
}

impl Cluster {
    async fn start() -> Self {
        let server = ApiServer::open(Config::default()).await.unwrap();
        let client = Client::new(server.service(), "default");
        let options = Options { speed: Speed::instant(), ..Options::default() };
        let mut running = Local::start(client.clone(), Clock::system(), options);
        tokio::time::timeout(PATIENCE, running.ready()).await.expect("the controllers start");
        Self { client, _server: server, _running: running }
    }

    fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), "default")
    }

    async fn create<K>(&self, object: Value) -> K
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + Debug
            + Serialize
            + DeserializeOwned,
    {
        let object: K = serde_json::from_value(object).unwrap();
        self.api::<K>().create(&PostParams::default(), &object).await.unwrap()
    }

    /// Follows the object until `reached` holds.
    async fn until<K>(&self, name: &str, reached: impl Fn(&K) -> bool) -> K
    where
        K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
            + Clone
            + Debug
            + Serialize
            + DeserializeOwned,
    {
        until(&self.api::<K>(), |object| object.name_any() == name && reached(object)).await
    }
}

/// Watches a collection until an object in it meets `reached`.
async fn until<K>(api: &Api<K>, reached: impl Fn(&K) -> bool) -> K
where
    K: kube::Resource<DynamicType = ()> + Clone + Debug + Serialize + DeserializeOwned,
{
    let mut last = None;
    let found = tokio::time::timeout(PATIENCE, async {
        let list = api.list(&ListParams::default()).await.unwrap();
        if let Some(found) = list.items.iter().find(|object| reached(object)) {
            return found.clone();
        }
        let version = list.metadata.resource_version.unwrap();
        last = list.items.last().cloned();
        let mut events = api.watch(&WatchParams::default(), &version).await.unwrap().boxed();
        while let Some(event) = events.next().await {
            if let WatchEvent::Added(object) | WatchEvent::Modified(object) = event.unwrap() {
                if reached(&object) {
                    return object;
                }
                last = Some(object);
            }
        }
        panic!("the watch ended");
    })
    .await;
    match found {
        Ok(found) => found,
        Err(_) => {
            let last = last.map(|object| serde_json::to_string(&object).unwrap());
            panic!("never reached; last seen: {last:?}; events:\n{}", story(api.clone().into_client()).await)
        }
    }
}

/// Watches a collection until it is empty.
async fn gone<K>(api: &Api<K>)
where
    K: kube::Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned,
{
    let emptied = tokio::time::timeout(PATIENCE, async {
        let list = api.list(&ListParams::default()).await.unwrap();
        let mut left: BTreeSet<String> = list.items.iter().map(|object| object.name_any()).collect();
        let version = list.metadata.resource_version.unwrap();
        let mut events = api.watch(&WatchParams::default(), &version).await.unwrap().boxed();
        while !left.is_empty() {
            match events.next().await.unwrap().unwrap() {
                WatchEvent::Added(object) => drop(left.insert(object.name_any())),
                WatchEvent::Deleted(object) => drop(left.remove(&object.name_any())),
                WatchEvent::Modified(_) | WatchEvent::Bookmark(_) => {}
                WatchEvent::Error(status) => panic!("{status:?}"),
            }
        }
    });
    emptied.await.expect("everything goes");
}

/// All events, one a line.
async fn story(client: Client) -> String {
    let events = Api::<Event>::all(client).list(&ListParams::default()).await.unwrap().items;
    let line = |event: Event| {
        let name = event.involved_object.name.unwrap_or_default();
        format!("{name} {}: {}\n", event.reason.unwrap_or_default(), event.message.unwrap_or_default())
    };
    events.into_iter().map(line).collect()
}

fn template(annotations: Value, image: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": "web" }, "annotations": annotations },
        "spec": { "containers": [{ "name": "app", "image": image, "ports": [{ "name": "http", "containerPort": 8080 }] }] },
    })
}

fn deployment(name: &str, replicas: i32, annotations: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "template": template(annotations, "web:1"),
        },
    })
}

fn pod(name: &str, spec: Value, annotations: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "annotations": annotations }, "spec": spec })
}

fn is_complete(deployment: &Deployment) -> bool {
    let status = deployment.status.clone().unwrap_or_default();
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas);
    status.observed_generation == deployment.metadata.generation
        && status.updated_replicas == wanted
        && status.available_replicas == wanted
        && status.replicas == wanted
}

fn waiting_reason(pod: &Pod) -> Option<&str> {
    let status = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
    let ContainerState { waiting, .. } = status.state.as_ref()?;
    waiting.as_ref()?.reason.as_deref()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_rolls_out_and_is_served_and_goes_with_all_its_parts() {
    let cluster = Cluster::start().await;
    let nodes: Api<Node> = Api::all(cluster.client.clone());
    until(&nodes, |node| node.status.as_ref().is_some_and(|status| status.conditions.is_some())).await;
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web" },
        "spec": { "type": "LoadBalancer", "selector": { "app": "web" }, "ports": [{ "port": 80, "targetPort": "http" }] },
    });
    cluster.create::<Service>(service).await;
    cluster.create::<Deployment>(deployment("web", 2, json!({}))).await;
    cluster.until::<Deployment>("web", is_complete).await;

    let endpoints = cluster
        .until::<Endpoints>("web", |endpoints| {
            let subset = endpoints.subsets.iter().flatten().next();
            subset.is_some_and(|subset| subset.addresses.iter().flatten().count() == 2)
        })
        .await;
    let port = &endpoints.subsets.unwrap()[0].ports.clone().unwrap()[0];
    assert_eq!(port.port, 8080);
    until(&cluster.api::<EndpointSlice>(), |slice| slice.endpoints.len() == 2).await;
    let service = cluster.until::<Service>("web", |service| {
        let balancer = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
        balancer.is_some_and(|balancer| balancer.ingress.is_some())
    });
    let address = service.await.status.unwrap().load_balancer.unwrap().ingress.unwrap()[0].ip.clone().unwrap();
    assert!(address.starts_with("127."), "{address}");

    let patch = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "app", "image": "web:2" }] } } } });
    let deployments = cluster.api::<Deployment>();
    deployments.patch("web", &PatchParams::default(), &Patch::Strategic(patch)).await.unwrap();
    let rolled = cluster.until::<Deployment>("web", |found| is_complete(found) && found.metadata.generation == Some(2));
    assert_eq!(rolled.await.annotations()["deployment.kubernetes.io/revision"], "2");
    until(&cluster.api::<Event>(), |event| event.reason.as_deref() == Some("ScalingReplicaSet")).await;

    deployments.delete("web", &DeleteParams::background()).await.unwrap();
    gone::<ReplicaSet>(&cluster.api()).await;
    gone::<Pod>(&cluster.api()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_goes_through_what_a_kubelet_reports() {
    let cluster = Cluster::start().await;
    cluster.create::<Pod>(pod("web", json!({ "containers": [{ "name": "app", "image": "web:1" }] }), json!({}))).await;
    let ready = cluster.until::<Pod>("web", |pod| {
        let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
        conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
    });
    let ready = ready.await;
    let status = ready.status.as_ref().unwrap();
    assert_eq!(status.phase.as_deref(), Some("Running"));
    assert!(status.pod_ip.is_some() && status.start_time.is_some());
    assert_eq!(ready.spec.as_ref().unwrap().node_name.as_deref(), Some(local::NODE_NAME));
    let managers: Vec<_> = ready.managed_fields().iter().filter_map(|entry| entry.manager.clone()).collect();
    assert!(managers.contains(&"kubelet".to_owned()), "{managers:?}");
    // The scheduler and the kubelet tell independently of each other, and of the status.
    for reason in ["Scheduled", "Pulled", "Created", "Started"] {
        until(&cluster.api::<Event>(), |event| event.reason.as_deref() == Some(reason)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stand_ins_misbehave_when_asked() {
    let cluster = Cluster::start().await;
    let spec = || json!({ "containers": [{ "name": "app", "image": "web:1" }] });
    for (name, behaviour, reason) in
        [("crash", "crash-loop", "CrashLoopBackOff"), ("pull", "image-pull-error", "ImagePullBackOff")]
    {
        cluster.create::<Pod>(pod(name, spec(), json!({ "tenter.dev/stand-in": behaviour }))).await;
        cluster.until::<Pod>(name, |pod| waiting_reason(pod) == Some(reason)).await;
    }
    let restarts = |pod: &Pod| pod.status.as_ref().unwrap().container_statuses.as_ref().unwrap()[0].restart_count;
    cluster.until::<Pod>("crash", |pod| restarts(pod) >= 3).await;
    cluster.create::<Pod>(pod("odd", spec(), json!({ "tenter.dev/stand-in": "explode" }))).await;
    let event = until(&cluster.api::<Event>(), |event| event.reason.as_deref() == Some("InvalidStandIn")).await;
    assert!(event.message.unwrap().contains("it may be fail, crash-loop"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_config_map_holds_the_pod_until_it_comes() {
    let cluster = Cluster::start().await;
    let spec = json!({ "containers": [{
        "name": "app", "image": "web:1", "envFrom": [{ "configMapRef": { "name": "settings" } }],
    }] });
    cluster.create::<Pod>(pod("web", spec, json!({}))).await;
    cluster.until::<Pod>("web", |pod| waiting_reason(pod) == Some("CreateContainerConfigError")).await;
    let settings = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "settings" }, "data": {} });
    cluster.create::<ConfigMap>(settings).await;
    cluster.until::<Pod>("web", |pod| pod.status.as_ref().unwrap().phase.as_deref() == Some("Running")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_complete_and_fail() {
    let cluster = Cluster::start().await;
    let job = |name: &str, annotations: Value| {
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name },
            "spec": { "backoffLimit": 1, "template": {
                "metadata": { "annotations": annotations },
                "spec": { "restartPolicy": "Never", "containers": [{ "name": "app", "image": "work:1" }] },
            } },
        })
    };
    let ended = |kind: &'static str| {
        move |job: &Job| {
            let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
            conditions.into_iter().any(|condition| condition.type_ == kind && condition.status == "True")
        }
    };
    cluster.create::<Job>(job("good", json!({}))).await;
    let good = cluster.until::<Job>("good", ended("Complete")).await;
    assert_eq!(good.status.unwrap().succeeded, Some(1));
    cluster.create::<Job>(job("bad", json!({ "tenter.dev/stand-in": "fail" }))).await;
    let bad = cluster.until::<Job>("bad", ended("Failed")).await;
    assert_eq!(bad.status.unwrap().failed, Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stateful_set_gets_its_volumes() {
    let cluster = Cluster::start().await;
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "db" },
        "spec": {
            "replicas": 2, "serviceName": "db", "selector": { "matchLabels": { "app": "web" } },
            "template": template(json!({}), "db:1"),
            "volumeClaimTemplates": [{
                "metadata": { "name": "data" },
                "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
            }],
        },
    });
    cluster.create::<StatefulSet>(set).await;
    cluster
        .until::<StatefulSet>("db", |set| set.status.as_ref().is_some_and(|s| s.available_replicas == Some(2)))
        .await;
    let claim = cluster.api::<PersistentVolumeClaim>().get("data-db-1").await.unwrap();
    assert_eq!(claim.status.unwrap().phase.as_deref(), Some("Bound"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rest_of_a_usual_repository_gets_its_status() {
    let cluster = Cluster::start().await;
    cluster.until::<ServiceAccount>("default", |_| true).await;
    cluster.until::<ConfigMap>("kube-root-ca.crt", |_| true).await;
    cluster.create::<Deployment>(deployment("web", 1, json!({}))).await;
    let autoscaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "web" },
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
            "minReplicas": 3, "maxReplicas": 5,
        },
    });
    cluster.create::<HorizontalPodAutoscaler>(autoscaler).await;
    cluster
        .until::<Deployment>("web", |found| is_complete(found) && found.spec.as_ref().unwrap().replicas == Some(3))
        .await;
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "web" },
        "spec": { "minAvailable": 2, "selector": { "matchLabels": { "app": "web" } } },
    });
    cluster.create::<PodDisruptionBudget>(budget).await;
    cluster
        .until::<PodDisruptionBudget>("web", |found| found.status.as_ref().is_some_and(|s| s.disruptions_allowed == 1))
        .await;
    let set = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": { "name": "agent" },
        "spec": { "selector": { "matchLabels": { "app": "web" } }, "template": template(json!({}), "agent:1") },
    });
    cluster.create::<DaemonSet>(set).await;
    cluster.until::<DaemonSet>("agent", |set| set.status.as_ref().is_some_and(|s| s.number_available == Some(1))).await;
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": { "name": "web" },
        "spec": { "defaultBackend": { "service": { "name": "web", "port": { "number": 80 } } } },
    });
    cluster.create::<Ingress>(ingress).await;
    cluster.until::<Ingress>("web", |found| found.status.as_ref().is_some_and(|s| s.load_balancer.is_some())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_of_an_unknown_service_account_are_refused_until_it_exists() {
    let cluster = Cluster::start().await;
    let mut web = deployment("web", 1, json!({}));
    web["spec"]["template"]["spec"]["serviceAccountName"] = json!("robot");
    cluster.create::<Deployment>(web).await;
    let refused = |deployment: &Deployment| {
        let conditions = deployment.status.iter().flat_map(|status| status.conditions.iter().flatten());
        let mut failures = conditions.filter(|condition| condition.type_ == "ReplicaFailure");
        failures
            .any(|failure| failure.message.as_ref().is_some_and(|m| m.contains("serviceaccount \"robot\" not found")))
    };
    cluster.until::<Deployment>("web", refused).await;
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "robot" } });
    cluster.create::<ServiceAccount>(account).await;
    cluster.until::<Deployment>("web", |found| is_complete(found) && !refused(found)).await;
}
