//! An AuthorizationPolicy names a principal of a trust domain that the mesh does not know.
//!
//! ## Why it matters
//!
//! The mesh trusts certificates of its own trust domain, of its aliases, and of the domains for which it is given authorities.
//! Nobody can prove to be of another one: a rule that allows by such a principal lets nobody in, one that denies by it denies
//! nobody. The usual slip is `spiffe://`, which principals do not have here.
//!
//! ## What to do
//!
//! Write the principal as `TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`, where `cluster.local` always means the mesh's own trust domain. A
//! domain that is trusted belongs into `trustDomainAliases` or `caCertificates` of the mesh configuration.

use std::collections::BTreeSet;

use manifest::{Severity, Value};
use mesh::{Field, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0108"),
    name: "TrustDomainUnknown",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("trust_domain_unknown.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let trusted = trusted(world);
    // Without a mesh configuration nobody knows which domains are trusted, but none has a scheme.
    let known = world.mesh_config_source().is_some();
    for policy in world.within(kind::ISTIO_AUTHORIZATION_POLICY, namespace) {
        for principal in policy.list(&["spec", "rules"]).flat_map(principals) {
            let text = principal.as_str().unwrap_or_default();
            let Some((domain, _)) = text.split_once("/ns/").filter(|(domain, _)| !domain.contains('*')) else {
                continue;
            };
            match domain.strip_prefix("spiffe://") {
                Some(bare) => {
                    let rest = &text["spiffe://".len()..];
                    findings
                        .at(&RULE, policy, principal, format!("no principal begins with `spiffe://{bare}`"))
                        .hint(format!("Write `{rest}`."));
                }
                None if known && !trusted.contains(domain) => {
                    findings
                        .at(&RULE, policy, principal, format!("the mesh knows no trust domain `{domain}`"))
                        .hint("Correct the principal, or add the domain to `trustDomainAliases`.");
                }
                None => {}
            }
        }
    }
}

/// Every principal that a rule names.
fn principals(rule: Field<'_>) -> impl Iterator<Item = Field<'_>> {
    let sources = rule.list("from").filter_map(|from| from.get("source"));
    let of_sources = sources.flat_map(|source| source.list("principals").chain(source.list("notPrincipals")));
    let conditions = rule.list("when").filter(|when| when.text("key") == "source.principal");
    of_sources.chain(conditions.flat_map(|when| when.list("values").chain(when.list("notValues"))))
}

/// The trust domains of which the mesh accepts certificates.
fn trusted(world: &World) -> BTreeSet<&str> {
    let config = world.mesh_config();
    let authorities = config.value()["caCertificates"].as_array().into_iter().flatten();
    let lists = authorities.map(|authority| &authority["trustDomains"]);
    let texts = lists.chain([&config.value()["trustDomainAliases"]]).filter_map(Value::as_array).flatten();
    ["cluster.local", config.trust_domain()].into_iter().chain(texts.filter_map(Value::as_str)).collect()
}
