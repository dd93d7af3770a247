//! One open watch: lines of JSON.

use std::time::Duration;

use http_body_util::BodyExt;
use kube::client::Body;
use manifest::Value;

use crate::ClusterError;

/// The longest line that is read. Objects are at most 1.5 MiB in etcd, and JSON is not much longer.
const MAX_LINE: usize = 16 << 20;

/// An open watch.
pub(crate) struct Connection {
    body: Body,
    buffer: Vec<u8>,
    /// How much of the buffer has been searched for a line's end.
    searched: usize,
    request: String,
    /// A connection that is silent for so long is dead.
    silence: Duration,
}

impl Connection {
    pub(crate) fn new(body: Body, request: String, silence: Duration) -> Connection {
        Connection { body, buffer: Vec::new(), searched: 0, request, silence }
    }

    /// The next line; none when the server ended the watch, an unfinished line being lost.
    pub(crate) async fn next(&mut self) -> Result<Option<Value>, ClusterError> {
        loop {
            if let Some(line) = self.line() {
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return serde_json::from_slice(&line).map(Some).map_err(|error| ClusterError::Protocol {
                    request: self.request.clone(),
                    message: error.to_string(),
                });
            }
            if self.buffer.len() > MAX_LINE {
                let message = format!("an event longer than {MAX_LINE} bytes");
                return Err(ClusterError::Protocol { request: self.request.clone(), message });
            }
            let frame = tokio::time::timeout(self.silence, self.body.frame()).await;
            match frame {
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Ok(Some(Err(error))) => return Err(ClusterError::Unreachable { message: error.to_string() }),
                Ok(None) => return Ok(None),
                Err(_) => {
                    let message = format!("{} was silent for {:?}", self.request, self.silence);
                    return Err(ClusterError::Unreachable { message });
                }
            }
        }
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return None;
        };
        let rest = self.buffer.split_off(self.searched + end + 1);
        self.searched = 0;
        Some(std::mem::replace(&mut self.buffer, rest))
    }
}
