use expect_test::{Expect, expect};

use super::*;

/// The documents of `text` as JSON, one per line, or what is wrong with it.
fn read(text: &str, profile: Profile) -> String {
    let (documents, problems) = read_all(text.as_bytes(), "f.yaml", profile, &Limits::default());
    let mut lines: Vec<String> = documents.iter().map(|document| document.value.to_string()).collect();
    for problem in problems {
        lines.push(problem.to_string());
        lines.extend(problem.hint.map(|hint| format!("  {hint}")));
    }
    lines.join("\n")
}

#[track_caller]
fn check(text: &str, kubectl: Expect, kustomize: Expect) {
    kubectl.assert_eq(&read(text, Profile::Kubectl));
    kustomize.assert_eq(&read(text, Profile::Kustomize));
}

#[test]
fn smoke() {
    check("a: 1\nb: [x, yes]\n---\nc: 017\n", expect![[""]], expect![[""]]);
    check("a: &x {b: 1}\nc:\n  <<: *x\n  d: 2001-12-14\n", expect![[""]], expect![[""]]);
    check("a: b: c", expect![[""]], expect![[""]]);
    println!("{}", write(&serde_json::json!({"a10": [1, {"b": "x\ny", "c": [[1, 2], "yes"]}], "a2": "", "m": {"k": [{"a": 1.5}]}})));
}
