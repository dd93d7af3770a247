//! DaemonSets: one pod on every node that fits.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet, DaemonSetSpec, DaemonSetStatus};
use k8s_openapi::api::core::v1::{Node, Pod, PodTemplateSpec};
use kube::ResourceExt;

use crate::action::{Action, Event, Step, Story, Target};
use crate::kubelet::scheduling;
use crate::pods::{self, Rounding, nonzero};
use crate::revisions::{self, REVISION_HASH};

/// What a DaemonSet is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) set: &'a DaemonSet,
    /// The pods it controls.
    pub(crate) pods: &'a [Arc<Pod>],
    /// The revisions it controls.
    pub(crate) history: &'a [Arc<ControllerRevision>],
    pub(crate) nodes: &'a [Arc<Node>],
    pub(crate) now: Timestamp,
}

/// One look at a DaemonSet.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let set = observed.set;
    let Some(spec) = &set.spec else { return Step::default() };
    let mut step = Step::default();
    let collisions = set.status.as_ref().and_then(|status| status.collision_count);
    let revision = revisions::ensure(set, &spec.template, observed.history, collisions, &mut step);
    let hash = revision.labels().get(REVISION_HASH).cloned().unwrap_or_default();
    let fits =
        |node: &&Arc<Node>| spec.template.spec.as_ref().is_some_and(|pod| scheduling::mismatch(pod, node).is_none());
    let nodes: Vec<&Node> = observed.nodes.iter().filter(fits).map(|node| &**node).collect();
    let by_node = by_node(observed.pods);
    report(observed, spec, &nodes, &by_node, &hash, &mut step);
    if set.metadata.deletion_timestamp.is_some() {
        return step;
    }
    for (name, pods) in &by_node {
        if !nodes.iter().any(|node| node.name_any() == *name) {
            pods.iter().filter(|pod| pods::is_active(pod)).for_each(|pod| pods::remove(set, pod, &mut step));
        }
    }
    let mut budget = Budget::of(observed, spec, &nodes, &by_node);
    for node in &nodes {
        let pods = by_node.get(&node.name_any()).map(Vec::as_slice).unwrap_or_default();
        settle(observed, spec, node, pods, &hash, &mut budget, &mut step);
    }
    revisions::clean_up(observed.history, &[&revision.name_any()], spec.revision_history_limit, &mut step);
    step
}

/// How many more nodes an update may touch now.
struct Budget {
    unavailable: i32,
    surge: i32,
}

impl Budget {
    fn of(observed: &Observed<'_>, spec: &DaemonSetSpec, nodes: &[&Node], pods: &ByNode<'_>) -> Self {
        let strategy = spec.update_strategy.as_ref();
        if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("OnDelete") {
            return Self { unavailable: 0, surge: 0 };
        }
        let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
        let total = pods::number(nodes.len());
        let surge = rolling.and_then(|rolling| rolling.max_surge.as_ref());
        let surge = pods::resolve(surge, total, Rounding::Up);
        let most = rolling.and_then(|rolling| rolling.max_unavailable.as_ref());
        let most = match most {
            Some(most) => pods::resolve(Some(most), total, Rounding::Up),
            None => i32::from(surge == 0),
        };
        let missing = nodes.iter().filter(|node| {
            let pods = pods.get(&node.name_any()).map(Vec::as_slice).unwrap_or_default();
            let active = pods.iter().copied().filter(|pod| pods::is_active(pod));
            pods::tally(active, spec.min_ready_seconds, observed.now).available == 0
        });
        Self { unavailable: most - pods::number(missing.count()), surge }
    }
}

type ByNode<'a> = BTreeMap<String, Vec<&'a Pod>>;

/// The node a pod of a DaemonSet is meant for: bound to it, or pinned to it by name.
fn node_of(pod: &Pod) -> Option<&str> {
    let spec = pod.spec.as_ref()?;
    spec.node_name.as_deref().or_else(|| scheduling::pinned_node(spec))
}

fn by_node(all: &[Arc<Pod>]) -> ByNode<'_> {
    let mut by_node = ByNode::new();
    for pod in all {
        if let Some(node) = node_of(pod) {
            by_node.entry(node.to_owned()).or_default().push(pod);
        }
    }
    by_node
}

fn is_current(pod: &Pod, hash: &str) -> bool {
    pod.labels().get(REVISION_HASH).is_some_and(|label| label == hash)
}

