//! Puts pods on the node, or says why not.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Affinity, Node, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodCondition, PodSpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use crate::action::{Action, Event, Step};
use crate::pods;

/// What scheduling a pod is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) pod: &'a Pod,
    pub(crate) nodes: &'a [Arc<Node>],
    /// Whether a claim of the pod's namespace exists, and is bound.
    pub(crate) claim: &'a dyn Fn(&str) -> Claim,
    pub(crate) now: Timestamp,
}

/// The state of a claim a pod names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// There is none of that name.
    Missing,
    /// It has no volume yet.
    Unbound,
    /// It has one.
    Bound,
}

/// One look of the scheduler at a pod.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let pod = observed.pod;
    let mut step = Step::default();
    let Some(spec) = &pod.spec else { return step };
    let ours = spec.scheduler_name.as_deref().is_none_or(|name| name == "default-scheduler");
    let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
    if spec.node_name.is_some() || !ours || gated || !pods::is_active(pod) {
        return step;
    }
    let total = observed.nodes.len();
    let verdict = unready_claim(observed, spec).map_or_else(
        || {
            let misfits: Vec<_> = observed.nodes.iter().map(|node| mismatch(spec, node)).collect();
            match misfits.iter().position(Option::is_none) {
                Some(index) => Ok(&observed.nodes[index]),
                None => Err(misfits.into_iter().flatten().next().unwrap_or("no nodes available to schedule pods")),
            }
        },
        Err,
    );
    match verdict {
        Ok(node) => {
            step.push(Action::Bind { pod: crate::action::Target::of(pod), node: node.name_any() });
            let message = format!("Successfully assigned {} to {}", crate::watch::Key::of(pod), node.name_any());
            step.push(Event::normal(pod, "Scheduled", message));
        }
        Err(reason) => {
            let message = format!("0/{total} nodes are available: {reason}");
            refuse(observed, &message, &mut step);
        }
    }
    step
}

fn refuse(observed: &Observed<'_>, message: &str, step: &mut Step) {
    let pod = observed.pod;
    let mut status = pod.status.clone().unwrap_or_default();
    let before = pods::condition(pod, "PodScheduled");
    if before.is_some_and(|before| before.message.as_deref() == Some(message)) {
        return;
    }
    let conditions = status.conditions.get_or_insert_default();
    conditions.retain(|condition| condition.type_ != "PodScheduled");
    conditions.push(PodCondition {
        type_: "PodScheduled".to_owned(),
        status: "False".to_owned(),
        reason: Some("Unschedulable".to_owned()),
        message: Some(message.to_owned()),
        last_transition_time: Some(Time(observed.now)),
        ..PodCondition::default()
    });
    status.phase.get_or_insert_with(|| "Pending".to_owned());
    step.push(Action::status(pod, &pod.status, &status));
    step.push(Event::warning(pod, "FailedScheduling", message));
}

/// What keeps the pod's claims from being used.
fn unready_claim(observed: &Observed<'_>, spec: &PodSpec) -> Option<&'static str> {
    let claims = spec.volumes.iter().flatten().filter_map(|volume| volume.persistent_volume_claim.as_ref());
    let mut states = claims.map(|claim| (observed.claim)(&claim.claim_name));
    states.find_map(|state| match state {
        Claim::Missing => Some("persistentvolumeclaim not found."),
        Claim::Unbound => Some("pod has unbound immediate PersistentVolumeClaims."),
        Claim::Bound => None,
    })
}

/// Why `node` does not suit a pod; `None` if it does.
pub(crate) fn mismatch(pod: &PodSpec, node: &Node) -> Option<&'static str> {
    if node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true) {
        return Some("1 node(s) were unschedulable.");
    }
    let selected = pod.node_selector.as_ref().is_none_or(|wanted| pods::has_labels(wanted, node.labels()));
    let required = pod.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = required.and_then(|node| node.required_during_scheduling_ignored_during_execution.as_ref());
    let attracted = required.is_none_or(|required| required.node_selector_terms.iter().any(|term| fits(term, node)));
    (!(selected && attracted)).then_some("1 node(s) didn't match Pod's node affinity/selector.")
}

fn fits(term: &NodeSelectorTerm, node: &Node) -> bool {
    let name = node.name_any();
    let labels = term.match_expressions.iter().flatten();
    let fields = term.match_fields.iter().flatten();
    labels.clone().all(|wanted| meets(wanted, node.labels().get(&wanted.key).map(String::as_str)))
        && fields.clone().all(|wanted| meets(wanted, (wanted.key == "metadata.name").then_some(name.as_str())))
        && labels.chain(fields).next().is_some()
}

fn meets(wanted: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let among = || value.is_some_and(|value| wanted.values.iter().flatten().any(|known| known == value));
    let numbers =
        || -> Option<(i64, i64)> { Some((value?.parse().ok()?, wanted.values.as_ref()?.first()?.parse().ok()?)) };
    match wanted.operator.as_str() {
        "In" => among(),
        "NotIn" => !among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => numbers().is_some_and(|(value, bound)| value > bound),
        "Lt" => numbers().is_some_and(|(value, bound)| value < bound),
        // The API server admits no other operator.
        _ => false,
    }
}

/// Ties a pod to the node of this name, as the DaemonSet controller does: in every term of its node affinity.
pub(crate) fn pin(pod: &mut PodSpec, node: &str) {
    let affinity: &mut Affinity = pod.affinity.get_or_insert_default();
    let affinity: &mut NodeAffinity = affinity.node_affinity.get_or_insert_default();
    let required: &mut NodeSelector =
        affinity.required_during_scheduling_ignored_during_execution.get_or_insert_default();
    let pin = NodeSelectorRequirement {
        key: "metadata.name".to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![node.to_owned()]),
    };
    if required.node_selector_terms.is_empty() {
        required.node_selector_terms.push(NodeSelectorTerm::default());
    }
    for term in &mut required.node_selector_terms {
        term.match_fields = Some(vec![pin.clone()]);
    }
}

/// The node a pod is tied to by [`pin`].
pub(crate) fn pinned_node(pod: &PodSpec) -> Option<&str> {
    let affinity = pod.affinity.as_ref()?.node_affinity.as_ref()?;
    let term = affinity.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms.first()?;
    let field = term.match_fields.iter().flatten().find(|field| field.key == "metadata.name")?;
    field.values.as_ref()?.first().map(String::as_str)
}
