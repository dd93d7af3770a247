//! The addresses and ports of services.
//!
//! A service prefers an address and ports made from its namespace and name, so that the same service gets the same ones
//! on every start. Where another one has them, it gets the next that are free. What is taken is what the stored
//! services have: there is no allocator whose state could differ from them.

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::Digest;

use super::rules;
use crate::registry::{FieldError, Resource};

/// Addresses of `10.96.0.0/12`; the first ten have fixed uses.
const ADDRESSES: u32 = 1 << 20;
const RESERVED: u32 = 11;
const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 0);
/// Ports of 30000–32767.
const PORTS: u32 = 2768;
const FIRST_PORT: u64 = 30_000;

/// All that is read of a stored service: the rest, `managedFields` above all, is skipped without being built.
#[derive(Deserialize, Default)]
struct Stored {
    #[serde(default)]
    spec: StoredSpec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct StoredSpec {
    #[serde(rename = "clusterIP")]
    cluster_ip: Value,
    #[serde(rename = "clusterIPs")]
    cluster_ips: Value,
    ports: Value,
}

/// What one service has.
#[derive(Debug, Default)]
pub(crate) struct Held {
    addresses: Vec<String>,
    ports: Vec<u64>,
}

impl Held {
    /// What a stored service has.
    pub(crate) fn stored(json: &[u8]) -> Held {
        // What does not even have a spec has nothing.
        let stored: Stored = serde_json::from_slice(json).unwrap_or_default();
        let StoredSpec { cluster_ip, cluster_ips, ports } = stored.spec;
        let addresses = std::iter::once(&cluster_ip).chain(list(&cluster_ips)).filter_map(Value::as_str);
        let mut addresses: Vec<String> =
            addresses.filter(|text| !matches!(*text, "" | "None")).map(str::to_owned).collect();
        addresses.dedup();
        Held { addresses, ports: list(&ports).iter().filter_map(node_port).collect() }
    }
}

/// What services have together, and how many of them have it.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    addresses: HashMap<String, usize>,
    ports: HashMap<u64, usize>,
}

impl Taken {
    /// Notes what a service has.
    pub(crate) fn note(&mut self, held: &Held) {
        held.addresses.iter().for_each(|address| *self.addresses.entry(address.clone()).or_default() += 1);
        held.ports.iter().for_each(|port| *self.ports.entry(*port).or_default() += 1);
    }

    /// Takes back what was noted.
    pub(crate) fn release(&mut self, held: &Held) {
        for address in &held.addresses {
            if let Some(count) = self.addresses.get_mut(address) {
                *count -= 1;
                if *count == 0 {
                    self.addresses.remove(address);
                }
            }
        }
        for port in &held.ports {
            if let Some(count) = self.ports.get_mut(port) {
                *count -= 1;
                if *count == 0 {
                    self.ports.remove(port);
                }
            }
        }
    }

    /// Whether a service has this address.
    pub(crate) fn has_address(&self, address: &str) -> bool {
        self.addresses.contains_key(address)
    }

    fn has_port(&self, port: u64) -> bool {
        self.ports.contains_key(&port)
    }
}

/// Gives a new or changed service the addresses it leaves out, and says which of those it names are taken. `old` is the
/// service before the change.
pub(crate) fn assign_addresses(
    resource: &Resource,
    old: Option<&Value>,
    service: &mut Value,
    taken: &Taken,
) -> Vec<FieldError> {
    if let Some(old) = old {
        rules::carry_over(resource, old, service);
    }
    assign(service, taken)
}

/// The same for a service by itself. Values of the wrong type are left for validation to report.
pub(super) fn assign(service: &mut Value, taken: &Taken) -> Vec<FieldError> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let seed = format!("{}/{}", text(&service["metadata"]["namespace"]), text(&service["metadata"]["name"]));
    let Some(spec) = service.get_mut("spec").filter(|spec| spec.is_object()) else { return Vec::new() };
    let mut errors = Vec::new();
    let ty = text(&spec["type"]);
    if ty == "ExternalName" {
        return errors;
    }
    let balances_without = ty == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] == false;
    if matches!(ty.as_str(), "NodePort" | "LoadBalancer") {
        check_ports(spec, taken, &mut errors);
        if !balances_without {
            assign_ports(spec, &seed, taken);
        }
    }
    if text(&spec["clusterIP"]).is_empty() {
        let free = || free_address(&seed, taken).map(|address| address.to_string());
        let first = text(&spec["clusterIPs"][0]);
        match Some(first).filter(|address| !address.is_empty()).or_else(free) {
            Some(address) => spec["clusterIP"] = address.into(),
            None => {
                errors.push(FieldError::invalid("spec.clusterIPs", &json!([]), "failed to allocate IP: range is full"))
            }
        }
    }
    let address = text(&spec["clusterIP"]);
    if taken.has_address(&address) {
        let why = format!("failed to allocate IP {address}: provided IP is already allocated");
        errors.push(FieldError::invalid("spec.clusterIPs", &json!([address]), &why));
    }
    errors
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn node_port(port: &Value) -> Option<u64> {
    port["nodePort"].as_u64().filter(|number| *number != 0)
}

