//! Rules of schemas: what they cost, and what is wrong with them.

use std::sync::Arc;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::declared::{Declared, Position};
use super::types::Type;
use super::{Site, Total, check_definition as check, cost, parse, room};

/// A schema with a part of each kind, with limits and without.
fn schema() -> Value {
    json!({"type": "object", "properties": {
        "size": {"type": "integer"},
        "ratio": {"type": "number"},
        "on": {"type": "boolean"},
        "name": {"type": "string", "maxLength": 10},
        "long": {"type": "string"},
        "colour": {"type": "string", "enum": ["red", "blue"]},
        "when": {"type": "string", "format": "date-time"},
        "port": {"x-kubernetes-int-or-string": true},
        "few": {"type": "array", "maxItems": 5, "items": {"type": "string", "maxLength": 10}},
        "many": {"type": "array", "items": {"type": "string"}},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "labels": {"type": "object", "maxProperties": 5, "additionalProperties": {"type": "string", "maxLength": 10}},
        "parts": {"type": "array", "maxItems": 4, "items": {"type": "object", "properties": {
            "id": {"type": "string", "maxLength": 5}, "weight": {"type": "integer"},
        }}},
        "namespace": {"type": "string"},
        "under_score": {"type": "string"},
    }})
}

fn told(rule: &str) -> String {
    let declared = Declared::of(&schema(), Position::Inside).expect("a type");
    room::to_read(|| told_here(rule, &declared)).unwrap_or_else(|why| why)
}

fn told_here(rule: &str, declared: &Arc<Declared>) -> Result<String, String> {
    let expression = parse::parse(rule)?;
    let variables = [("self", declared.ty()), ("oldSelf", declared.ty())];
    match super::check::check(&expression, &variables) {
        Ok(checked) => {
            let ty = checked.ty(&expression);
            Ok(format!("{ty}, {} steps", cost::estimate(&expression, &checked, declared)))
        }
        Err(errors) => Err(errors.join("\n")),
    }
}

#[track_caller]
fn tell(rule: &str, expected: Expect) {
    expected.assert_eq(&told(rule));
}

#[test]
fn expressions_have_types_and_costs() {
    tell("true", expect!["bool, 0 steps"]);
    tell("self.size > 3", expect!["bool, 3 steps"]);
    tell("self.size + 1.5 > 3.0", expect!["found no matching overload for '_+_' applied to '(int, double)'"]);
    tell("self.name == 'a'", expect!["bool, 3 steps"]);
    tell("self.long == self.name", expect!["bool, 8 steps"]);
    tell("self.absent == 1", expect!["undefined field 'absent'"]);
    tell("self.size.absent == 1", expect!["type 'int' does not support field selection"]);
    tell("has(self.long) && self.long.size() < 10", expect!["bool, 5 steps"]);
    tell("self.few.all(x, x.startsWith('a'))", expect!["bool, 28 steps"]);
    tell("self.many.all(x, x.startsWith('a'))", expect!["bool, 5242878 steps"]);
    tell("self.many.all(x, self.many.exists(y, x == y))", expect!["bool, 345882608640773328 steps"]);
    tell("self.few.map(x, x.size())", expect!["list(int), 83 steps"]);
    tell("self.few.filter(x, x != '').size() == 2", expect!["bool, 85 steps"]);
    tell("self.parts.exists_one(p, p.id == 'main' && p.weight > 0)", expect!["bool, 36 steps"]);
    tell("self.labels.all(k, k.size() < 5 && self.labels[k] != '')", expect!["bool, 53 steps"]);
    tell("self.labels['a'] == self.few[0]", expect!["bool, 10 steps"]);
    tell("self.name in self.few", expect!["bool, 9 steps"]);
    tell("self.port == 3 || self.port == 'x'", expect!["bool, 6 steps"]);
    tell("type(self.port) == string && self.port.matches('^[0-9]+%$')", expect!["bool, 943725 steps"]);
    tell("self.long.matches('^[a-z]+$')", expect!["bool, 629148 steps"]);
    tell("self.long.contains(self.long)", expect!["bool, 98956172333 steps"]);
    tell("self.colour.replace('red', 'green').size() < 9", expect!["bool, 5 steps"]);
    tell("self.few.join(',').split(',').size() == 2", expect!["bool, 66 steps"]);
    tell("self.numbers.sum() < 10 && self.numbers.isSorted()", expect!["bool, 3145731 steps"]);
    tell("sets.contains(self.few, ['a', 'b'])", expect!["bool, 23 steps"]);
    tell("quantity(self.name).isLessThan(quantity('1Gi'))", expect!["bool, 8 steps"]);
    tell("isIP(self.name) && ip(self.name).family() == 4", expect!["bool, 14 steps"]);
    tell("cidr('10.0.0.0/8').containsIP(self.name)", expect!["bool, 11 steps"]);
    tell("self.when > timestamp('2026-01-01T00:00:00Z')", expect!["bool, 4 steps"]);
    tell("self.__namespace__ == self.under_score", expect!["bool, 314577 steps"]);
    tell("oldSelf.size <= self.size", expect!["bool, 5 steps"]);
    tell("'%s is %d'.format([self.name, self.size])", expect!["string, 15 steps"]);
    tell("self.on ? [self.name] : []", expect!["list(string), 14 steps"]);
    tell("{'a': self.name}['a'] == self.name", expect!["bool, 39 steps"]);
    tell("!format.dns1123Label().validate(self.name).hasValue()", expect!["bool, 133 steps"]);
    tell("dyn(self.size) == 'x'", expect!["bool, 3 steps"]);
}

