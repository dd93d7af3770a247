use expect_test::{Expect, expect};

use crate::yaml::{Limits, Profile, read_value, rewrite};

/// The text with the values at these pointers set; `null` removes a member.
#[track_caller]
fn check(original: &str, changes: &[(&str, serde_json::Value)], expected: Expect) {
    let mut value = read_value(original, "", Profile::Kustomize, &Limits::default()).expect("YAML");
    for (pointer, new) in changes {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        match value.pointer_mut(parent).expect("a parent") {
            serde_json::Value::Object(members) if new.is_null() => drop(members.remove(name)),
            parent => *parent.pointer_mut(&format!("/{name}")).expect("a value") = new.clone(),
        }
    }
    expected.assert_eq(&rewrite(original, &value));
}

#[test]
fn quotes_brackets_and_order_stay() {
    check(
        "b: \"x\"\na: 'it''s'\nc: [1,  two, {d: \"e\"}]\nf: {}\ng:\nh: ~\n\"i\": 0x1F\n",
        &[("/b", "y".into()), ("/c/1", "three".into())],
        expect![[r#"
            b: "y"
            a: 'it''s'
            c: [1, three, {d: "e"}]
            f: {}
            g:
            h: ~
            "i": 0x1F
        "#]],
    );
}

#[test]
fn lines_are_indented_anew() {
    check(
        "a:\n    b:\n        - c: 1\n          d: 2\n        -   - e\n            - f\n    g: h\n\n\ni: j\n",
        &[("/a/b/0/c", 3.into())],
        expect![[r#"
            a:
              b:
              - c: 3
                d: 2
              - - e
                - f
              g: h
            i: j
        "#]],
    );
}

#[test]
fn a_text_that_looks_like_something_else_gets_quotes() {
    check(
        "a: x\nb: 'x'\nc: x\nd: x\ne: x\n",
        &[
            ("/a", "1".into()),
            ("/b", "1".into()),
            ("/c", "yes".into()),
            ("/d", "# no".into()),
            ("/e", "l1\nl2\n".into()),
        ],
        expect![[r#"
            a: "1"
            b: '1'
            c: "yes"
            d: '# no'
            e: |
              l1
              l2
        "#]],
    );
}

#[test]
fn blocks_of_text_stay_blocks() {
    check(
        "a: |\n    l1\n      l2\nb: |-\n    x\nc: >\n    folded\n    text\n\n    next\nd: |+\n    kept\n\ne: end\n",
        &[("/e", "changed".into()), ("/b", "y\nz".into())],
        expect![[r#"
            a: |
              l1
                l2
            b: |-
              y
              z
            c: >
              folded text

              next
            d: |+
              kept

            e: changed
        "#]],
    );
}

#[test]
fn comments_stay_where_they_are() {
    check(
        "# top\n\n# of a\na: 1 # behind a\nb: # behind b\n  # of c\n  c: 'x # y'   # behind c\n  # of d\n  d:\n  # of item\n  - e # behind e\n# last\n",
        &[("/a", 2.into())],
        expect![[r#"
            # top

            # of a
            a: 2 # behind a
            b: # behind b
              # of c
              c: 'x # y' # behind c
              # of d
              d:
              # of item
              - e # behind e
            # last
        "#]],
    );
}

#[test]
fn members_come_and_go() {
    check(
        "a: 1\nb: 2\nc: 3\n",
        &[("/b", serde_json::Value::Null)],
        expect![[r#"
        a: 1
        c: 3
    "#]],
    );
    let mut value = read_value("b: 1\n", "", Profile::Kustomize, &Limits::default()).expect("YAML");
    value["a"] = serde_json::json!({"x": [1, {"y": "z"}], "empty": [], "text": "a: b"});
    expect![[r#"
        b: 1
        a:
          empty: []
          text: 'a: b'
          x:
          - 1
          - "y": z
    "#]]
    .assert_eq(&rewrite("b: 1\n", &value));
}

#[test]
fn what_cannot_be_kept_is_written_as_usual() {
    check(
        "b: &x [1]\na: *x\n",
        &[("/b/0", 2.into())],
        expect![[r#"
        a:
        - 1
        b:
        - 2
    "#]],
    );
    check(
        "b: !!str 1\na: 2\n",
        &[("/a", 3.into())],
        expect![[r#"
        a: 3
        b: "1"
    "#]],
    );
}
