//! A process whose clock is wrong, and jumps.
//!
//! Nobody can set the clock of one process. But what a process with a wrong clock reads and writes differs from what others
//! do by just as much: here every time in what it sends is moved ahead, and every time in what it receives moved back. It
//! cannot tell the difference, and neither can the server; where the clock jumps, what the process has written before is
//! from another time, as it would be.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use jiff::{SignedDuration, Timestamp};

use super::Failure;
use super::body::Passed;

/// How far the clock of a process is ahead of the server's; behind, where it is negative.
#[derive(Debug, Clone, Default)]
pub struct Skew(Arc<AtomicI64>);

impl Skew {
    /// The clock is so many seconds ahead from now on.
    pub fn jump_to(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// What the server gets to see of a request.
    ///
    /// # Errors
    ///
    /// Those of the body.
    pub async fn sent<B>(&self, request: Request<B>) -> Result<Request<Full<Bytes>>, B::Error>
    where
        B: Body<Data = Bytes>,
    {
        let (head, body) = request.into_parts();
        let bytes = body.collect().await?.to_bytes();
        Ok(Request::from_parts(head, Full::new(moved(&bytes, self.seconds()).into())))
    }

    /// What the process gets to see of an answer, line for line, by its clock at the time when each comes.
    pub fn received<B>(&self, response: Response<B>) -> Response<Passed>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Failure>,
    {
        let (head, body) = response.into_parts();
        let lines = Lines { body, skew: self.clone(), begun: Vec::new(), is_over: false };
        Response::from_parts(head, StreamBody::new(futures::stream::unfold(lines, Lines::next)).boxed_unsync())
    }
}

/// The lines of an answer: an event of a watch is one, and so is everything that is not watched.
struct Lines<B> {
    body: B,
    skew: Skew,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    is_over: bool,
}

impl<B> Lines<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Failure>,
{
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Failure>, Lines<B>)> {
        while !self.is_over {
            match self.body.frame().await {
                None => self.is_over = true,
                Some(Err(error)) => return Some((Err(error.into()), self)),
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.begun.extend_from_slice(&data);
                    if let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n') {
                        let rest = self.begun.split_off(end + 1);
                        let whole = std::mem::replace(&mut self.begun, rest);
                        return Some((Ok(self.frame(&whole)), self));
                    }
                }
            }
        }
        let rest = std::mem::take(&mut self.begun);
        (!rest.is_empty()).then(|| (Ok(self.frame(&rest)), self))
    }

    fn frame(&self, bytes: &[u8]) -> Frame<Bytes> {
        Frame::data(moved(bytes, -self.skew.seconds()).into())
    }
}

/// A text in which every JSON string that is a time is another one, so many seconds later.
fn moved(text: &[u8], by: i64) -> Vec<u8> {
    if by == 0 {
        return text.to_vec();
    }
    let mut parts = text.split(|byte| *byte == b'"');
    let mut out = parts.next().unwrap_or_default().to_vec();
    for part in parts {
        out.push(b'"');
        match later(part, by) {
            Some(time) => out.extend(time.into_bytes()),
            None => out.extend_from_slice(part),
        }
    }
    out
}

/// A time so many seconds later, as Kubernetes writes times; nothing if it is none.
fn later(text: &[u8], by: i64) -> Option<String> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() >= 20 && text.ends_with('Z'))?;
    let time: Timestamp = text.parse().ok()?;
    let time = time.checked_add(SignedDuration::from_secs(by)).ok()?;
    let format = if text.contains('.') { "%Y-%m-%dT%H:%M:%S.%6fZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    Some(time.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_move_and_nothing_else_does() {
        let check = |text: &str, by: i64, expected: &str| {
            assert_eq!(String::from_utf8(moved(text.as_bytes(), by)).unwrap(), expected);
        };
        let object =
            r#"{"at":"2026-01-01T00:00:00Z","micro":"2026-01-01T00:00:00.123456Z","text":"at 2026-01-01T00:00:00Z"}"#;
        check(object, 0, object);
        check(
            object,
            -3600,
            r#"{"at":"2025-12-31T23:00:00Z","micro":"2025-12-31T23:00:00.123456Z","text":"at 2026-01-01T00:00:00Z"}"#,
        );
        check(
            r#"{"a":"\"2026-01-01T00:00:00Z\"","b":"2026-01-01"}"#,
            60,
            r#"{"a":"\"2026-01-01T00:00:00Z\"","b":"2026-01-01"}"#,
        );
    }

    async fn read(skew: &Skew, frames: &[&'static str]) -> Vec<String> {
        let frames: Vec<_> = frames.iter().map(|text| Ok::<_, Failure>(Frame::data(Bytes::from(*text)))).collect();
        let mut body = skew.received(Response::new(StreamBody::new(futures::stream::iter(frames)))).into_body();
        let mut told = Vec::new();
        while let Some(frame) = body.frame().await {
            told.push(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap());
        }
        told
    }

    #[tokio::test]
    async fn what_a_process_writes_is_what_it_reads() {
        let skew = Skew::default();
        skew.jump_to(7200);
        let request = Request::new(Full::new(Bytes::from(r#""2026-01-01T00:00:00Z""#)));
        let sent = skew.sent(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        assert_eq!(sent, r#""2026-01-01T02:00:00Z""#);
        assert_eq!(read(&skew, &[r#""2026-01-01T02:00:00Z""#]).await, [r#""2026-01-01T00:00:00Z""#]);
        // Lines end anywhere in what arrives, and so do times.
        let torn = ["\"2026-01-01T", "02:00:00Z\"\n\"2026-01-01T03:00", ":00Z\""];
        assert_eq!(read(&skew, &torn).await, ["\"2026-01-01T00:00:00Z\"\n", "\"2026-01-01T01:00:00Z\""]);
        // It jumps back by an hour: what was written before it is an hour ahead.
        skew.jump_to(3600);
        assert_eq!(read(&skew, &[r#""2026-01-01T02:00:00Z""#]).await, [r#""2026-01-01T01:00:00Z""#]);
    }
}
