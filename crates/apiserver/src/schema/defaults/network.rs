//! Services, endpoints and network policies.

use serde_json::{Value, json};
use sha2::Digest;

use super::{each, open, set, text};

/// A service, with its cluster IP and node ports.
///
/// Addresses are made from the service's namespace and name, so the same service always gets the same ones and no
/// allocator has to be kept; in `10.96.0.0/12` a collision of two services is unlikely but possible.
pub(super) fn service(object: &mut Value) {
    balancer_status(object);
    let seed = format!("{}/{}", text(&object["metadata"], "namespace"), text(&object["metadata"], "name"));
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
        assign_node_ports(spec, &seed);
    }
    if ty == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
    }
    if text(spec, "clusterIP").is_empty() {
        spec["clusterIP"] = match spec["clusterIPs"][0].as_str() {
            Some(address) => json!(address),
            None => json!(address_of(&seed)),
        };
    }
    let address = spec["clusterIP"].clone();
    set(spec, "clusterIPs", json!([address]));
    let family = if text(spec, "clusterIP").contains(':') { "IPv6" } else { "IPv4" };
    set(spec, "ipFamilies", json!([family]));
    set(spec, "ipFamilyPolicy", "SingleStack");
}

fn hash(seed: &str) -> u32 {
    let digest = sha2::Sha256::digest(seed.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// An address of `10.96.0.0/12` above the first ten, which have fixed uses.
fn address_of(seed: &str) -> String {
    const SIZE: u32 = 1 << 20;
    let offset = 11 + hash(seed) % (SIZE - 12);
    std::net::Ipv4Addr::from(u32::from_be_bytes([10, 96, 0, 0]) + offset).to_string()
}

/// Ports of 30000–32767, different within the service.
fn assign_node_ports(spec: &mut Value, seed: &str) {
    const SIZE: u32 = 2768;
    let mut used: Vec<u64> = spec["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|port| port["nodePort"].as_u64())
        .filter(|&port| port != 0)
        .collect();
    for port in each(spec, "ports") {
        if port["nodePort"].as_u64().unwrap_or(0) != 0 {
            continue;
        }
        let start = hash(&format!("{seed}/{}/{}", port["protocol"], port["port"])) % SIZE;
        let free =
            (0..SIZE).map(|step| 30_000 + u64::from((start + step) % SIZE)).find(|candidate| !used.contains(candidate));
        if let Some(number) = free {
            used.push(number);
            port["nodePort"] = json!(number);
        }
    }
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
