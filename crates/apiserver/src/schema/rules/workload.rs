//! Deployments and their kin, and jobs.

use serde_json::{Value, json};

use super::{metadata, pod};
use crate::registry::FieldError;
use crate::reviews::selects;

/// A Deployment, ReplicaSet, StatefulSet or DaemonSet.
pub(super) fn check_apps(kind: &str, object: &Value, errors: &mut Vec<FieldError>) {
    let spec = &object["spec"];
    if !spec.is_object() {
        errors.push(FieldError::required("spec", ""));
        return;
    }
    for field in ["replicas", "revisionHistoryLimit", "minReadySeconds", "progressDeadlineSeconds"] {
        not_negative(&spec[field], &format!("spec.{field}"), errors);
    }
    check_selector(kind, &spec["selector"], &spec["template"]["metadata"]["labels"], errors);
    check_template(&spec["template"], "spec.template", &["Always"], errors);
    match kind {
        "Deployment" => {
            pod::one_of(&spec["strategy"]["type"], "spec.strategy.type", &["Recreate", "RollingUpdate"], errors);
            if spec["strategy"]["type"] == "Recreate" && spec["strategy"]["rollingUpdate"].is_object() {
                let why = "may not be specified when strategy `type` is 'Recreate'";
                errors.push(FieldError::forbidden("spec.strategy.rollingUpdate", why));
            }
            let rolling = &spec["strategy"]["rollingUpdate"];
            if is_zero(&rolling["maxUnavailable"]) && is_zero(&rolling["maxSurge"]) {
                let path = "spec.strategy.rollingUpdate.maxUnavailable";
                errors.push(FieldError::invalid(path, &rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0"));
            }
            let (deadline, ready) =
                (spec["progressDeadlineSeconds"].as_i64(), spec["minReadySeconds"].as_i64().unwrap_or(0));
            if deadline.is_some_and(|deadline| deadline <= ready) {
                let value = &spec["progressDeadlineSeconds"];
                errors.push(FieldError::invalid(
                    "spec.progressDeadlineSeconds",
                    value,
                    "must be greater than minReadySeconds",
                ));
            }
        }
        "StatefulSet" => {
            pod::one_of(
                &spec["podManagementPolicy"],
                "spec.podManagementPolicy",
                &["OrderedReady", "Parallel"],
                errors,
            );
            pod::one_of(
                &spec["updateStrategy"]["type"],
                "spec.updateStrategy.type",
                &["OnDelete", "RollingUpdate"],
                errors,
            );
        }
        "DaemonSet" => {
            pod::one_of(
                &spec["updateStrategy"]["type"],
                "spec.updateStrategy.type",
                &["OnDelete", "RollingUpdate"],
                errors,
            );
        }
        _ => {}
    }
}

fn is_zero(value: &Value) -> bool {
    value == 0 || value == "0%"
}

fn not_negative(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if value.as_i64().is_some_and(|number| number < 0) {
        errors.push(FieldError::invalid(path, value, "must be greater than or equal to 0"));
    }
}

/// A selector that selects nothing in particular, or not the template's own pods.
fn check_selector(kind: &str, selector: &Value, labels: &Value, errors: &mut Vec<FieldError>) {
    if !selector.is_object() {
        // The schema reports the absent field.
        return;
    }
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        metadata::check_labels(&json!({key: value}), "spec.selector.matchLabels", errors);
    }
    for (index, expression) in selector["matchExpressions"].as_array().into_iter().flatten().enumerate() {
        let path = format!("spec.selector.matchExpressions[{index}]");
        let values = expression["values"].as_array().map_or(0, Vec::len);
        match expression["operator"].as_str().unwrap_or_default() {
            "In" | "NotIn" if values == 0 => {
                let why = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.push(FieldError::required(&format!("{path}.values"), why));
            }
            "Exists" | "DoesNotExist" if values > 0 => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.push(FieldError::forbidden(&format!("{path}.values"), why));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => errors.push(FieldError::invalid(
                &format!("{path}.operator"),
                &expression["operator"],
                "not a valid selector operator",
            )),
        }
    }
    let empty = |field: &str| {
        selector[field].as_object().is_none_or(|labels| labels.is_empty())
            && selector[field].as_array().is_none_or(|expressions| expressions.is_empty())
    };
    if empty("matchLabels") && empty("matchExpressions") {
        // The API server speaks of a deployment for replica sets, too.
        let name = if kind == "ReplicaSet" { "deployment".to_owned() } else { kind.to_lowercase() };
        errors.push(FieldError::invalid("spec.selector", selector, &format!("empty selector is invalid for {name}")));
    } else if !selects(selector, labels) {
        let shown = if labels.is_object() { labels.clone() } else { json!({}) };
        let why = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid("spec.template.metadata.labels", &shown, why));
    }
}

fn check_template(template: &Value, path: &str, policies: &[&str], errors: &mut Vec<FieldError>) {
    metadata::check_labels(&template["metadata"]["labels"], &format!("{path}.labels"), errors);
    if template.is_object() && !template["spec"].is_object() {
        errors.push(FieldError::required(&format!("{path}.spec.containers"), ""));
    }
    let policy = &template["spec"]["restartPolicy"];
    if policy.as_str().is_some_and(|policy| !policies.contains(&policy)) {
        let allowed: Vec<Value> = policies.iter().map(|&name| name.into()).collect();
        errors.push(FieldError::not_supported(&format!("{path}.spec.restartPolicy"), policy, &allowed));
        let mut spec = template["spec"].clone();
        spec["restartPolicy"] = Value::Null;
        pod::check(&spec, &format!("{path}.spec"), errors);
    } else {
        pod::check(&template["spec"], &format!("{path}.spec"), errors);
    }
}

