use expect_test::{Expect, expect};
use manifest::yaml::{Limits, Profile, read_manifests};

use super::*;

fn read(text: &str) -> Vec<Arc<Manifest>> {
    let manifests = read_manifests(text.as_bytes(), "a.yaml", Profile::Kubectl, &Limits::default());
    manifests.expect("manifests").into_iter().map(Arc::new).collect()
}

#[track_caller]
fn check(before: &str, after: &str, expected: Expect) {
    let changes = changelog(&read(before), &read(after));
    let lines = changes.iter().map(|change| format!("{}: {}: {}\n", change.area, change.object, change.text));
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn what_is_the_same_is_not_told() {
    let same = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n";
    check(same, same, expect![""]);
}

#[test]
fn images_settings_ports_and_identity_of_pods() {
    let deployment = |image: &str, rest: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: istiod, namespace: istio-system}}\nspec:\n  template:\n    spec:\n      {rest}\n      containers:\n        - name: discovery\n          image: {image}\n"
        )
    };
    check(
        &(deployment("pilot:1.28.0", "serviceAccountName: istiod")
            + "          env: [{name: A, value: '1'}, {name: B, value: x}]\n          ports: [{containerPort: 8080}]\n"),
        &(deployment("pilot:1.29.0", "serviceAccountName: istiod-canary")
            + "          env: [{name: A, value: '2'}, {name: C, valueFrom: {fieldRef: {fieldPath: x}}}]\n          ports: [{containerPort: 15017}]\n          securityContext: {privileged: true}\n"),
        expect![[r#"
            Permissions: Deployment/istio-system/istiod: container discovery: security context: {"privileged":true} (was not set)
            Permissions: Deployment/istio-system/istiod: service account: istiod → istiod-canary
            Images: Deployment/istio-system/istiod: container discovery: image: pilot:1.28.0 → pilot:1.29.0
            Ports: Deployment/istio-system/istiod: container discovery: port 15017 (TCP) added
            Ports: Deployment/istio-system/istiod: container discovery: port 8080 (TCP) removed
            Settings: Deployment/istio-system/istiod: container discovery: A: 1 → 2
            Settings: Deployment/istio-system/istiod: container discovery: B: no longer set (was x)
            Settings: Deployment/istio-system/istiod: container discovery: C: {"fieldRef":{"fieldPath":"x"}} (was not set)
        "#]],
    );
}

#[test]
fn rights_one_by_one_also_of_new_roles() {
    let role = |name: &str, rules: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}}}\nrules: {rules}\n---\n"
        )
    };
    check(
        &role("reader", "[{apiGroups: [''], resources: [secrets, pods], verbs: [get]}]"),
        &(role("reader", "[{apiGroups: ['', apps], resources: [pods], verbs: [get, list]}]")
            + &role("new", "[{nonResourceURLs: [/metrics], verbs: [get]}]")),
        expect![[r#"
            Permissions: ClusterRole/new: get /metrics added
            Permissions: ClusterRole/reader: get pods.apps added
            Permissions: ClusterRole/reader: get secrets removed
            Permissions: ClusterRole/reader: list pods added
            Permissions: ClusterRole/reader: list pods.apps added
            Objects: ClusterRole/new: added
        "#]],
    );
}

#[test]
fn webhooks_that_come_fail_or_are_asked_otherwise() {
    let webhook = |webhooks: &str| {
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {{name: injector}}\nwebhooks: {webhooks}\n"
        )
    };
    check(
        &webhook(
            "[{name: a, failurePolicy: Ignore, rules: [{operations: [CREATE], apiGroups: [''], resources: [pods]}]}]",
        ),
        &webhook(
            "[{name: a, failurePolicy: Fail, rules: [{operations: [CREATE, UPDATE], apiGroups: [''], resources: [pods]}]}, {name: b}]",
        ),
        expect![[r#"
            Webhooks: MutatingWebhookConfiguration/injector: webhook a: asked on UPDATE pods added
            Webhooks: MutatingWebhookConfiguration/injector: webhook a: failure policy: Ignore → Fail
            Webhooks: MutatingWebhookConfiguration/injector: webhook b added (failure policy Fail)
        "#]],
    );
}

#[test]
fn fields_of_definitions() {
    let definition = |versions: &str| {
        format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: gateways.networking.istio.io}}\nspec: {{versions: {versions}}}\n"
        )
    };
    check(
        &definition(
            "[{name: v1, served: true, schema: {openAPIV3Schema: {properties: {spec: {properties: {a: {type: string}, b: {type: object, properties: {c: {type: string}}}}}}}}}, {name: v1alpha3, served: true}]",
        ),
        &definition(
            "[{name: v1, served: true, schema: {openAPIV3Schema: {properties: {spec: {required: [a], properties: {a: {type: string, enum: [HTTP, TCP]}, d: {type: object, properties: {e: {type: integer}}}}}}}}}]",
        ),
        expect![[r#"
            Definitions: CustomResourceDefinition/gateways.networking.istio.io: v1: field spec.a is string, required, one of HTTP, TCP (was string)
            Definitions: CustomResourceDefinition/gateways.networking.istio.io: v1: field spec.b removed
            Definitions: CustomResourceDefinition/gateways.networking.istio.io: v1: field spec.d added object
            Definitions: CustomResourceDefinition/gateways.networking.istio.io: version v1alpha3 removed
        "#]],
    );
}

#[test]
fn routes_field_by_field_and_secrets_without_their_values() {
    let objects = |weight: u32, secret: &str, mesh: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: web}}\nspec: {{http: [{{route: [{{destination: {{host: web}}, weight: {weight}}}]}}]}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: key}}\ndata: {{a: {secret}}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio}}\ndata:\n  mesh: |\n    enableTracing: true\n    {mesh}\n"
        )
    };
    check(
        &objects(90, "b25l", "accessLogFile: /dev/stdout"),
        &objects(80, "dHdv", "accessLogFile: ''"),
        expect![[r#"
            Traffic: VirtualService/web: http[0].route[0].weight: 90 → 80
            Settings: ConfigMap/istio: mesh: accessLogFile: '' added
            Settings: ConfigMap/istio: mesh: accessLogFile: /dev/stdout removed
            Settings: Secret/key: its data changed
        "#]],
    );
}
