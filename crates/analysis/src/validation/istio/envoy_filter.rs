//! EnvoyFilter: patches of what Istio makes for its proxies. What a patch holds is Envoy's, and judged only where it
//! names interfaces that Envoy no longer has.

use manifest::Value;
use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{ports, selectors, string_match};
use super::{objects, says};

/// The filter that other HTTP filters are part of.
const HTTP_CONNECTION_MANAGER: [&str; 2] =
    ["envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"];
/// Filters that Envoy renamed, by their old names.
const RENAMED: [&str; 26] = [
    "envoy.buffer",
    "envoy.client_ssl_auth",
    "envoy.cors",
    "envoy.csrf",
    "envoy.ext_authz",
    "envoy.fault",
    "envoy.grpc_http1_bridge",
    "envoy.grpc_json_transcoder",
    "envoy.grpc_web",
    "envoy.gzip",
    "envoy.health_check",
    "envoy.http_connection_manager",
    "envoy.http_dynamo_filter",
    "envoy.ip_tagging",
    "envoy.listener.http_inspector",
    "envoy.listener.original_dst",
    "envoy.listener.original_src",
    "envoy.listener.proxy_protocol",
    "envoy.listener.tls_inspector",
    "envoy.lua",
    "envoy.mongo_proxy",
    "envoy.rate_limit",
    "envoy.ratelimit",
    "envoy.redis_proxy",
    "envoy.router",
    "envoy.tcp_proxy",
];
/// The longest expression for a version that Istio looks at.
const LONGEST_VERSION: usize = 1024;

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    problems.warning(
        subject.root,
        "an EnvoyFilter patches what Istio may change at any time; prefer another kind, and test it with every upgrade",
    );
    selectors::workloads(spec, "workloadSelector", "labels", problems);
    if let (Some(_), Some(targets)) = (spec.get("workloadSelector"), spec.get("targetRefs")) {
        problems.error(targets, "an EnvoyFilter can have `workloadSelector` or `targetRefs`, not both");
    }
    for patch in objects(spec, "configPatches") {
        self::patch(patch, problems);
    }
}

fn patch<'w>(patched: Field<'w>, problems: &mut Problems<'w>) {
    let matched = patched.get("match");
    if let Some(matched) = matched {
        let for_waypoint = matched.text("context") == "WAYPOINT";
        if for_waypoint != matched.get("waypoint").is_some() {
            problems.error(matched, "the match `waypoint` goes with the context WAYPOINT, and no other match does");
        }
        if let Some(waypoint) = matched.get("waypoint") {
            ports::check_given(waypoint, "portNumber", problems);
        }
        if for_waypoint {
            return;
        }
    }
    let apply_to = patched.text("applyTo");
    if matches!(apply_to, "" | "INVALID") {
        return problems.error(patched, "the patch does not say by `applyTo` what it is for");
    }
    let Some(patch) = patched.get("patch") else { return problems.error(patched, "`patch` is missing") };
    let operation = patch.text("operation");
    if matches!(operation, "" | "INVALID") {
        return problems.error(patch, "the patch has no operation");
    }
    if operation != "REMOVE" && patch.get("value").is_none() {
        return problems.error(patch, format!("the operation {operation} needs a value"));
    }
    if let Some(matched) = matched {
        version(matched, problems);
        object(matched, apply_to, problems);
    }
    if let Some(value) = patch.get("value") {
        old_interfaces(value, problems);
    }
}

fn version<'w>(matched: Field<'w>, problems: &mut Problems<'w>) {
    let Some(proxy) = matched.get("proxy") else { return };
    let Some(field) = proxy.get("proxyVersion").filter(|_| says(proxy, "proxyVersion")) else { return };
    let expression = proxy.text("proxyVersion");
    if expression.len() > LONGEST_VERSION {
        problems.warning(field, format!("`proxyVersion` is longer than {LONGEST_VERSION} characters, and is ignored"));
    } else if let Err(why) = string_match::syntax(expression) {
        problems.error(field, format!("`proxyVersion` is `{expression}`, which is no regular expression: {why}"));
    }
}

/// Whether what is matched can be what is patched.
fn object<'w>(matched: Field<'w>, apply_to: &str, problems: &mut Problems<'w>) {
    let given = ["listener", "routeConfiguration", "cluster"].into_iter().find(|name| matched.get(name).is_some());
    let fitting = match apply_to {
        "LISTENER" | "FILTER_CHAIN" | "NETWORK_FILTER" | "HTTP_FILTER" => "listener",
        "ROUTE_CONFIGURATION" | "VIRTUAL_HOST" | "HTTP_ROUTE" => "routeConfiguration",
        "CLUSTER" => "cluster",
        _ => return,
    };
    match given {
        Some(name) if name != fitting => {
            let field = matched.get(name).unwrap_or(matched);
            problems.error(field, format!("{apply_to} is matched by `{fitting}`, not by `{name}`"));
        }
        Some("listener") => {
            if let Some(filter) = matched.at(&["listener", "filterChain", "filter"]) {
                self::filter(filter, apply_to, problems);
            }
        }
        Some(_) | None => {}
    }
}

fn filter<'w>(filter: Field<'w>, apply_to: &str, problems: &mut Problems<'w>) {
    if matches!(apply_to, "LISTENER" | "FILTER_CHAIN") {
        problems.warning(filter, format!("a match by filter does nothing for {apply_to}"));
    }
    let name = filter.text("name");
    if name.is_empty() {
        return problems.error(filter, "a match by filter needs the filter's name");
    }
    if let Some(below) = filter.get("subFilter") {
        if apply_to != "HTTP_FILTER" {
            return problems.error(below, format!("`subFilter` is for HTTP_FILTER, not for {apply_to}"));
        }
        if !HTTP_CONNECTION_MANAGER.contains(&name) {
            return problems
                .error(below, format!("`subFilter` is part of `{}`, not of `{name}`", HTTP_CONNECTION_MANAGER[0]));
        }
        if below.text("name").is_empty() {
            return problems.error(below, "a match by `subFilter` needs its name");
        }
        renamed(below, problems);
    }
    renamed(filter, problems);
}

fn renamed<'w>(filter: Field<'w>, problems: &mut Problems<'w>) {
    let name = filter.text("name");
    if let Some(field) = filter.get("name").filter(|_| RENAMED.contains(&name)) {
        problems.warning(
            field,
            format!("`{name}` is an old name of a filter; write the one that begins with `envoy.filters.`"),
        );
    }
}

/// Types of Envoy's second interface, which it no longer has.
fn old_interfaces<'w>(value: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(kind) = value.get("@type") {
        let name = value.text("@type");
        if name.split('.').any(|part| part == "v2" || part.starts_with("v2alpha")) {
            problems.error(
                kind,
                format!("`@type` is `{name}`, of an interface that Envoy no longer has; write the type of v3"),
            );
        }
    }
    let below = value.members().map(|(_, field)| field).chain(value.items());
    for field in below.filter(|field| matches!(field.value(), Value::Object(_) | Value::Array(_))) {
        old_interfaces(field, problems);
    }
}
