//! HorizontalPodAutoscalers: within their bounds, and honest about missing metrics.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::autoscaling::v2::{
    HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::action::{Action, Event, Step};
use crate::workload::Workload;

/// A target is not told the same size twice in this time, in which upstream looks once.
const PERIOD: SignedDuration = SignedDuration::from_secs(15);

const FOUND: &str = "the HPA controller was able to get the target's current scale";

/// Why there is nothing to scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unscalable {
    /// The object is not there.
    Missing(String),
    /// Objects of this kind cannot be scaled here.
    UnknownKind(String),
}

/// One look at an autoscaler. There are no metrics yet, so it only keeps its target between its bounds.
pub(crate) fn step(autoscaler: &HorizontalPodAutoscaler, scaled: Result<Workload, Unscalable>, now: Timestamp) -> Step {
    let mut step = Step::default();
    let Some(spec) = &autoscaler.spec else { return step };
    let before = autoscaler.status.clone().unwrap_or_default();
    let mut status =
        HorizontalPodAutoscalerStatus { observed_generation: autoscaler.metadata.generation, ..before.clone() };
    let mut conditions = before.conditions.clone().unwrap_or_default();
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
                set("AbleToScale", "True", "SucceededGetScale", FOUND.to_owned());
                set(
                    "ScalingActive",
                    "False",
                    "ScalingDisabled",
                    "scaling is disabled since the replica count of the target is zero".to_owned(),
                );
            } else if bounded != scaled.wanted
                && let Some(told) = told_at(&before, bounded).filter(|told| now.duration_since(*told) < PERIOD)
            {
                // The cache may not show yet that it has been scaled.
                step.wake_at(told.checked_add(PERIOD).ok());
                return step;
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
                set("AbleToScale", "True", "SucceededGetScale", FOUND.to_owned());
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

/// When the target was last told to have `replicas`.
fn told_at(status: &HorizontalPodAutoscalerStatus, replicas: i32) -> Option<Timestamp> {
    status.last_scale_time.as_ref().filter(|_| status.desired_replicas == replicas).map(|time| time.0)
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use k8s_openapi::api::apps::v1::Deployment;
    use serde_json::json;

    use super::*;
    use crate::transcript::{Cluster, object, printed};

    fn deployment(replicas: i32) -> Workload {
        Workload::from(&object::<Deployment>(json!({
            "metadata": { "name": "web" },
            "spec": { "replicas": replicas, "selector": {}, "template": {} },
            "status": { "replicas": replicas },
        })))
    }

    /// What an autoscaler from 2 to 5 does, at first and when its target has not changed a second later.
    fn check(scaled: impl Fn() -> Result<Workload, Unscalable>, expected: Expect) {
        let mut cluster = Cluster::new();
        cluster.put::<HorizontalPodAutoscaler>(&object(json!({
            "metadata": { "name": "web" },
            "spec": {
                "minReplicas": 2, "maxReplicas": 5,
                "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
            },
        })));
        let look = |cluster: &Cluster| step(&cluster.get("web").unwrap(), scaled(), cluster.now);
        let first = look(&cluster);
        let mut text = printed(&first).replace(crate::transcript::START, "now");
        cluster.carry_out(first);
        cluster.pass(1);
        text.push_str("then\n");
        text.push_str(&printed(&look(&cluster)));
        expected.assert_eq(&text);
    }

    #[test]
    fn within_its_bounds_nothing_is_scaled_and_missing_metrics_are_told_once() {
        check(
            || Ok(deployment(3)),
            expect![[r#"
            event Warning HorizontalPodAutoscaler FailedGetResourceMetric: the HPA was unable to compute the replica count: no metrics are collected on this machine
            status HorizontalPodAutoscaler default/web {"conditions":[{"lastTransitionTime":"now","message":"the HPA controller was able to get the target's current scale","reason":"SucceededGetScale","status":"True","type":"AbleToScale"},{"lastTransitionTime":"now","message":"the HPA was unable to compute the replica count: no metrics are collected on this machine","reason":"FailedGetResourceMetric","status":"False","type":"ScalingActive"}],"currentReplicas":3,"desiredReplicas":3,"observedGeneration":1}
            then
        "#]],
        );
    }

    #[test]
    fn outside_its_bounds_the_target_is_scaled() {
        check(
            || Ok(deployment(9)),
            expect![[r#"
                scale Deployment default/web to 5
                event Normal HorizontalPodAutoscaler SuccessfulRescale: New size: 5; reason: Current number of replicas above Spec.MaxReplicas
                status HorizontalPodAutoscaler default/web {"conditions":[{"lastTransitionTime":"now","message":"the HPA controller was able to update the target scale to 5","reason":"SucceededRescale","status":"True","type":"AbleToScale"}],"currentReplicas":9,"desiredReplicas":5,"lastScaleTime":"now","observedGeneration":1}
                then
            "#]],
        );
        check(
            || Ok(deployment(1)),
            expect![[r#"
                scale Deployment default/web to 2
                event Normal HorizontalPodAutoscaler SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas
                status HorizontalPodAutoscaler default/web {"conditions":[{"lastTransitionTime":"now","message":"the HPA controller was able to update the target scale to 2","reason":"SucceededRescale","status":"True","type":"AbleToScale"}],"currentReplicas":1,"desiredReplicas":2,"lastScaleTime":"now","observedGeneration":1}
                then
            "#]],
        );
    }

    #[test]
    fn a_target_of_no_replicas_is_left_alone() {
        check(
            || Ok(deployment(0)),
            expect![[r#"
            status HorizontalPodAutoscaler default/web {"conditions":[{"lastTransitionTime":"now","message":"the HPA controller was able to get the target's current scale","reason":"SucceededGetScale","status":"True","type":"AbleToScale"},{"lastTransitionTime":"now","message":"scaling is disabled since the replica count of the target is zero","reason":"ScalingDisabled","status":"False","type":"ScalingActive"}],"currentReplicas":0,"desiredReplicas":0,"observedGeneration":1}
            then
        "#]],
        );
    }

    #[test]
    fn what_cannot_be_scaled_is_told_once() {
        check(
            || Err(Unscalable::Missing("Deployment \"web\"".to_owned())),
            expect![[r#"
            event Warning HorizontalPodAutoscaler FailedGetScale: the HPA controller was unable to get the target's current scale: Deployment "web" not found
            status HorizontalPodAutoscaler default/web {"conditions":[{"lastTransitionTime":"now","message":"the HPA controller was unable to get the target's current scale: Deployment \"web\" not found","reason":"FailedGetScale","status":"False","type":"AbleToScale"}],"desiredReplicas":0,"observedGeneration":1}
            then
        "#]],
        );
        check(
            || Err(Unscalable::UnknownKind("Widget".to_owned())),
            expect![[r#"
            event Warning HorizontalPodAutoscaler FailedGetScale: the HPA controller was unable to get the target's current scale: no controller scales Widget here
            status HorizontalPodAutoscaler default/web {"conditions":[{"lastTransitionTime":"now","message":"the HPA controller was unable to get the target's current scale: no controller scales Widget here","reason":"FailedGetScale","status":"False","type":"AbleToScale"}],"desiredReplicas":0,"observedGeneration":1}
            then
        "#]],
        );
    }
}
