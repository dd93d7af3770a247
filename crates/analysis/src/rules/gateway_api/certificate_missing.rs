//! A listener's certificate is declared nowhere.
//!
//! ## Why it matters
//!
//! Without the Secret the listener does not start, and HTTPS does not answer.
//!
//! ## What to do
//!
//! Correct `certificateRefs`, or declare the Secret or what makes it: a Certificate of cert-manager, an ExternalSecret or a
//! SealedSecret. If somebody makes it by hand, suppress this finding on the Gateway.

use std::collections::HashSet;

use manifest::Severity;
use mesh::{Field, Resource, World, kind};

use super::references::target;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0106"),
    name: "CertificateMissing",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("certificate_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    if world.of(kind::GATEWAY).all(|gateway| certificates(gateway).next().is_none()) {
        return;
    }
    let known = world.coverage();
    let mut made: HashSet<(&str, &str)> = HashSet::new();
    for maker in world.resources() {
        let name = match maker.kind() {
            "Certificate" => maker.at(&["spec", "secretName"]).and_then(Field::as_str),
            "ExternalSecret" => maker.at(&["spec", "target", "name"]).and_then(Field::as_str).or(Some(maker.name())),
            "SealedSecret" => Some(maker.name()),
            _ => None,
        };
        made.extend(name.map(|name| (maker.namespace(), name)));
    }
    for gateway in world.of(kind::GATEWAY) {
        let annotated = ["cert-manager.io/issuer", "cert-manager.io/cluster-issuer"];
        if annotated.iter().any(|name| gateway.annotation(name).is_some()) {
            continue;
        }
        for certificate in certificates(gateway) {
            let id = target(gateway, certificate, kind::SECRET);
            let is_made = made.contains(&(id.namespace.as_str(), id.name.as_str()));
            if id.kind == kind::SECRET.kind() && !is_made && world.by_id(&id).is_none() && known.whole(&id.namespace) {
                findings
                    .at(
                        &RULE,
                        gateway,
                        certificate.get("name").unwrap_or(certificate),
                        format!("nothing declares or makes `{id}`"),
                    )
                    .hint("Correct `certificateRefs`, or declare the Secret.");
            }
        }
    }
}

/// The references of a Gateway to certificates.
pub(super) fn certificates<'w>(gateway: Resource<'w>) -> impl Iterator<Item = Field<'w>> {
    let tls = gateway.list(&["spec", "listeners"]).filter_map(|listener| listener.get("tls"));
    tls.flat_map(|tls| tls.list("certificateRefs"))
}
