//! Pods mount a folder of their node.
//!
//! ## Why it matters
//!
//! What is written there outlives the pod and changes the node; what is read may be the secrets of others. Sockets of container
//! runtimes give away the whole node. The baseline profile of Kubernetes forbids it.
//!
//! ## What to do
//!
//! Use a PersistentVolumeClaim, an `emptyDir` or a ConfigMap.

use manifest::Severity;
use mesh::Resource;

use super::view::Pods;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0204"),
    name: "HostPathVolume",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("host_path_volume.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(pods) = Pods::of(resource) else { return };
    for volume in pods.spec.list("volumes") {
        if let Some(host_path) = volume.get("hostPath") {
            let (name, path) = (volume.text("name"), host_path.text("path"));
            findings
                .at(&RULE, resource, host_path, format!("the volume `{name}` is `{path}` of the node"))
                .hint("Use a volume that is not of the node.");
        }
    }
}
