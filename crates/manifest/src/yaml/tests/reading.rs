//! What Go makes of YAML.

use expect_test::{Expect, expect};

use super::*;

/// What kubectl and kustomize read; one line if they agree.
#[track_caller]
fn check(text: &str, expected: Expect) {
    let limits = Limits::default();
    let (kubectl, kustomize) = (read(text, Profile::Kubectl, &limits), read(text, Profile::Kustomize, &limits));
    expected.assert_eq(&if kubectl == kustomize {
        kubectl
    } else {
        format!("kubectl: {kubectl}\nkustomize: {kustomize}")
    });
}

#[test]
fn booleans_and_nulls() {
    check("[true, True, TRUE, false, False, FALSE]", expect!["[true,true,true,false,false,false]"]);
    check(
        "[yes, Yes, YES, no, No, NO, on, On, ON, off, Off, OFF, y, Y, n, N]",
        expect![[r#"
        kubectl: [true,true,true,false,false,false,true,true,true,false,false,false,true,true,false,false]
        kustomize: ["yes","Yes","YES","no","No","NO","on","On","ON","off","Off","OFF","y","Y","n","N"]"#]],
    );
    check("[tRUE, yEs, oN, 'yes', \"on\", yes sir]", expect![[r#"["tRUE","yEs","oN","yes","on","yes sir"]"#]]);
    check("[null, Null, NULL, ~, 'null', nULL, 'x']", expect![[r#"[null,null,null,null,"null","nULL","x"]"#]]);
    check("a:\nb: ''\nc: \"\"", expect![[r#"{"a":null,"b":"","c":""}"#]]);
}

#[test]
fn integers() {
    check("[0, -0, +1, 12, -12, 1_000, 1__0_, 0_]", expect!["[0,0,1,12,-12,1000,10,0]"]);
    check(
        "[017, 0o17, 0O17, -017, 08, 0x1F, 0XfF, -0x10, 0b101, -0b1, 0B1]",
        expect!["[15,15,15,-15,8,31,255,-16,5,-1,1]"],
    );
    check(
        "[9223372036854775807, -9223372036854775808, 9223372036854775808, 18446744073709551615]",
        expect!["[9223372036854775807,-9223372036854775808,9223372036854775808,18446744073709551615]"],
    );
    check(
        "[18446744073709551616, +18446744073709551615, -9223372036854775809]",
        expect!["[1.8446744073709552e+19,1.8446744073709552e+19,-9.223372036854776e+18]"],
    );
    check(
        "[0x, 0b2, 0xg, _1, -_1, 1a, '1', 1:30, 190:20:30, +, -x]",
        expect![[r#"["0x","0b2","0xg","_1",-1,"1a","1","1:30","190:20:30","+","-x"]"#]],
    );
    check(
        "[1e3, 1.0, 100000000000000000000, 0777777777777777777777777]",
        expect!["[1000,1,1e+20,7.777777777777778e+23]"],
    );
}

#[test]
fn floats() {
    check(
        "[1.5, -1.5, +1.5, .5, -.5, 1., 1.5e3, 1e-7, 2E+2, 1_0.5, 1.5_5]",
        expect!["[1.5,-1.5,1.5,0.5,-0.5,1,1500,1e-7,200,10.5,1.55]"],
    );
    check(
        "[1e, 1.2.3, ., .e1, 1e400, -1e400, 0x1p3, Infinity, NaN, inf]",
        expect![[r#"["1e","1.2.3",".",".e1","1e400","-1e400","0x1p3","Infinity","NaN","inf"]"#]],
    );
    check(
        "[.inf]",
        expect![[r#"
        f.yaml:1:2: `.inf` is no number that JSON can hold
          Put the value in quotes."#]],
    );
    check(
        "[-.Inf, .nan]",
        expect![[r#"
        f.yaml:1:2: `-.Inf` is no number that JSON can hold
          Put the value in quotes.
        f.yaml:1:9: `.nan` is no number that JSON can hold
          Put the value in quotes."#]],
    );
    check("[+.5, ._5, .5_5]", expect![[r#"[0.5,"._5",0.55]"#]]);
}

#[test]
fn times() {
    check(
        "[2001-12-14, 2001-1-2, 2001-12-14T21:59:43.10-05:00, 2001-12-14t1:2:3Z]",
        expect![[r#"
        kubectl: ["2001-12-14","2001-1-2","2001-12-14T21:59:43.10-05:00","2001-12-14t1:2:3Z"]
        kustomize: ["2001-12-14T00:00:00Z","2001-01-02T00:00:00Z","2001-12-14T21:59:43.1-05:00","2001-12-14T01:02:03Z"]"#]],
    );
    check(
        "[2001-12-14 21:59:43.5, '2001-12-14', !!timestamp 2001-12-14, !!str 2001-12-14]",
        expect![[r#"
        kubectl: ["2001-12-14 21:59:43.5","2001-12-14","2001-12-14","2001-12-14"]
        kustomize: ["2001-12-14T21:59:43.5Z","2001-12-14","2001-12-14T00:00:00Z","2001-12-14"]"#]],
    );
    check(
        "[2001-13-14, 2001-02-29, 2000-02-29, 1900-02-29, 201-12-14, 20011-12-14]",
        expect![[r#"
        kubectl: ["2001-13-14","2001-02-29","2000-02-29","1900-02-29","201-12-14","20011-12-14"]
        kustomize: ["2001-13-14","2001-02-29","2000-02-29T00:00:00Z","1900-02-29","201-12-14","20011-12-14"]"#]],
    );
    check(
        "[2001-12-14T21:59:43, 2001-12-14 21:59:43Z, 2001-12-14  1:2:3, 2001-12-14T24:00:00Z]",
        expect![[r#"
            kubectl: ["2001-12-14T21:59:43","2001-12-14 21:59:43Z","2001-12-14  1:2:3","2001-12-14T24:00:00Z"]
            kustomize: ["2001-12-14T21:59:43","2001-12-14 21:59:43Z","2001-12-14T01:02:03Z","2001-12-14T24:00:00Z"]"#]],
    );
    check(
        "[2001-12-14T01:02:03+00:00, 2001-12-14T01:02:03.0Z, 2001-12-14T01:02:03.1234567891Z]",
        expect![[r#"
        kubectl: ["2001-12-14T01:02:03+00:00","2001-12-14T01:02:03.0Z","2001-12-14T01:02:03.1234567891Z"]
        kustomize: ["2001-12-14T01:02:03Z","2001-12-14T01:02:03Z","2001-12-14T01:02:03.123456789Z"]"#]],
    );
}

#[test]
fn tags() {
    check("[!!str 1, !!str true, !!str '', !!str ~]", expect![[r#"["1","true","","~"]"#]]);
    check("[!!int '3', !!float 3, !!float '.5', !!bool 'true', !!null '']", expect!["[3,3,0.5,true,null]"]);
    check(
        "[!!int x, !!bool 1, !!float x, !!null x]",
        expect![[r#"
        f.yaml:1:2: `x` is a !!str, not a !!int as its tag says
          Correct the value or remove its tag.
        f.yaml:1:11: `1` is a !!int, not a !!bool as its tag says
          Correct the value or remove its tag.
        f.yaml:1:21: `x` is a !!str, not a !!float as its tag says
          Correct the value or remove its tag.
        f.yaml:1:32: `x` is a !!str, not a !!null as its tag says
          Correct the value or remove its tag."#]],
    );
    check("[!!binary aGk=, !!binary \"aG\\nk=\", !!binary /w==]", expect![[r#"["hi","hi","�"]"#]]);
    check(
        "[!!binary '?']",
        expect![[r#"
        f.yaml:1:2: the !!binary value is not base64: Invalid symbol 63, offset 0.
          Correct the value or remove its tag."#]],
    );
    check(
        "[!own 3, !own {a: 1}, ! 3, !<tag:yaml.org,2002:str> 3]",
        expect![[r#"
        kubectl: ["3",{"a":1},"3","3"]
        kustomize: ["3",{"a":1},3,"3"]"#]],
    );
    check(
        "!!map {a: !!seq [1], b: !!set {x: , y: }}",
        expect![[r#"
        kubectl: {"a":[1],"b":{"true":null,"x":null}}
        kustomize: {"a":[1],"b":{"x":null,"y":null}}"#]],
    );
}

#[test]
fn keys() {
    check(
        "{y: 1, yes: 2, on: 3, n: 4}",
        expect![[r#"
        kubectl: {"false":4,"true":3}
        kustomize: {"n":4,"on":3,"y":1,"yes":2}"#]],
    );
    check(
        "{1: a, 0x10: b}",
        expect![[r#"
        kubectl: {"1":"a","16":"b"}
        kustomize: f.yaml:1:2: the key `1` is no text, as kustomize needs it
          Put the key in quotes.
        f.yaml:1:8: the key `0x10` is no text, as kustomize needs it
          Put the key in quotes."#]],
    );
    check(
        "{1.5: a, 1e6: b, 0.00001: c}",
        expect![[r#"
        kubectl: {"1.5":"a","1e+06":"b","1e-05":"c"}
        kustomize: f.yaml:1:2: the key `1.5` is no text, as kustomize needs it
          Put the key in quotes.
        f.yaml:1:10: the key `1e6` is no text, as kustomize needs it
          Put the key in quotes.
        f.yaml:1:18: the key `0.00001` is no text, as kustomize needs it
          Put the key in quotes."#]],
    );
    check(
        "{true: a}",
        expect![[r#"
        kubectl: {"true":"a"}
        kustomize: f.yaml:1:2: the key `true` is no text, as kustomize needs it
          Put the key in quotes."#]],
    );
    check("{'1': a, \"true\": b, !!str 2: c}", expect![[r#"{"1":"a","2":"c","true":"b"}"#]]);
    check(
        "{~: a}",
        expect![[r#"
        f.yaml:1:2: a key is null or missing
          Name the key, or put it in quotes."#]],
    );
    check(
        "{2001-12-14: a}",
        expect![[r#"
        kubectl: {"2001-12-14":"a"}
        kustomize: f.yaml:1:2: the key `2001-12-14` is no text, as kustomize needs it
          Put the key in quotes."#]],
    );
    check(
        "{[a]: b}",
        expect![[r#"
        f.yaml:1:2: a mapping or a list is used as a key
          Put the text in quotes; `{{ … }}` is template text that must be rendered first."#]],
    );
    check("? a\n: b\n? c\n", expect![[r#"{"a":"b","c":null}"#]]);
    check("a: {? b}", expect![[r#"{"a":{"b":null}}"#]]);
    check(
        "{a: 1, a: 2}",
        expect![[r#"
        kubectl: {"a":2}
        kustomize: f.yaml:1:8: the key `a` stands twice in this mapping, first at line 1
          Remove one of the two."#]],
    );
    check(
        "a: 1\nb: 2\na: 3\nb: 4\n",
        expect![[r#"
        kubectl: {"a":3,"b":4}
        kustomize: f.yaml:3:1: the key `a` stands twice in this mapping, first at line 1
          Remove one of the two.
        f.yaml:4:1: the key `b` stands twice in this mapping, first at line 2
          Remove one of the two."#]],
    );
}

#[test]
fn anchors_and_merges() {
    check("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x", expect![[r#"{"a":[1,2],"b":[1,2],"c":3,"d":3}"#]]);
    check("a: &k key\n*k : 1", expect![[r#"{"a":"key","key":1}"#]]);
    check(
        "base: &b {x: 1, y: 2}\na: {<<: *b, x: 3}\nb: {x: 3, <<: *b}",
        expect![[r#"
        kubectl: {"a":{"true":2,"x":3},"b":{"true":2,"x":1},"base":{"true":2,"x":1}}
        kustomize: {"a":{"x":3,"y":2},"b":{"x":3,"y":2},"base":{"x":1,"y":2}}"#]],
    );
    check(
        "p: &p {x: 1}\nq: &q {x: 2, y: 2}\na: {<<: [*p, *q]}\nb: {<<: [*q, *p]}",
        expect![[r#"
        kubectl: {"a":{"true":2,"x":1},"b":{"true":2,"x":2},"p":{"x":1},"q":{"true":2,"x":2}}
        kustomize: {"a":{"x":1,"y":2},"b":{"x":2,"y":2},"p":{"x":1},"q":{"x":2,"y":2}}"#]],
    );
    check(
        "p: &p {x: 1}\nq: &q {<<: *p, y: 2}\na: {<<: *q, z: 3}",
        expect![[r#"
        kubectl: {"a":{"true":2,"x":1,"z":3},"p":{"x":1},"q":{"true":2,"x":1}}
        kustomize: {"a":{"x":1,"y":2,"z":3},"p":{"x":1},"q":{"x":1,"y":2}}"#]],
    );
    check(
        "a: {<<: {x: 1}, y: 2}",
        expect![[r#"
        kubectl: {"a":{"true":2,"x":1}}
        kustomize: {"a":{"x":1,"y":2}}"#]],
    );
    check("a: {'<<': {x: 1}}", expect![[r#"{"a":{"<<":{"x":1}}}"#]]);
    check(
        "p: &p {x: 1}\na: {<<: *p, <<: {y: 2}}",
        expect![[r#"
        kubectl: {"a":{"true":2,"x":1},"p":{"x":1}}
        kustomize: f.yaml:2:13: the key `<<` stands twice in this mapping, first at line 2
          Remove one of the two."#]],
    );
    check(
        "a: {<<: 1}",
        expect![[r#"
        f.yaml:1:9: `<<` merges mappings, and this is none
          Give it `*name` of an anchored mapping or a list of those, or quote the key."#]],
    );
    check(
        "a: {<<: [1]}",
        expect![[r#"
        f.yaml:1:10: `<<` merges mappings, and this is none
          Give it `*name` of an anchored mapping or a list of those, or quote the key."#]],
    );
    check("a: <<", expect![[r#"{"a":"<<"}"#]]);
    check(
        "a: &a [*a]",
        expect![[r#"
        f.yaml:1:8: the alias stands inside the value that it names
          Write the value out."#]],
    );
    check(
        "a: &a {<<: *a}",
        expect![[r#"
        f.yaml:1:12: the mapping merges itself
          Write the values out."#]],
    );
    check(
        "a: 1\n---\nb: *a",
        expect![[r#"
        {"a":1}
        f.yaml:3:4: the alias `*a` names no anchor of this document
          Put the value in quotes if it should be text, or define `&a` before it."#]],
    );
}

#[test]
fn documents() {
    check("", expect![[""]]);
    check("# only a comment\n", expect![[""]]);
    check("---\n", expect!["null"]);
    check(
        "---\n---\na: 1\n---\n# nothing\n...\n---\nb: 2\n...\n",
        expect![[r#"
        null
        {"a":1}
        null
        {"b":2}"#]],
    );
    check(
        "a: 1\n--- # comment\nb: 2",
        expect![[r#"
        {"a":1}
        {"b":2}"#]],
    );
    check(
        "--- {a: 1}\n--- text\n--- |\n  block\n",
        expect![[r#"
        {"a":1}
        "text"
        "block\n""#]],
    );
    check("%YAML 1.1\n%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n", expect![[r#"{"a":"1"}"#]]);
    check("\u{feff}a: 1\n", expect![[r#"{"a":1}"#]]);
    check("a: 1\r\nb: |\r\n  x\r\n  y\r\n", expect![[r#"{"a":1,"b":"x\ny\n"}"#]]);
    check("{\"a\": [1, \"x\\/y\", null], \"b\": {}}", expect![[r#"{"a":[1,"x/y",null],"b":{}}"#]]);
}

#[test]
fn texts() {
    check(
        "a: |\n  x\n   y\n\nb: |-\n  x\nc: |+\n  x\n\nd: >\n  x\n  y\n\n  z\n",
        expect![[r#"{"a":"x\n y\n","b":"x","c":"x\n\n","d":"x y\nz\n"}"#]],
    );
    check(
        "a: plain\n  goes on\nb: 'it''s'\nc: \"\\t\\u00e9\\x41\\\n  x\"",
        expect![[r#"{"a":"plain goes on","b":"it's","c":"\téAx"}"#]],
    );
    check("a: |2\n   x\n", expect![[r#"{"a":" x\n"}"#]]);
    check("a: |\n  x", expect![[r#"{"a":"x"}"#]]);
    check("a: |+\n  x", expect![[r#"{"a":"x"}"#]]);
    check("a: |\n  x\n  ", expect![[r#"{"a":"x\n"}"#]]);
    check("a: |+\n  x\n  ", expect![[r#"{"a":"x\n"}"#]]);
    check("a: |-\n  x\n# comment", expect![[r#"{"a":"x"}"#]]);
    check("a: |\n  x\n# comment", expect![[r#"{"a":"x\n"}"#]]);
    check("a: >\n  x\n  y", expect![[r#"{"a":"x y"}"#]]);
    check(
        "a: |\n  x\nb: y",
        expect![[r#"
        kubectl: {"a":"x\n","b":true}
        kustomize: {"a":"x\n","b":"y"}"#]],
    );
    check("a: |\n  ends with \\", expect![[r#"{"a":"ends with \\"}"#]]);
    check("a: |\n  tab\tinside\n  \tand in front\n", expect![[r#"{"a":"tab\tinside\n\tand in front\n"}"#]]);
    check(
        "a: http://x:80#y\nb: a #comment\nc: a#b\nd: -1 -2\ne: '#'\n",
        expect![[r##"{"a":"http://x:80#y","b":"a","c":"a#b","d":"-1 -2","e":"#"}"##]],
    );
    check("héllo: wörld\nemoji: 🚀\n", expect![[r#"{"emoji":"🚀","héllo":"wörld"}"#]]);
}

#[test]
fn encodings() {
    let utf16 = |big: bool| {
        let units = "\u{feff}a: é🚀\n".encode_utf16();
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect::<Vec<u8>>()
    };
    for bytes in [utf16(true), utf16(false)] {
        let documents = read_documents(&bytes, "f.yaml", Profile::Kubectl, &Limits::default()).expect("UTF-16");
        assert_eq!(documents[0].value, serde_json::json!({"a": "é🚀"}));
    }
}

#[test]
fn every_field_has_its_place() {
    let text = "# comment\na:\n  b: 1\n  - x\n"
        .replace("  - x\n", "  \"c/d\":\n  - x\n  - e: {f: 2}\n---\ng: &g\n  h: 1\ni: *g\n");
    let documents = read_documents(text.as_bytes(), "dir/f.yaml", Profile::Kubectl, &Limits::default()).expect("valid");
    let mut lines = Vec::new();
    for document in documents {
        lines.push(format!("{}", document.location));
        lines.extend(document.fields.iter().map(|(field, (line, column))| format!("  {field} {line}:{column}")));
    }
    expect![[r#"
        dir/f.yaml:2:1
          /a 2:1
          /a/b 3:3
          /a/c~1d 4:3
          /a/c~1d/0 5:5
          /a/c~1d/1 6:5
          /a/c~1d/1/e 6:5
          /a/c~1d/1/e/f 6:9
        dir/f.yaml:8:1
          /g 8:1
          /g/h 9:3
          /i 10:1
          /i/h 9:3"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn colons_inside_brackets() {
    check("addresses: [1.2.3.4, 001:db8::]", expect![[r#"{"addresses":["1.2.3.4","001:db8::"]}"#]]);
    check("{a:, b:c:}", expect![[r#"{"a:":null,"b:c:":null}"#]]);
    check("[a b:, 'a:', \"a:]\", x]", expect![[r#"["a b:","a:","a:]","x"]"#]]);
    check("{\"a\":[1],\"b\":{\"c\":[]}}", expect![[r#"{"a":[1],"b":{"c":[]}}"#]]);
    check("a: x:,y # b:,\nb: |\n  x:,y:]\nc: \"x:,\\n\"", expect![[r#"{"a":"x:,y","b":"x:,y:]\n","c":"x:,\n"}"#]]);
}

#[test]
fn replaced_values_leave_no_places() {
    let text = "a: {b: [1, {c: 2}], d: 3}\na: {b: 4}\n";
    let documents = read_documents(text.as_bytes(), "f.yaml", Profile::Kubectl, &Limits::default()).expect("valid");
    let places: Vec<String> = documents[0].fields.iter().map(|(at, (line, _))| format!("{at} {line}")).collect();
    expect!["/a 2, /a/b 2"].assert_eq(&places.join(", "));
}

#[test]
fn one_value() {
    let value = |text: &str| match read_value(text, "patch", Profile::Kustomize, &Limits::default()) {
        Ok(value) => value.to_string(),
        Err(problem) => problem.to_string(),
    };
    expect![[r#"[{"op":"remove","path":"/a"}]"#]].assert_eq(&value("- {op: remove, path: /a}"));
    expect!["null"].assert_eq(&value(""));
    expect!["patch:3:1: one YAML document is expected here, and a second one follows"]
        .assert_eq(&value("a: 1\n---\nb: 2"));
    expect!["patch:1:4: `[` is opened here and not closed by `]`, or a comma is missing between its items"]
        .assert_eq(&value("a: [1"));
}
