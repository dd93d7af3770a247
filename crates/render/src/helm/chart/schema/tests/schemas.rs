use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use super::{check, outcome, seven, valid};
use crate::helm::chart::schema::{InvalidSchema, failures};

#[test]
fn references() {
    let schema = json!({
        "$defs": {
            "port": {"$anchor": "port", "type": "integer", "minimum": 1, "maximum": 9},
            "named": {"$id": "https://example.com/named", "type": "string"},
            "tree": {"properties": {"below": {"$ref": "#/$defs/tree"}, "name": {"type": "string"}}},
            "a b": {"type": "null"},
        },
        "properties": {
            "one": {"$ref": "#/$defs/port"},
            "two": {"$ref": "#port", "multipleOf": 7},
            "three": {"$ref": "https://example.com/named"},
            "four": {"$ref": "#/$defs/tree"},
            "five": {"$ref": "#/$defs/a%20b"},
            "six": {"$ref": "urn:example:anything"},
        },
    });
    check(
        schema,
        json!({"one": "x", "two": 10, "three": 3, "four": {"below": {"below": {"name": 1}}}, "five": 5, "six": 6}),
        expect![[r#"
            - at '/five': got number, want null
            - at '/four/below/below/name': got number, want string
            - at '/one': got string, want integer
            - at '/three': got number, want string
            - at '/two': validation failed
              - at '/two': maximum: got 10, want 9
              - at '/two': multipleOf: got 10, want 7"#]],
    );
    check(
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#"}}}),
        json!(1),
        expect![[r#"- at '': both /$ref/$ref and  resolve to "file:///values.schema.json#" causing reference cycle"#]],
    );
    check(
        json!({"$dynamicRef": "#node", "$defs": {"a": {"$dynamicAnchor": "node", "type": "string"}}}),
        json!(1),
        expect!["- at '': got number, want string"],
    );
    // Before 2019-09, nothing beside a reference counts.
    check(
        seven(
            json!({"definitions": {"a": {"type": "string"}}, "properties": {"a": {"$ref": "#/definitions/a", "pattern": "b"}}}),
        ),
        json!({"a": "c"}),
        expect!["valid"],
    );
}

#[test]
fn references_lead_nowhere_else() {
    for (reference, expected) in [
        (
            "https://example.com/schema.json",
            expect![[
                r#"error: failing loading "https://example.com/schema.json": schemas are not fetched; put what is referred to into values.schema.json, below "$defs""#
            ]],
        ),
        (
            "file:///etc/passwd",
            expect![[
                r#"error: failing loading "file:///etc/passwd": schemas are not fetched; put what is referred to into values.schema.json, below "$defs""#
            ]],
        ),
        (
            "other.json#/a",
            expect![[
                r#"error: failing loading "file:///other.json": schemas are not fetched; put what is referred to into values.schema.json, below "$defs""#
            ]],
        ),
        (
            "http://json-schema.org/draft-07/schema#",
            expect![[
                r#"error: failing loading "http://json-schema.org/draft-07/schema": schemas are not fetched; put what is referred to into values.schema.json, below "$defs""#
            ]],
        ),
        (
            "#/$defs/missing",
            expect![[r#"error: json-pointer in "file:///values.schema.json#/$defs/missing" not found"#]],
        ),
        (
            "#missing",
            expect![[
                r#"error: anchor in "file:///values.schema.json#missing" not found in schema "file:///values.schema.json""#
            ]],
        ),
    ] {
        check(json!({"$ref": reference}), json!(1), expected);
    }
}

#[test]
fn formats_count_in_old_drafts() {
    valid(json!({"format": "ipv4"}), json!("x"));
    valid(seven(json!({"format": "unknown"})), json!("x"));
    valid(seven(json!({"format": "ipv4"})), json!(1));
    let good = [
        ("ipv4", "10.0.0.1"),
        ("ipv6", "::1"),
        ("hostname", "a.example.com"),
        ("email", "ada@example.com"),
        ("date", "2024-02-29"),
        ("time", "23:59:60Z"),
        ("time", "10:00:00.5+01:00"),
        ("date-time", "2026-01-02T03:04:05Z"),
        ("duration", "P1Y2MT3H"),
        ("duration", "P3W"),
        ("period", "2026-01-02T03:04:05Z/P1D"),
        ("uri", "https://example.com/a"),
        ("uri-reference", "../a#b"),
        ("uri-template", "/a/{b}"),
        ("uuid", "01234567-89ab-cdef-0123-456789ABCDEF"),
        ("regex", "^a$"),
        ("json-pointer", "/a~1b/c"),
        ("relative-json-pointer", "1/a"),
        ("semver", "1.2.3-rc.1+b"),
    ];
    for (format, text) in good {
        valid(seven(json!({"format": format})), json!(text));
    }
    let bad = [
        ("ipv4", "10.0.0.256"),
        ("ipv4", "10.0.0.01"),
        ("ipv4", "10.0.0"),
        ("ipv4", "10.0.0.x"),
        ("ipv6", "x"),
        ("ipv6", "::1%eth0"),
        ("hostname", "-a"),
        ("hostname", "a_b"),
        ("email", "ada"),
        ("email", ".a@example.com"),
        ("email", "a@-b"),
        ("date", "2023-02-29"),
        ("date", "2023-13-01"),
        ("date", "x"),
        ("time", "25:00:00Z"),
        ("date-time", "2026-01-02 03:04:05Z"),
        ("date-time", "2026-01-02T03:04:05+1"),
        ("duration", "1D"),
        ("duration", "PT"),
        ("duration", "P1M1Y"),
        ("duration", "P1X"),
        ("period", "x"),
        ("uri", "/a"),
        ("uri", "http://[::1"),
        ("uri-reference", "\\a"),
        ("uri-template", "/{a"),
        ("uuid", "x"),
        ("uuid", "0123456x-89ab-cdef-0123-456789abcdef"),
        ("regex", "["),
        ("json-pointer", "a"),
        ("json-pointer", "/~2"),
        ("relative-json-pointer", "01"),
        ("semver", "1.2"),
        ("semver", "1.02.3"),
        ("semver", "1.2.3-01"),
    ];
    let lines: Vec<String> =
        bad.iter().map(|(format, text)| outcome(&seven(json!({"format": format})), &json!(text))).collect();
    expect![[r#"
        - at '': '10.0.0.256' is not valid ipv4: decimal must be between 0 and 255
        - at '': '10.0.0.01' is not valid ipv4: leading zeros
        - at '': '10.0.0' is not valid ipv4: expected four decimals
        - at '': '10.0.0.x' is not valid ipv4: strconv.Atoi: parsing "x": invalid syntax
        - at '': 'x' is not valid ipv6: missing colon
        - at '': '::1%eth0' is not valid ipv6: zone id is not a part of ipv6 address
        - at '': '-a' is not valid hostname: label starts with hyphen
        - at '': 'a_b' is not valid hostname: invalid character '_'
        - at '': 'ada' is not valid email: missing @
        - at '': '.a@example.com' is not valid email: starts with dot
        - at '': 'a@-b' is not valid email: invalid domain: label starts with hyphen
        - at '': '2023-02-29' is not valid date: parsing time "2023-02-29": day out of range
        - at '': '2023-13-01' is not valid date: parsing time "2023-13-01": month out of range
        - at '': 'x' is not valid date: parsing time "x" as "2006-01-02": cannot parse "x" as "2006"
        - at '': '25:00:00Z' is not valid time: hour/min/sec out of range
        - at '': '2026-01-02 03:04:05Z' is not valid date-time: 11th character must be t or T
        - at '': '2026-01-02T03:04:05+1' is not valid date-time: invalid time element: offset must be 6 characters long
        - at '': '1D' is not valid duration: must start with P
        - at '': 'PT' is not valid duration: no time elements
        - at '': 'P1M1Y' is not valid duration: unit 'Y' out of order
        - at '': 'P1X' is not valid duration: invalid unit 'X'
        - at '': 'x' is not valid period: missing slash
        - at '': '/a' is not valid uri: relative url
        - at '': 'http://[::1' is not valid uri: parse "http://[::1": missing ']' in host
        - at '': '\\a' is not valid uri-reference: contains \
        - at '': '/{a' is not valid uri-template: no matching closing brace
        - at '': 'x' is not valid uuid: must have 5 elements
        - at '': '0123456x-89ab-cdef-0123-456789abcdef' is not valid uuid: non-hex character 'x'
        - at '': '[' is not valid regex: error parsing regexp: missing closing ]: `[`
        - at '': 'a' is not valid json-pointer: not starting with /
        - at '': '/~2' is not valid json-pointer: ~ must be followed by 0 or 1
        - at '': '01' is not valid relative-json-pointer: starts with zero
        - at '': '1.2' is not valid semver: versionCore must have 3 numbers separated by dot
        - at '': '1.02.3' is not valid semver: minor starts with zero
        - at '': '1.2.3-01' is not valid semver: pre-release numeric identifier starts with zero"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn schemas_that_cannot_be_used() {
    let check = |schema: Json, expected: Expect| check(schema, json!({}), expected);
    check(
        json!([]),
        expect![[
            r#"error: "file:///values.schema.json#" is not valid against metaschema: at '': schema must be an object or a boolean"#
        ]],
    );
    check(
        json!({"type": "strng"}),
        expect![[
            r#"error: "file:///values.schema.json#" is not valid against metaschema: at '': type must be one or a list of "array", "boolean", "integer", "null", "number", "object", "string""#
        ]],
    );
    check(
        json!({"properties": {"a": {"items": []}}}),
        expect![[
            r#"error: "file:///values.schema.json#" is not valid against metaschema: at '/properties/a': items must be a schema; a list is "prefixItems" in draft 2020-12, which applies without "$schema""#
        ]],
    );
    check(
        json!({"properties": {"a": 1}}),
        expect![[
            r#"error: "file:///values.schema.json#" is not valid against metaschema: at '': properties must be an object of schemas"#
        ]],
    );
    check(
        json!({"$defs": {"a": {"required": true}}}),
        expect![[
            r#"error: "file:///values.schema.json#" is not valid against metaschema: at '/$defs/a': required must be a list of property names"#
        ]],
    );
    check(
        json!({"minLength": -1}),
        expect![[
            r#"error: "file:///values.schema.json#" is not valid against metaschema: at '': minLength must be an integer of 0 or more"#
        ]],
    );
    check(
        json!({"multipleOf": 0}),
        expect![[
            r#"error: "file:///values.schema.json#" is not valid against metaschema: at '': multipleOf must be a number above 0"#
        ]],
    );
    check(
        json!({"pattern": "("}),
        expect![[r#"
        error: invalid regex "(" at "/pattern": regex parse error:
            (
            ^
        error: unclosed group"#]],
    );
    check(
        json!({"patternProperties": {"[": true}}),
        expect![[r#"error: invalid regex "[" at "/patternProperties": error parsing regexp: missing closing ]: `[`"#]],
    );
    check(
        json!({"$schema": "https://example.com/mine"}),
        expect![[
            r#"error: draft "https://example.com/mine" is not supported: use "http://json-schema.org/draft-07/schema#" or "https://json-schema.org/draft/2020-12/schema""#
        ]],
    );
    check(
        json!({"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}),
        expect![[r#"error: duplicate anchor "x" at "/$defs/a" and "/$defs/b""#]],
    );
    check(
        json!({"$defs": {"a": {"$id": "x"}, "b": {"$id": "x"}}}),
        expect![[r#"error: duplicate id "file:///x" at "/$defs/a" and "/$defs/b""#]],
    );
    assert!(matches!(failures(b"{", &json!(1)), Err(InvalidSchema::NotJson(_))));
}

#[test]
fn schemas_that_cost_too_much() {
    // Every step asks for the next one twice.
    let mut definitions = json!({"40": true});
    for at in 0..40 {
        let next = json!({"$ref": format!("#/$defs/{}", at + 1)});
        definitions[at.to_string()] = json!({"allOf": [next, next]});
    }
    check(
        json!({"$ref": "#/$defs/0", "$defs": definitions}),
        json!(1),
        expect![
            "error: checking the values takes too many steps: parts of the schema refer to each other over and over"
        ],
    );
    // A long way to go is no harm.
    let mut definitions = json!({"1500": {"type": "string"}});
    for at in 0..1500 {
        definitions[at.to_string()] = json!({"$ref": format!("#/$defs/{}", at + 1)});
    }
    check(json!({"$ref": "#/$defs/0", "$defs": definitions}), json!(1), expect!["- at '': got number, want string"]);
}

#[test]
fn schemas_that_lead_too_far() {
    for step in ["$ref", "allOf"] {
        let mut definitions = json!({"20000": {"type": "string"}});
        for at in 0..20_000 {
            let next = format!("#/$defs/{}", at + 1);
            definitions[at.to_string()] =
                if step == "$ref" { json!({"$ref": next}) } else { json!({"allOf": [{"$ref": next}]}) };
        }
        check(
            json!({"$ref": "#/$defs/0", "$defs": definitions}),
            json!(1),
            expect![
                "error: checking the values takes too many steps: parts of the schema refer to each other over and over"
            ],
        );
    }
}
