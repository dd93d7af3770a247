//! Services, endpoints and network policies.

use serde_json::{Value, json};

use super::{each, open, set, text};
use crate::schema::addresses::{self, Taken};

/// A service. One that comes from a client has its addresses already; see `schema::addresses`.
pub(super) fn service(object: &mut Value) {
    balancer_status(object);
    // Nothing is taken, so nothing can be refused.
    addresses::assign(object, &Taken::default());
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    set(spec, "sessionAffinity", "None");
    set(spec, "type", "ClusterIP");
    if text(spec, "sessionAffinity") == "ClientIP" {
        let client = open(spec, "sessionAffinityConfig").and_then(|config| open(config, "clientIP"));
        if let Some(client) = client {
            set(client, "timeoutSeconds", 10_800);
        }
    }
    for port in each(spec, "ports") {
        set(port, "protocol", "TCP");
        let number = port["port"].clone();
        set(port, "targetPort", number);
    }
    let ty = text(spec, "type").to_owned();
    if ty == "ExternalName" {
        return;
    }
    set(spec, "internalTrafficPolicy", "Cluster");
    if matches!(ty.as_str(), "NodePort" | "LoadBalancer") {
        set(spec, "externalTrafficPolicy", "Cluster");
    }
    if ty == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
    }
    let address = spec["clusterIP"].clone();
    set(spec, "clusterIPs", json!([address]));
    let family = if text(spec, "clusterIP").contains(':') { "IPv6" } else { "IPv4" };
    set(spec, "ipFamilies", json!([family]));
    set(spec, "ipFamilyPolicy", "SingleStack");
}

pub(super) fn endpoints(object: &mut Value) {
    for subset in each(object, "subsets") {
        each(subset, "ports").for_each(|port| set(port, "protocol", "TCP"));
    }
}

pub(super) fn endpoint_slice(object: &mut Value) {
    for port in each(object, "ports") {
        set(port, "name", "");
        set(port, "protocol", "TCP");
    }
}

/// The status of a service or ingress.
pub(super) fn balancer_status(object: &mut Value) {
    if let Some(status) = open(object, "status") {
        set(status, "loadBalancer", json!({}));
    }
}

pub(super) fn ingress_class(object: &mut Value) {
    if let Some(parameters) = object.get_mut("spec").and_then(|spec| spec.get_mut("parameters")) {
        set(parameters, "scope", "Cluster");
    }
}

pub(super) fn network_policy(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    for side in ["ingress", "egress"] {
        for rule in each(spec, side) {
            each(rule, "ports").for_each(|port| set(port, "protocol", "TCP"));
        }
    }
    let has_egress = spec["egress"].as_array().is_some_and(|rules| !rules.is_empty());
    set(spec, "podSelector", json!({}));
    set(spec, "policyTypes", if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) });
}
