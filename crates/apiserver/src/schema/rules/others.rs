//! RBAC, autoscalers, disruption budgets, priority classes.

use serde_json::{Value, json};

use super::pod::one_of;
use crate::registry::FieldError;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn check_rbac(kind: &str, object: &Value, errors: &mut Vec<FieldError>) {
    match kind {
        "Role" | "ClusterRole" => {
            for (index, rule) in list(&object["rules"]).iter().enumerate() {
                check_rule(kind, rule, &format!("rules[{index}]"), errors);
            }
        }
        "RoleBinding" | "ClusterRoleBinding" => check_binding(kind, object, errors),
        _ => {}
    }
}

fn check_rule(kind: &str, rule: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if list(&rule["verbs"]).is_empty() {
        errors.push(FieldError::required(&format!("{path}.verbs"), "verbs must contain at least one value"));
    }
    let has = |field: &str| !list(&rule[field]).is_empty();
    if has("nonResourceURLs") {
        if kind == "Role" {
            let why = "namespaced rules cannot apply to non-resource URLs";
            errors.push(FieldError::invalid(&format!("{path}.nonResourceURLs"), &rule["nonResourceURLs"], why));
        }
        if has("apiGroups") || has("resources") || has("resourceNames") {
            let why = "rules cannot apply to both regular resources and non-resource URLs";
            errors.push(FieldError::invalid(&format!("{path}.nonResourceURLs"), &rule["nonResourceURLs"], why));
        }
        return;
    }
    if !has("apiGroups") {
        errors.push(FieldError::required(
            &format!("{path}.apiGroups"),
            "resource rules must supply at least one api group",
        ));
    }
    if !has("resources") {
        errors.push(FieldError::required(
            &format!("{path}.resources"),
            "resource rules must supply at least one resource",
        ));
    }
}

fn check_binding(kind: &str, object: &Value, errors: &mut Vec<FieldError>) {
    let role = &object["roleRef"];
    const GROUP: &str = "rbac.authorization.k8s.io";
    if text(&role["apiGroup"]) != GROUP {
        errors.push(FieldError::not_supported("roleRef.apiGroup", &role["apiGroup"], &[GROUP.into()]));
    }
    let kinds: &[&str] = if kind == "RoleBinding" { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    one_of(&role["kind"], "roleRef.kind", kinds, errors);
    if role["name"] == "" {
        errors.push(FieldError::required("roleRef.name", ""));
    }
    for (index, subject) in list(&object["subjects"]).iter().enumerate() {
        let path = format!("subjects[{index}]");
        if subject["name"] == "" {
            errors.push(FieldError::required(&format!("{path}.name"), ""));
        }
        one_of(&subject["kind"], &format!("{path}.kind"), &["ServiceAccount", "User", "Group"], errors);
        let group = text(&subject["apiGroup"]);
        match text(&subject["kind"]) {
            "ServiceAccount" => {
                if !group.is_empty() {
                    errors.push(FieldError::not_supported(
                        &format!("{path}.apiGroup"),
                        &subject["apiGroup"],
                        &["".into()],
                    ));
                }
                if kind == "ClusterRoleBinding" && text(&subject["namespace"]).is_empty() {
                    errors.push(FieldError::required(&format!("{path}.namespace"), ""));
                }
            }
            "User" | "Group" if group != GROUP => {
                errors.push(FieldError::not_supported(
                    &format!("{path}.apiGroup"),
                    &subject["apiGroup"],
                    &[GROUP.into()],
                ));
            }
            _ => {}
        }
    }
}

pub(super) fn check_autoscaler(object: &Value, errors: &mut Vec<FieldError>) {
    let spec = &object["spec"];
    let (least, most) = (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].as_i64());
    if least < 1 {
        errors.push(FieldError::invalid(
            "spec.minReplicas",
            &spec["minReplicas"],
            "must be greater than or equal to 1",
        ));
    }
    if let Some(most) = most {
        if most < 1 {
            errors.push(FieldError::invalid("spec.maxReplicas", &spec["maxReplicas"], "must be greater than 0"));
        } else if most < least {
            errors.push(FieldError::invalid(
                "spec.maxReplicas",
                &spec["maxReplicas"],
                "must be greater than or equal to `minReplicas`",
            ));
        }
    }
    for field in ["kind", "name"] {
        if spec["scaleTargetRef"][field] == "" {
            errors.push(FieldError::required(&format!("spec.scaleTargetRef.{field}"), ""));
        }
    }
    for (index, metric) in list(&spec["metrics"]).iter().enumerate() {
        let path = format!("spec.metrics[{index}]");
        let ty = text(&metric["type"]);
        one_of(
            &metric["type"],
            &format!("{path}.type"),
            &["ContainerResource", "External", "Object", "Pods", "Resource"],
            errors,
        );
        let (Some(first), rest) = (ty.chars().next(), ty.get(1..).unwrap_or_default()) else { continue };
        let source = format!("{}{rest}", first.to_ascii_lowercase());
        if metric[&source].is_null() {
            errors.push(FieldError::required(
                &format!("{path}.{source}"),
                "must populate information for the given metric source",
            ));
        }
    }
}

pub(super) fn check_disruption_budget(object: &Value, errors: &mut Vec<FieldError>) {
    let spec = &object["spec"];
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let why = "minAvailable and maxUnavailable cannot be both set";
        errors.push(FieldError::invalid(
            "spec",
            &json!({"minAvailable": spec["minAvailable"], "maxUnavailable": spec["maxUnavailable"]}),
            why,
        ));
    }
    for field in ["minAvailable", "maxUnavailable"] {
        let path = format!("spec.{field}");
        match &spec[field] {
            Value::Number(number) if number.as_i64().is_some_and(|number| number < 0) => {
                errors.push(FieldError::invalid(&path, &spec[field], "must be greater than or equal to 0"));
            }
            Value::String(text) if text.strip_suffix('%').is_none_or(|digits| digits.parse::<u32>().is_err()) => {
                let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
                errors.push(FieldError::invalid(&path, &spec[field], why));
            }
            _ => {}
        }
    }
}

pub(super) fn check_priority_class(object: &Value, errors: &mut Vec<FieldError>) {
    const HIGHEST: i64 = 1_000_000_000;
    if object["value"].as_i64().is_some_and(|value| value > HIGHEST)
        && !text(&object["metadata"]["name"]).starts_with("system-")
    {
        let why = format!("maximum allowed value of a user defined priority is {HIGHEST}");
        errors.push(FieldError::forbidden("value", &why));
    }
    one_of(&object["preemptionPolicy"], "preemptionPolicy", &["PreemptLowerPriority", "Never"], errors);
}
