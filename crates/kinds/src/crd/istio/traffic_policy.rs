//! How to talk to a host: balancing, pools, ejection, TLS.

use super::super::schema::{
    Schema, boolean, integer, list, map, number, object, one_of, optional, required, string, strings,
};
use super::connection_pool::connection_pool;
use super::{duration, items, maybe, signed, unsigned, unsigned_long};

/// Istio's `TrafficPolicy`.
pub(super) fn traffic_policy() -> Schema {
    let port_settings = items([
        optional("port", object([optional("number", unsigned())])),
        optional("loadBalancer", load_balancer()),
        optional("connectionPool", connection_pool()),
        optional("outlierDetection", outlier_detection()),
        optional("tls", client_tls()),
    ]);
    object([
        optional("loadBalancer", load_balancer()),
        optional("connectionPool", connection_pool()),
        optional("outlierDetection", outlier_detection()),
        optional("tls", client_tls()),
        optional("portLevelSettings", port_settings.at_most(4096)),
        optional(
            "tunnel",
            object([
                optional("protocol", string()),
                required("targetHost", string()),
                required("targetPort", unsigned()),
            ]),
        ),
        optional("proxyProtocol", object([optional("version", one_of(&["V1", "V2"]))])),
        optional(
            "retryBudget",
            object([
                optional("percent", percentage()),
                optional("minRetryConcurrency", unsigned()),
                optional("budgetInterval", string()),
            ]),
        ),
    ])
}

/// A number from 0 to 100 that may be left out.
fn percentage() -> Schema {
    number().format("double").minimum(0).maximum(100).nullable()
}

fn load_balancer() -> Schema {
    let failover = || items([optional("from", string()), optional("to", string())]);
    let locality = object([
        optional("distribute", items([optional("from", string()), optional("to", map(unsigned()))])),
        optional("failover", failover()),
        optional("failoverPriority", strings()),
        optional("enabled", maybe()),
    ]);
    let zones = object([
        optional("failover", failover()),
        optional("failoverPriority", strings()),
        optional("enabled", maybe()),
        optional("minClusterSize", integer().minimum(1).maximum(4_294_967_295).nullable()),
    ]);
    let warmup = object([
        required("duration", duration()),
        optional("minimumPercent", percentage()),
        optional("aggression", number().format("double").minimum(0).nullable()),
    ]);
    let utilization = object([
        optional("weightExpirationPeriod", string()),
        optional("weightStabilizationPeriod", string()),
        optional("weightUpdatePeriod", string()),
        optional("errorUtilizationPenaltyPercent", unsigned()),
        optional("metricNamesForComputingUtilization", strings()),
    ]);
    object([
        optional(
            "simple",
            one_of(&["UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST"]),
        ),
        optional("consistentHash", consistent_hash()),
        optional("backendUtilization", utilization),
        optional("localityLbSetting", locality),
        optional("zoneAwareLbSetting", zones),
        optional("warmupDurationSecs", duration()),
        optional("warmup", warmup),
    ])
    .at_most_one_of(&["simple", "consistentHash", "backendUtilization"])
}

fn consistent_hash() -> Schema {
    let cookie = object([
        required("name", string()),
        optional("path", string()),
        optional("ttl", string()),
        optional("attributes", items([required("name", string()), optional("value", string())])),
    ]);
    object([
        optional("httpHeaderName", string()),
        optional("httpCookie", cookie),
        optional("useSourceIp", boolean()),
        optional("httpQueryParameterName", string()),
        optional("ringHash", object([optional("minimumRingSize", unsigned_long())])),
        optional("maglev", object([optional("tableSize", unsigned_long())])),
        optional("minimumRingSize", unsigned_long()),
    ])
    .at_most_one_of_each(&[
        &["httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName"],
        &["ringHash", "maglev"],
    ])
}

fn outlier_detection() -> Schema {
    object([
        optional("consecutiveErrors", signed()),
        optional("splitExternalLocalOriginErrors", boolean()),
        optional("consecutiveLocalOriginFailures", unsigned().nullable()),
        optional("consecutiveGatewayErrors", unsigned().nullable()),
        optional("consecutive5xxErrors", unsigned().nullable()),
        optional("interval", duration()),
        optional("baseEjectionTime", duration()),
        optional("maxEjectionPercent", signed()),
        optional("minHealthPercent", signed()),
        optional("outlierDetectionHttpErrorCodes", list(integer().minimum(100).maximum(599))),
    ])
}

/// Istio's `ClientTLSSettings`.
fn client_tls() -> Schema {
    object([
        optional("mode", one_of(&["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"])),
        optional("clientCertificate", string()),
        optional("privateKey", string()),
        optional("caCertificates", string()),
        optional("credentialName", string()),
        optional("subjectAltNames", strings()),
        optional("sni", string()),
        optional("insecureSkipVerify", maybe()),
        optional("caCrl", string()),
    ])
}
