//! The layer itself.

use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use tower::util::ServiceExt;
use tower::{Layer, Service};

use super::Failure;
use super::body::{End, Passed, broken, half, refusal, whole};
use super::climate::Fault;
use super::process::{CrashSide, Process};
use super::watch::watch;

/// Puts a process's faults before a service. Made by [`Process::layer`].
#[derive(Debug, Clone)]
pub struct FaultLayer {
    pub(crate) process: Process,
}

impl<S> Layer<S> for FaultLayer {
    type Service = Faulty<S>;

    fn layer(&self, inner: S) -> Faulty<S> {
        Faulty { inner, process: self.process.clone() }
    }
}

/// A service behind faults.
#[derive(Debug, Clone)]
pub struct Faulty<S> {
    inner: S,
    process: Process,
}

impl<S, B, R> Service<Request<B>> for Faulty<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Failure>,
    B: Send + 'static,
    R: Body<Data = Bytes> + Send + Unpin + 'static,
    R::Error: Into<Failure>,
{
    type Response = Response<Passed>;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Response<Passed>, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (inner, process) = (self.inner.clone(), self.process.clone());
        async move {
            if process.is_over() {
                return std::future::pending().await;
            }
            let outcome = if is_watch(&request) {
                open(inner, &process, request).await
            } else {
                exchange(inner, &process, request).await
            };
            // What comes after its end, nobody hears.
            if process.is_over() { std::future::pending().await } else { outcome }
        }
        .boxed()
    }
}

fn is_watch<B>(request: &Request<B>) -> bool {
    request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "watch=true"))
}

/// `PATCH /path?query`, without what is random in equal requests.
fn identity(line: &str) -> String {
    let Some((path, query)) = line.split_once('?') else { return line.to_owned() };
    let lasting = |part: &&str| !part.starts_with("timeoutSeconds=") && !part.starts_with("resourceVersion=");
    let query: Vec<&str> = query.split('&').filter(lasting).collect();
    format!("{path}?{}", query.join("&"))
}

/// Sends a request, lets its fault befall it, and answers.
async fn exchange<S, B, R>(inner: S, process: &Process, request: Request<B>) -> Result<Response<Passed>, Failure>
where
    S: Service<Request<B>, Response = Response<R>> + Send + 'static,
    S::Future: Send,
    S::Error: Into<Failure>,
    B: Send + 'static,
    R: Body<Data = Bytes> + Send + Unpin + 'static,
    R::Error: Into<Failure>,
{
    let line = format!("{} {}", request.method(), request.uri());
    let weather = &process.weather;
    let mut chance = weather.chance(&line, &identity(&line));
    match process.count() {
        Some(CrashSide::Before) => {
            weather.note(&line, &"not sent: the process dies");
            process.crash();
            return std::future::pending().await;
        }
        Some(CrashSide::After) => {
            weather.note(&line, &"sent: the process dies");
            let _unheard = send(inner, request).await;
            process.crash();
            return std::future::pending().await;
        }
        None => {}
    }
    let fault = weather.climate().and_then(|climate| climate.fault(request.method(), &mut chance));
    let Some(fault) = fault else {
        let (parts, bytes) = send(inner, request).await?;
        return Ok(Response::from_parts(parts, whole(bytes)));
    };
    weather.inject(&line, &fault);
    match fault {
        Fault::Late(pause) => {
            tokio::time::sleep(pause).await;
            if process.is_over() {
                return std::future::pending().await;
            }
            let (parts, bytes) = send(inner, request).await?;
            Ok(Response::from_parts(parts, whole(bytes)))
        }
        Fault::Busy(seconds) => {
            Ok(refusal(429, "TooManyRequests", "too many requests, please try again later", seconds))
        }
        Fault::Failed(503) => {
            Ok(refusal(503, "ServiceUnavailable", "the server is currently unable to handle the request", None))
        }
        Fault::Failed(code) => {
            Ok(refusal(code, "InternalError", "Internal error occurred: etcdserver: leader changed", None))
        }
        Fault::Conflict => {
            let message = "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again";
            Ok(refusal(409, "Conflict", message, None))
        }
        Fault::Refused => Err(broken()),
        Fault::FailedLate => {
            let _unheard = send(inner, request).await?;
            Ok(refusal(504, "Timeout", "etcdserver: request timed out", None))
        }
        Fault::Lost => {
            let _unheard = send(inner, request).await?;
            Err(broken())
        }
        Fault::Cut | Fault::Short => {
            let (parts, bytes) = send(inner, request).await?;
            let end = if fault == Fault::Cut { End::Broken } else { End::Silently };
            Ok(Response::from_parts(parts, half(&bytes, end)))
        }
        Fault::Silent => {
            let _unheard = send(inner, request).await?;
            std::future::pending().await
        }
    }
}

