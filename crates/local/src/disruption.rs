//! PodDisruptionBudgets: how many pods may be missing right now.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use crate::action::{Action, Step};
use crate::pods::{self, Rounding};

/// One look at a budget and the pods it selects; their number stands for the size of the workloads behind them.
pub(crate) fn step(budget: &PodDisruptionBudget, selected: &[Arc<Pod>], now: Timestamp) -> Step {
    let mut step = Step::default();
    let Some(spec) = &budget.spec else { return step };
    let active = selected.iter().filter(|pod| pods::is_active(pod));
    let expected = i32::try_from(active.clone().count()).unwrap_or(i32::MAX);
    let healthy = i32::try_from(active.filter(|pod| pods::is_ready(pod)).count()).unwrap_or(i32::MAX);
    let desired = match (&spec.min_available, &spec.max_unavailable) {
        (Some(least), _) => pods::resolve(Some(least), expected, Rounding::Up),
        (None, Some(most)) => (expected - pods::resolve(Some(most), expected, Rounding::Up)).max(0),
        (None, None) => 0,
    };
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    let (verdict, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let before = budget.status.clone().unwrap_or_default();
    let generation = budget.metadata.generation;
    let standing = before.conditions.iter().flatten().find(|known| known.type_ == "DisruptionAllowed");
    let since = standing.filter(|known| known.status == verdict).map(|known| known.last_transition_time.clone());
    let condition = Condition {
        type_: "DisruptionAllowed".to_owned(),
        status: verdict.to_owned(),
        reason: reason.to_owned(),
        message: String::new(),
        observed_generation: generation,
        last_transition_time: since.unwrap_or(Time(now)),
    };
    let status = PodDisruptionBudgetStatus {
        conditions: Some(vec![condition]),
        current_healthy: healthy,
        desired_healthy: desired,
        disruptions_allowed: allowed,
        expected_pods: expected,
        observed_generation: generation,
        disrupted_pods: before.disrupted_pods,
    };
    step.push(Action::status(budget, &budget.status, &status));
    step
}
