//! Go's error texts for what is no template.

use expect_test::{Expect, expect};

use crate::template::testing::{self, data};
use crate::template::{Functions, MissingKey};

fn check(template: &str, expected: Expect) {
    expected.assert_eq(&testing::render(Functions::none(), MissingKey::Zero, template, &data()));
}

#[test]
fn malformed_templates() {
    check("{{", expect![[r#"error: template: t:1: unclosed action"#]]);
    check("{{.a", expect![[r#"error: template: t:1: unclosed action"#]]);
    check("{{if}}", expect![[r#"error: template: t:1: missing value for if"#]]);
    check("{{if .x}}", expect![[r#"error: template: t:1: unexpected EOF"#]]);
    check("{{end}}", expect![[r#"error: template: t:1: unexpected {{end}}"#]]);
    check("{{else}}", expect![[r#"error: template: t:1: unexpected {{else}}"#]]);
    check("{{range $a, $b, $c := .x}}{{end}}", expect![[r#"error: template: t:1: too many declarations in range"#]]);
    check("{{foo}}", expect![[r#"error: template: t:1: function "foo" not defined"#]]);
    check("{{$x}}", expect![[r#"error: template: t:1: undefined variable "$x""#]]);
    check(r#"{{"abc}}"#, expect![[r#"error: template: t:1: unterminated quoted string"#]]);
    check("{{1a}}", expect![[r#"error: template: t:1: bad number syntax: "1a""#]]);
    check("{{.a.b.}}", expect![[r#"error: template: t:1: unexpected <.> in operand"#]]);
    check("{{template .x}}", expect![[r#"error: template: t:1: unexpected ".x" in template clause"#]]);
    check("{{define x}}{{end}}", expect![[r#"error: template: t:1: unexpected "x" in define clause"#]]);
    check(r#"{{define "a"}}"#, expect![[r#"error: template: t:1: unexpected EOF"#]]);
    check("a{{/* b", expect![[r#"error: template: t:1: unclosed comment"#]]);
    check("{{ ( .x }}", expect![[r#"error: template: t:1: unclosed left paren"#]]);
    check("{{ .x ) }}", expect![[r#"error: template: t:1: unexpected right paren"#]]);
    check("{{break}}", expect![[r#"error: template: t:1: {{break}} outside {{range}}"#]]);
    check("{{ .x | 3 }}", expect![[r#"error: template: t:1: non executable command in pipeline stage 2"#]]);
    check("{{ ! }}", expect![[r#"error: template: t:1: unexpected "!" in command"#]]);
    check("{{ .x y }}", expect![[r#"error: template: t:1: function "y" not defined"#]]);
    check("{{ true.x }}", expect![[r#"error: template: t:1: unexpected . after term "true""#]]);
    check("{{ a:b }}", expect![[r#"error: template: t:1: function "a" not defined"#]]);
    check("{{ 'ab' }}", expect![[r#"error: template: t:1: malformed character constant: 'ab'"#]]);
    check(
        r#"{{define "a"}}1{{end}}{{define "a"}}2{{end}}"#,
        expect![[r#"error: template: t:1: template: multiple definition of template "a""#]],
    );
    check("{{range .x}}{{else}}{{break}}{{end}}", expect![[r#"error: template: t:1: {{break}} outside {{range}}"#]]);
    check(
        r#"{{ "a" "b" | }}"#,
        expect![[r#"error: template: t:1:3: executing "t" at <"a">: can't give argument to non-function "a""#]],
    );
    check("{{ | .x }}", expect![[r#"error: template: t:1: unexpected "|" in command"#]]);
    check("{{ é }}", expect![[r#"error: template: t:1: function "é" not defined"#]]);
    check("{{ .x€ }}", expect![[r#"error: template: t:1: bad character U+20AC '€'"#]]);
    check("{{if .x}}{{else}}{{else}}{{end}}", expect![[r#"error: template: t:1: expected end; found {{else}}"#]]);
    check("{{with $x}}{{end}}", expect![[r#"error: template: t:1: undefined variable "$x""#]]);
    check("{{/* a */ b}}", expect![[r#"error: template: t:1: comment ends before closing delimiter"#]]);
    check("line\n\n{{ if .x }}\n{{ foo }}", expect![[r#"error: template: t:4: function "foo" not defined"#]]);
    check("{{ if .x }}\n\n{{ .y", expect![[r#"error: template: t:3: unclosed action"#]]);
}
