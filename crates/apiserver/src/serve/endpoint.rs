//! The listening socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::credentials::Credentials;
use crate::authentication::Door;
use crate::core::Core;
use crate::http::ApiService;
use crate::server::ApiServer;

/// How long a client may take to say who it is.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Why the server cannot be reached over the network.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {cause}; choose another port, or 0 for any free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What went wrong.
        cause: std::io::Error,
    },
    /// The certificates do not fit together.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

/// A server that can be reached over HTTPS for as long as this lives.
pub struct Endpoint {
    /// Where it listens.
    pub address: SocketAddr,
    kubeconfig: String,
    certificate_authority: String,
    token: String,
    stop: watch::Sender<()>,
    listener: JoinHandle<()>,
    /// Keeps the controllers running.
    _server: ApiServer,
}

impl Endpoint {
    /// A kubeconfig for the administrator, with certificates and keys inside.
    pub fn kubeconfig(&self) -> String {
        self.kubeconfig.clone()
    }

    /// The certificate (PEM) that the server's own is signed by: what `kube-root-ca.crt` gives to pods.
    pub fn certificate_authority(&self) -> &str {
        &self.certificate_authority
    }

    /// The administrator's bearer token, for clients that cannot present a certificate.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Stops listening and ends open connections; watches end with them.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(());
        // A listener that panicked has stopped as well.
        drop((&mut self.listener).await);
    }
}

/// Shows no secrets.
impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.stop.send_replace(());
    }
}

/// Starts to listen.
pub(crate) async fn serve(
    server: ApiServer,
    core: Arc<Core>,
    credentials: &Credentials,
    address: SocketAddr,
) -> Result<Endpoint, ServeError> {
    let tls = TlsAcceptor::from(Arc::new(tls(credentials)?));
    let failed = |cause| ServeError::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let kubeconfig = kubeconfig(credentials, address);
    let token = core.tokens.administrator().to_owned();
    let (stop, stopped) = watch::channel(());
    let listener = tokio::spawn(listen(listener, tls, core, stopped));
    let certificate_authority = credentials.authority.certificate.clone();
    Ok(Endpoint { address, kubeconfig, certificate_authority, token, stop, listener, _server: server })
}

async fn listen(listener: TcpListener, tls: TlsAcceptor, core: Arc<Core>, mut stopped: watch::Receiver<()>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let stopped = stopped.clone();
                tokio::spawn(connection(stream, tls.clone(), Arc::clone(&core), stopped));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                // Out of file descriptors, mostly: leave the others time to finish.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, tls: TlsAcceptor, core: Arc<Core>, mut stopped: watch::Receiver<()>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot send without delay");
    }
    let stream = match timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => return tracing::debug!("a TLS handshake took too long"),
    };
    let has_certificate = stream.get_ref().1.peer_certificates().is_some_and(|chain| !chain.is_empty());
    let door = if has_certificate { Door::Certificate } else { Door::Network };
    let service = TowerToHyperService::new(ApiService::new(core, door));
    let builder = auto::Builder::new(TokioExecutor::new());
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        served = serving => {
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended early");
            }
        }
        _ = stopped.changed() => {}
    }
}

fn tls(credentials: &Credentials) -> Result<ServerConfig, ServeError> {
    fn failed(error: impl std::fmt::Display) -> ServeError {
        ServeError::Tls(error.to_string())
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).map_err(failed);
    let authority = certificate(&credentials.authority.certificate)?;
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone()).map_err(failed)?;
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(failed)?;
    let chain = vec![certificate(&credentials.server.certificate)?, authority];
    let key = PrivateKeyDer::from_pem_slice(credentials.server.key.as_bytes()).map_err(failed)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)
        .map_err(failed)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn kubeconfig(credentials: &Credentials, address: SocketAddr) -> String {
    let authority = STANDARD.encode(&credentials.authority.certificate);
    let certificate = STANDARD.encode(&credentials.administrator.certificate);
    let key = STANDARD.encode(&credentials.administrator.key);
    format!(
        "\
apiVersion: v1
kind: Config
current-context: tenter
preferences: {{}}
clusters:
- name: tenter
  cluster:
    server: https://{address}
    certificate-authority-data: {authority}
contexts:
- name: tenter
  context:
    cluster: tenter
    user: tenter-admin
users:
- name: tenter-admin
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
"
    )
}
