use expect_test::{Expect, expect};
use manifest::Location;

use super::{Options, build, check, tree};

/// Where each object, and one of its fields, was written.
#[track_caller]
fn check_places(files: &str, pointer: &str, expected: Expect) {
    let manifests = build(&tree(files), "", &Options::default()).expect("it builds");
    let show = |place: Option<Location>| place.map_or_else(|| "?".to_owned(), |place| place.to_string());
    let lines: Vec<String> = manifests
        .iter()
        .map(|manifest| {
            let through: Vec<&str> = manifest.origin.through.iter().map(|place| &*place.file).collect();
            format!(
                "{} {} | {} | {}",
                manifest.id(),
                show(manifest.origin.location.clone()),
                show(manifest.origin.field(pointer)),
                through.join(" > ")
            )
        })
        .collect();
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn every_object_knows_its_line() {
    check_places(
        "\
## kustomization.yaml
namePrefix: x-
resources: [sub, list.yaml]
secretGenerator:
- name: one
- name: two
## sub/kustomization.yaml
resources: [a.yaml]
patches:
- target: {kind: Service}
  patch: |-
    kind: Service
    metadata: {name: x}
    spec: {ports: [{port: 81}]}
## sub/a.yaml
apiVersion: v1
kind: Service
metadata:
  name: a
spec:
  ports: []
---
apiVersion: v1
kind: Service
metadata: {name: b}
## list.yaml
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Endpoints
  metadata: {name: a}
  spec: {}
",
        "/spec",
        expect![[r#"
            Secret/x-one-46f8b28mk5 kustomization.yaml:4:3 | kustomization.yaml:4:3 | kustomization.yaml
            Secret/x-two-46f8b28mk5 kustomization.yaml:5:3 | kustomization.yaml:5:3 | kustomization.yaml
            Endpoints/x-a list.yaml:4:3 | list.yaml:7:3 | kustomization.yaml
            Service/x-a sub/a.yaml:1:1 | sub/a.yaml:5:1 | kustomization.yaml > sub/kustomization.yaml
            Service/x-b sub/a.yaml:8:1 | sub/a.yaml:8:1 | kustomization.yaml > sub/kustomization.yaml
        "#]],
    );
}

#[test]
fn build_metadata_tells_it_in_annotations() {
    check(
        "\
## kustomization.yaml
buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]
namePrefix: x-
resources: [sub]
## sub/kustomization.yaml
resources: [a.yaml]
configMapGenerator: [{name: c}]
## sub/a.yaml
{apiVersion: v1, kind: Service, metadata: {name: a}}
",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              annotations:
                alpha.config.kubernetes.io/transformations: |
                  - configuredIn: kustomization.yaml
                    configuredBy:
                      apiVersion: builtin
                      kind: PrefixTransformer
                config.kubernetes.io/origin: |
                  path: sub/a.yaml
              labels:
                app.kubernetes.io/managed-by: tenter
              name: x-a
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata:
              annotations:
                alpha.config.kubernetes.io/transformations: |
                  - configuredIn: kustomization.yaml
                    configuredBy:
                      apiVersion: builtin
                      kind: PrefixTransformer
                config.kubernetes.io/origin: |
                  configuredIn: sub/kustomization.yaml
                  configuredBy:
                    apiVersion: builtin
                    kind: ConfigMapGenerator
              labels:
                app.kubernetes.io/managed-by: tenter
              name: x-c-6ct58987ht
        "#]],
    );
}
