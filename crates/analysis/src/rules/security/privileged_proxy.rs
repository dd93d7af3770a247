//! A container of the mesh runs with the rights of an administrator of the node's network.
//!
//! ## Why it matters
//!
//! The init container that redirects traffic needs `NET_ADMIN` and `NET_RAW` and runs as root. Namespaces that enforce the
//! restricted profile refuse such pods, and whoever may create pods needs rights that can be turned against the node.
//!
//! ## What to do
//!
//! Install the mesh's CNI plugin, which redirects traffic from the node, and inject again. A proxy itself never needs to be
//! privileged.

use manifest::Severity;
use mesh::Resource;
use mesh::workload::Workload;

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("MW0014"),
    name: "PrivilegedProxy",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("privileged_proxy.rs"),
    check: Check::Resource(check),
};

fn check(resource: Resource<'_>, findings: &mut Findings) {
    let Some(workload) = Workload::of(resource) else { return };
    for container in workload.init_containers().chain(workload.containers()) {
        let name = container.text("name");
        if !super::pods::is_of_a_mesh(name) {
            continue;
        }
        let Some(context) = container.get("securityContext") else { continue };
        let added = context.get("capabilities").and_then(|found| found.get("add"));
        let network = added
            .filter(|added| added.items().any(|item| matches!(item.as_str(), Some("NET_ADMIN" | "NET_RAW" | "ALL"))));
        let privileged = context.get("privileged").filter(|flag| flag.value().as_bool() == Some(true));
        if let Some(field) = privileged {
            findings
                .at(&RULE, resource, field, format!("the container `{name}` of the mesh is privileged"))
                .hint("Remove `privileged`.");
        } else if let Some(field) = network {
            findings
                .at(&RULE, resource, field, format!("the container `{name}` of the mesh administers the network"))
                .hint("Install the mesh's CNI plugin, and inject again.");
        }
    }
}
