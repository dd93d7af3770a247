//! git over HTTP and HTTPS.

use std::any::Any;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gix::error::{Error, message};
use gix::protocol::transport::Protocol;
use gix::protocol::transport::client::TransportWithoutIO;
use gix::protocol::transport::client::blocking_io::{Transport, http};
use gix::sec::identity::Account;
use reqwest::blocking::ClientBuilder;
use reqwest::header::AUTHORIZATION;
use reqwest::{Certificate, Identity};

use super::cancel::Cancel;
use super::remote::Address;
use crate::error::SourceError;
use crate::http::{authorities, basic, given_proxy, identity, install_crypto, is_loopback, secret_header};
use crate::request::{Credentials, GitRequest};

/// A connection that is not yet made, and the options to make it with.
pub(super) type Prepared = (Box<dyn Transport + Send>, Option<Box<dyn Any>>);

/// Prepares a connection. Nothing is sent yet.
pub(super) fn connect(address: &Address, request: &GitRequest, cancel: &Cancel) -> Result<Prepared, SourceError> {
    install_crypto();
    let unusable = |reason: String| SourceError::InvalidCredentials { url: address.shown.clone(), reason };
    let mut transport = http::connect::<http::reqwest::Remote>(address.url.clone(), Protocol::V2, false);
    let mut header = None;
    match &address.credentials {
        Credentials::None => {}
        // The transport sends a password over TLS, and only to the same host after a redirect.
        Credentials::Basic { username, password } if address.url.scheme == gix::url::Scheme::Https => {
            let account = Account { username: username.clone(), password: password.clone(), oauth_refresh_token: None };
            transport.set_identity(account).map_err(|error| unusable(error.to_string()))?;
        }
        // Without TLS it would refuse. As Flux, we do what the user asked for.
        Credentials::Basic { username, password } => {
            header = Some(basic(username, password).map_err(&unusable)?);
        }
        Credentials::Bearer { token } => header = Some(secret_header(&format!("Bearer {token}")).map_err(&unusable)?),
        Credentials::Ssh { .. } | Credentials::DockerConfig { .. } => {
            return Err(unusable("these are not for https://; give username and password or bearerToken".to_owned()));
        }
    }
    let client = Client::new(address, request, cancel.remaining()).map_err(unusable)?;
    let options = http::reqwest::Options {
        configure_client: Some(Box::new(move |builder| Ok(client.configure(builder)))),
        configure_request: header.map(|header| {
            let configure: Box<http::reqwest::ConfigureRequestFn> = Box::new(move |request| {
                request.headers_mut().insert(AUTHORIZATION, header.clone());
                Ok(())
            });
            configure
        }),
    };
    let options = http::Options { backend: Some(Arc::new(Mutex::new(options))), ..http::Options::default() };
    Ok((Box::new(transport), Some(Box::new(options))))
}

/// How the HTTP client is set up.
struct Client {
    authorities: Vec<Certificate>,
    identity: Option<Identity>,
    proxy: ProxyChoice,
    timeout: Duration,
}

enum ProxyChoice {
    Given(Box<reqwest::Proxy>),
    /// What the environment says, as in every Flux controller.
    Environment,
    /// The environment's proxies are not for this machine itself.
    None,
}

impl Client {
    fn new(address: &Address, request: &GitRequest, timeout: Duration) -> Result<Client, String> {
        let authorities = match &request.ca {
            Some(pem) => authorities(pem)?,
            None => Vec::new(),
        };
        let identity = request.client_certificate.as_ref().map(identity).transpose()?;
        let proxy = match &request.proxy {
            Some(proxy) => ProxyChoice::Given(Box::new(given_proxy(proxy)?)),
            None if address.url.host().is_some_and(is_loopback) => ProxyChoice::None,
            None => ProxyChoice::Environment,
        };
        Ok(Client { authorities, identity, proxy, timeout })
    }

    fn configure(&self, builder: ClientBuilder) -> ClientBuilder {
        let mut builder = builder.timeout(self.timeout).connect_timeout(self.timeout);
        if !self.authorities.is_empty() {
            builder = builder.tls_certs_merge(self.authorities.iter().cloned());
        }
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        match &self.proxy {
            ProxyChoice::Given(proxy) => builder.proxy(proxy.as_ref().clone()),
            ProxyChoice::Environment => builder,
            ProxyChoice::None => builder.no_proxy(),
        }
    }
}

/// An error of ours in the form that the protocol's functions take.
pub(super) fn no_prompt() -> Error {
    message("no credentials are asked for").unauthenticated_error()
}
