//! What any expression may do, and what an error says about its place.

use expect_test::expect;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::template::Value;

#[test]
fn errors_name_the_place() {
    let place = |expression: &str| {
        let error = fold(expression, Style::Typed, &Map::default()).unwrap_err();
        assert_eq!(error.expression, expression);
        format!("{expression}: {error}\n")
    };
    let deep = format!("a{}=1", "[0]".repeat(MAX_DEPTH + 1));
    let wide: Vec<_> = (0..20).map(|name| format!("a{name}[65536]=1")).collect();
    let all =
        ["a=1,b", "é=1,ü[x]=2", "a=1,a.b=2", "a=1,b[0].c[70000]=2", "a={1,2", "a[0]=1,a[1]b", &deep, &wide.join(",")];
    expect![[r#"
        a=1,b: key "b" has no value (character 5)
        é=1,ü[x]=2: error parsing index: strconv.Atoi: parsing "x": invalid syntax (character 7)
        a=1,a.b=2: unable to parse key: interface conversion: interface {} is int64, not map[string]interface {} (character 5)
        a=1,b[0].c[70000]=2: index of 70000 is greater than maximum supported index of 65536 (character 12)
        a={1,2: list must terminate with '}' (character 6)
        a[0]=1,a[1]b: unexpected data at end of array index: ['b'] (character 12)
        a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]=1: the name has more than 200 tables and lists inside each other (character 603)
        a0[65536]=1,a1[65536]=1,a2[65536]=1,a3[65536]=1,a4[65536]=1,a5[65536]=1,a6[65536]=1,a7[65536]=1,a8[65536]=1,a9[65536]=1,a10[65536]=1,a11[65536]=1,a12[65536]=1,a13[65536]=1,a14[65536]=1,a15[65536]=1,a16[65536]=1,a17[65536]=1,a18[65536]=1,a19[65536]=1: the lists of the expression have more than 1000000 items: give them in a values file (character 190)
    "#]].assert_eq(&all.iter().map(|expression| place(expression)).collect::<String>());
}

#[test]
fn the_deepest_name_works() {
    let values = Map::default();
    let expression = format!("a{}=1", "[0]".repeat(MAX_DEPTH));
    fold(&expression, Style::Typed, &values).unwrap();
    let text = Value::Map(values).to_json().unwrap().to_string();
    assert_eq!(text.matches('[').count(), MAX_DEPTH);
}

/// Texts of the characters that mean something.
fn expression() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            proptest::sample::select(vec![
                "a", "b", "=", ",", ".", "[", "]", "[0]", "[1]", "{", "}", "\\", "\"", ":", " ", "1", "0", "-", "null",
                "true", "é", "a=", ".a", "[0].", "={", "[70]",
            ])
            .prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
        ],
        0..40,
    )
    .prop_map(|parts| parts.concat())
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|character| ['\\', character]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_expression_panics_or_makes_more_than_is_allowed(expressions in proptest::collection::vec(expression(), 1..4)) {
        let read = |name: &str| if name.len().is_multiple_of(2) { Ok(name.into()) } else { Err("none".to_owned()) };
        for style in [Style::Typed, Style::Text, Style::Json, Style::Literal, Style::File(&read)] {
            let values = Map::default();
            for expression in &expressions {
                if let Err(error) = fold(expression, style, &values) {
                    prop_assert!(error.character <= expression.chars().count() + 1);
                }
            }
            prop_assert!(Value::Map(values).to_json().is_ok());
        }
    }

    #[test]
    fn escaped_names_and_texts_come_back(name in ".{1,10}", text in ".{1,20}") {
        let values = Map::default();
        fold(&format!("{}={}", escaped(&name), escaped(&text)), Style::Text, &values).unwrap();
        prop_assert_eq!(Value::Map(values).to_json().unwrap(), json!({ name: text }));
    }

    #[test]
    fn json_of_any_shape_comes_back(items in proptest::collection::vec(any::<f64>(), 0..5), text in ".{0,20}") {
        let given = json!({ "items": items.iter().filter(|item| item.is_finite()).collect::<Vec<_>>(), "text": text });
        let values = Map::default();
        fold(&format!("a[0].b={given} ,c=1"), Style::Json, &values).unwrap();
        prop_assert_eq!(Value::Map(values).to_json().unwrap(), json!({ "a": [{ "b": given }], "c": 1.0 }));
    }
}
