use expect_test::expect;

use super::check;

#[test]
fn references_follow_prefix_suffix_and_hash() {
    check(
        "\
## kustomization.yaml
namePrefix: a-
nameSuffix: -z
resources: [all.yaml]
secretGenerator:
- name: token
  literals: [t=1]
## all.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  template:
    spec:
      serviceAccountName: db
      containers:
      - name: c
        env: [{name: T, valueFrom: {secretKeyRef: {name: token, key: t}}}]
      volumes:
      - name: v
        projected: {sources: [{secret: {name: token}}, {secret: {name: elsewhere}}]}
---
{apiVersion: v1, kind: Service, metadata: {name: db}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: db}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: db}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: db}}
",
        expect![[r#"
            apiVersion: apps/v1
            kind: StatefulSet
            metadata:
              name: a-db-z
            spec:
              serviceName: a-db-z
              template:
                spec:
                  containers:
                  - env:
                    - name: T
                      valueFrom:
                        secretKeyRef:
                          key: t
                          name: a-token-z-466mtcbhkk
                    name: c
                  serviceAccountName: a-db-z
                  volumes:
                  - name: v
                    projected:
                      sources:
                      - secret:
                          name: a-token-z-466mtcbhkk
                      - secret:
                          name: elsewhere
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: a-db-z
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: a-db-z
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata:
              name: a-db-z
            spec:
              scaleTargetRef:
                apiVersion: apps/v1
                kind: StatefulSet
                name: a-db-z
            ---
            apiVersion: v1
            data:
              t: MQ==
            kind: Secret
            metadata:
              name: a-token-z-466mtcbhkk
            type: Opaque
        "#]],
    );
}

#[test]
fn some_names_stay() {
    check(
        "\
## kustomization.yaml
namePrefix: a-
resources: [all.yaml]
## all.yaml
{apiVersion: v1, kind: Namespace, metadata: {name: n}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: c.example.com}}
---
{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.example.com}}
",
        expect![[r#"
            apiVersion: v1
            kind: Namespace
            metadata:
              name: "n"
            ---
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: c.example.com
            ---
            apiVersion: apiregistration.k8s.io/v1
            kind: APIService
            metadata:
              name: v1.example.com
        "#]],
    );
}

#[test]
fn the_namespace_and_its_special_cases() {
    check(
        "\
## kustomization.yaml
namespace: prod
resources: [all.yaml]
## all.yaml
{apiVersion: v1, kind: Namespace, metadata: {name: n}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: own, namespace: old}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: default, namespace: old}
- {kind: ServiceAccount, name: own, namespace: old}
- {kind: ServiceAccount, name: foreign, namespace: old}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.example.com}
spec: {service: {name: s}}
",
        expect![[r#"
            apiVersion: v1
            kind: Namespace
            metadata:
              name: prod
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: default
              namespace: prod
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: own
              namespace: prod
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: r
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata:
              name: b
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: r
            subjects:
            - kind: ServiceAccount
              name: default
              namespace: prod
            - kind: ServiceAccount
              name: own
              namespace: prod
            - kind: ServiceAccount
              name: foreign
              namespace: old
            ---
            apiVersion: apiregistration.k8s.io/v1
            kind: APIService
            metadata:
              name: v1.example.com
            spec:
              service:
                name: s
                namespace: prod
        "#]],
    );
}

#[test]
fn a_role_ref_follows_the_right_kind_of_role() {
    check(
        "\
## kustomization.yaml
namePrefix: x-
resources: [all.yaml]
## all.yaml
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: r}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
",
        expect![[r#"
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata:
              name: x-r
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata:
              name: x-r
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata:
              name: x-b
            roleRef:
              apiGroup: rbac.authorization.k8s.io
              kind: ClusterRole
              name: x-r
        "#]],
    );
}

#[test]
fn one_name_in_two_namespaces_means_each_its_own() {
    let app = "resources: [pod.yaml]\nconfigMapGenerator: [{name: c, literals: [k=NAME]}]\nnamespace: NAME\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{name: v, configMap: {name: c}}]}\n";
    let folder =
        |name: &str| format!("## {name}/kustomization.yaml\n{}## {name}/pod.yaml\n{pod}", app.replace("NAME", name));
    check(
        &format!("## kustomization.yaml\nresources: [one, two]\n{}{}", folder("one"), folder("two")),
        expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: p
          namespace: one
        spec:
          volumes:
          - configMap:
              name: c-g4fh848gmh
            name: v
        ---
        apiVersion: v1
        data:
          k: one
        kind: ConfigMap
        metadata:
          name: c-g4fh848gmh
          namespace: one
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: p
          namespace: two
        spec:
          volumes:
          - configMap:
              name: c-kcc25gkhd5
            name: v
        ---
        apiVersion: v1
        data:
          k: two
        kind: ConfigMap
        metadata:
          name: c-kcc25gkhd5
          namespace: two
    "#]],
    );
}

#[test]
fn configurations_add_references() {
    check(
        "\
## kustomization.yaml
namePrefix: x-
resources: [all.yaml]
configurations: [config.yaml]
## config.yaml
nameReference:
- kind: Secret
  fieldSpecs: [{kind: Thing, path: spec/secrets/name}]
## all.yaml
{apiVersion: v1, kind: Secret, metadata: {name: s}}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: t}
spec: {secrets: [{name: s}, {name: other}]}
",
        expect![[r#"
            apiVersion: v1
            kind: Secret
            metadata:
              name: x-s
            ---
            apiVersion: example.com/v1
            kind: Thing
            metadata:
              name: x-t
            spec:
              secrets:
              - name: x-s
              - name: other
        "#]],
    );
}
