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
use std::collections::HashMap;

use mesh::{World, kind};

use super::{destinations, hosts};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0101"),
    name: "ReferencedResourceNotFound",
    severity: Severity::Error,
    analyzer: Some("virtualservice.DestinationRuleAnalyzer"),
    source: include_str!("destination_subset_not_found.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut subsets: HashMap<String, Vec<&str>> = HashMap::new();
    for rule in world.of(kind::DESTINATION_RULE) {
        let Some(spec) = rule.spec() else { continue };
        let names = spec.list("subsets").map(|subset| subset.text("name"));
        subsets.entry(hosts::full_name(world, rule, spec.text("host"))).or_default().extend(names);
    }
    let open = world.coverage();
    for service in world.of(kind::VIRTUAL_SERVICE) {
        for destination in destinations::of(service).filter(|_| !open.may_hold_more(service.namespace())) {
            let Some(subset) = destination.field.get("subset") else { continue };
            let name = subset.as_str().unwrap_or_default();
            let host = hosts::full_name(world, service, destination.host());
            let has = |host: &str| subsets.get(host).is_some_and(|subsets| subsets.contains(&name));
            let is_known = || has(&host) || wildcards(&host).any(|wildcard| has(&wildcard));
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
