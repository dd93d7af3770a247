//! A way to an API server over HTTP that remembers what was written over it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Method, Request, header};
use http_body_util::BodyExt;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::client::Body;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The way; closed when dropped.
pub(super) struct Way {
    /// Where it begins.
    pub(super) server: String,
    pub(super) writes: Writes,
    task: JoinHandle<()>,
}

/// What was written, one `METHOD path` a write; dry runs do not count.
pub(super) type Writes = Arc<Mutex<Vec<String>>>;

impl Way {
    /// One that leads where `client` does.
    pub(super) async fn to(client: kube::Client) -> Way {
        let writes = Writes::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(serve(listener, client, writes.clone()));
        Way { server, writes, task }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, client: kube::Client, writes: Writes) {
    while let Ok((stream, _)) = listener.accept().await {
        let (client, writes) = (client.clone(), writes.clone());
        let pass = service_fn(move |request: Request<hyper::body::Incoming>| {
            let target = request.uri().to_string();
            if request.method() != Method::GET && !target.contains("dryRun=All") {
                writes.lock().unwrap().push(format!("{} {target}", request.method()));
            }
            pass_on(client.clone(), request)
        });
        tokio::spawn(async move {
            // A replica that is killed breaks its connections.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), pass).await;
        });
    }
}

async fn pass_on(
    client: kube::Client,
    request: Request<hyper::body::Incoming>,
) -> Result<http::Response<Body>, Infallible> {
    let (mut parts, body) = request.into_parts();
    for name in [header::HOST, header::TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    let body = Body::from(body.collect().await.unwrap().to_bytes());
    Ok(client.send(Request::from_parts(parts, body)).await.unwrap())
}
