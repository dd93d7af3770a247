use expect_test::expect;

use super::{check, check_at};

#[test]
fn every_kind_of_source() {
    check(
        "\
## kustomization.yaml
generatorOptions: {labels: {from: generator}}
configMapGenerator:
- name: all
  namespace: ns
  literals: [a=1, \"b='quoted'\", c=x=y, d=]
  files: [dir/file.txt, renamed=dir/file.txt]
  envs: [vars.env]
  env: more.env
- name: plain
  literals: [a=1]
  options: {disableNameSuffixHash: true, immutable: true, annotations: {note: '1'}}
secretGenerator:
- name: token
  type: example.com/token
  literals: [t=secret]
## dir/file.txt
line one
line two
## vars.env
# comment
  INDENTED=yes
FLAG
## more.env
MORE=1
",
        expect![[r#"
            apiVersion: v1
            data:
              FLAG: ""
              INDENTED: "yes"
              MORE: "1"
              a: "1"
              b: quoted
              c: x=y
              d: ""
              file.txt: |
                line one
                line two
              renamed: |
                line one
                line two
            kind: ConfigMap
            metadata:
              labels:
                from: generator
              name: all-7tdm95kg55
              namespace: ns
            ---
            apiVersion: v1
            data:
              a: "1"
            immutable: true
            kind: ConfigMap
            metadata:
              annotations:
                note: "1"
              labels:
                from: generator
              name: plain
            ---
            apiVersion: v1
            data:
              t: c2VjcmV0
            kind: Secret
            metadata:
              labels:
                from: generator
              name: token-kh784dg2bt
            type: example.com/token
        "#]],
    );
}

#[test]
fn long_secrets_are_folded() {
    let long = "x".repeat(100);
    check(
        &format!(
            "## kustomization.yaml\nsecretGenerator:\n- name: s\n  literals: [k={long}]\n  options: {{disableNameSuffixHash: true}}\n"
        ),
        expect![[r#"
            apiVersion: v1
            data:
              k: |
                eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eH
                h4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA==
            kind: Secret
            metadata:
              name: s
            type: Opaque
        "#]],
    );
}

#[test]
fn overlays_merge_and_replace() {
    check_at(
        "\
## base/kustomization.yaml
configMapGenerator:
- name: merged
  literals: [a=1, b=1]
- name: replaced
  literals: [a=1]
## overlay/kustomization.yaml
resources: [../base]
namePrefix: x-
configMapGenerator:
- name: merged
  behavior: merge
  literals: [b=2, c=2]
- name: replaced
  behavior: replace
  literals: [z=2]
",
        "overlay",
        expect![[r#"
            apiVersion: v1
            data:
              a: "1"
              b: "2"
              c: "2"
            kind: ConfigMap
            metadata:
              name: x-merged-gmcbm69h57
            ---
            apiVersion: v1
            data:
              z: "2"
            kind: ConfigMap
            metadata:
              name: x-replaced-4f2cbbmfmh
        "#]],
    );
}

#[test]
fn generators_and_transformers_as_plugins() {
    check(
        "\
## kustomization.yaml
generators:
- |-
  apiVersion: builtin
  kind: ConfigMapGenerator
  metadata: {name: c}
  literals: [a=1]
transformers: [prefix.yaml]
## prefix.yaml
apiVersion: builtin
kind: PrefixTransformer
metadata: {name: p}
prefix: x-
fieldSpecs: [{path: metadata/name}]
",
        expect![[r#"
            apiVersion: v1
            data:
              a: "1"
            kind: ConfigMap
            metadata:
              name: x-c-h29d89cmmt
        "#]],
    );
    check(
        "\
## kustomization.yaml
generators:
- |-
  apiVersion: example.com/v1
  kind: Magic
  metadata: {name: m}
",
        expect![[r#"
            kustomization.yaml:2:3: there is no built-in plugin `Magic` of `example.com/v1`
              Only kustomize's built-in plugins can be used.
        "#]],
    );
}
