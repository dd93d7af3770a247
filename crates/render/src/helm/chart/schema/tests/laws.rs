use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::outcome;
use crate::helm::chart::schema::failures;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_schema_answers_or_is_refused(schema in any_schema(), value in any_value()) {
        let _ = outcome(&schema, &value);
    }

    #[test]
    fn not_turns_answers_around(schema in any_schema(), value in any_value()) {
        let plain = failures(schema.to_string().as_bytes(), &value);
        let turned = failures(json!({"not": schema}).to_string().as_bytes(), &value);
        if let (Ok(plain), Ok(turned)) = (plain, turned) {
            prop_assert_eq!(plain.is_empty(), !turned.is_empty());
        }
    }
}

fn any_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        (-3_i64..4).prop_map(Json::from),
        "[ab]{0,3}".prop_map(Json::from)
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::btree_map("[ab]", inner, 0..3)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn any_schema() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        any_value().prop_map(|value| json!({"const": value})),
        prop::sample::select(vec!["string", "integer", "object", "array", "null"])
            .prop_map(|kind| json!({"type": kind})),
        (0_usize..3)
            .prop_map(|count| json!({"minLength": count, "maxItems": count, "minProperties": count, "minimum": count})),
        Just(json!({"required": ["a"], "uniqueItems": true})),
        Just(json!({"pattern": "a", "multipleOf": 2})),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            (prop::sample::select(vec!["allOf", "anyOf", "oneOf", "prefixItems"]), list)
                .prop_map(|(keyword, list)| json!({keyword: list})),
            (
                prop::sample::select(vec![
                    "not",
                    "items",
                    "additionalProperties",
                    "contains",
                    "propertyNames",
                    "unevaluatedProperties",
                    "unevaluatedItems"
                ]),
                inner.clone()
            )
                .prop_map(|(keyword, schema)| json!({keyword: schema})),
            (inner.clone(), inner.clone())
                .prop_map(|(one, other)| json!({"properties": {"a": one}, "patternProperties": {"b": other}})),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(test, then, otherwise)| json!({"if": test, "then": then, "else": otherwise})),
        ]
    })
}
