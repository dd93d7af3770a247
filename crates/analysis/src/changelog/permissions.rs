//! Roles, bindings, and as whom pods run.

use std::collections::BTreeSet;

use manifest::Value;

use super::{Area, Told, kind};

pub(super) fn compare(before: &Value, after: &Value, told: &mut Told<'_>) {
    match kind(before, after) {
        "Role" | "ClusterRole" => told.sets(Area::Permissions, "", &grants(before), &grants(after)),
        "RoleBinding" | "ClusterRoleBinding" => {
            told.sets(Area::Permissions, "bound to ", &subjects(before), &subjects(after));
            if !before.is_null() && !after.is_null() {
                told.value(Area::Permissions, "role", &before["roleRef"]["name"], &after["roleRef"]["name"]);
            }
        }
        _ => {
            let account = |value: &Value| super::containers::pod(value)["serviceAccountName"].clone();
            if !before.is_null() && !after.is_null() {
                told.value(Area::Permissions, "service account", &account(before), &account(after));
            }
        }
    }
}

/// Every single right: `get secrets`, `watch gateways.networking.istio.io`, `get secrets (istio-ca-secret)`.
fn grants(role: &Value) -> BTreeSet<String> {
    let texts = |rule: &Value, member: &str| -> Vec<String> {
        let items = rule[member].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut grants = BTreeSet::new();
    for rule in role["rules"].as_array().into_iter().flatten() {
        let names = texts(rule, "resourceNames");
        let only = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        for verb in texts(rule, "verbs") {
            for url in texts(rule, "nonResourceURLs") {
                grants.insert(format!("{verb} {url}"));
            }
            for resource in texts(rule, "resources") {
                for group in texts(rule, "apiGroups") {
                    let dot = if group.is_empty() { "" } else { "." };
                    grants.insert(format!("{verb} {resource}{dot}{group}{only}"));
                }
            }
        }
    }
    grants
}

/// `ServiceAccount istio-system/istiod`.
fn subjects(binding: &Value) -> BTreeSet<String> {
    let subjects = binding["subjects"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    subjects
        .map(|subject| {
            let namespace = text(&subject["namespace"]);
            let slash = if namespace.is_empty() { "" } else { "/" };
            format!("{} {namespace}{slash}{}", text(&subject["kind"]), text(&subject["name"]))
        })
        .collect()
}
