//! What the ports of Services say about their protocol.

use mesh::{Field, Protocol, Resource};

use super::selection::is_part_of_istio;

/// The label of Services that Istio made for a Gateway, and its values.
const MANAGED: &str = "gateway.istio.io/managed";
const MANAGERS: [&str; 3] = ["istio.io-eastwest-controller", "istio.io-gateway-controller", "istio.io-mesh-controller"];

/// Whether a Service stands for a name outside the cluster.
pub(super) fn is_external_name(service: Resource<'_>) -> bool {
    service.spec().is_some_and(|spec| spec.text("type") == "ExternalName")
}

/// The ports of which nothing says what they carry. For a name outside the cluster `tcp` does not say enough. Services of
/// Istio itself are left out.
pub(super) fn undeclared(service: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    let is_managed = service.label(MANAGED).is_some_and(|manager| MANAGERS.contains(&manager));
    let ports = service.list(&["spec", "ports"]).filter(move |_| !is_managed && !is_part_of_istio(service));
    ports.filter(move |port| {
        let name = port.text("name");
        let number = port.integer("port").and_then(|number| u16::try_from(number).ok()).unwrap_or_default();
        let application = port.get("appProtocol").and_then(Field::as_str);
        let protocol = Protocol::of_service_port(number, name, port.text("protocol"), application);
        protocol == Protocol::Sniffed || (name == "tcp" && is_external_name(service))
    })
}
