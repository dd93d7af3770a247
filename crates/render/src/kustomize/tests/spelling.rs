//! Scalars keep the text that they are written as, where kustomize keeps it.

use expect_test::expect;

use super::check;

#[test]
fn annotations_are_texts_as_they_are_written() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\npatches: [{path: p.yaml}]\n\
         ## a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    version: 1.10\n    \
         octal: 010\n    day: 2001-12-14\n    none: ~\n    blank:\n    list: [1]\n    yes: yes\n\
         ## p.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n    patched: 1.20\n",
        expect![[r#"
            apiVersion: v1
            kind: ConfigMap
            metadata:
              annotations:
                day: "2001-12-14"
                list: ""
                none: "~"
                octal: "010"
                patched: "1.20"
                version: "1.10"
                "yes": "yes"
              name: a
        "#]],
    );
}

#[test]
fn numbers_as_names_are_texts() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\nnameSuffix: -x\n\
         ## a.yaml\n{apiVersion: v1, kind: ConfigMap, metadata: {name: 0123, namespace: 1e3}}\n",
        expect![[r#"
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: 0123-x
              namespace: "1e3"
        "#]],
    );
}

#[test]
fn merges_drop_nulls_that_are_written_as_nothing() {
    let files = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  strategy:\n  paused: null\n  \
                 template:\n    spec:\n      nodeSelector: ~\n      volumes:\n      - name: v\n        emptyDir:\n      \
                 tolerations:\n      - key:\n";
    check(
        &format!("## kustomization.yaml\nresources: [a.yaml]\n## a.yaml\n{files}"),
        expect![[r#"
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: a
        spec:
          paused: null
          strategy: null
          template:
            spec:
              nodeSelector: null
              tolerations:
              - key: null
              volumes:
              - emptyDir: null
                name: v
    "#]],
    );
    check(
        &format!(
            "## kustomization.yaml\nresources: [a.yaml]\npatches: [{{path: p.yaml}}]\n## a.yaml\n{files}\
             ## p.yaml\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{replicas: 1}}}}\n"
        ),
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: a
            spec:
              paused: null
              replicas: 1
              template:
                spec:
                  nodeSelector: null
                  tolerations:
                  - key: null
                  volumes:
                  - name: v
        "#]],
    );
}

#[test]
fn json_patches_round_large_integers() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\n\
         patches: [{target: {kind: Foo}, patch: '[{\"op\": \"add\", \"path\": \"/x\", \"value\": 1}]'}]\n\
         ## a.yaml\napiVersion: v1\nkind: Foo\nmetadata: {name: a}\nexact: 9007199254740992\nlarge: 123456789012345678\n\
         most: 18446744073709551615\nleast: -9223372036854775808\n",
        expect![[r#"
            apiVersion: v1
            exact: 9007199254740992
            kind: Foo
            large: 123456789012345680
            least: -9.223372036854776e+18
            metadata:
              name: a
            most: 1.8446744073709552e+19
            x: 1
        "#]],
    );
}

#[test]
fn a_field_keeps_its_type_when_it_is_replaced() {
    let replace = |value: &str| {
        format!(
            "## kustomization.yaml\nresources: [a.yaml]\nreplacements:\n- source: {{kind: Foo, fieldPath: from}}\n  \
             targets:\n  - select: {{kind: Foo}}\n    fieldPaths: [text, number, float, map]\n  - select: {{kind: \
             Foo}}\n    fieldPaths: [new]\n    options: {{create: true}}\n## a.yaml\napiVersion: v1\nkind: \
             Foo\nmetadata: {{name: a}}\nfrom: {value}\ntext: a\nnumber: 1\nfloat: 1.0\nmap: {{}}\n"
        )
    };
    check(
        &replace("010"),
        expect![[r#"
        apiVersion: v1
        float: 8
        from: 8
        kind: Foo
        map: 8
        metadata:
          name: a
        new: 8
        number: 8
        text: "010"
    "#]],
    );
    check(
        &replace("'12'"),
        expect![[r#"
        apiVersion: v1
        float: 12
        from: "12"
        kind: Foo
        map: "12"
        metadata:
          name: a
        new: 12
        number: 12
        text: "12"
    "#]],
    );
    check(
        &replace("web"),
        expect![[r#"
        kustomization.yaml:3:3: Foo/a: `/number` holds a whole number, which `web` is not
          Write the field of the target in quotes if it may be any text.
    "#]],
    );
    check(
        &replace("1.5"),
        expect![[r#"
        kustomization.yaml:3:3: Foo/a: `/number` holds a whole number, which `1.5` is not
          Write the field of the target in quotes if it may be any text.
    "#]],
    );
    check(
        &replace("[a]"),
        expect![[r#"
        kustomization.yaml:3:3: Foo/a: `/number` holds a whole number, which `` is not
          Write the field of the target in quotes if it may be any text.
    "#]],
    );
}

#[test]
fn parts_of_numbers_are_taken_from_their_text() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\nreplacements:\n- source: {kind: Foo, fieldPath: version, options: \
         {delimiter: '.', index: 1}}\n  targets:\n  - select: {kind: Foo}\n    fieldPaths: [minor]\n  - select: {kind: \
         Foo}\n    fieldPaths: [image]\n    options: {delimiter: ':', index: 1}\n\
         ## a.yaml\napiVersion: v1\nkind: Foo\nmetadata: {name: a}\nversion: 1.10\nminor: ''\nimage: web:1\n",
        expect![[r#"
            apiVersion: v1
            image: web:10
            kind: Foo
            metadata:
              name: a
            minor: "10"
            version: 1.1
        "#]],
    );
}

#[test]
fn texts_that_hold_yaml_keep_their_style() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\nreplacements:\n- sourceValue: prod\n  targets:\n  - select: {kind: \
         ConfigMap}\n    fieldPaths: ['data.[a.yml].global.env', 'data.[a.yml].jobs.[name=web].env']\n\
         ## a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a.yml: |\n    # first\n    \
         global:\n        env: dev # which\n        \"quoted\": 'yes'\n    jobs:\n      - name: \"web\"\n        \
         env: 'dev'\n        flow: [a,   \"b\", {c: d}]\n\n      # second\n      - name: x\n        script: |\n          \
         a\n            b\n",
        expect![[r#"
            apiVersion: v1
            data:
              a.yml: |-
                # first
                global:
                  env: prod # which
                  "quoted": 'yes'
                jobs:
                - name: "web"
                  env: 'prod'
                  flow: [a, "b", {c: d}]
                # second
                - name: x
                  script: |-
                    a
                      b
            kind: ConfigMap
            metadata:
              name: a
        "#]],
    );
}

#[test]
fn texts_that_hold_json_stay_json() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\nreplacements:\n- sourceValue: a<b\n  targets:\n  - select: {kind: \
         ConfigMap}\n    fieldPaths: [data.compact.k, data.wide.k]\n\
         ## a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  compact: '{\"k\": \"v\", \"a\": 1}'\n  \
         wide: |\n    {\n      \"k\": \"v\"\n    }\n",
        expect![[r#"
            apiVersion: v1
            data:
              compact: '{"a":1,"k":"a\u003cb"}'
              wide: |-
                {
                  "k": "a\u003cb"
                }
            kind: ConfigMap
            metadata:
              name: a
        "#]],
    );
}

#[test]
fn variables_are_read_from_their_texts() {
    let files = |value: &str| {
        format!(
            "## kustomization.yaml\nresources: [a.yaml]\nvars: [{{name: V, objref: {{apiVersion: v1, kind: Pod, name: \
             a}}, fieldref: {{fieldpath: spec.v}}}}]\n## a.yaml\napiVersion: v1\nkind: Pod\nmetadata: {{name: \
             a}}\nspec:\n  v: {value}\n  containers: [{{name: c, args: [$(V), x$(V)]}}]\n"
        )
    };
    check(
        &files("010"),
        expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: a
        spec:
          containers:
          - args:
            - 10
            - x10
            name: c
          v: 8
    "#]],
    );
    check(
        &files("1e6"),
        expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: a
        spec:
          containers:
          - args:
            - 1000000
            - x1e+06
            name: c
          v: 1000000
    "#]],
    );
    check(
        &files("~"),
        expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: a
        spec:
          containers:
          - args:
            - "~"
            - x~
            name: c
          v: null
    "#]],
    );
    check(
        &files("0x1F"),
        expect![[r#"
        kustomization.yaml:2:8: Pod.v1.[noGrp]/a.[noNs] has no field `spec.v` for the variable `V`
          Check `fieldref.fieldpath`.
    "#]],
    );
}

#[test]
fn notes_of_other_builds_count() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\nreplacements:\n- source: {kind: CronJob, name: old, fieldPath: \
         from}\n  targets:\n  - select: {kind: Foo}\n    fieldPaths: [to]\n\
         ## a.yaml\napiVersion: v1\nkind: Foo\nmetadata:\n  name: new\n  annotations:\n    \
         internal.config.kubernetes.io/previousNames: old\n    internal.config.kubernetes.io/previousKinds: CronJob\n    \
         internal.config.kubernetes.io/previousNamespaces: default\nfrom: a\nto: b\n---\napiVersion: v1\nkind: \
         ConfigMap\nmetadata:\n  name: hashed\n  annotations: {internal.config.kubernetes.io/needsHashSuffix: \
         enabled}\ndata: {a: b}\n",
        expect![[r#"
            apiVersion: v1
            from: a
            kind: Foo
            metadata:
              name: new
            to: a
            ---
            apiVersion: v1
            data:
              a: b
            kind: ConfigMap
            metadata:
              name: hashed-4h2mbtbbt6
        "#]],
    );
}

#[test]
fn empty_items_and_keys_are_taken_as_they_are() {
    check(
        "## kustomization.yaml\nresources: [a.yaml]\npatches: [{patch: '[]'}]\n\
         ## a.yaml\napiVersion: v1\nkind: Foo\nmetadata: {name: a}\nlist: [null, ~, a]\nmap:\n  &x : b\nmerge: <<\n",
        expect![[r#"
            apiVersion: v1
            kind: Foo
            list:
            - null
            - null
            - a
            map:
              "": b
            merge: <<
            metadata:
              name: a
        "#]],
    );
}

#[test]
fn items_of_a_plain_list_are_taken_as_they_are() {
    let list = |kind: &str| {
        format!(
            "## kustomization.yaml\nresources: [a.yaml]\n## a.yaml\napiVersion: v1\nkind: {kind}\nitems:\n- apiVersion: \
             v1\n  kind: ConfigMap\n  metadata: {{name: a, annotations: {{a: 010}}}}\n"
        )
    };
    check(
        &list("List"),
        expect![[r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            a: "010"
          name: a
    "#]],
    );
    check(
        &list("ConfigMapList"),
        expect![[r#"
        apiVersion: v1
        kind: ConfigMap
        metadata:
          annotations:
            a: "8"
          name: a
    "#]],
    );
}
