//! Helm's functions, its errors, and what hostile templates meet.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::template::testing::{self, environment};
use crate::template::value::Map;
use crate::template::{Limits, MissingKey, Value, helm};

/// Renders files of one chart; each starts with its name and a line break.
fn chart(files: &[&str]) -> String {
    chart_with(files, &Options::default())
}

fn chart_with(files: &[&str], options: &Options) -> String {
    let values = serde_json::json!({"Values": {"name": "web", "nested": {}, "text": "{{ .Values.name }}!"}});
    let Value::Map(data) = Value::from_json(&values) else { return String::new() };
    let files = files
        .iter()
        .filter_map(|file| file.split_once('\n'))
        .map(|(name, text)| TemplateFile {
            name: format!("app/templates/{name}"),
            text: text.to_owned(),
            base_path: "app/templates".to_owned(),
            data: data.clone(),
        })
        .collect();
    match render(files, options, environment()) {
        Ok(rendered) => {
            rendered.iter().map(|(name, out)| format!("{name}:{}\n", String::from_utf8_lossy(out))).collect()
        }
        Err(error) => format!("error: {error}\n---\n{}\n", error.error),
    }
}

#[test]
fn includes_and_texts_that_are_templates() {
    let helpers = "_helpers.tpl\n{{ define \"name\" }}<{{ .Values.name }}>{{ end }}";
    let out = chart(&[
        helpers,
        "a.yaml\n{{ include \"name\" . | upper | nindent 2 }}",
        "b.yaml\n{{ tpl .Values.text . }} {{ tpl \"{{ include `name` . }}{{ .none }}\" . }}",
        "c.yaml\n{{ .Template.Name }} {{ .Template.BasePath }} {{ .Values.none }}|{{ lookup \"v1\" \"Pod\" \"a\" \"b\" }}",
        "d.yaml\n{{ required \"say who\" .Values.name }}",
    ]);
    expect![[r#"
        app/templates/a.yaml:
          <WEB>
        app/templates/b.yaml:web! <web>
        app/templates/c.yaml:app/templates/c.yaml app/templates |map[]
        app/templates/d.yaml:web
    "#]]
    .assert_eq(&out);
}

#[test]
fn what_a_text_defines_ends_with_it() {
    let out = chart(&["a.yaml\n{{ tpl \"{{ define `x` }}1{{ end }}{{ include `x` . }}\" . }}{{ include \"x\" . }}"]);
    expect![[r#"
        error: app/templates/a.yaml:1:62
          executing "app/templates/a.yaml" at <include "x" .>:
            error calling include:
        template: no template "x" associated with template "gotpl"
        ---
        template: app/templates/a.yaml:1:62: executing "app/templates/a.yaml" at <include "x" .>: error calling include: template: no template "x" associated with template "gotpl"
    "#]]
    .assert_eq(&out);
}

#[test]
fn errors_through_includes() {
    let helpers = "_helpers.tpl\n{{ define \"outer\" }}\n  {{ include \"inner\" . }}{{ end }}{{ define \"inner\" }}{{ .Values.none.key }}{{ end }}";
    let out = chart(&[helpers, "a.yaml\nname: {{ include \"outer\" . }}"]);
    expect![[r#"
        error: app/templates/a.yaml:1:9
          executing "app/templates/a.yaml" at <include "outer" .>:
            error calling include:
        app/templates/_helpers.tpl:2:5
          executing "outer" at <include "inner" .>:
            error calling include:
        app/templates/_helpers.tpl:2:64
          executing "inner" at <.Values.none.key>:
            nil pointer evaluating interface {}.key
        ---
        template: app/templates/a.yaml:1:9: executing "app/templates/a.yaml" at <include "outer" .>: error calling include: template: app/templates/_helpers.tpl:2:5: executing "outer" at <include "inner" .>: error calling include: template: app/templates/_helpers.tpl:2:64: executing "inner" at <.Values.none.key>: nil pointer evaluating interface {}.key
    "#]]
    .assert_eq(&out);
}

#[test]
fn errors_in_words_of_the_author_and_of_functions() {
    let out = chart(&["a.yaml\n{{ required \"say who\" .Values.none }}"]);
    expect![[r#"
        error: execution error at (app/templates/a.yaml:1:3): say who
        ---
        template: app/templates/a.yaml:1:3: executing "app/templates/a.yaml" at <required "say who" .Values.none>: error calling required: say who
    "#]]
    .assert_eq(&out);
    let out = chart(&["a.yaml\n{{ tpl \"{{ nope }}\" . }}"]);
    expect![[r#"
        error: template: app/templates/a.yaml:1:3: executing "app/templates/a.yaml" at <tpl "{{ nope }}" .>: error calling tpl: cannot parse template "{{ nope }}": template: gotpl:1: function "nope" not defined
        ---
        template: app/templates/a.yaml:1:3: executing "app/templates/a.yaml" at <tpl "{{ nope }}" .>: error calling tpl: cannot parse template "{{ nope }}": template: gotpl:1: function "nope" not defined
    "#]]
    .assert_eq(&out);
    let out = chart(&["a.yaml\n{{ if }}"]);
    expect![[r#"
        error: parse error at (app/templates/a.yaml:1): missing value for if
        ---
        template: app/templates/a.yaml:1: missing value for if
    "#]]
    .assert_eq(&out);
}

#[test]
fn strict_and_waived() {
    let strict = Options { strictness: Strictness::Strict, ..Options::default() };
    let out = chart_with(&["a.yaml\n{{ .Values.none }}"], &strict);
    expect![[r#"
        error: app/templates/a.yaml:1:10
          executing "app/templates/a.yaml" at <.Values.none>:
            map has no entry for key "none"
        ---
        template: app/templates/a.yaml:1:10: executing "app/templates/a.yaml" at <.Values.none>: map has no entry for key "none"
    "#]]
    .assert_eq(&out);
    let waived = Options { demands: crate::template::Demands::Waived, ..Options::default() };
    let out = chart_with(&["a.yaml\n[{{ required \"x\" .Values.none }}{{ fail \"y\" }}]"], &waived);
    expect![[r#"
        app/templates/a.yaml:[]
    "#]]
    .assert_eq(&out);
}

fn bounded(template: &str, expected: Expect) {
    let limits = Limits { max_depth: 300, max_steps: 20_000, max_text: 1 << 20, max_produced: 8 << 20 };
    let out = testing::render_within(helm::functions(), MissingKey::Zero, limits, template, &testing::data());
    let shown: String = out.chars().take(180).collect();
    // Chains of includes are long; what matters is how they end.
    let end: String = out.rsplit(": ").next().unwrap_or_default().chars().take(90).collect();
    expected.assert_eq(&format!("{}\n{end}", shown.split(": executing").next().unwrap_or_default()));
}

#[test]
fn hostile_templates_end() {
    bounded(
        "{{ define \"a\" }}{{ template \"a\" }}{{ end }}{{ template \"a\" }}",
        expect![[r#"
        error: template: t:1:28
        do templates include each other without end?"#]],
    );
    bounded(
        "{{ range 1000000000 }}x{{ end }}",
        expect![[r#"
        error: template: t:1:9
        does a loop run over something huge?"#]],
    );
    bounded(
        "{{ until 1000000000 }}",
        expect![[r#"
        error: template: t:1:3
        no manifest may be that large"#]],
    );
    bounded(
        "{{ repeat 1000000000 \"x\" }}",
        expect![[r#"
        error: template: t:1:3
        no manifest may be that large"#]],
    );
    bounded(
        "{{ $x := \"xxxxxxxx\" }}{{ range 100 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}",
        expect![[r#"
        error: template: t:1:45
        no manifest may be that large"#]],
    );
    bounded(
        "{{ $x := list 1 }}{{ range 100 }}{{ $x = concat $x $x }}{{ end }}",
        expect![[r#"
        error: template: t:1:41
        no manifest may be that large"#]],
    );
    bounded(
        "{{ printf \"%900000d%900000d\" 1 1 }}",
        expect![[r#"
        error: template: t:1:3
        no manifest may be that large"#]],
    );
    bounded(
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d | toJson }}|{{ len $d }}",
        expect![[r#"
        |1
        |1"#]],
    );
    bounded(
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ deepCopy $d }}",
        expect![[r#"
        error: template: t:1:44
        the value to copy contains itself"#]],
    );
    bounded(
        "{{ include \"t\" . }}",
        expect![[r#"
        error: template: t:1:3
        do templates include each other without end?"#]],
    );
    bounded(
        "{{ tpl \"{{ tpl .s . }}\" (dict \"s\" \"{{ tpl .s . }}\") }}",
        expect![[r#"
        error: template: t:1:3
        do templates include each other without end?"#]],
    );
}

#[test]
fn lists_of_lists_of_lists_end() {
    let doubling = "{{ $x := list 1 }}{{ range 40 }}{{ $x = list $x $x }}{{ end }}";
    bounded(
        &format!("{doubling}{{{{ toJson $x }}}}|{{{{ has $x (list $x) }}}}"),
        expect![[r#"
        |true
        |true"#]],
    );
    bounded(
        &format!("{doubling}{{{{ deepCopy $x }}}}"),
        expect![[r#"
        error: template: t:1:65
        does a loop grow a text or a list without end?"#]],
    );
}

#[test]
fn deeply_nested_templates_are_refused() {
    let nested = format!("{{{{ {}1{} }}}}", "(".repeat(5_000), ")".repeat(5_000));
    bounded(
        &nested,
        expect![[r#"
        error: template: t:1: max expression depth exceeded
        max expression depth exceeded"#]],
    );
    bounded(
        &"{{if 1}}".repeat(5_000),
        expect![[r#"
        error: template: t:1: max expression depth exceeded
        max expression depth exceeded"#]],
    );
}

#[test]
fn pretty_yaml_is_indented_and_not_folded() {
    let long = "word ".repeat(30);
    let template = format!(
        "{{{{ toYamlPretty (dict \"a\" (list 1 (dict \"b\" 2 \"c\" (list \"x\")) (list (list nil) 3)) \"d\" \"l1\\nl2\\n\" \"e\" \"{}\") }}}}",
        long.trim()
    );
    let out = testing::render(helm::functions(), MissingKey::Zero, &template, &testing::data());
    expect![[r#"
        a:
          - 1
          - b: 2
            c:
              - x
          - - - null
            - 3
        d: |
          l1
          l2
        e: word word word word word word word word word word word word word word word word word word word word word word word word word word word word word word"#]]
    .assert_eq(&out);
}

/// Pieces of templates, so that random ones reach deep.
fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "{{",
        "}}",
        "{{-",
        "-}}",
        " ",
        "|",
        "(",
        ")",
        ".",
        ".m",
        ".l",
        ".s",
        "$x",
        ":=",
        "=",
        "if",
        "else",
        "end",
        "range",
        "with",
        "define",
        "template",
        "block",
        "break",
        "continue",
        "\"a\"",
        "`b`",
        "'c'",
        "1",
        "-2.5",
        "0x",
        "nil",
        "true",
        "printf",
        "index",
        "slice",
        "dict",
        "list",
        "tpl",
        "include",
        "toYaml",
        "fromYaml",
        "merge",
        "set",
        "splitList",
        "regexReplaceAll",
        "\"%[1]*.2f%v\"",
        "\"(a\"",
        "/*",
        "*/",
        ",",
        "\n",
        "é",
        "trunc",
        "toDate",
        "\"2006-01-02\"",
        "semverCompare",
        "eq",
        "and",
        "until",
        "substr",
        "wrap",
        "b64dec",
        "urlParse",
    ]);
    words.prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_template_breaks_rendering(pieces in prop::collection::vec(piece(), 0..24)) {
        let limits = Limits { max_depth: 50, max_steps: 2_000, max_text: 1 << 16, max_produced: 1 << 20 };
        let data = testing::data();
        testing::render_within(helm::functions(), MissingKey::Zero, limits, &pieces.concat(), &data);
        let action = format!("{{{{ {} }}}}", pieces.join(" "));
        testing::render_within(helm::functions(), MissingKey::Zero, limits, &action, &data);
    }
}

#[test]
fn changed_data_is_let_go() {
    let map = Map::default();
    let file = TemplateFile {
        name: "a".to_owned(),
        text: "{{ $_ := set . \"self\" . }}".to_owned(),
        base_path: String::new(),
        data: map.clone(),
    };
    render(vec![file], &Options::default(), environment()).unwrap();
    assert!(map.is_empty());
}
