//! What kustomize-controller does before it builds.

use expect_test::expect;
use serde_json::json;

use super::super::{ImageEntry, MissingComponents, Overlay, PatchEntry, Selector};
use super::check_flux;

#[test]
fn a_missing_kustomization_is_generated() {
    check_flux(
        "\
## b.yaml
{apiVersion: v1, kind: Service, metadata: {name: b}}
## deep/er/a.yml
{apiVersion: v1, kind: Service, metadata: {name: a}}
## README.md
not a manifest
## own/kustomization.yaml
resources: [c.yaml]
namePrefix: own-
## own/c.yaml
{apiVersion: v1, kind: Service, metadata: {name: c}}
## own/unused.yaml
{apiVersion: v1, kind: Service, metadata: {name: unused}}
",
        Overlay::default(),
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: a
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: b
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: own-c
        "#]],
    );
}

#[test]
fn yaml_that_is_no_object_stops_the_generation() {
    check_flux(
        "## values.yaml\nreplicas: 3\n## b.yaml\na: [1\n## empty.yaml\n# nothing\n",
        Overlay::default(),
        expect![[r#"
            b.yaml:1:4: `[` is opened here and not closed by `]`, or a comma is missing between its items
              Close the bracket; put a text that starts with a bracket in quotes.
            values.yaml:1:1: this is not a Kubernetes object: `kind` is missing
              Complete the object, or keep files that hold no objects out of `resources`.
        "#]],
    );
}

#[test]
fn a_folder_without_manifests_is_no_error() {
    check_flux("## README.md\nhello\n", Overlay::default(), expect![[""]]);
}

const POD: &str = "\
## kustomization.yaml
resources: [p.yaml]
namespace: before
namePrefix: before-
images:
- {name: app, newName: mirror/app, digest: sha256:old}
## p.yaml
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, image: app:1}]}
";

#[test]
fn the_kustomization_object_overrides_and_adds() {
    let overlay = Overlay {
        target_namespace: Some("after".into()),
        name_prefix: Some("after-".into()),
        name_suffix: Some("-z".into()),
        patches: vec![PatchEntry {
            patch: "[{op: add, path: /metadata/labels, value: {a: b}}]".into(),
            target: Some(Selector { kind: "Pod".into(), ..Selector::default() }),
            ..PatchEntry::default()
        }],
        patches_strategic_merge: vec![json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"hostNetwork": true},
        })],
        patches_json6902: vec![PatchEntry {
            patch: r#"[{"op": "add", "path": "/spec/nodeName", "value": "n"}]"#.into(),
            target: Some(Selector { name: "after-p-z".into(), ..Selector::default() }),
            ..PatchEntry::default()
        }],
        images: vec![ImageEntry { name: "app".into(), new_tag: "2".into(), ..ImageEntry::default() }],
        ..Overlay::default()
    };
    check_flux(
        POD,
        overlay,
        expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          labels:
            a: b
          name: after-p-z
          namespace: after
        spec:
          containers:
          - image: mirror/app:2
            name: c
          hostNetwork: true
          nodeName: "n"
    "#]],
    );
}

#[test]
fn components_are_added_or_missed() {
    let files = format!("{POD}## extra/kustomization.yaml\nkind: Component\nnameSuffix: -extra\n");
    let overlay = |missing_components: MissingComponents| Overlay {
        components: vec!["extra".into(), "gone".into()],
        missing_components,
        ..Overlay::default()
    };
    check_flux(
        &files,
        overlay(MissingComponents::Ignore),
        expect![[r#"
        apiVersion: v1
        kind: Pod
        metadata:
          name: before-p-extra
          namespace: before
        spec:
          containers:
          - image: mirror/app@sha256:old
            name: c
    "#]],
    );
    check_flux(
        &files,
        overlay(MissingComponents::Fail),
        expect![[r#"
        kustomization.yaml:1:1: `gone`: no such file or folder; looked for `gone`
          Check the spelling, and whether an ignore rule leaves the file out.
    "#]],
    );
    let remote = Overlay { components: vec!["https://example.com/c".into()], ..Overlay::default() };
    check_flux(
        &files,
        remote,
        expect![[r#"
            the component `https://example.com/c` is not a local, relative path
              Copy the component into the source, and name it by a relative path.
        "#]],
    );
}

#[test]
fn files_outside_the_folder_may_be_read() {
    check_flux(
        "\
## kustomization.yaml
resources: [a]
## a/kustomization.yaml
resources: [../shared.yaml]
## shared.yaml
{apiVersion: v1, kind: Service, metadata: {name: a}}
",
        Overlay::default(),
        expect![[r#"
            apiVersion: v1
            kind: Service
            metadata:
              name: a
        "#]],
    );
}
