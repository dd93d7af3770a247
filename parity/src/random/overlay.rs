//! Kustomizations that nobody would write, in folders.

use std::path::Path;

use super::rng::Rng;
use super::values::SCALARS;
use crate::Outcome;

/// Writes a kustomization for this case: bases below, and one overlay of them at the top.
pub(super) fn write(rng: &mut Rng, folder: &Path) -> Outcome<()> {
    let mut files = vec![("base/objects.yaml".to_owned(), objects(rng))];
    files.push(("base/kustomization.yaml".to_owned(), format!("resources: [objects.yaml]\n{}", fields(rng, 2))));
    files.push(("kustomization.yaml".to_owned(), format!("resources: [base]\n{}", fields(rng, 5))));
    files.push(("base/a.env".to_owned(), "A=1\nB=two words\n# no\nC=\n".to_owned()));
    files.push(("a.env".to_owned(), "A=2\nD=x=y\n".to_owned()));
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().ok_or("a file has a folder")?)?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

const NAMES: &[&str] = &["web", "db", "a", "settings"];

fn objects(rng: &mut Rng) -> String {
    let mut documents = Vec::new();
    for name in NAMES {
        if rng.chance(70) {
            documents.push(object(rng, name));
        }
    }
    documents.push("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: always\ndata:\n  k: v\n".to_owned());
    documents.join("---\n")
}

fn object(rng: &mut Rng, name: &str) -> String {
    match rng.below(7) {
        0..=2 => workload(rng, name),
        3 => format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector: {{app: {name}}}\n  ports:\n  - {{port: 80, name: http}}\n  - port: {}\n",
            rng.pick(&["443", "8080", "80"])
        ),
        4 => {
            let entries: String =
                (0..rng.between(1, 5)).map(|index| format!("  k{index}: {}\n", rng.pick(SCALARS))).collect();
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n{entries}")
        }
        5 => format!(
            "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: {name}\n  annotations: {{x: {}}}\nspec:\n  any: {}\n  list:\n  - {{name: a, v: {}}}\n  - {{name: b}}\n",
            rng.pick(&["'1'", "a", "'true'", "\"a: b\""]),
            rng.pick(SCALARS),
            rng.pick(&["1", "x", "null", "1.0", "'07'"])
        ),
        _ => format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {}\nmetadata:\n  name: {name}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {name}}}\nsubjects:\n- {{kind: ServiceAccount, name: {}, namespace: {}}}\n",
            rng.pick(&["RoleBinding", "ClusterRoleBinding"]),
            rng.pick(&["default", "web"]),
            rng.pick(&["default", "other"])
        ),
    }
}

