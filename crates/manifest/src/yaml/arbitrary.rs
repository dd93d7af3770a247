//! JSON values for property tests.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Strings that are hard to write: words that mean something, numbers, indicators, spaces, breaks, any character.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,6}",
        "(true|yes|on|y|null|~|NaN|\\.nan|-\\.inf|<<|=|---|\\.\\.\\.|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}:[0-5][0-9])",
        "[-+]?(0x|0o|0b|0)?[0-9a-f_]{1,6}(\\.[0-9]*)?(e[-+]?[0-9]{1,3})?",
        "[-a-z \n\t:#,?\\[\\]{}&*!|>'\"%@`\\\\]{0,12}",
        "([a-z]{1,9} {1,2}){0,30}[a-z]",
        "([a-z]{0,9}\n{0,3} {0,3}){0,6}",
        "\\PC{0,8}",
        any::<String>(),
    ]
}

/// Any JSON value whose floats are not whole, as those come back from YAML as integers.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite and not whole", |float| {
            (float.is_finite() && float.fract() != 0.0).then(|| Value::from(float))
        }),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(text(), inner, 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Any JSON object.
pub(crate) fn object() -> impl Strategy<Value = Value> {
    btree_map(text(), value(), 0..5).prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}
