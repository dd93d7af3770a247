//! Documents as manifests.

use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(text: &str, expected: Expect) {
    let lines: Vec<String> = match read_manifests(text.as_bytes(), "f.yaml", Profile::Kustomize, &Limits::default()) {
        Ok(manifests) => manifests
            .iter()
            .map(|manifest| {
                let location = manifest.origin.location.as_ref().map(ToString::to_string).unwrap_or_default();
                let name = manifest.origin.field("/metadata/name").map(|at| at.to_string()).unwrap_or_default();
                format!("{location} {} (name at {name})", manifest.id())
            })
            .collect(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    };
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn empty_documents_are_skipped() {
    check("", expect![[""]]);
    check(
        "---\n# nothing\n---\napiVersion: v1\nkind: A\nmetadata:\n  name: a\n---\n",
        expect!["f.yaml:4:1 A/a (name at f.yaml:7:3)"],
    );
    check("{}\n", expect!["f.yaml:1:1: a Kubernetes object needs `apiVersion` and `kind`"]);
}

#[test]
fn lists_become_their_items() {
    let item = |name: &str| format!("- apiVersion: v1\n  kind: A\n  metadata:\n    name: {name}\n");
    check(
        &format!("apiVersion: v1\nkind: List\nitems:\n{}{}", item("a"), item("b")),
        expect![[r#"
        f.yaml:4:3 A/a (name at f.yaml:7:5)
        f.yaml:8:3 A/b (name at f.yaml:11:5)"#]],
    );
    check(
        &format!("apiVersion: v1\nkind: AList\nmetadata: {{name: x}}\nitems:\n{}", item("a")),
        expect!["f.yaml:5:3 A/a (name at f.yaml:8:5)"],
    );
    check("apiVersion: v1\nkind: List\n", expect![[""]]);
    check("apiVersion: v1\nkind: List\nitems: []\n", expect![[""]]);
    check(
        "apiVersion: example.com/v1\nkind: AccessList\nmetadata: {name: x}\n",
        expect!["f.yaml:1:1 AccessList/x (name at f.yaml:3:12)"],
    );
    check(
        "apiVersion: v1\nkind: List\nitems: [{kind: A}]\n",
        expect!["f.yaml:3:9: a Kubernetes object needs `apiVersion` and `kind`"],
    );
    check(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: A, metadata: {name: a}}\n",
        expect!["f.yaml:7:5 A/a (name at f.yaml:7:42)"],
    );
}

#[test]
fn everything_that_is_wrong_is_reported() {
    check(
        "kind: A\n---\napiVersion: v1\nkind: A\n---\njust text\n---\n- a\n---\na: 'x\n---\napiVersion: v1\nkind: A\nmetadata: {name: a, name: b}\n",
        expect![[r#"
            f.yaml:1:1: a Kubernetes object needs `apiVersion` and `kind`
            f.yaml:3:1: a Kubernetes object needs `metadata.name`
            f.yaml:6:1: a Kubernetes object needs `apiVersion` and `kind`
            f.yaml:8:1: a Kubernetes object needs `apiVersion` and `kind`
            f.yaml:10:4: a quote is opened here and never closed"#]],
    );
}
