//! A WorkloadGroup names a service account that does not exist.
//!
//! ## Why it matters
//!
//! Machines that join get no token of that account, so that they cannot prove who they are and never become part of the mesh.
//!
//! ## What to do
//!
//! Correct `template.serviceAccount` or declare the ServiceAccount.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1701"),
    name: "WorkloadGroupAccount",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("workload_group_account.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    for group in world.of(kind::WORKLOAD_GROUP) {
        let Some(account) = group.at(&["spec", "template", "serviceAccount"]) else { continue };
        let name = account.as_str().unwrap_or_default();
        let there =
            matches!(name, "" | "default") || world.find(kind::SERVICE_ACCOUNT, group.namespace(), name).is_some();
        if !there && known.whole(group.namespace()) {
            findings
                .at(&RULE, group, account, format!("there is no service account `{name}`"))
                .hint("Correct the name, or declare the ServiceAccount.");
        }
    }
}
