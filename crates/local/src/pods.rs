//! What every workload controller asks about pods.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Pod, PodCondition, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, OwnerReference};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;
use kube::core::{Selector, SelectorExt};

use crate::action::{Action, Event, Step};
use crate::watch::Watched;

/// The phase of `pod`; `Pending` until a kubelet has said something.
pub(crate) fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Pending")
}

/// Whether `pod` still has work to do: it has not ended and nobody wants it gone.
pub(crate) fn is_active(pod: &Pod) -> bool {
    !has_ended(pod) && pod.metadata.deletion_timestamp.is_none()
}

/// Whether all containers of `pod` have ended for good.
pub(crate) fn has_ended(pod: &Pod) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// The condition of `pod` of this type.
pub(crate) fn condition<'a>(pod: &'a Pod, kind: &str) -> Option<&'a PodCondition> {
    pod.status.as_ref()?.conditions.iter().flatten().find(|condition| condition.type_ == kind)
}

/// Whether `pod` is ready to serve.
pub(crate) fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready").is_some_and(|ready| ready.status == "True")
}

/// Whether `pod` has been ready for long enough to be counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Availability {
    /// It has.
    Available,
    /// Not yet, but it will have been at this time.
    From(Timestamp),
    /// It is not ready.
    NotReady,
}

/// Whether `pod` has been ready for `min_ready_seconds`.
pub(crate) fn availability(pod: &Pod, min_ready_seconds: Option<i32>, now: Timestamp) -> Availability {
    let Some(ready) = condition(pod, "Ready").filter(|ready| ready.status == "True") else {
        return Availability::NotReady;
    };
    let wait = SignedDuration::from_secs(min_ready_seconds.unwrap_or(0).into());
    let since = ready.last_transition_time.as_ref().map_or(Timestamp::MIN, |time| time.0);
    match since.checked_add(wait) {
        Ok(from) if !wait.is_zero() && from > now => Availability::From(from),
        Ok(_) | Err(_) => Availability::Available,
    }
}

/// Counts over a set of pods, as statuses of workloads report them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) ready: i32,
    pub(crate) available: i32,
    /// When the next ready pod becomes available.
    pub(crate) next: Option<Timestamp>,
}

/// Counts ready and available pods.
pub(crate) fn tally<'a>(pods: impl IntoIterator<Item = &'a Pod>, min_ready: Option<i32>, now: Timestamp) -> Tally {
    let mut tally = Tally::default();
    for pod in pods {
        match availability(pod, min_ready, now) {
            Availability::Available => {
                tally.ready += 1;
                tally.available += 1;
            }
            Availability::From(at) => {
                tally.ready += 1;
                tally.next = tally.next.into_iter().chain([at]).min();
            }
            Availability::NotReady => {}
        }
    }
    tally
}

/// Whether `selector` selects `labels`. One that cannot be read selects nothing; an empty one everything.
pub(crate) fn selects(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    Selector::try_from(selector.clone()).is_ok_and(|selector| selector.matches(labels))
}

/// Whether `wanted` are all among `labels`.
pub(crate) fn has_labels(wanted: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// The owner reference that makes `owner` the controller of what carries it.
pub(crate) fn controlled<K: Watched>(owner: &K) -> OwnerReference {
    OwnerReference {
        api_version: K::KIND.api_version(),
        kind: K::KIND.to_string(),
        name: owner.name_any(),
        uid: owner.uid().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

/// A pod as `template` describes it, controlled by `owner`. It gets a name that begins with `<owner>-` from the API
/// server, unless the caller names it.
pub(crate) fn from_template<K: Watched>(template: &PodTemplateSpec, owner: &K) -> Pod {
    let meta = template.metadata.clone().unwrap_or_default();
    Pod {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", owner.name_any())),
            namespace: owner.namespace(),
            labels: meta.labels,
            annotations: meta.annotations,
            finalizers: meta.finalizers,
            owner_references: Some(vec![controlled(owner)]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

/// Deletes a pod of `owner`, and tells of it there.
pub(crate) fn remove<K: Watched>(owner: &K, pod: &Pod, step: &mut Step) {
    step.push(Action::delete(pod));
    step.push(Event::normal(owner, "SuccessfulDelete", format!("Deleted pod: {}", pod.name_any())));
}

/// Orders pods by how little is lost when they go, as upstream's ReplicaSet controller chooses among them: unassigned
/// before assigned, pending before running, unready before ready, cheap before dear, recently ready before long
/// ready, often restarted before steady, young before old.
pub(crate) fn by_dispensability(pods: &mut [Arc<Pod>]) {
    pods.sort_by_cached_key(|pod| {
        let assigned = pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_some());
        let phase = match phase(pod) {
            "Pending" => 0,
            "Unknown" => 1,
            _ => 2,
        };
        let cost: i32 = pod
            .annotations()
            .get("controller.kubernetes.io/pod-deletion-cost")
            .and_then(|cost| cost.parse().ok())
            .unwrap_or(0);
        let ready = condition(pod, "Ready").filter(|ready| ready.status == "True");
        let ready_since = ready.and_then(|ready| ready.last_transition_time.as_ref()).map(|time| time.0);
        let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
        let restarts = statuses.map(|status| status.restart_count).max().unwrap_or(0);
        let created = pod.creation_timestamp().map(|time| time.0);
        (
            assigned,
            phase,
            ready.is_some(),
            cost,
            Reverse(ready_since),
            Reverse(restarts),
            Reverse(created),
            pod.name_any(),
        )
    });
}

/// Which way a percentage that is no whole number goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Up.
    Up,
    /// Down.
    Down,
}

/// A number or a percentage of `total`, as a number. What is neither counts as 0; the API server refuses it anyway.
pub(crate) fn resolve(value: Option<&IntOrString>, total: i32, rounding: Rounding) -> i32 {
    match value {
        None => 0,
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(text)) => {
            let percent: i64 = text.strip_suffix('%').and_then(|number| number.parse().ok()).unwrap_or(0);
            let hundredfold = percent * i64::from(total);
            let whole = match rounding {
                Rounding::Up => (hundredfold + 99).div_euclid(100),
                Rounding::Down => hundredfold.div_euclid(100),
            };
            i32::try_from(whole).unwrap_or(i32::MAX)
        }
    }
}

/// As many as statuses can say.
pub(crate) fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// `None` for 0, which Go leaves out of most statuses.
pub(crate) fn nonzero(number: i32) -> Option<i32> {
    (number != 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_as_asked() {
        let percent = |text: &str| IntOrString::String(text.to_owned());
        for (value, total, up, down) in [
            (percent("25%"), 3, 1, 0),
            (percent("25%"), 4, 1, 1),
            (percent("50%"), 5, 3, 2),
            (percent("100%"), 7, 7, 7),
            (percent("0%"), 7, 0, 0),
            (IntOrString::Int(2), 7, 2, 2),
            (percent("nonsense"), 7, 0, 0),
        ] {
            assert_eq!(
                (resolve(Some(&value), total, Rounding::Up), resolve(Some(&value), total, Rounding::Down)),
                (up, down),
                "{value:?} of {total}"
            );
        }
    }
}
