//! Two Gateways of the same proxies present the same certificate.
//!
//! ## Why it matters
//!
//! A browser uses one HTTP/2 connection for all hosts that a certificate is for. It sends requests for the one host
//! over the connection of the other, whose Gateway does not know it and answers 404.
//!
//! ## What to do
//!
//! Put the hosts that share a certificate into one Gateway.

use manifest::Severity;
use std::collections::{BTreeMap, HashMap};

use mesh::{Field, Resource, World, kind};

use super::selection::name;
use crate::{Check, Code, Findings, Rule};

/// What a proxy loads the certificate from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Certificate<'w> {
    Secret(&'w str),
    Files(&'w str, &'w str),
}

pub(super) const RULE: Rule = Rule {
    code: Code("IST0138"),
    name: "GatewayDuplicateCertificate",
    severity: Severity::Warning,
    analyzer: Some("gateway.CertificateAnalyzer"),
    source: include_str!("gateway_duplicate_certificate.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut holders: HashMap<Certificate<'_>, Vec<(Resource<'_>, Field<'_>)>> = HashMap::new();
    for gateway in world.of(kind::ISTIO_GATEWAY) {
        for server in gateway.list(&["spec", "servers"]) {
            if let Some((certificate, place)) = certificate(server) {
                let holders = holders.entry(certificate).or_default();
                if holders.last().is_none_or(|(last, _)| *last != gateway) {
                    holders.push((gateway, place));
                }
            }
        }
    }
    // A Gateway is about the others that its selector means too; what two share twice is told once.
    let mut shared: BTreeMap<(String, String), (Resource<'_>, Field<'_>, Field<'_>)> = BTreeMap::new();
    for holders in holders.values().filter(|holders| holders.len() > 1) {
        for (gateway, place) in holders {
            let others = holders.iter().filter(|(other, _)| other != gateway && means(*gateway, *other));
            for (other, there) in others.take(SHOWN) {
                let entry = shared.entry((name(*gateway), name(*other))).or_insert((*gateway, *place, *there));
                if place.pointer() < entry.1.pointer() {
                    *entry = (*gateway, *place, *there);
                }
            }
        }
    }
    for ((_, other), (gateway, place, there)) in shared {
        let message = format!("the Gateway `{other}` presents the same certificate");
        findings.at(&RULE, gateway, place, message).see(there.location(), "the other one");
    }
}

/// Of how many others a Gateway is told at most: beyond that, the list helps nobody.
const SHOWN: usize = 20;

fn certificate(server: Field<'_>) -> Option<(Certificate<'_>, Field<'_>)> {
    let tls = server.get("tls")?;
    let [secret, public, private] = ["credentialName", "serverCertificate", "privateKey"].map(|name| tls.text(name));
    match (secret, public, private) {
        ("", "", _) | ("", _, "") => None,
        ("", public, private) => Some((Certificate::Files(public, private), tls.get("serverCertificate")?)),
        (secret, _, _) => Some((Certificate::Secret(secret), tls.get("credentialName")?)),
    }
}

/// Whether the selector of a Gateway is a part of the other's: then the proxies of the other are the Gateway's too.
fn means(gateway: Resource<'_>, other: Resource<'_>) -> bool {
    let others = other.at(&["spec", "selector"]);
    let mut own = gateway.at(&["spec", "selector"]).into_iter().flat_map(Field::members);
    own.all(|(name, value)| {
        others.and_then(|others| others.get(name)).is_some_and(|found| found.value() == value.value())
    })
}
