//! The `eviction` subresource: deleting a pod as far as the disruption budgets of its namespace allow it.
//!
//! Budgets are counted from the pods at the moment of the eviction, and one eviction waits for the other: what a controller
//! wrote to `status.disruptionsAllowed` is for people, and nothing can be evicted on the strength of an old count.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Call;
use super::delete::{DeleteOptions, delete_object};
use super::subresource::{selector_text, success};
use crate::core::{Core, collection_of};
use crate::error::ApiError;
use crate::http::{Effect, Reply, decode_body};
use crate::metadata;
use crate::selector::LabelSelector;
use crate::storage::{CollectionKey, ObjectKey};

/// Evicts a pod: deletes it with the options in the body, unless a budget forbids it.
pub(super) async fn evict(call: &Call) -> Result<Reply, ApiError> {
    let body = if call.body.is_empty() { Value::Null } else { decode_body(&call.content_type, &call.body)?.value };
    let given = &body["deleteOptions"];
    let precondition = |field: &str| given["preconditions"][field].as_str().map(str::to_owned);
    let dry = given["dryRun"].as_array().is_some_and(|list| list.iter().any(|stage| stage == "All"));
    let options = DeleteOptions {
        grace_period: given["gracePeriodSeconds"].as_i64(),
        uid: precondition("uid"),
        resource_version: precondition("resourceVersion"),
        effect: if dry { Effect::DryRun } else { call.query.effect()? },
        ..DeleteOptions::default()
    };
    let _turn = call.core.turn_to_evict().await;
    let pod = call.core.store.get(&collection_of(&call.resource), &call.key()).ok_or_else(|| call.not_found())?;
    let pod = pod.object();
    if counts(&pod) && pod["status"]["phase"] != "Pending" {
        check_budgets(call, &pod)?;
    }
    delete_object(&call.core, &call.resource, &call.key(), &options).await?;
    Ok(Reply::value(201, &success()))
}

fn check_budgets(call: &Call, pod: &Value) -> Result<(), ApiError> {
    let collection = CollectionKey { group: "policy".to_owned(), plural: "poddisruptionbudgets".to_owned() };
    let budgets = call.core.store.list(&collection, Some(&call.namespace), None).records;
    let budgets: Vec<Value> = budgets.iter().map(|record| record.object()).filter(|one| covers(one, pod)).collect();
    let budget = match budgets.as_slice() {
        [] => return Ok(()),
        [budget] => budget,
        _ => return Err(ApiError::several_budgets()),
    };
    let pods = call.core.store.list(&collection_of(&call.resource), Some(&call.namespace), None).records;
    let pods: Vec<Value> = pods.iter().map(|record| record.object()).filter(|one| covers(budget, one)).collect();
    let expected = expected(&call.core, &call.namespace, &pods);
    Health::of(budget, expected, &pods).allows(budget, pod)
}

/// How many pods there are to be: what their controllers ask for, and each pod that has none. To count the pods that are
/// there would forget those just evicted until their controller replaces them.
fn expected(core: &Core, namespace: &str, pods: &[Value]) -> i64 {
    let mut controllers = BTreeMap::new();
    let mut alone = 0;
    for pod in pods {
        let found = controller(core, namespace, pod);
        // The pods of a ReplicaSet are those of its Deployment.
        match found.and_then(|one| controller(core, namespace, &one).or(Some(one))) {
            Some(controller) => {
                let replicas = controller["spec"]["replicas"].as_i64().unwrap_or(1);
                controllers.insert(metadata::text(&controller, "uid").to_owned(), replicas);
            }
            None => alone += i64::from(counts(pod)),
        }
    }
    controllers.values().fold(alone, |sum, replicas| sum.saturating_add(*replicas))
}

/// The controller of an object, where it is one that says how many it wants.
fn controller(core: &Core, namespace: &str, object: &Value) -> Option<Value> {
    let owners = object["metadata"]["ownerReferences"].as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    let resource = core.resource_of_kind(owner["apiVersion"].as_str()?, owner["kind"].as_str()?)?;
    resource.scale.as_ref()?;
    let found = core.store.get(&collection_of(&resource), &ObjectKey::new(namespace, owner["name"].as_str()?))?;
    Some(found.object()).filter(|found| metadata::text(found, "uid") == owner["uid"])
}

