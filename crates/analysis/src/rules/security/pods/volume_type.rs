//! Pods mount a kind of volume that the restricted profile does not allow.
//!
//! ## Why it matters
//!
//! Volumes that name a server or a disk themselves let whoever writes a pod reach any of them. The restricted profile of
//! Kubernetes allows what is the pod's own, and claims that an administrator granted.
//!
//! ## What to do
//!
//! Use a PersistentVolumeClaim.

use manifest::Severity;
use mesh::{Field, Resource};

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0221"),
    name: "VolumeType",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("volume_type.rs"),
    check: Check::Resource(check),
};

/// What the restricted profile allows. A folder of the node has a rule of its own.
const ALLOWED: [&str; 11] = [
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
    for (kind, volume) in pods.spec.list("volumes").flat_map(Field::members) {
        if !ALLOWED.contains(&kind) {
            findings
                .at(&RULE, resource, volume, format!("the pods mount a volume of the kind `{kind}`"))
                .hint("Use a PersistentVolumeClaim.");
        }
    }
}
