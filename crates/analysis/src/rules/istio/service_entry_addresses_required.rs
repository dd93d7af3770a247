//! A ServiceEntry for TCP has no address, and none is allocated.
//!
//! ## Why it matters
//!
//! TCP has no host names: without an address the proxy takes all traffic to the port number for this host, whatever it
//! is for.
//!
//! ## What to do
//!
//! Set `addresses`, or have Istio allocate them (`ISTIO_META_DNS_CAPTURE` together with
//! `PILOT_ENABLE_IP_AUTOALLOCATE`).

use manifest::Severity;
use mesh::{Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0134"),
    name: "ServiceEntryAddressesRequired",
    severity: Severity::Warning,
    analyzer: Some("serviceentry.Analyzer"),
    source: include_str!("service_entry_addresses_required.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    if allocates_addresses(world) {
        return;
    }
    for entry in world.of(kind::SERVICE_ENTRY).filter(|entry| !has_addresses(*entry)) {
        for port in entry.list(&["spec", "ports"]) {
            let protocol = port.text("protocol");
            if protocol.is_empty() || protocol.eq_ignore_ascii_case("TCP") {
                let number = port.integer("number").unwrap_or_default();
                let message = format!("TCP at port {number} needs `addresses`, or all traffic to the port is taken");
                findings.at(&RULE, entry, port.get("number").unwrap_or(port), message);
            }
        }
    }
}

fn has_addresses(entry: Resource<'_>) -> bool {
    entry.at(&["spec", "addresses"]).is_some() || entry.list(&["status", "addresses"]).next().is_some()
}

/// Whether proxies give addresses to hosts that have none.
fn allocates_addresses(world: &World) -> bool {
    let metadata = world.mesh_config().value().get("defaultConfig").and_then(|config| config.get("proxyMetadata"));
    let is_on = |name: &str| metadata.and_then(|metadata| metadata.get(name)).is_some_and(|value| value == "true");
    is_on("ISTIO_META_DNS_CAPTURE") && (is_on("ISTIO_META_DNS_AUTO_ALLOCATE") || is_on("PILOT_ENABLE_IP_AUTOALLOCATE"))
}
