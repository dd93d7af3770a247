//! Taking over objects that another tool applied before.
//!
//! `kubectl apply`, older updating reconcilers and objects from before server-side apply leave their own entries in
//! `managedFields`. While those stay, a field that is removed from Git stays in the cluster, because somebody else still
//! owns it. So their fields become ours, as Flux does it (fluxcd/pkg/ssa `PatchReplaceFieldsManagers`,
//! kustomize-controller's list of managers). For who makes Helm releases, that includes what `helm` itself installed.
//!
//! Both the decision whether an object can be left alone and the client that sends the patch need this rule.

use serde_json::{Value, json};

use crate::ownership::{ManagedFields, OperationKind, absorb};

/// Annotations that the tools we replace leave behind.
const ANNOTATIONS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
];

/// Labels that the tools we replace leave behind.
const LABELS: &[&str] = &["fluxcd.io/sync-gc-mark"];

/// The JSON patch that makes `manager` the owner of what other appliers left on `live`, and removes the annotations and
/// labels they keep their books in; none where there is nothing to take over. It fails on the server if the object
/// changed in between.
pub fn patch(live: &Value, manager: &str) -> Option<Value> {
    let mut operations = Vec::new();
    for (place, keys) in [("annotations", ANNOTATIONS), ("labels", LABELS)] {
        for key in keys.iter().filter(|key| live["metadata"][place].get(**key).is_some()) {
            let pointer = format!("/metadata/{place}/{}", key.replace('~', "~0").replace('/', "~1"));
            operations.push(json!({ "op": "remove", "path": pointer }));
        }
    }
    // Decoding costs much more than looking, and most objects are only ours.
    if left_behind(live, manager).next().is_some() {
        let managed = ManagedFields::of(live).ok()?;
        let absorbed = absorb(
            &managed,
            |entry| is_left_behind(&entry.manager, entry.operation, &entry.subresource, manager),
            manager,
        );
        operations.extend(
            absorbed.map(
                |absorbed| json!({ "op": "replace", "path": "/metadata/managedFields", "value": absorbed.encode() }),
            ),
        );
    }
    if operations.is_empty() {
        return None;
    }
    let version = &live["metadata"]["resourceVersion"];
    operations.push(json!({ "op": "replace", "path": "/metadata/resourceVersion", "value": version }));
    Some(Value::Array(operations))
}

/// The managers whose fields [`patch`] takes.
pub fn managers(live: &Value, manager: &str) -> Vec<String> {
    left_behind(live, manager).map(str::to_owned).collect()
}

/// The managers of the entries in `managedFields` that are to be taken over.
fn left_behind<'a>(live: &'a Value, manager: &'a str) -> impl Iterator<Item = &'a str> {
    let entries = live["metadata"]["managedFields"].as_array().into_iter().flatten();
    entries.filter_map(move |entry| {
        let text = |field: &str| entry[field].as_str().unwrap_or_default();
        let operation = match text("operation") {
            "Apply" => OperationKind::Apply,
            _ => OperationKind::Update,
        };
        is_left_behind(text("manager"), operation, text("subresource"), manager).then(|| text("manager"))
    })
}

fn is_left_behind(other: &str, operation: OperationKind, subresource: &str, manager: &str) -> bool {
    let updates_as = |prefix: &str| operation == OperationKind::Update && other.starts_with(prefix);
    let installed_by_hand = manager == "helm-controller" && other == "helm";
    let applied = other.starts_with("kubectl") || installed_by_hand;
    subresource.is_empty() && (applied || updates_as("before-first-apply") || updates_as(manager))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// The patch for an object with these `managedFields` entries (`manager operation subresource field`).
    #[track_caller]
    fn check(entries: &[&str], metadata: Value, expected: Expect) {
        let entry = |text: &&str| {
            let parts: Vec<&str> = text.split(' ').collect();
            let mut entry =
                json!({ "manager": parts[0], "operation": parts[1], "apiVersion": "v1", "fieldsType": "FieldsV1" });
            entry["fieldsV1"]["f:data"][format!("f:{}", parts[3])] = json!({});
            if parts[2] != "-" {
                entry["subresource"] = json!(parts[2]);
            }
            entry
        };
        let mut object = json!({ "metadata": metadata });
        object["metadata"]["resourceVersion"] = json!("7");
        object["metadata"]["managedFields"] = entries.iter().map(entry).collect();
        let lines: Vec<String> = patch(&object, "kustomize-controller")
            .and_then(|patch| patch.as_array().cloned())
            .unwrap_or_default()
            .iter()
            .map(summary)
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    fn summary(operation: &Value) -> String {
        let path = operation["path"].as_str().unwrap_or_default();
        let value = match operation["value"].as_array() {
            Some(entries) => entries
                .iter()
                .map(|entry| format!("\n  {} {} {}", entry["manager"], entry["operation"], entry["fieldsV1"]))
                .collect(),
            None => format!(" {}", operation["value"]),
        };
        format!("{} {path}{value}", operation["op"].as_str().unwrap_or_default())
    }

    #[test]
    fn what_appliers_left_becomes_ours() {
        let none = || json!({});
        check(
            &["kubectl-client-side-apply Update - a"],
            none(),
            expect![[r#"
            replace /metadata/managedFields
              "kustomize-controller" "Apply" {"f:data":{"f:a":{}}}
            replace /metadata/resourceVersion "7""#]],
        );
        check(
            &["kubectl Apply - a", "kustomize-controller Apply - b"],
            none(),
            expect![[r#"
            replace /metadata/managedFields
              "kustomize-controller" "Apply" {"f:data":{"f:a":{},"f:b":{}}}
            replace /metadata/resourceVersion "7""#]],
        );
        check(
            &["before-first-apply Update - a", "kustomize-controller Update - b", "other Update - c"],
            none(),
            expect![[r#"
                replace /metadata/managedFields
                  "kustomize-controller" "Apply" {"f:data":{"f:a":{},"f:b":{}}}
                  "other" "Update" {"f:data":{"f:c":{}}}
                replace /metadata/resourceVersion "7""#]],
        );
    }

    #[test]
    fn what_helm_installed_becomes_ours_if_we_make_releases() {
        for operation in ["Apply", "Update"] {
            let entry = json!({
                "manager": "helm", "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": {"f:a": {}}},
            });
            let object = json!({"metadata": {"resourceVersion": "7", "managedFields": [entry]}});
            assert_eq!(managers(&object, "helm-controller"), ["helm"]);
            assert!(patch(&object, "helm-controller").is_some());
            assert_eq!(patch(&object, "kustomize-controller"), None);
        }
    }

    #[test]
    fn everybody_elses_fields_stay() {
        let none = || json!({});
        check(&[], none(), expect![[""]]);
        check(&["kustomize-controller Apply - a"], none(), expect![[""]]);
        check(
            &["helm Apply - a", "kube-controller-manager Update - b", "before-first-apply Apply - c"],
            none(),
            expect![[""]],
        );
        check(&["kubectl Update status a", "kubectl Update scale b"], none(), expect![[""]]);
    }

    #[test]
    fn their_notes_are_removed() {
        check(
            &[],
            json!({
                "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}", "kept": "x" },
                "labels": { "fluxcd.io/sync-gc-mark": "x" },
            }),
            expect![[r#"
                remove /metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration null
                remove /metadata/labels/fluxcd.io~1sync-gc-mark null
                replace /metadata/resourceVersion "7""#]],
        );
    }
}
