//! What the controllers send: no more than a real cluster's controllers would.
// The functions beside the tests are tests' parts, which clippy does not see.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use apiserver::{ApiServer, Config};
use expect_test::expect;
use futures::StreamExt;
use http::Request;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{ConfigMap, Endpoints, Namespace, Service, ServiceAccount};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{Api, PostParams, WatchEvent, WatchParams};
use kube::{Client, ResourceExt};
use local::{Clock, Local, Options};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Longer than any of this takes on a busy machine; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service that notes what passes through it.
#[derive(Clone)]
struct Noted<S> {
    inner: S,
    sent: Arc<Mutex<Vec<String>>>,
}

impl<S: tower::Service<Request<B>>, B> tower::Service<Request<B>> for Noted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.sent.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
        self.inner.call(request)
    }
}

/// Follows a collection from its beginning until an object of this name meets `reached`.
async fn until<K>(client: &Client, name: &str, reached: impl Fn(&K) -> bool)
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let api: Api<K> = Api::default_namespaced(client.clone());
    let mut events = api.watch(&WatchParams::default(), "0").await.unwrap().boxed();
    let found = tokio::time::timeout(PATIENCE, async {
        while let Some(event) = events.next().await {
            if let WatchEvent::Added(object) | WatchEvent::Modified(object) = event.unwrap()
                && object.name_any().starts_with(name)
                && reached(&object)
            {
                return;
            }
        }
        panic!("the watch ended");
    });
    found.await.unwrap_or_else(|_| panic!("{} {name} never got there", K::kind(&())));
}

async fn create<K>(client: &Client, object: Value)
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + std::fmt::Debug
        + Serialize
        + DeserializeOwned,
{
    let object: K = serde_json::from_value(object).unwrap();
    Api::<K>::default_namespaced(client.clone()).create(&PostParams::default(), &object).await.unwrap();
}

/// A usual application, with no pods.
async fn deploy(client: &Client, name: &str) {
    create::<ServiceAccount>(client, json!({ "metadata": { "name": name } })).await;
    let port = json!({ "name": "http", "port": 80, "targetPort": "http" });
    let spec = json!({ "selector": { "app": name }, "ports": [port] });
    create::<Service>(client, json!({ "metadata": { "name": name }, "spec": spec })).await;
    let template = json!({
        "metadata": { "labels": { "app": name } },
        "spec": { "serviceAccountName": name, "containers": [{ "name": "app", "image": "web:1" }] },
    });
    let spec = json!({ "replicas": 0, "selector": { "matchLabels": { "app": name } }, "template": template });
    create::<Deployment>(client, json!({ "metadata": { "name": name }, "spec": spec })).await;
    let backend = json!({ "service": { "name": name, "port": { "name": "http" } } });
    create::<Ingress>(client, json!({ "metadata": { "name": name }, "spec": { "defaultBackend": backend } })).await;
}

/// Returns once every controller has done its part for an application.
async fn settled(client: &Client, name: &str) {
    until::<Deployment>(client, name, |found| {
        found.status.as_ref().is_some_and(|status| status.observed_generation.is_some())
    })
    .await;
    until::<ReplicaSet>(client, name, |found| {
        found.status.as_ref().is_some_and(|status| status.observed_generation.is_some())
    })
    .await;
    until::<Endpoints>(client, name, |_| true).await;
    until::<EndpointSlice>(client, name, |_| true).await;
    until::<Ingress>(client, name, |found| found.status.as_ref().is_some_and(|status| status.load_balancer.is_some()))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_without_pods_costs_each_write_once() {
    let server = ApiServer::open(Config::default()).await.unwrap();
    let sent: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Noted { inner: server.service(), sent: Arc::clone(&sent) };
    let mut running = Local::start(Client::new(noted, "default"), Clock::system(), Options::default());
    tokio::time::timeout(PATIENCE, running.ready()).await.expect("the controllers start");
    // What would still be on its way for the first is there when the second has settled.
    for namespace in ["first", "second"] {
        let user = Client::new(server.service(), namespace);
        let object = serde_json::from_value(json!({ "metadata": { "name": namespace } })).unwrap();
        Api::<Namespace>::all(user.clone()).create(&PostParams::default(), &object).await.unwrap();
        until::<ConfigMap>(&user, "kube-root-ca.crt", |_| true).await;
        deploy(&user, "web").await;
        settled(&user, "web").await;
    }

    let sent = sent.lock().unwrap();
    let of_first = sent.iter().filter(|request| !request.starts_with("GET") && request.contains("/namespaces/first/"));
    let writes: BTreeMap<&str, usize> = of_first.fold(BTreeMap::new(), |mut writes, request| {
        *writes.entry(request.as_str()).or_default() += 1;
        writes
    });
    let text: String = writes.iter().map(|(request, count)| format!("{count}× {request}\n")).collect();
    expect![[r#"
        1× PATCH /apis/apps/v1/namespaces/first/deployments/web
        1× PATCH /apis/apps/v1/namespaces/first/deployments/web/status
        1× PATCH /apis/apps/v1/namespaces/first/replicasets/web-545674df4c/status
        1× PATCH /apis/networking.k8s.io/v1/namespaces/first/ingresses/web/status
        1× POST /api/v1/namespaces/first/configmaps
        1× POST /api/v1/namespaces/first/endpoints
        1× POST /api/v1/namespaces/first/serviceaccounts
        1× POST /apis/apps/v1/namespaces/first/replicasets
        1× POST /apis/discovery.k8s.io/v1/namespaces/first/endpointslices
    "#]]
    .assert_eq(&text);
}
