//! Requests to an API server, counted by what they ask for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use http::{Method, Request, header};
use tower::{Layer, Service};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    /// One object.
    Get,
    /// All objects of a kind.
    List,
    /// Their changes.
    Watch,
    /// Server-side apply.
    Apply,
    /// Server-side apply without effect.
    DryRun,
    /// Any other patch.
    Patch,
    /// A new object, or a review.
    Create,
    /// An object in place of another.
    Update,
    /// The end of an object.
    Delete,
    /// What the server serves.
    Discovery,
}

impl Verb {
    /// All of them, in the order in which they are printed.
    const ALL: [Verb; 10] = [
        Verb::Get,
        Verb::List,
        Verb::Watch,
        Verb::DryRun,
        Verb::Apply,
        Verb::Patch,
        Verb::Create,
        Verb::Update,
        Verb::Delete,
        Verb::Discovery,
    ];

    /// As it is printed.
    fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Watch => "watch",
            Verb::Apply => "apply",
            Verb::DryRun => "apply (dry run)",
            Verb::Patch => "patch",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Delete => "delete",
            Verb::Discovery => "discovery",
        }
    }

    fn of<B>(request: &Request<B>) -> Verb {
        let says = |name: &str, value: &str| {
            let mut pairs = request.uri().query().unwrap_or_default().split('&');
            pairs.any(|pair| pair.split_once('=') == Some((name, value)))
        };
        match *request.method() {
            Method::GET if says("watch", "true") || says("watch", "1") => Verb::Watch,
            Method::GET => Verb::of_read(request.uri().path()),
            Method::PATCH => {
                let kind = request.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
                match (kind.starts_with(b"application/apply-patch"), says("dryRun", "All")) {
                    (true, true) => Verb::DryRun,
                    (true, false) => Verb::Apply,
                    (false, _) => Verb::Patch,
                }
            }
            Method::PUT => Verb::Update,
            Method::DELETE => Verb::Delete,
            _ => Verb::Create,
        }
    }

    /// `/api/v1/namespaces/a/pods` lists, `/api/v1/namespaces/a/pods/b` gets.
    fn of_read(path: &str) -> Verb {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let behind_version = match parts.as_slice() {
            ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => rest,
            _ => return Verb::Discovery,
        };
        match behind_version {
            [] => Verb::Discovery,
            ["namespaces", _, _] | [_] => Verb::List,
            _ => Verb::Get,
        }
    }
}

/// How many requests were sent so far; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Requests(Arc<[AtomicU64; Verb::ALL.len()]>);

impl Requests {
    /// The numbers of now.
    pub fn tally(&self) -> Tally {
        let counted = |verb: Verb| (verb, self.0[verb as usize].load(Ordering::Relaxed));
        Tally(Verb::ALL.into_iter().map(counted).collect())
    }
}

impl<S> Layer<S> for Requests {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, requests: self.clone() }
    }
}

/// A service that counts what passes through it.
#[derive(Debug, Clone)]
pub struct Counted<S> {
    inner: S,
    requests: Requests,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        self.requests.0[Verb::of(&request) as usize].fetch_add(1, Ordering::Relaxed);
        self.inner.call(request)
    }
}

/// Numbers of requests by verb.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Verb, u64>);

impl Tally {
    /// What was sent after `earlier`.
    pub fn since(&self, earlier: &Tally) -> Tally {
        let before = |verb: &Verb| earlier.0.get(verb).copied().unwrap_or_default();
        Tally(self.0.iter().map(|(verb, count)| (*verb, count - before(verb))).collect())
    }

    /// All but watches, which stay open.
    pub fn total(&self) -> u64 {
        self.0.iter().filter(|(verb, _)| **verb != Verb::Watch).map(|(_, count)| count).sum()
    }

    /// The watches.
    pub fn watches(&self) -> u64 {
        self.0.get(&Verb::Watch).copied().unwrap_or_default()
    }

    /// The verbs that were asked for, and how often.
    pub fn asked(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().filter(|(_, count)| **count > 0).map(|(verb, count)| (verb.name(), *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_what_they_ask_for() {
        let apply = "application/apply-patch+yaml";
        for (method, kind, uri, verb) in [
            ("GET", "", "/api/v1/namespaces/a/pods/b", Verb::Get),
            ("GET", "", "/api/v1/namespaces/a/pods/b/status", Verb::Get),
            ("GET", "", "/api/v1/namespaces/a", Verb::Get),
            ("GET", "", "/apis/apps/v1/namespaces/a/deployments?limit=500", Verb::List),
            ("GET", "", "/api/v1/namespaces", Verb::List),
            ("GET", "", "/api/v1/pods?watch=true&resourceVersion=1", Verb::Watch),
            ("GET", "", "/apis", Verb::Discovery),
            ("GET", "", "/apis/apps/v1", Verb::Discovery),
            ("GET", "", "/openapi/v3", Verb::Discovery),
            ("PATCH", apply, "/api/v1/namespaces/a/pods/b?dryRun=All&force=true", Verb::DryRun),
            ("PATCH", apply, "/api/v1/namespaces/a/pods/b?force=true", Verb::Apply),
            ("PATCH", "application/merge-patch+json", "/api/v1/namespaces/a/pods/b/status", Verb::Patch),
            ("POST", "", "/api/v1/namespaces/a/events", Verb::Create),
            ("PUT", "", "/api/v1/namespaces/a/pods/b", Verb::Update),
            ("DELETE", "", "/api/v1/namespaces/a/pods/b", Verb::Delete),
        ] {
            let request = Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, kind);
            assert_eq!(Verb::of(&request.body(()).unwrap()), verb, "{method} {uri}");
        }
    }

    #[test]
    fn tallies_are_taken_from_each_other() {
        let requests = Requests::default();
        requests.0[Verb::Get as usize].fetch_add(2, Ordering::Relaxed);
        let before = requests.tally();
        requests.0[Verb::Watch as usize].fetch_add(1, Ordering::Relaxed);
        requests.0[Verb::Apply as usize].fetch_add(3, Ordering::Relaxed);
        let since = requests.tally().since(&before);
        assert_eq!(since.total(), 3);
        assert_eq!(since.asked().collect::<Vec<_>>(), [("watch", 1), ("apply", 3)]);
    }
}
