//! Where an API server is, and connections to it that belong to one term of leadership.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::legacy::{Builder, Client as HttpClient};
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ConfigExt};
use kube::{Client, Config, Error};
use percent_encoding::percent_decode_str;
use tower::{BoxError, Service, ServiceBuilder};

use crate::lease::{Fence, Gate};

/// A client whose every connection sends nothing after the term of `fence`: the layers of kube's own client, above a
/// [`Gate`] to the network.
pub(crate) fn client_for_term(config: &Config, fence: Arc<Fence>) -> Result<Client, Error> {
    let mut network = HttpConnector::new();
    // Addresses with https are for the layer above.
    network.enforce_http(false);
    let gate = Gate::new(network, fence);
    let Some(proxy) = &config.proxy_url else { return over(gate, config) };
    match proxy.scheme_str() {
        Some("http") => over(tunnel(proxy, gate), config),
        Some("https") => over(tunnel(proxy, config.rustls_https_connector_with_connector(gate)?), config),
        _ => Err(Error::ProxyProtocolUnsupported { proxy_url: Box::new(proxy.clone()) }),
    }
}

/// A way through a proxy, with the credentials in its address, which are written there percent-encoded.
fn tunnel<C>(proxy: &Uri, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.clone(), connector);
    let credentials = proxy.authority().and_then(|authority| authority.as_str().rsplit_once('@'));
    let header = credentials.and_then(|(credentials, _)| {
        let plain: Vec<u8> = percent_decode_str(credentials).collect();
        let mut header = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(plain))).ok()?;
        header.set_sensitive(true);
        Some(header)
    });
    match header {
        Some(header) => tunnel.with_auth(header),
        None => tunnel,
    }
}

fn over<C>(connector: C, config: &Config) -> Result<Client, Error>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError> + Send,
{
    let mut connector = TimeoutConnector::new(config.rustls_https_connector_with_connector(connector)?);
    connector.set_connect_timeout(config.connect_timeout);
    connector.set_read_timeout(config.read_timeout);
    connector.set_write_timeout(config.write_timeout);
    connector.set_reset_reader_on_write(config.reset_reader_on_write);
    let http: HttpClient<_, Body> = Builder::new(TokioExecutor::new()).build(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(Client::new(service, config.default_namespace.clone()))
}
