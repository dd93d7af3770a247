//! A certificate of Linkerd's identity has a key, or a signature, that Linkerd does not support.
//!
//! ## Why it matters
//!
//! Linkerd supports keys of ECDSA with the curve P-256, for trust anchors RSA keys of 2048 or 4096 bits too, and signatures over
//! SHA-256. With others `linkerd check` fails, and proxies may refuse every certificate.
//!
//! ## What to do
//!
//! Issue the certificate again with a key of ECDSA P-256: with cert-manager `privateKey: { algorithm: ECDSA, size: 256 }`.

use manifest::Severity;
use mesh::World;

use super::certificates::{Role, all};
use crate::certificate::{Certificate, Key, Signature};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0116"),
    name: "CertificateAlgorithm",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("certificate_algorithm.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    for found in all(world) {
        let certificates = found.certificates.iter().flatten();
        let why = match found.role {
            Role::TrustAnchor => certificates.filter_map(of_anchor).next(),
            // Those after the first are of who signed it.
            Role::Issuer => certificates.take(1).filter_map(of_issuer).next(),
            Role::Webhook => None,
        };
        if let Some(why) = why {
            findings
                .at(&RULE, found.holder, found.field, format!("the {} {why}", found.role))
                .hint("Issue the certificate again with a key of ECDSA P-256.");
        }
    }
}

fn of_anchor(anchor: &Certificate) -> Option<&'static str> {
    match (anchor.key()?, anchor.signature()?) {
        (Key::P256, Signature::EcdsaSha256 | Signature::RsaSha256) => None,
        (Key::P256, _) => Some("is signed with another algorithm than ECDSA or RSA with SHA-256"),
        (Key::Rsa { bits: 2048 | 4096 }, Signature::RsaSha256) => None,
        (Key::Rsa { bits: 2048 | 4096 }, _) => Some("is signed with another algorithm than RSA with SHA-256"),
        (Key::Rsa { .. }, _) => Some("has an RSA key that has neither 2048 nor 4096 bits"),
        (Key::P384 | Key::Other, _) => Some("has a key that is neither ECDSA P-256 nor RSA"),
    }
}

fn of_issuer(issuer: &Certificate) -> Option<&'static str> {
    match (issuer.key()?, issuer.signature()?) {
        (Key::P256, Signature::EcdsaSha256 | Signature::RsaSha256) => None,
        (Key::P256, _) => Some("is signed with another algorithm than ECDSA or RSA with SHA-256"),
        (Key::Rsa { .. } | Key::P384 | Key::Other, _) => Some("has a key that is not ECDSA P-256"),
    }
}