/// What the server does with a request, which it does to the end even if nobody waits for it any more.
async fn send<S, B, R>(inner: S, request: Request<B>) -> Result<(http::response::Parts, Bytes), Failure>
where
    S: Service<Request<B>, Response = Response<R>> + Send + 'static,
    S::Future: Send,
    S::Error: Into<Failure>,
    B: Send + 'static,
    R: Body<Data = Bytes> + Send + Unpin + 'static,
    R::Error: Into<Failure>,
{
    let done = tokio::spawn(async move {
        let (parts, body) = inner.oneshot(request).await.map_err(Into::into)?.into_parts();
        let bytes = body.collect().await.map_err(Into::into)?.to_bytes();
        Ok((parts, bytes))
    });
    done.await.map_err(Failure::from)?
}

/// Opens a watch, or does not.
async fn open<S, B, R>(inner: S, process: &Process, request: Request<B>) -> Result<Response<Passed>, Failure>
where
    S: Service<Request<B>, Response = Response<R>> + Send + 'static,
    S::Future: Send,
    S::Error: Into<Failure>,
    R: Body<Data = Bytes> + Send + Unpin + 'static,
    R::Error: Into<Failure>,
{
    let line = format!("{} {}", request.method(), request.uri());
    let weather = &process.weather;
    let mut chance = weather.chance(&line, &identity(&line));
    let fault = match weather.climate() {
        None => None,
        Some(climate) => {
            match climate.fault(request.method(), &mut chance) {
                Some(Fault::Late(pause)) => tokio::time::sleep(pause).await,
                Some(fault @ Fault::Busy(seconds)) => {
                    weather.inject(&line, &fault);
                    return Ok(refusal(429, "TooManyRequests", "too many requests, please try again later", seconds));
                }
                Some(fault @ Fault::Failed(code)) => {
                    weather.inject(&line, &fault);
                    return Ok(refusal(code, "InternalError", "Internal error occurred", None));
                }
                Some(fault @ Fault::Refused) => {
                    weather.inject(&line, &fault);
                    return Err(broken());
                }
                // The others befall answers that end.
                Some(Fault::FailedLate | Fault::Conflict | Fault::Lost | Fault::Cut | Fault::Short | Fault::Silent)
                | None => {}
            }
            let resumes = line.contains("resourceVersion=");
            if resumes && chance.comes(climate.watch_expires) {
                weather.note(&line, &"410");
                return Ok(refusal(410, "Expired", "too old resource version: 1 (2)", None));
            }
            climate.watch_fault(&mut chance)
        }
    };
    if let Some(fault) = fault {
        weather.inject(&line, &fault);
    }
    let (parts, body) = inner.oneshot(request).await.map_err(Into::into)?.into_parts();
    if !parts.status.is_success() {
        let bytes = body.collect().await.map_err(Into::into)?.to_bytes();
        return Ok(Response::from_parts(parts, whole(bytes)));
    }
    Ok(Response::from_parts(parts, watch(body, process.clone(), fault)))
}
