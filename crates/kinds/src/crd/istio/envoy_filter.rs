//! EnvoyFilter.

use super::super::schema::{Schema, object, one_of, open, optional, string, texts};
use super::{items, labels_selector, port_number, signed, targets, unsigned};

pub(super) fn envoy_filter() -> Schema {
    let apply_to = one_of(&[
        "INVALID",
        "LISTENER",
        "FILTER_CHAIN",
        "NETWORK_FILTER",
        "HTTP_FILTER",
        "ROUTE_CONFIGURATION",
        "VIRTUAL_HOST",
        "HTTP_ROUTE",
        "CLUSTER",
        "EXTENSION_CONFIG",
        "BOOTSTRAP",
        "LISTENER_FILTER",
    ]);
    let operation = one_of(&[
        "INVALID",
        "MERGE",
        "ADD",
        "REMOVE",
        "INSERT_BEFORE",
        "INSERT_AFTER",
        "INSERT_FIRST",
        "REPLACE",
        "MERGE_AND_REPLACE_LIST",
    ]);
    let patch = object([
        optional("operation", operation),
        optional("value", open([])),
        optional("filterClass", one_of(&["UNSPECIFIED", "AUTHN", "AUTHZ", "STATS"])),
    ]);
    object([
        optional(
            "configPatches",
            items([optional("applyTo", apply_to), optional("match", patch_match()), optional("patch", patch)]),
        ),
        optional("priority", signed()),
        optional("targetRefs", targets()),
        optional("workloadSelector", labels_selector()),
    ])
    .rule("!has(self.workloadSelector) || !has(self.targetRefs)", "workloadSelector and targetRefs exclude each other")
}

fn patch_match() -> Schema {
    let filter = || object([optional("name", string()), optional("subFilter", object([optional("name", string())]))]);
    let chain = object([
        optional("name", string()),
        optional("sni", string()),
        optional("transportProtocol", string()),
        optional("transportSocket", string()),
        optional("applicationProtocols", string()),
        optional("filter", filter()),
        optional("destinationPort", unsigned()),
    ]);
    let listener = object([
        optional("portNumber", unsigned()),
        optional("portName", string()),
        optional("filterChain", chain),
        optional("listenerFilter", string()),
        optional("name", string()),
    ]);
    let route = object([
        optional("name", string()),
        optional("action", one_of(&["ANY", "ROUTE", "REDIRECT", "DIRECT_RESPONSE"])),
    ]);
    let routes = object([
        optional("portNumber", unsigned()),
        optional("portName", string()),
        optional("gateway", string()),
        optional(
            "vhost",
            object([optional("name", string()), optional("domainName", string()), optional("route", route)]),
        ),
        optional("name", string()),
    ]);
    let cluster = object([
        optional("portNumber", unsigned()),
        optional("service", string()),
        optional("subset", string()),
        optional("name", string()),
    ]);
    let waypoint = object([
        optional("portNumber", port_number()),
        optional("filter", filter()),
        optional("route", object([optional("name", string())])),
    ]);
    object([
        optional("context", one_of(&["ANY", "SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY", "WAYPOINT"])),
        optional("proxy", object([optional("proxyVersion", string()), optional("metadata", texts())])),
        optional("listener", listener),
        optional("routeConfiguration", routes),
        optional("cluster", cluster),
        optional("waypoint", waypoint),
    ])
    .at_most_one_of(&["listener", "routeConfiguration", "cluster", "waypoint"])
    .rule(
        "(has(self.context) && self.context == 'WAYPOINT') == has(self.waypoint)",
        "waypoint goes with the context WAYPOINT, and no other match does",
    )
}
