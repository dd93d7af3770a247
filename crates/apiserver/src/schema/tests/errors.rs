//! What is wrong with new objects of built-in kinds.

use expect_test::expect;
use serde_json::json;

use super::super::FieldValidation;
use super::{check_create, check_errors, deployment};

#[test]
fn unknown_fields_are_dropped_warned_of_or_refused() {
    let object = || {
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "a", "lables": {}},
            "data": {"any": "key"},
            "dta": {},
        })
    };
    check_create(
        object(),
        FieldValidation::Ignore,
        expect![[r#"
        {
          "apiVersion": "v1",
          "data": {
            "any": "key"
          },
          "kind": "ConfigMap",
          "metadata": {
            "name": "a"
          }
        }"#]],
    );
    check_create(
        object(),
        FieldValidation::Warn,
        expect![[r#"
        Warning: unknown field "dta"
        Warning: unknown field "metadata.lables"
        {
          "apiVersion": "v1",
          "data": {
            "any": "key"
          },
          "kind": "ConfigMap",
          "metadata": {
            "name": "a"
          }
        }"#]],
    );
    check_create(
        object(),
        FieldValidation::Strict,
        expect![[r#"strict decoding error: unknown field "dta", unknown field "metadata.lables""#]],
    );
    check_create(
        deployment(
            json!({"spec": {"foo": 1, "template": {"spec": {"containers": [{"name": "a", "image": "a", "img": 1}]}}}}),
        ),
        FieldValidation::Strict,
        expect![[
            r#"strict decoding error: unknown field "spec.foo", unknown field "spec.template.spec.containers[0].img""#
        ]],
    );
}

#[test]
fn every_error_is_reported_at_once() {
    check_errors(
        deployment(json!({
            "metadata": {"name": "Web_1", "labels": {"-a": "b c"}},
            "spec": {
                "replicas": "three",
                "selector": {"matchLabels": {"app": "other"}},
                "template": {"spec": {
                    "restartPolicy": "Never",
                    "containers": [
                        {"name": "web", "image": "", "imagePullPolicy": "Sometimes", "ports": [{"containerPort": 70000}]},
                        {"name": "web", "volumeMounts": [{"name": "missing", "mountPath": "/a"}]},
                        {"image": "b", "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1", "memory": "lots"}}},
                    ],
                }},
            },
        })),
        expect![[r#"
            FieldValueTypeInvalid spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"
            FieldValueRequired spec.template.spec.containers[2].name: Required value
            FieldValueInvalid spec.template.spec.containers[2].resources.limits.memory: Invalid value: "lots": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'
            FieldValueInvalid metadata.name: Invalid value: "Web_1": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
            FieldValueInvalid metadata.labels: Invalid value: "-a": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
            FieldValueInvalid metadata.labels: Invalid value: "b c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
            FieldValueInvalid spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`
            FieldValueNotSupported spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"
            FieldValueRequired spec.template.spec.containers[0].image: Required value
            FieldValueNotSupported spec.template.spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"
            FieldValueInvalid spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive
            FieldValueRequired spec.template.spec.containers[1].image: Required value
            FieldValueNotFound spec.template.spec.containers[1].volumeMounts[0].name: Not found: "missing"
            FieldValueDuplicate spec.template.spec.containers[1].name: Duplicate value: "web"
            FieldValueInvalid spec.template.spec.containers[2].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1"#]],
    );
}

#[test]
fn required_fields_of_common_kinds() {
    check_errors(
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {}}),
        expect![[r#"
            FieldValueRequired spec.selector: Required value
            FieldValueRequired spec.template: Required value"#]],
    );
    check_errors(
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "1a"}, "spec": {}}),
        expect![[r#"
        FieldValueInvalid metadata.name: Invalid value: "1a": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')
        FieldValueRequired spec.ports: Required value"#]],
    );
    check_errors(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {"containers": []}}),
        expect![[r#"
        FieldValueRequired metadata.name: Required value: name or generateName is required
        FieldValueRequired spec.containers: Required value"#]],
    );
    check_errors(
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "a"}, "spec": {}}),
        expect![[r#"
            FieldValueRequired spec.accessModes: Required value: at least 1 access mode is required
            FieldValueRequired spec.resources[storage]: Required value"#]],
    );
    check_errors(
        json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "a"},
            "spec": {"rules": [{"host": "UPPER", "http": {"paths": [{"path": "x", "pathType": "Prefix", "backend": {}}]}}]},
        }),
        expect![[r#"
            FieldValueInvalid spec.rules[0].host: Invalid value: "UPPER": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
            FieldValueInvalid spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path
            FieldValueRequired spec.rules[0].http.paths[0].backend: Required value: resource or service backend is required"#]],
    );
    check_errors(
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "a:b"}, "rules": [{"verbs": []}]}),
        expect![[r#"
            FieldValueRequired rules[0].verbs: Required value: verbs must contain at least one value
            FieldValueRequired rules[0].apiGroups: Required value: resource rules must supply at least one api group
            FieldValueRequired rules[0].resources: Required value: resource rules must supply at least one resource"#]],
    );
    check_errors(
        json!({
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "a"},
            "spec": {"schedule": "* * *", "jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "a", "image": "a"}]}}}}},
        }),
        expect![[r#"
            FieldValueInvalid spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]
            FieldValueRequired spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never""#]],
    );
    check_errors(
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "type": "kubernetes.io/tls"}),
        expect![[r#"
            FieldValueRequired data[tls.crt]: Required value
            FieldValueRequired data[tls.key]: Required value"#]],
    );
    check_errors(
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a/b": "c", "n": 1}}),
        expect![[r#"
            FieldValueTypeInvalid data.n: Invalid value: "integer": data.n in body must be of type string: "integer"
            FieldValueInvalid data[a/b]: Invalid value: "a/b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"#]],
    );
}
