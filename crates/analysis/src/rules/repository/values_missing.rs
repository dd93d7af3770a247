//! Values are taken from a ConfigMap that does not exist, or from a key that it does not have.
//!
//! ## Why it matters
//!
//! Unless the reference is `optional`, the Kustomization or HelmRelease is not applied at all until the ConfigMap is there.
//! Secrets are not looked up, because many of them are not in Git.
//!
//! ## What to do
//!
//! Correct the name or the key, declare the ConfigMap in the namespace of what refers to it, or write `optional: true`.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0013"),
    name: "ValuesMissing",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("values_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    let of_kustomizations =
        world.of(kind::KUSTOMIZATION).map(|found| (found, &["spec", "postBuild", "substituteFrom"][..]));
    let of_releases = world.of(kind::HELM_RELEASE).map(|found| (found, &["spec", "valuesFrom"][..]));
    for (applier, path) in of_kustomizations.chain(of_releases) {
        for from in applier.list(path).filter(|from| from.text("kind") == "ConfigMap" && !from.flag("optional")) {
            let name = from.text("name");
            let at = from.get("name").unwrap_or(from);
            let Some(config) = world.find(kind::CONFIG_MAP, applier.namespace(), name) else {
                if known.whole(applier.namespace()) {
                    let message = format!("there is no ConfigMap `{name}` in the namespace `{}`", applier.namespace());
                    findings.at(&RULE, applier, at, message).hint("Correct the name, or declare the ConfigMap.");
                }
                continue;
            };
            if !applier.is(kind::HELM_RELEASE) {
                continue;
            }
            let key = match from.text("valuesKey") {
                "" => "values.yaml",
                key => key,
            };
            if config.at(&["data", key]).or_else(|| config.at(&["binaryData", key])).is_none() {
                findings
                    .at(
                        &RULE,
                        applier,
                        from.get("valuesKey").unwrap_or(at),
                        format!("the ConfigMap `{name}` has no key `{key}`"),
                    )
                    .hint("Correct `valuesKey`, or add the key.")
                    .see(config.location(), "the ConfigMap is here");
            }
        }
    }
}
