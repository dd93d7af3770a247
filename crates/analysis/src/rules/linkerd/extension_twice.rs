//! Two namespaces say that they hold the same extension of Linkerd's.
//!
//! ## Why it matters
//!
//! Linkerd finds an extension by the label `linkerd.io/extension` of its namespace. With two of them its commands look at one or the
//! other, and `linkerd check` fails.
//!
//! ## What to do
//!
//! Remove the label from the namespace that does not hold the extension.

use std::collections::BTreeMap;

use manifest::Severity;
use mesh::{Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("LD0122"),
    name: "ExtensionTwice",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("extension_twice.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut seen: BTreeMap<&str, Resource<'_>> = BTreeMap::new();
    for namespace in world.of(kind::NAMESPACE) {
        let Some(label) = namespace.at(&["metadata", "labels", "linkerd.io/extension"]) else { continue };
        let extension = label.as_str().unwrap_or_default();
        let first = *seen.entry(extension).or_insert(namespace);
        if first != namespace {
            findings
                .at(&RULE, namespace, label, format!("`{}` is the namespace of `{extension}` too", first.name()))
                .hint("Remove the label from one of them.")
                .see(first.location(), "the other namespace is here");
        }
    }
}
