//! Answers.

use std::convert::Infallible;

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WARNING};
use http::{Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::Value;

use crate::error::ApiError;

/// The body of every response.
pub type ResponseBody = UnsyncBoxBody<Bytes, Infallible>;

/// An answer before it becomes an HTTP response.
pub(crate) struct Reply {
    code: u16,
    content_type: &'static str,
    payload: Payload,
    warnings: Vec<String>,
}

enum Payload {
    Whole(Bytes),
    Stream(BoxStream<'static, Bytes>),
}

impl Reply {
    pub(crate) fn json(code: u16, body: impl Into<Bytes>) -> Reply {
        Reply { code, content_type: "application/json", payload: Payload::Whole(body.into()), warnings: Vec::new() }
    }

    pub(crate) fn value(code: u16, value: &Value) -> Reply {
        Reply::json(code, value.to_string())
    }

    pub(crate) fn text(code: u16, text: impl Into<String>) -> Reply {
        Reply { content_type: "text/plain; charset=utf-8", ..Reply::json(code, text.into()) }
    }

    /// A body that goes on for as long as the stream does.
    pub(crate) fn stream(stream: BoxStream<'static, Bytes>) -> Reply {
        Reply { code: 200, content_type: "application/json", payload: Payload::Stream(stream), warnings: Vec::new() }
    }

    pub(crate) fn with_content_type(mut self, content_type: &'static str) -> Reply {
        self.content_type = content_type;
        self
    }

    pub(crate) fn with_warnings(mut self, warnings: Vec<String>) -> Reply {
        self.warnings.extend(warnings);
        self
    }

    pub(crate) fn into_response(self) -> Response<ResponseBody> {
        let body = match self.payload {
            Payload::Whole(bytes) => Full::new(bytes).boxed_unsync(),
            Payload::Stream(stream) => {
                StreamBody::new(stream.map(|bytes| Ok::<_, Infallible>(Frame::data(bytes)))).boxed_unsync()
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert("cache-control", HeaderValue::from_static("no-cache, private"));
        for warning in &self.warnings {
            if let Ok(value) = HeaderValue::from_str(&warning_header(warning)) {
                headers.append(WARNING, value);
            }
        }
        response
    }
}

/// `299 - "text"`, with quotes and backslashes escaped and control characters left out.
fn warning_header(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !character.is_control()) {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    format!("299 - \"{quoted}\"")
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Reply {
        Reply::value(error.code, &error.to_status())
    }
}

/// The response for a failure, with `Retry-After` where the client should try again.
pub(crate) fn failure(error: ApiError) -> Response<ResponseBody> {
    let retry = error.details.get("retryAfterSeconds").and_then(Value::as_u64);
    let mut response = Reply::from(error).into_response();
    if let Some(seconds) = retry {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
