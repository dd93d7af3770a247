use expect_test::{Expect, expect};
use expressions::Position;
use serde_json::{Value, json};

use super::*;

/// What the rules of a schema say about a value, which took the place of another.
#[track_caller]
fn check(schema: &Value, old: Option<Value>, new: &Value, expected: Expect) {
    let rules = Rules::of(schema, Position::Inside).expect("rules");
    let told: Vec<String> = errors(&rules, new, old.as_ref()).iter().map(ToString::to_string).collect();
    expected.assert_eq(&told.join("\n"));
}

/// The same for one rule about an object with fields.
#[track_caller]
fn ask(rule: &str, properties: &Value, value: &Value, expected: Expect) {
    let schema = json!({"type": "object", "properties": properties, "x-kubernetes-validations": [{"rule": rule}]});
    check(&schema, None, value, expected);
}

#[track_caller]
fn holds(rule: &str, properties: &Value, value: &Value) {
    let schema = json!({"type": "object", "properties": properties, "x-kubernetes-validations": [{"rule": rule}]});
    let rules = Rules::of(&schema, Position::Inside).expect("rules");
    assert_eq!(errors(&rules, value, None), []);
}

#[test]
fn fields_have_the_names_that_rules_can_say() {
    let properties = json!({
        "snake_case": {"type": "string"}, "a-b": {"type": "string"}, "namespace": {"type": "string"},
        "a__b": {"type": "string"}, "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    });
    let value =
        json!({"snake_case": "1", "a-b": "2", "namespace": "3", "a__b": "4", "labels": {"app.kubernetes.io/x_y": "5"}});
    let rule = "self.snake_case == '1' && self.a__dash__b == '2' && self.__namespace__ == '3' \
                && self.a__underscores__b == '4' && self.labels['app.kubernetes.io/x_y'] == '5'";
    holds(rule, &properties, &value);
}

#[test]
fn values_have_the_types_that_are_declared() {
    let properties = json!({
        "ratio": {"type": "number"},
        "port": {"x-kubernetes-int-or-string": true},
        "when": {"type": "string", "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "span": {"type": "string", "format": "duration"},
        "data": {"type": "string", "format": "byte"},
        "free": {"type": "string", "nullable": true},
    });
    let value = json!({
        "ratio": 1, "port": 80, "when": "2026-11-22T06:00:00+01:00", "day": "2026-11-22", "span": "1h30m", "data": "AQID", "free": null,
    });
    let rules = [
        "self.ratio + 0.5 == 1.5",
        "self.port == 80 && type(self.port) == int && type(self.port) != string",
        "type(self.when) == google.protobuf.Timestamp && type(self.data) == bytes && type(type(self)) == type",
        "dyn(self.port) == 80 && bool('true') && !bool('0')",
        "self.when.getHours() == 5 && self.when.getHours('-01:30') == 3 && self.when.getMinutes('-01:30') == 30",
        "self.when.getFullYear() == 2026 && self.when.getMonth() == 10 && self.when.getDate() == 22",
        "self.when.getDayOfWeek() == 0 && self.when.getDayOfYear() == 325 && self.when.getDayOfMonth('UTC') == 21",
        "string(self.when) == '2026-11-22T06:00:00+01:00' && string(self.span) == '5400s'",
        "self.day == timestamp('2026-11-22T00:00:00Z') && self.when - self.day == duration('5h')",
        "self.span.getMinutes() == 90",
        "self.data == b'\\x01\\x02\\x03' && size(self.data) == 3",
        "!has(self.free)",
    ];
    for rule in rules {
        holds(rule, &properties, &value);
    }
}

#[test]
fn optional_fields_are_there_or_not() {
    let properties = json!({
        "name": {"type": "string"},
        "spec": {"type": "object", "properties": {"size": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    });
    let full = json!({"name": "a", "spec": {"size": 3, "tags": ["x"]}, "labels": {"app": "web"}});
    let present = [
        "self.?name.orValue('none') == 'a'",
        "self.?spec.?size.orValue(0) == 3",
        "self.?spec.size.orValue(0) == 3",
        "self.?spec.tags[0].orValue('') == 'x'",
        "self.labels[?'app'].hasValue() && self.?labels['app'].value() == 'web'",
        "self.?name == optional.of('a') && self.?name != optional.of('b') && self.?name != optional.none()",
        "[self.?name, optional.none()].unwrapOpt() == ['a'] && optional.unwrap([self.?name]) == ['a']",
        "has(self.?spec.size)",
        "self.?name.optMap(n, n + '!').orValue('') == 'a!'",
        "self.?spec.optFlatMap(s, s.?size).orValue(0) == 3",
        "[?self.?name, 'b'] == ['a', 'b']",
        "{?'k': self.?name, 'l': 'b'} == {'k': 'a', 'l': 'b'}",
        "self.?name.or(optional.of('z')).value() == 'a'",
    ];
    for rule in present {
        holds(rule, &properties, &full);
    }
    let absent = [
        "self.?name.orValue('none') == 'none'",
        "self.?spec.?size.orValue(0) == 0",
        "self.?spec.size.orValue(0) == 0",
        "self.?spec.tags[0].orValue('') == ''",
        "!self.?labels[?'app'].hasValue()",
        "self.?name == optional.none()",
        "!has(self.?spec.size)",
        "self.?name.optMap(n, n + '!').orValue('') == ''",
        "self.?spec.optFlatMap(s, s.?size).orValue(0) == 0",
        "[?self.?name, 'b'] == ['b']",
        "{?'k': self.?name, 'l': 'b'} == {'l': 'b'}",
        "self.?name.or(optional.of('z')).value() == 'z'",
    ];
    for rule in absent {
        holds(rule, &properties, &json!({}));
    }
    ask(
        "self.?name.value() == 'a'",
        &properties,
        &json!({}),
        expect![[
            r#"<nil>: Invalid value: "object": optional.none() dereference evaluating rule: self.?name.value() == 'a'"#
        ]],
    );
}

fn immutable(rule: &Value) -> Value {
    json!({"type": "object", "properties": {"id": {"type": "string", "x-kubernetes-validations": [rule]}}})
}

#[test]
fn rules_look_back_only_where_there_was_something() {
    let plain = immutable(&json!({"rule": "self == oldSelf", "message": "fixed"}));
    check(&plain, None, &json!({"id": "a"}), expect![[""]]);
    check(&plain, Some(json!({})), &json!({"id": "a"}), expect![[""]]);
    check(&plain, Some(json!({"id": "b"})), &json!({"id": "a"}), expect![[r#"id: Invalid value: "string": fixed"#]]);
    let optional = immutable(&json!({
        "rule": "oldSelf.hasValue() ? self == oldSelf.value() : self.startsWith('a')", "optionalOldSelf": true,
    }));
    check(&optional, None, &json!({"id": "a"}), expect![[""]]);
    check(&optional, Some(json!({"id": "b"})), &json!({"id": "b"}), expect![[""]]);
    check(
        &optional,
        None,
        &json!({"id": "b"}),
        expect![[
            r#"id: Invalid value: "string": failed rule: oldSelf.hasValue() ? self == oldSelf.value() : self.startsWith('a')"#
        ]],
    );
    check(
        &optional,
        Some(json!({"id": "a"})),
        &json!({"id": "ab"}),
        expect![[
            r#"id: Invalid value: "string": failed rule: oldSelf.hasValue() ? self == oldSelf.value() : self.startsWith('a')"#
        ]],
    );
}

#[test]
fn items_of_maps_are_told_apart_by_their_keys() {
    let schema = json!({
        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "protocol"],
        "items": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "protocol": {"type": "string"}, "port": {"type": "integer"}},
            "x-kubernetes-validations": [{"rule": "self.port == oldSelf.port", "message": "the port is fixed"}],
        },
    });
    let item = |name: &str, port: u16| json!({"name": name, "protocol": "TCP", "port": port});
    let old = || Some(json!([item("a", 1), item("b", 2)]));
    check(&schema, old(), &json!([item("b", 2), item("c", 9), item("a", 1)]), expect![[""]]);
    check(
        &schema,
        old(),
        &json!([item("b", 3), item("a", 1)]),
        expect![[r#"[0]: Invalid value: "object": the port is fixed"#]],
    );
}

#[test]
fn what_stayed_as_it_was_is_forgiven() {
    let short = json!([{"rule": "self.size() < 2", "message": "too long"}]);
    let text = json!({"type": "string", "x-kubernetes-validations": short});
    let schema = json!({"type": "object", "properties": {
        "a": text, "b": text, "list": {"type": "array", "items": text}, "map": {"type": "object", "additionalProperties": text},
    }});
    let old = || Some(json!({"a": "long", "b": "b", "list": ["long"], "map": {"x.y": "long"}}));
    check(&schema, old(), &json!({"a": "long", "b": "c", "list": ["long"], "map": {"x.y": "long"}}), expect![[""]]);
    check(
        &schema,
        old(),
        &json!({"a": "longer", "b": "b", "list": ["long", "b"], "map": {"x.y": "long", "z": "long"}}),
        expect![[r#"
            a: Invalid value: "string": too long
            list[0]: Invalid value: "string": too long
            map[z]: Invalid value: "string": too long"#]],
    );
}

#[test]
fn messages_say_what_a_rule_makes_of_the_value() {
    let schema = |rule: Value| {
        json!({
            "type": "object",
            "properties": {
                "size": {"type": "integer"},
                "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
            },
            "x-kubernetes-validations": [rule],
        })
    };
    let value = json!({"size": 3});
    let told = |rule: Value, expected: Expect| check(&schema(rule), None, &value, expected);
    told(
        json!({"rule": " self.size < 3 "}),
        expect![[r#"<nil>: Invalid value: "object": failed rule: self.size < 3"#]],
    );
    told(
        json!({"rule": "self.size < 3", "message": " too large "}),
        expect![[r#"<nil>: Invalid value: "object": too large"#]],
    );
    let made =
        |expression: &str| json!({"rule": "self.size < 3", "message": "too large", "messageExpression": expression});
    told(made("'not ' + string(self.size) + ' '"), expect![[r#"<nil>: Invalid value: "object": not 3"#]]);
    told(made("' '"), expect![[r#"<nil>: Invalid value: "object": too large"#]]);
    told(made("'a\\nb'"), expect![[r#"<nil>: Invalid value: "object": too large"#]]);
    told(made("string(self.size / 0)"), expect![[r#"<nil>: Invalid value: "object": too large"#]]);
    let blaming = |reason: &str, path: &str| json!({"rule": "self.size < 3", "message": "no", "reason": reason, "fieldPath": path});
    told(blaming("FieldValueInvalid", ".size"), expect![[r#"size: Invalid value: "object": no"#]]);
    told(blaming("FieldValueForbidden", ".limits.cpu"), expect!["limits[cpu]: Forbidden: no"]);
    told(blaming("FieldValueRequired", "['limits']['a.b']"), expect!["limits[a.b]: Required value: no"]);
    told(blaming("FieldValueDuplicate", ".size"), expect![[r#"size: Duplicate value: "object""#]]);
}

#[test]
fn rules_without_an_answer_do_not_hold() {
    let properties = json!({
        "list": {"type": "array", "items": {"type": "integer"}},
        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        "any": {"x-kubernetes-int-or-string": true},
    });
    let value = json!({"list": [0], "map": {}, "any": "text"});
    let told = |rule: &str, expected: Expect| ask(rule, &properties, &value, expected);
    told(
        "self.map['a'] == 1",
        expect![[r#"<nil>: Invalid value: "object": no such key: a evaluating rule: self.map['a'] == 1"#]],
    );
    told(
        "self.list[3] == 1",
        expect![[r#"<nil>: Invalid value: "object": index out of bounds: 3 evaluating rule: self.list[3] == 1"#]],
    );
    told(
        "1 / self.list[0] == 1",
        expect![[r#"<nil>: Invalid value: "object": division by zero evaluating rule: 1 / self.list[0] == 1"#]],
    );
    told(
        "1 % self.list[0] == 1",
        expect![[r#"<nil>: Invalid value: "object": modulus by zero evaluating rule: 1 % self.list[0] == 1"#]],
    );
    told(
        "self.any > 3",
        expect![[
            r#"<nil>: Invalid value: "object": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.any > 3"#
        ]],
    );
    told(
        "self.absent == 1",
        expect![[r#"<nil>: Invalid value: "object": rule compile error: ERROR: <input>: undefined field 'absent'"#]],
    );
}

#[test]
fn deep_rules_cost_no_stack() {
    let properties = json!({"size": {"type": "integer"}});
    let check = move || {
        let sum = format!("self.size{} == 901", " + 1".repeat(900));
        holds(&sum, &properties, &json!({"size": 1}));
        let brackets = format!("{}self.size{} == 1", "(".repeat(90), ")".repeat(90));
        holds(&brackets, &properties, &json!({"size": 1}));
        let lists = format!("{}self.size{} != []", "[".repeat(90), "]".repeat(90));
        holds(&lists, &properties, &json!({"size": 1}));
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(check).expect("a thread");
    thread.join().expect("no stack overflow, which would end the process");
}

#[track_caller]
fn costs(rule: &str, value: &Value, old: Option<Value>, expected: Expect) {
    let properties = json!({"list": {"type": "array", "items": {"type": "string"}}});
    let schema = json!({"type": "object", "properties": properties, "x-kubernetes-validations": [{"rule": rule}]});
    check(&schema, old, value, expected);
}

#[test]
fn rules_pay_for_what_they_may_compute() {
    let list = |count: usize| json!({"list": vec!["name"; count]});
    let out = || {
        expect![[
            r#"<nil>: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run"#
        ]]
    };
    let enough = || expect![[""]];
    costs("self.list.all(x, x.size() < 10)", &list(100_000), None, enough());
    costs("self.list.all(x, self.list.isSorted())", &list(10_000), None, out());
    costs("self.list.all(x, sets.contains(self.list, [x]))", &list(300), None, out());
    let pairs = "self.list.all(x, !self.list.exists_one(y, y == x))";
    costs(pairs, &list(100), None, enough());
    costs(pairs, &list(5000), None, out());
    let triples = "self.list.all(x, self.list.all(y, self.list.all(z, x + y != z)))";
    costs(triples, &list(20), None, enough());
    costs(triples, &list(300), None, out());
    costs("self.list.all(x, x in self.list)", &list(10_000), None, out());
    costs("[1, 2, 3].all(n, self.list[n] != '')", &list(10_000), None, enough());
    let letters = json!({"list": ["x".repeat(20_000)]});
    costs("self.list[0].split('').all(c, self.list[0].contains(c))", &letters, None, out());
    let kept = "oldSelf.list.all(x, self.list.exists(y, x == y))";
    costs(kept, &list(5000), None, enough());
    costs(kept, &list(10), Some(list(5000)), out());
}

#[test]
fn rules_of_entries_add_up() {
    let schema = json!({"type": "object", "additionalProperties": {"type": "array", "items": {
        "type": "string", "x-kubernetes-validations": [{"rule": "self.matches('^a+$')"}],
    }}});
    let rules = Rules::of(&schema, Position::Inside).expect("rules");
    let value = |count: usize, length: usize| json!({"a": vec!["a".repeat(length); count]});
    assert_eq!(errors(&rules, &value(1000, 100), None), []);
    let found = errors(&rules, &value(2000, 60_000), None);
    assert_eq!(found.len(), 1);
    assert!(found[0].field.starts_with("[a][16"), "{}", found[0].field);
}