#[test]
fn what_makes_no_sense_is_said() {
    tell("self.size == 'a'", expect!["found no matching overload for '_==_' applied to '(int, string)'"]);
    tell(
        "self.size > 'a' && self.absent",
        expect![[r#"
        found no matching overload for '_>_' applied to '(int, string)'
        undefined field 'absent'"#]],
    );
    tell("self.size && true", expect!["expected type 'bool' but found 'int'"]);
    tell("unknown(self)", expect!["undeclared reference to 'unknown' (in container '')"]);
    tell("other.size", expect!["undeclared reference to 'other' (in container '')"]);
    tell("self.name.isSorted()", expect!["found no matching overload for 'isSorted' applied to 'string.()'"]);
    tell("[1, 'a'].size() == 2", expect!["expected type 'int' but found 'string'"]);
    tell("[self.port, 'a'].size() == 2", expect!["expected type 'dyn' but found 'string'"]);
    tell(
        "self.size.all(x, x > 1)",
        expect!["expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
    );
    tell("self.few.all(x, x > 1)", expect!["found no matching overload for '_>_' applied to '(string, int)'"]);
    tell("self.name.matches('[')", expect!["invalid matches argument"]);
    tell("self.name.startsWith(1)", expect!["found no matching overload for 'startsWith' applied to 'string.(int)'"]);
    tell("Some{a: 1} == self", expect!["undeclared reference to 'Some' (in container '')"]);
    tell(
        "self.name ==",
        expect![[r#"
            ERROR: <input>:1:13: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}
             | self.name ==
             | ............^"#]],
    );
}

#[test]
fn whatever_may_be_called_can_be_run() {
    let library = super::library::library();
    let mut unknown: Vec<String> = Vec::new();
    for (name, style) in super::functions::Functions::all().calls() {
        let text = match style {
            super::functions::Style::Global => format!("{name}()"),
            super::functions::Style::Member => format!("dyn(1).{name}()"),
        };
        let call = room::to_read(|| parse::parse(&text)).expect("an expression");
        if let Err(kube_cel::cel::ExecutionError::UndeclaredReference(missing)) = library.resolve(&call) {
            unknown.push(missing.to_string());
        }
    }
    unknown.sort();
    unknown.dedup();
    assert_eq!(unknown, [""; 0]);
}

#[test]
fn deep_expressions_cost_no_stack() {
    let repeated = |text: &str, times: usize| text.repeat(times);
    let deep = [
        format!("{}1{} == 1", repeated("(", 90), repeated(")", 90)),
        format!("{}1{} == [1]", repeated("[", 90), repeated("]", 90)),
        format!("{}1{} == 1", repeated("(", 900), repeated(")", 900)),
        format!("1{} > 0", repeated("+1", 900)),
        format!("1{} > 0", repeated("+1", 9000)),
        format!("1{} > 0", repeated("+1", 90_000)),
        format!("true{}", repeated(" && true", 2000)),
        format!("{}true", repeated("!", 9000)),
        format!("self{}", repeated(".a", 9000)),
        format!("self{}", repeated("[0]", 6000)),
        format!("{}true", repeated("true?true:", 1900)),
    ];
    let outcomes = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || {
            deep.iter().map(|rule| told(rule).chars().take(90).collect()).collect::<Vec<String>>().join("\n")
        })
        .expect("a thread")
        .join()
        .expect("no stack overflow, which would end the process");
    expect![[r#"
        bool, 1 steps
        found no matching overload for '_==_' applied to '(list(list(list(list(list(list(list(list
        ERROR: <input>:1:97: Syntax error: OtherError(ParseError { source: None, pos: (96, -1), ms
        bool, 901 steps
        ERROR: <input>: expression recursion limit exceeded: 1000
        ERROR: <input>:-1:0: expression code point size exceeds limit: size: 180005, limit 20000
        bool, 0 steps
        bool, 1 steps
        ERROR: <input>: expression recursion limit exceeded: 1000
        ERROR: <input>: expression recursion limit exceeded: 1000
        ERROR: <input>: the expression cannot be read; simplify it"#]]
    .assert_eq(&outcomes);
}

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
    let declared: Arc<Declared> = Declared::of(&json!({"type": "boolean"}), Position::Inside).expect("a type");
    assert_eq!(declared.ty(), Type::Bool);
}
