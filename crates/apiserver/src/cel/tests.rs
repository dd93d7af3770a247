//! Rules of schemas: whether they make sense, and whether they cost too much.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Site, Total, check_definition as check};

#[track_caller]
fn errors(schema: Value, site: &Site, expected: Expect) {
    let mut total = Total::default();
    let mut errors = check(&schema, "s", site, &mut total);
    errors.extend(total.errors("s"));
    expected.assert_eq(&errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

#[test]
fn rules_are_refused_by_what_they_cost() {
    let root = Site::root();
    let unbounded = Site { most_values: None, is_root: false, uncorrelated: Some("list".to_owned()) };
    let rule = |rule: &str| json!([{"rule": rule}]);
    let string = |rules: Value| json!({"type": "string", "x-kubernetes-validations": rules});
    errors(string(rule("self.matches('^a+$')")), &root, expect![[""]]);
    errors(
        string(rule("self.matches('^a+$')")),
        &unbounded,
        expect![[r#"
        s.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)
        s.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema
        s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"#]],
    );
    errors(
        string(rule("self == oldSelf")),
        &unbounded,
        expect![[r#"
        s.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)
        s.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within list
        s.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema
        s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"#]],
    );
    errors(
        string(json!([{"rule": "self != ''", "messageExpression": "self.size()"}])),
        &root,
        expect![[
            r#"s.x-kubernetes-validations[0].messageExpression: Invalid value: {"messageExpression":"self.size()","rule":"self != ''"}: messageExpression must evaluate to a string"#
        ]],
    );
    errors(
        string(json!([{"rule": "self != ''", "messageExpression": "self + '!'", "optionalOldSelf": true}])),
        &root,
        expect![
            "s.x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule"
        ],
    );
    errors(
        string(json!([{"rule": "oldSelf.hasValue() || self != ''", "optionalOldSelf": true}])),
        &root,
        expect![[""]],
    );
    errors(
        string(rule("self.size()")),
        &root,
        expect![[
            r#"s.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.size()"}: cel expression must evaluate to a bool"#
        ]],
    );
    errors(
        json!({"x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-validations": rule("true")}),
        &root,
        expect![
            "s.x-kubernetes-validations: Internal error: internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations"
        ],
    );
    let several: Vec<Value> =
        (0..16).map(|n| json!({"rule": format!("self.matches('{}')", "a".repeat(80 + n))})).collect();
    errors(
        string(several.into()),
        &root,
        expect![[r#"
        s.x-kubernetes-validations[13].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema
        s.x-kubernetes-validations[14].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema
        s.x-kubernetes-validations[15].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema
        s.x-kubernetes-validations[9].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema
        s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of 1.119880x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"#]],
    );
}

#[test]
fn objects_have_what_all_objects_have() {
    let schema = json!({"type": "object", "x-kubernetes-validations": [{"rule": "self.metadata.name.size() < 9"}]});
    errors(schema.clone(), &Site::root(), expect![[""]]);
    errors(
        schema,
        &Site { is_root: false, ..Site::root() },
        expect![[
            r#"s.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.metadata.name.size() < 9"}: compilation failed: ERROR: <input>: undefined field 'metadata'"#
        ]],
    );
}
