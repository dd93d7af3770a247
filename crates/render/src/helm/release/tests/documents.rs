//! From outputs to documents and hooks.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

/// The documents of one text, quoted, by both Helms.
fn split(text: &str, expected: Expect) {
    let shown = |rules| super::super::split::documents(text, rules).join("|").replace('\n', "␤");
    let (old, new) = (shown(Rules::V3), shown(Rules::V4));
    expected.assert_eq(&if old == new { new } else { format!("4: {new} 3: {old}") });
}

#[test]
fn documents_end_where_lines_start_with_dashes() {
    split("", expect![""]);
    split(" \n\t\n", expect![""]);
    split("a: b", expect!["a: b"]);
    split("a: b\n", expect!["4: a: b␤ 3: a: b"]);
    split("---\na: b\n---\nc: d\n", expect!["4: a: b␤|c: d␤ 3: a: b|c: d"]);
    split("---a: b\n---c: d", expect!["4: a: b␤|c: d 3: a: b|c: d"]);
    split("---  \t a: b", expect!["a: b"]);
    split("a: b\n\n\n---\n\n\nc: d\n\n", expect!["4: a: b␤␤␤|c: d␤␤ 3: a: b|c: d"]);
    split("a: |\n  ---\n  x", expect!["a: |␤  ---␤  x"]);
    split("a: x---y\n---\n", expect!["4: a: x---y␤ 3: a: x---y"]);
    split("---\n---\na: b", expect!["4: a: b 3: ---␤a: b"]);
    split("# only a comment\n---\na: b", expect!["4: # only a comment␤|a: b 3: # only a comment|a: b"]);
    split("a: b\r\n---\r\nc: d\r\n", expect!["4: a: b\r␤|c: d\r␤ 3: a: b|c: d"]);
    split("\u{a0}\n---\n\u{2003}a: b", expect!["a: b"]);
    split("----\na: b", expect!["-␤a: b"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing is lost or made up but white space and dashes.
    #[test]
    fn documents_hold_all_of_the_text(text in "[a:\\- \n\t]{0,40}") {
        let kept = |text: &str| text.chars().filter(|character| matches!(character, 'a' | ':')).collect::<String>();
        for rules in [Rules::V3, Rules::V4] {
            let documents = super::super::split::documents(&text, rules);
            prop_assert_eq!(kept(&documents.concat()), kept(&text));
            prop_assert!(documents.iter().all(|document| !document.trim().is_empty()));
        }
    }
}

/// The kinds in an order.
fn ordered(kinds: &[&str], order: Order, rules: Rules) -> String {
    let manifest: String = kinds.iter().map(|kind| format!("---\nkind: {kind}\n")).collect();
    let documents = stored_documents(&manifest, order, rules).unwrap();
    documents.iter().map(|document| document.kind.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn kinds_have_an_order() {
    let kinds = [
        "Widget",
        "ValidatingWebhookConfiguration",
        "Ingress",
        "Deployment",
        "Apple",
        "CronJob",
        "Service",
        "Secret",
        "Namespace",
        "PriorityClass",
        "CustomResourceDefinition",
        "Pod",
    ];
    let both = |order| format!("4: {}\n3: {}\n", ordered(&kinds, order, Rules::V4), ordered(&kinds, order, Rules::V3));
    expect![[r#"
        4: PriorityClass Namespace Secret CustomResourceDefinition Service Pod Deployment CronJob Ingress ValidatingWebhookConfiguration Apple Widget
        3: PriorityClass Namespace Secret CustomResourceDefinition Service Pod Deployment CronJob Ingress Apple ValidatingWebhookConfiguration Widget
    "#]].assert_eq(&both(Order::Install));
    expect![[r#"
        4: ValidatingWebhookConfiguration Ingress Service CronJob Deployment Pod CustomResourceDefinition Secret Namespace PriorityClass Apple Widget
        3: Ingress Service CronJob Deployment Pod CustomResourceDefinition Secret Namespace PriorityClass Apple ValidatingWebhookConfiguration Widget
    "#]].assert_eq(&both(Order::Uninstall));
}

#[test]
fn documents_of_one_kind_keep_the_order_of_files_and_places() {
    let chart = chart(
        "c",
        &[
            "templates/b.yaml\nkind: Secret\nmetadata: {name: b1}\n---\nkind: Secret\nmetadata: {name: b2}",
            "templates/a.yaml\nkind: Secret\nmetadata: {name: a}",
            "templates/sub/0.yaml\nkind: Secret\nmetadata: {name: sub}",
            "templates/_c.yaml\nkind: Secret\nmetadata: {name: partial}",
            "templates/empty.yaml\n{{- if false }}a: b{{ end }}\n",
            "templates/NOTES.txt\nRead this, {{ .Release.Name }}.\n",
            "templates/sub/NOTES.txt\nNot this.\n",
        ],
    );
    expect![[r#"
        Helm 4:
        ---
        # Source: c/templates/a.yaml
        kind: Secret
        metadata: {name: a}
        ---
        # Source: c/templates/b.yaml
        kind: Secret
        metadata: {name: b1}

        ---
        # Source: c/templates/b.yaml
        kind: Secret
        metadata: {name: b2}
        ---
        # Source: c/templates/sub/0.yaml
        kind: Secret
        metadata: {name: sub}
        Helm 3:
        ---
        # Source: c/templates/a.yaml
        kind: Secret
        metadata: {name: a}
        ---
        # Source: c/templates/b.yaml
        kind: Secret
        metadata: {name: b1}
        ---
        # Source: c/templates/b.yaml
        kind: Secret
        metadata: {name: b2}
        ---
        # Source: c/templates/sub/0.yaml
        kind: Secret
        metadata: {name: sub}
    "#]]
    .assert_eq(&printed(&chart));
    assert_eq!(rendered(chart, Rules::V4).notes, "Read this, web.\n");
}

#[test]
fn notes_of_charts_below_are_shown_on_request() {
    let mut parent = chart("parent", &["templates/NOTES.txt\nParent's."]);
    parent.dependencies.push(chart("child", &["templates/NOTES.txt\nChild's."]));
    let options = Options { subchart_notes: SubchartNotes::Include, ..Options::default() };
    expect![[r#"
        Child's.
        Parent's."#]]
    .assert_eq(&rendered_with(parent.clone(), "", &options).unwrap().notes);
    assert_eq!(rendered(parent, Rules::V4).notes, "Parent's.");
}

/// The hook that annotations make, as Helm stores it.
fn hook(annotations: &str, expected: Expect) {
    let template = format!("templates/h.yaml\nkind: Job\nmetadata:\n  name: h\n  annotations: {annotations}");
    let sorted = rendered(chart("c", &[&template]), Rules::V4).sorted;
    let shown = match (&sorted.hooks[..], &sorted.unknown_hooks[..], &sorted.documents[..]) {
        ([hook], [], []) => {
            let mut json = serde_json::to_value(hook).unwrap();
            json.as_object_mut().unwrap().remove("manifest");
            json.to_string()
        }
        ([], [(path, events)], []) => format!("dropped {path} {events:?}"),
        ([], [], [document]) => format!("no hook: {}", document.kind),
        other => format!("{other:?}"),
    };
    expected.assert_eq(&shown);
}

#[test]
fn annotations_make_hooks() {
    hook("{a: b}", expect!["no hook: Job"]);
    hook(
        "{helm.sh/hook: pre-install}",
        expect![[r#"{"events":["pre-install"],"kind":"Job","name":"h","path":"c/templates/h.yaml"}"#]],
    );
    hook(
        "{helm.sh/hook: 'Post-Install , test-success', helm.sh/hook-weight: \"-5\"}",
        expect![[
            r#"{"events":["post-install","test"],"kind":"Job","name":"h","path":"c/templates/h.yaml","weight":-5}"#
        ]],
    );
    hook(
        "{helm.sh/hook: 'pre-delete,post-delete,pre-upgrade,post-upgrade,pre-rollback,post-rollback,test'}",
        expect![[
            r#"{"events":["pre-delete","post-delete","pre-upgrade","post-upgrade","pre-rollback","post-rollback","test"],"kind":"Job","name":"h","path":"c/templates/h.yaml"}"#
        ]],
    );
    hook(
        "{helm.sh/hook: test, helm.sh/hook-weight: 7}",
        expect![[r#"{"events":["test"],"kind":"Job","name":"h","path":"c/templates/h.yaml","weight":7}"#]],
    );
    hook(
        "{helm.sh/hook: test, helm.sh/hook-weight: '1.5'}",
        expect![[r#"{"events":["test"],"kind":"Job","name":"h","path":"c/templates/h.yaml"}"#]],
    );
    hook(
        "{helm.sh/hook: test, helm.sh/hook-delete-policy: 'hook-succeeded, Hook-Failed,before-hook-creation,never'}",
        expect![[
            r#"{"delete_policies":["hook-succeeded","hook-failed","before-hook-creation","never"],"events":["test"],"kind":"Job","name":"h","path":"c/templates/h.yaml"}"#
        ]],
    );
    hook(
        "{helm.sh/hook: test, helm.sh/hook-output-log-policy: 'hook-failed,hook-succeeded,x'}",
        expect![[
            r#"{"events":["test"],"kind":"Job","name":"h","output_log_policies":["hook-failed","hook-succeeded","x"],"path":"c/templates/h.yaml"}"#
        ]],
    );
    hook(
        "{helm.sh/hook: 'pre-install,crd-install'}",
        expect![[r#"dropped c/templates/h.yaml "pre-install,crd-install""#]],
    );
    hook("{helm.sh/hook: ''}", expect![[r#"dropped c/templates/h.yaml """#]]);
    hook("{helm.sh/hook: null}", expect![[r#"dropped c/templates/h.yaml """#]]);
}

#[test]
fn hooks_run_by_weight_and_name() {
    let hooks = [("b", "Job", 1), ("a", "Job", 1), ("z", "ConfigMap", -3), ("d", "Secret", 1), ("x", "Pod", 0)];
    let files: Vec<String> = hooks
        .iter()
        .map(|(name, kind, weight)| {
            format!("templates/{name}.yaml\nkind: {kind}\nmetadata: {{name: {name}, annotations: {{helm.sh/hook: \"pre-install,test\", helm.sh/hook-weight: \"{weight}\"}}}}")
        })
        .collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let sorted = rendered(chart("c", &files), Rules::V4).sorted;
    let names = |hooks: Vec<&Hook>| hooks.iter().map(|hook| hook.name.as_str()).collect::<Vec<_>>().join(" ");
    assert_eq!(names(sorted.hooks.iter().collect()), "d z x a b", "they are stored by kind");
    assert_eq!(names(sorted.hooks_of(Event::PreInstall)), "z x a b d");
    assert_eq!(names(sorted.hooks_of(Event::PostInstall)), "");
}

#[test]
fn objects_know_their_template() {
    let list = "templates/l.yaml\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- apiVersion: v1\n  kind: ConfigMapList\n  items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}]\n---\n# nothing\n---\napiVersion: v1\nkind: Pod\n";
    let rendered = rendered(chart("c", &[list]), Rules::V4);
    let shown: String = rendered
        .sorted
        .documents
        .iter()
        .map(|document| match document.manifests() {
            Ok(manifests) => manifests
                .iter()
                .map(|manifest| format!("{} {}\n", manifest.id(), manifest.origin.field("/kind").unwrap()))
                .collect::<String>(),
            Err(problems) => problems.iter().map(|problem| format!("{problem}\n")).collect(),
        })
        .collect();
    expect![[r#"
        c/templates/l.yaml: a Kubernetes object needs `metadata.name`
        Pod/a c/templates/l.yaml
        ConfigMap/b c/templates/l.yaml
    "#]]
    .assert_eq(&shown);
}

#[test]
fn what_is_printed_is_chosen() {
    let mut parent = chart(
        "c",
        &[
            "crds/a.yaml\nkind: CustomResourceDefinition\n",
            "crds/readme.md\nno definition",
            "templates/a.yaml\nkind: A\n",
            "templates/sub/b.yaml\nkind: B\n---\nkind: B2\n",
            "templates/hook.yaml\nkind: H\nmetadata: {annotations: {helm.sh/hook: pre-install}}\n",
            "templates/test.yaml\nkind: T\nmetadata: {annotations: {helm.sh/hook: \"test,post-install\"}}\n",
        ],
    );
    parent
        .dependencies
        .push(chart("d", &["crds/d.json\n{\"kind\": \"CustomResourceDefinition\"}", "templates/a.yaml\nkind: D\n"]));
    let rendered = rendered(parent, Rules::V4);
    let shown = |printed: Printed| match rendered.print(&printed, Rules::V4) {
        Ok(text) => {
            text.lines().filter(|line| !line.is_empty() && *line != "---").map(|line| format!("{line}\n")).collect()
        }
        Err(error) => format!("error: {error}\n"),
    };
    let only = |patterns: &[&str]| Printed {
        show_only: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        ..Printed::default()
    };
    let all: [(&str, Printed); 10] = [
        ("crds", Printed { custom_resources: CustomResources::Include, ..Printed::default() }),
        ("no hooks", Printed { hooks: Hooks::Exclude, ..Printed::default() }),
        ("no tests", Printed { tests: Tests::Skip, ..Printed::default() }),
        ("one", only(&["templates/a.yaml"])),
        ("glob", only(&["templates/*/*"])),
        ("several", only(&["charts/d/templates/a.yaml", "templates/a*"])),
        ("hook", only(&["templates/hook.yaml"])),
        ("missing", only(&["templates/a.yaml", "templates/nope.yaml"])),
        ("malformed", only(&["templates/[a"])),
        ("crd", Printed { custom_resources: CustomResources::Include, ..only(&["crds/*"]) }),
    ];
    let text: String = all.into_iter().map(|(name, printed)| format!("== {name}\n{}", shown(printed))).collect();
    expect![[r#"
        == crds
        # Source: c/crds/a.yaml
        kind: CustomResourceDefinition
        # Source: c/charts/d/crds/d.json
        {"kind": "CustomResourceDefinition"}
        # Source: c/templates/a.yaml
        kind: A
        # Source: c/templates/sub/b.yaml
        kind: B
        # Source: c/templates/sub/b.yaml
        kind: B2
        # Source: c/charts/d/templates/a.yaml
        kind: D
        # Source: c/templates/hook.yaml
        kind: H
        metadata: {annotations: {helm.sh/hook: pre-install}}
        # Source: c/templates/test.yaml
        kind: T
        metadata: {annotations: {helm.sh/hook: "test,post-install"}}
        == no hooks
        # Source: c/templates/a.yaml
        kind: A
        # Source: c/templates/sub/b.yaml
        kind: B
        # Source: c/templates/sub/b.yaml
        kind: B2
        # Source: c/charts/d/templates/a.yaml
        kind: D
        == no tests
        # Source: c/templates/a.yaml
        kind: A
        # Source: c/templates/sub/b.yaml
        kind: B
        # Source: c/templates/sub/b.yaml
        kind: B2
        # Source: c/charts/d/templates/a.yaml
        kind: D
        # Source: c/templates/hook.yaml
        kind: H
        metadata: {annotations: {helm.sh/hook: pre-install}}
        == one
        # Source: c/templates/a.yaml
        kind: A
        == glob
        # Source: c/templates/sub/b.yaml
        kind: B
        # Source: c/templates/sub/b.yaml
        kind: B2
        == several
        # Source: c/charts/d/templates/a.yaml
        kind: D
        # Source: c/templates/a.yaml
        kind: A
        == hook
        # Source: c/templates/hook.yaml
        kind: H
        metadata: {annotations: {helm.sh/hook: pre-install}}
        == missing
        error: could not find template templates/nope.yaml in chart
        == malformed
        error: could not find template templates/[a in chart
        == crd
        # Source: c/crds/a.yaml
        kind: CustomResourceDefinition
    "#]]
    .assert_eq(&text);
}
