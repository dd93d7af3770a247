//! No trust anchor of Linkerd's issued the certificate of its issuer.
//!
//! ## Why it matters
//!
//! The issuer signs what workloads prove themselves with, and proxies accept only what leads back to a trust anchor. Linkerd's
//! identity controller does not start with such an issuer; where it runs already, new certificates are refused by everybody.
//! It happens when anchor and issuer are renewed one without the other, and both keep their names.
//!
//! ## What to do
//!
//! Issue the certificate again from a trust anchor that is in `linkerd-identity-trust-roots`, or add its own anchor there. While an
//! anchor is replaced, both the old and the new one belong there.

use manifest::Severity;
use mesh::{World, kind};

use super::certificates::{Role, TRUST_ANCHORS, all, trust_anchors};
use crate::certificate::issuer::{Issued, issued_by_one_of};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0115"),
    name: "IssuerNotTrusted",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("issuer_not_trusted.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for issuer in all(world).into_iter().filter(|found| found.role == Role::Issuer) {
        let anchors = world.find(kind::CONFIG_MAP, issuer.holder.namespace(), TRUST_ANCHORS).and_then(trust_anchors);
        let Some((anchors, chain)) = anchors.zip(issuer.certificates.as_deref()) else { continue };
        let Some(trusted) = anchors.certificates.as_deref() else { continue };
        let message = match issued_by_one_of(chain, trusted) {
            Issued::Yes | Issued::Unknown => continue,
            Issued::ByAnotherName => "no trust anchor has the name of who issued the issuer certificate",
            Issued::ByAnotherKey => "a trust anchor has the name of who issued the issuer certificate, but another key",
        };
        findings
            .at(&RULE, issuer.holder, issuer.field, message)
            .hint("Issue the certificate from a trust anchor that is declared, or declare its own.")
            .see(anchors.field.location(), "the trust anchors are here");
    }
}