/// Sees to one node.
fn settle(
    observed: &Observed<'_>,
    spec: &DaemonSetSpec,
    node: &Node,
    pods: &[&Pod],
    hash: &str,
    budget: &mut Budget,
    step: &mut Step,
) {
    let set = observed.set;
    let ended = pods.iter().filter(|pod| pods::has_ended(pod) && pod.metadata.deletion_timestamp.is_none());
    for pod in ended {
        let message = format!(
            "Found failed daemon pod {}/{} on node {}, will try to kill it",
            pod.namespace().unwrap_or_default(),
            pod.name_any(),
            node.name_any()
        );
        step.push(Event::warning(set, "FailedDaemonPod", message));
        step.push(Action::delete(*pod));
    }
    let (current, outdated): (Vec<&Pod>, Vec<&Pod>) =
        pods.iter().copied().filter(|pod| pods::is_active(pod)).partition(|pod| is_current(pod, hash));
    // As upstream, nothing is put on the node while a pod is still on its way out.
    let leaving = pods.iter().any(|pod| pod.metadata.deletion_timestamp.is_some());
    match (current.as_slice(), outdated.as_slice()) {
        ([], []) if !leaving => create(set, spec, node, hash, step),
        ([], []) => {}
        ([], [old, ..]) => {
            let works = pods::tally([*old], spec.min_ready_seconds, observed.now).available > 0;
            if budget.surge > 0 && works {
                budget.surge -= 1;
                create(set, spec, node, hash, step);
            } else if budget.unavailable > 0 || (!works && budget.unavailable >= 0) {
                budget.unavailable -= 1;
                pods::remove(set, old, step);
            }
        }
        ([new, surplus @ ..], old) => {
            surplus.iter().for_each(|pod| pods::remove(set, pod, step));
            let works = pods::tally([*new], spec.min_ready_seconds, observed.now).available > 0;
            if works || budget.surge == 0 {
                old.iter().for_each(|pod| pods::remove(set, pod, step));
            }
        }
    }
}

fn create(set: &DaemonSet, spec: &DaemonSetSpec, node: &Node, hash: &str, step: &mut Step) {
    let template: &PodTemplateSpec = &spec.template;
    let mut pod = pods::from_template(template, set);
    pod.labels_mut().insert(REVISION_HASH.to_owned(), hash.to_owned());
    let generation = set.metadata.generation.unwrap_or(1);
    pod.labels_mut().insert("pod-template-generation".to_owned(), generation.to_string());
    if let Some(spec) = &mut pod.spec {
        scheduling::pin(spec, &node.name_any());
    }
    step.push(Action::create(&pod, Story::CreatedPod(Target::of(set))));
}

fn report(
    observed: &Observed<'_>,
    spec: &DaemonSetSpec,
    nodes: &[&Node],
    by_node: &ByNode<'_>,
    hash: &str,
    step: &mut Step,
) {
    let (mut scheduled, mut ready, mut available, mut updated) = (0, 0, 0, 0);
    for node in nodes {
        let pods = by_node.get(&node.name_any()).map(Vec::as_slice).unwrap_or_default();
        let active: Vec<&Pod> = pods.iter().copied().filter(|pod| pods::is_active(pod)).collect();
        let tally = pods::tally(active.iter().copied(), spec.min_ready_seconds, observed.now);
        step.wake_at(tally.next);
        scheduled += i32::from(!active.is_empty());
        ready += tally.ready.min(1);
        available += tally.available.min(1);
        updated += i32::from(active.iter().any(|pod| is_current(pod, hash)));
    }
    let misplaced = by_node.keys().filter(|name| !nodes.iter().any(|node| node.name_any() == **name)).count();
    let desired = pods::number(nodes.len());
    let before = observed.set.status.as_ref();
    let status = DaemonSetStatus {
        current_number_scheduled: scheduled,
        desired_number_scheduled: desired,
        number_misscheduled: pods::number(misplaced),
        number_ready: ready,
        number_available: nonzero(available),
        number_unavailable: nonzero(desired - available),
        updated_number_scheduled: nonzero(updated),
        observed_generation: observed.set.metadata.generation,
        collision_count: before.and_then(|status| status.collision_count),
        conditions: before.and_then(|status| status.conditions.clone()),
    };
    step.push(Action::status(observed.set, &observed.set.status, &status));
}
