//! Fields of a Canary's analysis contradict each other, so that some of them mean nothing.
//!
//! ## Why it matters
//!
//! Flagger takes one of them and says nothing about the others: traffic moves in other steps than the manifest says, or a
//! header that was to select testers selects nobody.
//!
//! ## What to do
//!
//! Keep the fields of one strategy: `stepWeight` with `maxWeight`, or `stepWeights`, for growing weights; `iterations` for blue
//! and green; `iterations` with `match` for A/B tests.

use manifest::Severity;
use mesh::{Field, World};

use super::canary::{Canary, Strategy};
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0009"),
    name: "StrategyContradiction",
    severity: Severity::Warning,
    analyzer: None,
    source: include_str!("strategy_contradiction.rs"),
    check: Check::World(check),
};

/// The fields that only growing weights have.
const WEIGHTS: [&str; 4] = ["maxWeight", "stepWeight", "stepWeights", "stepWeightPromotion"];

fn check(world: &World, findings: &mut Findings) {
    for canary in Canary::all(world) {
        let Some(analysis) = canary.analysis else { continue };
        for (field, message) in contradictions(canary, analysis) {
            findings.at(&RULE, canary.resource, field, message).hint("Keep the fields of one strategy.");
        }
    }
}

fn contradictions<'w>(canary: Canary<'w>, analysis: Field<'w>) -> Vec<(Field<'w>, String)> {
    let mut found: Vec<(Field<'w>, String)> = Vec::new();
    let mut say = |field: Option<Field<'w>>, message: String| {
        found.extend(field.map(|field| (field, message)));
    };
    let get = |name: &str| analysis.get(name).filter(|field| field.value().as_i64() != Some(0));
    let by_kubernetes = canary.spec("provider").and_then(Field::as_str) == Some("kubernetes");
    let strategy = canary.strategy();
    match strategy {
        Strategy::AbTest | Strategy::BlueGreen => {
            for name in WEIGHTS {
                say(get(name), format!("`{name}` means nothing beside `iterations`, which routes all or nothing"));
            }
        }
        Strategy::Weighted if by_kubernetes => {
            for name in WEIGHTS {
                say(get(name), format!("`{name}` means nothing: the provider `kubernetes` cannot weigh traffic"));
            }
        }
        Strategy::Weighted => {
            let (step, steps) = (get("stepWeight"), analysis.get("stepWeights"));
            if steps.is_some() {
                say(step, "`stepWeight` decides the steps, and `stepWeights` only the last weight".to_owned());
                say(
                    get("maxWeight"),
                    "`maxWeight` means nothing beside `stepWeights`, whose last one counts".to_owned(),
                );
            }
            let skipped = canary.spec("skipAnalysis").is_some_and(|skip| skip.value().as_bool() == Some(true));
            if step.or(steps).is_none() && !skipped {
                let message = "neither `stepWeight`, `stepWeights` nor `iterations` says how traffic moves";
                say(Some(analysis), message.to_owned());
            }
            if let (Some(step), None) = (analysis.integer("stepWeight"), steps) {
                let most = analysis.integer("maxWeight").filter(|most| *most > 0).unwrap_or(100);
                if step > most {
                    say(get("stepWeight"), format!("the first step of {step} is more than the most, which is {most}"));
                }
            }
            let weights: Vec<_> =
                analysis.list("stepWeights").filter_map(|item| Some((item, item.value().as_i64()?))).collect();
            for pair in weights.windows(2).filter(|pair| pair[1].1 <= pair[0].1) {
                say(Some(pair[1].0), format!("the weight {} does not grow after {}", pair[1].1, pair[0].1));
            }
            for (item, weight) in weights.iter().filter(|(_, weight)| !(1..=100).contains(weight)) {
                say(Some(*item), format!("the weight {weight} is not between 1 and 100"));
            }
        }
    }
    if strategy != Strategy::AbTest || by_kubernetes {
        let why =
            if by_kubernetes { "the provider `kubernetes` routes no requests" } else { "`iterations` is missing" };
        say(get("match"), format!("`match` means nothing: {why}"));
    }
    let mirrors = analysis.flag("mirror");
    if mirrors && strategy == Strategy::AbTest {
        say(get("mirror"), "`mirror` means nothing in an A/B test".to_owned());
    }
    if !mirrors {
        say(get("mirrorWeight"), "`mirrorWeight` means nothing without `mirror`".to_owned());
    }
    if let Some(affinity) = analysis.get("sessionAffinity") {
        let (cookie, primary) = (affinity.text("cookieName"), affinity.text("primaryCookieName"));
        if cookie == primary {
            let message = format!("`cookieName` and `primaryCookieName` are both `{cookie}`, which Flagger refuses");
            say(Some(affinity), message);
        }
    }
    found
}
