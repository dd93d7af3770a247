//! PodDisruptionBudgets: how many pods may be missing right now.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, OwnerReference, Time};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::ResourceExt;

use crate::action::{Action, Event, Step};
use crate::pods::{self, Rounding};
use crate::workload::Workload;

/// How long an evicted pod may take to begin to stop; after that it counts again.
const EVICTION: SignedDuration = SignedDuration::from_mins(2);

/// What a budget is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) budget: &'a PodDisruptionBudget,
    /// The pods it selects.
    pub(crate) pods: &'a [Arc<Pod>],
    /// What stands behind the controller of a pod.
    pub(crate) workload: &'a dyn Fn(&OwnerReference) -> Result<Workload, NoScale>,
    pub(crate) now: Timestamp,
}

/// The controller of a pod does not say how many of them it wants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} \"{name}\", which controls selected pods, says nowhere how many there should be")]
pub(crate) struct NoScale {
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// How many pods there should be, and how many of them have to be healthy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Demand {
    expected: i32,
    healthy: i32,
}

/// One look at a budget.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let mut step = Step::default();
    let budget = observed.budget;
    let Some(spec) = &budget.spec else { return step };
    let before = budget.status.clone().unwrap_or_default();
    let (status, events) = match observed.demand(spec) {
        Ok(demand) => {
            let status = observed.status(demand, &before, &mut step);
            (status, observed.remarks(spec))
        }
        Err(no_scale) => {
            let condition = observed.condition(&before, Verdict::Unknown(no_scale.to_string()));
            let status =
                PodDisruptionBudgetStatus { disruptions_allowed: 0, conditions: Some(vec![condition]), ..before };
            let message = format!("Failed to calculate the number of expected pods: {no_scale}");
            (status, vec![Event::warning(budget, "CalculateExpectedPodCountFailed", message)])
        }
    };
    // Whoever knows the status knows the rest already.
    if let Some(action) = Action::status(budget, &budget.status, &status) {
        step.push(action);
        step.actions.extend(events.into_iter().map(Action::Event));
    }
    step
}

/// What the condition says.
enum Verdict {
    Sufficient,
    Insufficient,
    Unknown(String),
}

impl Observed<'_> {
    /// A whole number of healthy pods needs nobody to say how many there should be; anything else does.
    fn demand(&self, spec: &PodDisruptionBudgetSpec) -> Result<Demand, NoScale> {
        match (&spec.max_unavailable, &spec.min_available) {
            (Some(most), _) => {
                let expected = self.scale()?;
                let spare = pods::resolve(Some(most), expected, Rounding::Up);
                Ok(Demand { expected, healthy: (expected - spare).max(0) })
            }
            (None, Some(IntOrString::Int(healthy))) => {
                Ok(Demand { expected: pods::number(self.pods.len()), healthy: *healthy })
            }
            (None, Some(least)) => {
                let expected = self.scale()?;
                Ok(Demand { expected, healthy: pods::resolve(Some(least), expected, Rounding::Up) })
            }
            (None, None) => Ok(Demand::default()),
        }
    }

    /// How many pods the workloads behind the selected ones want together.
    fn scale(&self) -> Result<i32, NoScale> {
        let controllers: BTreeMap<&str, &OwnerReference> =
            self.pods.iter().filter_map(|pod| controller(pod)).map(|owner| (owner.uid.as_str(), owner)).collect();
        let workloads = controllers.into_values().map(self.workload).collect::<Result<Vec<_>, _>>()?;
        // Several ReplicaSets may belong to one Deployment.
        let replicas: BTreeMap<&str, i32> = workloads.iter().map(|one| (one.target.uid.as_str(), one.wanted)).collect();
        Ok(replicas.into_values().fold(0, i32::saturating_add))
    }

    fn status(&self, demand: Demand, before: &PodDisruptionBudgetStatus, step: &mut Step) -> PodDisruptionBudgetStatus {
        let mut evicted = before.disrupted_pods.clone().unwrap_or_default();
        evicted.retain(|name, since| {
            let stays = |pod: &Arc<Pod>| pod.name_any() == *name && pod.metadata.deletion_timestamp.is_none();
            let until = since.0.checked_add(EVICTION).unwrap_or(Timestamp::MAX);
            let pending = until > self.now && self.pods.iter().any(stays);
            step.wake_at(pending.then_some(until));
            pending
        });
        let counts = |pod: &&Arc<Pod>| {
            pods::is_ready(pod) && pod.metadata.deletion_timestamp.is_none() && !evicted.contains_key(&pod.name_any())
        };
        let healthy = pods::number(self.pods.iter().filter(counts).count());
        let allowed = if demand.expected > 0 { (healthy - demand.healthy).max(0) } else { 0 };
        let verdict = if allowed > 0 { Verdict::Sufficient } else { Verdict::Insufficient };
        PodDisruptionBudgetStatus {
            conditions: Some(vec![self.condition(before, verdict)]),
            current_healthy: healthy,
            desired_healthy: demand.healthy,
            disruptions_allowed: allowed,
            expected_pods: demand.expected,
            observed_generation: self.budget.metadata.generation,
            disrupted_pods: (!evicted.is_empty()).then_some(evicted),
        }
    }

    /// The one condition; its transition time moves with its status only.
    fn condition(&self, before: &PodDisruptionBudgetStatus, verdict: Verdict) -> Condition {
        let (status, reason, message) = match verdict {
            Verdict::Sufficient => ("True", "SufficientPods", String::new()),
            Verdict::Insufficient => ("False", "InsufficientPods", String::new()),
            Verdict::Unknown(message) => ("False", "SyncFailed", message),
        };
        let standing = before.conditions.iter().flatten().find(|known| known.type_ == "DisruptionAllowed");
        let since = standing.filter(|known| known.status == status).map(|known| known.last_transition_time.clone());
        Condition {
            type_: "DisruptionAllowed".to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message,
            observed_generation: self.budget.metadata.generation,
            last_transition_time: since.unwrap_or(Time(self.now)),
        }
    }

    /// What the numbers do not tell.
    fn remarks(&self, spec: &PodDisruptionBudgetSpec) -> Vec<Event> {
        if self.pods.is_empty() {
            return vec![Event::normal(self.budget, "NoPods", "No matching pods found")];
        }
        let counted = matches!((&spec.max_unavailable, &spec.min_available), (None, Some(IntOrString::Int(_))));
        if counted || self.pods.iter().all(|pod| controller(pod).is_some()) {
            return Vec::new();
        }
        let message = "Some of the selected pods have no controller and are not counted as expected: \
                       give spec.minAvailable as a whole number to include them";
        vec![Event::warning(self.budget, "UnmanagedPods", message)]
    }
}

fn controller(pod: &Pod) -> Option<&OwnerReference> {
    pod.owner_references().iter().find(|owner| owner.controller == Some(true))
}
