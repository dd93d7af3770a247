//! The protocol of a port, as Istio chooses it.

use std::fmt;

/// What a port carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// HTTP/1.1, upgraded where both sides can.
    Http,
    /// HTTP/2 in clear text.
    Http2,
    /// gRPC.
    Grpc,
    /// gRPC for browsers.
    GrpcWeb,
    /// An explicit HTTP proxy, which only Istio's Sidecar can declare.
    HttpProxy,
    /// HTTP inside TLS that the proxy does not terminate.
    Https,
    /// TLS, routed by its server name.
    Tls,
    /// Bytes.
    Tcp,
    /// Datagrams, which a mesh does not route.
    Udp,
    /// MongoDB.
    Mongo,
    /// MySQL.
    MySql,
    /// Redis.
    Redis,
    /// Not declared: the proxy looks at the first bytes and treats them as HTTP or as TCP.
    Sniffed,
}

/// Ports on which the server speaks first: without a declaration Istio takes them for TCP, because sniffing would wait.
const SERVER_FIRST: [u16; 4] = [25, 53, 3306, 27017];

impl Protocol {
    /// The protocol by its own name, in any case; `None` for a word that Istio does not know.
    pub fn named(name: &str) -> Option<Protocol> {
        Some(match name.to_ascii_lowercase().as_str() {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "grpc" => Protocol::Grpc,
            "grpc-web" => Protocol::GrpcWeb,
            "http" => Protocol::Http,
            "http_proxy" => Protocol::HttpProxy,
            "http2" => Protocol::Http2,
            "https" => Protocol::Https,
            "tls" => Protocol::Tls,
            "mongo" => Protocol::Mongo,
            "redis" => Protocol::Redis,
            "mysql" => Protocol::MySql,
            _ => return None,
        })
    }

    /// The protocol of a Service's port (Istio `kube.ConvertProtocol`): UDP stays UDP, `appProtocol` wins over the name,
    /// of both only what stands before the first hyphen counts, and some numbers are known.
    pub fn of_service_port(number: u16, name: &str, transport: &str, app_protocol: Option<&str>) -> Protocol {
        if transport == "UDP" {
            return Protocol::Udp;
        }
        match app_protocol {
            Some("kubernetes.io/h2c") => return Protocol::Http2,
            Some("kubernetes.io/ws") => return Protocol::Http,
            Some("kubernetes.io/wss") => return Protocol::Https,
            Some(_) | None => {}
        }
        let name = app_protocol.unwrap_or(name);
        if name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("grpc-web")) {
            return Protocol::GrpcWeb;
        }
        let prefix = name.split_once('-').map_or(name, |(prefix, _)| prefix);
        Protocol::named(prefix).unwrap_or(if SERVER_FIRST.contains(&number) {
            Protocol::Tcp
        } else {
            Protocol::Sniffed
        })
    }

    /// Whether requests are told apart: declared as some HTTP.
    pub fn is_http(self) -> bool {
        match self {
            Protocol::Http | Protocol::Http2 | Protocol::Grpc | Protocol::GrpcWeb | Protocol::HttpProxy => true,
            Protocol::Https
            | Protocol::Tls
            | Protocol::Tcp
            | Protocol::Udp
            | Protocol::Mongo
            | Protocol::MySql
            | Protocol::Redis
            | Protocol::Sniffed => false,
        }
    }

    /// Whether HTTP routes apply when HTTP arrives: declared as HTTP, or sniffed.
    pub fn may_be_http(self) -> bool {
        self.is_http() || self == Protocol::Sniffed
    }

    /// Whether connections are told apart by the server name of their TLS handshake.
    pub fn is_tls(self) -> bool {
        matches!(self, Protocol::Https | Protocol::Tls)
    }
}

/// As it is written in objects: `HTTP`, `gRPC`'s `GRPC`, and `auto` for what is sniffed.
impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Protocol::Http => "HTTP",
            Protocol::Http2 => "HTTP2",
            Protocol::Grpc => "GRPC",
            Protocol::GrpcWeb => "GRPC-Web",
            Protocol::HttpProxy => "HTTP_PROXY",
            Protocol::Https => "HTTPS",
            Protocol::Tls => "TLS",
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Mongo => "Mongo",
            Protocol::MySql => "MySQL",
            Protocol::Redis => "Redis",
            Protocol::Sniffed => "auto",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_port_says_its_protocol_by_app_protocol_name_or_number() {
        for (number, name, transport, app_protocol, expect) in [
            (80, "http", "TCP", None, Protocol::Http),
            (80, "http-web", "TCP", None, Protocol::Http),
            (80, "HTTP2-x", "TCP", None, Protocol::Http2),
            (80, "grpc-web-x", "TCP", None, Protocol::GrpcWeb),
            (80, "grpcweb", "TCP", None, Protocol::Sniffed),
            (80, "web", "TCP", None, Protocol::Sniffed),
            (80, "", "TCP", None, Protocol::Sniffed),
            (3306, "db", "TCP", None, Protocol::Tcp),
            (3306, "http-db", "TCP", None, Protocol::Http),
            (80, "http", "UDP", Some("http"), Protocol::Udp),
            (80, "http", "TCP", Some("tcp"), Protocol::Tcp),
            (80, "http", "TCP", Some("example.com/other"), Protocol::Sniffed),
            (80, "tcp", "TCP", Some("kubernetes.io/h2c"), Protocol::Http2),
            (80, "tcp", "TCP", Some("kubernetes.io/wss"), Protocol::Https),
        ] {
            assert_eq!(Protocol::of_service_port(number, name, transport, app_protocol), expect, "{number} {name}");
        }
    }
}
