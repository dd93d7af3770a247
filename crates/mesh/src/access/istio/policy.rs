//! Istio's AuthorizationPolicies: which hold for a workload, and what they say together.

use super::rule::{Action, Subject, Traffic, matches};
use crate::access::decision::{AccessDecision, ExternalAnswer, Layer, Verdict, rule};
use crate::reasoning::{Outcome, Reasoning};
use crate::resource::by_age;
use crate::workload::Workload;
use crate::{Field, KindName, Resource, World, kind};

/// The annotation with which a policy only says what it would do.
const DRY_RUN: &str = "istio.io/dry-run";
/// The label of the pods of a Gateway of the Gateway API.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// Who enforces policies, and for which workload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'w> {
    pub(super) enforcer: Enforcer<'w>,
    pub(super) target: Workload<'w>,
}

/// Who enforces policies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Enforcer<'w> {
    /// The proxy of the pod.
    Sidecar,
    /// The ambient mesh's proxy of the node, which does not read requests.
    Node,
    /// A waypoint.
    Waypoint(Resource<'w>),
}

/// The policies of a kind that hold at a place: of the root namespace and of the workload's, by selector or by `targetRefs`.
pub(super) fn applying<'w>(world: &'w World, kind_name: KindName, place: Place<'_>) -> Vec<Resource<'w>> {
    let root = world.mesh_config().root_namespace();
    let target = place.target.namespace();
    let own = match place.enforcer {
        Enforcer::Sidecar | Enforcer::Node => target,
        Enforcer::Waypoint(waypoint) => waypoint.namespace(),
    };
    let mut namespaces = vec![root, own, target];
    namespaces.sort_unstable();
    namespaces.dedup();
    let all = namespaces.into_iter().flat_map(|namespace| world.within(kind_name, namespace));
    let mut found: Vec<_> = all.filter(|policy| attaches(world, *policy, place)).collect();
    found.sort_by_key(|policy| (policy.namespace() != root, by_age(*policy)));
    found
}

/// Whether a policy holds at a place (Istio `WorkloadPolicyMatcher.ShouldAttachPolicy`).
fn attaches(world: &World, policy: Resource<'_>, place: Place<'_>) -> bool {
    let single = policy.at(&["spec", "targetRef"]);
    let targets: Vec<Field<'_>> = policy.list(&["spec", "targetRefs"]).chain(single).collect();
    let selector = policy.at(&["spec", "selector", "matchLabels"]);
    let selected = selector.is_none_or(|labels| place.target.satisfies(labels));
    match place.enforcer {
        Enforcer::Waypoint(waypoint) => targets.iter().any(|target| {
            let named = target.text("name");
            match target.text("kind") {
                "Gateway" => named == waypoint.name() && policy.namespace() == waypoint.namespace(),
                "GatewayClass" => {
                    named == "istio-waypoint" && policy.namespace() == world.mesh_config().root_namespace()
                }
                "Service" | "ServiceEntry" => world.services_of(place.target).any(|service| {
                    service.resource().kind() == target.text("kind")
                        && service.resource().name() == named
                        && service.namespace() == policy.namespace()
                }),
                _ => false,
            }
        }),
        Enforcer::Sidecar | Enforcer::Node if targets.is_empty() => selected,
        Enforcer::Sidecar | Enforcer::Node => targets.iter().any(|target| {
            target.text("kind") == "Gateway"
                && policy.namespace() == place.target.namespace()
                && place.target.label(GATEWAY_NAME) == Some(target.text("name"))
        }),
    }
}

