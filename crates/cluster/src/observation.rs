//! What the client tells of its work, for whoever counts requests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

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

/// What Kubernetes calls a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// One object, many, or what the server knows.
    Get,
    /// Changes as they happen.
    Watch,
    /// A new object.
    Create,
    /// A server-side apply.
    Apply,
    /// A server-side apply of which nothing is stored.
    DryRun,
    /// Another patch.
    Patch,
    /// A whole object anew.
    Update,
    /// The end of one.
    Delete,
}

impl Verb {
    /// All of them.
    pub const ALL: [Verb; 8] =
        [Verb::Get, Verb::Watch, Verb::Create, Verb::Apply, Verb::DryRun, Verb::Patch, Verb::Update, Verb::Delete];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::Watch => "watch",
            Verb::Create => "create",
            Verb::Apply => "apply",
            Verb::DryRun => "dry-run",
            Verb::Patch => "patch",
            Verb::Update => "update",
            Verb::Delete => "delete",
        }
    }

    /// Of a request with this method, path and query, and body of this media type.
    pub(crate) fn of(method: &Method, target: &str, body: Option<&str>) -> Verb {
        let has = |parameter: &str| {
            let query = target.split_once('?').map_or("", |(_, query)| query);
            query.split('&').any(|given| given == parameter)
        };
        match method.as_str() {
            "POST" => Verb::Create,
            "PUT" => Verb::Update,
            "DELETE" => Verb::Delete,
            "PATCH" if body != Some(crate::request::APPLY) => Verb::Patch,
            "PATCH" if has("dryRun=All") => Verb::DryRun,
            "PATCH" => Verb::Apply,
            _ if has("watch=true") => Verb::Watch,
            _ => Verb::Get,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{APPLY, MERGE_PATCH};

    #[test]
    fn requests_have_the_verbs_of_kubernetes() {
        for (method, target, body, verb) in [
            (Method::GET, "/api/v1/pods?limit=500", None, Verb::Get),
            (Method::GET, "/api/v1/pods?watch=true&timeoutSeconds=300", None, Verb::Watch),
            (Method::GET, "/api/v1/pods?labelSelector=watch%3Dtrue", None, Verb::Get),
            (Method::PATCH, "/api/v1/namespaces/a?fieldManager=b&force=true", Some(APPLY), Verb::Apply),
            (Method::PATCH, "/api/v1/namespaces/a?fieldManager=b&dryRun=All", Some(APPLY), Verb::DryRun),
            (Method::PATCH, "/api/v1/namespaces/a?fieldManager=b", Some(MERGE_PATCH), Verb::Patch),
            (Method::POST, "/api/v1/namespaces", Some(crate::request::JSON), Verb::Create),
            (Method::PUT, "/api/v1/namespaces/a", Some(crate::request::JSON), Verb::Update),
            (Method::DELETE, "/api/v1/namespaces/a", Some(crate::request::JSON), Verb::Delete),
        ] {
            assert_eq!(Verb::of(&method, target, body), verb, "{method} {target}");
        }
    }
}
