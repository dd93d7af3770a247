//! A client without opinions: it sends what a test says and shows what comes back.

use std::time::Duration;

use apiserver::{ApiServer, ApiService, Config, Limits, ResponseBody};
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt;

/// Long enough for a loaded machine, short enough to notice what never comes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    _server: ApiServer,
    service: ApiService,
}

pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// The object of a successful answer.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert!((200..300).contains(&self.code), "{} {}", self.code, String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// `code reason message` of a failure.
    #[track_caller]
    pub(crate) fn failure(&self) -> String {
        let status = self.json();
        assert_eq!(status["kind"], "Status", "{status}");
        assert_eq!(status["code"], self.code, "{status}");
        format!(
            "{} {} {}",
            self.code,
            status["reason"].as_str().unwrap_or_default(),
            status["message"].as_str().unwrap_or_default()
        )
    }

    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.headers.get_all("warning").iter().map(|value| value.to_str().expect("text")).collect()
    }
}

impl Client {
    pub(crate) async fn new() -> Client {
        Client::with(Config::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Client {
        Client::with(Config { limits, ..Config::default() }).await
    }

    pub(crate) async fn with(config: Config) -> Client {
        Client::of(ApiServer::open(config).await.expect("a server"))
    }

    pub(crate) fn of(server: ApiServer) -> Client {
        let service = server.service();
        Client { _server: server, service }
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let response = self.response(method, path, headers, body.into()).await;
        let (head, body) = response.into_parts();
        let body = timeout(PATIENCE, body.collect()).await.expect("the end of the body").expect("a body").to_bytes();
        Answer { code: head.status.as_u16(), headers: head.headers, body }
    }

    async fn response(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> http::Response<ResponseBody> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).expect("a request");
        self.service.clone().oneshot(request).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, object: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], object.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, object: &Value) -> Answer {
        self.send("PUT", path, &[("content-type", "application/json")], object.to_string()).await
    }

    pub(crate) async fn patch(&self, path: &str, kind: &str, patch: &Value) -> Answer {
        self.send("PATCH", path, &[("content-type", kind)], patch.to_string()).await
    }

    /// A server-side apply.
    pub(crate) async fn apply(&self, path: &str, object: &Value) -> Answer {
        self.patch(path, "application/apply-patch+yaml", object).await
    }

    pub(crate) async fn merge(&self, path: &str, patch: &Value) -> Answer {
        self.patch(path, "application/merge-patch+json", patch).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], "").await
    }

    pub(crate) async fn delete_with(&self, path: &str, options: &Value) -> Answer {
        self.send("DELETE", path, &[("content-type", "application/json")], options.to_string()).await
    }

    /// Starts a watch; `path` has a query.
    pub(crate) async fn watch(&self, path: &str) -> Watch {
        let response = self.response("GET", &format!("{path}&watch=true"), &[], Bytes::new()).await;
        assert_eq!(response.status(), 200);
        Watch { body: response.into_body(), buffer: Vec::new() }
    }

    /// Watches one object until `done` holds, also when it holds already; deleted objects are `null`.
    pub(crate) async fn until(&self, collection: &str, name: &str, done: impl Fn(&Value) -> bool) -> Value {
        let found = self.get(&format!("{collection}/{name}")).await;
        if found.code == 404 && done(&Value::Null) {
            return Value::Null;
        }
        let mut watch = self.watch(&format!("{collection}?fieldSelector=metadata.name%3D{name}")).await;
        if self.get(&format!("{collection}/{name}")).await.code == 404 && done(&Value::Null) {
            return Value::Null;
        }
        loop {
            let event = watch.next().await.expect("another event");
            let object = if event["type"] == "DELETED" { Value::Null } else { event["object"].clone() };
            if done(&object) {
                return object;
            }
        }
    }

    pub(crate) async fn gone(&self, collection: &str, name: &str) {
        self.until(collection, name, Value::is_null).await;
    }
}

pub(crate) struct Watch {
    body: ResponseBody,
    buffer: Vec<u8>,
}

impl Watch {
    /// The next event; `None` at the end of the watch.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).expect("an event"));
            }
            let frame = timeout(PATIENCE, self.body.frame()).await.expect("an event in time")?;
            self.buffer.extend_from_slice(&frame.expect("a frame").into_data().expect("data"));
        }
    }

    /// The next event as `TYPE name`.
    pub(crate) async fn brief(&mut self) -> String {
        match self.next().await {
            None => "-".to_owned(),
            Some(event) => brief(&event),
        }
    }
}

pub(crate) fn brief(event: &Value) -> String {
    let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default();
    format!("{} {name}", event["type"].as_str().unwrap_or_default())
}

pub(crate) const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
pub(crate) const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
pub(crate) const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

pub(crate) fn config_map(name: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

pub(crate) fn deployment(name: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": "example/web:1"}]},
            },
        },
    })
}

/// A namespaced CustomResourceDefinition `widgets.example.com` with a status subresource.
pub(crate) fn widgets() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wg"]},
            "versions": [
                {"name": "v1", "served": true, "storage": true, "subresources": {"status": {}, "scale": {
                    "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                }}, "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {
                        "spec": {"type": "object", "required": ["size"], "properties": {
                            "size": {"type": "integer", "minimum": 1},
                            "replicas": {"type": "integer"},
                            "colour": {"type": "string", "default": "red"},
                        }},
                        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    },
                }}},
                {"name": "v1beta1", "served": true, "storage": false, "schema": {"openAPIV3Schema": {
                    "type": "object", "x-kubernetes-preserve-unknown-fields": true,
                }}},
            ],
        },
    })
}

pub(crate) const WIDGETS: &str = "/apis/example.com/v1/namespaces/default/widgets";

pub(crate) fn widget(name: &str, size: i64) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {"size": size}})
}
