use expect_test::{Expect, expect};
use serde_json::json;

use super::*;

/// One reference: `kind/name key`, and how.
type Case<'c> = (&'c str, Form<'c>, Presence, Option<&'c str>);

fn composed(spec: Json, cases: &[Case<'_>]) -> String {
    let data: Vec<Option<BTreeMap<String, Vec<u8>>>> = cases
        .iter()
        .map(|(_, _, _, content)| {
            content.map(|content| BTreeMap::from([("values.yaml".to_owned(), content.as_bytes().to_vec())]))
        })
        .collect();
    let references: Vec<Reference<'_>> = cases
        .iter()
        .zip(&data)
        .map(|((key, form, presence, _), data)| Reference {
            kind: if *key == "secret" { Holder::Secret } else { Holder::ConfigMap },
            name: "values",
            key: if *key == "other key" { "other" } else { "values.yaml" },
            form: *form,
            presence: *presence,
            data: data.as_ref(),
        })
        .collect();
    match compose("apps", spec.as_object().unwrap(), &references) {
        Ok(composed) => {
            let skipped = composed.skipped.iter().map(|error| format!("\nskipped: {error}")).collect::<String>();
            format!("{}{skipped}", Json::Object(composed.json))
        }
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn check(spec: Json, cases: &[Case<'_>], expected: Expect) {
    expected.assert_eq(&composed(spec, cases));
}

const REQUIRED: Presence = Presence::Required;
const OPTIONAL: Presence = Presence::Optional;

#[test]
fn later_values_count_over_earlier_ones_and_the_spec_over_all() {
    check(json!({}), &[], expect!["{}"]);
    check(
        json!({"c": {"z": 3}, "d": null}),
        &[
            ("secret", Form::File, REQUIRED, Some("a: 1\nb: [1]\nc: {x: 1, v: 1}\nd: 1\n")),
            ("map", Form::File, REQUIRED, Some("b: [2]\nc: {v: 2, z: 2}\n---\na: 5\n")),
        ],
        expect![[r#"{"a":1.0,"b":[2.0],"c":{"v":2.0,"x":1.0,"z":3.0},"d":null}"#]],
    );
    check(json!({"a": 1}), &[("map", Form::File, REQUIRED, Some("# nothing\n"))], expect![[r#"{"a":1.0}"#]]);
}

#[test]
fn absent_values_are_errors_unless_they_are_optional() {
    check(
        json!({}),
        &[("secret", Form::File, REQUIRED, None)],
        expect![[
            r#"could not resolve Secret chart values reference 'apps/values' with key 'values.yaml': secrets "values" not found"#
        ]],
    );
    check(
        json!({}),
        &[("map", Form::File, REQUIRED, None)],
        expect![[
            r#"could not resolve ConfigMap chart values reference 'apps/values' with key 'values.yaml': configmaps "values" not found"#
        ]],
    );
    check(
        json!({}),
        &[("other key", Form::At("a"), REQUIRED, Some("1"))],
        expect!["could not resolve ConfigMap chart values reference 'apps/values' with key 'other': key not found"],
    );
    check(
        json!({"a": 1}),
        &[("secret", Form::File, OPTIONAL, None), ("other key", Form::File, OPTIONAL, Some("1"))],
        expect![[r#"
            {"a":1.0}
            skipped: could not resolve optional Secret chart values reference 'apps/values' with key 'values.yaml': secrets "values" not found
            skipped: could not resolve optional ConfigMap chart values reference 'apps/values' with key 'other': key not found"#]],
    );
    check(
        json!({}),
        &[("map", Form::File, OPTIONAL, Some("a: [\n"))],
        expect![
            "could not resolve optional ConfigMap chart values reference 'apps/values' with key 'values.yaml': error converting YAML to JSON: yaml: line 2: a value is expected here: a bracket before this place is probably not closed, or a comma is too much"
        ],
    );
    check(
        json!({}),
        &[("map", Form::File, REQUIRED, Some("- a\n"))],
        expect![
            "could not resolve ConfigMap chart values reference 'apps/values' with key 'values.yaml': values are a mapping, this is a list; write `name: value`, or set a targetPath for a single value"
        ],
    );
    check(
        json!({}),
        &[("map", Form::At("a[x]"), REQUIRED, Some("1"))],
        expect![[
            r#"could not resolve ConfigMap chart values reference 'apps/values' with key 'values.yaml': error parsing index: strconv.Atoi: parsing "x": invalid syntax (character 3)"#
        ]],
    );
}

#[test]
fn single_values_have_the_grammar_of_set() {
    let at = |content: &'static str| [("secret", Form::At("a.b"), REQUIRED, Some(content))];
    check(json!({}), &at("1"), expect![[r#"{"a":{"b":1}}"#]]);
    check(json!({}), &at("true"), expect![[r#"{"a":{"b":true}}"#]]);
    check(json!({}), &at("007"), expect![[r#"{"a":{"b":"007"}}"#]]);
    check(json!({}), &at("'1'"), expect![[r#"{"a":{"b":"1"}}"#]]);
    check(json!({}), &at("\"true\""), expect![[r#"{"a":{"b":"true"}}"#]]);
    check(json!({}), &at("'1,c=2'"), expect![[r#"{"a":{"b":"1"},"c":"2"}"#]]);
    check(json!({}), &at("x,c=2"), expect![[r#"{"a":{"b":"x"},"c":2}"#]]);
    check(json!({}), &at("{x,y}"), expect![[r#"{"a":{"b":["x","y"]}}"#]]);
    check(json!({}), &at("x\\,y"), expect![[r#"{"a":{"b":"x,y"}}"#]]);
    check(json!({}), &at("null"), expect![[r#"{"a":{"b":null}}"#]]);
    check(json!({}), &at("x\n"), expect![[r#"{"a":{"b":"x\n"}}"#]]);
    check(json!({}), &[("secret", Form::At("a\\.b[1]"), REQUIRED, Some("x"))], expect![[r#"{"a.b":[null,"x"]}"#]]);
}

#[test]
fn literal_values_are_taken_as_they_are() {
    let at = |content: &'static str| [("secret", Form::LiteralAt("a\\.b.c"), REQUIRED, Some(content))];
    check(json!({}), &at("x=1,y={\"z\": [1, 2]}\\n\n"), expect![[r#"{"a.b":{"c":"x=1,y={\"z\": [1, 2]}\\n\n"}}"#]]);
    check(json!({}), &at("'1'"), expect![[r#"{"a.b":{"c":"'1'"}}"#]]);
}

/// What helm-controller 1.6.3 does, which merges the spec's values both before a value is set and in the end.
#[test]
fn single_values_and_those_of_the_spec_meet() {
    let a = Form::At("a.x");
    check(json!({"a": {"x": 1, "y": 1}}), &[("secret", a, REQUIRED, Some("2"))], expect![[r#"{"a":{"x":2,"y":1.0}}"#]]);
    check(
        json!({"a": {"x": 1, "y": 1}}),
        &[("map", Form::File, REQUIRED, Some("a: {w: 0}")), ("secret", a, REQUIRED, Some("2"))],
        expect![[r#"{"a":{"w":0.0,"x":1.0,"y":1.0}}"#]],
    );
    check(json!({"a": 1}), &[("secret", Form::At("a"), REQUIRED, Some("2"))], expect![[r#"{"a":1.0}"#]]);
    check(
        json!({}),
        &[("secret", a, REQUIRED, Some("2")), ("map", Form::File, REQUIRED, Some("a: {x: 3, w: 0}"))],
        expect![[r#"{"a":{"w":0.0,"x":3.0}}"#]],
    );
    check(
        json!({"m": {"c": ["list", "item", "option"]}}),
        &[
            ("secret", Form::At("m.c[0]"), REQUIRED, Some("value")),
            ("map", Form::File, REQUIRED, Some("flat: value\nm: {c: [one, two, three]}\n")),
        ],
        expect![[r#"{"flat":"value","m":{"c":["value","item","option"]}}"#]],
    );
}
