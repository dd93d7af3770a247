//! Traffic policies: of a host, of a subset, of a port.

use mesh::Field;

use super::super::problem::Problems;
use super::super::{cidr, durations, hosts, ports};
use super::{connection_pool, load_balancer, objects, outlier_detection, says, upstream_tls};

/// What a policy of a port can say; a policy of a host can say more.
const PARTS: [&str; 4] = ["outlierDetection", "connectionPool", "loadBalancer", "tls"];

/// A policy of an object in `namespace`.
pub(super) fn check<'w>(policy: Field<'w>, namespace: &str, problems: &mut Problems<'w>) {
    let more = ["tunnel", "proxyProtocol", "retryBudget"];
    if !PARTS.iter().chain(&more).any(|name| policy.get(name).is_some()) && !says(policy, "portLevelSettings") {
        problems.error(policy, "the traffic policy says nothing");
    }
    if let (Some(_), Some(proxy)) = (policy.get("tunnel"), policy.get("proxyProtocol")) {
        problems.error(proxy, "a traffic policy can have `tunnel` or `proxyProtocol`, not both");
    }
    parts(policy, namespace, problems);
    for settings in objects(policy, "portLevelSettings") {
        if settings.get("port").is_none() {
            problems.error(settings, "the settings of a port do not say of which port");
        }
        if PARTS.iter().all(|name| settings.get(name).is_none()) {
            problems.error(settings, "the settings of a port say nothing");
        }
        parts(settings, namespace, problems);
    }
    if let Some(budget) = policy.get("retryBudget") {
        durations::check_notation(budget, "budgetInterval", problems);
    }
    if let Some(tunnel) = policy.get("tunnel") {
        self::tunnel(tunnel, problems);
    }
}

fn parts<'w>(policy: Field<'w>, namespace: &str, problems: &mut Problems<'w>) {
    if let Some(outliers) = policy.get("outlierDetection") {
        outlier_detection::check(outliers, problems);
    }
    if let Some(pool) = policy.get("connectionPool") {
        connection_pool::check(pool, problems);
    }
    if let Some(balancer) = policy.get("loadBalancer") {
        load_balancer::check(balancer, policy.get("outlierDetection").is_some().into(), problems);
    }
    if let Some(tls) = policy.get("tls") {
        upstream_tls::check(tls, namespace, problems);
    }
}

fn tunnel<'w>(tunnel: Field<'w>, problems: &mut Problems<'w>) {
    let protocol = tunnel.text("protocol");
    if let Some(field) = tunnel.get("protocol").filter(|_| !matches!(protocol, "" | "CONNECT" | "POST")) {
        problems.error(field, format!("`protocol` is `{protocol}`, and must be `CONNECT` or `POST`"));
    }
    let host = tunnel.text("targetHost");
    if hosts::full_name(host).is_err() && !cidr::is_address(host) {
        let field = tunnel.get("targetHost").unwrap_or(tunnel);
        problems.error(field, format!("`targetHost` is `{host}`, which is neither a host nor an address"));
    }
    ports::check_required(tunnel, "targetPort", problems);
}
