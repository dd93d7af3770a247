//! A single destination has a weight.
//!
//! ## Why it matters
//!
//! All traffic goes there whatever the number says: a weight of 20 does not keep 80 of 100 requests away.
//!
//! ## What to do
//!
//! Remove the weight, or add the destination that was forgotten.

use manifest::Severity;
use mesh::{Resource, kind};

use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("KIA1104"),
    name: "LoneWeight",
    severity: Severity::Info,
    analyzer: None,
    source: include_str!("lone_weight.rs"),
    check: Check::Resource(check),
};

fn check(route: Resource<'_>, findings: &mut Findings) {
    if !route.is(kind::VIRTUAL_SERVICE) {
        return;
    }
    let rules = ["http", "tcp", "tls"].into_iter().flat_map(|protocol| route.list(&["spec", protocol]));
    for rule in rules {
        let mut destinations = rule.list("route");
        let (Some(only), None) = (destinations.next(), destinations.next()) else { continue };
        // 100 of 100 is what happens.
        if let Some(weight) = only.get("weight").filter(|weight| !matches!(weight.value().as_i64(), Some(0 | 100))) {
            findings
                .at(
                    &RULE,
                    route,
                    weight,
                    format!("the only destination has the weight {} and gets everything", weight.value()),
                )
                .hint("Remove the weight, or add the other destination.");
        }
    }
}
