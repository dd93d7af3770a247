//! Changes of built-in objects.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::super::{FieldValidation, admit_create, admit_update};
use super::{deployment, merge, resource_of, shown};

/// Creates `object`, changes it, and says what is wrong with the change.
#[track_caller]
fn check(object: Value, changes: Value, expected: Expect) {
    let resource = resource_of(&object);
    let mut old = object.clone();
    admit_create(&resource, &mut old, FieldValidation::Strict).expect("a good object");
    let mut new = old.clone();
    merge(&mut new, changes);
    let text = match admit_update(&resource, &old, &mut new, FieldValidation::Strict) {
        Ok(_) => "fine".to_owned(),
        refused => shown(refused, &new),
    };
    expected.assert_eq(&text);
}

#[test]
fn selectors_and_templates_that_may_not_change() {
    check(
        deployment(json!({})),
        json!({"spec": {"selector": {"matchLabels": {"tier": "x"}}, "template": {"metadata": {"labels": {"tier": "x"}}}}}),
        expect![[
            r#"FieldValueInvalid spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable"#
        ]],
    );
    check(deployment(json!({})), json!({"spec": {"replicas": 5}}), expect!["fine"]);
    let stateful = || deployment(json!({"kind": "StatefulSet", "spec": {"serviceName": "web"}}));
    check(
        stateful(),
        json!({"spec": {"serviceName": "other"}}),
        expect![
            "FieldValueForbidden spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        ],
    );
    check(stateful(), json!({"spec": {"replicas": 2}}), expect!["fine"]);
    let job = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once", "uid": "u1"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}}},
    });
    check(
        job.clone(),
        json!({"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}}),
        expect![[
            r#"FieldValueInvalid spec.template: Invalid value: {"metadata":{"labels":{"batch.kubernetes.io/controller-uid":"u1","batch.kubernetes.io/job-name":"once","controller-uid":"u1","job-name":"once"}},"spec":{"containers":[{"image":"a:1","imagePullPolicy":"IfNotPresent","name":"a","resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"dnsPolicy":"ClusterFirst","restartPolicy":"OnFailure","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}}: field is immutable"#
        ]],
    );
    check(job, json!({"spec": {"parallelism": 2}}), expect!["fine"]);
}

#[test]
fn data_that_may_not_change() {
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "immutable": true, "data": {"a": "YQ=="}});
    check(
        secret.clone(),
        json!({"data": {"a": "Yg=="}}),
        expect!["FieldValueForbidden data: Forbidden: field is immutable when `immutable` is set"],
    );
    check(
        secret,
        json!({"type": "other", "immutable": false}),
        expect![[r#"
        FieldValueInvalid type: Invalid value: "other": field is immutable
        FieldValueForbidden immutable: Forbidden: field is immutable when `immutable` is set"#]],
    );
    check(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}}),
        json!({"data": {"a": "c"}}),
        expect!["fine"],
    );
}

#[test]
fn services_keep_their_address() {
    let service = || {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "n"},
            "spec": {"ports": [{"port": 80}]},
        })
    };
    check(
        service(),
        json!({"spec": {"clusterIP": "10.96.9.9"}}),
        expect![[r#"FieldValueInvalid spec.clusterIPs[0]: Invalid value: ["10.96.9.9"]: may not change once set"#]],
    );
    let resource = resource_of(&service());
    let mut old = service();
    admit_create(&resource, &mut old, FieldValidation::Strict).expect("a good service");
    let mut new = service();
    admit_update(&resource, &old, &mut new, FieldValidation::Strict).expect("a service without its address");
    assert_eq!(new["spec"], old["spec"]);
}

#[test]
fn claims_classes_and_bindings() {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    check(
        claim.clone(),
        json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}}),
        expect![
            "FieldValueForbidden spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
        ],
    );
    check(claim, json!({"spec": {"volumeName": "pv-1"}}), expect!["fine"]);
    check(
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "a"}, "provisioner": "p"}),
        json!({"provisioner": "q", "reclaimPolicy": "Retain"}),
        expect![[r#"
            FieldValueForbidden provisioner: Forbidden: updates to provisioner are forbidden.
            FieldValueInvalid reclaimPolicy: Invalid value: "Retain": field is immutable"#]],
    );
    check(
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "a"},
            "roleRef": {"kind": "ClusterRole", "name": "r"},
        }),
        json!({"roleRef": {"name": "s"}}),
        expect![[
            r#"FieldValueInvalid roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"s"}: cannot change roleRef"#
        ]],
    );
}

#[test]
fn identity_does_not_change() {
    check(
        deployment(json!({"metadata": {"uid": "a"}})),
        json!({"metadata": {"uid": "b"}}),
        expect![[r#"FieldValueInvalid metadata.uid: Invalid value: "b": field is immutable"#]],
    );
    check(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}),
        json!({"spec": {"hostNetwork": true}}),
        expect![
            "FieldValueForbidden spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
        ],
    );
}
