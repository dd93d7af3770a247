//! Admission webhooks.

use std::collections::BTreeSet;

use manifest::Value;

use super::{Area, Told, kind, named, pairs};

/// What decides whether a webhook is asked, and what happens if it does not answer.
const MEMBERS: [(&str, &str); 7] = [
    ("failurePolicy", "failure policy"),
    ("namespaceSelector", "namespace selector"),
    ("objectSelector", "object selector"),
    ("matchPolicy", "match policy"),
    ("timeoutSeconds", "timeout in seconds"),
    ("reinvocationPolicy", "reinvocation policy"),
    ("sideEffects", "side effects"),
];

pub(super) fn compare(before: &Value, after: &Value, told: &mut Told<'_>) {
    if !matches!(kind(before, after), "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") {
        return;
    }
    for (name, (one, other)) in pairs(&named(&before["webhooks"], "name"), &named(&after["webhooks"], "name")) {
        if one.is_null() || other.is_null() {
            let what = if one.is_null() { "added" } else { "removed" };
            let policy = if one.is_null() { other } else { one }["failurePolicy"].as_str().unwrap_or("Fail");
            told.tell(Area::Webhooks, format!("webhook {name} {what} (failure policy {policy})"));
            continue;
        }
        for (member, what) in MEMBERS {
            told.value(Area::Webhooks, &format!("webhook {name}: {what}"), &one[member], &other[member]);
        }
        told.sets(Area::Webhooks, &format!("webhook {name}: asked on "), &rules(one), &rules(other));
        let place = |webhook: &Value| {
            let service = &webhook["clientConfig"]["service"];
            if service.is_null() { webhook["clientConfig"]["url"].clone() } else { service.clone() }
        };
        told.value(Area::Webhooks, &format!("webhook {name}: served by"), &place(one), &place(other));
    }
}

/// `CREATE pods`.
fn rules(webhook: &Value) -> BTreeSet<String> {
    let texts = |rule: &Value, member: &str| -> Vec<String> {
        rule[member].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut found = BTreeSet::new();
    for rule in webhook["rules"].as_array().into_iter().flatten() {
        for operation in texts(rule, "operations") {
            for resource in texts(rule, "resources") {
                for group in texts(rule, "apiGroups") {
                    let dot = if group.is_empty() { "" } else { "." };
                    found.insert(format!("{operation} {resource}{dot}{group}"));
                }
            }
        }
    }
    found
}
