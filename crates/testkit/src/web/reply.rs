//! Answers, sound and broken.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Whole(Bytes),
    /// The connection ends after this.
    BrokenOff(Bytes),
    Endless,
    /// Nothing ever comes.
    Stalled,
}

impl Reply {
    /// 200 and these bytes.
    pub fn ok(body: impl Into<Bytes>) -> Reply {
        Reply { status: 200, headers: Vec::new(), body: Content::Whole(body.into()) }
    }

    /// A status without a body.
    pub fn status(status: u16) -> Reply {
        Reply { status, ..Reply::ok(Bytes::new()) }
    }

    /// A status and these bytes.
    pub fn refused(status: u16, body: impl Into<Bytes>) -> Reply {
        Reply { status, ..Reply::ok(body) }
    }

    /// A redirect.
    pub fn redirect(to: &str) -> Reply {
        Reply::status(302).with("location", to)
    }

    /// 200, some bytes, and then the connection ends.
    pub fn broken_off(body: impl Into<Bytes>) -> Reply {
        Reply { body: Content::BrokenOff(body.into()), ..Reply::status(200) }
    }

    /// 200, and bytes without end.
    pub fn endless() -> Reply {
        Reply { body: Content::Endless, ..Reply::status(200) }
    }

    /// 200, and then nothing.
    pub fn stalled() -> Reply {
        Reply { body: Content::Stalled, ..Reply::status(200) }
    }

    /// The same with a header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn into_response(self) -> Response<Streamed> {
        let mut response = Response::new(Streamed(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A body that may be broken.
pub(super) struct Streamed(Content);

impl Body for Streamed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        const CHUNK: &[u8] = &[b'a'; 64 << 10];
        match &mut self.0 {
            Content::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::BrokenOff(bytes) if bytes.is_empty() => Poll::Ready(Some(Err(io::Error::other("broken off")))),
            Content::Whole(bytes) | Content::BrokenOff(bytes) => {
                Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes)))))
            }
            Content::Endless => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(CHUNK))))),
            Content::Stalled => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Content::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match &self.0 {
            Content::Whole(bytes) => hyper::body::SizeHint::with_exact(bytes.len() as u64),
            Content::BrokenOff(_) | Content::Endless | Content::Stalled => hyper::body::SizeHint::default(),
        }
    }
}
