//! The certificates that Linkerd's control plane is installed with.

use std::fmt;

use mesh::{Field, Resource, World, kind};

use crate::certificate::{Certificate, certificates, decoded};

/// The ConfigMap with the trust anchors.
pub(super) const TRUST_ANCHORS: &str = "linkerd-identity-trust-roots";

/// A certificate, or several of them as one text.
pub(super) struct Certificates<'w> {
    pub(super) holder: Resource<'w>,
    pub(super) field: Field<'w>,
    pub(super) role: Role,
    /// What it holds; `None` if that cannot be read.
    pub(super) certificates: Option<Vec<Certificate>>,
}

/// What a certificate is for, in Linkerd's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    TrustAnchor,
    Issuer,
    Webhook,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Role::TrustAnchor => "trust anchor",
            Role::Issuer => "issuer certificate",
            Role::Webhook => "webhook certificate",
        })
    }
}

/// All certificates that are declared and not encrypted.
pub(super) fn all(world: &World) -> Vec<Certificates<'_>> {
    let configs = world.of(kind::CONFIG_MAP).filter(|config| config.name() == TRUST_ANCHORS);
    configs.filter_map(trust_anchors).chain(world.of(kind::SECRET).filter_map(of_secret)).collect()
}

/// The trust anchors that a ConfigMap holds.
pub(super) fn trust_anchors(config: Resource<'_>) -> Option<Certificates<'_>> {
    let field = config.at(&["data", "ca-bundle.crt"])?;
    let certificates = certificates(field.as_str().unwrap_or_default().as_bytes());
    Some(Certificates { holder: config, field, role: Role::TrustAnchor, certificates })
}

/// The certificate that a Secret holds, if it is one of Linkerd's and not encrypted.
fn of_secret(secret: Resource<'_>) -> Option<Certificates<'_>> {
    let (role, keys) = match secret.name() {
        "linkerd-identity-issuer" => (Role::Issuer, ["crt.pem", "tls.crt"]),
        "linkerd-proxy-injector-k8s-tls" | "linkerd-sp-validator-k8s-tls" | "linkerd-policy-validator-k8s-tls" => {
            (Role::Webhook, ["tls.crt", "crt.pem"])
        }
        _ => return None,
    };
    if secret.root().get("sops").is_some() {
        return None;
    }
    let field = keys.iter().find_map(|key| secret.at(&["data", key]).or_else(|| secret.at(&["stringData", key])))?;
    let text = field.as_str().unwrap_or_default();
    let pem = if text.contains("-----BEGIN") { Some(text.as_bytes().to_vec()) } else { decoded(text) };
    Some(Certificates { holder: secret, field, role, certificates: pem.and_then(|pem| certificates(&pem)) })
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use manifest::{Manifest, Origin};
    use mesh::WorldOptions;
    use serde_json::json;

    use super::*;
    use crate::certificate::tests::{certificate, pem};
    use crate::{Rule, Suppressions, analyze};

    /// What a rule says of a trust anchor that is valid in this time, on the first of June 2026.
    pub(in super::super) fn check(rule: &'static Rule, start: &str, end: &str, expect: Option<&str>) {
        let bundle =
            format!("{}{}", pem(&certificate("200101000000Z", "21220101000000Z")), pem(&certificate(start, end)));
        let value = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": { "ca-bundle.crt": bundle },
            "metadata": { "name": "linkerd-identity-trust-roots", "namespace": "linkerd" },
        });
        let manifest = Arc::new(Manifest::new(value, Origin::default()).expect("a manifest"));
        let now = Some("2026-06-01T00:00:00Z".parse().expect("a time"));
        let options = WorldOptions { now, ..WorldOptions::default() };
        let findings = analyze(&World::new([manifest.clone()], options), [rule], &Suppressions::default());
        let messages: Vec<&str> = findings.iter().map(|finding| finding.diagnostic.message.as_str()).collect();
        assert_eq!(messages, expect.into_iter().collect::<Vec<_>>());
        // Without a time nothing is said about it.
        let timeless = World::new([manifest], WorldOptions::default());
        assert_eq!(analyze(&timeless, [rule], &Suppressions::default()), []);
    }
}
