//! How much the CEL rules of a custom resource may compute about one object.
//!
//! The evaluator itself knows no limit, so what a rule may cost at most is told beforehand from its shape and from how
//! large the values are that it speaks of. The API server counts while it evaluates; a rule that would do there, because
//! it mostly stops early, may be too much here.

use kube_cel::CompiledSchema;
use kube_cel::cel::common::ast::{CallExpr, EntryExpr, Expr, operators};
use serde_json::Value;

use crate::registry::FieldError;

/// Steps that all rules of an object may take together (kube-apiserver's `RuntimeCELCostBudget`).
const BUDGET: u64 = 10_000_000;
/// Characters of text that count as one step.
const STRIDE: u64 = 10;

/// Functions that read all of a list.
const OF_LISTS: [&str; 12] = [
    "distinct",
    "flatten",
    "indexOf",
    "isSorted",
    "join",
    "lastIndexOf",
    "max",
    "min",
    "reverse",
    "slice",
    "sort",
    "sum",
];

/// The error of the first rule for which nothing is left.
pub(super) fn exceeded(compiled: &CompiledSchema, object: &Value, old: Option<&Value>) -> Option<FieldError> {
    let mut meter = Meter { left: BUDGET, old: old.map(Size::of) };
    let path = meter.walk(compiled, object, "").err()?;
    let why = "validation failed due to running out of cost budget, no further validation rules will be run";
    Some(FieldError::invalid(path.trim_start_matches('.'), &Value::from("object"), why))
}

struct Meter {
    left: u64,
    old: Option<Size>,
}

