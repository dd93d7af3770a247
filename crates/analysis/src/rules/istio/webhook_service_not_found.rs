//! A webhook of Istio's asks a Service that is not there.
//!
//! ## Why it matters
//!
//! With `failurePolicy: Fail` no pod that it is asked about can be created; with `Ignore` pods get no sidecar. Often
//! its revision was uninstalled and the webhook was left behind.
//!
//! ## What to do
//!
//! Remove the webhook, or install the control plane that it asks.

use manifest::Severity;
use std::collections::BTreeSet;

use mesh::{World, kind};

use super::injector_webhooks::Injectors;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("IST0139"),
    name: "InvalidWebhook",
    severity: Severity::Error,
    analyzer: Some("webhook.Analyzer"),
    source: include_str!("webhook_service_not_found.rs"),
    check: Check::World(check),
};

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    let mut told = BTreeSet::new();
    for (configuration, webhook) in Injectors::of(world).webhooks() {
        let Some(service) = webhook.at(&["clientConfig", "service"]) else { continue };
        let (namespace, name) = (service.text("namespace"), service.text("name"));
        let is_there = known.may_hold_more(namespace) || world.find(kind::SERVICE, namespace, name).is_some();
        if !is_there && told.insert((configuration.name(), namespace, name)) {
            let message = format!("the Service `{namespace}/{name}` that it asks does not exist");
            findings.at(&RULE, configuration, service, message);
        }
    }
}
