//! Every kind of bad input that rendering can meet: one clear error, with its place and what to do about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::{Expect, expect};
use manifest::tree::Entry;

use super::*;

/// A kustomization of one file.
fn only(file: &str) -> String {
    format!("## kustomization.yaml\nresources:\n- a.yaml\n## a.yaml\n{file}")
}

/// A kustomization, and a file that is not text or not a file.
#[track_caller]
fn check_entry(entry: Entry, expected: Expect) {
    let kustomization = Entry::File { content: Arc::from(&b"resources:\n- a.yaml\n"[..]), executable: false };
    let entries = BTreeMap::from([("kustomization.yaml".into(), kustomization), ("a.yaml".into(), entry)]);
    expected.assert_eq(&answered(&Tree::new(entries), "", &Options::default()));
}

fn file(content: &[u8]) -> Entry {
    Entry::File { content: Arc::from(content), executable: false }
}

#[test]
fn broken_yaml() {
    check(
        &only("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n   labels: {}\n"),
        expect![[r#"
        a.yaml:5:10: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
          Put the text in quotes, or indent the line like its neighbours.
    "#]],
    );
    check(
        &only("kind: ConfigMap\n\tname: a\n"),
        expect![[r#"
        a.yaml:2:1: a tab is used for indentation, where YAML allows spaces only
          Replace the tab by spaces.
    "#]],
    );
    check(
        &only("a: 'x\n"),
        expect![[r#"
        a.yaml:1:4: a quote is opened here and never closed
          Close the quote.
    "#]],
    );
    check(
        &only("a: {{ .Values.a }}\n"),
        expect![[r#"
        a.yaml:1:5: a mapping or a list is used as a key
          Put the text in quotes; `{{ … }}` is template text that must be rendered first.
    "#]],
    );
    check(
        "## kustomization.yaml\nresources: [a\n",
        expect![[r#"
        kustomization.yaml:1:12: `[` is opened here and not closed by `]`, or a comma is missing between its items
          Close the bracket; put a text that starts with a bracket in quotes.
    "#]],
    );
}

#[test]
fn several_broken_files_at_once() {
    check(
        "## kustomization.yaml\nresources: [a.yaml, b.yaml]\n## a.yaml\na: [1\n## b.yaml\n- ]\n---\na: *b\n",
        expect![[r#"
            a.yaml:1:4: `[` is opened here and not closed by `]`, or a comma is missing between its items
              Close the bracket; put a text that starts with a bracket in quotes.
            b.yaml:1:3: a value is expected here
              Put the value in quotes.
        "#]],
    );
}

#[test]
fn duplicate_ids_and_keys() {
    let object = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: n}}\n";
    check(
        &only(&format!("{object}---\n{object}")),
        expect![[r#"
        a.yaml:3:1: Deployment/n/a: Deployment.v1.apps/a.n exists already: the first one is at a.yaml:1:1
          Remove one of the two, or give them different names or namespaces.
    "#]],
    );
    check(
        &only("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nkind: Service\n"),
        expect![[r#"
        a.yaml:4:1: the key `kind` stands twice in this mapping, first at line 2
          Remove one of the two.
    "#]],
    );
}

#[test]
fn unknown_kustomization_fields() {
    check(
        "## kustomization.yaml\nresource: [a.yaml]\n",
        expect![[r#"
        kustomization.yaml:1:1: unknown field `resource`
          Did you mean `resources`?
    "#]],
    );
    check(
        "## kustomization.yaml\npatches:\n- path: a.yaml\n  targets: {}\n",
        expect![[r#"
        kustomization.yaml:3:3: unknown field `targets` in `patches[0]`
          Did you mean `target`?
    "#]],
    );
}

#[test]
fn missing_files() {
    check(
        "## kustomization.yaml\nresources:\n- a.yaml\n",
        expect![[r#"
        kustomization.yaml:2:3: `a.yaml`: no such file or folder; looked for `a.yaml`
          Check the spelling, and whether an ignore rule leaves the file out.
    "#]],
    );
    check(
        "## kustomization.yaml\nconfigMapGenerator:\n- name: a\n  envs: [a.env]\n",
        expect![[r#"
        kustomization.yaml:2:3: `a.env`: no such file or folder; looked for `a.env`
          Check the spelling, and whether an ignore rule leaves the file out.
    "#]],
    );
}

#[test]
fn ways_out_of_the_tree() {
    check(
        "## kustomization.yaml\nresources:\n- ../a.yaml\n",
        expect![[r#"
        kustomization.yaml:2:3: `../a.yaml` leads out of the source, which is not allowed
          Copy what it points at into the repository.
    "#]],
    );
    check(
        "## kustomization.yaml\nconfigMapGenerator:\n- name: a\n  files: [../../etc/passwd]\n",
        expect![[r#"
        kustomization.yaml:2:3: `../../etc/passwd` leads out of the source, which is not allowed
          Copy what it points at into the repository.
    "#]],
    );
    check_entry(
        Entry::Link("../a.yaml".into()),
        expect![[r#"
        kustomization.yaml:2:3: `a.yaml` leads out of the source, which is not allowed
          Copy what it points at into the repository.
    "#]],
    );
    check_entry(
        Entry::Link("/etc/passwd".into()),
        expect![[r#"
        kustomization.yaml:2:3: `a.yaml` leads out of the source, which is not allowed
          Copy what it points at into the repository.
    "#]],
    );
    check_entry(
        Entry::Link("a.yaml".into()),
        expect![[r#"
        kustomization.yaml:2:3: a.yaml: too many symbolic links; one of them probably points at itself
          Check the path, and the symbolic links on it.
    "#]],
    );
}

#[test]
fn alias_bombs() {
    let bomb: String = (1..9)
        .map(|level| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")))
        .collect();
    check(
        &only(&format!("a0: &a0 x\n{bomb}")),
        expect![[r#"
        a.yaml:7:25: aliases expand to more than 1000000 values
          Do not nest aliases inside the values of other anchors.
    "#]],
    );
}

#[test]
fn deep_nesting() {
    check(
        &only(&format!("a: {}\n", "[".repeat(100_000))),
        expect![[r#"
        a.yaml:1:203: values are nested more than 200 levels deep
          Flatten the document; no Kubernetes object needs this depth.
    "#]],
    );
    check(
        &only(&"- ".repeat(100_000)),
        expect![[r#"
        a.yaml:1:401: values are nested more than 200 levels deep
          Flatten the document; no Kubernetes object needs this depth.
    "#]],
    );
}

#[test]
fn oversized_files() {
    let large = format!("a: {}\n", "x".repeat(11 << 20));
    check(
        &only(&large),
        expect![[r#"
        a.yaml: the file has 11534340 bytes; YAML of more than 10485760 is not read
          Split the file, or leave it out of `resources` if it is no manifest.
    "#]],
    );
    check(
        &format!("## kustomization.yaml\n{large}"),
        expect![[r#"
        kustomization.yaml: the file has 11534340 bytes; YAML of more than 10485760 is not read
          Split the file, or leave it out of `resources` if it is no manifest.
    "#]],
    );
}

#[test]
fn files_that_are_not_utf_8() {
    check_entry(
        file(b"kind: ConfigMap\nname: \xffa\n"),
        expect![[r#"
        a.yaml:2:7: the file is not UTF-8 text: the byte 0xFF starts no character
          Save the file as UTF-8; if it is binary data, put it into `binaryData` or a generator's `files`.
    "#]],
    );
    check_entry(
        file(b"kind: ConfigMap\nname: \x00a\n"),
        expect![[r#"
        a.yaml:2:7: the control character U+0000 is not allowed in YAML
          Remove it, or write it as an escape inside double quotes, such as "\e" or "\u0007".
    "#]],
    );
}
