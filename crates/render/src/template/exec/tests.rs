//! What Go's own `text/template` yields for the same templates and data.

use expect_test::{Expect, expect};

use crate::template::testing::{self, data};
use crate::template::{Functions, MissingKey};

fn check(template: &str, expected: Expect) {
    expected.assert_eq(&testing::render(Functions::none(), MissingKey::Zero, template, &data()));
}

#[test]
fn missing_values() {
    check("{{.missing}}|{{.nil}}|{{.m.none}}", expect![[r#"<no value>|<no value>|<no value>"#]]);
    check(
        "{{.missing.x}}",
        expect![[r#"error: template: t:1:10: executing "t" at <.missing.x>: nil pointer evaluating interface {}.x"#]],
    );
    check(
        "{{.nil.x}}",
        expect![[r#"error: template: t:1:6: executing "t" at <.nil.x>: nil pointer evaluating interface {}.x"#]],
    );
    check("{{(.missing).x.y}}", expect![[r#"<no value>"#]]);
    check(
        "{{.s.x}}",
        expect![[r#"error: template: t:1:4: executing "t" at <.s.x>: can't evaluate field x in type interface {}"#]],
    );
    check(
        "{{$x := .s}}{{$x.y}}",
        expect![[r#"error: template: t:1:16: executing "t" at <$x.y>: can't evaluate field y in type string"#]],
    );
    check(
        "{{range .l}}{{.k}}{{end}}",
        expect![[r#"error: template: t:1:14: executing "t" at <.k>: can't evaluate field k in type interface {}"#]],
    );
}

#[test]
fn containers() {
    check(
        "{{.m}} {{.l}} {{.n}} {{.f}} {{.e}}",
        expect![[r#"map[a:1 b:map[c:x]] [1 two <nil> map[k:true]] 1e+06 1.5 map[]"#]],
    );
    check(
        r#"{{index .m "a" "b"}}"#,
        expect![[
            r#"error: template: t:1:2: executing "t" at <index .m "a" "b">: error calling index: can't index item of type float64"#
        ]],
    );
    check(
        "{{index .l 9}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <index .l 9>: error calling index: index out of range: 9"#
        ]],
    );
    check(
        "{{index .m 1}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <index .m 1>: error calling index: value has type int; should be string"#
        ]],
    );
    check(
        "{{index .nil 1}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <index .nil 1>: error calling index: index of untyped nil"#
        ]],
    );
    check(
        "{{len .nil}}",
        expect![[r#"error: template: t:1:2: executing "t" at <len .nil>: error calling len: len of nil pointer"#]],
    );
    check(
        "{{len (.nil)}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <len (.nil)>: error calling len: reflect: call of reflect.Value.Type on zero Value"#
        ]],
    );
    check(
        "{{len .n}}",
        expect![[r#"error: template: t:1:2: executing "t" at <len .n>: error calling len: len of type float64"#]],
    );
    check("{{slice .s 1 3}} {{slice .l 1 2}}", expect![[r#"ex [two]"#]]);
}

#[test]
fn comparisons() {
    check(
        "{{eq .n 1000000}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <eq .n 1000000>: error calling eq: incompatible types for comparison: float64 and int"#
        ]],
    );
    check(
        r#"{{eq .n 1000000.0}} {{eq 1 2 3 1}} {{ne "a" "b"}} {{lt 1 2}} {{ge "b" "a"}}"#,
        expect![[r#"true true true true true"#]],
    );
    check(
        "{{eq .m .m}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <eq .m .m>: error calling eq: non-comparable type map[a:%!s(float64=1) b:map[c:x]]: map[string]interface {}"#
        ]],
    );
    check("{{eq .nil nil}} {{eq .s nil}}", expect![[r#"true false"#]]);
    check(
        "{{lt .nil 1}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <lt .nil 1>: error calling lt: invalid type for comparison"#
        ]],
    );
    check(r#"{{and .t .s}} {{or .missing "d"}} {{not .e}}"#, expect![[r#"text d true"#]]);
    check(
        "{{and}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <and>: wrong number of args for and: want at least 1 got 0"#
        ]],
    );
}

#[test]
fn printing() {
    check(
        r#"{{printf "%d %s %v %q %5.2f|%-5s|%05d|%x|%t|%T" 3 "a" 1.5 "q" 3.14159 "ab" 42 "hi" true .m}}"#,
        expect![[r#"3 a 1.5 "q"  3.14|ab   |00042|6869|true|map[string]interface {}"#]],
    );
    check(
        r#"{{printf "%d" "x"}} {{printf "%s" 1}} {{printf "%d"}} {{printf "x" 1}} {{printf "%!"}} {{printf "%z" 1}}"#,
        expect![[r#"%!d(string=x) %!s(int=1) %!d(MISSING) x%!(EXTRA int=1) %!!(MISSING) %!z(int=1)"#]],
    );
    check(
        r#"{{printf "%+v %#v" .m .l}}"#,
        expect![[
            r#"map[a:1 b:map[c:x]] []interface {}{1, "two", interface {}(nil), map[string]interface {}{"k":true}}"#
        ]],
    );
    check(
        r#"{{printf "%v %v" .n 1e21}} {{printf "%e %g %G" 1234.5678 1e-7 1e20}} {{printf "%c %U %#U" 65 65 10004}}"#,
        expect![[r#"1e+06 1e+21 1.234568e+03 1e-07 1E+20 A U+0041 U+2714 '✔'"#]],
    );
    check(
        r#"{{printf "%08.3f|%+d|% d|%x|%X|%o|%b" 3.14159 5 5 255 255 8 5}}"#,
        expect![[r#"0003.142|+5| 5|ff|FF|10|101"#]],
    );
    check(
        r#"{{printf "%*d|%-*d|" 5 42 5 42}} {{printf "%[2]d %[1]d" 1 2}} {{printf "%[3]d" 1}}"#,
        expect![[r#"   42|42   | 2 1 %!d(BADINDEX)"#]],
    );
    check(
        r#"{{printf "%6.2f%%" 12.345}} {{printf "%s" nil}} {{printf "%d" .l}} {{printf "%q" .l}}"#,
        expect![[
            r#" 12.35% %!s(<nil>) [%!d(float64=1) %!d(string=two) <nil> map[%!d(string=k):%!d(bool=true)]] [%!q(float64=1) "two" <nil> map["k":%!q(bool=true)]]"#
        ]],
    );
    check(
        r#"{{print "a" 1 2 "b" .f nil}} {{println 1 "a"}}"#,
        expect![[r#"a1 2b1.5 <nil> 1 a
"#]],
    );
    check(
        r#"{{html "<a&'\">"}} {{js "<a'\n\"=é>"}} {{urlquery "a b&c/é"}}"#,
        expect![[r#"&lt;a&amp;&#39;&#34;&gt; \u003Ca\'\u000A\"\u003Dé\u003E a+b%26c%2F%C3%A9"#]],
    );
}

#[test]
fn loops() {
    check("{{range $i, $e := .l}}{{$i}}={{$e}} {{end}}", expect![[r#"0=1 1=two 2=<no value> 3=map[k:true] "#]]);
    check(
        "{{range $k, $v := .m}}{{$k}}:{{$v}};{{else}}none{{end}}{{range .e}}x{{else}}none{{end}}",
        expect![[r#"a:1;b:map[c:x];none"#]],
    );
    check("{{range 3}}{{.}}{{end}}{{range $i := 3}}{{$i}}{{end}}", expect![[r#"012012"#]]);
    check(
        "{{range .s}}{{end}}",
        expect![[r#"error: template: t:1:8: executing "t" at <.s>: range can't iterate over text"#]],
    );
    check(
        "{{range $i, $x := 3}}{{end}}",
        expect![[
            r#"error: template: t:1:18: executing "t" at <3>: can't use 3 to iterate over more than one variable"#
        ]],
    );
    check(
        "{{range .n}}{{end}}",
        expect![[r#"error: template: t:1:8: executing "t" at <.n>: range can't iterate over 1e+06"#]],
    );
    check(
        "{{range $i, $e := .l}}{{if eq $i 1}}{{continue}}{{end}}{{if eq $i 3}}{{break}}{{end}}{{$i}}{{end}}",
        expect![[r#"02"#]],
    );
}

#[test]
fn conditions_and_variables() {
    check(
        "{{with .m}}{{.a}}{{else with .s}}{{.}}{{else}}no{{end}}{{with .nil}}x{{else with .s}}{{.}}{{end}}",
        expect![[r#"1text"#]],
    );
    check("{{if .e}}a{{else if .s}}b{{end}}", expect![[r#"b"#]]);
    check("{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{end}}{{$x}}", expect![[r#"2"#]]);
}

#[test]
fn templates() {
    check(
        r#"{{define "t"}}[{{.}}]{{end}}{{template "t" .s}}{{template "t"}}{{block "u" .n}}<{{.}}>{{end}}"#,
        expect![[r#"error: template: t:1: template: multiple definition of template "t""#]],
    );
    check(
        r#"{{template "none"}}"#,
        expect![[r#"error: template: t:1:11: executing "t" at <{{template "none"}}>: template "none" not defined"#]],
    );
    check(
        r#"{{define "r"}}{{.x.y}}{{end}}{{template "r" .s}}"#,
        expect![[r#"error: template: t:1:18: executing "r" at <.x.y>: can't evaluate field x in type string"#]],
    );
}

#[test]
fn calls() {
    check(
        "{{call .s 1}}",
        expect![[
            r#"error: template: t:1:2: executing "t" at <call .s 1>: error calling call: non-function .s of type string"#
        ]],
    );
    check(
        "{{.s 1}}",
        expect![[r#"error: template: t:1:2: executing "t" at <.s>: s is not a method but has arguments"#]],
    );
    check(
        "{{.m.a 1}}",
        expect![[r#"error: template: t:1:4: executing "t" at <.m.a>: a is not a method but has arguments"#]],
    );
    check(
        "{{1 | .s}}",
        expect![[r#"error: template: t:1:6: executing "t" at <.s>: s is not a method but has arguments"#]],
    );
    check(r#"{{"a" | printf "%s-%s" "b"}}"#, expect![[r#"b-a"#]]);
    check("{{nil}}", expect![[r#"error: template: t:1:2: executing "t" at <nil>: nil is not a command"#]]);
    check(
        "{{.l.x}}",
        expect![[r#"error: template: t:1:4: executing "t" at <.l.x>: can't evaluate field x in type interface {}"#]],
    );
    check(
        "{{.t.x}}",
        expect![[r#"error: template: t:1:4: executing "t" at <.t.x>: can't evaluate field x in type interface {}"#]],
    );
    check("{{(index .l 3).k}} {{(index .l 2).k}}", expect![[r#"true <no value>"#]]);
    check(r#"{{ .s | len | printf "%d" }}"#, expect![[r#"4"#]]);
}

#[test]
fn literals() {
    check(r#"{{- "a" -}}  b  {{- /* c */ -}} c"#, expect![[r#"abc"#]]);
    check("{{ 'a' }} {{ 0x1F }} {{ 1_000 }} {{ 1e3 }} {{ .5 }}", expect![[r#"97 31 1000 1000 0.5"#]]);
    check(
        r#"{{ "\u00e9\n\x41" }} {{ `raw\n` }}"#,
        expect![[r#"é
A raw\n"#]],
    );
    check(
        "{{ 9223372036854775808 }}",
        expect![[
            r#"error: template: t:1:3: executing "t" at <9223372036854775808>: 9223372036854775808 overflows int"#
        ]],
    );
    check(
        "{{$}}",
        expect![[
            r#"map[e:map[] f:1.5 l:[1 two <nil> map[k:true]] m:map[a:1 b:map[c:x]] n:1e+06 nil:<nil> s:text t:true]"#
        ]],
    );
    check("{{ $.m.b.c }}", expect![[r#"x"#]]);
}

#[test]
fn odd_arguments() {
    check(
        "{{ slice .s 9 }}",
        expect![[
            r#"error: template: t:1:3: executing "t" at <slice .s 9>: error calling slice: index out of range: 9"#
        ]],
    );
    check("{{ index .s 0 }}", expect![[r#"116"#]]);
    check(r#"{{ printf "%v" (index .s 0) }}"#, expect![[r#"116"#]]);
    check(
        "{{ not }}",
        expect![[r#"error: template: t:1:3: executing "t" at <not>: wrong number of args for not: want 1 got 0"#]],
    );
    check(
        "{{ not 1 2 }}",
        expect![[r#"error: template: t:1:3: executing "t" at <not>: wrong number of args for not: want 1 got 2"#]],
    );
    check(
        "{{ eq 1 }}",
        expect![[
            r#"error: template: t:1:3: executing "t" at <eq 1>: error calling eq: missing argument for comparison"#
        ]],
    );
    check(
        r#"{{ gt 1 "a" }}"#,
        expect![[
            r#"error: template: t:1:3: executing "t" at <gt 1 "a">: error calling gt: incompatible types for comparison: int and string"#
        ]],
    );
    check("{{ html .missing }} {{ print .missing }}", expect![[r#"&lt;no value&gt; <nil>"#]]);
}

#[test]
fn odd_formats() {
    check(r#"{{ printf "%#O %#x %+#x" 7 1.5 1e21 }}"#, expect!["0o07 0x1.8000p+00 +0x1.b1ae4d6e2ef5p+69"]);
    check(r#"{{ printf "%##O %O" 0 8 }}"#, expect!["0o0 0o10"]);
    check(
        "{{ slice .m.b.c 0 .m.a }}",
        expect![[r#"
        error: template: t:1:3: executing "t" at <slice .m.b.c 0 .m.a>: error calling slice: cannot index slice/array with type interface {}"#]],
    );
    check(
        "{{block \"y\" .m}}\n\n{{else}}{{end}}",
        expect!["error: template: t:1: unexpected {{else}} in block clause"],
    );
}
