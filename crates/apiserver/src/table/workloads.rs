//! Tables of workloads: apps, batch, autoscaling.

use jiff::Timestamp;
use serde_json::Value;

use super::Printer;
use super::cells::{condition, containers, count, duration, list, object_age, or, selector, text};
use super::core::{name, wide};

/// The printer of a kind, if it is one of this file's.
pub(super) fn printer(group: &str, kind: &str) -> Option<&'static Printer> {
    Some(match (group, kind) {
        ("apps", "Deployment") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Ready", "string", 0),
                ("Up-to-date", "string", 0),
                ("Available", "string", 0),
                ("Age", "string", 0),
                ("Containers", "string", 1),
                ("Images", "string", 1),
                ("Selector", "string", 1),
            ],
            cells: deployment,
        },
        ("apps", "ReplicaSet") | ("", "ReplicationController") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Desired", "integer", 0),
                ("Current", "integer", 0),
                ("Ready", "integer", 0),
                ("Age", "string", 0),
                ("Containers", "string", 1),
                ("Images", "string", 1),
                ("Selector", "string", 1),
            ],
            cells: |object, now| {
                let status = &object["status"];
                let mut cells = vec![
                    name(object),
                    count(&object["spec"]["replicas"]).into(),
                    count(&status["replicas"]).into(),
                    count(&status["readyReplicas"]).into(),
                    object_age(object, now),
                ];
                cells.extend(wide(object));
                cells
            },
        },
        ("apps", "StatefulSet") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Ready", "string", 0),
                ("Age", "string", 0),
                ("Containers", "string", 1),
                ("Images", "string", 1),
            ],
            cells: |object, now| {
                let [names, images, _] = wide(object);
                vec![name(object), ready(object), object_age(object, now), names, images]
            },
        },
        ("apps", "DaemonSet") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Desired", "integer", 0),
                ("Current", "integer", 0),
                ("Ready", "integer", 0),
                ("Up-to-date", "integer", 0),
                ("Available", "integer", 0),
                ("Node Selector", "string", 0),
                ("Age", "string", 0),
                ("Containers", "string", 1),
                ("Images", "string", 1),
                ("Selector", "string", 1),
            ],
            cells: |object, now| {
                let status = &object["status"];
                let mut cells = vec![
                    name(object),
                    count(&status["desiredNumberScheduled"]).into(),
                    count(&status["currentNumberScheduled"]).into(),
                    count(&status["numberReady"]).into(),
                    count(&status["updatedNumberScheduled"]).into(),
                    count(&status["numberAvailable"]).into(),
                    selector(&object["spec"]["template"]["spec"]["nodeSelector"]),
                    object_age(object, now),
                ];
                cells.extend(wide(object));
                cells
            },
        },
        ("apps", "ControllerRevision") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Controller", "string", 0),
                ("Revision", "string", 0),
                ("Age", "string", 0),
            ],
            cells: |object, now| {
                let owner =
                    list(&object["metadata"]["ownerReferences"]).iter().find(|owner| owner["controller"] == true);
                let owner = owner.map_or_else(
                    || "<none>".to_owned(),
                    |owner| {
                        let group = text(&owner["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
                        let kind = text(&owner["kind"]).to_lowercase();
                        format!("{kind}.{group}/{}", text(&owner["name"]))
                    },
                );
                vec![name(object), owner.into(), count(&object["revision"]).into(), object_age(object, now)]
            },
        },
        ("batch", "Job") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Status", "string", 0),
                ("Completions", "string", 0),
                ("Duration", "string", 0),
                ("Age", "string", 0),
                ("Containers", "string", 1),
                ("Images", "string", 1),
                ("Selector", "string", 1),
            ],
            cells: job,
        },
        ("batch", "CronJob") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Schedule", "string", 0),
                ("Timezone", "string", 0),
                ("Suspend", "boolean", 0),
                ("Active", "integer", 0),
                ("Last Schedule", "string", 0),
                ("Age", "string", 0),
                ("Containers", "string", 1),
                ("Images", "string", 1),
                ("Selector", "string", 1),
            ],
            cells: cron_job,
        },
        ("autoscaling", "HorizontalPodAutoscaler") => &Printer {
            columns: &[
                ("Name", "string", 0),
                ("Reference", "string", 0),
                ("Targets", "string", 0),
                ("MinPods", "string", 0),
                ("MaxPods", "string", 0),
                ("Replicas", "string", 0),
                ("Age", "string", 0),
            ],
            cells: autoscaler,
        },
        _ => return None,
    })
}

fn ready(object: &Value) -> Value {
    format!("{}/{}", count(&object["status"]["readyReplicas"]), count(&object["spec"]["replicas"])).into()
}

