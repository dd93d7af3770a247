//! An API server that says what a test tells it to, in this process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cluster::{Cluster, RetryPolicy, Settings};
use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use kube::client::Body;
use manifest::{GroupVersionKind, Value};
use serde_json::json;

type Bytes = bytes::Bytes;
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// One answer.
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    /// An answer with `Retry-After` in seconds.
    Later(u16, u64),
    /// Lines as the test sends them; the answer ends when the sender is dropped.
    Stream(UnboundedReceiver<String>),
    /// The connection breaks.
    Broken,
    /// No answer ever comes.
    Silent,
}

#[derive(Default)]
struct State {
    replies: VecDeque<Reply>,
    requests: Vec<String>,
    under_way: usize,
    most_under_way: usize,
    discoveries: usize,
}

/// The server's other side. Discovery is answered by itself, everything else by the replies in order.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    state: Arc<Mutex<State>>,
    plain_discovery: bool,
    /// How many requests for what is served do not tell of `Paint` yet.
    paint_after: Option<usize>,
}

impl Fake {
    pub(crate) fn new(replies: impl IntoIterator<Item = Reply>) -> Fake {
        let fake = Fake::default();
        fake.state().replies.extend(replies);
        fake
    }

    /// The same, knowing only the discovery of old API servers.
    pub(crate) fn with_plain_discovery(self) -> Fake {
        Fake { plain_discovery: true, ..self }
    }

    /// The same, listing `paints.example.com/v1 Paint` after so many requests for what is served.
    pub(crate) fn listing_paint_after(self, requests: usize) -> Fake {
        Fake { paint_after: Some(requests), ..self }
    }

    pub(crate) fn cluster(&self) -> Cluster {
        self.cluster_with(Settings { retry: RetryPolicy::default(), ..Settings::default() })
    }

    pub(crate) fn cluster_with(&self, settings: Settings) -> Cluster {
        let fake = self.clone();
        let service = tower::service_fn(move |request| {
            let fake = fake.clone();
            async move { fake.answer(request).await }
        });
        Cluster::with_settings(kube::Client::new(service, "default"), settings)
    }

    /// The requests so far without discovery, one a line.
    pub(crate) fn requests(&self) -> String {
        self.state().requests.join("\n")
    }

    pub(crate) fn discoveries(&self) -> usize {
        self.state().discoveries
    }

