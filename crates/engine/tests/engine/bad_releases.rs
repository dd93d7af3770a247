//! HelmReleases that cannot be made: what their conditions say, word by word. `docs/errors.md` shows these.

use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use crate::helm_world::{APPS, config_ref};
use crate::world::{FLUX, World, settled, told};

/// Templates whose faults are switched on by values.
const TEMPLATES: [(&str, &str); 3] = [
    (
        "templates/bad.yaml",
        "{{- if .Values.strict }}\ncolour: {{ required \"a colour is needed\" .Values.colour }}\n{{- end }}\n",
    ),
    ("templates/extra.yaml", "{{ .Values.extra }}\n"),
    (
        "templates/hook.yaml",
        "{{- if .Values.hook }}\napiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {helm.sh/hook: pre-install}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers: [{name: a, image: a}]\n{{- end }}\n",
    ),
];

const SCHEMA: &str =
    r#"{"type": "object", "properties": {"replicas": {"type": "integer"}, "value": {"type": "string"}}}"#;

async fn world() -> World {
    let schema = ("values.schema.json", SCHEMA);
    World::with_chart("1.0.0", &TEMPLATES.into_iter().chain([schema]).collect::<Vec<_>>()).await
}

/// Checks what a condition of a HelmRelease with this spec comes to say.
async fn check(world: &World, name: &str, spec: Json, (condition, reason): (&str, &str), expected: Expect) {
    world.release(name, spec).await;
    let release = world.until_release_is(name, condition, "False", reason).await;
    expected.assert_eq(&settled(&told(&release, condition), world.repository.path()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_there_is_nothing_to_install_from() {
    let world = world().await;
    let missing = json!({"chart": null, "chartRef": {"kind": "OCIRepository", "name": "podinfo"}});
    check(&world, "a", missing, ("Ready", "ArtifactFailed"), expect!["ArtifactFailed: could not get Source object: OCIRepository 'flux-system/podinfo' not found; create it or correct spec.chartRef"]).await;
    let chart = json!({"spec": {"chart": "./charts/none", "sourceRef": {"kind": "GitRepository", "name": "repo"}}});
    check(&world, "b", json!({ "chart": chart }), ("Ready", "SourceNotReady"), expect![[r#"SourceNotReady: HelmChart 'flux-system/flux-system-b' is not ready: invalid chart reference: path "./charts/none" not found in the source; correct spec.chart, or look whether an ignore rule leaves it out"#]]).await;
    let values = json!({"valuesFrom": [{"kind": "ConfigMap", "name": "values"}]});
    check(&world, "c", values, ("Ready", "ValuesError"), expect![[r#"ValuesError: could not resolve ConfigMap chart values reference 'flux-system/values' with key 'values.yaml': configmaps "values" not found"#]]).await;
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other", "namespace": FLUX}, "data": {"a": "1"}});
    world.apply(map).await;
    let key = json!({"valuesFrom": [{"kind": "ConfigMap", "name": "other", "valuesKey": "b"}]});
    check(&world, "d", key, ("Ready", "ValuesError"), expect!["ValuesError: could not resolve ConfigMap chart values reference 'flux-system/other' with key 'b': key not found"]).await;
    check(
        &world,
        "e",
        json!({"dependsOn": [{"name": "before"}]}),
        ("Ready", "DependencyNotReady"),
        expect!["DependencyNotReady: dependency 'flux-system/before' not found"],
    )
    .await;
    let elsewhere = json!({"kubeConfig": {"configMapRef": {"name": "remote"}}});
    check(&world, "f", elsewhere, ("Ready", "RESTClientError"), expect!["RESTClientError: spec.kubeConfig.configMapRef is not supported: it logs in at a cloud provider; use spec.kubeConfig.secretRef"]).await;
    for name in ["a", "b", "c", "d", "e", "f"] {
        assert!(world.revisions(name).await.is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_chart_does_not_become() {
    let world = world().await;
    let installed = ("Released", "InstallFailed");
    let values = |values: Json| json!({ "values": values });
    let extra = |text: &str| json!({"values": {"extra": text}});
    check(&world, "a", values(json!({"strict": true})), installed, expect!["InstallFailed: Helm install failed for release apps/a with chart web@1.0.0: execution error at (web/templates/bad.yaml:2:11): a colour is needed; the chart asks for it: set the value `colour`"]).await;
    check(&world, "b", values(json!({"replicas": "many", "value": 5})), installed, expect![[r#"
        InstallFailed: Helm install failed for release apps/b with chart web@1.0.0: values don't meet the specifications of the schema(s) in the following chart(s):
        web:
        - at '/replicas': got string, want integer
        - at '/value': got number, want string
        ; correct the values at the paths named above, or look at values.schema.json of the chart"#]]).await;
    check(&world, "c", extra("kind: [\n"), installed, expect!["InstallFailed: Helm install failed for release apps/c with chart web@1.0.0: YAML parse error on web/templates/extra.yaml: error converting YAML to JSON: yaml: line 2: did not find expected node content; the line is that of the template's output: look at it with --debug"]).await;
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n";
    check(&world, "d", extra(widget), installed, expect![[r#"InstallFailed: Helm install failed for release apps/d with chart web@1.0.0: dry-run failed, nothing was applied: web/templates/extra.yaml:3:1: Widget/w: no matches for kind "Widget" in version "example.com/v1": the API server does not serve it; apply its CustomResourceDefinition first, or add a dependsOn on the Kustomization that installs example.com"#]]).await;
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999}]}\n";
    check(&world, "e", extra(service), installed, expect![[r#"InstallFailed: Helm install failed for release apps/e with chart web@1.0.0: dry-run failed, nothing was applied: web/templates/extra.yaml:12:5: Service/apps/bad: Service "bad" is invalid: [spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive]"#]]).await;
    let misspelt = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: misspelt}\ndate: {a: b}\n";
    check(&world, "f", extra(misspelt), installed, expect!["InstallFailed: Helm install failed for release apps/f with chart web@1.0.0: dry-run failed, nothing was applied: web/templates/extra.yaml:4:1: ConfigMap/apps/misspelt: failed to create typed patch object (apps/misspelt; /v1, Kind=ConfigMap): .date: field not declared in schema"]).await;
    check(&world, "g", json!({"targetNamespace": "nowhere"}), installed, expect![[r#"InstallFailed: Helm install failed for release nowhere/g with chart web@1.0.0: dry-run failed, nothing was applied: web/templates/config.yaml:3:1: ConfigMap/nowhere/g: namespace "nowhere" not found; declare it, or make the Kustomization depend on the one that does"#]]).await;
    world.apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "h", "namespace": APPS}})).await;
    let foreign = json!({"install": {"disableTakeOwnership": true}});
    check(&world, "h", foreign, installed, expect![[r#"InstallFailed: Helm install failed for release apps/h with chart web@1.0.0: Unable to continue with install: ConfigMap/apps/h exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "h"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "apps""#]]).await;
    let slow = json!({"values": {"hook": true}, "install": {"timeout": "1s"}});
    check(&world, "i", slow, installed, expect!["InstallFailed: Helm install failed for release apps/i with chart web@1.0.0: failed pre-install: hook migrate (web/templates/hook.yaml): Job/apps/migrate was not done after <time>"]).await;
    for name in ["a", "b", "c", "d", "e", "f", "g", "i"] {
        assert!(world.get(&config_ref(name)).await.is_none(), "{name}: nothing is half applied");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_become_ready_in_time() {
    let world = world().await;
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: slow}\nspec:\n  selector: {matchLabels: {app: slow}}\n  template:\n    metadata: {labels: {app: slow}}\n    spec: {containers: [{name: slow, image: slow}]}\n";
    let spec = |remediation: Json| json!({"values": {"extra": deployment}, "upgrade": {"timeout": "1s", "remediation": remediation}});
    world.release("web", json!({})).await;
    world.until_released("web", "1.0.0").await;
    let upgraded = ("Released", "UpgradeFailed");
    check(&world, "web", spec(json!({})), upgraded, expect!["UpgradeFailed: Helm upgrade failed for release apps/web with chart web@1.0.0: health check failed after <time>: timeout waiting for: [Deployment/apps/slow status: 'InProgress': Replicas: 0/1]"]).await;
    let stalled = world.until_release_is("web", "Stalled", "True", "RetriesExceeded").await;
    expect!["RetriesExceeded: Failed to upgrade after 1 attempt(s)"].assert_eq(&told(&stalled, "Stalled"));
}
