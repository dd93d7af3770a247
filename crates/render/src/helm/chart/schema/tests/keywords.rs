use expect_test::expect;
use serde_json::json;

use super::{check, seven, valid};

#[test]
fn everything_wrong_is_told_at_once() {
    check(
        json!({
            "type": "object",
            "required": ["image", "name"],
            "additionalProperties": false,
            "properties": {
                "replicas": {"type": "integer", "minimum": 1},
                "service": {"type": "object", "properties": {"port": {"maximum": 65535}, "type": {"enum": ["ClusterIP", "NodePort"]}}},
                "a/b~c": {"type": ["string", "null"]},
            },
        }),
        json!({"replicas": 0, "service": {"port": 70_000, "type": "x"}, "a/b~c": 1, "extra": 1, "more": 1}),
        expect![[r#"
            - at '': missing properties 'image', 'name'
            - at '/a~1b~0c': got number, want null or string
            - at '/replicas': minimum: got 0, want 1
            - at '/service': validation failed
              - at '/service/port': maximum: got 70,000, want 65,535
              - at '/service/type': value must be one of 'ClusterIP', 'NodePort'
            - at '': additional properties 'extra', 'more' not allowed"#]],
    );
}

#[test]
fn types() {
    check(json!({"type": "string"}), json!(1), expect!["- at '': got number, want string"]);
    check(
        json!({"type": ["object", "null", "integer"]}),
        json!(1.5),
        expect!["- at '': got number, want null or integer or object"],
    );
    check(json!({"type": "integer"}), json!("1"), expect!["- at '': got string, want integer"]);
    valid(json!({"type": "integer"}), json!(1.0));
    valid(json!({"type": "integer"}), json!(1e20));
    valid(json!({"type": "number"}), json!(1));
    check(json!({"type": "number", "minimum": 3}), json!(null), expect!["- at '': got null, want number"]);
    check(json!(false), json!(1), expect!["- at '': false schema"]);
    valid(json!({}), json!(null));
}

#[test]
fn fixed_values() {
    check(json!({"const": 1}), json!(2), expect!["- at '': value must be 1"]);
    check(json!({"const": {"a": 1}}), json!(2), expect!["- at '': 'const' failed"]);
    check(
        json!({"enum": ["it's", 1.5, null, true]}),
        json!("x"),
        expect![[r#"- at '': value must be one of 'it\'s', 1.5, <nil>, true"#]],
    );
    check(json!({"enum": ["one"]}), json!("x"), expect!["- at '': value must be 'one'"]);
    check(json!({"enum": [[1]]}), json!("x"), expect!["- at '': 'enum' failed"]);
    valid(json!({"enum": [1.0]}), json!(1));
    valid(json!({"const": {"a": [1.0, null]}}), json!({"a": [1, null]}));
}

#[test]
fn numbers_and_texts() {
    check(
        json!({"minimum": 1_000_000, "multipleOf": 2, "exclusiveMinimum": 3}),
        json!(1.5),
        expect![[r#"
        - at '': minimum: got 1.5, want 1 × 10⁰⁶
        - at '': exclusiveMinimum: got 1.5, want 3
        - at '': multipleOf: got 1.5, want 2"#]],
    );
    check(
        json!({"maximum": 0.1, "exclusiveMaximum": 0.2}),
        json!(1234.5),
        expect![[r#"
        - at '': maximum: got 1,234.5, want 0.1
        - at '': exclusiveMaximum: got 1,234.5, want 0.2"#]],
    );
    valid(json!({"multipleOf": 0.1}), json!(0.3));
    check(
        json!({"minLength": 3, "maxLength": 1, "pattern": "^[a-z]+$"}),
        json!("éé"),
        expect![[r#"
        - at '': minLength: got 2, want 3
        - at '': maxLength: got 2, want 1
        - at '': 'éé' does not match pattern '^[a-z]+$'"#]],
    );
    check(
        seven(json!({"exclusiveMinimum": true, "minimum": 3})),
        json!(3),
        expect![[
            r#"error: "file:///values.schema.json#" is not valid against metaschema: at '': exclusiveMinimum must be a number; a boolean is for draft 4"#
        ]],
    );
    let four = json!({"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": true, "minimum": 3});
    check(four, json!(3), expect!["- at '': exclusiveMinimum: got 3, want 3"]);
}

#[test]
fn objects() {
    check(
        json!({"minProperties": 2, "maxProperties": 0}),
        json!({"a": 1}),
        expect![[r#"
        - at '': minProperties: got 1, want 2
        - at '': maxProperties: got 1, want 0"#]],
    );
    check(
        json!({"patternProperties": {"^a": {"type": "string"}}, "additionalProperties": {"type": "null"}}),
        json!({"ab": 1, "b": 2}),
        expect![[r#"
        - at '/ab': got number, want string
        - at '/b': got number, want null"#]],
    );
    check(
        json!({"propertyNames": {"maxLength": 2, "pattern": "a"}}),
        json!({"xyz": 1}),
        expect![[r#"
        - at '': invalid propertyName 'xyz'
          - at '': maxLength: got 3, want 2
          - at '': 'xyz' does not match pattern 'a'"#]],
    );
    check(
        json!({"dependentRequired": {"a": ["b", "c"]}, "dependentSchemas": {"a": {"required": ["d"]}}}),
        json!({"a": 1}),
        expect![[r#"
        - at '': missing property 'd'
        - at '': properties 'b', 'c' required, if 'a' exists"#]],
    );
    check(
        seven(json!({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}})),
        json!({"a": 1, "c": 1}),
        expect![[r#"
        - at '': properties 'b' required, if 'a' exists
        - at '': missing property 'd'"#]],
    );
    check(
        json!({"properties": {"a": true}, "unevaluatedProperties": false}),
        json!({"a": 1, "b": 1}),
        expect!["- at '/b': false schema"],
    );
    valid(json!({"allOf": [{"properties": {"a": true}}], "unevaluatedProperties": false}), json!({"a": 1}));
}

#[test]
fn arrays() {
    check(
        json!({"minItems": 3, "maxItems": 1, "uniqueItems": true}),
        json!([1, 1.0]),
        expect![[r#"
        - at '': minItems: got 2, want 3
        - at '': maxItems: got 2, want 1
        - at '': items at 0 and 1 are equal"#]],
    );
    check(
        json!({"items": {"type": "string"}}),
        json!(["a", 1, {"a": 2}]),
        expect![[r#"
        - at '/1': got number, want string
        - at '/2': got object, want string"#]],
    );
    check(
        json!({"prefixItems": [{"type": "string"}], "items": {"type": "null"}}),
        json!([1, 2]),
        expect![[r#"
        - at '/0': got number, want string
        - at '/1': got number, want null"#]],
    );
    check(
        seven(json!({"items": [{"type": "string"}], "additionalItems": false})),
        json!([1, 2, 3]),
        expect![[r#"
        - at '/0': got number, want string
        - at '': last 2 additionalItem(s) not allowed"#]],
    );
    check(
        json!({"contains": {"type": "string"}}),
        json!([1]),
        expect![[r#"
        - at '': no items match contains schema
          - at '/0': got number, want string"#]],
    );
    check(
        json!({"contains": {"type": "string"}, "minContains": 2, "maxContains": 2}),
        json!(["a", 1]),
        expect![[r#"
        - at '': min 2 items required to match contains schema, but matched 1 items at 0
          - at '/1': got number, want string"#]],
    );
    check(
        json!({"contains": {"type": "string"}, "maxContains": 1}),
        json!(["a", "b"]),
        expect!["- at '': max 1 items required to match contains schema, but matched 2 items at 0 1"],
    );
    check(json!({"prefixItems": [true], "unevaluatedItems": false}), json!([1, 2]), expect!["- at '/1': false schema"]);
}

#[test]
fn combinations() {
    check(json!({"not": {"type": "string"}}), json!("a"), expect!["- at '': 'not' failed"]);
    check(
        json!({"allOf": [{"minLength": 2}, {"pattern": "b"}]}),
        json!("a"),
        expect![[r#"
        - at '': 'allOf' failed
          - at '': minLength: got 1, want 2
          - at '': 'a' does not match pattern 'b'"#]],
    );
    check(
        json!({"anyOf": [{"minLength": 2}, {"pattern": "b", "maxLength": 0}]}),
        json!("a"),
        expect![[r#"
        - at '': 'anyOf' failed
          - at '': minLength: got 1, want 2
          - at '': validation failed
            - at '': maxLength: got 1, want 0
            - at '': 'a' does not match pattern 'b'"#]],
    );
    check(
        json!({"oneOf": [{"type": "string"}, {"type": "null"}, {"minLength": 1}]}),
        json!("a"),
        expect!["- at '': 'oneOf' failed, subschemas 0, 2 matched"],
    );
    check(
        json!({"oneOf": [{"type": "boolean"}, {"type": "null"}]}),
        json!("a"),
        expect![[r#"
        - at '': 'oneOf' failed, none matched
          - at '': got string, want boolean
          - at '': got string, want null"#]],
    );
    check(
        json!({"if": {"minLength": 1}, "then": {"pattern": "b"}, "else": {"pattern": "c"}}),
        json!("a"),
        expect!["- at '': 'a' does not match pattern 'b'"],
    );
    check(
        json!({"if": {"minLength": 1}, "then": {"pattern": "b"}, "else": {"pattern": "c"}}),
        json!(""),
        expect!["- at '': '' does not match pattern 'c'"],
    );
}
