//! What a controller tells of its work: metrics to who asks, and a trace of every commit.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cluster::Propagation;
use serde_json::Value;
use testkit::git::Repository;

use crate::process::PATIENCE;
use crate::replicas::stand::{FLUX, Stand, object};
use crate::up::Up;

/// Takes traces.
struct Receiver {
    endpoint: String,
    spans: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let spans = Arc::<Mutex<Vec<Value>>>::default();
        let taken = spans.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let body = take(&mut stream.unwrap());
                let spans = body.pointer("/resourceSpans/0/scopeSpans/0/spans").and_then(Value::as_array).cloned();
                taken.lock().unwrap().extend(spans.unwrap());
            }
        });
        Receiver { endpoint, spans }
    }

    /// What came so far, with this name.
    fn named(&self, name: &str) -> Vec<Value> {
        self.spans.lock().unwrap().iter().filter(|span| span["name"] == name).cloned().collect()
    }
}

/// The body of one request, which is answered.
fn take(stream: &mut TcpStream) -> Value {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the request ends early");
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            assert!(head.starts_with("post /v1/traces "), "{head}");
            let body = serde_json::from_str(body).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").unwrap();
            return body;
        }
    }
}

/// An address that nobody listens on.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// What is served at a path; none where nobody listens yet.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = match TcpStream::connect(address) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return None,
        connected => connected.unwrap(),
    };
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    Some(answer)
}

/// Asks for metrics until they are as `expected`.
async fn metrics(address: &str, what: &str, expected: impl Fn(&str) -> bool) -> String {
    let mut last = String::new();
    let asking = async {
        while !expected(&last) {
            match tokio::task::block_in_place(|| get(address, "/metrics")) {
                Some(answer) => last = answer,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
            tokio::task::yield_now().await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, asking).await;
    assert!(came.is_ok(), "metrics never came to this: {what}\n{last}");
    last
}

/// The value of a sample, by how its line begins.
fn sample(text: &str, start: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no {start} in\n{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_counted_and_traced() {
    let map = |name: &str, value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: default}}\ndata: {{a: '{value}'}}\n"
        )
    };
    let repository = Repository::create().unwrap();
    let files = [("app/a.yaml", map("a", "1")), ("app/b.yaml", map("b", "1"))];
    repository.commit(files, "first").unwrap();
    let receiver = Receiver::start();
    let stand = Stand::start().await;
    let address = free_address();
    let arguments = ["--health-addr", &address, "--otlp-endpoint", &receiver.endpoint];
    let mut replica = stand.replica("replica", &arguments).await;
    stand.until_leads(&replica).await;
    stand.follow(&repository.url()).await;
    let second = repository.commit([("app/b.yaml", map("b", "2"))], "second").unwrap();
    stand.until_applied(&second).await;

    let is_there =
        |text: &str| text.contains(&format!("ready=\"True\",revision=\"main@sha1:{second}\",source_name=\"app\""));
    let text = metrics(&address, "the second commit is ready", is_there).await;
    assert_eq!(sample(&text, "leader_election_master_status{name=\"tenter\"}"), 1.0);
    let identity = format!("{{kind=\"Kustomization\",name=\"app\",namespace=\"{FLUX}\"");
    assert!(sample(&text, &format!("gotk_reconcile_duration_seconds_count{identity}")) >= 1.0);
    assert_eq!(sample(&text, &format!("gotk_reconcile_condition{identity},type=\"Ready\",status=\"True\"")), 1.0);
    assert!(
        sample(&text, "controller_runtime_reconcile_total{controller=\"kustomization\",result=\"success\"}") >= 1.0
    );
    assert!(sample(&text, "tenter_requests_total{verb=\"dry-run\"}") >= 2.0);
    assert!(sample(&text, "tenter_requests_total{verb=\"apply\"}") >= 2.0);
    assert!(sample(&text, "tenter_objects_total{kind=\"Kustomization\",action=\"create\",reason=\"new\"}") >= 2.0);
    assert!(sample(&text, "tenter_stage_seconds_count{kind=\"Kustomization\",stage=\"render\"}") >= 1.0);
    assert!(sample(&text, "process_resident_memory_bytes") > 1e6);

    let app = object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, "app");
    stand.cluster.delete(&app, Propagation::Background, None).await.unwrap();
    let is_gone = |text: &str| !text.is_empty() && !text.contains(&identity);
    metrics(&address, "the series of the Kustomization are gone", is_gone).await;

    // Told to stop, it sends what it has.
    replica.signal("TERM");
    assert_eq!(replica.ended(), Some(0));
    let of_second = |span: &Value| {
        let mut attributes = span["attributes"].as_array().into_iter().flatten();
        attributes.any(|one| {
            one["key"] == "flux.revision" && one["value"]["stringValue"].as_str().unwrap().ends_with(&second)
        })
    };
    let find = |name: &str| receiver.named(name).into_iter().find(of_second).unwrap_or_else(|| panic!("a span {name}"));
    let (fetch, run) = (find("fetch GitRepository"), find("reconcile Kustomization"));
    assert_eq!(run["traceId"], fetch["traceId"], "one commit, one trace");
    assert_eq!(run["parentSpanId"], fetch["spanId"]);
    for stage in ["render", "plan", "dry-run", "apply", "prune", "health"] {
        let below = receiver.named(stage).into_iter().any(|span| span["parentSpanId"] == run["spanId"]);
        assert!(below, "no span of {stage} below the run");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_serves_a_repository_by_hand_can_be_asked_too() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n";
    let repository = Repository::create().unwrap();
    repository.commit([("a.yaml", map)], "first").unwrap();
    let address = free_address();
    let arguments = [repository.path().as_os_str(), "--health-addr".as_ref(), address.as_ref()];
    let _up = tokio::task::block_in_place(|| Up::start(arguments));
    let text = metrics(&address, "the repository is applied", |text| text.contains("ready=\"True\",revision=")).await;
    assert_eq!(sample(&text, "leader_election_master_status{name=\"tenter\"}"), 1.0);
    assert!(sample(&text, "rest_client_requests_total{") >= 1.0);
    assert!(get(&address, "/readyz").unwrap().ends_with("leads\n"));
}
