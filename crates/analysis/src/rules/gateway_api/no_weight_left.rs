//! Every backend of a rule has the weight 0.
//!
//! ## Why it matters
//!
//! Nothing gets the requests: they end in 500. It is what is left when a release was stopped halfway.
//!
//! ## What to do
//!
//! Give at least one backend a weight, or remove the rule.

use manifest::Severity;
use mesh::{Field, Resource};

use super::references::ROUTES;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("GW0110"),
    name: "NoWeightLeft",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("no_weight_left.rs"),
    check: Check::Resource(check),
};

fn check(route: Resource<'_>, findings: &mut Findings) {
    if !ROUTES.iter().any(|kind| route.is(*kind)) {
        return;
    }
    for rule in route.list(&["spec", "rules"]) {
        let mut backends = rule.list("backendRefs");
        let weight = |backend: Field<'_>| backend.get("weight").map_or(Some(1), |weight| weight.value().as_i64());
        if backends.len() > 0 && backends.all(|backend| weight(backend) == Some(0)) {
            let field = rule.get("backendRefs").unwrap_or(rule);
            findings
                .at(&RULE, route, field, "no backend of the rule has a weight, so that nothing answers")
                .hint("Give at least one backend a weight.");
        }
    }
}
