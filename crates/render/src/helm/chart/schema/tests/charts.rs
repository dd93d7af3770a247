use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use crate::helm::chart::Chart;
use crate::helm::chart::schema::validate;
use crate::template::Value;

fn chart(name: &str, schema: Option<Json>, dependencies: Vec<Chart>) -> Chart {
    let mut chart =
        Chart { schema: schema.map(|schema| schema.to_string().into_bytes().into()), dependencies, ..Chart::default() };
    chart.metadata.name = name.to_owned();
    chart
}

#[test]
fn every_chart_has_its_part() {
    let number = || Some(json!({"properties": {"n": {"type": "number"}}, "required": ["m"]}));
    let parent = chart(
        "parent",
        number(),
        vec![
            chart("one", number(), vec![chart("deep", number(), vec![])]),
            chart("two", Some(json!({"type": 1})), vec![]),
            chart("three", number(), vec![]),
            chart("four", number(), vec![]),
        ],
    );
    let check = |values: Json, expected: Expect| {
        let Value::Map(values) = Value::from_json(&values) else { panic!("a table") };
        let shown = validate(&parent, &values).map_or_else(|errors| errors.to_string(), |()| "valid".to_owned());
        expected.assert_eq(&shown);
    };
    check(
        json!({"n": "x", "one": {"n": 1, "m": 1, "deep": {"n": []}}, "two": {}, "three": [1], "four": null}),
        expect![[r#"
            values don't meet the specifications of the schema(s) in the following chart(s):
            parent:
            - at '': missing property 'm'
            - at '/n': got string, want number
            deep:
            - at '': missing property 'm'
            - at '/n': got array, want number
            two:
            "file:///values.schema.json#" is not valid against metaschema: at '': type must be one or a list of "array", "boolean", "integer", "null", "number", "object", "string"
            three:
            invalid type for values: expected object (map), got []interface {}
        "#]],
    );
    check(json!({"m": 1}), expect!["valid"]);
}
