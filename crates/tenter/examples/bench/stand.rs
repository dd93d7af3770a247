//! The embedded cluster as `tenter up` runs it, with every request counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use apiserver::{ApiServer, Config};
use cluster::{ApplyMode, Cluster};
use http::Request;
use local::{Clock, Local};
use tower::Service;

use crate::Outcome;

/// API server, controllers and a client in this process.
pub(crate) struct Stand {
    pub(crate) cluster: Cluster,
    pub(crate) requests: Requests,
    _server: ApiServer,
    _controllers: local::Running,
}

impl Stand {
    pub(crate) async fn start() -> Outcome<Stand> {
        let config = Config { custom_resources: kinds::crd::all(), ..Config::default() };
        let server = ApiServer::open(config).await?;
        let requests = Requests::default();
        let client = || kube::Client::new(Counted { inner: server.service(), requests: requests.clone() }, "default");
        let mut controllers = Local::start(client(), Clock::system(), local::Options::default());
        controllers.ready().await;
        Ok(Stand { cluster: Cluster::new(client()), requests, _server: server, _controllers: controllers })
    }

    /// Applies objects as a person would.
    pub(crate) async fn apply_all(&self, objects: &[serde_json::Value]) -> Outcome<()> {
        let mode = ApplyMode::forced("bench");
        for object in objects {
            self.cluster.apply(object, None, &mode).await?;
        }
        Ok(())
    }
}

/// How many requests were sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    watches: AtomicU64,
    others: AtomicU64,
}

impl Requests {
    /// All but watches.
    pub(crate) fn others(&self) -> u64 {
        self.0.others.load(Ordering::Relaxed)
    }

    /// Watches.
    pub(crate) fn watches(&self) -> u64 {
        self.0.watches.load(Ordering::Relaxed)
    }

    fn count<B>(&self, request: &Request<B>) {
        let query = request.uri().query().unwrap_or_default();
        let is_watch = query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1"));
        let counter = if is_watch { &self.0.watches } else { &self.0.others };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// A service that counts what passes through it.
#[derive(Debug, Clone)]
struct Counted<S> {
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
        self.requests.count(&request);
        self.inner.call(request)
    }
}
