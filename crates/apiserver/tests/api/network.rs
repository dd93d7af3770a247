//! HTTPS on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use apiserver::{ApiServer, Config};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use manifest::yaml::{self, Profile};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    One,
    Two,
}

struct Wire {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
}

impl Wire {
    fn new(kubeconfig: &Value, address: SocketAddr, certificate: bool, protocol: Protocol) -> Wire {
        let pem = |value: &Value| STANDARD.decode(value.as_str().expect("text")).expect("base64");
        let mut roots = RootCertStore::empty();
        let authority = pem(&kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]);
        roots.add(CertificateDer::from_pem_slice(&authority).expect("a certificate")).expect("a root");
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots);
        let user = &kubeconfig["users"][0]["user"];
        let mut tls = if certificate {
            let chain =
                vec![CertificateDer::from_pem_slice(&pem(&user["client-certificate-data"])).expect("a certificate")];
            let key = PrivateKeyDer::from_pem_slice(&pem(&user["client-key-data"])).expect("a key");
            builder.with_client_auth_cert(chain, key).expect("an identity")
        } else {
            builder.with_no_client_auth()
        };
        tls.alpn_protocols = vec![if protocol == Protocol::Two { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        Wire { address, tls: Arc::new(tls) }
    }

    async fn get(&self, path: &str, token: Option<&str>) -> (u16, Bytes) {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        let name = ServerName::from(self.address.ip());
        let stream = TlsConnector::from(self.tls.clone()).connect(name, stream).await.expect("TLS");
        let two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let mut request = http::Request::get(format!("https://{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.header("host", self.address.to_string()).body(Empty::<Bytes>::new()).expect("a request");
        let response = if two {
            let (mut sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                    .await
                    .expect("HTTP/2");
            tokio::spawn(connection);
            sender.send_request(request).await.expect("an answer")
        } else {
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
            tokio::spawn(connection);
            sender.send_request(request).await.expect("an answer")
        };
        let code = response.status().as_u16();
        (code, response.into_body().collect().await.expect("a body").to_bytes())
    }
}

#[tokio::test]
async fn clients_prove_who_they_are() {
    let server = ApiServer::open(Config::default()).await.expect("a server");
    let endpoint = server.serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.expect("an endpoint");
    let kubeconfig = yaml::read_value(&endpoint.kubeconfig(), "kubeconfig", Profile::Kubectl, &yaml::Limits::default())
        .expect("YAML");
    assert_eq!(kubeconfig["clusters"][0]["cluster"]["server"], format!("https://{}", endpoint.address));
    for protocol in [Protocol::One, Protocol::Two] {
        let anonymous = Wire::new(&kubeconfig, endpoint.address, false, protocol);
        assert_eq!(anonymous.get("/readyz", None).await.0, 200);
        let (code, body) = anonymous.get("/api/v1/namespaces", None).await;
        let status: Value = serde_json::from_slice(&body).expect("a status");
        assert_eq!((code, &status["reason"]), (401, &"Unauthorized".into()));
        assert_eq!(anonymous.get("/api/v1/namespaces", Some("wrong")).await.0, 401);
        assert_eq!(anonymous.get("/api/v1/namespaces", Some(endpoint.token())).await.0, 200);
        let known = Wire::new(&kubeconfig, endpoint.address, true, protocol);
        assert_eq!(known.get("/api/v1/namespaces", None).await.0, 200);
    }
    let address = endpoint.address;
    endpoint.shutdown().await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
