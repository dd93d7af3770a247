//! Namespaces, nodes, limits, role bindings and admission configuration.

use serde_json::{Value, json};

use super::{each, open, set, text};

pub(super) fn namespace(object: &mut Value) {
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    if !name.is_empty()
        && let Some(labels) = open(object, "metadata").and_then(|metadata| open(metadata, "labels"))
    {
        labels["kubernetes.io/metadata.name"] = json!(name);
    }
    let terminating = object["metadata"].get("deletionTimestamp").is_some();
    if let Some(spec) = open(object, "spec")
        && !terminating
    {
        set(spec, "finalizers", json!(["kubernetes"]));
    }
    if let Some(status) = open(object, "status") {
        set(status, "phase", "Active");
    }
}

pub(super) fn node(object: &mut Value) {
    set(object, "spec", json!({}));
    set(object, "status", json!({}));
}

pub(super) fn limit_range(object: &mut Value) {
    let Some(spec) = object.get_mut("spec") else { return };
    for limit in each(spec, "limits").filter(|limit| text(limit, "type") == "Container") {
        let fill = |limit: &mut Value, from: &str, to: &str| {
            let Some(quantities) = limit.get(from).and_then(Value::as_object).cloned() else { return };
            if let Some(target) = open(limit, to) {
                quantities.into_iter().for_each(|(name, quantity)| set(target, &name, quantity));
            }
        };
        fill(limit, "max", "default");
        fill(limit, "default", "defaultRequest");
        fill(limit, "min", "defaultRequest");
    }
}

pub(super) fn role_binding(object: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if let Some(role) = object.get_mut("roleRef") {
        set(role, "apiGroup", GROUP);
    }
    for subject in each(object, "subjects") {
        if matches!(text(subject, "kind"), "User" | "Group") {
            set(subject, "apiGroup", GROUP);
        }
    }
}

/// Webhook configurations and admission policies.
pub(super) fn admission(kind: &str, object: &mut Value) {
    for webhook in each(object, "webhooks") {
        set(webhook, "failurePolicy", "Fail");
        set(webhook, "matchPolicy", "Equivalent");
        set(webhook, "namespaceSelector", json!({}));
        set(webhook, "objectSelector", json!({}));
        set(webhook, "timeoutSeconds", 10);
        if kind == "MutatingWebhookConfiguration" {
            set(webhook, "reinvocationPolicy", "Never");
        }
        if let Some(service) = webhook.get_mut("clientConfig").and_then(|config| config.get_mut("service")) {
            set(service, "port", 443);
        }
        each(webhook, "rules").for_each(|rule| set(rule, "scope", "*"));
    }
    if kind == "ValidatingAdmissionPolicy"
        && let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object())
    {
        set(spec, "failurePolicy", "Fail");
        if let Some(matches) = spec.get_mut("matchConstraints") {
            set(matches, "matchPolicy", "Equivalent");
            set(matches, "namespaceSelector", json!({}));
            set(matches, "objectSelector", json!({}));
            each(matches, "resourceRules").for_each(|rule| set(rule, "scope", "*"));
        }
    }
}
