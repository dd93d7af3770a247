//! Requests to an API server, counted by what they ask for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use cluster::Verb;
use http::{Request, header};
use tower::{Layer, Service};

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
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let body = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        self.requests.0[Verb::of(request.method(), target, body) as usize].fetch_add(1, Ordering::Relaxed);
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
