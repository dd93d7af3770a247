//! A DestinationRule is about a host that no Service and no ServiceEntry declares.
//!
//! ## Why it matters
//!
//! It applies to nothing: settings for TLS, load balancing and outliers that somebody relies on are not in effect.
//!
//! ## What to do
//!
//! Correct the host, declare it, or export it to the namespace of the rule.

use manifest::Severity;
use mesh::{World, kind};

use super::hosts;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0174"),
    name: "UnknownDestinationRuleHost",
    severity: Severity::Warning,
    analyzer: Some("destinationrule.SubsetSelectPodAnalyzer"),
    source: include_str!("destination_rule_host_unknown.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let known = world.coverage();
    for rule in world.within(kind::DESTINATION_RULE, namespace) {
        let Some(host) = rule.at(&["spec", "host"]) else { continue };
        let name = host.as_str().unwrap_or_default();
        if hosts::services(world, rule, name).is_empty() && !hosts::may_exist(world, known, rule, name) {
            let message = format!("nothing that this namespace sees declares the host `{name}`");
            findings.at(&RULE, rule, host, message);
        }
    }
}
