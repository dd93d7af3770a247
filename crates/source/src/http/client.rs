//! Clients, shared by all requests that want the same of them, so that connections are reused.

use std::sync::{Mutex, PoisonError};

use reqwest::{Client, Url};

use super::authority::{authorities, given_proxy, identity, install_crypto, is_loopback};
use crate::error::SourceError;
use crate::fingerprint::Fingerprint;
use crate::request::Connection;

/// How many clients are kept. Those unused for longest go first.
const MOST: usize = 64;

/// What tells servers and their metrics who asks.
const USER_AGENT: &str = concat!("tenter/", env!("CARGO_PKG_VERSION"));

/// HTTP clients by what shapes them; the one used last is at the end.
#[derive(Debug, Default)]
pub(crate) struct Clients(Mutex<Vec<(String, Client)>>);

impl Clients {
    /// The client for requests to an address.
    ///
    /// # Errors
    /// [`SourceError::InvalidCredentials`] for certificates, keys or a proxy that cannot be read.
    pub(crate) fn of(&self, url: &Url, connection: &Connection) -> Result<Client, SourceError> {
        let is_local = url.host_str().is_some_and(is_loopback);
        let key = key(is_local, connection);
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match clients.iter().position(|(known, _)| *known == key) {
            Some(position) => clients.remove(position).1,
            None => build(is_local, connection)
                .map_err(|reason| SourceError::InvalidCredentials { url: crate::url::redact(url.as_str()), reason })?,
        };
        if clients.len() >= MOST {
            clients.remove(0);
        }
        clients.push((key, client.clone()));
        Ok(client)
    }
}

fn key(is_local: bool, connection: &Connection) -> String {
    let Connection { ca, client_certificate, proxy, timeout: _ } = connection;
    let mut fingerprint = Fingerprint::default();
    fingerprint.add(&[u8::from(is_local)]);
    fingerprint.add_optional(ca.as_deref());
    fingerprint.add_optional(client_certificate.as_ref().map(|own| own.certificate.as_slice()));
    fingerprint.add_optional(client_certificate.as_ref().map(|own| own.key.as_slice()));
    fingerprint.add_optional(proxy.as_ref().map(|proxy| proxy.address.as_bytes()));
    fingerprint.add_optional(proxy.as_ref().and_then(|proxy| proxy.username.as_deref()).map(str::as_bytes));
    fingerprint.add_optional(proxy.as_ref().and_then(|proxy| proxy.password.as_deref()).map(str::as_bytes));
    fingerprint.finish()
}

fn build(is_local: bool, connection: &Connection) -> Result<Client, String> {
    install_crypto();
    let mut builder = Client::builder().user_agent(USER_AGENT);
    if let Some(pem) = &connection.ca {
        builder = builder.tls_certs_merge(authorities(pem)?);
    }
    if let Some(own) = &connection.client_certificate {
        builder = builder.identity(identity(own)?);
    }
    builder = match &connection.proxy {
        Some(proxy) => builder.proxy(given_proxy(proxy)?),
        // The environment's proxies, as in every Flux controller, are not for this machine itself.
        None if is_local => builder.no_proxy(),
        None => builder,
    };
    builder.build().map_err(|error| super::failure::Chain::of(&error).text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Proxy;

    fn url() -> Url {
        Url::parse("https://charts.example.com").unwrap()
    }

    #[test]
    fn one_client_serves_all_that_want_the_same() {
        let clients = Clients::default();
        let proxied = |port: usize| Connection {
            proxy: Some(Proxy { address: format!("http://proxy:{port}"), username: None, password: None }),
            ..Connection::default()
        };
        clients.of(&url(), &Connection::default()).unwrap();
        clients.of(&url(), &Connection::default()).unwrap();
        assert_eq!(clients.0.lock().unwrap().len(), 1);
        for port in 1..2 * MOST {
            clients.of(&url(), &proxied(port)).unwrap();
        }
        assert_eq!(clients.0.lock().unwrap().len(), MOST);
    }

    #[test]
    fn says_which_certificate_is_unreadable() {
        let connection = Connection { ca: Some(b"nonsense".to_vec()), ..Connection::default() };
        let error = Clients::default().of(&url(), &connection).unwrap_err();
        expect_test::expect!["https://charts.example.com/: unusable credentials: ca.crt holds no PEM certificate"]
            .assert_eq(&error.to_string());
    }
}
