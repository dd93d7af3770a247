use expect_test::{Expect, expect};

use super::check;

const DEPLOYMENT: &str = "\
## d.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, tier: front}, annotations: {note: '1'}}
spec:
  template:
    spec:
      containers:
      - {name: app, image: app:1, env: [{name: A, value: '1'}]}
      - {name: side, image: side:1}
";

#[track_caller]
fn check_patch(fields: &str, expected: Expect) {
    check(&format!("## kustomization.yaml\nresources: [d.yaml]\n{fields}{DEPLOYMENT}"), expected);
}

#[test]
fn a_strategic_merge_patch_merges_by_name() {
    check_patch(
        "\
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      annotations: {note: null}
    spec:
      template:
        spec:
          containers:
          - name: app
            env: [{name: B, value: '2'}]
          - name: side
            $patch: delete
          - {name: new, image: new:1}
",
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              labels:
                app: web
                tier: front
              name: web
            spec:
              template:
                spec:
                  containers:
                  - env:
                    - name: B
                      value: "2"
                    - name: A
                      value: "1"
                    image: app:1
                    name: app
                  - image: new:1
                    name: new
        "#]],
    );
}

#[test]
fn a_target_chooses_by_expressions_and_labels() {
    check_patch(
        "\
patches:
- target: {group: apps, kind: Dep.*, name: w.b, labelSelector: 'tier in (front),app', annotationSelector: note=1}
  patch: |-
    kind: Deployment
    metadata: {name: whatever, labels: {tier: null, chosen: 'yes'}}
    spec: {template: null}
- target: {name: we}
  patch: |-
    kind: Deployment
    metadata: {name: whatever, labels: {never: chosen}}
",
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              annotations:
                note: "1"
              labels:
                app: web
                chosen: "yes"
              name: web
            spec: {}
        "#]],
    );
}

#[test]
fn json_operations_inline_and_from_a_file() {
    check_patch(
        "\
patches:
- path: ops.yaml
  target: {kind: Deployment}
patchesJson6902:
- target: {version: v1, kind: Deployment, name: web}
  patch: '[{\"op\": \"remove\", \"path\": \"/metadata/annotations\"}]'
## ops.yaml
- op: replace
  path: /spec/template/spec
  value: {containers: []}
- op: add
  path: /metadata/labels/new~1label
  value: x
",
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              labels:
                app: web
                new/label: x
                tier: front
              name: web
            spec:
              template:
                spec:
                  containers: []
        "#]],
    );
}

#[test]
fn names_and_kinds_change_only_when_allowed() {
    let patch = |options: &str| {
        format!(
            "\
patches:
- target: {{kind: Deployment}}
  options: {{{options}}}
  patch: |-
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {{name: other}}
    spec: {{template: null}}
"
        )
    };
    check_patch(
        &patch(""),
        expect![[r#"
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          annotations:
            note: "1"
          labels:
            app: web
            tier: front
          name: web
        spec: {}
    "#]],
    );
    check_patch(
        &patch("allowNameChange: true, allowKindChange: true"),
        expect![[r#"
        apiVersion: apps/v1
        kind: StatefulSet
        metadata:
          annotations:
            note: "1"
          labels:
            app: web
            tier: front
          name: other
        spec: {}
    "#]],
    );
}

#[test]
fn a_patch_can_delete_the_object() {
    check_patch(
        "\
patchesStrategicMerge:
- |-
  apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web}
  $patch: delete
configMapGenerator: [{name: rest, options: {disableNameSuffixHash: true}}]
",
        expect![[r#"
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: rest
        "#]],
    );
}

#[test]
fn patches_find_objects_by_their_former_names() {
    check(
        &format!(
            "\
## kustomization.yaml
resources: [base]
patches:
- path: patch.yaml
## patch.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec: {{template: null, replicas: 2}}
## base/kustomization.yaml
namePrefix: x-
resources: [d.yaml]
{}",
            DEPLOYMENT.replace("## d.yaml", "## base/d.yaml")
        ),
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              annotations:
                note: "1"
              labels:
                app: web
                tier: front
              name: x-web
            spec:
              replicas: 2
        "#]],
    );
}

#[test]
fn an_openapi_document_says_how_lists_merge() {
    let schema = r#"{"definitions": {"Thing": {"type": "object",
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Thing"}],
        "properties": {"spec": {"type": "object", "properties": {"parts": {"type": "array", "items": {"type": "object"},
        "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}}}}}}"#;
    let files = |openapi: &str| {
        format!(
            "\
## kustomization.yaml
resources: [t.yaml]
{openapi}patches:
- patch: |-
    apiVersion: example.com/v1
    kind: Thing
    metadata: {{name: t}}
    spec: {{parts: [{{name: b, size: 2}}]}}
## t.yaml
apiVersion: example.com/v1
kind: Thing
metadata: {{name: t}}
spec: {{parts: [{{name: a}}, {{name: b, colour: red}}]}}
## schema.json
{schema}
"
        )
    };
    check(
        &files(""),
        expect![[r#"
        apiVersion: example.com/v1
        kind: Thing
        metadata:
          name: t
        spec:
          parts:
          - name: b
            size: 2
    "#]],
    );
    check(
        &files("openapi: {path: schema.json}\n"),
        expect![[r#"
        apiVersion: example.com/v1
        kind: Thing
        metadata:
          name: t
        spec:
          parts:
          - colour: red
            name: b
            size: 2
          - name: a
    "#]],
    );
}

#[test]
fn a_document_met_before_anything_else_is_all_that_is_known() {
    let files = |root: &str| {
        format!(
            "\
## kustomization.yaml
{root}
## patched/kustomization.yaml
kind: Component
openapi: {{path: schema.json}}
patches: [{{path: web.yaml}}]
## patched/schema.json
{{\"definitions\": {{}}}}
## patched/web.yaml
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec: {{containers: [{{name: proxy}}]}}
## web.yaml
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec: {{containers: [{{name: web}}]}}
## thing.yaml
apiVersion: example.com/v1
kind: Thing
metadata: {{name: t}}
"
        )
    };
    let alone = "components: [patched]\nresources: [web.yaml]";
    check(
        &files(alone),
        expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
        spec:
          containers:
          - name: proxy
    "#]],
    );
    // A kind that is looked for in kustomize's own schemas makes them known.
    let with_thing = "components: [patched]\nresources: [web.yaml, thing.yaml]";
    check(
        &files(with_thing),
        expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: web
        spec:
          containers:
          - name: proxy
          - name: web
        ---
        apiVersion: example.com/v1
        kind: Thing
        metadata:
          name: t
    "#]],
    );
}
