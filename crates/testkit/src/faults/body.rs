//! Answers that are made up, and answers that do not arrive whole.

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::json;

use super::Failure;

/// The body of every answer that passes.
pub(crate) type Passed = UnsyncBoxBody<Bytes, Failure>;

/// A `metav1.Status` that says no.
pub(crate) fn refusal(code: u16, reason: &str, message: &str, retry_after: Option<u64>) -> Response<Passed> {
    let status = status(code, reason, message);
    let mut response = Response::new(whole(status.to_string().into()));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(http::header::RETRY_AFTER, seconds.into());
    }
    response
}

pub(crate) fn status(code: u16, reason: &str, message: &str) -> serde_json::Value {
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "code": code, "reason": reason, "message": message,
    })
}

pub(crate) fn whole(bytes: Bytes) -> Passed {
    Full::new(bytes).map_err(Failure::from).boxed_unsync()
}

/// How an answer that is cut ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With an error.
    Broken,
    /// As if it were whole.
    Silently,
}

/// The first half of an answer.
pub(crate) fn half(bytes: &Bytes, end: End) -> Passed {
    let half = Ok(Frame::data(bytes.slice(..bytes.len() / 2)));
    let frames = match end {
        End::Broken => vec![half, Err(broken())],
        End::Silently => vec![half],
    };
    StreamBody::new(futures::stream::iter(frames)).boxed_unsync()
}

pub(crate) fn broken() -> Failure {
    "connection reset by peer".into()
}
