//! Objects of custom kinds.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::super::{FieldValidation, admit_create, admit_status, admit_update};
use super::shown;
use crate::registry::Resource;

/// A kind whose spec has this schema.
fn kind(spec: Value) -> Resource {
    let crd = json!({
        "metadata": {"name": "gadgets.test.example"},
        "spec": {
            "group": "test.example",
            "scope": "Namespaced",
            "names": {"plural": "gadgets", "kind": "Gadget", "singular": "gadget", "listKind": "GadgetList"},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}},
                "subresources": {"status": {}},
            }],
        },
    });
    let mut resources = crate::crd::resources_of(&crd);
    resources.remove(0)
}

fn gadget(spec: Value) -> Value {
    json!({"apiVersion": "test.example/v1", "kind": "Gadget", "metadata": {"name": "a", "namespace": "n"}, "spec": spec})
}

/// The spec after admission, or what is wrong.
#[track_caller]
fn check(schema: Value, spec: Value, expected: Expect) {
    let mut object = gadget(spec);
    let text = match admit_create(&kind(schema), &mut object, FieldValidation::Warn) {
        Ok(warnings) => {
            let warnings: String = warnings.iter().map(|warning| format!("Warning: {}\n", warning.0)).collect();
            format!("{warnings}{}", object["spec"])
        }
        refused => shown(refused, &object),
    };
    expected.assert_eq(&text);
}