fn workload(rng: &mut Rng, name: &str) -> String {
    let kind = rng.pick(&["Deployment", "StatefulSet", "DaemonSet"]);
    let image = rng.pick(&[
        "nginx",
        "nginx:1.2",
        "example.com:5000/a/b:v1",
        "a@sha256:0123456789012345678901234567890123456789012345678901234567890123",
        "db",
    ]);
    let extra = rng.pick(&[
        "",
        "        env:\n        - {name: A, value: \"1\"}\n        - name: B\n          valueFrom: {configMapKeyRef: {name: settings, key: k}}\n",
        "        ports:\n        - containerPort: 80\n        - {containerPort: 81, protocol: UDP}\n",
        "        args: [a, \"b c\", 'd: e']\n        resources: {limits: {cpu: 1, memory: 1Gi}}\n",
        "        envFrom:\n        - secretRef: {name: made}\n        - configMapRef: {name: made}\n",
    ]);
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {name}\n  labels: {{app: {name}}}\nspec:\n  selector:\n    matchLabels: {{app: {name}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n    spec:\n      containers:\n      - name: main\n        image: {image}\n{extra}      - name: second\n        image: nginx\n"
    )
}

/// Some fields of a kustomization, each at most once.
fn fields(rng: &mut Rng, most: i64) -> String {
    let mut chosen = Vec::new();
    for _ in 0..rng.between(0, most) {
        let field = rng.below(15);
        if !chosen.contains(&field) {
            chosen.push(field);
        }
    }
    chosen.into_iter().map(|field| self::field(rng, field)).collect()
}

fn field(rng: &mut Rng, field: usize) -> String {
    match field {
        0 => format!("namespace: {}\n", rng.pick(&["shop", "default", "n-1"])),
        1 => format!("namePrefix: {}\n", rng.pick(&["p-", "x.", "'1-'"])),
        2 => format!("nameSuffix: {}\n", rng.pick(&["-s", "-v2", ".y"])),
        3 => format!("commonLabels: {{l: {}}}\n", rng.pick(&["a", "'1'", "'true'"])),
        4 => format!("commonAnnotations: {{note: {}}}\n", rng.pick(&["a", "'1'", "\"x: y\"", "''"])),
        5 => format!(
            "labels:\n- pairs: {{m: {}}}\n  includeSelectors: {}\n",
            rng.pick(&["a", "'1'"]),
            rng.pick(&["true", "false"])
        ),
        6 => format!(
            "images:\n- name: {}\n  {}\n",
            rng.pick(&["nginx", "db", "example.com:5000/a/b", "a"]),
            rng.pick(&["newTag: v9", "newName: other/x", "newName: y\n  newTag: '1.10'", "digest: sha256:ffff"])
        ),
        7 => format!("replicas:\n- {{name: {}, count: {}}}\n", rng.pick(NAMES), rng.between(0, 4)),
        8 => format!(
            "configMapGenerator:\n- name: {}\n  {}\n{}",
            rng.pick(&["made", "other"]),
            rng.pick(&[
                "literals: [a=1, 'b= 2', \"c='x'\", 'd=\"y\"']",
                "envs: [a.env]",
                "files: [a.env, x=a.env]",
                "literals: []"
            ]),
            rng.pick(&[
                "",
                "  behavior: create\n",
                "  behavior: merge\n",
                "  options: {disableNameSuffixHash: true}\n",
                "  options: {immutable: true, labels: {a: b}}\n"
            ])
        ),
        9 => format!(
            "secretGenerator:\n- name: made\n  {}\n",
            rng.pick(&["literals: [a=1, b=]", "envs: [a.env]", "files: [a.env]\n  type: example.com/x"])
        ),
        10 => rng
            .pick(&[
                "generatorOptions: {disableNameSuffixHash: true}\n",
                "generatorOptions: {labels: {g: h}, annotations: {i: j}}\n",
                "generatorOptions: {immutable: true}\n",
            ])
            .to_owned(),
        11 | 12 => format!("patches:\n{}", patch(rng)),
        13 => format!(
            "replacements:\n- source: {{kind: ConfigMap, name: always, fieldPath: {}}}\n  targets:\n  - select: {{kind: {}}}\n    fieldPaths: [{}]\n    options: {{create: {}}}\n",
            rng.pick(&["data.k", "metadata.name", "data.none"]),
            rng.pick(&["Deployment", "Service", "ConfigMap", "Thing"]),
            rng.pick(&[
                "metadata.annotations.r",
                "spec.any",
                "\"spec.template.spec.containers.[name=main].image\"",
                "spec.list.0.v",
                "spec.list.*.v"
            ]),
            rng.pick(&["true", "false"])
        ),
        _ => rng
            .pick(&[
                "sortOptions: {order: fifo}\n",
                "sortOptions: {order: legacy}\n",
                "buildMetadata: [originAnnotations]\n",
                "buildMetadata: [transformerAnnotations]\n",
            ])
            .to_owned(),
    }
}

fn patch(rng: &mut Rng) -> String {
    let target = rng.pick(&[
        "{kind: Deployment}",
        "{kind: ConfigMap}",
        "{name: web}",
        "{kind: Thing}",
        "{labelSelector: app=web}",
        "{kind: Service, name: '.*'}",
        "{version: v1}",
        "{}",
    ]);
    let body = rng.pick(&[
        "- {op: add, path: /metadata/annotations, value: {p: q}}",
        "- {op: add, path: /metadata/labels/x, value: \"1\"}",
        "- {op: remove, path: /metadata/labels}",
        "- {op: replace, path: /spec/replicas, value: 3}",
        "- {op: test, path: /kind, value: Deployment}",
        "- {op: add, path: /spec/template/spec/containers/-, value: {name: third, image: z}}",
        "- {op: move, from: /metadata/labels, path: /metadata/annotations}",
        "- {op: copy, from: /metadata/name, path: /metadata/namespace}",
        "apiVersion: v1\n    kind: x\n    metadata: {name: x}\n    data: {k: new, n: null}",
        "apiVersion: v1\n    kind: x\n    metadata: {name: x, labels: {z: y}, annotations: null}",
        "apiVersion: v1\n    kind: x\n    metadata: {name: x}\n    spec:\n      template:\n        spec:\n          containers:\n          - {name: second, $patch: delete}\n          - {name: main, image: patched, env: [{name: A, value: two}, {name: C, value: \"3\"}]}",
        "apiVersion: v1\n    kind: x\n    metadata: {name: x}\n    spec:\n      template:\n        spec:\n          $patch: replace\n          containers: [{name: only, image: one}]",
        "apiVersion: v1\n    kind: x\n    metadata: {name: x}\n    spec:\n      ports:\n      - {port: 80, targetPort: 8080}\n      - {port: 9, name: nine}\n      list: [{name: c}]\n      any: {deep: [1, 2, {a: b}]}",
        "$patch: delete\n    apiVersion: v1\n    kind: x\n    metadata: {name: x}",
    ]);
    format!("- target: {target}\n  patch: |-\n    {body}\n")
}
