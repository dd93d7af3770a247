//! A VirtualService sends requests to a subset that no DestinationRule has.
//!
//! ## Why it matters
//!
//! The requests fail with 503: there is no such cluster in the proxy.
//!
//! ## What to do
//!
//! Add the subset to the DestinationRule of the host, or correct its name.

use manifest::Severity;
use mesh::{World, kind};

use super::{destinations, hosts};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("virtualservice.DestinationRuleAnalyzer"),
    source: include_str!("destination_subset_not_found.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    let open = world.coverage();
    let has = |host: &str, name: &str| {
        let mut subsets = world.destination_rules_for(host).flat_map(|rule| rule.list(&["spec", "subsets"]));
        subsets.any(|subset| subset.text("name") == name)
    };
    for service in world.within(kind::VIRTUAL_SERVICE, namespace).filter(|_| !open.may_hold_more(namespace)) {
        for destination in destinations::of(service) {
            let Some(subset) = destination.field.get("subset") else { continue };
            let name = subset.as_str().unwrap_or_default();
            let host = hosts::full_name(world, service, destination.host());
            let is_known = || has(&host, name) || wildcards(&host).any(|wildcard| has(&wildcard, name));
            let may_exist = || hosts::namespace(world, &host).is_some_and(|namespace| open.may_hold_more(namespace));
            if !name.is_empty() && !is_known() && !may_exist() {
                let message = format!("no DestinationRule of `{}` has a subset `{name}`", destination.host());
                findings.at(&RULE, service, subset, message);
            }
        }
    }
}

/// The wildcards that mean a host.
fn wildcards(host: &str) -> impl Iterator<Item = String> {
    let tails = host.match_indices('.').map(|(dot, _)| format!("*{}", &host[dot..]));
    tails.chain(["*".to_owned()])
}
