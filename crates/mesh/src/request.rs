//! What a decision is asked about: a request, and who sends it.

use std::collections::BTreeMap;

use manifest::Value;

use crate::workload::Workload;
use crate::{Resource, World};

/// How the client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP that a proxy can read.
    Http,
    /// HTTP inside TLS of the client. Only a gateway that terminates it can read the request.
    Https,
    /// Bytes.
    Tcp,
}

/// A request. Of TLS that nobody terminates and of plain TCP only host, port and server name count.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// How the client speaks.
    pub scheme: Scheme,
    /// The host it means, in lower case and without port: a service's short or full name, or any other.
    pub host: String,
    /// The port it connects to.
    pub port: u16,
    /// The method, such as `GET`.
    pub method: String,
    /// The path without query.
    pub path: String,
    /// The parameters of the query, in order.
    pub query: Vec<(String, String)>,
    /// The headers by name in lower case. `host`, if it is there, is what the client sends for the host, port and all;
    /// without it the client sends the host alone.
    pub headers: BTreeMap<String, String>,
    /// The server name of the TLS handshake. `None` means the host.
    pub server_name: Option<String>,
    /// The claims of the JWT that the request carries, which is taken for valid; `None` means that it carries none.
    pub claims: Option<Value>,
}

/// A URL that is none, or that nobody can route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no URL for a request: write `http://host:port/path?query`, `https://…`, or `tcp://host:port`")]
pub struct NotAUrl(pub String);

impl Request {
    /// A `GET` of a URL: `http://host:port/path?query`, `https://…`, or `tcp://host:port`.
    ///
    /// # Errors
    ///
    /// [`NotAUrl`] for any other text.
    pub fn get(url: &str) -> Result<Request, NotAUrl> {
        let bad = || NotAUrl(url.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
        let (scheme, port) = match scheme {
            "http" => (Scheme::Http, Some(80)),
            "https" => (Scheme::Https, Some(443)),
            "tcp" => (Scheme::Tcp, None),
            _ => return Err(bad()),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, number)) if !number.ends_with(']') => (host, Some(number.parse().map_err(|_| bad())?)),
            _ => (authority, port),
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        });
        if host.is_empty() {
            return Err(bad());
        }
        Ok(Request {
            scheme,
            host: host.trim_end_matches('.').to_lowercase(),
            port: port.ok_or_else(bad)?,
            method: "GET".to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            query: query.collect(),
            headers: BTreeMap::new(),
            server_name: None,
            claims: None,
        })
    }

    /// The same with a header. `Host` is the host that the request means, whatever the URL leads to.
    pub fn with_header(mut self, name: &str, value: &str) -> Request {
        match name.to_lowercase().as_str() {
            "host" | ":authority" => {
                let host = value.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
                self.host = host.map_or(value, |(host, _)| host).trim_end_matches('.').to_lowercase();
                self.headers.insert("host".to_owned(), value.to_owned());
            }
            name => {
                self.headers.insert(name.to_owned(), value.to_owned());
            }
        }
        self
    }

    /// A header's value; its name in any case. `host` and the names with colons are those of the request line.
    pub fn header(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        match name.as_str() {
            ":method" => Some(&self.method),
            ":path" => Some(&self.path),
            ":authority" | "host" => Some(self.headers.get("host").map_or(&self.host, String::as_str)),
            ":scheme" => Some(match self.scheme {
                Scheme::Http => "http",
                Scheme::Https => "https",
                Scheme::Tcp => return None,
            }),
            other => self.headers.get(other).map(String::as_str),
        }
    }

    /// The first value of a parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The server name of the TLS handshake.
    pub fn sni(&self) -> &str {
        self.server_name.as_deref().unwrap_or(&self.host)
    }
}

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Client<'w> {
    /// A workload, whose proxy routes if it has one.
    Workload(Workload<'w>),
    /// Some workload of this namespace of which nothing else is known.
    Namespace(&'w str),
    /// Somebody outside, through a gateway: Istio's Gateway or Gateway API's.
    Gateway(Resource<'w>),
}

impl<'w> Client<'w> {
    /// The namespace whose configuration counts for it.
    pub fn namespace(self) -> &'w str {
        match self {
            Client::Workload(workload) => workload.namespace(),
            Client::Namespace(namespace) => namespace,
            Client::Gateway(gateway) => gateway.namespace(),
        }
    }

    /// A label of what runs; nothing is known of the pods behind a gateway or in a namespace.
    pub fn label(self, name: &str) -> Option<&'w str> {
        match self {
            Client::Workload(workload) => workload.label(name),
            Client::Namespace(_) | Client::Gateway(_) => None,
        }
    }
}

/// The names that a host may be meant as by a client of a namespace, the most literal first: a proxy knows a service by its
/// full name, and by the parts that the cluster's name service completes.
pub(crate) fn possible_names(world: &World, host: &str, namespace: &str) -> Vec<String> {
    let domain = &world.options().cluster_domain;
    let mut names = vec![host.to_owned()];
    match host.split('.').collect::<Vec<_>>().as_slice() {
        [_] => names.push(format!("{host}.{namespace}.svc.{domain}")),
        [_, _] => names.push(format!("{host}.svc.{domain}")),
        [_, _, "svc"] => names.push(format!("{host}.{domain}")),
        _ => {}
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_host_is_the_host() {
        let request =
            Request::get("http://10.0.0.1:8080/").expect("a request").with_header("Host", "Shop.example.com:80");
        assert_eq!(
            (request.host.as_str(), request.port, request.header("host")),
            ("shop.example.com", 8080, Some("Shop.example.com:80"))
        );
    }

    #[test]
    fn urls_become_requests() {
        let request = Request::get("http://Reviews.shop:9080/a/b?x=1&y&x=2").expect("a request");
        assert_eq!((request.host.as_str(), request.port, request.path.as_str()), ("reviews.shop", 9080, "/a/b"));
        assert_eq!(
            (request.parameter("x"), request.parameter("y"), request.parameter("z")),
            (Some("1"), Some(""), None)
        );
        assert_eq!(
            Request::get("https://a.com").map(|request| (request.port, request.path)),
            Ok((443, "/".to_owned()))
        );
        assert_eq!(Request::get("http://[::1]:80/").map(|request| request.host), Ok("[::1]".to_owned()));
        for url in ["a.com", "ftp://a", "tcp://a", "http://", "http://a:x/", "http://a:70000"] {
            assert_eq!(Request::get(url), Err(NotAUrl(url.to_owned())));
        }
    }
}
