//! Every mistake names its place and what to do.

use expect_test::expect;
use std::collections::BTreeMap;
use std::sync::Arc;

use manifest::Tree;
use manifest::tree::Entry;

use super::{Options, build, check, check_at};

const OBJECT: &str = "## a.yaml\n{apiVersion: v1, kind: Service, metadata: {name: a}}\n";

#[test]
fn unknown_fields_and_wrong_types_all_at_once() {
    check(
        "\
## kustomization.yaml
resource: [a.yaml]
namePrefix: 5
patches:
- patch: x
  tagret: {kind: Service}
images:
- name: nginx
  newTag: 1.25
entirelyElse: 1
",
        expect![[r#"
            kustomization.yaml:9:1: unknown field `entirelyElse`
              Remove the field, or check its name and indentation.
            kustomization.yaml:8:3: `images[0].newTag` must be text, not `1.25`
              Put the value in quotes.
            kustomization.yaml:2:1: `namePrefix` must be text, not `5`
              Put the value in quotes.
            kustomization.yaml:5:3: unknown field `tagret` in `patches[0]`
              Did you mean `target`?
            kustomization.yaml:1:1: unknown field `resource`
              Did you mean `resources`?
        "#]],
    );
}

#[test]
fn missing_files_are_reported_together() {
    check(
        "## kustomization.yaml\nresources:\n- a.yaml\n- b\nconfigurations: [c.yaml]\n",
        expect![[r#"
        kustomization.yaml:2:3: `a.yaml`: no such file or folder; looked for `a.yaml`
          Check the spelling, and whether an ignore rule leaves the file out.
        kustomization.yaml:3:3: `b`: no such file or folder; looked for `b`
          Check the spelling, and whether an ignore rule leaves the file out.
    "#]],
    );
}

#[test]
fn missing_and_ambiguous_kustomizations() {
    check_at(
        "## app/a.yaml\nx: 1\n",
        "app",
        expect![[r#"
        there is no kustomization.yaml, kustomization.yml or Kustomization in `app`
          Add a kustomization.yaml, or name the files in it one by one.
    "#]],
    );
    check_at(
        "## app/a.yaml\nx: 1\n",
        "nope",
        expect![[r#"
        `nope`: no such folder in the source
          Check the spelling, and whether an ignore rule leaves the file out.
    "#]],
    );
    check_at(
        "## app/a.yaml\nx: 1\n",
        "app/a.yaml",
        expect![[r#"
        `app/a.yaml` is a file, and a kustomization is a folder
          Name the folder that the file is in.
    "#]],
    );
    check("## kustomization.yaml\nresources: []\n", expect![""]);
    check(
        "## kustomization.yaml\nresources: [a]\n## Kustomization\nresources: [b]\n",
        expect![[r#"
        found multiple kustomization files in `.`: kustomization.yaml, Kustomization
          Keep one of them.
    "#]],
    );
    check(
        "## kustomization.yaml\nresources:\n- sub\n## sub/a.yaml\nx: 1\n",
        expect![[r#"
        kustomization.yaml:2:3: there is no kustomization.yaml, kustomization.yml or Kustomization in `sub`
          Add a kustomization.yaml, or name the files in it one by one.
    "#]],
    );
}

#[test]
fn duplicate_ids_name_both_places() {
    check(
        &format!("## kustomization.yaml\nresources: [a.yaml, b.yaml]\n{OBJECT}{}", OBJECT.replace("a.yaml", "b.yaml")),
        expect![[r#"
            b.yaml:1:1: Service/a: Service.v1.[noGrp]/a.[noNs] exists already: the first one is at a.yaml:1:1
              Remove one of the two, or give them different names or namespaces.
        "#]],
    );
}

#[test]
fn cycles_are_named_in_full() {
    check_at(
        "\
## a/kustomization.yaml
resources:
- ../b
## b/kustomization.yaml
resources:
- ../c
## c/kustomization.yaml
resources:
- ../a
",
        "a",
        expect![[r#"
            c/kustomization.yaml:2:3: kustomizations refer to each other in a cycle: a → b → c → a
              Remove one of these references.
        "#]],
    );
    check_at(
        "## a/b/kustomization.yaml\nresources: [..]\n## a/kustomization.yaml\nresources: [b]\n",
        "a",
        expect![[r#"
            a/b/kustomization.yaml:1:13: kustomizations refer to each other in a cycle: a → a/b → a
              Remove one of these references.
        "#]],
    );
}

#[test]
fn paths_do_not_leave_where_they_may_be() {
    check_at(
        "## app/kustomization.yaml\nresources:\n- ../../x.yaml\n- /etc/passwd\n",
        "app",
        expect![[r#"
        app/kustomization.yaml:2:3: `../../x.yaml` leads out of the source, which is not allowed
          Copy what it points at into the repository.
        app/kustomization.yaml:3:3: `/etc/passwd`: absolute paths are not allowed
          Write the path relative to the kustomization.
    "#]],
    );
    check_at(
        &format!("## app/kustomization.yaml\nresources: [../a.yaml]\n{OBJECT}"),
        "app",
        expect![[r#"
        app/kustomization.yaml:1:13: `../a.yaml` is not in or below `app`, the folder of the kustomization
          Move the file into the folder, or make its folder a kustomization and refer to that.
    "#]],
    );
}

#[test]
fn links_out_of_the_tree_are_refused() {
    let file = |text: &str| Entry::File { content: Arc::from(text.as_bytes()), executable: false };
    let entries: BTreeMap<Arc<str>, Entry> = BTreeMap::from([
        ("kustomization.yaml".into(), file("resources:\n- out.yaml\n")),
        ("out.yaml".into(), Entry::Link("../../secret.yaml".into())),
    ]);
    let diagnostics = build(&Tree::new(entries), "", &Options::default()).expect_err("it is refused");
    let texts: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    expect!["kustomization.yaml:2:3: `out.yaml` leads out of the source, which is not allowed"]
        .assert_eq(&texts.join("\n"));
}

#[test]
fn remote_bases_are_off() {
    check(
        "\
## kustomization.yaml
resources:
- https://github.com/example/repo//base?ref=v1
- git@github.com:example/repo
- github.com/example/repo
",
        expect![[r#"
            kustomization.yaml:2:3: `https://github.com/example/repo//base?ref=v1`: remote bases are off
              Copy it into the repository, or allow it with --remote-bases.
            kustomization.yaml:3:3: `git@github.com:example/repo`: remote bases are off
              Copy it into the repository, or allow it with --remote-bases.
            kustomization.yaml:4:3: `github.com/example/repo`: remote bases are off
              Copy it into the repository, or allow it with --remote-bases.
        "#]],
    );
}

#[test]
fn what_is_no_object() {
    check(
        "\
## kustomization.yaml
resources:
- values.yaml
- list.yaml
- nameless.yaml
- holes.yaml
## values.yaml
replicas: 3
## list.yaml
- 1
## nameless.yaml
apiVersion: v1
kind: Service
## holes.yaml
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  -
",
        expect![[r#"
            values.yaml:1:1: this is not a Kubernetes object: `kind` is missing
              Complete the object, or keep files that hold no objects out of `resources`.
            list.yaml:1:1: this is not a Kubernetes object
              Complete the object, or keep files that hold no objects out of `resources`.
            nameless.yaml:1:1: the Service has no `metadata.name`
              Complete the object, or keep files that hold no objects out of `resources`.
        "#]],
    );
    check(
        "## kustomization.yaml\nresources: [a.yaml]\n## a.yaml\nkind: Service\nmetadata: {name: a}\n",
        expect![[r#"
        a.yaml:1:1: a Kubernetes object needs `apiVersion` and `kind`
          Complete the object, or keep files that hold no objects out of `resources`.
    "#]],
    );
    check(
        "## kustomization.yaml\nresources: [a.yaml]\n## a.yaml\nkind: Service\n  metadata: {name: a}\n",
        expect![[r#"
            a.yaml:2:11: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
              Put the text in quotes, or indent the line like its neighbours.
        "#]],
    );
}

#[test]
fn components_and_resources_are_not_mixed_up() {
    let component = "## c/kustomization.yaml\nkind: Component\nnamePrefix: x\n";
    check(
        &format!("## kustomization.yaml\nresources: [c]\n{component}"),
        expect![[r#"
        kustomization.yaml:1:13: `c` is a Component, and stands under `resources`
          Move the path to `components`.
    "#]],
    );
    check(
        "## kustomization.yaml\ncomponents: [c]\n## c/kustomization.yaml\nnamePrefix: x\n",
        expect![[r#"
        kustomization.yaml:1:14: `c` is a Kustomization, and stands under `components`
          Move the path to `resources`, or set `kind: Component` there.
    "#]],
    );
    check(
        "## kustomization.yaml\nkind: Deployment\nnamePrefix: x\n",
        expect![[r#"
            kustomization.yaml:1:1: `kind` should be Kustomization or Component, not `Deployment`
              Correct `kind`, or list the file under `resources` of a kustomization.
        "#]],
    );
    check(
        "## kustomization.yaml\napiVersion: kustomize.config.k8s.io/v1\nnamePrefix: x\n",
        expect![[r#"
            kustomization.yaml:1:1: `apiVersion` for Kustomization should be kustomize.config.k8s.io/v1beta1, not `kustomize.config.k8s.io/v1`
              Correct `apiVersion`, or leave it out.
        "#]],
    );
}

#[test]
fn helm_charts_come_later() {
    check(
        "## kustomization.yaml\nnamePrefix: x\nhelmCharts:\n- name: minecraft\n",
        expect![[r#"
            kustomization.yaml:3:3: charts are not rendered here unless asked for
              Allow it: `tenter render kustomize` does with --enable-helm, `tenter up` and `tenter run` with --remote-bases; or use a HelmRelease, or commit what `helm template` prints.
        "#]],
    );
}

#[test]
fn patches_without_a_target() {
    check(
        &format!(
            "\
## kustomization.yaml
resources: [a.yaml]
patches:
- patch: |-
    apiVersion: v1
    kind: Service
    metadata: {{name: aa}}
{OBJECT}"
        ),
        expect![[r#"
            kustomization.yaml:3:3: Service/aa: no resource matches the patch of Service.v1.[noGrp]/aa.[noNs]
              Did you mean Service.v1.[noGrp]/a.[noNs]?
        "#]],
    );
    check(
        &format!("## kustomization.yaml\nresources: [a.yaml]\npatches:\n- path: gone.yaml\n{OBJECT}"),
        expect![[r#"
        kustomization.yaml:3:3: `gone.yaml`: no such file or folder; looked for `gone.yaml`
          Check the spelling, and whether an ignore rule leaves the file out.
    "#]],
    );
    check(
        &format!(
            "## kustomization.yaml\nresources: [a.yaml]\npatches:\n- patch: '[{{op: remove, path: /spec}}]'\n{OBJECT}"
        ),
        expect![[r#"
            kustomization.yaml:3:3: a JSON patch must say what it patches
              Add `target` with at least `kind` and `name`.
        "#]],
    );
    check(
        &format!(
            "## kustomization.yaml\nresources: [a.yaml]\npatches:\n- target: {{kind: Service}}\n  patch: '[{{op: remove, path: /spec}}]'\n{OBJECT}"
        ),
        expect![[r#"
            kustomization.yaml:3:3: Service/a: the JSON patch cannot be applied: operation 0 of the JSON 6902 patch, `remove /spec`: the object has no `/spec`; check the path, which starts at the root of the object
              Compare the patch with the object as it is at this point.
        "#]],
    );
    check(
        &format!(
            "## kustomization.yaml\nresources: [a.yaml]\npatches:\n- target: {{name: '('}}\n  patch: 'a: 1'\n{OBJECT}"
        ),
        expect![[r#"
            kustomization.yaml:3:3: `name: (` is not a regular expression: regex parse error:
                ^(?:()$
                 ^
            error: unclosed group
              Put a `\` before characters that should stand for themselves; the expression has to match as a whole.
        "#]],
    );
    check(
        &format!("## kustomization.yaml\nresources: [a.yaml]\npatches:\n- patch: 'a: [1'\n{OBJECT}"),
        expect![[r#"
            kustomization.yaml:3:3: the patch cannot be read: patch:1:4: `[` is opened here and not closed by `]`, or a comma is missing between its items
              Correct the YAML of the patch; lines count from the start of the patch.
        "#]],
    );
}

#[test]
fn generators_that_cannot_be() {
    check(
        "\
## kustomization.yaml
configMapGenerator:
- name: a
  literals: [nonsense]
- name: b
  files: [gone.txt]
- name: c
  literals: [a=1, a=2]
- name: d
  behavior: merge
- literals: [a=1]
secretGenerator:
- name: e
  files: [a=b=c]
",
        expect![[r#"
            kustomization.yaml:2:3: `nonsense` is not `key=value`
              Write `key=value`.
            kustomization.yaml:4:3: `gone.txt`: no such file or folder; looked for `gone.txt`
              Check the spelling, and whether an ignore rule leaves the file out.
            kustomization.yaml:6:3: the generator `c` has the key `a` twice
              Remove or rename one of them.
            kustomization.yaml:8:3: ConfigMap/d: ConfigMap.v1.[noGrp]/d.[noNs] does not exist, so nothing can be merged or replaced
              Check name and namespace, or set `behavior: create`.
            kustomization.yaml:10:3: the generator makes a ConfigMap without a name
              Add `name`.
            kustomization.yaml:12:3: `a=b=c` is neither `path` nor `key=path`
              Write `path`, or `key=path` with one `=`.
        "#]],
    );
}

#[test]
fn ambiguous_references_name_the_candidates() {
    check(
        "\
## kustomization.yaml
resources: [binding.yaml, a, b]
## a/kustomization.yaml
namespace: a
resources: [sa.yaml]
## a/sa.yaml
{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}
## b/kustomization.yaml
namespace: b
resources: [sa.yaml]
## b/sa.yaml
{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}
## binding.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: x}
subjects: [{kind: ServiceAccount, name: sa}]
",
        expect![[r#"
            binding.yaml:1:1: ClusterRoleBinding/x: `subjects`: `sa` could mean any of ServiceAccount.v1.[noGrp]/sa.a, ServiceAccount.v1.[noGrp]/sa.b
              Give them different names, or write the namespace of the one that is meant into the reference.
        "#]],
    );
}

#[test]
fn replicas_of_nothing() {
    check(
        &format!("## kustomization.yaml\nresources: [a.yaml]\nreplicas:\n- name: web\n  count: 2\n{OBJECT}"),
        expect![[r#"
            kustomization.yaml:3:3: no resource is named `web` of any of the kinds Deployment, ReplicationController, ReplicaSet, StatefulSet
              Check the name, which is that before prefixes and suffixes.
        "#]],
    );
}

#[test]
fn two_objects_in_one_namespace() {
    check(
        "\
## kustomization.yaml
namespace: x
resources: [a.yaml]
## a.yaml
{apiVersion: v1, kind: Service, metadata: {name: a, namespace: one}}
---
{apiVersion: v1, kind: Service, metadata: {name: a, namespace: two}}
",
        expect![[r#"
            a.yaml:3:1: Service/x/a: Service.v1.[noGrp]/a.x exists twice once both are in one namespace: the first one is at a.yaml:1:1
              Give them different names.
        "#]],
    );
}

#[test]
fn work_without_end_is_refused() {
    let doubling: String = (0..40)
        .map(|_| "- source: {kind: ConfigMap, fieldPath: data.a}\n  targets:\n  - select: {kind: ConfigMap}\n    fieldPaths: [data.a]\n    options: {delimiter: '!', index: 9}\n")
        .collect();
    check(
        &format!(
            "## kustomization.yaml\nresources: [c.yaml]\nreplacements:\n{doubling}## c.yaml\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c}}, data: {{a: xxxxxxxxxxxxxxxx}}}}\n"
        ),
        expect![[r#"
            kustomization.yaml:103:3: ConfigMap/c: the object grows beyond 16777216 bytes
              Look for replacements that copy a value into itself.
        "#]],
    );
    let chain: String =
        (0..100).map(|level| format!("## d{level}/kustomization.yaml\nresources: [../d{}]\n", level + 1)).collect();
    check_at(
        &chain,
        "d0",
        expect![[r#"
        d64/kustomization.yaml:1:13: more than 64 kustomizations refer to each other in a row
          Split it, and build the parts on their own.
    "#]],
    );
    let diamond: String = (0..30)
        .map(|level| {
            let next = level + 1;
            format!("## d{level}/kustomization.yaml\nresources: [../d{next}, ../e{next}]\n## e{level}/kustomization.yaml\nresources: [../d{next}, ../e{next}]\n")
        })
        .collect();
    let leaves = "## d30/kustomization.yaml\nvars: []\nnamePrefix: a\n## e30/kustomization.yaml\nnamePrefix: b\n";
    let refused = super::rendered(&format!("{diamond}{leaves}"), "d0", &Options::default());
    expect!["d29/kustomization.yaml:1:13: the build goes through more than 20000 kustomizations"]
        .assert_eq(refused.lines().next().unwrap_or_default());
}
