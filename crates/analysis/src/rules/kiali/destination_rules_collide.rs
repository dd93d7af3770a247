//! Two DestinationRules of a namespace are for the same host and the same subset.
//!
//! ## Why it matters
//!
//! Istio merges them: of two traffic policies for all subsets one is dropped, of two subsets of one name the later is. Which
//! one that is depends on their age.
//!
//! ## What to do
//!
//! Make one DestinationRule of the two.

use std::collections::{BTreeMap, HashMap};

use manifest::Severity;
use mesh::{Field, Resource, World, host, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA0201"),
    name: "DestinationRulesCollide",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("destination_rules_collide.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let mut by_host: BTreeMap<(&str, String), Vec<Resource<'_>>> = BTreeMap::new();
    for rule in world.of(kind::DESTINATION_RULE) {
        // Rules for some workloads only do not meet the others.
        let Some(spec) = rule.spec().filter(|spec| spec.get("workloadSelector").is_none()) else { continue };
        let name = host::full_name(spec.text("host"), rule.namespace(), &world.options().cluster_domain);
        by_host.entry((rule.namespace(), name)).or_default().push(rule);
    }
    for ((_, name), rules) in by_host.into_iter().filter(|(_, rules)| rules.len() > 1) {
        let mut seen: HashMap<&str, Resource<'_>> = HashMap::new();
        let mut general: Option<Resource<'_>> = None;
        for rule in rules {
            if let Some(policy) = rule.at(&["spec", "trafficPolicy"]) {
                if let Some(first) = general {
                    report(
                        rule,
                        policy,
                        first,
                        format!("`{}` has a traffic policy for `{name}` too", first.id()),
                        findings,
                    );
                }
                general = general.or(Some(rule));
            }
            for subset in rule.list(&["spec", "subsets"]) {
                let label = subset.text("name");
                match seen.get(label) {
                    Some(first) if *first != rule => {
                        let message = format!("`{}` has the subset `{label}` of `{name}` too", first.id());
                        report(rule, subset.get("name").unwrap_or(subset), *first, message, findings);
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(label, rule);
                    }
                }
            }
        }
    }
}

fn report(rule: Resource<'_>, field: Field<'_>, first: Resource<'_>, message: String, findings: &mut Findings) {
    findings
        .at(&RULE, rule, field, message)
        .hint("Make one DestinationRule of the two.")
        .see(first.location(), "the other one is here");
}
