//! Cluster addresses and node ports of Services, which the API server itself hands out.

use serde_json::{Value, json};

use crate::identity::{self, NoRandomness};

/// First two bytes of every cluster address: kubeadm's default service range, 10.96.0.0/16.
const RANGE: [u8; 2] = [10, 96];
/// Node ports: `--service-node-port-range` by default.
const NODE_PORTS: std::ops::Range<u16> = 30000..32768;

/// Fills in `clusterIP`, `clusterIPs`, `ipFamilies`, `ipFamilyPolicy` and `nodePort`s that `service` needs and leaves
/// open. `live` is the service before an update; `others` are all services, whose addresses and ports are taken.
pub(crate) fn assign(live: Option<&Value>, service: &mut Value, others: &[Value]) -> Result<(), NoRandomness> {
    let kind = service["spec"]["type"].as_str().unwrap_or("ClusterIP").to_owned();
    if kind == "ExternalName" {
        return Ok(());
    }
    if service["spec"]["clusterIP"].as_str().is_none_or(str::is_empty) {
        let kept = live.map(|live| live["spec"]["clusterIP"].clone()).filter(|address| !address.is_null());
        service["spec"]["clusterIP"] = match kept {
            Some(address) => address,
            None => free_address(others)?.into(),
        };
    }
    if service["spec"]["clusterIPs"].as_array().is_none_or(Vec::is_empty) {
        service["spec"]["clusterIPs"] = json!([service["spec"]["clusterIP"]]);
    }
    if service["spec"]["ipFamilies"].is_null() {
        service["spec"]["ipFamilies"] = json!(["IPv4"]);
    }
    if service["spec"]["ipFamilyPolicy"].is_null() {
        service["spec"]["ipFamilyPolicy"] = "SingleStack".into();
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") && service["spec"]["allocateLoadBalancerNodePorts"] != false
    {
        assign_node_ports(service, others)?;
    }
    Ok(())
}

fn assign_node_ports(service: &mut Value, others: &[Value]) -> Result<(), NoRandomness> {
    let mut taken: Vec<u64> = others.iter().flat_map(node_ports).chain(node_ports(service)).collect();
    for port in service["spec"]["ports"].as_array_mut().into_iter().flatten() {
        if port["nodePort"].as_u64().unwrap_or_default() == 0 {
            let free = free_port(&taken)?;
            taken.push(free);
            port["nodePort"] = free.into();
        }
    }
    Ok(())
}

fn node_ports(service: &Value) -> Vec<u64> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports.filter_map(|port| port["nodePort"].as_u64()).collect()
}

/// A random free port; where all are taken, ports are shared rather than services refused.
fn free_port(taken: &[u64]) -> Result<u64, NoRandomness> {
    let size = NODE_PORTS.end - NODE_PORTS.start;
    let start = u16::from_be_bytes(identity::random::<2>()?) % size;
    let candidates = (0..size).map(|step| u64::from(NODE_PORTS.start + (start + step) % size));
    Ok(candidates.clone().find(|port| !taken.contains(port)).unwrap_or(u64::from(NODE_PORTS.start + start)))
}

fn free_address(others: &[Value]) -> Result<String, NoRandomness> {
    let taken = |address: &str| others.iter().any(|service| service["spec"]["clusterIP"] == address);
    loop {
        let [high, low] = identity::random::<2>()?;
        let address = format!("{}.{}.{high}.{low}", RANGE[0], RANGE[1]);
        // The edges of the range are the network's own.
        if !matches!((high, low), (0, 0) | (255, 255)) && !taken(&address) {
            return Ok(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(live: Option<&Value>, mut service: Value) -> Value {
        assign(live, &mut service, &[]).expect("randomness");
        service
    }

    #[test]
    fn services_get_what_their_type_needs() {
        let plain = assigned(None, json!({"spec": {"ports": [{"port": 80}]}}));
        assert!(plain["spec"]["clusterIP"].as_str().expect("an address").starts_with("10.96."));
        assert_eq!(plain["spec"]["clusterIPs"][0], plain["spec"]["clusterIP"]);
        assert!(plain["spec"]["ports"][0]["nodePort"].is_null());

        let headless = assigned(None, json!({"spec": {"clusterIP": "None"}}));
        assert_eq!(headless["spec"]["clusterIPs"], json!(["None"]));

        let external = assigned(None, json!({"spec": {"type": "ExternalName", "externalName": "x.example"}}));
        assert!(external["spec"]["clusterIP"].is_null());

        let node = assigned(
            None,
            json!({"spec": {"type": "NodePort", "ports": [{"port": 80}, {"port": 81, "nodePort": 30001}]}}),
        );
        let ports = node_ports(&node);
        assert!(NODE_PORTS.contains(&u16::try_from(ports[0]).expect("a port")));
        assert_ne!(ports[0], ports[1]);
    }

    #[test]
    fn an_update_keeps_the_address() {
        let live = json!({"spec": {"clusterIP": "10.96.1.2"}});
        assert_eq!(assigned(Some(&live), json!({"spec": {}}))["spec"]["clusterIP"], "10.96.1.2");
    }
}
