//! git over HTTP and HTTPS: `git http-backend` behind a small server on loopback.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::authority::{Authority, Issued};
use super::repository;

/// What the server asks of its clients.
#[derive(Debug, Clone, Default)]
pub enum Access {
    /// Nothing.
    #[default]
    Open,
    /// Nothing, and the server speaks the first version of git's protocol only, as old ones do.
    OpenBeforeVersion2,
    /// A name and a password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
    /// A token.
    Bearer {
        /// The token.
        token: String,
    },
}

/// How the server is reached.
#[derive(Debug, Clone, Copy, Default)]
pub enum Wire {
    /// `http://`.
    #[default]
    Plain,
    /// `https://` with a certificate of its own authority, for 127.0.0.1 and `git.test`.
    Tls,
    /// The same, and clients need a certificate of that authority.
    MutualTls,
}

/// A running server. It ends when dropped.
#[derive(Debug)]
pub struct HttpServer {
    base: String,
    state: Arc<State>,
    authority: Authority,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    root: TempDir,
    access: Access,
    requests: AtomicUsize,
}

impl HttpServer {
    /// Serves each repository under its name, such as `app.git`, on a free port of 127.0.0.1.
    pub async fn start(repositories: &[(&str, &Path)], access: Access, wire: Wire) -> io::Result<HttpServer> {
        let root = tempfile::Builder::new().prefix("tenter-http-").tempdir()?;
        for (name, path) in repositories {
            link(path, &root.path().join(name))?;
        }
        let authority = Authority::create().map_err(io::Error::other)?;
        let acceptor = acceptor(&authority, wire)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let base = format!("{scheme}://{}", listener.local_addr()?);
        let state = Arc::new(State { root, access, requests: AtomicUsize::new(0) });
        let accepting = tokio::spawn(accept(listener, acceptor, Arc::clone(&state)));
        Ok(HttpServer { base, state, authority, accepting })
    }

    /// The address of a repository. Under `moved/<name>` every repository redirects to `<name>`.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// The host and port.
    pub fn authority_part(&self) -> &str {
        self.base.split_once("://").map_or(&self.base, |(_, authority)| authority)
    }

    /// The certificate to trust, PEM.
    pub fn ca(&self) -> &str {
        self.authority.certificate()
    }

    /// A certificate that the server takes from clients.
    pub fn client_certificate(&self) -> io::Result<Issued> {
        self.authority.issue(&["client.test"]).map_err(io::Error::other)
    }

    /// How many requests were answered so far, refused ones included.
    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

#[cfg(unix)]
fn link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn link(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(target, link)
}

/// What puts TLS on a connection; `None` for plain ones.
pub(crate) fn acceptor(authority: &Authority, wire: Wire) -> io::Result<Option<TlsAcceptor>> {
    let roots = || {
        let mut roots = RootCertStore::empty();
        let certificate =
            CertificateDer::from_pem_slice(authority.certificate().as_bytes()).map_err(io::Error::other)?;
        roots.add(certificate).map_err(io::Error::other)?;
        Ok::<_, io::Error>(Arc::new(roots))
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let builder = match wire {
        Wire::Plain => return Ok(None),
        Wire::Tls => builder.with_no_client_auth(),
        Wire::MutualTls => {
            let verifier =
                WebPkiClientVerifier::builder_with_provider(roots()?, provider).build().map_err(io::Error::other)?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let own = authority.issue(&["127.0.0.1", "git.test"]).map_err(io::Error::other)?;
    let certificate = CertificateDer::from_pem_slice(own.certificate.as_bytes()).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).map_err(io::Error::other)?;
    let config = builder.with_single_cert(vec![certificate], key).map_err(io::Error::other)?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, state: Arc<State>) {
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

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(answer(request, &state).await) }
    });
    // An error is a client that went away.
    let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, state: &State) -> Response<Full<Bytes>> {
    state.requests.fetch_add(1, Ordering::SeqCst);
    if let Some(path) = request.uri().path().strip_prefix("/moved") {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut response = status(StatusCode::MOVED_PERMANENTLY);
        if let Ok(location) = HeaderValue::try_from(format!("{path}{query}")) {
            response.headers_mut().insert(LOCATION, location);
        }
        return response;
    }
    if !is_allowed(&state.access, request.headers().get(AUTHORIZATION)) {
        let mut response = status(StatusCode::UNAUTHORIZED);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"git\""));
        return response;
    }
    backend(request, state).await.unwrap_or_else(|error| {
        let mut response = Response::new(Full::from(error.to_string()));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

fn is_allowed(access: &Access, header: Option<&HeaderValue>) -> bool {
    let expected = match access {
        Access::Open | Access::OpenBeforeVersion2 => return true,
        Access::Basic { username, password } => {
            let pair = base64::prelude::BASE64_STANDARD.encode(format!("{username}:{password}"));
            format!("Basic {pair}")
        }
        Access::Bearer { token } => format!("Bearer {token}"),
    };
    header.is_some_and(|header| header.as_bytes() == expected.as_bytes())
}

fn status(code: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = code;
    response
}

/// Hands the request to `git http-backend`, as the CGI standard describes it.
async fn backend(request: Request<Incoming>, state: &State) -> io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let speaks_version_2 = !matches!(state.access, Access::OpenBeforeVersion2);
    let mut command = tokio::process::Command::from(repository::command());
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", state.root.path())
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", parts.uri.path())
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", if speaks_version_2 { header("git-protocol") } else { "" })
        .env("REMOTE_USER", "ada")
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        tokio::spawn(async move {
            // The backend may answer without reading everything.
            let _written = stdin.write_all(&body).await;
        });
    }
    let output = child.wait_with_output().await?.stdout;
    let end = output
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or_else(|| io::Error::other("git http-backend printed no headers"))?;
    let mut response = Response::new(Full::from(output[end + 4..].to_vec()));
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if name == "Status" {
            let code = value.split(' ').next().and_then(|code| code.parse().ok());
            *response.status_mut() = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        } else if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
