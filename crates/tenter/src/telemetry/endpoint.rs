//! `/healthz`, `/readyz` and `/metrics` over HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::condition::{Condition, Standing};
use super::metrics::{Leadership, Metrics, OPEN_METRICS};
use crate::error::Failure;

/// How many may ask at once; further ones wait.
const MOST_CONNECTIONS: usize = 64;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// The endpoint. It stops when this is dropped.
pub(crate) struct Endpoint {
    task: JoinHandle<()>,
}

impl Endpoint {
    /// Serves on `address`.
    pub(super) async fn serve(
        address: SocketAddr,
        condition: Arc<Condition>,
        metrics: Arc<Metrics>,
    ) -> Result<Endpoint, Failure> {
        let failed = |why: std::io::Error| Failure::Usage(format!("--health-addr {address}: {why}"));
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        tracing::info!(%address, "health and metrics are served");
        Ok(Endpoint { task: tokio::spawn(accept(listener, condition, metrics)) })
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, condition: Arc<Condition>, metrics: Arc<Metrics>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let place = places.clone().acquire_owned().await;
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Too many open files, most likely: it passes.
                tracing::warn!(%error, "cannot accept a connection for health and metrics");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let (condition, metrics) = (condition.clone(), metrics.clone());
        tokio::spawn(async move {
            let _place = place;
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let answer = answer(request.method(), request.uri().path(), &condition, &metrics);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection for health and metrics ended");
            }
        });
    }
}

fn answer(method: &Method, path: &str, condition: &Condition, metrics: &Metrics) -> Response<Full<Bytes>> {
    if ![Method::GET, Method::HEAD].contains(method) {
        return respond(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n".into());
    }
    match path {
        "/healthz" => respond(StatusCode::OK, "text/plain", "ok\n".into()),
        "/readyz" => match condition.standing() {
            Standing::Starting => respond(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "starting\n".into()),
            Standing::Following => respond(StatusCode::OK, "text/plain", "ok: another replica leads\n".into()),
            Standing::Leading => respond(StatusCode::OK, "text/plain", "ok: this replica leads\n".into()),
        },
        "/metrics" => {
            let leadership = match condition.standing() {
                Standing::Leading => Leadership::Leads(condition.lease()),
                Standing::Starting | Standing::Following => Leadership::Follows(condition.lease()),
            };
            respond(StatusCode::OK, OPEN_METRICS, metrics.text(leadership))
        }
        _ => respond(StatusCode::NOT_FOUND, "text/plain", "try /healthz, /readyz or /metrics\n".into()),
    }
}

fn respond(status: StatusCode, media_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_answered() {
        let (condition, metrics) = (Condition::new("tenter".to_owned()), Metrics::new());
        let status = |method: &Method, path: &str| answer(method, path, &condition, &metrics).status().as_u16();
        assert_eq!(status(&Method::GET, "/healthz"), 200);
        assert_eq!(status(&Method::GET, "/readyz"), 503, "nothing has begun");
        assert_eq!(status(&Method::POST, "/healthz"), 405);
        assert_eq!(status(&Method::GET, "/"), 404);
        condition.follows();
        assert_eq!(status(&Method::GET, "/readyz"), 200, "who waits for its turn is ready to take it");
        condition.leads();
        assert_eq!(status(&Method::HEAD, "/readyz"), 200);
        assert_eq!(answer(&Method::GET, "/metrics", &condition, &metrics).headers()["content-type"], OPEN_METRICS);
    }
}
