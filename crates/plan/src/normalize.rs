//! Puts manifests into the form the API server stores, so that comparing finds real differences only.
//!
//! Flux does the same before it applies (fluxcd/pkg/ssa `normalize`): `stringData` of Secrets moves to `data`, ports get
//! the protocol that is part of their list's key, status does not come from Git. Unlike Flux it leaves everything else
//! as written, because decoding into Go types would add empty fields that nobody declared.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::Manifest;
use serde_json::{Map, Value};

/// Normalises every manifest in place.
pub fn normalize(manifests: &mut [Manifest]) {
    for manifest in manifests {
        let gvk = manifest.gvk();
        let object = &mut manifest.value;
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("creationTimestamp");
        }
        if !gvk.is_definition() {
            object.as_object_mut().map(|fields| fields.remove("status"));
        }
        match (gvk.group.as_str(), gvk.kind.as_str()) {
            ("", "Secret") => secret(object),
            ("", "Service") => ports(object.pointer_mut("/spec/ports")),
            ("", "Pod") => pod(object.get_mut("spec")),
            ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => {
                pod(object.pointer_mut("/spec/template/spec"));
            }
            ("batch", "CronJob") => pod(object.pointer_mut("/spec/jobTemplate/spec/template/spec")),
            _ if gvk.is_definition() => webhook_ca(object),
            _ => {}
        }
    }
}

/// `stringData` wins over `data`, as on the server, where line breaks in base64 do not count: kustomize makes some.
fn secret(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    for value in fields.get_mut("data").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        if let Value::String(text) = value {
            text.retain(|character| character != '\n' && character != '\r');
        }
    }
    let Some(Value::Object(plain)) = fields.get("stringData").cloned() else { return };
    if plain.values().any(|value| !value.is_string()) {
        return; // The API server says better what is wrong with it.
    }
    fields.remove("stringData");
    if plain.is_empty() {
        return;
    }
    let data = fields.entry("data").or_insert(Value::Null);
    if data.is_null() {
        *data = Value::Object(Map::new());
    }
    if let Some(data) = data.as_object_mut() {
        for (key, value) in &plain {
            data.insert(key.clone(), Value::String(STANDARD.encode(value.as_str().unwrap_or_default())));
        }
    }
}

fn pod(spec: Option<&mut Value>) {
    let containers = spec.and_then(|spec| spec.get_mut("containers")).and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        ports(container.get_mut("ports"));
    }
}

fn ports(ports: Option<&mut Value>) {
    for port in ports.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        let protocol = port.entry("protocol").or_insert(Value::Null);
        if protocol.is_null() || protocol == "" {
            *protocol = Value::String("TCP".to_owned());
        }
    }
}

/// A CA bundle in a CRD's conversion webhook belongs to whoever injects it, unless it is a certificate: charts ship
/// placeholders there that the API server refuses (fluxcd/pkg/ssa `RemoveCABundleFromCRD`).
fn webhook_ca(object: &mut Value) {
    let Some(client) = object.pointer_mut("/spec/conversion/webhook/clientConfig").and_then(Value::as_object_mut)
    else {
        return;
    };
    let is_certificate = client
        .get("caBundle")
        .and_then(Value::as_str)
        .is_none_or(|bundle| bundle.is_empty() || holds_certificate(bundle));
    if !is_certificate {
        client.remove("caBundle");
    }
}

