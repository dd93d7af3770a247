//! Documents that clients can follow.

use std::collections::BTreeSet;

use expect_test::expect;

use super::*;

fn registry() -> Registry {
    let mut registry = Registry::default();
    crate::builtin::resources().into_iter().for_each(|resource| registry.insert(resource));
    for mut crd in kinds::crd::all() {
        crate::crd::default(&mut crd);
        crate::crd::resources_of(&crd).into_iter().for_each(|resource| registry.insert(resource));
    }
    registry
}

fn document(group: &str, version: &str) -> Value {
    let document = OpenApi::new().document(&registry(), group, version).expect("a served version");
    serde_json::from_slice(&document.body).expect("JSON")
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_of_every_document_resolves() {
    let registry = registry();
    let api = OpenApi::new();
    let index = api.index(&registry);
    assert!(index["paths"].as_object().expect("paths").len() > 30);
    for (group, version) in
        [("", "v1"), ("apps", "v1"), ("apiextensions.k8s.io", "v1"), ("kustomize.toolkit.fluxcd.io", "v1")]
    {
        let document = document(group, version);
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{group}/{version}: {reference}");
        }
    }
}

#[test]
fn a_document_is_made_once_and_its_hash_is_that_of_the_index() {
    let (registry, api) = (registry(), OpenApi::new());
    let first = api.document(&registry, "apps", "v1").expect("apps/v1");
    let second = api.document(&registry, "apps", "v1").expect("apps/v1");
    assert!(Arc::ptr_eq(&first, &second));
    let index = api.index(&registry);
    assert_eq!(
        index["paths"]["apis/apps/v1"]["serverRelativeURL"],
        format!("/openapi/v3/apis/apps/v1?hash={}", first.hash)
    );
    assert!(api.document(&registry, "apps", "v9").is_none());
}

#[test]
fn deployments_as_kubectl_reads_them() {
    let document = document("apps", "v1");
    let schemas = &document["components"]["schemas"];
    expect![[r#"[{"group":"apps","kind":"Deployment","version":"v1"}]"#]]
        .assert_eq(&schemas["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"].to_string());
    let spec = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
    let mut facts = spec.clone();
    facts.as_object_mut().expect("a field").remove("description");
    expect![[r##"{"items":{"$ref":"#/components/schemas/io.k8s.api.core.v1.Container"},"type":"array","x-kubernetes-list-map-keys":["name"],"x-kubernetes-list-type":"map","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}"##]].assert_eq(&facts.to_string());
    let paths: Vec<&String> =
        document["paths"].as_object().expect("paths").keys().filter(|path| path.contains("deployments")).collect();
    expect![[r#"
        [
            "/apis/apps/v1/deployments",
            "/apis/apps/v1/namespaces/{namespace}/deployments",
            "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
            "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/status",
        ]
    "#]]
    .assert_debug_eq(&paths);
    let mut patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"].clone();
    patch.as_object_mut().expect("an operation").remove("responses");
    expect![[r#"
        {
          "parameters": [
            {
              "in": "query",
              "name": "dryRun",
              "schema": {
                "type": "string",
                "uniqueItems": true
              }
            },
            {
              "in": "query",
              "name": "fieldManager",
              "schema": {
                "type": "string",
                "uniqueItems": true
              }
            },
            {
              "in": "query",
              "name": "fieldValidation",
              "schema": {
                "type": "string",
                "uniqueItems": true
              }
            },
            {
              "in": "query",
              "name": "force",
              "schema": {
                "type": "boolean",
                "uniqueItems": true
              }
            }
          ],
          "requestBody": {
            "content": {
              "application/apply-patch+yaml": {
                "schema": {
                  "description": "A patch in the named format",
                  "type": "object"
                }
              },
              "application/json-patch+json": {
                "schema": {
                  "description": "A patch in the named format",
                  "type": "object"
                }
              },
              "application/merge-patch+json": {
                "schema": {
                  "description": "A patch in the named format",
                  "type": "object"
                }
              },
              "application/strategic-merge-patch+json": {
                "schema": {
                  "description": "A patch in the named format",
                  "type": "object"
                }
              }
            },
            "required": true
          },
          "tags": [
            "apps_v1"
          ],
          "x-kubernetes-action": "patch",
          "x-kubernetes-group-version-kind": {
            "group": "apps",
            "kind": "Deployment",
            "version": "v1"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&patch).expect("JSON"));
}

#[test]
fn custom_kinds_have_their_schema_and_metadata() {
    let document = document("kustomize.toolkit.fluxcd.io", "v1beta2");
    let kustomization = &document["components"]["schemas"]["io.fluxcd.toolkit.kustomize.v1beta2.Kustomization"];
    expect![[r#"[{"group":"kustomize.toolkit.fluxcd.io","kind":"Kustomization","version":"v1beta2"}]"#]]
        .assert_eq(&kustomization["x-kubernetes-group-version-kind"].to_string());
    expect![[r##"{"allOf":[{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}],"description":"Metadata that every object has."}"##]].assert_eq(&kustomization["properties"]["metadata"].to_string());
    expect![[r#"{"description":"Whether objects that left the source are deleted.","type":"boolean"}"#]]
        .assert_eq(&kustomization["properties"]["spec"]["properties"]["prune"].to_string());
}
