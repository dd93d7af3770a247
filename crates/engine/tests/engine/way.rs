//! The way between an engine and its API server, on which tests listen and interfere.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::request::Parts;
use http::{Method, Request};
use tokio::sync::Notify;

/// What becomes of a request.
pub(crate) enum Passing {
    AtOnce,
    Late,
    Never,
}

/// What happens to requests on their way: they may be looked at, changed, and held up.
pub(crate) trait Way: Fn(&mut Parts) -> Passing + Send + Sync + 'static {}

impl<F: Fn(&mut Parts) -> Passing + Send + Sync + 'static> Way for F {}

/// Notes the writes.
pub(crate) fn noting(writes: &Writes) -> impl Way + use<> {
    let writes = writes.clone();
    move |request: &mut Parts| {
        if request.method != Method::GET {
            writes.push(format!("{} {}", request.method, request.uri.path()));
        }
        Passing::AtOnce
    }
}

/// Lets reads of paths that end like this fail until `answers` is set.
pub(crate) fn refusing(end: &'static str, answers: Arc<AtomicBool>) -> impl Way {
    move |request: &mut Parts| {
        let is_meant = request.method == Method::GET && request.uri.path().ends_with(end);
        if is_meant && !answers.load(Ordering::SeqCst) {
            // Nothing can be posted to an object.
            request.method = Method::POST;
        }
        Passing::AtOnce
    }
}

/// Lets watches of Kustomizations tell nothing, so that these are listed.
pub(crate) fn deaf(request: &mut Parts) -> Passing {
    let query = request.uri.query().unwrap_or_default();
    if !request.uri.path().ends_with("/kustomizations") || !query.contains("watch=true") {
        return Passing::AtOnce;
    }
    if !query.contains("sendInitialEvents") {
        return Passing::Never;
    }
    // Without this it is refused, and who asks lists instead.
    let refused = request.uri.to_string().replace("&resourceVersionMatch=NotOlderThan", "");
    request.uri = refused.parse().unwrap();
    Passing::AtOnce
}

/// A service at the end of a way.
#[derive(Clone)]
pub(crate) struct Through<S> {
    server: S,
    way: Arc<dyn Way>,
}

impl<S> Through<S> {
    pub(crate) fn new(server: S, way: impl Way) -> Through<S> {
        Through { server, way: Arc::new(way) }
    }
}

impl<S, B> tower::Service<Request<B>> for Through<S>
where
    S: tower::Service<Request<B>>,
    S::Future: Send + 'static,
    S::Response: 'static,
    S::Error: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.server.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let passing = (*self.way)(&mut parts);
        if let Passing::Never = passing {
            return Box::pin(std::future::pending());
        }
        let answer = self.server.call(Request::from_parts(parts, body));
        Box::pin(async move {
            if let Passing::Late = passing {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            answer.await
        })
    }
}

/// The requests of the engine that change something, in order.
#[derive(Clone, Default)]
pub(crate) struct Writes(Arc<Log>);

#[derive(Default)]
struct Log {
    requests: Mutex<Vec<String>>,
    another: Notify,
}

impl Writes {
    /// Every one so far, as `PATCH /path`.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.requests.lock().unwrap().clone()
    }

    /// Waits for another one.
    pub(crate) async fn next(&self) {
        let known = self.all().len();
        self.until(|requests| requests.len() > known).await;
    }

    /// Waits until they are as asked for.
    pub(crate) async fn until(&self, enough: impl Fn(&[String]) -> bool) {
        loop {
            let another = self.0.another.notified();
            if enough(&self.all()) {
                return;
            }
            another.await;
        }
    }

    fn push(&self, request: String) {
        self.0.requests.lock().unwrap().push(request);
        self.0.another.notify_waiters();
    }
}
