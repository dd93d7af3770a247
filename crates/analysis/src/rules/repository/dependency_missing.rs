//! `dependsOn` names a Kustomization or HelmRelease that does not exist.
//!
//! ## Why it matters
//!
//! What depends on something that is not there waits for ever: nothing of it is applied, and new commits have no effect.
//!
//! ## What to do
//!
//! Correct the name or the namespace, which by default is that of the object itself, or remove the dependency. A
//! Kustomization can depend on Kustomizations only, a HelmRelease on HelmReleases only.

use manifest::Severity;
use mesh::{World, kind};

use super::owners::dependency_id;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0010"),
    name: "DependencyMissing",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("dependency_missing.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    for applier in world.of(kind::KUSTOMIZATION).chain(world.of(kind::HELM_RELEASE)) {
        for wanted in applier.list(&["spec", "dependsOn"]) {
            let id = dependency_id(applier, wanted);
            if id.name.is_empty() || world.by_id(&id).is_some() || !known.whole(&id.namespace) {
                continue;
            }
            let message = format!("`{id}`, on which it depends, is not declared");
            let finding = findings.at(&RULE, applier, wanted.get("name").unwrap_or(wanted), message);
            finding.hint("Correct the name or the namespace of the dependency, or remove it.");
            let elsewhere =
                world.of(if applier.is(kind::KUSTOMIZATION) { kind::KUSTOMIZATION } else { kind::HELM_RELEASE });
            let twin = elsewhere.clone().find(|other| other.name() == id.name);
            if let Some(twin) = twin {
                finding.see(twin.location(), format!("`{}` is in the namespace `{}`", id.name, twin.namespace()));
            }
        }
    }
}
