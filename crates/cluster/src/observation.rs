//! What the client tells of its work, for whoever counts requests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use crate::verb::Verb;

/// Whoever wants to know what a client sends.
pub trait Observer: Send + Sync {
    /// Takes note. It is called in the middle of a request, so it neither waits nor fails.
    fn observe(&self, observation: &Observation<'_>);
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation<'a> {
    /// A request was answered, or not. A request that is sent again is told of each time.
    Sent {
        /// The host of the API server.
        host: &'a str,
        /// What Kubernetes calls it.
        verb: Verb,
        /// The method of HTTP.
        method: &'a Method,
        /// The status of the answer; none if none came.
        status: Option<u16>,
        /// How long the answer took; of a watch, its beginning.
        took: Duration,
    },
    /// A watch lost its connection and makes another.
    Reconnects {
        /// The host of the API server.
        host: &'a str,
        /// Whether it goes on where it was.
        from: Point,
    },
}

/// Where a watch goes on after its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// Where it was.
    Last,
    /// Everything is read again.
    Start,
}

/// Who listens to a client, and what host it talks to.
#[derive(Clone)]
pub(crate) struct Observed {
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) host: Arc<str>,
}

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observed({})", self.host)
    }
}