/// What the policies say: CUSTOM, then DENY, then ALLOW; AUDIT on the way. Without an ALLOW policy everything is allowed
/// that is not denied.
pub(super) fn judge(
    world: &World,
    subject: &mut Subject<'_, '_>,
    place: Place<'_>,
    why: &mut Reasoning,
) -> AccessDecision {
    let policies = applying(world, kind::ISTIO_AUTHORIZATION_POLICY, place).into_iter();
    let (dry, enforced): (Vec<_>, Vec<_>) = policies.partition(|policy| is_dry_run(*policy));
    let status = (subject.traffic == Traffic::Requests).then_some(403);
    let done = |verdict: Verdict, by: Layer| AccessDecision::new(verdict, by);
    let mut asked = Vec::new();
    for policy in of(&enforced, Action::Custom) {
        let Some(label) = first_match(world, policy, Action::Custom, subject, why) else { continue };
        let provider = policy.at(&["spec", "provider", "name"]).and_then(Field::as_str).unwrap_or_default();
        asked.push(provider.to_owned());
        if subject.question.external == ExternalAnswer::Denies {
            why.push(Reasoning::decides(format!("the external authorizer `{provider}` denies it")).about(policy));
            let matched = Some(rule(policy, label));
            return AccessDecision { status, matched, asked, ..done(Verdict::Deny, Layer::Authorization) };
        }
        why.push(Reasoning::holds(format!("the external authorizer `{provider}` allows it")).about(policy));
    }
    let audited_by: Vec<_> = of(&enforced, Action::Audit)
        .filter(|policy| first_match(world, *policy, Action::Audit, subject, why).is_some())
        .map(|policy| policy.id().clone())
        .collect();
    let dry_run = dry_run_verdict(
        &of(&dry, Action::Deny).collect::<Vec<_>>(),
        &of(&dry, Action::Allow).collect::<Vec<_>>(),
        |policy, action| first_match(world, policy, action, subject, &mut Reasoning::noted(String::new())).is_some(),
    );
    let common = |decision: AccessDecision| AccessDecision {
        asked: asked.clone(),
        audited_by: audited_by.clone(),
        dry_run,
        ..decision
    };
    for policy in of(&enforced, Action::Deny) {
        if let Some(label) = first_match(world, policy, Action::Deny, subject, why) {
            let matched = Some(rule(policy, label));
            return common(AccessDecision { status, matched, ..done(Verdict::Deny, Layer::Authorization) });
        }
    }
    let allowing: Vec<_> = of(&enforced, Action::Allow).collect();
    for policy in &allowing {
        if let Some(label) = first_match(world, *policy, Action::Allow, subject, why) {
            let matched = Some(rule(*policy, label));
            return common(AccessDecision { matched, ..done(Verdict::Allow, Layer::Authorization) });
        }
    }
    if allowing.is_empty() {
        why.push(Reasoning::decides("no ALLOW policy holds for the workload, so what is not denied is allowed"));
        let by = if asked.is_empty() { Layer::Nothing } else { Layer::Authorization };
        return common(done(Verdict::Allow, by));
    }
    why.push(Reasoning::decides("there are ALLOW policies for the workload, and none of them matches"));
    common(AccessDecision { status, ..done(Verdict::Deny, Layer::Authorization) })
}

/// The policies with an action.
fn of<'w>(policies: &[Resource<'w>], action: Action) -> impl Iterator<Item = Resource<'w>> {
    policies.iter().copied().filter(move |policy| action_of(*policy) == action)
}

/// What policies that only say what they would do would do; `None` if there are none.
fn dry_run_verdict(
    deny: &[Resource<'_>],
    allow: &[Resource<'_>],
    mut matches: impl FnMut(Resource<'_>, Action) -> bool,
) -> Option<Verdict> {
    if deny.is_empty() && allow.is_empty() {
        return None;
    }
    let denied = deny.iter().any(|policy| matches(*policy, Action::Deny));
    let allowed = allow.is_empty() || allow.iter().any(|policy| matches(*policy, Action::Allow));
    Some(if denied || !allowed { Verdict::Deny } else { Verdict::Allow })
}

fn action_of(policy: Resource<'_>) -> Action {
    match policy.at(&["spec", "action"]).and_then(Field::as_str) {
        Some("DENY") => Action::Deny,
        Some("AUDIT") => Action::Audit,
        Some("CUSTOM") => Action::Custom,
        Some(_) | None => Action::Allow,
    }
}

fn is_dry_run(policy: Resource<'_>) -> bool {
    policy.annotation(DRY_RUN).is_some_and(|flag| matches!(flag, "true" | "True" | "TRUE" | "t" | "T" | "1"))
}

/// The first rule of a policy that matches. Every other one is said with what does not hold.
fn first_match(
    world: &World,
    policy: Resource<'_>,
    action: Action,
    subject: &Subject<'_, '_>,
    why: &mut Reasoning,
) -> Option<String> {
    let step = format!("{action} policy {}/{}", policy.namespace(), policy.name());
    let mut step = Reasoning::fails(step).about(policy);
    let rules = policy.list(&["spec", "rules"]);
    if rules.clone().next().is_none() {
        step.push(Reasoning::fails("it has no rule, so it matches nothing"));
    }
    for (position, declared) in rules.enumerate() {
        let label = format!("rules[{position}]");
        match matches(world, declared, policy, action, subject) {
            Ok(held) => {
                step.outcome = Outcome::Decides;
                step.steps = vec![Reasoning::decides(format!("`{label}` matches")).at(declared).because(held)];
                why.push(step);
                return Some(label);
            }
            // The place of the condition says where the rule is: looking for both would cost twice in long policies.
            Err(reason) => step.push(Reasoning::fails(format!("`{label}`")).because([reason])),
        }
    }
    why.push(step);
    None
}
