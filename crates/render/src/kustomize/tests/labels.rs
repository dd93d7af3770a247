use expect_test::expect;

use super::check;

const WORKLOADS: &str = "\
## all.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, labels: {app: d}}
spec:
  selector: {matchLabels: {app: d}}
  template: {metadata: {labels: {app: d}}, spec: {containers: []}}
---
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {selector: {app: d}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: c}
spec: {jobTemplate: {spec: {template: {spec: {}}}}}
";

#[test]
fn labels_alone_touch_only_metadata() {
    check(
        &format!("## kustomization.yaml\nresources: [all.yaml]\nlabels:\n- pairs: {{team: x}}\n{WORKLOADS}"),
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              labels:
                app: d
                team: x
              name: d
            spec:
              selector:
                matchLabels:
                  app: d
              template:
                metadata:
                  labels:
                    app: d
                spec:
                  containers: []
            ---
            apiVersion: v1
            kind: Service
            metadata:
              labels:
                team: x
              name: s
            spec:
              selector:
                app: d
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              labels:
                team: x
              name: c
            spec:
              jobTemplate:
                spec:
                  template:
                    spec: {}
        "#]],
    );
}

#[test]
fn labels_with_templates() {
    check(
        &format!(
            "## kustomization.yaml\nresources: [all.yaml]\nlabels:\n- pairs: {{team: x}}\n  includeTemplates: true\n{WORKLOADS}"
        ),
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              labels:
                app: d
                team: x
              name: d
            spec:
              selector:
                matchLabels:
                  app: d
              template:
                metadata:
                  labels:
                    app: d
                    team: x
                spec:
                  containers: []
            ---
            apiVersion: v1
            kind: Service
            metadata:
              labels:
                team: x
              name: s
            spec:
              selector:
                app: d
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              labels:
                team: x
              name: c
            spec:
              jobTemplate:
                metadata:
                  labels:
                    team: x
                spec:
                  template:
                    metadata:
                      labels:
                        team: x
                    spec: {}
        "#]],
    );
}

#[test]
fn common_labels_reach_selectors() {
    check(
        &format!("## kustomization.yaml\nresources: [all.yaml]\ncommonLabels: {{team: x}}\n{WORKLOADS}"),
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              labels:
                app: d
                team: x
              name: d
            spec:
              selector:
                matchLabels:
                  app: d
                  team: x
              template:
                metadata:
                  labels:
                    app: d
                    team: x
                spec:
                  containers: []
            ---
            apiVersion: v1
            kind: Service
            metadata:
              labels:
                team: x
              name: s
            spec:
              selector:
                app: d
                team: x
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              labels:
                team: x
              name: c
            spec:
              jobTemplate:
                metadata:
                  labels:
                    team: x
                spec:
                  template:
                    metadata:
                      labels:
                        team: x
                    spec: {}
        "#]],
    );
}

#[test]
fn annotations_reach_templates() {
    check(
        &format!("## kustomization.yaml\nresources: [all.yaml]\ncommonAnnotations: {{note: '1'}}\n{WORKLOADS}"),
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              annotations:
                note: "1"
              labels:
                app: d
              name: d
            spec:
              selector:
                matchLabels:
                  app: d
              template:
                metadata:
                  annotations:
                    note: "1"
                  labels:
                    app: d
                spec:
                  containers: []
            ---
            apiVersion: v1
            kind: Service
            metadata:
              annotations:
                note: "1"
              name: s
            spec:
              selector:
                app: d
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              annotations:
                note: "1"
              name: c
            spec:
              jobTemplate:
                metadata:
                  annotations:
                    note: "1"
                spec:
                  template:
                    metadata:
                      annotations:
                        note: "1"
                    spec: {}
        "#]],
    );
}

#[test]
fn labels_in_fields_of_their_own() {
    check(
        "\
## kustomization.yaml
resources: [a.yaml]
labels:
- pairs: {team: x}
  fields:
  - {kind: Thing, path: spec/parts/labels, create: true}
## a.yaml
apiVersion: example.com/v1
kind: Thing
metadata: {name: t}
spec: {parts: [{name: one}, {name: two, labels: {a: b}}]}
",
        expect![[r#"
            apiVersion: example.com/v1
            kind: Thing
            metadata:
              labels:
                team: x
              name: t
            spec:
              parts:
              - labels:
                  team: x
                name: one
              - labels:
                  a: b
                  team: x
                name: two
        "#]],
    );
}
