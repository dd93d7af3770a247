//! `exportTo` names a namespace that does not exist.
//!
//! ## Why it matters
//!
//! The namespace for which the object was made does not see it: its requests go another way, without the routes, timeouts and
//! TLS that are declared here.
//!
//! ## What to do
//!
//! Correct the name, or write `.` for the object's own namespace or `*` for all.

use manifest::Severity;
use mesh::{World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0005"),
    name: "ExportToUnknownNamespace",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("export_to_unknown_namespace.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    // Without a declaration of namespaces nobody knows which exist.
    if !known.everything() || world.of(kind::NAMESPACE).len() == 0 {
        return;
    }
    for object in [kind::VIRTUAL_SERVICE, kind::DESTINATION_RULE, kind::SERVICE_ENTRY]
        .into_iter()
        .flat_map(|kind| world.within(kind, namespace))
    {
        for item in object.list(&["spec", "exportTo"]) {
            let name = item.as_str().unwrap_or_default();
            if !matches!(name, "" | "." | "*" | "~") && !known.mentions(name) {
                findings
                    .at(&RULE, object, item, format!("there is no namespace `{name}`"))
                    .hint("Correct the name, or write `.` or `*`.");
            }
        }
    }
}
