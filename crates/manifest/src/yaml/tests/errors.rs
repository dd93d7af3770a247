//! Broken input: where it breaks, the likely cause, and what to do.

use expect_test::{Expect, expect};

use super::*;

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&read(text, Profile::Kustomize, &Limits::default()));
}

#[test]
fn indentation() {
    check(
        "a:\n\tb: 1\n",
        expect![[r#"
        f.yaml:2:1: a tab is used for indentation, where YAML allows spaces only
          Replace the tab by spaces."#]],
    );
    check(
        "a:\n  b: 1\n \tc: 2\n",
        expect![[r#"
        f.yaml:3:2: a tab is used for indentation, where YAML allows spaces only
          Replace the tab by spaces."#]],
    );
    check(
        "a:\n  b: 1\n   c: 2\n",
        expect![[r#"
        f.yaml:3:5: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
          Put the text in quotes, or indent the line like its neighbours."#]],
    );
    check(
        "a:\n  b: 1\n c: 2\n",
        expect![[r#"
            f.yaml:3:2: this does not fit the mapping that starts at line 1: it is probably indented differently
              Indent the line like its neighbours, with spaces."#]],
    );
    check(
        "a:\n- x\n  y: 1\n",
        expect![[r#"
        f.yaml:3:4: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
          Put the text in quotes, or indent the line like its neighbours."#]],
    );
    check(
        "a:\n  - x\n - y\n",
        expect![[r#"
            f.yaml:3:2: this does not fit the mapping that starts at line 1: it is probably indented differently
              Indent the line like its neighbours, with spaces."#]],
    );
    check(
        "a: - x\n",
        expect![[r#"
        f.yaml:1:4: a list item is not allowed here
          Start the list on its own line, below its key."#]],
    );
    check(
        "a: |\n\tx\n",
        expect![[r#"
        f.yaml:2:1: a tab is used for indentation, where YAML allows spaces only
          Replace the tab by spaces."#]],
    );
    check(
        "- a\nb: 1\n",
        expect![[r#"
        f.yaml:2:1: an item starting with `-` is expected in the list that starts at line 1
          Start the line with `- `, or indent it like the key it belongs to."#]],
    );
    check(
        "text\na: 1\n",
        expect![[r#"
        f.yaml:2:2: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
          Put the text in quotes, or indent the line like its neighbours."#]],
    );
}

#[test]
fn quotes() {
    check(
        "a: 'open\nb: 1\n",
        expect![[r#"
        f.yaml:1:4: a quote is opened here and never closed
          Close the quote."#]],
    );
    check(
        "a: \"open\nb: 1\n---\nc: 2\n",
        expect![[r#"
        f.yaml:1:4: a quote is opened here and never closed
          Close the quote."#]],
    );
    check(
        "a: it: works\n",
        expect![[r#"
        f.yaml:1:6: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
          Put the text in quotes, or indent the line like its neighbours."#]],
    );
    check(
        "a: @x\nb: `y`\n",
        expect![[r#"
        f.yaml:1:4: a value cannot start with `@`
          Put the value in quotes."#]],
    );
    check(
        "a: %x\n",
        expect![[r#"
        f.yaml:1:4: a value cannot start with `%`
          Put the value in quotes."#]],
    );
    check(
        "a: *.example.com\n",
        expect![[r#"
        f.yaml:1:4: `*` starts an alias, and no name follows it
          Put the value in quotes."#]],
    );
    check(
        "a: *star\n",
        expect![[r#"
        f.yaml:1:4: the alias `*star` names no anchor of this document
          Put the value in quotes if it should be text, or define `&star` before it."#]],
    );
    check(
        "a: & b\n",
        expect![[r#"
        f.yaml:1:4: `&` starts an anchor, and no name follows it
          Put the value in quotes."#]],
    );
    check(
        "a: \"C:\\dir\"\n",
        expect![[r#"
        f.yaml:1:7: an unknown escape sequence stands inside double quotes
          Double the backslash, or use single quotes, where a backslash has no meaning."#]],
    );
    check(
        "a: \"\\uZZZZ\"\n",
        expect![[r#"
        f.yaml:1:7: an escape sequence inside double quotes names no character
          Double the backslash, or use single quotes, where a backslash has no meaning."#]],
    );
    check(
        "a: 'x' y\n",
        expect![[r#"
            f.yaml:1:8: text follows a value that has already ended
              Put the whole value in quotes, or write what follows on a line of its own."#]],
    );
    check(
        "a: \"x\\",
        expect![[r#"
        f.yaml:1:4: a quote is opened here and never closed
          Close the quote."#]],
    );
    check(
        "a: !e!x 1\n",
        expect![[r#"
        f.yaml:1:4: a tag with an unknown prefix
          Put the value in quotes."#]],
    );
}

#[test]
fn brackets_and_templates() {
    check(
        "a: [1, 2\nb: 3\n",
        expect![[r#"
        f.yaml:1:4: `[` is opened here and not closed by `]`, or a comma is missing between its items
          Close the bracket; put a text that starts with a bracket in quotes."#]],
    );
    check(
        "a: {b: 1\nc: 2\n",
        expect![[r#"
        f.yaml:1:4: `{` is opened here and not closed by `}`, or a comma is missing between its items
          Close the bracket; put a text that starts with a bracket in quotes."#]],
    );
    check(
        "a: {{ .Values.x }}\n",
        expect![[r#"
        f.yaml:1:5: a mapping or a list is used as a key
          Put the text in quotes; `{{ … }}` is template text that must be rendered first."#]],
    );
    check(
        "{{ if .x }}\na: 1\n{{ end }}\n",
        expect![[r#"
        f.yaml:1:2: a mapping or a list is used as a key
          Put the text in quotes; `{{ … }}` is template text that must be rendered first.
        f.yaml:2:1: something follows the end of the document
          Start another document with `---`, or indent the line like its neighbours."#]],
    );
    check(
        "a: [x, {{ y }}, z]\n",
        expect![[r#"
        f.yaml:1:9: a mapping or a list is used as a key
          Put the text in quotes; `{{ … }}` is template text that must be rendered first."#]],
    );
    check(
        "a: ]\n",
        expect![[r#"
            f.yaml:1:4: a value is expected here
              Put the value in quotes."#]],
    );
    check(
        "a: [!tag, x]\n",
        expect![[r#"
            f.yaml:1:5: a tag starts with `!` here, and something else than a space follows it
              Put a space after the tag, or put the value in quotes if it should be text."#]],
    );
}

#[test]
fn keys_without_values() {
    check(
        "a: 1\nb\nc: 2\n",
        expect![[r#"
        f.yaml:2:1: a key is expected here, but no `:` follows it
          Write `key: value`; if the text belongs to the value before it, indent it further."#]],
    );
    check(
        "a\nb: 1\n",
        expect![[r#"
        f.yaml:2:2: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
          Put the text in quotes, or indent the line like its neighbours."#]],
    );
    check(
        "a: 1\na: 2\n",
        expect![[r#"
        f.yaml:2:1: the key `a` stands twice in this mapping, first at line 1
          Remove one of the two."#]],
    );
    check(
        "a: {b: 1, c: {d: 1, d: 2}, b: 2}\n",
        expect![[r#"
            f.yaml:1:21: the key `d` stands twice in this mapping, first at line 1
              Remove one of the two.
            f.yaml:1:28: the key `b` stands twice in this mapping, first at line 1
              Remove one of the two."#]],
    );
    check(
        "a: | text\n",
        expect![[r#"
        f.yaml:1:6: text follows `|` or `>` on the same line
          Start the text on the next line, indented."#]],
    );
    check(
        "%FOO\na: 1\n",
        expect![[r#"
        f.yaml:1:1: a broken directive: found unknown directive name
          Remove the line that starts with `%`, or put the text in quotes."#]],
    );
}

#[test]
fn every_broken_document_is_reported() {
    check(
        "a: 1\n---\nb: [\n---\nc: 1\n---\nd: 1\nd: 2\n---\ne: 'x\n---\nf:\n  g: 1\n h: 2\n",
        expect![[r#"
            {"a":1}
            f.yaml:4:1: a value is expected here: a bracket before this place is probably not closed, or a comma is too much
              Close the bracket; put a text that starts with a bracket in quotes.
            f.yaml:8:1: the key `d` stands twice in this mapping, first at line 7
              Remove one of the two.
            f.yaml:10:4: a quote is opened here and never closed
              Close the quote."#]],
    );
}

#[test]
fn places_count_characters() {
    check(
        "é: 'ö' x\n",
        expect![[r#"
            f.yaml:1:8: text follows a value that has already ended
              Put the whole value in quotes, or write what follows on a line of its own."#]],
    );
    check(
        "a: 1\n---\nb: 2\n---\nü:\n  é: b: c\n",
        expect![[r#"
        {"a":1}
        {"b":2}
        f.yaml:6:7: a `:` that starts a value is not allowed here: either the line is indented too far, or a text that contains `: ` is not quoted
          Put the text in quotes, or indent the line like its neighbours."#]],
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let check = |bytes: &[u8], expected: Expect| {
        let problem = read_documents(bytes, "f.yaml", Profile::Kubectl, &Limits::default()).expect_err("no text");
        expected.assert_eq(&format!("{problem}\n  {}", problem.hint.as_deref().unwrap_or("-")));
    };
    check(
        b"a: 1\nb: \xff\n",
        expect![[r#"
        f.yaml:2:4: the file is not UTF-8 text: the byte 0xFF starts no character
          Save the file as UTF-8; if it is binary data, put it into `binaryData` or a generator's `files`."#]],
    );
    check(
        "é: ".bytes().chain([0xc3]).collect::<Vec<u8>>().as_slice(),
        expect![[r#"
        f.yaml:1:4: the file is not UTF-8 text: the byte 0xC3 starts no character
          Save the file as UTF-8; if it is binary data, put it into `binaryData` or a generator's `files`."#]],
    );
    check(
        b"a: \x07\n",
        expect![[r#"
        f.yaml:1:4: the control character U+0007 is not allowed in YAML
          Remove it, or write it as an escape inside double quotes, such as "\e" or "\u0007"."#]],
    );
    check(
        b"\0\0\0",
        expect![[r#"
        f.yaml:1:1: the control character U+0000 is not allowed in YAML
          Remove it, or write it as an escape inside double quotes, such as "\e" or "\u0007"."#]],
    );
    check(
        b"\xff\xfea\0:\0 ",
        expect![[r#"
        f.yaml:1:3: the file starts with a UTF-16 byte order mark but is not UTF-16 text
          Save the file as UTF-8."#]],
    );
    check(
        b"\xfe\xff\xd8\x00\x00a",
        expect![[r#"
        f.yaml:1:1: the file starts with a UTF-16 byte order mark but is not UTF-16 text
          Save the file as UTF-8."#]],
    );
}

#[test]
fn size_depth_and_expansion_are_bounded() {
    let limits = Limits { max_bytes: 2000, max_depth: 20, max_nodes: 1000 };
    let check = |text: &str, expected: Expect| expected.assert_eq(&read(text, Profile::Kubectl, &limits));
    check(
        &" ".repeat(2001),
        expect![[r#"
        f.yaml: the file has 2001 bytes; YAML of more than 2000 is not read
          Split the file, or leave it out of `resources` if it is no manifest."#]],
    );
    check(
        &format!("a:\n  {}", "[".repeat(500)),
        expect![[r#"
        f.yaml:2:22: values are nested more than 20 levels deep
          Flatten the document; no Kubernetes object needs this depth."#]],
    );
    check(
        &"- ".repeat(500),
        expect![[r#"
        f.yaml:1:41: values are nested more than 20 levels deep
          Flatten the document; no Kubernetes object needs this depth."#]],
    );
    check(
        &"{a: ".repeat(20),
        expect![[r#"
            f.yaml:2:1: a value is expected here: a bracket before this place is probably not closed, or a comma is too much
              Close the bracket; put a text that starts with a bracket in quotes."#]],
    );
    check(
        "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n\
           c: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: 1\n",
        expect![[r#"
            f.yaml:3:33: aliases expand to more than 1000 values
              Do not nest aliases inside the values of other anchors."#]],
    );
    check(
        "a: &a {x: &b {y: 1}}\nb: &c {<<: *a, z: *b}\n",
        expect![[r#"{"a":{"x":{"true":1}},"b":{"x":{"true":1},"z":{"true":1}}}"#]],
    );
    let nested = (1..30)
        .fold("a0: &a0 [1]\n".to_owned(), |text, level| format!("{text}a{level}: &a{level} [*a{}]\n", level - 1));
    check(
        &nested,
        expect![[r#"
            f.yaml:20:12: values are nested more than 20 levels deep
              Flatten the document; no Kubernetes object needs this depth."#]],
    );
    let limits = Limits { max_nodes: 40, ..limits };
    let check = |text: &str, expected: Expect| expected.assert_eq(&read(text, Profile::Kubectl, &limits));
    check(
        &"- 1\n".repeat(60),
        expect![[r#"
        f.yaml:40:3: the file holds more than 40 values
          Split the file."#]],
    );
    // The bound holds for all documents together.
    check(
        &"---\na: &a [1, 2, 3]\nb: [*a, *a]\n".repeat(5),
        expect![[r#"
        {"a":[1,2,3],"b":[[1,2,3],[1,2,3]]}
        {"a":[1,2,3],"b":[[1,2,3],[1,2,3]]}
        f.yaml:8:11: the file holds more than 40 values
          Split the file."#]],
    );
}
