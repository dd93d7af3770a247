//! Puts pods on the node, or says why not.

use std::collections::BTreeMap;
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
    let verdict = match unready_claim(observed, spec) {
        Some(reason) => Err(reason),
        None => choose(spec, observed.nodes),
    };
    match verdict {
        Ok(node) => {
            step.push(Action::Bind { pod: crate::action::Target::of(pod), node: node.name_any() });
            let message = format!("Successfully assigned {} to {}", crate::watch::Key::of(pod), node.name_any());
            step.push(Event::normal(pod, "Scheduled", message));
        }
        Err(reason) => {
            let message = format!("0/{} nodes are available: {reason}.", observed.nodes.len());
            refuse(observed, &message, &mut step);
        }
    }
    step
}

/// The first node that suits a pod, or how many do not for which reason.
fn choose<'a>(pod: &PodSpec, nodes: &'a [Arc<Node>]) -> Result<&'a Node, String> {
    let mut misfits: BTreeMap<&str, usize> = BTreeMap::new();
    for node in nodes {
        match mismatch(pod, node) {
            None => return Ok(node),
            Some(reason) => *misfits.entry(reason).or_default() += 1,
        }
    }
    let reasons: Vec<String> = misfits.iter().map(|(reason, count)| format!("{count} node(s) {reason}")).collect();
    Err(if reasons.is_empty() { "there are none".to_owned() } else { reasons.join(", ") })
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
fn unready_claim(observed: &Observed<'_>, spec: &PodSpec) -> Option<String> {
    let mut claims = spec.volumes.iter().flatten().filter_map(|volume| volume.persistent_volume_claim.as_ref());
    claims.find_map(|claim| match (observed.claim)(&claim.claim_name) {
        Claim::Missing => Some(format!("persistentvolumeclaim \"{}\" not found", claim.claim_name)),
        Claim::Unbound => Some("pod has unbound immediate PersistentVolumeClaims".to_owned()),
        Claim::Bound => None,
    })
}

