//! Declaring objects: client-side and server-side apply, their dry runs, diffs, conflicts.

use super::Kubectl;
use crate::shop;

const SETTINGS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {colour: red, size: small}
";

#[test]
fn apply_creates_changes_and_removes_fields() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let apply = ["apply", "-f", "-"];
    assert_eq!(
        kubectl.ok_with(&["apply", "--dry-run=server", "-f", "-"], SETTINGS),
        "configmap/settings created (server dry run)\n"
    );
    assert_eq!(
        kubectl.ok_with(&["apply", "--dry-run=client", "-f", "-"], SETTINGS),
        "configmap/settings created (dry run)\n"
    );
    kubectl.refuses(&["get", "configmap", "settings"], &["configmaps \"settings\" not found"]);
    let difference = kubectl.run_with(&["diff", "-f", "-"], SETTINGS).ended_with(1);
    assert!(difference.contains("+  colour: red"), "{difference}");
    assert_eq!(kubectl.ok_with(&apply, SETTINGS), "configmap/settings created\n");
    assert_eq!(kubectl.ok_with(&apply, SETTINGS), "configmap/settings unchanged\n");
    assert_eq!(kubectl.ok_with(&["diff", "-f", "-"], SETTINGS), "");
    let smaller = SETTINGS.replace(", size: small", "").replace("red", "green");
    assert_eq!(kubectl.ok_with(&apply, &smaller), "configmap/settings configured\n");
    assert_eq!(kubectl.ok(&["get", "configmap", "settings", "-o", "jsonpath={.data}"]), r#"{"colour":"green"}"#);
    kubectl.refuses_with(&apply, &SETTINGS.replace("\ndata:", "\ndate:"), &["unknown field \"date\""]);
    kubectl.refuses_with(&apply, &SETTINGS.replace("default", "nowhere"), &["namespaces \"nowhere\" not found"]);
    assert_eq!(kubectl.ok_with(&["replace", "-f", "-"], SETTINGS), "configmap/settings replaced\n");
    assert_eq!(kubectl.ok(&["get", "configmap", "settings", "-o", "jsonpath={.data.size}"]), "small");
    assert_eq!(kubectl.ok_with(&["delete", "-f", "-"], SETTINGS).split(' ').next(), Some("configmap"));
}

#[test]
fn server_side_apply_names_the_other_manager_and_can_take_over() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let ada = ["apply", "--server-side", "--field-manager=ada", "-f", "-"];
    let bob = ["apply", "--server-side", "--field-manager=bob", "-f", "-"];
    assert_eq!(kubectl.ok_with(&ada, SETTINGS), "configmap/settings serverside-applied\n");
    // The same values are shared, other ones are a conflict.
    kubectl.ok_with(&bob, SETTINGS);
    let other = SETTINGS.replace("red", "blue");
    kubectl.refuses_with(
        &bob,
        &other,
        &["Apply failed with 1 conflict", "conflict with \"ada\": .data.colour", "--force-conflicts"],
    );
    kubectl.ok_with(&["apply", "--server-side", "--force-conflicts", "--field-manager=bob", "-f", "-"], &other);
    let object = kubectl.ok(&["get", "configmap", "settings", "--show-managed-fields", "-o", "json"]);
    let object: serde_json::Value = serde_json::from_str(&object).unwrap();
    assert_eq!(object["data"]["colour"], "blue");
    let owners: Vec<_> = object["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["fieldsV1"]["f:data"]["f:colour"].is_object())
        .map(|entry| entry["manager"].as_str().unwrap())
        .collect();
    assert_eq!(owners, ["bob"]);
    // What the last owner gives up goes.
    kubectl.ok_with(&ada, &SETTINGS.replace("colour: red, ", ""));
    kubectl.ok_with(&bob, &SETTINGS.replace("colour: red, ", ""));
    assert_eq!(kubectl.ok(&["get", "configmap", "settings", "-o", "jsonpath={.data}"]), r#"{"size":"small"}"#);
}

#[test]
fn apply_takes_what_kustomize_builds() {
    let Some(kubectl) = Kubectl::with_shop() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("web.yaml"), shop::web("1.0.0")).unwrap();
    std::fs::write(
        folder.path().join("kustomization.yaml"),
        "namespace: other\nresources: [web.yaml]\nconfigMapGenerator:\n- {name: settings, literals: [a=b]}\n",
    )
    .unwrap();
    let applied = kubectl.ok(&["apply", "-k", path]);
    for line in ["namespace/other created", "configmap/settings-", "deployment.apps/web created", "service/web created"]
    {
        assert!(applied.contains(line), "{applied}");
    }
    kubectl.ok(&["-n", "other", "rollout", "status", "deployment/web", "--timeout=60s"]);
    // With the namespace gone, so is what kubectl would delete next.
    kubectl.ok(&["delete", "-k", path, "--timeout=60s", "--ignore-not-found"]);
    kubectl.refuses(&["get", "namespace", "other"], &["namespaces \"other\" not found"]);
}
