//! Pods may do more than the restricted profile of Kubernetes leaves them.
//!
//! One finding for a workload lists all that is missing and all that is forbidden:
//!
//! - `allowPrivilegeEscalation: false`: without it a program with the setuid bit makes root of whoever broke in as somebody else.
//! - `runAsNonRoot: true`, and no `runAsUser: 0`: without it the image decides, and most images decide for root.
//! - `seccompProfile`: unless the kubelet was told otherwise, no system call is filtered without it.
//! - `capabilities.drop: ["ALL"]`, to which at most `NET_BIND_SERVICE` is added: hardly any application needs to change owners,
//!   make devices or open raw sockets.
//! - no volumes that name a server or a disk themselves: whoever writes a pod could reach any of them.
//!
//! ## Why it matters
//!
//! Whoever breaks into a container starts from what it may do. Each of these closes a known way out of it, and costs most
//! applications nothing.
//!
//! ## What to do
//!
//! Write into the pod's `securityContext` what holds for all containers (`runAsNonRoot: true`, `seccompProfile: { type:
//! RuntimeDefault }`), and the rest into each container's. Files of others belong behind a PersistentVolumeClaim. Containers
//! of the mesh are not looked at here.

use manifest::Severity;
use mesh::{Field, Resource};

use super::added_capabilities;
use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0220"),
    name: "BelowRestrictedProfile",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("restricted_profile.rs"),
    check: Check::Resource(check),
};

/// What every container has to say, and whether one of some pods says it.
const REQUIRED: [(&str, Says); 4] = [
    ("allowPrivilegeEscalation: false", |_, container| {
        let flag = container.at(&["securityContext", "allowPrivilegeEscalation"]);
        flag.is_some_and(|flag| flag.value().as_bool() == Some(false))
    }),
    ("runAsNonRoot: true", |pods, container| {
        pods.context(container, &["runAsNonRoot"]).is_some_and(|flag| flag.value().as_bool() == Some(true))
    }),
    ("seccompProfile", |pods, container| pods.context(container, &["seccompProfile", "type"]).is_some()),
    ("capabilities.drop: [\"ALL\"]", |_, container| {
        let dropped = container.at(&["securityContext", "capabilities", "drop"]);
        dropped.into_iter().flat_map(Field::items).any(|item| item.as_str() == Some("ALL"))
    }),
];

type Says = for<'w> fn(Pods<'w>, Field<'w>) -> bool;

/// The kinds of volumes that the profile allows. A folder of the node has a rule of its own.
const VOLUMES: [&str; 11] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "hostPath",
    "image",
    "name",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    let containers: Vec<Field<'_>> = pods.containers().collect();
    let mut missing = Vec::new();
    let mut first = None;
    for (what, says) in REQUIRED {
        let lacking: Vec<Field<'_>> = containers.iter().copied().filter(|container| !says(pods, *container)).collect();
        first = first.or(lacking.first().copied());
        match lacking.len() {
            0 => {}
            all if all == containers.len() => missing.push(format!("`{what}`")),
            _ => missing.push(format!("`{what}` ({})", names(&lacking))),
        }
    }
    let forbidden = forbidden(pods);
    let place =
        first.map(|container| container.get("securityContext").or_else(|| container.get("name")).unwrap_or(container));
    let Some(place) = place.or_else(|| forbidden.first().map(|(_, field)| *field)) else { return };
    let listed: Vec<&str> = forbidden.iter().map(|(what, _)| what.as_str()).collect();
    let (message, hint) = match (missing.is_empty(), listed.is_empty()) {
        (false, true) => (format!("without {}", missing.join(", ")), "Write what is missing into `securityContext`."),
        (true, _) => (format!("with {}", listed.join(", ")), "Remove what the profile forbids."),
        (false, false) => (
            format!("without {}; with {}", missing.join(", "), listed.join(", ")),
            "Write what is missing into `securityContext`, and remove what the profile forbids.",
        ),
    };
    let finding =
        findings.at(&RULE, resource, place, format!("the pods are below the restricted profile: {message}")).hint(hint);
    for (what, field) in forbidden.iter().filter(|(_, field)| *field != place) {
        finding.see(field.location(), format!("the profile forbids {what}"));
    }
}

/// What the pods say and the profile forbids, each with its place.
fn forbidden<'w>(pods: Pods<'w>) -> Vec<(String, Field<'w>)> {
    let root = pods.contexts(&["runAsUser"]).filter(|user| user.value().as_i64() == Some(0));
    let root = root.map(|user| ("`runAsUser: 0`".to_owned(), user));
    // What the baseline profile forbids too has a rule of its own.
    let added = pods.contexts(&["capabilities", "add"]).flat_map(Field::items).filter_map(|item| {
        let name = item.as_str().filter(|name| *name != "NET_BIND_SERVICE")?;
        added_capabilities::ALLOWED.contains(&name).then(|| (format!("the capability `{name}`"), item))
    });
    let volumes = pods.spec.list("volumes").flat_map(Field::members).filter(|(kind, _)| !VOLUMES.contains(kind));
    let volumes = volumes.map(|(kind, volume)| (format!("a volume of the kind `{kind}`"), volume));
    root.chain(added).chain(volumes).collect()
}

fn names(containers: &[Field<'_>]) -> String {
    let names: Vec<String> = containers.iter().map(|container| format!("`{}`", container.text("name"))).collect();
    names.join(", ")
}