#[test]
fn types_and_limits() {
    let schema = json!({
        "type": "object",
        "required": ["must"],
        "properties": {
            "must": {"type": "string"},
            "count": {"type": "integer", "minimum": 1, "maximum": 5},
            "ratio": {"type": "number", "multipleOf": 0.5, "exclusiveMinimum": true, "minimum": 0},
            "name": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4},
            "mode": {"type": "string", "enum": ["on", "off"]},
            "list": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "integer"}},
            "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "ports": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            },
            "labels": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "string"}},
            "port": {"x-kubernetes-int-or-string": true},
            "when": {"type": "string", "format": "date-time"},
            "flag": {"type": "boolean"},
            "maybe": {"type": "string", "nullable": true},
        },
    });
    check(
        schema.clone(),
        json!({
            "must": "x", "count": 3, "ratio": 1.5, "name": "abc", "mode": "on", "list": [1], "set": ["a", "b"],
            "ports": [{"name": "a"}, {"name": "b"}], "labels": {"a": "b"}, "port": "http", "when": "2026-11-21T03:00:00Z",
            "flag": false, "maybe": null,
        }),
        expect![[
            r#"{"count":3,"flag":false,"labels":{"a":"b"},"list":[1],"maybe":null,"mode":"on","must":"x","name":"abc","port":"http","ports":[{"name":"a"},{"name":"b"}],"ratio":1.5,"set":["a","b"],"when":"2026-11-21T03:00:00Z"}"#
        ]],
    );
    check(
        schema.clone(),
        json!({
            "count": 9, "ratio": 0, "name": "A", "mode": "maybe", "list": ["x", 1, 2], "set": ["a", "a"],
            "ports": [{"name": "a"}, {"name": "a"}, {}], "labels": {"a": 1, "b": "c"}, "port": 1.5, "when": "today",
            "flag": "yes",
        }),
        expect![[r#"
            FieldValueRequired spec.must: Required value
            FieldValueInvalid spec.count: Invalid value: 9: spec.count in body should be less than or equal to 5
            FieldValueTypeInvalid spec.flag: Invalid value: "string": spec.flag in body must be of type boolean: "string"
            FieldValueTooMany spec.labels: Too many: 2: must have at most 1 item
            FieldValueTypeInvalid spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"
            FieldValueTooMany spec.list: Too many: 3: must have at most 2 items
            FieldValueTypeInvalid spec.list[0]: Invalid value: "string": spec.list[0] in body must be of type integer: "string"
            FieldValueNotSupported spec.mode: Unsupported value: "maybe": supported values: "on", "off"
            FieldValueInvalid spec.name: Invalid value: "A": spec.name in body should be at least 2 chars long
            FieldValueInvalid spec.name: Invalid value: "A": spec.name in body should match '^[a-z]+$'
            FieldValueTypeInvalid spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"
            FieldValueRequired spec.ports[2].name: Required value
            FieldValueDuplicate spec.ports[1]: Duplicate value: {"name":"a"}
            FieldValueInvalid spec.ratio: Invalid value: 0: spec.ratio in body should be greater than 0
            FieldValueDuplicate spec.set[1]: Duplicate value: "a"
            FieldValueTypeInvalid spec.when: Invalid value: "today": spec.when in body must be of type date-time: "today""#]],
    );
    check(
        schema,
        json!({"must": null, "name": "abcdef", "list": [], "count": 1.5}),
        expect![[r#"
        FieldValueTypeInvalid spec.count: Invalid value: "number": spec.count in body must be of type integer: "number"
        FieldValueInvalid spec.list: Invalid value: []: spec.list in body should have at least 1 items
        FieldValueTypeInvalid spec.must: Invalid value: "null": spec.must in body must be of type string: "null"
        FieldValueTooLong spec.name: Too long: may not be more than 4 bytes"#]],
    );
}

#[test]
fn pruning_and_preserving() {
    let schema = json!({
        "type": "object",
        "properties": {
            "known": {"type": "object", "properties": {"a": {"type": "string"}}},
            "open": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": true,
                "properties": {"closed": {"type": "object", "properties": {"a": {"type": "string"}}}},
            },
            "items": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}}},
            "template": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object"}}},
            "any": {"x-kubernetes-preserve-unknown-fields": true},
        },
    });
    check(
        schema.clone(),
        json!({
            "known": {"a": "x", "b": "y"},
            "open": {"kept": 1, "closed": {"a": "x", "b": "y"}},
            "items": [{"a": 1, "b": 2}, {"c": 3}],
            "template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "other": 1},
            "any": [null, {"b": 1}],
            "gone": true,
        }),
        expect![[r#"
            Warning: unknown field "spec.gone"
            Warning: unknown field "spec.items[0].b"
            Warning: unknown field "spec.items[1].c"
            Warning: unknown field "spec.known.b"
            Warning: unknown field "spec.open.closed.b"
            Warning: unknown field "spec.template.other"
            {"any":[null,{"b":1}],"items":[{"a":1},{}],"known":{"a":"x"},"open":{"closed":{"a":"x"},"kept":1},"template":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}}"#]],
    );
    check(
        schema,
        json!({"template": {"metadata": "x"}}),
        expect![[r#"
        FieldValueRequired spec.template.apiVersion: Required value: must not be empty
        FieldValueRequired spec.template.kind: Required value: must not be empty
        FieldValueTypeInvalid spec.template.metadata: Invalid value: "string": spec.template.metadata in body must be of type object: "string""#]],
    );
}

#[test]
fn defaulting() {
    let schema = json!({
        "type": "object",
        "properties": {
            "mode": {"type": "string", "default": "on"},
            "nested": {"type": "object", "default": {}, "properties": {"deep": {"type": "integer", "default": 3}}},
            "list": {"type": "array", "items": {"type": "object", "properties": {"kind": {"type": "string", "default": "x"}}}},
            "nullable": {"type": "string", "nullable": true, "default": "d"},
        },
    });
    check(schema.clone(), json!({}), expect![[r#"{"mode":"on","nested":{"deep":3},"nullable":"d"}"#]]);
    check(
        schema,
        json!({"mode": null, "nullable": null, "nested": {"deep": 1}, "list": [{}, {"kind": "y"}]}),
        expect![[r#"{"list":[{"kind":"x"},{"kind":"y"}],"mode":"on","nested":{"deep":1},"nullable":null}"#]],
    );
}

#[test]
fn combinations() {
    let schema = json!({
        "type": "object",
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        "anyOf": [{"properties": {"n": {"minimum": 5}}}, {"required": ["force"]}],
        "not": {"required": ["never"]},
        "properties": {
            "a": {"type": "string"}, "b": {"type": "string"}, "n": {"type": "integer"}, "force": {"type": "boolean"},
            "never": {"type": "string"},
        },
    });
    check(schema.clone(), json!({"a": "x", "n": 7}), expect![[r#"{"a":"x","n":7}"#]]);
    check(
        schema.clone(),
        json!({"a": "x", "b": "y", "n": 1, "never": "z"}),
        expect![[r#"
        FieldValueInvalid spec: Invalid value: "": "spec" must validate at least one schema (anyOf)
        FieldValueInvalid spec.n: Invalid value: 1: spec.n in body should be greater than or equal to 5
        FieldValueInvalid spec: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives
        FieldValueInvalid spec: Invalid value: "": "spec" must not validate the schema (not)"#]],
    );
    check(
        schema,
        json!({"n": 7}),
        expect![[r#"
        FieldValueInvalid spec: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid
        FieldValueRequired spec.a: Required value"#]],
    );
}

fn with_rules() -> Value {
    json!({
        "type": "object",
        "x-kubernetes-validations": [
            {"rule": "self.min <= self.max", "message": "min must not exceed max"},
            {"rule": "self.max < 100", "messageExpression": "'max is ' + string(self.max)", "reason": "FieldValueForbidden", "fieldPath": ".max"},
            {"rule": "self.id == oldSelf.id", "message": "id is immutable"},
        ],
        "properties": {
            "min": {"type": "integer", "default": 0},
            "max": {"type": "integer"},
            "id": {"type": "string"},
            "names": {"type": "array", "maxItems": 3, "items": {"type": "string", "x-kubernetes-validations": [{"rule": "self.startsWith('x')"}]}},
        },
    })
}

#[test]
fn rules() {
    check(
        with_rules(),
        json!({"max": 3, "id": "a", "names": ["xa"]}),
        expect![[r#"{"id":"a","max":3,"min":0,"names":["xa"]}"#]],
    );
    check(
        with_rules(),
        json!({"min": 300, "max": 200, "id": "a", "names": ["xa", "b"]}),
        expect![[r#"
            FieldValueInvalid spec: Invalid value: "object": min must not exceed max
            FieldValueForbidden spec.max: Forbidden: max is 200
            FieldValueInvalid spec.names[1]: Invalid value: "string": failed rule: self.startsWith('x')"#]],
    );
}

#[track_caller]
fn check_update(schema: Value, old: Value, new: Value, expected: Expect) {
    let (old, mut new) = (gadget(old), gadget(new));
    let text = match admit_update(&kind(schema), &old, &mut new, FieldValidation::Strict) {
        Ok(_) => "fine".to_owned(),
        refused => shown(refused, &new),
    };
    expected.assert_eq(&text);
}

#[test]
fn transition_rules_and_ratcheting() {
    check_update(
        with_rules(),
        json!({"max": 3, "id": "a"}),
        json!({"max": 3, "id": "b"}),
        expect![[r#"FieldValueInvalid spec: Invalid value: "object": id is immutable"#]],
    );
    check_update(with_rules(), json!({"max": 3, "id": "a"}), json!({"max": 4, "id": "a"}), expect!["fine"]);
    let schema = json!({
        "type": "object",
        "properties": {"a": {"type": "string", "maxLength": 1}, "b": {"type": "string", "maxLength": 1}},
    });
    check_update(
        schema,
        json!({"a": "too long", "b": "x"}),
        json!({"a": "too long", "b": "too long"}),
        expect!["FieldValueTooLong spec.b: Too long: may not be more than 1 bytes"],
    );
    let rule = json!([{"rule": "self.size() <= 1"}]);
    let schema = json!({
        "type": "object",
        "properties": {
            "a": {"type": "string", "x-kubernetes-validations": rule},
            "b": {"type": "string", "x-kubernetes-validations": rule},
        },
    });
    check_update(
        schema,
        json!({"a": "too long", "b": "x"}),
        json!({"a": "too long", "b": "too long"}),
        expect![[r#"FieldValueInvalid spec.b: Invalid value: "string": failed rule: self.size() <= 1"#]],
    );
}

#[test]
fn status_is_kept_as_controllers_write_it() {
    let resource = kind(json!({"type": "object"}));
    let old = gadget(json!({}));
    let mut new = old.clone();
    new["status"] = json!({"phase": "Ready", "any": {"thing": 1}});
    admit_status(&resource, &old, &mut new, FieldValidation::Strict).expect("a status");
    assert_eq!(new["status"], json!({"phase": "Ready", "any": {"thing": 1}}));
}

#[test]
fn strict_validation_names_every_unknown_field() {
    let mut object = gadget(json!({"x": 1}));
    object["spce"] = json!({});
    let refused =
        admit_create(&kind(json!({"type": "object", "properties": {}})), &mut object, FieldValidation::Strict);
    expect![[r#"strict decoding error: unknown field "spce", unknown field "spec.x""#]]
        .assert_eq(&refused.expect_err("unknown fields").to_string());
}
