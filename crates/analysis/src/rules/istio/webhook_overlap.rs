//! Several webhooks of Istio's would inject into the same pod.
//!
//! ## Why it matters
//!
//! Whichever is asked first wins, and the second one injects again over it: the pod gets the proxy of one revision with
//! the settings of another.
//!
//! ## What to do
//!
//! Let the selectors of the webhooks exclude each other. Often one belongs to a revision that was meant to be
//! uninstalled.

use manifest::Severity;
use std::collections::BTreeSet;

use mesh::World;

use super::injector_webhooks::Injectors;
use super::selection::listing;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0139"),
    name: "InvalidWebhook",
    severity: Severity::Error,
    analyzer: Some("webhook.Analyzer"),
    source: include_str!("webhook_overlap.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let injectors = Injectors::of(world);
    let mut told = BTreeSet::new();
    for together in injectors.overlaps() {
        for place in &together {
            let (configuration, webhook) = injectors.webhook(*place);
            let others = together.iter().filter(|other| *other != place).map(|other| injectors.name(*other));
            let others: Vec<String> = others.collect();
            let others = listing(others.iter().map(String::as_str));
            if told.insert((configuration.name(), others.clone())) {
                let message = format!("the same pods are injected by {others} too");
                let field = webhook.get("name").unwrap_or(webhook);
                findings.at(&RULE, configuration, field, message);
            }
        }
    }
}