pub(super) fn check_replication_controller(object: &Value, errors: &mut Vec<FieldError>) {
    let spec = &object["spec"];
    not_negative(&spec["replicas"], "spec.replicas", errors);
    let labels = &spec["template"]["metadata"]["labels"];
    let selector = spec["selector"].as_object();
    if selector.is_none_or(|selector| selector.is_empty()) {
        errors.push(FieldError::required("spec.selector", ""));
    } else if !selects(&json!({"matchLabels": spec["selector"]}), labels) {
        errors.push(FieldError::invalid(
            "spec.template.metadata.labels",
            labels,
            "`selector` does not match template `labels`",
        ));
    }
    if spec["template"].is_object() {
        check_template(&spec["template"], "spec.template", &["Always"], errors);
    } else {
        errors.push(FieldError::required("spec.template", ""));
    }
}

/// A job's spec, of a Job or of a CronJob's template. `path` ends where the spec stands.
pub(super) fn check_job(spec: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if !spec.is_object() {
        return;
    }
    for field in ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"] {
        not_negative(&spec[field], &format!("{path}.{field}"), errors);
    }
    pod::one_of(&spec["completionMode"], &format!("{path}.completionMode"), &["Indexed", "NonIndexed"], errors);
    if spec["completionMode"] == "Indexed" && spec["completions"].is_null() {
        let why = "when completion mode is Indexed";
        errors.push(FieldError::required(&format!("{path}.completions"), why));
    }
    let template = &spec["template"];
    if template["spec"]["restartPolicy"].is_null() || template["spec"]["restartPolicy"] == "Always" {
        let field = format!("{path}.template.spec.restartPolicy");
        errors.push(FieldError::required(&field, "valid values: \"OnFailure\", \"Never\""));
        let mut pod_spec = template["spec"].clone();
        if pod_spec.is_object() {
            pod_spec["restartPolicy"] = Value::Null;
        }
        pod::check(&pod_spec, &format!("{path}.template.spec"), errors);
    } else {
        check_template(template, &format!("{path}.template"), &["OnFailure", "Never"], errors);
    }
}

pub(super) fn check_cron_job(object: &Value, errors: &mut Vec<FieldError>) {
    let spec = &object["spec"];
    let schedule = spec["schedule"].as_str().unwrap_or_default();
    if schedule.is_empty() {
        if spec["schedule"].is_string() {
            errors.push(FieldError::required("spec.schedule", ""));
        }
    } else if !is_schedule(schedule) {
        let fields = schedule.split_whitespace().count();
        let why = format!(
            "expected exactly 5 fields, found {fields}: [{}]",
            schedule.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        let why = if fields == 5 { "failed to parse a field of the schedule".to_owned() } else { why };
        errors.push(FieldError::invalid("spec.schedule", &spec["schedule"], &why));
    }
    if schedule.contains("TZ") {
        let why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        errors.push(FieldError::invalid("spec.schedule", &spec["schedule"], why));
    }
    pod::one_of(&spec["concurrencyPolicy"], "spec.concurrencyPolicy", &["Allow", "Forbid", "Replace"], errors);
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit", "startingDeadlineSeconds"] {
        not_negative(&spec[field], &format!("spec.{field}"), errors);
    }
    if object["metadata"]["name"].as_str().is_some_and(|name| name.len() > 52) {
        errors.push(FieldError::invalid(
            "metadata.name",
            &object["metadata"]["name"],
            "must be no more than 52 characters",
        ));
    }
    check_job(&spec["jobTemplate"]["spec"], "spec.jobTemplate.spec", errors);
}

/// Whether a text is a cron schedule: five fields, or one of the named ones.
fn is_schedule(schedule: &str) -> bool {
    const NAMED: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    let schedule = match schedule.split_once(' ') {
        Some((zone, rest)) if zone.starts_with("TZ=") || zone.starts_with("CRON_TZ=") => rest.trim(),
        _ => schedule,
    };
    if let Some(period) = schedule.strip_prefix("@every ") {
        return !period.trim().is_empty();
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    NAMED.contains(&schedule)
        || fields.len() == 5
            && fields.iter().all(|field| {
                field.split(',').all(|part| {
                    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
                    let fits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
                    let range_fits = matches!(range, "*" | "?") || range.split('-').all(fits);
                    range_fits && step.parse::<u32>().is_ok_and(|step| step > 0)
                })
            })
}

/// A job keeps the selector that was made for it, and the labels behind it.
pub(super) fn carry_over_job(old: &Value, new: &mut Value) {
    let Some(spec) = new.get_mut("spec").and_then(Value::as_object_mut) else { return };
    if spec.get("selector").is_none_or(Value::is_null) && old["spec"]["selector"].is_object() {
        spec.insert("selector".to_owned(), old["spec"]["selector"].clone());
    }
    let kept = old["spec"]["template"]["metadata"]["labels"].as_object();
    let template = spec.get_mut("template").filter(|template| template.is_object());
    if let (Some(kept), Some(template)) = (kept, template) {
        for key in ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"]
        {
            if let Some(value) = kept.get(key)
                && template["metadata"]["labels"][key].is_null()
            {
                template["metadata"]["labels"][key] = value.clone();
            }
        }
    }
}