fn holds_certificate(bundle: &str) -> bool {
    const MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";
    STANDARD.decode(bundle).is_ok_and(|bundle| bundle.windows(MARK.len()).any(|part| part == MARK))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use manifest::Origin;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(api_version: &str, kind: &str, rest: Value, expected: Expect) {
        let mut object = json!({ "apiVersion": api_version, "kind": kind, "metadata": { "name": "it" } });
        for (field, value) in rest.as_object().expect("fields") {
            object[field] = value.clone();
        }
        let mut manifests = vec![Manifest::new(object, Origin::default()).expect("a complete object")];
        normalize(&mut manifests);
        let fields = manifests[0].value.as_object_mut().expect("an object");
        fields.remove("apiVersion");
        fields.remove("kind");
        expected.assert_eq(&manifests[0].value.to_string());
    }

    #[test]
    fn secrets_keep_data_only() {
        check(
            "v1",
            "Secret",
            json!({ "data": { "a": "eHh4\neHh4\r\n", "b": 1 } }),
            expect![[r#"{"data":{"a":"eHh4eHh4","b":1},"metadata":{"name":"it"}}"#]],
        );
        check(
            "v1",
            "Secret",
            json!({ "stringData": { "a": "x" } }),
            expect![[r#"{"data":{"a":"eA=="},"metadata":{"name":"it"}}"#]],
        );
        check(
            "v1",
            "Secret",
            json!({ "stringData": { "a": "x" }, "data": { "a": "b2xk", "b": "eQ==" } }),
            expect![[r#"{"data":{"a":"eA==","b":"eQ=="},"metadata":{"name":"it"}}"#]],
        );
        check(
            "v1",
            "Secret",
            json!({ "stringData": {}, "data": null }),
            expect![[r#"{"data":null,"metadata":{"name":"it"}}"#]],
        );
        check(
            "v1",
            "Secret",
            json!({ "stringData": { "a": 1 } }),
            expect![[r#"{"metadata":{"name":"it"},"stringData":{"a":1}}"#]],
        );
        check(
            "example.com/v1",
            "Secret",
            json!({ "stringData": { "a": "x" } }),
            expect![[r#"{"metadata":{"name":"it"},"stringData":{"a":"x"}}"#]],
        );
    }

    #[test]
    fn ports_get_their_default_protocol() {
        check(
            "v1",
            "Service",
            json!({ "spec": { "ports": [{ "port": 80 }, { "port": 53, "protocol": "UDP" }, { "port": 81, "protocol": "" }] } }),
            expect![[
                r#"{"metadata":{"name":"it"},"spec":{"ports":[{"port":80,"protocol":"TCP"},{"port":53,"protocol":"UDP"},{"port":81,"protocol":"TCP"}]}}"#
            ]],
        );
        let pod = json!({ "containers": [{ "name": "app", "ports": [{ "containerPort": 80 }] }] });
        check(
            "apps/v1",
            "Deployment",
            json!({ "spec": { "template": { "spec": pod } } }),
            expect![[
                r#"{"metadata":{"name":"it"},"spec":{"template":{"spec":{"containers":[{"name":"app","ports":[{"containerPort":80,"protocol":"TCP"}]}]}}}}"#
            ]],
        );
        check(
            "batch/v1",
            "CronJob",
            json!({ "spec": { "jobTemplate": { "spec": { "template": { "spec": pod } } } } }),
            expect![[
                r#"{"metadata":{"name":"it"},"spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"app","ports":[{"containerPort":80,"protocol":"TCP"}]}]}}}}}}"#
            ]],
        );
        check(
            "v1",
            "Pod",
            json!({ "spec": pod }),
            expect![[
                r#"{"metadata":{"name":"it"},"spec":{"containers":[{"name":"app","ports":[{"containerPort":80,"protocol":"TCP"}]}]}}"#
            ]],
        );
    }

    #[test]
    fn status_and_creation_time_do_not_come_from_git() {
        check(
            "apps/v1",
            "Deployment",
            json!({ "status": { "replicas": 1 }, "metadata": { "name": "it", "creationTimestamp": null } }),
            expect![[r#"{"metadata":{"name":"it"}}"#]],
        );
        check(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            json!({ "status": { "conditions": [] } }),
            expect![[r#"{"metadata":{"name":"it"},"status":{"conditions":[]}}"#]],
        );
    }

    #[test]
    fn placeholders_for_a_webhook_ca_are_left_out() {
        let crd = |bundle: &str| json!({ "spec": { "conversion": { "webhook": { "clientConfig": { "caBundle": bundle } } } } });
        check(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            crd("Cg=="),
            expect![[r#"{"metadata":{"name":"it"},"spec":{"conversion":{"webhook":{"clientConfig":{}}}}}"#]],
        );
        check(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            crd("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"),
            expect![[
                r#"{"metadata":{"name":"it"},"spec":{"conversion":{"webhook":{"clientConfig":{"caBundle":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"}}}}}"#
            ]],
        );
    }
}
