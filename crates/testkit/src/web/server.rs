//! The server, and what it was asked.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::reply::Reply;
use crate::git::{Authority, Issued, Wire, acceptor};

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET`, `HEAD` and so on.
    pub method: String,
    /// The path and the query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Asked {
    /// A header's value; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

type Answer = dyn Fn(&Asked) -> Reply + Send + Sync;

struct State {
    answer: Box<Answer>,
    asked: Mutex<Vec<Asked>>,
}

/// A running server. It ends when dropped.
pub struct WebServer {
    base: String,
    state: Arc<State>,
    authority: Authority,
    accepting: JoinHandle<()>,
}

impl WebServer {
    /// Answers on a free port of 127.0.0.1.
    pub async fn start(wire: Wire, answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> io::Result<WebServer> {
        let authority = Authority::create().map_err(io::Error::other)?;
        let acceptor = acceptor(&authority, wire)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let base = format!("{scheme}://{}", listener.local_addr()?);
        let state = Arc::new(State { answer: Box::new(answer), asked: Mutex::default() });
        let accepting = tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
                    tokio::spawn(async move {
                        match acceptor {
                            None => serve(stream, state).await,
                            // A client that does not trust us goes away here.
                            Some(acceptor) => {
                                if let Ok(stream) = acceptor.accept(stream).await {
                                    serve(stream, state).await;
                                }
                            }
                        }
                    });
                }
            }
        });
        Ok(WebServer { base, state, authority, accepting })
    }

    /// `scheme://host:port`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The host and port.
    pub fn host(&self) -> &str {
        self.base.split_once("://").map_or(&self.base, |(_, host)| host)
    }

    /// Everything that was asked so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The methods and targets of everything that was asked since the last call.
    pub fn take_asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.state.asked.lock().unwrap_or_else(PoisonError::into_inner));
        asked.into_iter().map(|asked| format!("{} {}", asked.method, asked.target)).collect()
    }

    /// The certificate to trust, PEM.
    pub fn ca(&self) -> &str {
        self.authority.certificate()
    }

    /// A certificate that the server takes from clients.
    pub fn client_certificate(&self) -> io::Result<Issued> {
        self.authority.issue(&["client.test"]).map_err(io::Error::other)
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let state = Arc::clone(&state);
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
            let asked =
                Asked { method: parts.method.to_string(), target: parts.uri.to_string(), headers: parts.headers, body };
            let reply = (state.answer)(&asked);
            state.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            Ok::<_, io::Error>(reply.into_response())
        }
    });
    // An error is a client that went away, or a fault that was asked for.
    let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
