//! The TLS settings of a DestinationRule.

use mesh::Field;

/// Every `tls` block of a DestinationRule's `spec`: its own, those of ports, and those of subsets.
pub(super) fn settings<'w>(spec: Field<'w>) -> impl Iterator<Item = Field<'w>> {
    let policies = spec
        .get("trafficPolicy")
        .into_iter()
        .chain(spec.list("subsets").filter_map(|subset| subset.get("trafficPolicy")));
    policies.flat_map(|policy| {
        let ports = policy.list("portLevelSettings").filter_map(|port| port.get("tls"));
        policy.get("tls").into_iter().chain(ports)
    })
}