fn check_ports(spec: &Value, taken: &Taken, errors: &mut Vec<FieldError>) {
    for (index, port) in list(&spec["ports"]).iter().enumerate() {
        if let Some(number) = node_port(port).filter(|number| taken.has_port(*number)) {
            let path = format!("spec.ports[{index}].nodePort");
            errors.push(FieldError::invalid(&path, &number.into(), "provided port is already allocated"));
        }
    }
}

fn assign_ports(spec: &mut Value, seed: &str, taken: &Taken) {
    let mut own: HashSet<u64> = list(&spec["ports"]).iter().filter_map(node_port).collect();
    let ports = spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten();
    for port in ports.filter(|port| port.is_object()) {
        if node_port(port).is_some() {
            continue;
        }
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let start = hash(&format!("{seed}/\"{protocol}\"/{}", port["port"])) % PORTS;
        let free = (0..PORTS)
            .map(|step| FIRST_PORT + u64::from((start + step) % PORTS))
            .find(|number| !own.contains(number) && !taken.has_port(*number));
        if let Some(number) = free {
            own.insert(number);
            port["nodePort"] = number.into();
        }
    }
}

fn free_address(seed: &str, taken: &Taken) -> Option<Ipv4Addr> {
    const SIZE: u32 = ADDRESSES - RESERVED - 1;
    let start = hash(seed) % SIZE;
    (0..SIZE)
        .map(|step| Ipv4Addr::from(u32::from(FIRST_ADDRESS) + RESERVED + (start + step) % SIZE))
        .find(|address| !taken.has_address(&address.to_string()))
}

fn hash(seed: &str) -> u32 {
    let digest = sha2::Sha256::digest(seed.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Assigns to a service while others exist, all of the same name, so that they would all like the same.
    #[track_caller]
    fn check(others: &[Value], spec: Value, expected: Expect) {
        let mut taken = Taken::default();
        for other in others {
            let mut other = json!({"metadata": {"namespace": "prod", "name": "web"}, "spec": other});
            assert_eq!(assign(&mut other, &taken), []);
            taken.note(&Held::stored(other.to_string().as_bytes()));
        }
        let mut service = json!({"metadata": {"namespace": "prod", "name": "web"}, "spec": spec});
        let errors: Vec<String> = assign(&mut service, &taken).iter().map(FieldError::to_string).collect();
        let ports: Vec<&Value> = list(&service["spec"]["ports"]).iter().map(|port| &port["nodePort"]).collect();
        expected.assert_eq(&format!("{} {} {}", service["spec"]["clusterIP"], json!(ports), errors.join("; ")));
    }

    #[test]
    fn services_do_not_share_addresses() {
        let plain = || json!({"ports": [{"port": 80}]});
        check(&[], plain(), expect![[r#""10.105.31.231" [null] "#]]);
        check(&[plain(), plain()], plain(), expect![[r#""10.105.31.233" [null] "#]]);
        check(&[json!({"clusterIP": "None"})], json!({"clusterIP": "None"}), expect![[r#""None" [] "#]]);
        check(&[], json!({"clusterIP": "10.96.0.10"}), expect![[r#""10.96.0.10" [] "#]]);
        check(
            &[json!({"clusterIP": "10.96.0.10"})],
            json!({"clusterIP": "10.96.0.10"}),
            expect![[
                r#""10.96.0.10" [] spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated"#
            ]],
        );
        check(
            &[json!({"clusterIP": "10.96.0.10"})],
            json!({"clusterIPs": ["10.96.0.10"]}),
            expect![[
                r#""10.96.0.10" [] spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated"#
            ]],
        );
        check(&[], json!({"type": "ExternalName"}), expect!["null [] "]);
    }

    #[test]
    fn services_do_not_share_ports() {
        let open = |ty: &str| json!({"type": ty, "ports": [{"port": 80}, {"port": 443}]});
        check(&[], open("NodePort"), expect![[r#""10.105.31.231" [32070,30946] "#]]);
        check(&[open("LoadBalancer")], open("NodePort"), expect![[r#""10.105.31.232" [32071,30947] "#]]);
        check(
            &[],
            json!({"type": "NodePort", "ports": [{"nodePort": 30080}, {"protocol": "UDP", "nodePort": 30080}]}),
            expect![[r#""10.105.31.231" [30080,30080] "#]],
        );
        check(
            &[json!({"type": "NodePort", "ports": [{"nodePort": 30080}]})],
            json!({"type": "NodePort", "ports": [{"nodePort": 30080}]}),
            expect![[
                r#""10.105.31.232" [30080] spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"#
            ]],
        );
        check(
            &[],
            json!({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": [{"port": 80}]}),
            expect![[r#""10.105.31.231" [null] "#]],
        );
    }
}
