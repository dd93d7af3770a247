use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use super::*;
use crate::helm::values::{Defaults, coalesce};
use crate::template::Value;

/// A chart with what its `Chart.yaml` says of dependencies.
fn chart(name: &str, values: Json, requirements: Json, dependencies: Vec<Chart>) -> Chart {
    let mut chart = Chart { dependencies, ..Chart::default() };
    chart.metadata.name = name.to_owned();
    chart.metadata.version = "1.2.3".to_owned();
    chart.metadata.dependencies = serde_json::from_value(requirements).unwrap();
    chart.values = values.as_object().unwrap().clone();
    chart
}

fn leaf(name: &str) -> Chart {
    chart(name, json!({}), json!([]), vec![])
}

fn map(json: &Json) -> Map {
    match Value::from_json_with_integers(json) {
        Value::Map(map) => map,
        _ => Map::default(),
    }
}

/// The charts that are left and the root's values, or why there are none.
fn processed(mut chart: Chart, given: Json) -> String {
    match process(&mut chart, &map(&given), Rules::V4) {
        Ok(warnings) => {
            let paths: Vec<String> =
                chart.walk().into_iter().map(|placed| placed.full_path.replace("/charts/", ".")).collect();
            let mut lines = vec![paths.join(" "), Json::from(chart.values).to_string()];
            lines.extend(warnings.iter().map(Warning::to_string));
            lines.join("\n")
        }
        Err(error) => format!("error: {error}"),
    }
}

fn check(chart: Chart, given: Json, expected: Expect) {
    expected.assert_eq(&processed(chart, given));
}