/// Whether a pod is one of those that are to stay: not one that ended or is about to.
fn counts(pod: &Value) -> bool {
    !metadata::is_terminating(pod) && !matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

fn is_ready(pod: &Value) -> bool {
    let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// Whether a budget is about a pod. A budget without a selector is about none, one with an empty selector about all.
fn covers(budget: &Value, pod: &Value) -> bool {
    let selector = &budget["spec"]["selector"];
    // A selector that is stored passed validation.
    selector.is_object() && LabelSelector::parse(&selector_text(selector)).is_ok_and(|labels| labels.matches(pod))
}

/// How many pods of a budget are ready, and how many have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Health {
    current: i64,
    desired: i64,
}

impl Health {
    /// Of the pods of a budget, of which there are to be so many.
    fn of(budget: &Value, expected: i64, pods: &[Value]) -> Health {
        let spec = &budget["spec"];
        let current = pods.iter().filter(|pod| counts(pod) && is_ready(pod)).count();
        // A count of pods fits.
        let current = i64::try_from(current).unwrap_or(i64::MAX);
        let desired = match (scaled(&spec["maxUnavailable"], expected), scaled(&spec["minAvailable"], expected)) {
            (Some(unavailable), _) => (expected - unavailable).max(0),
            (None, Some(available)) => available,
            (None, None) => 0,
        };
        Health { current, desired }
    }

    fn allows(self, budget: &Value, pod: &Value) -> Result<(), ApiError> {
        let Health { current, desired } = self;
        let always = budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow";
        // A pod that is not ready takes nothing from a budget that is met.
        if current > desired || (!is_ready(pod) && (always || (current >= desired && desired > 0))) {
            return Ok(());
        }
        Err(ApiError::budget_exceeded(metadata::text(budget, "name"), desired, current))
    }
}

/// A number, or a percentage of `of`, rounded up.
fn scaled(value: &Value, of: i64) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            Some(percent.saturating_mul(of).saturating_add(99).div_euclid(100))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    /// Whether the first of some pods may go; `+` is a ready pod, `-` one that is not, `x` one that is going.
    #[track_caller]
    fn check(spec: Value, pods: &str, expected: Expect) {
        let budget = json!({"metadata": {"name": "web"}, "spec": spec});
        let pods: Vec<Value> = pods
            .chars()
            .map(|state| {
                let ready = if state == '-' { "False" } else { "True" };
                let mut pod = json!({
                    "metadata": {"labels": {"app": "web"}},
                    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]},
                });
                if state == 'x' {
                    pod["metadata"]["deletionTimestamp"] = "2026-11-21T03:04:05Z".into();
                }
                pod
            })
            .collect();
        expected.assert_eq(&match Health::of(&budget, pods.len() as i64, &pods).allows(&budget, &pods[0]) {
            Ok(()) => "it may go".to_owned(),
            Err(error) => {
                format!("{} {}", error.code, error.details["causes"][0]["message"].as_str().unwrap_or_default())
            }
        });
    }

    #[test]
    fn budgets_are_kept() {
        check(json!({"minAvailable": 1}), "++", expect!["it may go"]);
        check(
            json!({"minAvailable": 1}),
            "+",
            expect!["429 The disruption budget web needs 1 healthy pods and has 1 currently"],
        );
        check(
            json!({"minAvailable": 2}),
            "++x",
            expect!["429 The disruption budget web needs 2 healthy pods and has 2 currently"],
        );
        check(json!({"minAvailable": "50%"}), "+++", expect!["it may go"]);
        check(
            json!({"minAvailable": "50%"}),
            "++-",
            expect!["429 The disruption budget web needs 2 healthy pods and has 2 currently"],
        );
        check(json!({"maxUnavailable": 1}), "++", expect!["it may go"]);
        check(
            json!({"maxUnavailable": 1}),
            "+-",
            expect!["429 The disruption budget web needs 1 healthy pods and has 1 currently"],
        );
        check(json!({"maxUnavailable": "34%"}), "+++", expect!["it may go"]);
        check(
            json!({"maxUnavailable": 0}),
            "+++",
            expect!["429 The disruption budget web needs 3 healthy pods and has 3 currently"],
        );
        check(json!({}), "+", expect!["it may go"]);
    }

    #[test]
    fn pods_that_are_not_ready_may_go() {
        check(json!({"minAvailable": 1}), "-+", expect!["it may go"]);
        check(
            json!({"minAvailable": 2}),
            "-+",
            expect!["429 The disruption budget web needs 2 healthy pods and has 1 currently"],
        );
        check(json!({"minAvailable": 2, "unhealthyPodEvictionPolicy": "AlwaysAllow"}), "-+", expect!["it may go"]);
    }

    #[test]
    fn selectors_say_which_pods() {
        let pod = json!({"metadata": {"labels": {"app": "web"}}});
        for (selector, covered) in [
            (json!({}), true),
            (Value::Null, false),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}), false),
        ] {
            assert_eq!(covers(&json!({"spec": {"selector": selector}}), &pod), covered, "{selector}");
        }
    }
}
