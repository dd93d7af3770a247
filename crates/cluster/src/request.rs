//! Sending requests.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use kube::client::Body;
use manifest::Value;
use serde_json::json;
use tokio::time::Instant;

use crate::observation::{Observation, Observed};
use crate::retry::{Failure, retry_after};
use crate::verb::Verb;
use crate::{Cluster, ClusterError};

/// One request, kept so that it can be sent again.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    /// Path and query.
    target: String,
    accept: &'static str,
    body: Option<(&'static str, Bytes)>,
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const APPLY: &str = "application/apply-patch+yaml";
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
pub(crate) const JSON_PATCH: &str = "application/json-patch+json";

/// How long one try may take. API servers cut requests off after a minute.
const TRY_TIMEOUT: Duration = Duration::from_secs(90);

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Call {
        Call { method, target: path.into(), accept: JSON, body: None }
    }

    pub(crate) fn get(path: impl Into<String>) -> Call {
        Call::new(Method::GET, path)
    }

    pub(crate) fn accept(mut self, media_type: &'static str) -> Call {
        self.accept = media_type;
        self
    }

    /// A body of this media type. JSON is YAML, so applies send it as well.
    pub(crate) fn body(mut self, media_type: &'static str, value: &Value) -> Call {
        self.body = Some((media_type, value.to_string().into()));
        self
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Call {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(name);
        self.target.push('=');
        self.target.push_str(&escape(value));
        self
    }

    /// The same with a query parameter where there is a value.
    pub(crate) fn query_unless_empty(self, name: &str, value: &str) -> Call {
        if value.is_empty() { self } else { self.query(name, value) }
    }

    pub(crate) fn describe(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    fn request(&self, user: Option<&str>) -> Result<Request<Body>, ClusterError> {
        let unsendable = |message: String| ClusterError::Protocol { request: self.describe(), message };
        let mut request = Request::new(Body::empty());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() =
            self.target.parse().map_err(|error: http::uri::InvalidUri| unsendable(error.to_string()))?;
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static(self.accept));
        if let Some(user) = user {
            let user = HeaderValue::from_str(user).map_err(|error| unsendable(error.to_string()))?;
            headers.insert(HeaderName::from_static("impersonate-user"), user);
        }
        if let Some((media_type, body)) = &self.body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
            *request.body_mut() = Body::from(body.clone());
        }
        Ok(request)
    }
}

/// Percent-encodes a path segment or query value: everything but letters, digits and `-._~`.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) value: Value,
}

impl Cluster {
    /// Sends, trying again as the retry policy says, and reads the JSON answer.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, ClusterError> {
        let mut tries = 0;
        loop {
            tries += 1;
            // Held for one try alone: who waits to try again holds up nobody. The semaphore is never closed, so a permit
            // always comes.
            let permit = self.shared.permits.acquire().await.ok();
            let answer = self.send_once(call).await;
            drop(permit);
            let (failure, error) = match answer {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let delay = failure
                .and_then(|failure| self.shared.settings.retry.delay(&call.method, tries, failure, self.random()));
            let Some(delay) = delay else { return Err(error) };
            tracing::debug!(request = call.describe(), %error, ?delay, "trying again");
            tokio::time::sleep(delay).await;
        }
    }

    async fn send_once(&self, call: &Call) -> Result<Answer, (Option<Failure>, ClusterError)> {
        let began = Instant::now();
        let exchange = async {
            let response = self.open(call).await?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(|error| connection(&error))?.to_bytes();
            if !parts.status.is_success() {
                return Err(refused(parts.status, &parts.headers, &body));
            }
            let value = serde_json::from_slice(&body).map_err(|error| unreadable(call, &error))?;
            Ok(Answer { status: parts.status, value })
        };
        let answer = within_a_try(call, exchange).await;
        let status = answer.as_ref().map(|answer| answer.status);
        self.tell(call, status.map_err(|(failure, _)| *failure), began);
        answer
    }