/// Why `node` does not suit a pod, as said of nodes; `None` if it does.
pub(crate) fn mismatch(pod: &PodSpec, node: &Node) -> Option<&'static str> {
    if node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true) {
        return Some("were unschedulable");
    }
    let selected = pod.node_selector.as_ref().is_none_or(|wanted| pods::has_labels(wanted, node.labels()));
    let required = pod.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = required.and_then(|node| node.required_during_scheduling_ignored_during_execution.as_ref());
    let attracted = required.is_none_or(|required| required.node_selector_terms.iter().any(|term| fits(term, node)));
    (!(selected && attracted)).then_some("didn't match Pod's node affinity/selector")
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::{Value, json};

    use super::*;
    use crate::transcript::{START, object, printed};

    fn node(name: &str, unschedulable: Option<bool>) -> Arc<Node> {
        let labels = json!({ "zone": name.trim_start_matches("node-"), "cores": "8" });
        Arc::new(object(json!({
            "metadata": { "name": name, "labels": labels }, "spec": { "unschedulable": unschedulable },
        })))
    }

    /// Where a pod goes among the nodes `node-a` and `node-b`, of which `node-a` is to be drained.
    fn check(spec: Value, expected: Expect) {
        let pod: Pod = object(json!({ "metadata": { "name": "web" }, "spec": spec }));
        let nodes = [node("node-a", Some(true)), node("node-b", None)];
        let claim = |name: &str| match name {
            "bound" => Claim::Bound,
            "unbound" => Claim::Unbound,
            _ => Claim::Missing,
        };
        let look = step(&Observed { pod: &pod, nodes: &nodes, claim: &claim, now: START.parse().unwrap() });
        expected.assert_eq(&printed(&look));
    }

    fn affinity(terms: Value) -> Value {
        let required = json!({ "nodeSelectorTerms": terms });
        let affinity = json!({ "requiredDuringSchedulingIgnoredDuringExecution": required });
        json!({ "containers": [], "affinity": { "nodeAffinity": affinity } })
    }

    #[test]
    fn a_pod_goes_to_a_node_that_takes_it() {
        check(
            json!({ "containers": [] }),
            expect![[r#"
            bind Pod default/web to node-b
            event Normal Pod Scheduled: Successfully assigned default/web to node-b
        "#]],
        );
        check(
            json!({ "containers": [], "nodeSelector": { "zone": "b" } }),
            expect![[r#"
            bind Pod default/web to node-b
            event Normal Pod Scheduled: Successfully assigned default/web to node-b
        "#]],
        );
        check(
            json!({ "containers": [], "nodeSelector": { "zone": "c" } }),
            expect![[r#"
                status Pod default/web {"conditions":[{"lastTransitionTime":"2026-03-01T12:00:00Z","message":"0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) were unschedulable.","reason":"Unschedulable","status":"False","type":"PodScheduled"}],"phase":"Pending"}
                event Warning Pod FailedScheduling: 0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) were unschedulable.
            "#]],
        );
    }

    #[test]
    fn others_and_nobody_schedule_what_is_not_for_this_scheduler() {
        for spec in [
            json!({ "containers": [], "schedulerName": "mine" }),
            json!({ "containers": [], "schedulingGates": [{ "name": "quota" }] }),
            json!({ "containers": [], "nodeName": "node-b" }),
        ] {
            check(spec, expect![[""]]);
        }
    }

    #[test]
    fn claims_have_to_be_bound_first() {
        let with = |claim: &str| {
            let volume = json!({ "name": "data", "persistentVolumeClaim": { "claimName": claim } });
            json!({ "containers": [], "volumes": [volume] })
        };
        check(
            with("bound"),
            expect![[r#"
            bind Pod default/web to node-b
            event Normal Pod Scheduled: Successfully assigned default/web to node-b
        "#]],
        );
        check(
            with("unbound"),
            expect![[r#"
            status Pod default/web {"conditions":[{"lastTransitionTime":"2026-03-01T12:00:00Z","message":"0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.","reason":"Unschedulable","status":"False","type":"PodScheduled"}],"phase":"Pending"}
            event Warning Pod FailedScheduling: 0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.
        "#]],
        );
        check(
            with("absent"),
            expect![[r#"
                status Pod default/web {"conditions":[{"lastTransitionTime":"2026-03-01T12:00:00Z","message":"0/2 nodes are available: persistentvolumeclaim \"absent\" not found.","reason":"Unschedulable","status":"False","type":"PodScheduled"}],"phase":"Pending"}
                event Warning Pod FailedScheduling: 0/2 nodes are available: persistentvolumeclaim "absent" not found.
            "#]],
        );
    }

    #[test]
    fn operators_compare_as_documented() {
        let node = node("node-b", None);
        for (key, operator, values, fits) in [
            ("zone", "In", &["a", "b"][..], true),
            ("zone", "In", &["a"], false),
            ("zone", "NotIn", &["a"], true),
            ("zone", "NotIn", &["b"], false),
            ("rack", "NotIn", &["b"], true),
            ("zone", "Exists", &[], true),
            ("rack", "Exists", &[], false),
            ("rack", "DoesNotExist", &[], true),
            ("zone", "DoesNotExist", &[], false),
            ("cores", "Gt", &["4"], true),
            ("cores", "Gt", &["8"], false),
            ("cores", "Lt", &["16"], true),
            ("zone", "Lt", &["16"], false),
        ] {
            let expression = json!({ "key": key, "operator": operator, "values": values });
            let spec = affinity(json!([{ "matchExpressions": [expression] }]));
            let spec: PodSpec = serde_json::from_value(spec).unwrap();
            assert_eq!(mismatch(&spec, &node).is_none(), fits, "{key} {operator} {values:?}");
        }
    }

    #[test]
    fn one_term_is_enough_and_an_empty_one_matches_nothing() {
        let term = |zone: &str| json!({ "matchExpressions": [{ "key": "zone", "operator": "In", "values": [zone] }] });
        let node = node("node-b", None);
        for (terms, fits) in [(json!([term("c"), term("b")]), true), (json!([term("c")]), false), (json!([{}]), false)]
        {
            let spec: PodSpec = serde_json::from_value(affinity(terms.clone())).unwrap();
            assert_eq!(mismatch(&spec, &node).is_none(), fits, "{terms}");
        }
    }

    #[test]
    fn a_pinned_pod_fits_its_node_only_whatever_else_it_asks_for() {
        let term = json!({ "matchExpressions": [{ "key": "cores", "operator": "Exists" }] });
        for spec in [json!({ "containers": [] }), affinity(json!([term.clone(), term]))] {
            let mut spec: PodSpec = serde_json::from_value(spec).unwrap();
            pin(&mut spec, "node-b");
            assert_eq!(pinned_node(&spec), Some("node-b"));
            let fits = |name: &str| mismatch(&spec, &node(name, None)).is_none();
            assert_eq!((fits("node-a"), fits("node-b")), (false, true));
        }
    }
}
