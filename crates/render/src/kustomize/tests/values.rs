use expect_test::expect;

use super::check;

#[test]
fn images_in_all_their_forms() {
    check(
        "\
## kustomization.yaml
resources: [p.yaml]
images:
- {name: nginx, newTag: '2'}
- {name: registry:5000/team/app, newName: other/app}
- {name: digested, digest: sha256:abc}
- {name: both, newTag: v2, digest: sha256:def}
- {name: suffixed, tagSuffix: -debug}
imageTags:
- {name: old, newTag: '3'}
## p.yaml
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  initContainers: [{name: a, image: nginx}]
  containers:
  - {name: a, image: nginx:1}
  - {name: b, image: nginx@sha256:123}
  - {name: c, image: registry:5000/team/app:1}
  - {name: d, image: digested:1}
  - {name: e, image: both}
  - {name: f, image: suffixed:1}
  - {name: g, image: old:1}
  - {name: h, image: my-nginx:1}
",
        expect![[r#"
            apiVersion: v1
            kind: Pod
            metadata:
              name: p
            spec:
              containers:
              - image: nginx:2
                name: a
              - image: nginx:2
                name: b
              - image: other/app:1
                name: c
              - image: digested@sha256:abc
                name: d
              - image: both:v2@sha256:def
                name: e
              - image: suffixed:1-debug
                name: f
              - image: old:3
                name: g
              - image: my-nginx:1
                name: h
              initContainers:
              - image: nginx:2
                name: a
        "#]],
    );
}

#[test]
fn replicas_by_name() {
    check(
        "\
## kustomization.yaml
resources: [all.yaml]
namePrefix: x-
replicas: [{name: web, count: 3}]
## all.yaml
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: other}, spec: {replicas: 1}}
",
        expect![[r#"
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: x-web
            spec:
              replicas: 3
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata:
              name: x-web
            spec:
              replicas: 3
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: x-other
            spec:
              replicas: 1
        "#]],
    );
}

#[test]
fn replacements_copy_parts_of_fields() {
    check(
        "\
## kustomization.yaml
resources: [all.yaml]
replacements:
- source: {kind: ConfigMap, name: c, fieldPath: data.address, options: {delimiter: ':', index: 1}}
  targets:
  - select: {kind: Pod}
    fieldPaths: ['spec.containers.[name=a].ports.0.containerPort', 'metadata.labels.port']
    options: {create: true}
- source: {kind: ConfigMap, name: c}
  targets:
  - select: {kind: Pod}
    reject: [{name: q}]
    fieldPaths: ['spec.containers.*.image']
    options: {delimiter: '/', index: 0}
- sourceValue: inside
  targets:
  - select: {kind: ConfigMap}
    fieldPaths: ['data.json.a.b']
## all.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {address: 'host:8080', json: '{\"a\": {\"b\": \"x\"}, \"c\": 1}'}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - {name: a, image: registry/app, ports: [{containerPort: 1}]}
  - {name: b, image: registry/side}
---
apiVersion: v1
kind: Pod
metadata: {name: q}
spec: {containers: [{name: a, image: registry/app, ports: [{containerPort: 1}]}]}
",
        expect![[r#"
            apiVersion: v1
            data:
              address: host:8080
              json: '{"a":{"b":"inside"},"c":1}'
            kind: ConfigMap
            metadata:
              name: c
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              labels:
                port: 8080
              name: p
            spec:
              containers:
              - image: c/app
                name: a
                ports:
                - containerPort: 8080
              - image: c/side
                name: b
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              labels:
                port: 8080
              name: q
            spec:
              containers:
              - image: registry/app
                name: a
                ports:
                - containerPort: 8080
        "#]],
    );
}

#[test]
fn replacements_that_cannot_be_made() {
    let with = |replacement: &str| {
        format!(
            "## kustomization.yaml\nresources: [a.yaml]\nreplacements:\n- {replacement}\n## a.yaml\n{{apiVersion: v1, kind: Service, metadata: {{name: a}}}}\n"
        )
    };
    check(
        &with("{source: {kind: Pod}, targets: [{select: {kind: Service}}]}"),
        expect![[r#"
        kustomization.yaml:3:3: the source Pod.[noVer].[noGrp]/[noName].[noNs] selects 0 resources, not one
          Add name, namespace or kind until it selects exactly one.
    "#]],
    );
    check(
        &with("{source: {kind: Service, fieldPath: spec.x}, targets: [{select: {kind: Service}}]}"),
        expect![[r#"
            kustomization.yaml:3:3: the source Service.v1.[noGrp]/a.[noNs] has no field `spec.x`
              Check `fieldPath` against the object that the source selects.
        "#]],
    );
    check(
        &with("{sourceValue: x, targets: [{select: {kind: Service}, fieldPaths: [spec.x]}]}"),
        expect![[r#"
        kustomization.yaml:3:3: Service/a: there is no field `spec.x` in the target
          Check the path, or set `options.create: true`.
    "#]],
    );
    check(
        &with("{sourceValue: x, targets: [{fieldPaths: [spec.x]}]}"),
        expect![[r#"
            kustomization.yaml:3:3: a target of a replacement must select resources
              Add `select` with a kind or a name.
        "#]],
    );
    check(
        &with("{targets: []}"),
        expect![[r#"
            kustomization.yaml:3:3: a replacement needs a source and targets
              Add `source` with what to copy, and `targets` with where to.
        "#]],
    );
}

#[test]
fn variables_keep_their_type_where_they_stand_alone() {
    check(
        "\
## kustomization.yaml
resources: [all.yaml]
namePrefix: x-
vars:
- {name: NAME, objref: {apiVersion: v1, kind: Service, name: s}}
- {name: PORT, objref: {apiVersion: v1, kind: Service, name: s}, fieldref: {fieldPath: 'spec.ports[0].port'}}
## all.yaml
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {ports: [{port: 80}, {port: $(PORT)}]}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, args: ['--to=$(NAME):$(PORT)', $(UNKNOWN), $$(NAME)]}]}
",
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: x-s
            spec:
              ports:
              - port: 80
              - port: 80
            ---
            apiVersion: v1
            kind: Pod
            metadata:
              name: x-p
            spec:
              containers:
              - args:
                - --to=x-s:80
                - $(UNKNOWN)
                - $(NAME)
                name: c
        "#]],
    );
}
