use expect_test::expect;

use super::{Options, check, check_at, rendered};

#[test]
fn files_folders_and_bases_in_their_order() {
    check(
        "\
## kustomization.yaml
resources: [b.yaml, sub]
bases: [other]
## b.yaml
{apiVersion: v1, kind: Service, metadata: {name: b}}
## sub/Kustomization
resources: [c.yaml]
## sub/c.yaml
{apiVersion: v1, kind: Service, metadata: {name: c}}
## other/kustomization.yml
resources: [a.yaml]
## other/a.yaml
{apiVersion: v1, kind: Service, metadata: {name: a}}
",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: b
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: c
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: a
        "#]],
    );
}

#[test]
fn field_names_match_in_any_case() {
    check(
        "\
## kustomization.yaml
Resources: [a.yaml]
NAMEPREFIX: x-
## a.yaml
{apiVersion: v1, kind: Service, metadata: {name: a}}
",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: x-a
        "#]],
    );
}

#[test]
fn lists_become_their_items_and_empty_documents_nothing() {
    check(
        "\
## kustomization.yaml
resources: [a.yaml]
## a.yaml
---
# nothing
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}}
- {apiVersion: v1, kind: Service, metadata: {name: b}}
---
{apiVersion: v1, kind: Service, metadata: {name: c}}
",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: c
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: a
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: b
        "#]],
    );
}

#[test]
fn local_configuration_is_dropped() {
    check(
        "\
## kustomization.yaml
resources: [a.yaml]
## a.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: a, annotations: {config.kubernetes.io/local-config: 'true'}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, annotations: {config.kubernetes.io/local-config: 'false'}}
",
        expect![[r#"
            apiVersion: v1
            kind: ConfigMap
            metadata:
              annotations:
                config.kubernetes.io/local-config: "false"
              name: b
        "#]],
    );
}

#[test]
fn the_legacy_order_is_by_kind() {
    let files = "\
## kustomization.yaml
resources: [a.yaml]
## a.yaml
{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}}
---
{apiVersion: example.com/v1, kind: Thing, metadata: {name: t}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: w}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: n}}
";
    let kinds = |text: String| {
        text.lines().filter_map(|line| line.strip_prefix("kind: ")).map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    expect!["Namespace Service Deployment Thing ValidatingWebhookConfiguration"].assert_eq(&kinds(rendered(
        files,
        "",
        &Options::default(),
    )));
    let sorted = files.replace("resources: [a.yaml]", "resources: [a.yaml]\nsortOptions: {order: fifo}");
    expect!["Deployment Service Thing ValidatingWebhookConfiguration Namespace"].assert_eq(&kinds(rendered(
        &sorted,
        "",
        &Options::default(),
    )));
}

#[test]
fn components_change_what_the_parent_has() {
    check_at(
        "\
## app/kustomization.yaml
resources: [a.yaml]
components: [../component]
## app/a.yaml
{apiVersion: v1, kind: Service, metadata: {name: a}}
## component/kustomization.yaml
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
nameSuffix: -x
resources: [b.yaml]
## component/b.yaml
{apiVersion: v1, kind: Service, metadata: {name: b}}
",
        "app",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: a-x
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: b-x
        "#]],
    );
}

#[test]
fn a_diamond_needs_different_names() {
    check_at(
        "\
## top/kustomization.yaml
resources: [../one, ../two]
## one/kustomization.yaml
resources: [../base]
namePrefix: one-
## two/kustomization.yaml
resources: [../base]
namePrefix: two-
## base/kustomization.yaml
resources: [a.yaml]
configMapGenerator: [{name: c, literals: [k=v]}]
## base/a.yaml
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers: [{name: c, envFrom: [{configMapRef: {name: c}}]}]
",
        "top",
        expect![[r#"
            apiVersion: v1
            kind: Pod
            metadata:
              name: one-a
            spec:
              containers:
              - envFrom:
                - configMapRef:
                    name: one-c-bdg947hgcc
                name: c
            ---
            apiVersion: v1
            data:
              k: v
            kind: ConfigMap
            metadata:
              name: one-c-bdg947hgcc
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: two-a
            spec:
              containers:
              - envFrom:
                - configMapRef:
                    name: two-c-bdg947hgcc
                name: c
            ---
            apiVersion: v1
            data:
              k: v
            kind: ConfigMap
            metadata:
              name: two-c-bdg947hgcc
        "#]],
    );
}

#[test]
fn an_empty_list_is_no_empty_kustomization() {
    check("## kustomization.yaml\nresources: []\n", expect![[r#""#]]);
    check(
        "## kustomization.yaml\nnamePrefix: ''\n",
        expect![[r#"
        kustomization.yaml:1:1: the kustomization is empty
          Add `resources`, or remove the file.
    "#]],
    );
}

#[test]
fn configurations_are_read_strictly() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\nconfigurations: [c.yaml]\n## a.yaml\n{apiVersion: v1, kind: Pod, metadata: {name: a}}\n## c.yaml\nnamePrefix: [{path: a, paht: b}]\nnope: []\n",
        expect![[r#"
            c.yaml:1:24: unknown field `paht` in `namePrefix[0]`
              Remove the field, or check its name and indentation.
            c.yaml:2:1: unknown field `nope`
              Remove the field, or check its name and indentation.
        "#]],
    );
}
