use std::iter::repeat_n;

use expect_test::{Expect, expect};
use plan::expression::{Expression, Names};
use serde_json::{Value, json};

fn object() -> Value {
    json!({
        "metadata": { "generation": 3 },
        "status": { "phase": "Up", "ratio": 0.5, "conditions": [{ "type": "Ready", "status": "True" }] },
    })
}

/// The value of an expression that may use `self`, or why it has none.
fn evaluated(source: &str) -> String {
    let outcome = Expression::compile(source, Names::Objects(&["self"]))
        .and_then(|expression| expression.evaluate(&[("self", &object())]));
    outcome.map_or_else(|error| error.to_string(), |value| value.to_string())
}

#[track_caller]
fn check(source: &str, expected: Expect) {
    expected.assert_eq(&evaluated(source));
}

fn repeated(text: &str, times: usize) -> String {
    repeat_n(text, times).collect()
}

#[test]
fn values_of_an_object_are_compared() {
    check("self.metadata.generation == 3", expect!["true"]);
    check("self.status.ratio < 1.0", expect!["true"]);
    check("self.status.phase in ['Up', 'Done']", expect!["true"]);
    check("self.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')", expect!["true"]);
    check("self.status.conditions.filter(c, c.type == 'Ready').all(c, c.status == 'False')", expect!["false"]);
    check("has(self.status.missing)", expect!["false"]);
    check("self.status.?missing.orValue('none') == 'none' && self.status.?phase.hasValue()", expect!["true"]);
    check("type(self.status.ratio) == double", expect!["true"]);
    let large = json!({ "data": "x".repeat(4 << 20), "status": { "conditions": [{ "type": "Ready" }] } });
    let expression = "status.?conditions.orValue([]).exists(c, c.type == 'Ready')";
    let expression = Expression::compile(expression, Names::Fields).expect("an expression");
    let fields: Vec<(&str, &Value)> = ["data", "status"].into_iter().map(|name| (name, &large[name])).collect();
    assert_eq!(expression.evaluate(&fields), Ok(true), "large texts do not make lists long");
}

#[test]
fn what_has_no_truth_says_why() {
    check(
        "self.status.missing == 1",
        expect!["failed to evaluate the CEL expression 'self.status.missing == 1': no such key: missing"],
    );
    check(
        "self.metadata.generation",
        expect!["the CEL expression 'self.metadata.generation' must be true or false, but its value is of type dyn"],
    );
    check(
        "self.status.phase + 1 == 2",
        expect![
            "failed to evaluate the CEL expression 'self.status.phase + 1 == 2': no such overload: an operator or function does not take these types"
        ],
    );
    check(
        "self.status.phase.lower() == 'up'",
        expect![
            "the CEL expression 'self.status.phase.lower() == 'up'' makes no sense: undeclared reference to 'lower'; it can use `self`"
        ],
    );
    let loops = format!("{}true{}", repeated("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].all(x, ", 8), repeated(")", 8));
    expect!["failed to evaluate the CEL expression '…': it could take more than 10 million steps for objects of this size; go through fewer lists inside of each other"].assert_eq(&evaluated(&loops).replace(&loops, "…"));
    check(
        "other.status.phase == 'Up'",
        expect![
            "the CEL expression 'other.status.phase == 'Up'' makes no sense: undeclared reference to 'other'; it can use `self`"
        ],
    );
    check(
        "[1].all(item, item == outer)",
        expect![
            "the CEL expression '[1].all(item, item == outer)' makes no sense: undeclared reference to 'outer'; it can use `self`"
        ],
    );
}

#[test]
fn what_is_no_expression_is_refused_with_its_place() {
    check("", expect!["failed to parse the CEL expression '' at 1:1: mismatched input '<EOF>'"]);
    check(
        "self.status.phase ==",
        expect!["failed to parse the CEL expression 'self.status.phase ==' at 1:21: mismatched input '<EOF>'"],
    );
    check(
        "self.status.\n  phase = 'Up'",
        expect![[r#"
        failed to parse the CEL expression 'self.status.
          phase = 'Up'' at 2:9: token recognition error at: '= '"#]],
    );
}

/// Hostile input: whatever is short enough is parsed and evaluated, or refused, and nothing overflows a stack, however
/// small the one of the caller is.
#[test]
fn deep_expressions_are_bounded() {
    let brackets = |times: usize| format!("{}true{}", repeated("(", times), repeated(")", times));
    check(
        &repeated("a", 20_001),
        expect![
            "the CEL expression 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…' is longer than 20,000 bytes, or nested too deeply; simplify it"
        ],
    );
    let deep = [
        brackets(90),
        brackets(2000),
        format!("true{}", repeated(" && true", 2000)),
        format!("{}1{}.size() == 1", repeated("[", 64), repeated("]", 64)),
        format!("{}true", repeated("!", 2000)),
        format!("{}1 < 0", repeated("-", 2000)),
        format!("1{} > 0", repeated("+1", 1000)),
        format!("true{}", repeated("&&true", 340)),
        format!("{}true", repeated("true?true:", 200)),
        format!("self{} == 1", repeated(".a", 1000)),
        format!("self.status{} == 1", repeated("[0]", 600)),
    ];
    let outcomes: Vec<String> = std::thread::Builder::new()
        .stack_size(512 << 10)
        .spawn(move || deep.iter().map(|source| evaluated(source).replace(source.as_str(), "…")).collect())
        .expect("a thread")
        .join()
        .expect("no stack overflow, which would end the process");
    expect![[r#"
        true
        the CEL expression '((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((…' is longer than 20,000 bytes, or nested too deeply; simplify it
        true
        true
        false
        true
        the CEL expression '1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+…' is longer than 20,000 bytes, or nested too deeply; simplify it
        true
        the CEL expression 'true?true:true?true:true?true:true?true:true?true:true?true:…' is longer than 20,000 bytes, or nested too deeply; simplify it
        the CEL expression 'self.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a…' is longer than 20,000 bytes, or nested too deeply; simplify it
        failed to evaluate the CEL expression '…': no such key: 0"#]].assert_eq(&outcomes.join("\n"));
}
