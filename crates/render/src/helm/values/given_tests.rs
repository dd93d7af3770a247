//! What users give: the order of its kinds, values files, errors.

use expect_test::expect;

use super::tests::text;
use super::*;

fn given(given: &Given) -> String {
    let read = |name: &str| match name {
        "a.txt" => Ok(b"content".to_vec()),
        other => Err(format!("open {other}: no such file or directory")),
    };
    match given.combine(&read) {
        Ok(values) => text(&values),
        Err(error) => format!("error: {error}"),
    }
}

fn values_file(content: &str) -> ValuesFile {
    ValuesFile { name: "values.yaml".to_owned(), content: content.into() }
}

fn list(expressions: &[&str]) -> Vec<String> {
    expressions.iter().map(|expression| (*expression).to_owned()).collect()
}

#[test]
fn later_kinds_count_over_earlier_ones() {
    let every = Given {
        files: vec![values_file("a: file\nb: file\nc: file\nd: file\ne: file\nf: file\nk: 1\nt: {x: 1}")],
        json: list(&["b=\"json\"", "c=1,d=1,e=1,f=1", " {\"t\": {\"y\": 2}, \"k\": null}"]),
        typed: list(&["c=true,d=true,e=true,f=true,t.z=3"]),
        text: list(&["d=1,e=1,f=1"]),
        file: list(&["e=a.txt,f=a.txt"]),
        literal: list(&["f=a,b\\"]),
    };
    expect![[
        r#"{"a":"file","b":"json","c":true,"d":"1","e":"content","f":"a,b\\","k":null,"t":{"x":1.0,"y":2.0,"z":3}}"#
    ]]
    .assert_eq(&given(&every));
}

#[test]
fn values_files_merge() {
    let cases: &[&[&str]] = &[
        &[],
        &["", "# nothing\n", "---\n---\n"],
        &["a: {x: 1, w: [1]}\nb: 1\n", "a: {w: [2], z: null}\nb: {c: 1}\n", "a: {x: null}\n"],
        &["a: {x: 1}\n---\na: {w: 2}\nb: yes\n---\n\n---\nb: 0o17\n"],
        &["a: {x: 1}", "a: text", "a: {w: 1}"],
        &["a: 1000000\nb: 1.0\nc: 1e3\nd: 12345678901234567890"],
        &["- a\n"],
        &["a: 1\n---\ntext\n"],
        &["a: [1\n"],
        &["a: 1\na: 2\n"],
    ];
    let line = |files: &&[&str]| {
        let all = Given { files: files.iter().map(|file| values_file(file)).collect(), ..Given::default() };
        format!("{}\n", given(&all))
    };
    expect![[r#"
        {}
        {}
        {"a":{"w":[2.0],"x":null,"z":null},"b":{"c":1.0}}
        {"a":{"w":2.0,"x":1.0},"b":15.0}
        {"a":{"w":1.0}}
        {"a":1000000.0,"b":1.0,"c":1000.0,"d":1.2345678901234567e+19}
        error: failed to parse values.yaml: line 1 starts a list, but values are a mapping: `name: value`
        error: failed to parse values.yaml: line 3 starts a text, but values are a mapping: `name: value`
        error: failed to parse values.yaml: line 1: `[` is opened here and not closed by `]`, or a comma is missing between its items
        {"a":2.0}
    "#]].assert_eq(&cases.iter().map(line).collect::<String>());
}

#[test]
fn errors_name_the_flag_and_the_place() {
    let cases = [
        Given { json: list(&["a=1,b=x"]), ..Given::default() },
        Given { json: list(&["{\"a\": 1,}"]), ..Given::default() },
        Given { json: list(&["{\"a\": 1} {}"]), ..Given::default() },
        Given { typed: list(&["a=1", "a.b=1"]), ..Given::default() },
        Given { text: list(&["a=1,b"]), ..Given::default() },
        Given { file: list(&["a=none"]), ..Given::default() },
        Given { literal: list(&["a[x]=1"]), ..Given::default() },
    ];
    expect![[r#"
        error: failed parsing --set-json data a=1,b=x (invalid character 'x' looking for beginning of value at character 7)
        error: failed parsing --set-json data JSON: {"a": 1,} (trailing comma at line 1 column 9)
        error: failed parsing --set-json data JSON: {"a": 1} {} (trailing characters at line 1 column 10)
        error: failed parsing --set data: unable to parse key: interface conversion: interface {} is int64, not map[string]interface {} (character 1 of `a.b=1`)
        error: failed parsing --set-string data: key "b" has no value (character 5 of `a=1,b`)
        error: failed parsing --set-file data: open none: no such file or directory (character 3 of `a=none`)
        error: failed parsing --set-literal data: error parsing index: strconv.Atoi: parsing "x": invalid syntax (character 3 of `a[x]=1`)
    "#]].assert_eq(&cases.iter().map(|case| format!("{}\n", given(case))).collect::<String>());
}
