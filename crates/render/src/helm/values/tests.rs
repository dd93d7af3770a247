//! Values over defaults, held to what Helm 4 and Helm 3 made of the same charts.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::Defaults;
use super::*;
use crate::template::Value;
use crate::template::value::{Map, Text};

fn map(json: &Json) -> Map {
    match Value::from_json_with_integers(json) {
        Value::Map(map) => map,
        _ => Map::default(),
    }
}

pub(super) fn text(map: &Map) -> String {
    Value::Map(map.clone()).to_json().unwrap().to_string()
}

fn chart(name: &str, values: Json, dependencies: Vec<Defaults>) -> Defaults {
    Defaults { name: name.to_owned(), values: map(&values), dependencies }
}

fn shown(result: Result<Coalesced, TypeMismatch>) -> String {
    let mut lines = match result {
        Ok(done) => {
            let warnings = done.warnings.iter().map(|warning| format!("  {warning}"));
            std::iter::once(text(&done.values)).chain(warnings).collect()
        }
        Err(error) => vec![format!("error: {error}")],
    };
    lines[1..].sort();
    lines.join("\n")
}

/// What Helm 4 makes of the values, what Helm 3 does where it differs, and the values with nulls kept.
fn check(chart: &Defaults, values: Json, expected: Expect) {
    let values = map(&values);
    let before = (text(&chart.values), text(&values));
    let four = shown(coalesce(chart, &values, Rules::V4));
    let three = shown(coalesce(chart, &values, Rules::V3));
    let kept = shown(merge(chart, &values));
    let mut out = format!("{four}\n");
    if three != four {
        out.push_str(&format!("v3: {three}\n"));
    }
    if kept != four {
        out.push_str(&format!("merged: {kept}\n"));
    }
    expected.assert_eq(&out);
    assert_eq!(before, (text(&chart.values), text(&values)), "neither is changed");
}