    /// Tells who listens what came of a request.
    fn tell(&self, call: &Call, outcome: Result<StatusCode, Option<Failure>>, began: Instant) {
        let Some(Observed { observer, host }) = &self.observed else { return };
        let status = match outcome {
            Ok(status) | Err(Some(Failure::Status(status, _))) => Some(status.as_u16()),
            Err(Some(Failure::Connection)) => None,
            // It was never sent, or its answer makes no sense.
            Err(None) => return,
        };
        let body = call.body.as_ref().map(|(media_type, _)| *media_type);
        let verb = Verb::of(&call.method, &call.target, body);
        observer.observe(&Observation::Sent { host, verb, method: &call.method, status, took: began.elapsed() });
    }

    /// Sends once and returns as soon as the answer begins. What is no read passes the fence first, and is given up when
    /// the term ends: it may still wait for a connection then.
    pub(crate) async fn open(&self, call: &Call) -> Result<Response<Body>, (Option<Failure>, ClusterError)> {
        let request = call.request(self.user.as_deref()).map_err(|error| (None, error))?;
        let client = if call.method.is_safe() { &self.shared.client } else { &self.writer };
        let sent = async {
            client.send(request).await.map_err(|error| match error {
                kube::Error::Service(error) => connection(error.as_ref()),
                error => connection(&error),
            })
        };
        let Some(fence) = self.fence.as_ref().filter(|_| !call.method.is_safe()) else { return sent.await };
        let not_leading = || Err((None, ClusterError::NotLeading));
        let Some(pass) = fence.pass() else { return not_leading() };
        tokio::select! {
            biased;
            () = pass.ended() => not_leading(),
            answer = sent => answer,
        }
    }

    /// Opens a stream: an answer that says no is read whole. Only the stream itself may take as long as it likes.
    /// With an error comes how long the server asks to be left alone, if it does.
    pub(crate) async fn open_stream(&self, call: &Call) -> Result<Body, (Option<Duration>, ClusterError)> {
        let began = Instant::now();
        let exchange = async {
            let (parts, body) = self.open(call).await?.into_parts();
            if parts.status.is_success() {
                return Ok(body);
            }
            let body = body.collect().await.map_err(|error| connection(&error))?.to_bytes();
            Err(refused(parts.status, &parts.headers, &body))
        };
        let answer = within_a_try(call, exchange).await;
        let status = answer.as_ref().map(|_| StatusCode::OK);
        self.tell(call, status.map_err(|(failure, _)| *failure), began);
        answer.map_err(|(failure, error)| match failure {
            Some(Failure::Status(_, asked)) => (asked, error),
            Some(Failure::Connection) | None => (None, error),
        })
    }
}

/// The outcome of one try, which fails after [`TRY_TIMEOUT`].
async fn within_a_try<T>(
    call: &Call,
    exchange: impl Future<Output = Result<T, (Option<Failure>, ClusterError)>>,
) -> Result<T, (Option<Failure>, ClusterError)> {
    tokio::time::timeout(TRY_TIMEOUT, exchange).await.unwrap_or_else(|_| {
        let message = format!("no answer to {} within {TRY_TIMEOUT:?}", call.describe());
        Err((Some(Failure::Connection), ClusterError::Unreachable { message }))
    })
}

fn connection(error: &(dyn std::error::Error + 'static)) -> (Option<Failure>, ClusterError) {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_message = cause.to_string();
        if !message.contains(&cause_message) {
            message = format!("{message}: {cause_message}");
        }
        source = cause.source();
    }
    (Some(Failure::Connection), ClusterError::Unreachable { message })
}

/// What came of an answer that is no JSON. One that ends too early was cut off on its way, which only some ways show as
/// a broken connection.
fn unreadable(call: &Call, error: &serde_json::Error) -> (Option<Failure>, ClusterError) {
    if error.is_eof() {
        let message = format!("the answer to {} was cut off", call.describe());
        return (Some(Failure::Connection), ClusterError::Unreachable { message });
    }
    (None, ClusterError::Protocol { request: call.describe(), message: error.to_string() })
}

fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> (Option<Failure>, ClusterError) {
    // Proxies and load balancers answer with plain text.
    let answer: Value = serde_json::from_slice(body).unwrap_or_else(
        |_| json!({ "message": String::from_utf8_lossy(body).trim().chars().take(500).collect::<String>() }),
    );
    let details = answer["details"]["retryAfterSeconds"].as_u64().map(Duration::from_secs);
    let failure = Failure::Status(status, retry_after(headers).or(details));
    (Some(failure), ClusterError::from_status(status.as_u16(), &answer))
}
