//! Connection pools, of destinations and of what a workload accepts.

use mesh::Field;

use super::super::durations;
use super::super::problem::Problems;
use super::not_negative;

/// Istio's `ConnectionPoolSettings`.
pub(in super::super) fn check<'w>(pool: Field<'w>, problems: &mut Problems<'w>) {
    if pool.get("http").is_none() && pool.get("tcp").is_none() {
        problems.error(pool, "the connection pool has neither `http` nor `tcp`");
    }
    if let Some(http) = pool.get("http") {
        let counts = [
            "http1MaxPendingRequests",
            "http2MaxRequests",
            "maxRequestsPerConnection",
            "maxRetries",
            "maxConcurrentStreams",
        ];
        not_negative(http, &counts, problems);
        durations::check(http, "idleTimeout", problems);
        if http.text("h2UpgradePolicy") == "UPGRADE" && http.flag("useClientProtocol") {
            let field = http.get("useClientProtocol").unwrap_or(http);
            problems.error(field, "`useClientProtocol` contradicts `h2UpgradePolicy: UPGRADE`");
        }
        if let Some(keepalive) = http.get("http2KeepAlive") {
            for name in ["interval", "timeout"] {
                if keepalive.get(name).is_none() {
                    problems.error(keepalive, format!("`http2KeepAlive` needs `{name}`"));
                }
                durations::check(keepalive, name, problems);
            }
        }
    }
    if let Some(tcp) = pool.get("tcp") {
        not_negative(tcp, &["maxConnections"], problems);
        durations::check(tcp, "connectTimeout", problems);
        durations::check(tcp, "maxConnectionDuration", problems);
        durations::check_unless_zero(tcp, "idleTimeout", problems);
        if let Some(keepalive) = tcp.get("tcpKeepalive") {
            durations::check(keepalive, "time", problems);
            durations::check(keepalive, "interval", problems);
        }
    }
}
