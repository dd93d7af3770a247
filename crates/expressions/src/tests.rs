//! What expressions are, cost and come to.

use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use crate::{Declared, Expression, Failure, Position, Scope, Type, Value, Variables, functions};

/// A schema with a part of each kind, with limits and without.
fn schema() -> Json {
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
    let variables = [("self", declared.ty()), ("oldSelf", declared.ty())];
    match Expression::read(rule, Variables::Declared(&variables)) {
        Ok(expression) => format!("{}, {} steps", expression.ty(), expression.most_steps(&declared)),
        Err(flaw) => flaw.to_string().replace("ERROR: <input>: ", ""),
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
    let mut unknown: Vec<String> = Vec::new();
    for (name, style) in functions::Functions::all().calls() {
        let text = match style {
            functions::Style::Global => format!("{name}()"),
            functions::Style::Member => format!("dyn(1).{name}()"),
        };
        let program = Expression::read(&text, Variables::Any).expect("an expression").program();
        if let Err(Failure::NameMissing(missing)) = Scope::with_functions(|scope| program.run(scope)) {
            unknown.push(missing);
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
        expression recursion limit exceeded: 1000
        bool, 901 steps
        expression recursion limit exceeded: 1000
        ERROR: <input>:-1:0: expression code point size exceeds limit: size: 180005, limit 20000
        bool, 0 steps
        bool, 1 steps
        expression recursion limit exceeded: 1000
        expression recursion limit exceeded: 1000
        the expression cannot be read; simplify it"#]]
    .assert_eq(&outcomes);
}

#[test]
fn schemas_give_types() {
    let declared = Declared::of(&json!({"type": "boolean"}), Position::Inside).expect("a type");
    assert_eq!(declared.ty(), Type::Bool);
}

/// What an expression comes to that may speak of whatever an object has.
#[track_caller]
fn come(text: &str, expected: Expect) {
    let object = json!({
        "metadata": {"name": "web", "generation": 3},
        "type": "Opaque",
        "status": {"phase": "Up", "ratio": 0.5, "since": "2026-11-22T06:00:00Z", "conditions": [{"type": "Ready", "status": "True"}]},
    });
    let outcome = Expression::read(text, Variables::Any).map_err(|flaw| flaw.to_string()).and_then(|expression| {
        let program = expression.program();
        Scope::with_functions(|functions| {
            let mut scope = functions.inner();
            for (name, value) in object.as_object().expect("an object") {
                scope.set(name, Value::of(value, None));
            }
            program.run(&scope).map_err(|failure| failure.to_string())
        })
    });
    let shown = outcome.map_or_else(
        |why| why,
        |value| match (value.as_bool(), value.as_text()) {
            (Some(truth), _) => truth.to_string(),
            (None, Some(text)) => text.to_owned(),
            (None, None) => value.type_name(),
        },
    );
    expected.assert_eq(&shown);
}

#[test]
fn expressions_need_no_schema() {
    come("status.phase == 'Up' && metadata.generation == 3", expect!["true"]);
    come("status.?phase.orValue('Down')", expect!["Up"]);
    come("status.?missing.orValue('Down')", expect!["Down"]);
    come("status.?missing.?deeper.hasValue()", expect!["false"]);
    come("status[?'missing'] == optional.none()", expect!["true"]);
    come("status.?conditions.orValue([]).exists(c, c.type == 'Ready' && c.?reason.orValue('') == '')", expect!["true"]);
    come("status.?phase.optMap(p, p + '!').value()", expect!["Up!"]);
    come("has(status.?missing.deeper)", expect!["false"]);
    come("type(status.ratio) == double && type(status.phase) == string", expect!["true"]);
    come("timestamp(status.since).getHours()", expect!["int"]);
    come("bool('true') && dyn(1) == 1", expect!["true"]);
    come("string(timestamp(status.since))", expect!["2026-11-22T06:00:00Z"]);
    come("status.missing == 1", expect!["no such key: missing"]);
    come("missing.phase == 1", expect!["no such attribute: missing"]);
    come("status.phase + 1 == 2", expect!["no such overload: an operator or function does not take these types"]);
    come("status.conditions[1]", expect!["index out of bounds: 1"]);
    come("1 / 0", expect!["division by zero"]);
    come("type == 'Opaque' && type(type) == string", expect!["true"]);
    come("lists.range(1000000000).size() == 1", expect!["no such attribute: lists.range"]);
}