fn deployment(object: &Value, now: Timestamp) -> Vec<Value> {
    let status = &object["status"];
    let mut cells = vec![
        name(object),
        ready(object),
        count(&status["updatedReplicas"]).into(),
        count(&status["availableReplicas"]).into(),
        object_age(object, now),
    ];
    cells.extend(wide(object));
    cells
}

fn job(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let word = if condition(object, "Complete") == "True" {
        "Complete"
    } else if condition(object, "Failed") == "True" {
        "Failed"
    } else if object["metadata"]["deletionTimestamp"].is_string() {
        "Terminating"
    } else if condition(object, "Suspended") == "True" {
        "Suspended"
    } else if condition(object, "FailureTarget") == "True" {
        "FailureTarget"
    } else if condition(object, "SuccessCriteriaMet") == "True" {
        "SuccessCriteriaMet"
    } else {
        "Running"
    };
    let succeeded = count(&status["succeeded"]);
    let completions = match (spec["completions"].as_i64(), spec["parallelism"].as_i64().unwrap_or(0)) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let time = |value: &Value| text(value).parse::<Timestamp>().ok();
    let took = match (time(&status["startTime"]), time(&status["completionTime"])) {
        (None, _) => String::new(),
        (Some(start), end) => duration(end.unwrap_or(now).as_second() - start.as_second()),
    };
    let mut cells = vec![name(object), word.into(), completions.into(), took.into(), object_age(object, now)];
    cells.extend(wide(object));
    cells
}

fn cron_job(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let last = &status["lastScheduleTime"];
    let template = &spec["jobTemplate"]["spec"]["template"]["spec"];
    vec![
        name(object),
        spec["schedule"].clone(),
        or(&spec["timeZone"], "<none>"),
        (spec["suspend"] == true).into(),
        list(&status["active"]).len().into(),
        if last.is_string() { super::age(last, now).into() } else { "<none>".into() },
        object_age(object, now),
        containers(template, "name"),
        containers(template, "image"),
        selector(&spec["jobTemplate"]["spec"]["selector"]),
    ]
}

fn autoscaler(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let target = &spec["scaleTargetRef"];
    vec![
        name(object),
        format!("{}/{}", text(&target["kind"]), text(&target["name"])).into(),
        targets(object).into(),
        spec["minReplicas"].as_i64().map_or_else(|| "<unset>".into(), Value::from),
        count(&spec["maxReplicas"]).into(),
        count(&object["status"]["currentReplicas"]).into(),
        object_age(object, now),
    ]
}

/// `cpu: 12%/80%`, one for each of at most two metrics.
fn targets(object: &Value) -> String {
    let spec = &object["spec"];
    if let Some(wanted) = spec["targetCPUUtilizationPercentage"].as_i64() {
        let current = object["status"]["currentCPUUtilizationPercentage"].as_i64();
        let current = current.map_or_else(|| "<unknown>".to_owned(), |current| format!("{current}%"));
        return format!("cpu: {current}/{wanted}%");
    }
    let metrics = list(&spec["metrics"]);
    let current = list(&object["status"]["currentMetrics"]);
    let shown: Vec<String> = metrics
        .iter()
        .take(2)
        .enumerate()
        .map(|(index, metric)| {
            let ty = text(&metric["type"]);
            let source = match ty {
                "ContainerResource" => "containerResource",
                "External" => "external",
                "Object" => "object",
                "Pods" => "pods",
                _ => "resource",
            };
            let wanted = &metric[source]["target"];
            let seen = current.get(index).map_or(&Value::Null, |seen| &seen[source]["current"]);
            let value = |side: &Value, field: &str| match &side[field] {
                Value::Null => "<unknown>".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let label = match text(&metric[source]["name"]) {
                "" => String::new(),
                name => format!("{name}: "),
            };
            if wanted["averageUtilization"].is_number() {
                let percent = |side: &Value| {
                    side["averageUtilization"]
                        .as_i64()
                        .map_or_else(|| "<unknown>".to_owned(), |number| format!("{number}%"))
                };
                format!("{label}{}/{}", percent(seen), percent(wanted))
            } else if wanted["averageValue"].is_null() {
                format!("{label}{}/{}", value(seen, "value"), value(wanted, "value"))
            } else {
                let suffix = if matches!(ty, "External" | "Object") { " (avg)" } else { "" };
                format!("{label}{}/{}{suffix}", value(seen, "averageValue"), value(wanted, "averageValue"))
            }
        })
        .collect();
    match metrics.len() {
        0 => "<none>".to_owned(),
        total if total > 2 => format!("{} + {} more...", shown.join(", "), total - 2),
        _ => shown.join(", "),
    }
}