#[test]
fn conditions() {
    let parent = |condition: &str, values: Json| {
        chart("p", values, json!([{"name": "a", "version": "*", "condition": condition}]), vec![leaf("a")])
    };
    check(
        parent("a.on", json!({})),
        json!({}),
        expect![[r#"
        p p.a
        {"a":{"global":{}}}"#]],
    );
    check(
        parent("a.on", json!({"a": {"on": false}})),
        json!({}),
        expect![[r#"
        p
        {"a":{"on":false}}"#]],
    );
    check(
        parent("a.on", json!({"a": {"on": false}})),
        json!({"a": {"on": true}}),
        expect![[r#"
        p p.a
        {"a":{"global":{},"on":false}}"#]],
    );
    check(
        parent("a.on,b.on", json!({"b": {"on": false}})),
        json!({}),
        expect![[r#"
        p
        {"b":{"on":false}}"#]],
    );
    check(
        parent("a.on,b.on", json!({"a": {"on": true}, "b": {"on": false}})),
        json!({}),
        expect![[r#"
        p p.a
        {"a":{"global":{},"on":true},"b":{"on":false}}"#]],
    );
    // Only the whole is trimmed.
    check(
        parent(" a.on, b.on ", json!({"b": {"on": false}})),
        json!({}),
        expect![[r#"
        p p.a
        {"a":{"global":{}},"b":{"on":false}}"#]],
    );
    check(
        parent("a.on,b", json!({"a": {"on": "false"}, "b": false})),
        json!({}),
        expect![[r#"
        p
        {"a":{"on":"false"},"b":false}
        Warning: Condition path 'a.on' for chart a returned non-bool value"#]],
    );
    check(
        parent("a", json!({"a": {}})),
        json!({}),
        expect![[r#"
        p p.a
        {"a":{"global":{}}}"#]],
    );
    check(
        parent("a.on", json!({"a": {"on": null}})),
        json!({"a": {"on": null}}),
        expect![[r#"
        p p.a
        {"a":{"global":{},"on":null}}
        Warning: Condition path 'a.on' for chart a returned non-bool value"#]],
    );
}

#[test]
fn tags() {
    let parent = |tags: Json, condition: &str| {
        let requirement = json!({"name": "a", "version": "*", "tags": tags, "condition": condition});
        chart("p", json!({}), json!([requirement]), vec![leaf("a")])
    };
    check(
        parent(json!(["x", "y"]), ""),
        json!({"tags": {"x": false}}),
        expect![[r#"
        p
        {}"#]],
    );
    check(
        parent(json!(["x", "y"]), ""),
        json!({"tags": {"x": false, "y": true}}),
        expect![[r#"
        p p.a
        {"a":{"global":{}}}"#]],
    );
    check(
        parent(json!(["x"]), ""),
        json!({"tags": {"x": "no"}}),
        expect![[r#"
        p p.a
        {"a":{"global":{}}}
        Warning: Tag 'x' for chart a returned non-bool value"#]],
    );
    check(
        parent(json!(["x"]), ""),
        json!({"tags": []}),
        expect![[r#"
        p p.a
        {"a":{"global":{}}}"#]],
    );
    check(
        parent(json!(["x"]), "on"),
        json!({"tags": {"x": false}, "on": true}),
        expect![[r#"
        p p.a
        {"a":{"global":{}}}"#]],
    );
    check(
        parent(json!(["x"]), "on"),
        json!({"tags": {"x": true}, "on": false}),
        expect![[r#"
        p
        {}"#]],
    );
}

#[test]
fn aliases_and_versions() {
    let requirements = |requirements: Json| chart("p", json!({}), requirements, vec![leaf("a"), leaf("other")]);
    check(
        requirements(
            json!([{"name": "a", "version": "1.x", "alias": "one"}, {"name": "a", "version": "^1", "alias": "two"}]),
        ),
        json!({}),
        expect![[r#"
            p p.other p.one p.two
            {"one":{"global":{}},"other":{"global":{}},"two":{"global":{}}}"#]],
    );
    check(
        requirements(json!([{"name": "a", "version": "2.x", "alias": "one"}])),
        json!({}),
        expect![[r#"
        p p.a p.other
        {"a":{"global":{}},"other":{"global":{}}}"#]],
    );
    check(
        requirements(json!([{"name": "a", "version": "nonsense"}])),
        json!({}),
        expect![[r#"
        p p.a p.other
        {"a":{"global":{}},"other":{"global":{}}}"#]],
    );
    check(
        requirements(json!([{"name": "a", "version": "*", "alias": "b", "condition": "b.on"}])),
        json!({"b": {"on": false}}),
        expect![[r#"
            p p.other
            {}"#]],
    );
    // What is not named in Chart.yaml stays.
    check(
        requirements(json!([])),
        json!({}),
        expect![[r#"
        p p.a p.other
        {}"#]],
    );
}

#[test]
fn version_ranges_are_those_of_helm() {
    for (range, version, expected) in [
        (">=1.2.3-0, <2", "1.2.3-rc.1", true),
        (">=1.2.3-0, <2", "2.0.0-rc.1", true),
        (">=1.2.3-0", "1.2.3", true),
        (">=1.2.3", "1.2.4-rc.1", false),
        ("^1.0.0", "1.5.0-beta", false),
        ("^1.0.0-0", "1.5.0-beta", true),
        ("*", "1.0.0-beta", false),
        (">=0.0.0-0", "1.0.0-beta", true),
        ("", "1.0.0", false),
        ("1.2.3", "v1.2.3", true),
        ("1.2", "1.2.9", true),
        ("~1", "1.9", true),
        ("1.2.3 - 1.3", "1.3.7", true),
        ("1.2.3", "one", false),
        ("> 1, < 3 || 4", "4.1.0", true),
    ] {
        assert_eq!(enabled::is_compatible(range, version), expected, "{range:?} {version:?}");
    }
}

#[test]
fn charts_below_are_asked_as_well() {
    let below = |name: &str| {
        chart(
            name,
            json!({"deep": {"on": true}}),
            json!([{"name": "deep", "version": "*", "condition": "deep.on", "tags": ["t"]}]),
            vec![leaf("deep")],
        )
    };
    let parent = || {
        let requirements = json!([{"name": "a", "version": "*"}, {"name": "a", "version": "*", "alias": "b"}]);
        chart("p", json!({}), requirements, vec![below("a")])
    };
    check(
        parent(),
        json!({}),
        expect![[r#"
        p p.a p.a.deep p.b p.b.deep
        {"a":{"deep":{"global":{},"on":true},"global":{}},"b":{"deep":{"global":{},"on":true},"global":{}}}"#]],
    );
    check(
        parent(),
        json!({"b": {"deep": {"on": false}}}),
        expect![[r#"
        p p.a p.a.deep p.b
        {"a":{"deep":{"global":{},"on":true},"global":{}},"b":{"deep":{"on":true},"global":{}}}"#]],
    );
    check(
        parent(),
        json!({"a": {"deep": {"on": null}}, "tags": {"t": false}}),
        expect![[r#"
        p p.a p.b p.b.deep
        {"a":{"deep":{"on":true},"global":{}},"b":{"deep":{"global":{},"on":true},"global":{}}}
        Warning: Condition path 'deep.on' for chart deep returned non-bool value"#]],
    );
    // Where a chart has no dependencies of its own, those of the charts it holds are not looked at.
    check(
        chart("p", json!({}), json!([]), vec![below("a")]),
        json!({"a": {"deep": {"on": false}}}),
        expect![[r#"
        p p.a p.a.deep
        {}"#]],
    );
}

#[test]
fn imported_values() {
    let parent = |values: Json, imports: Json, child: Json| {
        let child = chart("a", child, json!([]), vec![]);
        chart("p", values, json!([{"name": "a", "version": "*", "import-values": imports}]), vec![child])
    };
    let exports = || json!({"exports": {"data": {"port": 80, "t": {"x": 1}}}, "own": {"y": [1]}});
    check(
        parent(json!({"port": 1}), json!(["data"]), exports()),
        json!({}),
        expect![[r#"
        p p.a
        {"a":{"exports":{"data":{"port":80,"t":{"x":1}}},"global":{},"own":{"y":[1]}},"port":1,"t":{"x":1}}"#]],
    );
    check(
        parent(
            json!({}),
            json!([{"child": "own", "parent": "deep.er"}, {"child": "exports.data.t", "parent": "."}]),
            exports(),
        ),
        json!({}),
        expect![[r#"
            p p.a
            {"a":{"exports":{"data":{"port":80,"t":{"x":1}}},"global":{},"own":{"y":[1]}},"deep":{"er":{"y":[1]}},"x":1}"#]],
    );
    check(
        parent(json!({}), json!(["missing", {"child": "own.y", "parent": "z"}]), exports()),
        json!({}),
        expect![[r#"
        p p.a
        {"a":{"exports":{"data":{"port":80,"t":{"x":1}}},"global":{},"own":{"y":[1]}}}
        Warning: ImportValues missing table from chart a: "exports.missing" is not a table
        Warning: ImportValues missing table from chart a: "own.y" is not a table"#]],
    );
    // Nulls stay, to take defaults away once values are given.
    check(
        parent(json!({"t": {"x": null}}), json!(["data"]), exports()),
        json!({}),
        expect![[r#"
        p p.a
        {"a":{"exports":{"data":{"port":80,"t":{"x":1}}},"global":{},"own":{"y":[1]}},"port":80,"t":{"x":null}}"#]],
    );
    check(
        parent(json!({"a": 1}), json!(["data"]), exports()),
        json!({}),
        expect!["error: type mismatch on a: %!t(float64=1)"],
    );
}

#[test]
fn imports_climb_from_chart_to_chart() {
    let low = chart("low", json!({"exports": {"all": {"level": "low", "low": true}}}), json!([]), vec![]);
    let middle = chart(
        "middle",
        json!({"exports": {"all": {"level": "middle"}}}),
        json!([{"name": "low", "version": "*", "import-values": [{"child": "exports.all", "parent": "exports.all"}]}]),
        vec![low],
    );
    let top =
        chart("top", json!({}), json!([{"name": "middle", "version": "*", "import-values": ["all"]}]), vec![middle]);
    check(
        top,
        json!({}),
        expect![[r#"
        top top.middle top.middle.low
        {"level":"middle","low":true,"middle":{"exports":{"all":{"level":"middle","low":true}},"global":{},"low":{"exports":{"all":{"level":"low","low":true}},"global":{}}}}"#]],
    );
}

#[test]
fn hostile_imports_end() {
    let parent = |imports: Json| {
        let child = chart("a", json!({"t": {"k": {"v": 1}}}), json!([]), vec![]);
        chart("p", json!({}), json!([{"name": "a", "version": "*", "import-values": imports}]), vec![child])
    };
    // A table that would contain itself, which ends Helm with a stack overflow.
    check(
        parent(json!([{"child": "t", "parent": "."}, {"child": "t", "parent": "k"}, {"child": "t", "parent": "k"}])),
        json!({}),
        expect![
            "error: import-values of chart p put values into themselves: json: unsupported value: encountered a cycle via map[string]interface {}; import into a name of its own"
        ],
    );
    check(
        parent(json!([{"child": "t", "parent": "a.".repeat(1000)}])),
        json!({}),
        expect!["error: import-values of chart p import into a path of 1001 names; at most 100 are possible"],
    );
}

#[test]
fn processing_what_is_processed_changes_nothing() {
    let child = chart("a", json!({"exports": {"data": {"x": 1}}}), json!([]), vec![]);
    let requirements = json!([{"name": "a", "version": "*", "import-values": ["data"]}]);
    let mut chart = chart("p", json!({}), requirements, vec![child]);
    process(&mut chart, &Map::default(), Rules::V4).unwrap();
    let once = (chart.values.clone(), chart.metadata.clone());
    process(&mut chart, &Map::default(), Rules::V4).unwrap();
    assert_eq!(once, (chart.values.clone(), chart.metadata.clone()));
    let values = coalesce(&Defaults::of(&chart), &Map::default(), Rules::V4).unwrap().values;
    expect![[r#"{"a":{"exports":{"data":{"x":1.0}},"global":{}},"x":1.0}"#]]
        .assert_eq(&Value::Map(values).to_json().unwrap().to_string());
}

#[test]
fn missing_dependencies_are_named() {
    let requirements = json!([{"name": "a", "version": "9"}, {"name": "b", "version": "*"}, {"name": "c", "version": "*", "alias": "a"}]);
    let chart = chart("p", json!({}), requirements, vec![leaf("a")]);
    expect!["found in Chart.yaml, but missing in charts/ directory: b, c"].assert_eq(&check_missing(&chart));
    expect!["ok"].assert_eq(&check_missing(&leaf("a")));
}

fn check_missing(chart: &Chart) -> String {
    super::check(chart).map_or_else(|missing| missing.to_string(), |()| "ok".to_owned())
}
