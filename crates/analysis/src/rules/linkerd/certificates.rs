//! The certificates that Linkerd's control plane is installed with.

use jiff::Timestamp;
use mesh::{Field, Resource, World, kind};

use crate::certificate::{decoded, periods};

/// A certificate, or several of them as one text.
pub(super) struct Certificates<'w> {
    pub(super) holder: Resource<'w>,
    pub(super) field: Field<'w>,
    /// What Linkerd calls it.
    pub(super) role: &'static str,
    /// From when to when each is valid; `None` if they cannot be read.
    pub(super) periods: Option<Vec<(Timestamp, Timestamp)>>,
}

/// All certificates that are declared and not encrypted.
pub(super) fn all(world: &World) -> Vec<Certificates<'_>> {
    let mut found = Vec::new();
    for config in world.of(kind::CONFIG_MAP).filter(|config| config.name() == "linkerd-identity-trust-roots") {
        if let Some(field) = config.at(&["data", "ca-bundle.crt"]) {
            let text = field.as_str().unwrap_or_default();
            let periods = periods(text.as_bytes());
            found.push(Certificates { holder: config, field, role: "trust anchor", periods });
        }
    }
    for secret in world.of(kind::SECRET).filter(|secret| secret.root().get("sops").is_none()) {
        let (role, keys): (_, &[&str]) = match secret.name() {
            "linkerd-identity-issuer" => ("issuer certificate", &["crt.pem", "tls.crt"]),
            "linkerd-proxy-injector-k8s-tls" | "linkerd-sp-validator-k8s-tls" | "linkerd-policy-validator-k8s-tls" => {
                ("webhook certificate", &["tls.crt", "crt.pem"])
            }
            _ => continue,
        };
        let Some(field) =
            keys.iter().find_map(|key| secret.at(&["data", key]).or_else(|| secret.at(&["stringData", key])))
        else {
            continue;
        };
        let text = field.as_str().unwrap_or_default();
        let pem = if text.contains("-----BEGIN") { Some(text.as_bytes().to_vec()) } else { decoded(text) };
        let periods = pem.and_then(|pem| periods(&pem));
        found.push(Certificates { holder: secret, field, role, periods });
    }
    found
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
