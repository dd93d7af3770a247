//! How many connections a proxy keeps, and for how long.

use super::super::schema::{Schema, boolean, object, one_of, optional, string};
use super::{duration, signed, unsigned};

/// Istio's `ConnectionPoolSettings`.
pub(super) fn connection_pool() -> Schema {
    let keepalive =
        object([optional("probes", unsigned()), optional("time", duration()), optional("interval", duration())]);
    let tcp = object([
        optional("maxConnections", signed()),
        optional("connectTimeout", duration()),
        optional("tcpKeepalive", keepalive),
        optional("maxConnectionDuration", duration()),
        // Zero turns it off.
        optional("idleTimeout", string()),
    ]);
    let http = object([
        optional("http1MaxPendingRequests", signed()),
        optional("http2MaxRequests", signed()),
        optional("maxRequestsPerConnection", signed()),
        optional("maxRetries", signed()),
        optional("idleTimeout", duration()),
        optional("h2UpgradePolicy", one_of(&["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"])),
        optional("useClientProtocol", boolean()),
        optional("maxConcurrentStreams", signed()),
        optional("http2KeepAlive", object([optional("interval", duration()), optional("timeout", duration())])),
    ]);
    object([optional("tcp", tcp), optional("http", http)])
}
