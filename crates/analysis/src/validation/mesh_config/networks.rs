//! `meshNetworks`: which workloads are on which network, and by which gateways each is reached.

use mesh::Field;

use super::super::problem::Problems;
use super::super::{cidr, hosts, ports};

pub(super) fn check<'w>(networks: Field<'w>, problems: &mut Problems<'w>) {
    for (_, network) in networks.map("networks") {
        for endpoint in network.list("endpoints") {
            if let Some(range) = endpoint.get("fromCidr") {
                problems.judge(range, cidr::address_or_range(endpoint.text("fromCidr")));
            }
            if let Some(registry) = endpoint.get("fromRegistry") {
                problems.judge(registry, hosts::label("name of a registry", endpoint.text("fromRegistry")));
            }
        }
        for gateway in network.list("gateways").filter(|gateway| gateway.value().is_object()) {
            if let Some(service) = gateway.get("registryServiceName") {
                problems.judge(service, hosts::full_name(gateway.text("registryServiceName")));
            }
            if let Some(address) = gateway.get("address") {
                let text = gateway.text("address");
                let named = cidr::is_address(text) || hosts::full_name(text).is_ok();
                problems.judge(address, if named { Ok(()) } else { cidr::address(text) });
            }
            ports::check_required(gateway, "port", problems);
        }
    }
}
