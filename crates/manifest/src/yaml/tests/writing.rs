//! What `sigs.k8s.io/yaml` writes.

use expect_test::{Expect, expect};
use serde_json::json;

use super::*;

#[track_caller]
fn check(value: Value, expected: Expect) {
    expected.assert_eq(&write(&value));
}

#[test]
fn scalars() {
    check(
        json!([null, true, false, 0, -1, u64::MAX, i64::MIN]),
        expect![[r#"
        - null
        - true
        - false
        - 0
        - -1
        - 18446744073709551615
        - -9223372036854775808
    "#]],
    );
    check(
        json!([1.5, -0.25, 1e6, 1234567.5, 1e-5, 0.0001, 1e21, 1e20, 123456789012345680000.0, -0.0]),
        expect![[r#"
        - 1.5
        - -0.25
        - 1000000
        - 1.2345675e+06
        - 1e-05
        - 0.0001
        - 1e+21
        - 1e+20
        - 1.2345678901234568e+20
        - 0
    "#]],
    );
    check(
        json!(null),
        expect![[r#"
        null
    "#]],
    );
    check(
        json!("a\nb"),
        expect![[r#"
        |-
          a
          b
    "#]],
    );
    check(
        json!({}),
        expect![[r#"
        {}
    "#]],
    );
    check(
        json!([]),
        expect![[r#"
        []
    "#]],
    );
}

#[test]
fn texts_that_mean_something_are_quoted() {
    check(
        json!(["", "true", "yes", "y", "on", "null", "~", "1", "0x1", "1_000", "1.5", "1e3", ".inf", "2001-12-14"]),
        expect![[r#"
        - ""
        - "true"
        - "yes"
        - "y"
        - "on"
        - "null"
        - "~"
        - "1"
        - "0x1"
        - "1_000"
        - "1.5"
        - "1e3"
        - ".inf"
        - "2001-12-14"
    "#]],
    );
    check(
        json!(["12:30", "12:30:45.5", "1:2:3", "12:60", "<<", "=", "017", "08", "0o7", "1.2.3", "v1", "10m"]),
        expect![[r#"
            - "12:30"
            - "12:30:45.5"
            - "1:2:3"
            - 12:60
            - <<
            - =
            - "017"
            - "08"
            - "0o7"
            - 1.2.3
            - v1
            - 10m
        "#]],
    );
}

#[test]
fn texts_with_indicators_are_quoted() {
    check(
        json!(["a: b", "a:b", "a:", ":a", "a #b", "a#b", "#a", "- a", "-a", "-", "?", "? a", "?a"]),
        expect![[r#"
        - 'a: b'
        - a:b
        - 'a:'
        - :a
        - 'a #b'
        - a#b
        - '#a'
        - '- a'
        - -a
        - '-'
        - '?'
        - '? a'
        - ?a
    "#]],
    );
    check(
        json!(["[a]", "{a", "a]", "a, b", ",a", "&a", "*a", "!a", "|a", ">a", "'a", "\"a", "%a", "@a", "`a", "a'b"]),
        expect![[r#"
        - '[a]'
        - '{a'
        - a]
        - a, b
        - ',a'
        - '&a'
        - '*a'
        - '!a'
        - '|a'
        - '>a'
        - '''a'
        - '"a'
        - '%a'
        - '@a'
        - '`a'
        - a'b
    "#]],
    );
    check(
        json!([
            "---", "--- a", "...", "--", " a", "a ", "\ta", "a\tb", "a\u{7}b", "é", "🚀", "\u{a0}", "\u{85}",
            "\u{2028}", "\u{feff}"
        ]),
        expect![[r#"
        - '---'
        - '--- a'
        - '...'
        - --
        - ' a'
        - 'a '
        - "\ta"
        - "a\tb"
        - "a\ab"
        - é
        - "\U0001F680"
        -  
        - "\N"
        - "\L"
        - "\uFEFF"
    "#]],
    );
}

#[test]
fn texts_of_several_lines_are_blocks() {
    check(
        json!({"a": "x\ny", "b": "x\ny\n", "c": "x\n\n", "d": "\n", "e": "\nx", "f": " x\ny", "g": "x\n y\n"}),
        expect![[r#"
        a: |-
          x
          y
        b: |
          x
          y
        c: |+
          x

        d: |2+

        e: |2-

          x
        f: |2-
           x
          y
        g: |
          x
           y
    "#]],
    );
    check(
        json!({"a": "x \ny", "b": "x\ty\nz", "c": "x\ny ", "d": ["x\ny", ["x\ny\n"]], "e": {"f": "x\n\n\ny\n"}}),
        expect![[r#"
        a: "x \ny"
        b: "x\ty\nz"
        c: "x\ny "
        d:
        - |-
          x
          y
        - - |
            x
            y
        e:
          f: |
            x


            y
    "#]],
    );
}

#[test]
fn long_texts_are_folded() {
    let words = "word ".repeat(30).trim_end().to_owned();
    check(
        json!({"a": words, "b": [words], "c": format!("{words}: x"), "d": format!("\t{words}")}),
        expect![[r#"
        a: word word word word word word word word word word word word word word word word
          word word word word word word word word word word word word word word
        b:
        - word word word word word word word word word word word word word word word word
          word word word word word word word word word word word word word word
        c: 'word word word word word word word word word word word word word word word word
          word word word word word word word word word word word word word word: x'
        d: "\tword word word word word word word word word word word word word word word word
          word word word word word word word word word word word word word word"
    "#]],
    );
    check(
        json!({"a": format!("{} b", "x".repeat(100)), "b": format!("{}  b c", "x".repeat(100)), "c": "x".repeat(100)}),
        expect![[r#"
        a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
          b
        b: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx  b
          c
        c: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    "#]],
    );
    check(
        json!({"a": format!("{}\u{7}  b c", "x".repeat(100))}),
        expect![[r#"
        a: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\a
          \ b c"
    "#]],
    );
}

#[test]
fn collections() {
    check(
        json!({"a": [1, [2, [3]], {"b": [4], "c": {"d": {}}}, [], {}], "e": {"f": []}}),
        expect![[r#"
        a:
        - 1
        - - 2
          - - 3
        - b:
          - 4
          c:
            d: {}
        - []
        - {}
        e:
          f: []
    "#]],
    );
    check(
        json!([[[1, 2], {"a": 1}], {"b": [[1]]}]),
        expect![[r#"
        - - - 1
            - 2
          - a: 1
        - b:
          - - 1
    "#]],
    );
    check(
        json!({"": 1, "a b": 2, "true": 3, "1": 4, "a: b": 5, "a\nb": 6, "# a": 7}),
        expect![[r#"
        "": 1
        '# a': 7
        "1": 4
        ? |-
          a
          b
        : 6
        a b: 2
        'a: b': 5
        "true": 3
    "#]],
    );
    check(
        json!({"k".repeat(128): 1, "l".repeat(129): 2, "m".repeat(129): {"a": [1]}, "n".repeat(129): [1, {"b": 1}]}),
        expect![[r#"
        kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: 1
        ? lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll
        : 2
        ? mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm
        : a:
          - 1
        ? nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
        : - 1
          - b: 1
    "#]],
    );
}

#[test]
fn keys_are_in_natural_order() {
    let keys = [
        "a10",
        "a2",
        "a1b",
        "b",
        "B",
        "_a",
        "1",
        "10",
        "9",
        "a",
        "a-b",
        "ab",
        "a.b",
        "a1",
        "a01",
        "v1beta1",
        "v1",
        "v10",
        "é",
        "/x",
        "file1.txt",
        "file10.txt",
    ];
    let members: serde_json::Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
    check(
        Value::Object(members),
        expect![[r#"
        /x: null
        _a: null
        "1": null
        "9": null
        "10": null
        B: null
        a: null
        a-b: null
        a.b: null
        a1: null
        a1b: null
        a01: null
        a2: null
        a10: null
        ab: null
        b: null
        file1.txt: null
        file10.txt: null
        v1: null
        v10: null
        v1beta1: null
        é: null
    "#]],
    );
}

#[test]
fn documents_are_separated() {
    expect![[r#"
        a: 1
        ---
        null
        ---
        b: |
          x
    "#]]
    .assert_eq(&write_documents([&json!({"a": 1}), &json!(null), &json!({"b": "x\n"})]));
    expect![[""]].assert_eq(&write_documents([]));
}
