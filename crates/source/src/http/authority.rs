//! From what Secrets hold to what HTTP clients take: certificates, keys and proxies.

use std::net::IpAddr;

use reqwest::{Certificate, Identity};

use crate::request::{ClientCertificate, Proxy};

/// The TLS of the whole process is ring's; whoever came first has set it already.
pub(crate) fn install_crypto() {
    let _already_set = rustls::crypto::ring::default_provider().install_default();
}

/// The certificates of a bundle.
pub(crate) fn authorities(pem: &[u8]) -> Result<Vec<Certificate>, String> {
    let found = Certificate::from_pem_bundle(pem).map_err(|_| "ca.crt holds something else than PEM certificates")?;
    if found.is_empty() { Err("ca.crt holds no PEM certificate".to_owned()) } else { Ok(found) }
}

/// A certificate and its key, as one.
pub(crate) fn identity(own: &ClientCertificate) -> Result<Identity, String> {
    let pem = [own.certificate.as_slice(), b"\n", own.key.as_slice()].concat();
    Identity::from_pem(&pem).map_err(|_| "tls.crt and tls.key are not a PEM certificate and its private key".to_owned())
}

/// The proxy for everything.
pub(crate) fn given_proxy(proxy: &Proxy) -> Result<reqwest::Proxy, String> {
    let address = crate::url::redact(&proxy.address);
    let found = reqwest::Proxy::all(&proxy.address).map_err(|_| {
        format!("the proxy address {address:?} cannot be read; use http://host:port or socks5://host:port")
    })?;
    Ok(match (&proxy.username, &proxy.password) {
        (Some(username), password) => found.basic_auth(username, password.as_deref().unwrap_or_default()),
        (None, _) => found,
    })
}

/// Whether the host is this machine: the environment's proxies are not for it.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
