//! HorizontalPodAutoscalers: within their bounds, and honest about missing metrics.

use jiff::Timestamp;
use k8s_openapi::api::autoscaling::v2::{
    HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::action::{Action, Event, Step, Target};

/// The scaled object, as the autoscaler sees it.
pub(crate) struct Scaled {
    pub(crate) target: Target,
    /// What its specification asks for.
    pub(crate) wanted: i32,
    /// How many replicas it has.
    pub(crate) replicas: i32,
}

/// Why there is nothing to scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unscalable {
    /// The object is not there.
    Missing(String),
    /// Objects of this kind cannot be scaled here.
    UnknownKind(String),
}

/// One look at an autoscaler. There are no metrics yet, so it only keeps its target between its bounds.
pub(crate) fn step(autoscaler: &HorizontalPodAutoscaler, scaled: Result<Scaled, Unscalable>, now: Timestamp) -> Step {
    let mut step = Step::default();
    let Some(spec) = &autoscaler.spec else { return step };
    let before = autoscaler.status.clone().unwrap_or_default();
    let mut status =
        HorizontalPodAutoscalerStatus { observed_generation: autoscaler.metadata.generation, ..before.clone() };
    let mut conditions = before.conditions.unwrap_or_default();
    let mut set = |kind, status, reason, message: String| set(&mut conditions, kind, status, reason, message, now);
    match scaled {
        Err(unscalable) => {
            let message = match unscalable {
                Unscalable::Missing(what) => {
                    format!("the HPA controller was unable to get the target's current scale: {what} not found")
                }
                Unscalable::UnknownKind(kind) => format!(
                    "the HPA controller was unable to get the target's current scale: no controller scales {kind} here"
                ),
            };
            if set("AbleToScale", "False", "FailedGetScale", message.clone()) {
                step.push(Event::warning(autoscaler, "FailedGetScale", message));
            }
        }
        Ok(scaled) => {
            status.current_replicas = Some(scaled.replicas);
            let (least, most) = (spec.min_replicas.unwrap_or(1), spec.max_replicas);
            let bounded = scaled.wanted.clamp(least.min(most), most);
            if scaled.wanted == 0 {
                status.desired_replicas = 0;
                set(
                    "AbleToScale",
                    "True",
                    "SucceededGetScale",
                    "the HPA controller was able to get the target's current scale".to_owned(),
                );
                set(
                    "ScalingActive",
                    "False",
                    "ScalingDisabled",
                    "scaling is disabled since the replica count of the target is zero".to_owned(),
                );
            } else if bounded != scaled.wanted {
                let bound = if bounded < scaled.wanted { "above Spec.MaxReplicas" } else { "below Spec.MinReplicas" };
                step.push(Action::Scale { target: scaled.target, replicas: bounded });
                let message = format!("New size: {bounded}; reason: Current number of replicas {bound}");
                step.push(Event::normal(autoscaler, "SuccessfulRescale", message));
                set(
                    "AbleToScale",
                    "True",
                    "SucceededRescale",
                    format!("the HPA controller was able to update the target scale to {bounded}"),
                );
                status.desired_replicas = bounded;
                status.last_scale_time = Some(Time(now));
            } else {
                set(
                    "AbleToScale",
                    "True",
                    "SucceededGetScale",
                    "the HPA controller was able to get the target's current scale".to_owned(),
                );
                let message =
                    "the HPA was unable to compute the replica count: no metrics are collected on this machine";
                if set("ScalingActive", "False", "FailedGetResourceMetric", message.to_owned()) {
                    step.push(Event::warning(autoscaler, "FailedGetResourceMetric", message));
                }
                status.desired_replicas = bounded;
            }
        }
    }
    status.conditions = Some(conditions);
    step.push(Action::status(autoscaler, &autoscaler.status, &status));
    step
}

/// Sets a condition; whether it changed in anything but its message.
fn set(
    conditions: &mut Vec<HorizontalPodAutoscalerCondition>,
    kind: &str,
    status: &str,
    reason: &str,
    message: String,
    now: Timestamp,
) -> bool {
    let position = conditions.iter().position(|condition| condition.type_ == kind);
    let position = position.unwrap_or_else(|| {
        let type_ = kind.to_owned();
        conditions.push(HorizontalPodAutoscalerCondition { type_, ..HorizontalPodAutoscalerCondition::default() });
        conditions.len() - 1
    });
    let condition = &mut conditions[position];
    let changed = condition.status != status || condition.reason.as_deref() != Some(reason);
    if condition.status != status {
        condition.last_transition_time = Some(Time(now));
    }
    condition.status = status.to_owned();
    condition.reason = Some(reason.to_owned());
    condition.message = Some(message);
    changed
}
