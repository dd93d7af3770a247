//! Watches that do not go on as they should.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::stream;
use http_body::{Body, Frame};
use http_body_util::{BodyExt, StreamBody};

use super::Failure;
use super::body::{Passed, broken, status};
use super::climate::WatchFault;
use super::process::Process;

/// A watch under a fault: whole lines in, and out what the fault leaves of them.
struct Stream<B> {
    inner: B,
    process: Process,
    fault: Option<WatchFault>,
    buffer: Vec<u8>,
    lines: VecDeque<Bytes>,
    passed: u64,
    is_over: bool,
}

/// A watch of a process under a fault, if there is one. It says nothing any more once the process is dead.
pub(crate) fn watch<B>(inner: B, process: Process, fault: Option<WatchFault>) -> Passed
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Failure>,
{
    let stream =
        Stream { inner, process, fault, buffer: Vec::new(), lines: VecDeque::new(), passed: 0, is_over: false };
    StreamBody::new(stream::unfold(stream, Stream::next)).boxed_unsync()
}

impl<B> Stream<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Failure>,
{
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Failure>, Stream<B>)> {
        if self.is_over {
            return None;
        }
        let limit = match self.fault {
            Some(
                WatchFault::Closes(lines)
                | WatchFault::Tears(lines)
                | WatchFault::Expires(lines)
                | WatchFault::Deafens(lines),
            ) => lines,
            Some(WatchFault::Lags(_) | WatchFault::LacksBookmarks) | None => u64::MAX,
        };
        loop {
            if self.process.is_over() {
                return std::future::pending().await;
            }
            if self.passed >= limit {
                return self.end().await;
            }
            if let Some(line) = self.lines.pop_front() {
                if self.fault == Some(WatchFault::LacksBookmarks) && is_spare_bookmark(&line) {
                    continue;
                }
                if let Some(WatchFault::Lags(pause)) = self.fault {
                    tokio::time::sleep(pause).await;
                }
                self.passed += 1;
                return Some((Ok(Frame::data(line)), self));
            }
            match self.inner.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.take(&data);
                    }
                }
                Some(Err(error)) => {
                    self.is_over = true;
                    return Some((Err(error.into()), self));
                }
                None => return None,
            }
        }
    }

    fn take(&mut self, data: &[u8]) {
        self.buffer.extend_from_slice(data);
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let rest = self.buffer.split_off(end + 1);
            self.lines.push_back(std::mem::replace(&mut self.buffer, rest).into());
        }
    }

    /// What comes after the last line that passes.
    async fn end(mut self) -> Option<(Result<Frame<Bytes>, Failure>, Stream<B>)> {
        match self.fault? {
            WatchFault::Closes(_) => None,
            WatchFault::Tears(_) => {
                // Half a line first, if there is one, and then the break.
                match self.lines.pop_front() {
                    Some(line) => Some((Ok(Frame::data(line.slice(..line.len() / 2))), self)),
                    None => {
                        self.is_over = true;
                        Some((Err(broken()), self))
                    }
                }
            }
            WatchFault::Expires(_) => {
                self.is_over = true;
                let status = status(410, "Expired", "too old resource version: 1 (2)");
                let line = format!("{{\"type\":\"ERROR\",\"object\":{status}}}\n");
                Some((Ok(Frame::data(line.into())), self))
            }
            WatchFault::Deafens(_) => std::future::pending().await,
            WatchFault::Lags(_) | WatchFault::LacksBookmarks => None,
        }
    }
}

/// A bookmark that says no more than how far the watch is.
fn is_spare_bookmark(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    text.starts_with("{\"type\":\"BOOKMARK\"") && !text.contains("k8s.io/initial-events-end")
}