#[test]
fn defaults_fill_what_is_not_given() {
    let chart = chart("app", json!({"a": 1, "t": {"x": 1, "y": {"z": [1, 2]}}, "l": [1, 2]}), vec![]);
    check(
        &chart,
        json!({"t": {"x": 2, "y": {"w": 3}}, "l": [3]}),
        expect![[r#"
        {"a":1,"l":[3],"t":{"x":2,"y":{"w":3,"z":[1,2]}}}
    "#]],
    );
}

#[test]
fn nulls_take_defaults_away() {
    let chart = chart("app", json!({"a": 1, "t": {"x": 1, "y": {"z": 1}}, "l": [1]}), vec![]);
    check(
        &chart,
        json!({"a": null, "t": {"x": null, "y": null}, "l": null}),
        expect![[r#"
        {"t":{}}
        merged: {"a":null,"l":null,"t":{"x":null,"y":null}}
    "#]],
    );
}

#[test]
fn nulls_without_a_default() {
    let chart = chart("app", json!({"t": {"x": 1}}), vec![]);
    check(
        &chart,
        json!({"a": null, "t": {"y": null, "d": {"n": null}}}),
        expect![[r#"
        {"a":null,"t":{"d":{"n":null},"x":1,"y":null}}
    "#]],
    );
}

#[test]
fn a_null_over_a_table() {
    let chart = chart("app", json!({"t": {"x": {"y": 1}}}), vec![]);
    check(
        &chart,
        json!({"t": {"x": null}}),
        expect![[r#"
        {"t":{}}
        merged: {"t":{"x":null}}
    "#]],
    );
}

#[test]
fn defaults_that_are_null() {
    let chart =
        chart("app", json!({"a": null, "t": {"x": null, "y": {"z": null, "w": 1}}, "l": [null, {"n": null}]}), vec![]);
    check(
        &chart,
        json!({"t": {"y": {"v": 1}}}),
        expect![[r#"
        {"l":[null,{"n":null}],"t":{"y":{"v":1,"w":1}}}
        v3: {"a":null,"l":[null,{"n":null}],"t":{"x":null,"y":{"v":1,"w":1,"z":null}}}
        merged: {"a":null,"l":[null,{"n":null}],"t":{"x":null,"y":{"v":1,"w":1,"z":null}}}
    "#]],
    );
}

#[test]
fn null_over_null() {
    let chart = chart("app", json!({"a": null, "t": {"x": null, "d": {"x": null}}}), vec![]);
    check(
        &chart,
        json!({"a": null, "t": {"x": null, "d": {"x": null}}}),
        expect![[r#"
        {"t":{"d":{"x":null},"x":null}}
        merged: {"a":null,"t":{"d":{"x":null},"x":null}}
    "#]],
    );
}

#[test]
fn tables_and_others() {
    let chart =
        chart("app", json!({"a": 1, "t": {"x": 1}, "u": {"v": {"w": 1}, "s": "text", "n": null}, "n": null}), vec![]);
    check(
        &chart,
        json!({"a": {"x": 1}, "t": 2, "u": {"v": "text", "s": {"y": 1}, "n": {"z": 1}}, "n": {"k": 1}}),
        expect![[r#"
            {"a":{"x":1},"n":{"k":1},"t":2,"u":{"n":{"z":1},"s":{"y":1},"v":"text"}}
              warning: cannot overwrite table with non table for app.u.v (map[w:1])
              warning: destination for app.u.s is a table. Ignoring non-table value (text)
              warning: skipped value for app.a: Not a table.
        "#]],
    );
}

#[test]
fn values_of_a_chart_below() {
    let chart = chart(
        "app",
        json!({"sub": {"a": "parent", "t": {"x": "parent"}}}),
        vec![chart("sub", json!({"a": "sub", "b": "sub", "t": {"x": "sub", "y": "sub"}}), vec![])],
    );
    check(
        &chart,
        json!({"sub": {"b": "user"}}),
        expect![[r#"
        {"sub":{"a":"parent","b":"user","global":{},"t":{"x":"parent","y":"sub"}}}
    "#]],
    );
}

#[test]
fn nulls_for_a_chart_below() {
    let chart = chart(
        "app",
        json!({"sub": {"a": "parent", "b": null, "t": {"x": null}}}),
        vec![chart("sub", json!({"a": "sub", "b": "sub", "c": "sub", "t": {"x": "sub", "y": "sub"}}), vec![])],
    );
    check(
        &chart,
        json!({"sub": {"a": null, "c": null, "t": {"y": null}}}),
        expect![[r#"
        {"sub":{"global":{},"t":{}}}
        merged: {"sub":{"a":null,"b":null,"c":null,"global":{},"t":{"x":null,"y":null}}}
    "#]],
    );
}

#[test]
fn a_null_of_the_parent_for_a_chart_below() {
    let chart = chart(
        "app",
        json!({"sub": {"b": null, "t": {"x": null, "n": null}}}),
        vec![chart("sub", json!({"b": "sub", "t": {"x": "sub", "y": "sub"}}), vec![])],
    );
    check(
        &chart,
        json!({}),
        expect![[r#"
        {"sub":{"b":"sub","global":{},"t":{"x":"sub","y":"sub"}}}
        v3: {"sub":{"global":{},"t":{"n":null,"y":"sub"}}}
        merged: {"sub":{"b":null,"global":{},"t":{"n":null,"x":null,"y":"sub"}}}
    "#]],
    );
}

#[test]
fn a_null_for_all_of_a_chart_below() {
    let chart = chart("app", json!({"sub": {"a": 1}}), vec![chart("sub", json!({"a": 2}), vec![])]);
    check(
        &chart,
        json!({"sub": null}),
        expect![[r#"
        {"sub":{"a":2,"global":{}}}
        merged: error: type mismatch on sub: %!t(<nil>)
    "#]],
    );
}

#[test]
fn a_null_for_all_of_a_chart_below_no_defaults() {
    let chart = chart("app", json!({}), vec![chart("sub", json!({"a": 2}), vec![])]);
    check(
        &chart,
        json!({"sub": null}),
        expect![[r#"
        error: type mismatch on sub: %!t(<nil>)
    "#]],
    );
}

#[test]
fn a_text_for_a_chart_below() {
    let chart = chart("app", json!({}), vec![chart("mid", json!({}), vec![chart("sub", json!({}), vec![])])]);
    check(
        &chart,
        json!({"mid": {"sub": "text"}}),
        expect![[r#"
        error: type mismatch on sub: %!t(string=text)
    "#]],
    );
}

#[test]
fn a_bool_for_a_chart_below() {
    let chart = chart("app", json!({"sub": {"a": 1}}), vec![chart("sub", json!({}), vec![])]);
    check(
        &chart,
        json!({"sub": true}),
        expect![[r#"
        error: type mismatch on sub: true
    "#]],
    );
}

#[test]
fn a_list_for_a_chart_below() {
    let chart = chart("app", json!({"sub": [1, "x"]}), vec![chart("sub", json!({}), vec![])]);
    check(
        &chart,
        json!({}),
        expect![[r#"
        error: type mismatch on sub: [%!t(int64=1) %!t(string=x)]
    "#]],
    );
}

#[test]
fn globals_go_down() {
    let chart = chart(
        "app",
        json!({"global": {"a": "app", "t": {"x": "app"}}}),
        vec![
            chart(
                "mid",
                json!({"global": {"b": "mid", "t": {"y": "mid"}}}),
                vec![chart("leaf", json!({"global": {"c": "leaf", "t": {"z": "leaf"}}}), vec![])],
            ),
            chart("other", json!({}), vec![]),
        ],
    );
    check(
        &chart,
        json!({"global": {"a": "user"}}),
        expect![[r#"
        {"global":{"a":"user","t":{"x":"app"}},"mid":{"global":{"a":"user","b":"mid","t":{"x":"app","y":"mid"}},"leaf":{"global":{"a":"user","b":"mid","c":"leaf","t":{"x":"app","y":"mid","z":"leaf"}}}},"other":{"global":{"a":"user","t":{"x":"app"}}}}
    "#]],
    );
}

#[test]
fn globals_given_for_a_chart_below() {
    let chart = chart(
        "app",
        json!({"global": {"a": "app"}}),
        vec![chart("sub", json!({"global": {"a": "sub", "t": {"x": "sub"}}}), vec![])],
    );
    check(
        &chart,
        json!({"global": {"t": {"x": "user"}}, "sub": {"global": {"a": "mine", "own": 1, "t": {"x": "mine", "y": "mine"}}}}),
        expect![[r#"
            {"global":{"a":"app","t":{"x":"user"}},"sub":{"global":{"a":"app","own":1,"t":{"x":"user","y":"mine"}}}}
        "#]],
    );
}

#[test]
fn globals_shared_deep_down() {
    let chart = chart(
        "app",
        json!({"global": {"t": {"d": {"x": "app"}}}}),
        vec![
            chart("sub", json!({"global": {"t": {"d": {"y": "sub"}, "e": {"z": "sub"}}}}), vec![]),
            chart("next", json!({}), vec![]),
        ],
    );
    check(
        &chart,
        json!({}),
        expect![[r#"
        {"global":{"t":{"d":{"x":"app","y":"sub"}}},"next":{"global":{"t":{"d":{"x":"app","y":"sub"}}}},"sub":{"global":{"t":{"d":{"x":"app","y":"sub"},"e":{"z":"sub"}}}}}
    "#]],
    );
}

#[test]
fn globals_that_are_null() {
    let chart = chart(
        "app",
        json!({"global": {"a": "app", "t": {"x": "app"}}}),
        vec![chart("sub", json!({"global": {"a": "sub", "n": null, "t": {"x": "sub", "y": "sub"}}}), vec![])],
    );
    check(
        &chart,
        json!({"global": {"a": null, "t": {"x": null}}, "sub": {"global": {"t": {"y": null}}}}),
        expect![[r#"
            {"global":{"t":{}},"sub":{"global":{"a":"sub","t":{"x":"sub"}}}}
            v3: {"global":{"t":{}},"sub":{"global":{"a":"sub","n":null,"t":{"x":"sub"}}}}
            merged: {"global":{"a":null,"t":{"x":null}},"sub":{"global":{"a":null,"n":null,"t":{"x":null,"y":null}}}}
        "#]],
    );
}

#[test]
fn globals_that_are_no_tables() {
    let chart = chart("app", json!({}), vec![chart("sub", json!({"global": {"a": 1}}), vec![])]);
    check(
        &chart,
        json!({"global": "text"}),
        expect![[r#"
        {"global":"text","sub":{"global":{"a":1}}}
          warning: skipping globals because source global is not a table.
    "#]],
    );
}

#[test]
fn globals_of_a_chart_below_that_are_no_tables() {
    let chart = chart("app", json!({"global": {"a": 1}}), vec![chart("sub", json!({}), vec![])]);
    check(
        &chart,
        json!({"sub": {"global": "text"}}),
        expect![[r#"
        {"global":{"a":1},"sub":{"global":"text"}}
          warning: skipping globals because destination global is not a table.
    "#]],
    );
}

#[test]
fn globals_that_do_not_fit() {
    let chart = chart("app", json!({}), vec![chart("sub", json!({}), vec![])]);
    check(
        &chart,
        json!({"global": {"t": {"x": 1}, "s": "text"}, "sub": {"global": {"t": "text", "s": {"x": 1}}}}),
        expect![[r#"
            {"global":{"s":"text","t":{"x":1}},"sub":{"global":{"s":{"x":1},"t":"text"}}}
              Conflict: cannot merge map onto non-map for "t". Skipping.
              key s is table. Skipping
        "#]],
    );
}

#[test]
fn defaults_of_a_chart_below_hide_no_global() {
    let chart =
        chart("app", json!({}), vec![chart("sub", json!({"i": {"f": null}, "global": {"i": {"f": null}}}), vec![])]);
    check(
        &chart,
        json!({"global": {"i": {"f": true}}}),
        expect![[r#"
        {"global":{"i":{"f":true}},"sub":{"global":{"i":{"f":true}},"i":{}}}
        v3: {"global":{"i":{"f":true}},"sub":{"global":{"i":{"f":true}},"i":{"f":null}}}
        merged: {"global":{"i":{"f":true}},"sub":{"global":{"i":{"f":true}},"i":{"f":null}}}
    "#]],
    );
}

#[test]
fn warnings_name_the_path() {
    let chart = chart(
        "one",
        json!({}),
        vec![chart(
            "two",
            json!({}),
            vec![chart("three", json!({"boat": true, "spear": {"tip": true, "sail": {"cotton": true}}}), vec![])],
        )],
    );
    check(
        &chart,
        json!({"two": {"three": {"boat": {"mast": true}, "spear": {"tip": {"sharp": true}, "sail": true}}}}),
        expect![[r#"
            {"two":{"global":{},"three":{"boat":{"mast":true},"global":{},"spear":{"sail":true,"tip":{"sharp":true}}}}}
              warning: cannot overwrite table with non table for one.two.three.spear.sail (map[cotton:true])
              warning: destination for one.two.three.spear.tip is a table. Ignoring non-table value (true)
              warning: skipped value for one.two.three.boat: Not a table.
        "#]],
    );
}

#[test]
fn tables_of_the_parent_over_those_of_a_chart_below() {
    let chart = chart(
        "app",
        json!({"sub": {"t": "text", "s": {"x": 1}}}),
        vec![chart("sub", json!({"t": {"x": 1}, "s": "text"}), vec![])],
    );
    check(
        &chart,
        json!({}),
        expect![[r#"
        {"sub":{"global":{},"s":{"x":1},"t":"text"}}
          warning: skipped value for app.sub.s: Not a table.
    "#]],
    );
}

#[test]
fn the_same_chart_twice() {
    let chart = chart(
        "app",
        json!({"x": {"a": "app"}}),
        vec![chart("x", json!({"a": "one", "b": "one"}), vec![]), chart("x", json!({"b": "two", "c": "two"}), vec![])],
    );
    check(
        &chart,
        json!({}),
        expect![[r#"
        {"x":{"a":"app","b":"one","c":"two","global":{}}}
    "#]],
    );
}

#[test]
fn a_chart_below_and_its_parent_share_tables() {
    let parent = chart("app", json!({ "global": { "t": { "d": {} } } }), vec![chart("sub", json!({}), vec![])]);
    let values = coalesce(&parent, &Map::default(), Rules::V4).unwrap().values;
    let table = |map: &Map, key: &str| match map.get(key.as_bytes()) {
        Some(Value::Map(map)) => map,
        other => panic!("{key} is {other:?}"),
    };
    let deep = |map: &Map| table(&table(&table(map, "global"), "t"), "d");
    deep(&values).insert("set", Value::Bool(true));
    expect![[r#"{"global":{"t":{"d":{"set":true}}},"sub":{"global":{"t":{"d":{"set":true}}}}}"#]]
        .assert_eq(&text(&values));
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), (0..9).prop_map(Json::from)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::btree_map("[abc]|global|sub", inner.clone(), 0..4).prop_map(|map| json!(map)),
            proptest::collection::vec(inner, 0..3).prop_map(Json::from),
        ]
    })
}

fn table() -> impl Strategy<Value = Json> {
    proptest::collection::btree_map("[abc]|global|sub", json(), 0..5).prop_map(|map| json!(map))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_given_counts_and_nothing_is_changed(own in table(), below in table(), given in table()) {
        let parent = chart("app", own, vec![chart("sub", below, vec![])]);
        let values = map(&given);
        let before = (text(&parent.values), text(&parent.dependencies[0].values), text(&values));
        for rules in [Rules::V3, Rules::V4] {
            let Ok(done) = coalesce(&parent, &values, rules) else { continue };
            for (key, value) in values.entries() {
                let found = done.values.get(&key);
                match value {
                    Value::Nil if parent.values.contains(&key) => prop_assert!(found.is_none() || key == Text::from("sub")),
                    Value::Nil | Value::Map(_) => {}
                    other => prop_assert!(found.is_some_and(|found| found.deep_equal(&other))),
                }
            }
        }
        prop_assert_eq!(before, (text(&parent.values), text(&parent.dependencies[0].values), text(&values)));
    }

    #[test]
    fn without_values_helm_3_keeps_the_defaults_as_they_are(own in table()) {
        let alone = chart("app", own.clone(), vec![]);
        let done = coalesce(&alone, &Map::default(), Rules::V3).unwrap();
        prop_assert_eq!(text(&done.values), text(&map(&own)));
        prop_assert!(done.warnings.is_empty());
    }
}