    pub(crate) fn most_under_way(&self) -> usize {
        self.state().most_under_way
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<UnsyncBoxBody<Bytes, Fault>>, Fault> {
        if let Some(answer) = self.discovery(request.uri().path()) {
            self.state().discoveries += 1;
            return Ok(respond(200, answer.to_string()));
        }
        let reply = {
            let (parts, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let mut line = format!("{} {}", parts.method, parts.uri);
            for header in ["content-type", "impersonate-user"] {
                if let Some(value) = parts.headers.get(header) {
                    line.push_str(&format!(" {header}={}", value.to_str()?));
                }
            }
            if !body.is_empty() {
                line.push_str(&format!(" {}", String::from_utf8_lossy(&body)));
            }
            let mut state = self.state();
            state.requests.push(without_jitter(&line));
            state.under_way += 1;
            state.most_under_way = state.most_under_way.max(state.under_way);
            state.replies.pop_front()
        };
        tokio::task::yield_now().await;
        self.state().under_way -= 1;
        match reply.ok_or("the test has no further reply")? {
            Reply::Json(status, value) => Ok(respond(status, value.to_string())),
            Reply::Text(status, text) => Ok(respond(status, text.to_owned())),
            Reply::Later(status, seconds) => {
                let mut response = respond(status, json!({ "kind": "Status", "message": "busy" }).to_string());
                response.headers_mut().insert("retry-after", seconds.into());
                Ok(response)
            }
            Reply::Stream(lines) => {
                let frames = lines.map(|line| Ok::<_, Fault>(Frame::data(Bytes::from(line))));
                Ok(Response::new(StreamBody::new(frames).boxed_unsync()))
            }
            Reply::Broken => Err("connection reset".into()),
            Reply::Silent => std::future::pending().await,
        }
    }

    fn discovery(&self, path: &str) -> Option<Value> {
        let resource = |plural: &str, kind: &str, scope: &str| json!({ "resource": plural, "responseKind": { "kind": kind }, "scope": scope, "verbs": ["get", "watch"] });
        let plain = |plural: &str, kind: &str, namespaced: bool| json!({ "name": plural, "kind": kind, "namespaced": namespaced, "verbs": ["get"] });
        let paint = self.paint_after.is_some_and(|after| self.state().discoveries >= after);
        let paint = paint.then(|| json!({ "metadata": { "name": "paints.example.com" }, "versions": [{ "version": "v1", "resources": [resource("paints", "Paint", "Cluster")] }] }));
        Some(match (path, self.plain_discovery) {
            ("/api", false) => json!({ "kind": "APIGroupDiscoveryList", "items": [{ "metadata": {}, "versions": [{
                "version": "v1",
                "resources": [
                    resource("configmaps", "ConfigMap", "Namespaced"),
                    resource("events", "Event", "Namespaced"),
                    resource("namespaces", "Namespace", "Cluster"),
                ],
            }] }] }),
            ("/apis", false) => {
                let groups = [
                    json!({ "metadata": { "name": "apps" }, "versions": [{ "version": "v1", "resources": [resource("deployments", "Deployment", "Namespaced")] }] }),
                    json!({ "metadata": { "name": "apiextensions.k8s.io" }, "versions": [{ "version": "v1", "resources": [resource("customresourcedefinitions", "CustomResourceDefinition", "Cluster")] }] }),
                    json!({ "metadata": { "name": "rbac.authorization.k8s.io" }, "versions": [{ "version": "v1", "resources": [resource("clusterroles", "ClusterRole", "Cluster")] }] }),
                    json!({ "metadata": { "name": "example.com" }, "versions": [
                        { "version": "v2", "resources": [resource("things", "Thing", "Namespaced")] },
                        { "version": "v1", "resources": [resource("things", "Thing", "Namespaced")] },
                    ] }),
                ];
                let groups: Vec<Value> = groups.into_iter().chain(paint).collect();
                json!({ "kind": "APIGroupDiscoveryList", "items": groups })
            }
            ("/api", true) => json!({ "kind": "APIVersions", "versions": ["v1"] }),
            ("/apis", true) => json!({ "kind": "APIGroupList", "groups": [{
                "name": "apps",
                "versions": [{ "groupVersion": "apps/v1" }],
                "preferredVersion": { "groupVersion": "apps/v1" },
            }] }),
            ("/api/v1", true) => {
                json!({ "resources": [plain("configmaps", "ConfigMap", true), plain("namespaces", "Namespace", false)] })
            }
            ("/apis/apps/v1", true) => {
                json!({ "resources": [plain("deployments", "Deployment", true), plain("deployments/scale", "Scale", true)] })
            }
            _ => return None,
        })
    }
}

/// Watches last a random time.
fn without_jitter(line: &str) -> String {
    let Some(start) = line.find("&timeoutSeconds=") else { return line.to_owned() };
    let rest = line[start + 1..].find('&').map_or("", |end| &line[start + 1 + end..]);
    format!("{}{rest}", &line[..start])
}

fn respond(status: u16, body: String) -> Response<UnsyncBoxBody<Bytes, Fault>> {
    let body = Full::new(Bytes::from(body)).map_err(Fault::from).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    response
}

/// An answer that fills itself as the test goes on.
pub(crate) fn stream() -> (UnboundedSender<String>, Reply) {
    let (sender, receiver) = unbounded();
    (sender, Reply::Stream(receiver))
}

/// A `metav1.Status` that says no.
pub(crate) fn status(code: u16, reason: &str, message: &str) -> Reply {
    Reply::Json(
        code,
        json!({ "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message }),
    )
}

/// A ConfigMap in the namespace `prod`.
pub(crate) fn config_map(name: &str, resource_version: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "namespace": "prod", "name": name, "resourceVersion": resource_version },
    })
}

pub(crate) fn gvk(api_version: &str, kind: &str) -> GroupVersionKind {
    GroupVersionKind::from_api_version(api_version, kind)
}
