//! ReplicaSets: the right number of pods.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetCondition, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use crate::action::{Action, Step, Story, Target};
use crate::pods::{self, nonzero};

/// How many pods one look creates or deletes at most, as upstream.
const BURST: usize = 500;

/// One look at a ReplicaSet and the pods it controls.
pub(crate) fn step(set: &ReplicaSet, all_pods: &[Arc<Pod>], refusal: Option<&str>, now: Timestamp) -> Step {
    let mut step = Step::default();
    let Some(spec) = &set.spec else { return step };
    let mut active: Vec<Arc<Pod>> = all_pods.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
    let replicas = spec.replicas.unwrap_or(1);
    let wanted = usize::try_from(replicas).unwrap_or(0);

    let tally = pods::tally(active.iter().map(|pod| &**pod), spec.min_ready_seconds, now);
    step.wake_at(tally.next);
    let status = ReplicaSetStatus {
        replicas: pods::number(active.len()),
        fully_labeled_replicas: nonzero(fully_labeled(set, &active)),
        ready_replicas: nonzero(tally.ready),
        available_replicas: nonzero(tally.available),
        observed_generation: set.metadata.generation,
        conditions: conditions(set, refusal.filter(|_| active.len() < wanted), now),
        terminating_replicas: set.status.as_ref().and_then(|status| status.terminating_replicas),
    };
    step.push(Action::status(set, &set.status, &status));
    if set.metadata.deletion_timestamp.is_some() {
        return step;
    }

    if active.len() < wanted {
        let Some(template) = &spec.template else { return step };
        let pod = pods::from_template(template, set);
        for _ in 0..(wanted - active.len()).min(BURST) {
            step.push(Action::create(&pod, Story::CreatedPod(Target::of(set))));
        }
    } else if active.len() > wanted {
        let surplus = (active.len() - wanted).min(BURST);
        pods::by_dispensability(&mut active);
        for pod in &active[..surplus] {
            pods::remove(set, pod, &mut step);
        }
    }
    step
}

fn fully_labeled(set: &ReplicaSet, active: &[Arc<Pod>]) -> i32 {
    let template = set.spec.as_ref().and_then(|spec| spec.template.as_ref());
    let labels = template.and_then(|template| template.metadata.as_ref()).and_then(|meta| meta.labels.as_ref());
    let full = |pod: &&Arc<Pod>| labels.is_none_or(|labels| pods::has_labels(labels, pod.labels()));
    pods::number(active.iter().filter(full).count())
}

/// `ReplicaFailure` stands as long as the API server refuses pods.
fn conditions(set: &ReplicaSet, refusal: Option<&str>, now: Timestamp) -> Option<Vec<ReplicaSetCondition>> {
    let before = set.status.as_ref().and_then(|status| status.conditions.clone()).unwrap_or_default();
    let standing = before.iter().find(|condition| condition.type_ == "ReplicaFailure").cloned();
    let mut conditions: Vec<_> = before.into_iter().filter(|condition| condition.type_ != "ReplicaFailure").collect();
    if let Some(refusal) = refusal {
        conditions.push(standing.unwrap_or_else(|| ReplicaSetCondition {
            type_: "ReplicaFailure".to_owned(),
            status: "True".to_owned(),
            reason: Some("FailedCreate".to_owned()),
            message: Some(refusal.to_owned()),
            last_transition_time: Some(Time(now)),
        }));
    }
    (!conditions.is_empty()).then_some(conditions)
}
