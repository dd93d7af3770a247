//! Sends spans to a receiver of OTLP.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

/// So long is collected what is sent together.
const COLLECT: Duration = Duration::from_millis(500);

/// So many spans are sent together.
const TOGETHER: usize = 512;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The pauses between attempts; after the last one spans are dropped.
const PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// The way to a receiver.
pub(super) struct Exporter {
    client: Client,
    url: Url,
}

impl Exporter {
    /// To `endpoint`, below which `/v1/traces` is, with headers written as `a=b,c=d`.
    pub(super) fn new(endpoint: &str, headers: &str) -> Result<Exporter, String> {
        let failed = |why: String| format!("--otlp-endpoint {endpoint}: {why}");
        let url = Url::parse(&format!("{}/v1/traces", endpoint.trim_end_matches('/')));
        let url = url.map_err(|error| failed(format!("{error}; such as http://localhost:4318")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(failed("only http:// and https:// are supported".to_owned()));
        }
        let client = Client::builder().timeout(TIMEOUT).default_headers(read(headers)?);
        let client = client.build().map_err(|error| failed(error.to_string()))?;
        Ok(Exporter { client, url })
    }

    /// Sends until the end is told, and then what is left.
    pub(super) async fn run(self, mut spans: mpsc::Receiver<Value>, end: Arc<Notify>) {
        let mut ends = false;
        while !ends {
            let mut batch = Vec::new();
            tokio::select! {
                biased;
                () = end.notified() => ends = true,
                Some(span) = spans.recv() => {
                    batch.push(span);
                    tokio::select! {
                        () = end.notified() => ends = true,
                        () = tokio::time::sleep(COLLECT) => {}
                    }
                }
            }
            while let Ok(span) = spans.try_recv() {
                batch.push(span);
                if batch.len() == TOGETHER {
                    self.send(std::mem::take(&mut batch)).await;
                }
            }
            self.send(batch).await;
        }
    }

    async fn send(&self, spans: Vec<Value>) {
        if spans.is_empty() {
            return;
        }
        let count = spans.len();
        let body = request(spans).to_string();
        let mut pauses = PAUSES.into_iter();
        loop {
            let sent = self.client.post(self.url.clone()).header("content-type", "application/json");
            let (why, may_pass) = match sent.body(body.clone()).send().await {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => {
                    let status = answer.status();
                    (status.to_string(), [429, 502, 503, 504].contains(&status.as_u16()))
                }
                Err(error) => (error.without_url().to_string(), true),
            };
            let Some(pause) = pauses.next().filter(|_| may_pass) else {
                tracing::warn!(why, count, "spans are dropped: the receiver of traces does not take them");
                return;
            };
            tracing::debug!(why, "sending traces again");
            tokio::time::sleep(pause).await;
        }
    }
}

/// An `ExportTraceServiceRequest`.
fn request(spans: Vec<Value>) -> Value {
    let service = json!({"key": "service.name", "value": {"stringValue": "tenter"}});
    let version = json!({"key": "service.version", "value": {"stringValue": env!("CARGO_PKG_VERSION")}});
    json!({"resourceSpans": [{
        "resource": {"attributes": [service, version]},
        "scopeSpans": [{"scope": {"name": "tenter"}, "spans": spans}],
    }]})
}

/// Headers written as `a=b,c=d`, as OpenTelemetry has them in its variable.
fn read(headers: &str) -> Result<HeaderMap, String> {
    let failed = |what: &str| format!("--otlp-headers: {what}; write NAME=VALUE with commas between");
    let mut read = HeaderMap::new();
    for pair in headers.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        // What is given may be a secret, so that it is not repeated.
        let (name, value) = pair.split_once('=').ok_or_else(|| failed("an entry has no `=`"))?;
        let name = HeaderName::try_from(name.trim()).map_err(|_| failed("a name is none of a header"))?;
        let mut value = HeaderValue::try_from(value.trim()).map_err(|_| failed("a value is none of a header"))?;
        value.set_sensitive(true);
        read.insert(name, value);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn headers_are_read_as_opentelemetry_writes_them() {
        let headers = read("authorization=Basic YWRh=, x-team = mesh ,").expect("headers");
        assert_eq!(headers["authorization"], "Basic YWRh=");
        assert_eq!(headers["x-team"], "mesh");
        assert!(headers["authorization"].is_sensitive());
        assert_eq!(read("").expect("no headers").len(), 0);
        assert_eq!(
            read("secret").unwrap_err(),
            "--otlp-headers: an entry has no `=`; write NAME=VALUE with commas between"
        );
    }

    #[test]
    fn endpoints_are_addresses_of_http() {
        let url = |endpoint: &str| Exporter::new(endpoint, "").map(|exporter| exporter.url.to_string());
        crate::install_crypto();
        assert_eq!(url("http://localhost:4318").as_deref(), Ok("http://localhost:4318/v1/traces"));
        assert_eq!(url("https://example.com/otlp/").as_deref(), Ok("https://example.com/otlp/v1/traces"));
        assert_eq!(
            url("grpc://localhost:4317").unwrap_err(),
            "--otlp-endpoint grpc://localhost:4317: only http:// and https:// are supported"
        );
        assert!(url("localhost").unwrap_err().contains("such as http://localhost:4318"));
    }

    /// Reads one request and answers it.
    fn answer(stream: &mut TcpStream, status: &str) -> String {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).expect("a request");
            request.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length =
                head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
                stream.write_all(answer.as_bytes()).expect("an answer");
                return text;
            }
        }
    }

    #[tokio::test]
    async fn spans_are_sent_together_and_again_if_that_may_help() {
        crate::install_crypto();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let receiver = std::thread::spawn(move || {
            let mut connections = listener.incoming().map(|stream| stream.expect("a connection"));
            ["503 Service Unavailable", "200 OK"]
                .map(|status| answer(&mut connections.next().expect("a connection"), status))
        });
        let exporter = Exporter::new(&endpoint, "x-team=mesh").expect("an exporter");
        let (sender, spans) = mpsc::channel(16);
        let end = Arc::new(Notify::new());
        for name in ["a", "b"] {
            sender.try_send(json!({"name": name})).expect("a place");
        }
        end.notify_one();
        exporter.run(spans, end).await;
        let [first, second] = receiver.join().expect("requests");
        assert_eq!(first, second, "what was not taken is sent again");
        assert!(first.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{first}");
        assert!(first.contains("x-team: mesh"), "{first}");
        assert!(first.contains("content-type: application/json"), "{first}");
        let body: Value = serde_json::from_str(first.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
        assert_eq!(body["resourceSpans"][0]["scopeSpans"][0]["spans"], json!([{"name": "a"}, {"name": "b"}]));
    }
}
