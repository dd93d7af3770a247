//! A policy selects the pods of a Gateway of the Gateway API by their labels.
//!
//! ## Why it matters
//!
//! Policies apply to such gateways only if they name the Gateway in `targetRefs`: this one has no effect, and what it
//! was to protect is open.
//!
//! ## What to do
//!
//! Name the Gateway in `targetRefs` instead of the selector.

use manifest::Severity;
use std::collections::BTreeSet;

use mesh::{Field, KindName, Resource, World, kind};

use crate::{Check, Code, Findings, Rule};

/// The label that pods of a Gateway have, with its name.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
/// The kinds of policies that name their target or select it.
const POLICIES: [KindName; 4] =
    [kind::ISTIO_AUTHORIZATION_POLICY, kind::REQUEST_AUTHENTICATION, kind::TELEMETRY, kind::WASM_PLUGIN];

pub(super) const RULE: Rule = Rule {
    code: Code("IST0166"),
    name: "IneffectiveSelector",
    severity: Severity::Warning,
    analyzer: Some("k8sgateway.SelectorAnalyzer"),
    source: include_str!("ineffective_selector.rs"),
    check: Check::Namespace(check),
};

fn check(world: &World, namespace: &str, findings: &mut Findings) {
    for policy in POLICIES.into_iter().flat_map(|kind| world.within(kind, namespace)) {
        let Some(selector) = policy.at(&["spec", "selector"]) else { continue };
        let is_targeted =
            policy.at(&["spec", "targetRef"]).is_some() || policy.list(&["spec", "targetRefs"]).next().is_some();
        if !is_targeted {
            let labels = selector.get("matchLabels");
            for gateway in gateways_meant(world, policy, labels) {
                let place = labels.unwrap_or(selector);
                let message = format!(
                    "the selector means the pods of the Gateway `{gateway}`, for which only `targetRefs` counts"
                );
                findings.at(&RULE, policy, place, message).hint("Name the Gateway in `targetRefs`.");
            }
        }
    }
}

/// The Gateways of whose pods the labels are: of pods that exist, and of those that Istio makes for a declared Gateway.
fn gateways_meant<'w>(world: &'w World, policy: Resource<'w>, labels: Option<Field<'w>>) -> BTreeSet<&'w str> {
    let namespace = policy.namespace();
    let selected = super::selection::workloads(world, Some(namespace), labels);
    let running = selected.into_iter().filter_map(|workload| workload.label(GATEWAY_NAME));
    let is_meant = |gateway: &Resource<'w>| {
        labels.is_none_or(|labels| {
            labels.members().all(|(name, value)| {
                let own = if name == GATEWAY_NAME { Some(gateway.name()) } else { gateway.label(name) };
                own.is_some() && own == value.as_str()
            })
        })
    };
    running.chain(world.within(kind::GATEWAY, namespace).filter(is_meant).map(Resource::name)).collect()
}
