//! A Kustomization applies custom resources, and does not wait for what installs their CustomResourceDefinition.
//!
//! ## Why it matters
//!
//! On a cluster that already has the definition all is well. On a new one, or after a disaster, the API server does not know
//! the kind yet: the whole Kustomization is refused, and how often it must be tried is a matter of luck.
//!
//! ## What to do
//!
//! Add `dependsOn` with the Kustomization that installs the definition, and set `wait: true` there if it does so through a
//! HelmRelease. Within one Kustomization definitions are applied first, but those of a HelmRelease are not.

use std::collections::{BTreeMap, HashMap};

use manifest::{ObjectId, Severity};
use mesh::{Field, Resource, World, kind};

use super::owners::Owners;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("RP0002"),
    name: "CrdDependencyMissing",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("crd_dependency.rs"),
    check: Check::World(check),
};

/// Charts whose definitions are known without rendering them: chart, a word of its source, and the groups.
const CHARTS: &[(&str, &str, &[&str])] = &[
    ("base", "istio", &["networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"]),
    ("flagger", "", &["flagger.app"]),
    ("linkerd-crds", "", &["policy.linkerd.io", "linkerd.io"]),
    ("cert-manager", "", &["cert-manager.io"]),
    ("kube-prometheus-stack", "", &["monitoring.coreos.com"]),
];

fn check(world: &World, findings: &mut Findings) {
    let owners = Owners::of(world);
    let installers = installers(world, &owners);
    if installers.kinds.is_empty() && installers.groups.is_empty() {
        return;
    }
    let mut missing: BTreeMap<(&ObjectId, &ObjectId), Vec<Resource<'_>>> = BTreeMap::new();
    for resource in world.resources() {
        let id = resource.id();
        let by_kind = installers.kinds.get(&(id.group.as_str(), id.kind.as_str()));
        let Some(installer) = by_kind.or_else(|| installers.groups.get(id.group.as_str())) else { continue };
        let Some(owner) = owners.owner(resource).filter(|owner| *owner != *installer) else { continue };
        if owner.kind == kind::KUSTOMIZATION.kind() && !owners.waits_for(owner, installer) {
            missing.entry((owner, installer)).or_default().push(resource);
        }
    }
    for ((owner, installer), mut users) in missing {
        users.sort_by_key(|user| user.id());
        let Some(first) = users.first() else { continue };
        let at = world.by_id(owner).unwrap_or(*first);
        let message = format!(
            "it applies {}, whose CustomResourceDefinition `{installer}` installs, and does not wait for that",
            match users.len() {
                1 => format!("`{}`", first.id()),
                count => format!("`{}` and {} more", first.id(), count - 1),
            }
        );
        let field = at.at(&["spec", "dependsOn"]).unwrap_or(at.root());
        let container = world.by_id(installer).and_then(|installer| owners.owner(installer));
        let finding = findings.at(&RULE, at, field, message);
        finding.hint(match container {
            _ if installer.kind == kind::KUSTOMIZATION.kind() => format!("Add `{}` to `dependsOn`.", installer.name),
            Some(container) if container == owner => {
                format!("Move `{installer}` into a Kustomization of its own that waits, and depend on that.")
            }
            Some(container) => format!("Add `{}` to `dependsOn`, and set `wait: true` in it.", container.name),
            None => format!("Install `{installer}` by a Kustomization that waits, and add that to `dependsOn`."),
        });
        finding.see(first.location(), "the definition is needed here");
    }
}

/// Who installs definitions, by group and kind, or for a whole group.
struct Installers<'w> {
    kinds: HashMap<(&'w str, &'w str), &'w ObjectId>,
    groups: HashMap<&'w str, &'w ObjectId>,
}

fn installers<'w>(world: &'w World, owners: &Owners<'w>) -> Installers<'w> {
    let mut installers = Installers { kinds: HashMap::new(), groups: HashMap::new() };
    for definition in world.of(kind::CUSTOM_RESOURCE_DEFINITION) {
        let Some(spec) = definition.spec() else { continue };
        let kind = spec.at(&["names", "kind"]).and_then(Field::as_str).unwrap_or_default();
        if let Some(owner) = owners.owner(definition) {
            installers.kinds.insert((spec.text("group"), kind), owner);
        }
    }
    for release in world.of(kind::HELM_RELEASE) {
        let Some(chart) = release.at(&["spec", "chart", "spec"]) else { continue };
        let source = chart.at(&["sourceRef", "name"]).and_then(Field::as_str).unwrap_or_default();
        let known = CHARTS.iter().filter(|(name, word, _)| *name == chart.text("chart") && source.contains(word));
        installers.groups.extend(known.flat_map(|(_, _, groups)| groups.iter().map(|group| (*group, release.id()))));
    }
    installers
}
