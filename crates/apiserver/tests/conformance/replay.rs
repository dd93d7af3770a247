//! Sends the requests and takes down the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::corpus::{Scenario, Step, Topic};
use crate::normalize::Normalizer;

/// How long an answer may take, and how long what a request waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait before asking again.
const BETWEEN: Duration = Duration::from_millis(50);

/// How long watches last, in seconds.
const WATCH: u32 = 1;

/// The normalised answers by topic, in the order of requests. Topics are replayed at the same time.
pub(crate) async fn all(client: &kube::Client, topics: &[Topic]) -> BTreeMap<String, Vec<Value>> {
    let replayed = topics.iter().map(|topic| async {
        let mut answers = Vec::new();
        for (index, scenario) in topic.scenarios.iter().enumerate() {
            let namespace = format!("{}-{}", topic.name, index + 1);
            answers.extend(self::scenario(client, scenario, &namespace).await);
        }
        (topic.name.clone(), answers)
    });
    futures::future::join_all(replayed).await.into_iter().collect()
}

async fn scenario(client: &kube::Client, scenario: &Scenario, namespace: &str) -> Vec<Value> {
    furnish(client, namespace).await;
    let mut saved = BTreeMap::from([("ns".to_owned(), namespace.to_owned())]);
    let mut normalizer = Normalizer::default();
    let mut answers = Vec::new();
    for step in &scenario.steps {
        let answer = patiently(client, step, &saved).await;
        for (name, pointer) in &step.save {
            let found = answer.body.pointer(pointer).and_then(Value::as_str);
            let found =
                found.unwrap_or_else(|| panic!("{} {}: no {pointer} in {answer:?}", scenario.scenario, step.ask));
            saved.insert(name.clone(), found.to_owned());
        }
        answers.push(normalizer.normalize(answer.kept(step)));
    }
    answers
}

/// A namespace with the account that pods need. The controllers that make one elsewhere do not run.
async fn furnish(client: &kube::Client, namespace: &str) {
    let make = |path: String, object: Value| async move {
        let headers = [(header::CONTENT_TYPE.as_str(), "application/json".to_owned())];
        let answer = send(client, "POST", &path, &headers, object.to_string()).await;
        assert!(answer.code == 201, "{path}: {answer:?}");
    };
    let named = |kind: &str, name: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    make("/api/v1/namespaces".to_owned(), named("Namespace", namespace)).await;
    make(format!("/api/v1/namespaces/{namespace}/serviceaccounts"), named("ServiceAccount", "default")).await;
}

/// What came back.
#[derive(Debug)]
struct Answer {
    code: u16,
    warnings: Vec<String>,
    body: Value,
}

impl Answer {
    /// What of it counts.
    fn kept(self, step: &Step) -> Value {
        let body = match &step.keep {
            None => self.body,
            // A refusal is shown whole.
            Some(_) if self.code >= 400 => self.body,
            Some(kept) => {
                let mut parts = json!({});
                for pointer in kept {
                    put(&mut parts, pointer, self.body.pointer(pointer).cloned().unwrap_or_default());
                }
                parts
            }
        };
        let mut answer = json!({"code": self.code, "body": body});
        if !self.warnings.is_empty() {
            answer["warnings"] = json!(self.warnings);
        }
        answer
    }

    fn has(&self, wanted: &BTreeMap<String, Value>) -> bool {
        wanted.iter().all(|(pointer, value)| match pointer.as_str() {
            "code" => json!(self.code) == *value,
            pointer => self.body.pointer(pointer).unwrap_or(&Value::Null) == value,
        })
    }
}

/// Puts a value where it was in the answer; items of lists under their numbers.
fn put(parts: &mut Value, pointer: &str, value: Value) {
    let mut at = parts;
    for name in pointer.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        at = at.as_object_mut().expect("parts do not hold each other").entry(name).or_insert_with(|| json!({}));
    }
    *at = value;
}

/// Asks until the answer is what the step waits for.
async fn patiently(client: &kube::Client, step: &Step, saved: &BTreeMap<String, String>) -> Answer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask(client, step, saved).await;
        if answer.has(&step.until) || Instant::now() > deadline {
            return answer;
        }
        sleep(BETWEEN).await;
    }
}

async fn ask(client: &kube::Client, step: &Step, saved: &BTreeMap<String, String>) -> Answer {
    let asked = filled(&step.ask, saved);
    let (method, path) = asked.split_once(' ').unwrap_or_else(|| panic!("no method in {asked}"));
    let mut headers = Vec::new();
    if let Some(accept) = &step.accept {
        headers.push((header::ACCEPT.as_str(), accepted(accept)));
    }
    let body = match &step.send {
        None => String::new(),
        Some(Value::String(text)) => filled(text, saved),
        Some(value) => filled(&value.to_string(), saved),
    };
    if step.send.is_some() {
        headers.push((header::CONTENT_TYPE.as_str(), media(step.media.as_deref())));
    }
    if method != "WATCH" {
        return send(client, method, path, &headers, body).await;
    }
    let joint = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{joint}watch=1&timeoutSeconds={WATCH}");
    let mut answer = send(client, "GET", &path, &headers, body).await;
    if let Value::String(lines) = &answer.body {
        let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
        answer.body = events.filter(|event| !is_heartbeat(event)).collect();
    } else if answer.code == 200 {
        answer.body = Value::Array(vec![answer.body]);
    }
    answer
}

/// Whether an event only says how far the server has come, which it does whenever it likes.
fn is_heartbeat(event: &Value) -> bool {
    event["type"] == "BOOKMARK" && event["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] != "true"
}

fn filled(text: &str, saved: &BTreeMap<String, String>) -> String {
    // The longest names first: `$old` must not be taken out of `$older`.
    saved.iter().rev().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
}

fn media(name: Option<&str>) -> String {
    match name.unwrap_or("json") {
        "json" => "application/json".to_owned(),
        "yaml" => "application/yaml".to_owned(),
        "apply" => "application/apply-patch+yaml".to_owned(),
        "merge" => "application/merge-patch+json".to_owned(),
        "strategic" => "application/strategic-merge-patch+json".to_owned(),
        "jsonpatch" => "application/json-patch+json".to_owned(),
        other => other.to_owned(),
    }
}

fn accepted(name: &str) -> String {
    match name {
        "table" => "application/json;as=Table;v=v1;g=meta.k8s.io,application/json".to_owned(),
        "metadata" => "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json".to_owned(),
        "metadatalist" => {
            "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json".to_owned()
        }
        other => other.to_owned(),
    }
}

async fn send(client: &kube::Client, method: &str, path: &str, headers: &[(&str, String)], body: String) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(header::USER_AGENT, "transcript/1");
    if !headers.iter().any(|(name, _)| *name == header::ACCEPT.as_str()) {
        request = request.header(header::ACCEPT, "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Body::from(body.into_bytes())).expect("a request");
    let answered = async {
        let response = client.send(request).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let (head, body) = response.into_parts();
        (head, body.collect().await.unwrap_or_else(|error| panic!("{method} {path}: {error}")).to_bytes())
    };
    let (head, bytes) = timeout(PATIENCE, answered).await.unwrap_or_else(|_| panic!("{method} {path}: no answer"));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { code: head.status.as_u16(), warnings: warnings(&head.headers), body }
}

/// The texts of `299 - "text"`.
fn warnings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::WARNING).iter().filter_map(|value| value.to_str().ok());
    values.map(|value| value.trim_start_matches("299 - ").trim_matches('"').to_owned()).collect()
}
