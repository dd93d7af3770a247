//! Conversion between the versions of the two built-in kinds that have more than one: HorizontalPodAutoscaler
//! (autoscaling v1, v2) and Event (core v1, events.k8s.io v1).

use manifest::GroupVersionKind;
use serde_json::{Map, Value, json};

/// Rewrites `object` as `to`, which must be another version of the same kind. Where the versions have the same fields
/// (every custom resource with conversion strategy `None`), only `apiVersion` changes.
pub fn convert(object: &mut Value, to: &GroupVersionKind) {
    let Some(from) = GroupVersionKind::of(object) else { return };
    if from.api_version() == to.api_version() {
        return;
    }
    match (from.group.as_str(), from.kind.as_str(), to.group.as_str(), to.version.as_str()) {
        ("autoscaling", "HorizontalPodAutoscaler", _, "v1") => autoscaler_to_v1(object),
        ("autoscaling", "HorizontalPodAutoscaler", _, _) if from.version == "v1" => autoscaler_to_v2(object),
        ("", "Event", "events.k8s.io", _) => rename_event(object, Direction::ToEvents),
        ("events.k8s.io", "Event", "", _) => rename_event(object, Direction::ToCore),
        _ => {}
    }
    object["apiVersion"] = json!(to.api_version());
}

const METRICS_ANNOTATION: &str = "autoscaling.alpha.kubernetes.io/metrics";

fn autoscaler_to_v2(object: &mut Value) {
    let mut metrics: Vec<Value> = Vec::new();
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
        && let Some(kept) = annotations.remove(METRICS_ANNOTATION)
        && let Some(kept) = kept.as_str().and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok())
    {
        metrics.extend(kept);
        if annotations.is_empty() {
            object["metadata"].as_object_mut().map(|metadata| metadata.remove("annotations"));
        }
    }
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else { return };
    if let Some(target) = spec.remove("targetCPUUtilizationPercentage") {
        metrics.push(json!({
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}},
        }));
    }
    if !metrics.is_empty() {
        spec.insert("metrics".to_owned(), Value::Array(metrics));
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut)
        && let Some(current) = status.remove("currentCPUUtilizationPercentage")
    {
        status.insert(
            "currentMetrics".to_owned(),
            json!([{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": current}}}]),
        );
    }
}

fn autoscaler_to_v1(object: &mut Value) {
    let is_cpu = |metric: &Value, side: &str, field: &str| -> Option<Value> {
        let resource = metric.get("resource").filter(|resource| resource["name"] == "cpu")?;
        resource.get(side)?.get(field).cloned()
    };
    let mut kept = Vec::new();
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("behavior");
        let mut target = None;
        if let Some(Value::Array(metrics)) = spec.remove("metrics") {
            for metric in metrics {
                match is_cpu(&metric, "target", "averageUtilization") {
                    Some(value) if target.is_none() => target = Some(value),
                    _ => kept.push(metric),
                }
            }
        }
        if let Some(target) = target {
            spec.insert("targetCPUUtilizationPercentage".to_owned(), target);
        }
    }
    if !kept.is_empty()
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        && let Some(annotations) =
            metadata.entry("annotations").or_insert_with(|| Value::Object(Map::new())).as_object_mut()
    {
        annotations.insert(METRICS_ANNOTATION.to_owned(), Value::String(Value::Array(kept).to_string()));
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("conditions");
        if let Some(Value::Array(metrics)) = status.remove("currentMetrics")
            && let Some(value) = metrics.iter().find_map(|metric| is_cpu(metric, "current", "averageUtilization"))
        {
            status.insert("currentCPUUtilizationPercentage".to_owned(), value);
        }
    }
}

#[derive(Clone, Copy)]
enum Direction {
    ToEvents,
    ToCore,
}

/// Field names in core v1 and in events.k8s.io v1; all others are the same in both.
const EVENT_FIELDS: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

fn rename_event(object: &mut Value, direction: Direction) {
    let Some(fields) = object.as_object_mut() else { return };
    for (core, events) in EVENT_FIELDS {
        let (from, to) = match direction {
            Direction::ToEvents => (core, events),
            Direction::ToCore => (events, core),
        };
        if let Some(value) = fields.remove(from) {
            fields.insert(to.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(object: Value, to: &str, expected: Expect) {
        let kind = object["kind"].as_str().expect("a kind").to_owned();
        let mut converted = object.clone();
        convert(&mut converted, &GroupVersionKind::from_api_version(to, &kind));
        expected.assert_eq(&converted.to_string());
        let back = object["apiVersion"].as_str().expect("a version").to_owned();
        convert(&mut converted, &GroupVersionKind::from_api_version(&back, &kind));
        assert_eq!(converted, object, "and back");
    }

    #[test]
    fn an_autoscaler_keeps_its_metrics_in_both_versions() {
        check(
            json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 80}}),
            "autoscaling/v2",
            expect![[
                r#"{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","spec":{"maxReplicas":3,"metrics":[{"resource":{"name":"cpu","target":{"averageUtilization":80,"type":"Utilization"}},"type":"Resource"}]}}"#
            ]],
        );
        check(
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": {"metrics": [{"type": "Pods", "pods": {}}]}}),
            "autoscaling/v1",
            expect![[
                r#"{"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler","metadata":{"annotations":{"autoscaling.alpha.kubernetes.io/metrics":"[{\"pods\":{},\"type\":\"Pods\"}]"},"name":"a"},"spec":{}}"#
            ]],
        );
    }

    #[test]
    fn events_are_one_object_under_two_names() {
        check(
            json!({"apiVersion": "v1", "kind": "Event", "involvedObject": {"name": "a"}, "message": "hello", "count": 2, "reason": "R"}),
            "events.k8s.io/v1",
            expect![[
                r#"{"apiVersion":"events.k8s.io/v1","deprecatedCount":2,"kind":"Event","note":"hello","reason":"R","regarding":{"name":"a"}}"#
            ]],
        );
    }

    #[test]
    fn other_kinds_only_change_their_version() {
        check(
            json!({"apiVersion": "a.example/v1", "kind": "A", "spec": {"x": 1}}),
            "a.example/v2",
            expect![[r#"{"apiVersion":"a.example/v2","kind":"A","spec":{"x":1}}"#]],
        );
    }
}