impl Meter {
    /// Pays for all rules about a value, or says where that fails.
    fn walk(&mut self, compiled: &CompiledSchema, value: &Value, path: &str) -> Result<(), String> {
        let size = if compiled.validations.is_empty() { Size::default() } else { Size::of(value) };
        for rule in compiled.validations.iter().flatten() {
            let size = match (rule.is_transition_rule, self.old) {
                (false, _) => size,
                (true, Some(old)) => size.or(old),
                (true, None) => continue,
            };
            let cost = cost(&rule.program.expression().expr, size);
            self.left = self.left.checked_sub(cost).ok_or_else(|| path.to_owned())?;
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let below = compiled.properties.get(name).or(compiled.additional_properties.as_deref());
                    if let Some(below) = below {
                        self.walk(below, value, &format!("{path}.{name}"))?;
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(below) = &compiled.items {
                        self.walk(below, item, &format!("{path}[{index}]"))?;
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        let branches = [&compiled.all_of, &compiled.any_of, &compiled.one_of].into_iter().flatten();
        branches.into_iter().try_for_each(|branch| self.walk(branch, value, path))
    }
}

/// How large the parts of a value are.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    /// Entries of the longest list or map.
    items: u64,
    /// Bytes of the longest text.
    text: u64,
}

impl Size {
    fn of(value: &Value) -> Size {
        match value {
            Value::String(text) => Size { items: 0, text: text.len() as u64 },
            Value::Array(items) => {
                let own = Size { items: items.len() as u64, text: 0 };
                items.iter().map(Size::of).fold(own, Size::or)
            }
            Value::Object(fields) => {
                let own = Size { items: fields.len() as u64, text: 0 };
                fields.values().map(Size::of).fold(own, Size::or)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Size::default(),
        }
    }

    fn or(self, other: Size) -> Size {
        Size { items: self.items.max(other.items), text: self.text.max(other.text) }
    }
}

/// Steps that an expression takes at most.
fn cost(expr: &Expr, size: Size) -> u64 {
    let of = |part: &Expr| cost(part, size);
    match expr {
        Expr::Comprehension(inner) => {
            let each = of(&inner.loop_cond.expr).saturating_add(of(&inner.loop_step.expr));
            let around = [&inner.iter_range, &inner.accu_init, &inner.result];
            let around = around.into_iter().fold(0, |sum: u64, part| sum.saturating_add(of(&part.expr)));
            length(&inner.iter_range.expr, size).saturating_mul(each).saturating_add(around)
        }
        Expr::Call(call) => {
            let own = own_cost(call, size);
            let parts = call.target.as_deref().into_iter().chain(&call.args);
            parts.fold(own, |sum, part| sum.saturating_add(of(&part.expr)))
        }
        Expr::Select(select) => of(&select.operand.expr).saturating_add(1),
        Expr::List(list) => list.elements.iter().fold(1, |sum: u64, part| sum.saturating_add(of(&part.expr))),
        Expr::Map(map) => {
            map.entries.iter().fold(1, |sum: u64, entry| sum.saturating_add(entry_cost(&entry.expr, size)))
        }
        Expr::Struct(fields) => {
            fields.entries.iter().fold(1, |sum: u64, entry| sum.saturating_add(entry_cost(&entry.expr, size)))
        }
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => 1,
    }
}

/// Steps of a function by itself.
fn own_cost(call: &CallExpr, size: Size) -> u64 {
    let reads = match call.target.as_deref().map(|target| &target.expr) {
        None if call.func_name == operators::IN => size.items,
        None => 0,
        // Each of one with each of the other.
        Some(Expr::Ident(namespace)) if namespace == "sets" => size.items.saturating_mul(size.items),
        Some(_) if call.func_name == "size" => 0,
        Some(_) if OF_LISTS.contains(&call.func_name.as_str()) => size.items,
        Some(_) => size.text / STRIDE,
    };
    reads.saturating_add(1)
}

fn entry_cost(entry: &EntryExpr, size: Size) -> u64 {
    match entry {
        EntryExpr::StructField(field) => cost(&field.value.expr, size),
        EntryExpr::MapEntry(entry) => cost(&entry.key.expr, size).saturating_add(cost(&entry.value.expr, size)),
    }
}

/// How many elements a list has at most.
fn length(list: &Expr, size: Size) -> u64 {
    match list {
        Expr::List(literal) => literal.elements.len() as u64,
        // Such as the words of a text.
        Expr::Call(_) => size.items.max(size.text),
        _ => size.items,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(rule: &str, value: Value, old: Option<Value>, expected: Expect) {
        let schema = json!({"type": "object", "properties": {"spec": {
            "type": "object",
            "x-kubernetes-validations": [{"rule": rule}],
            "properties": {"list": {"type": "array", "items": {"type": "string"}}},
        }}});
        let compiled = kube_cel::compile_schema(&schema);
        let whole = |spec: Value| json!({"spec": spec});
        let error = exceeded(&compiled, &whole(value), old.map(whole).as_ref());
        expected.assert_eq(&error.map_or_else(|| "enough".to_owned(), |error| error.to_string()));
    }

    #[test]
    fn rules_pay_for_what_they_may_compute() {
        let list = |count: usize| json!({"list": vec!["name"; count]});
        let out = || {
            expect![[
                r#"spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run"#
            ]]
        };
        let enough = || expect!["enough"];
        let all = "self.list.all(x, x.size() < 10)";
        check(all, list(100_000), None, enough());
        check("self.list.all(x, self.list.isSorted())", list(10_000), None, out());
        check("self.list.all(x, sets.contains(self.list, [x]))", list(300), None, out());
        let pairs = "self.list.all(x, self.list.exists_one(y, y == x))";
        check(pairs, list(100), None, enough());
        check(pairs, list(5000), None, out());
        let triples = "self.list.all(x, self.list.all(y, self.list.all(z, x + y != z)))";
        check(triples, list(50), None, enough());
        check(triples, list(300), None, out());
        check("self.list.all(x, x in self.list)", list(10_000), None, out());
        check("[1, 2, 3].all(n, self.list[n] != '')", list(10_000), None, enough());
        check(
            "self.list[0].split('').all(c, self.list[0].contains(c))",
            json!({"list": ["x".repeat(20_000)]}),
            None,
            out(),
        );
        let kept = "oldSelf.list.all(x, self.list.exists(y, x == y))";
        check(kept, list(5000), None, enough());
        check(kept, list(10), Some(list(5000)), out());
    }

    #[test]
    fn rules_of_entries_add_up() {
        let schema = json!({"type": "object", "additionalProperties": {"type": "array", "items": {
            "type": "string", "x-kubernetes-validations": [{"rule": "self.matches('^a+$')"}],
        }}});
        let compiled = kube_cel::compile_schema(&schema);
        let value = |count: usize, length: usize| json!({"a": vec!["a".repeat(length); count]});
        assert_eq!(exceeded(&compiled, &value(1000, 100), None), None);
        let error = exceeded(&compiled, &value(2000, 60_000), None).expect("too much");
        assert!(error.field.starts_with("a[16"), "{}", error.field);
    }
}
