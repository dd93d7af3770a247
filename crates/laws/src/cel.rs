//! Expressions in CEL, which whoever defines a kind or writes a Kustomization writes.

use expressions::{Budget, Expression, Failure, Scope, Size, Value, Variables};
use serde_json::json;

use crate::{Law, text};

/// What can be read runs, and comes to a value or says why it does not; and what fits declared variables needs none.
pub const EXPRESSION: Law = Law {
    name: "expression",
    check: expression,
    seeds: &[
        "self.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
        "self.?status.?phase.orValue('') in ['Up', 'Done'] || has(self.spec.paused)",
        "self.list.map(x, x * 2).filter(x, x > 2).size() == 1 ? self.name.matches('^a+$') : 1 / 0 == 2",
        "timestamp('2026-11-22T06:00:00Z') + duration('1h30m') > timestamp(self.since) && type(self.ratio) == double",
        "quantity('1Gi').isGreaterThan(quantity(self.size)) && cidr('10.0.0.0/8').containsIP('10.1.2.3')",
        "'%s-%d'.format([self.name, -9223372036854775808]) != string(9223372036854775807u) + b'\\xff'.size()",
    ],
};

fn expression(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let object = json!({
        "name": "a", "size": "1Mi", "ratio": 0.5, "list": [1, 2], "since": "2026-11-22T06:00:00Z", "spec": {},
        "status": {"phase": "Up", "conditions": [{"type": "Ready", "status": "True"}]},
    });
    let declared = [("self", expressions::Type::Dyn)];
    let fits = Expression::read(text, Variables::Declared(&declared)).is_ok();
    let read = Expression::read(text, Variables::Any);
    assert!(read.is_ok() || !fits, "{text}: {read:?}");
    let Ok(program) = read.map(Expression::program) else { return };
    if Budget::full().pay(&program, Size::of(&object)).is_err() {
        return;
    }
    let outcome = Scope::with_functions(|functions| {
        let mut scope = functions.inner();
        scope.set("self", Value::of(&object, None));
        program.run(&scope)
    });
    assert_ne!(outcome.as_ref().err(), Some(&Failure::Broken), "{text}");
}
