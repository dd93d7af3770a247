//! How much the CEL rules of a custom resource may compute about one object.
//!
//! The evaluator itself knows no limit, so what a rule may cost at most is told beforehand from its shape and from how
//! large the values are that it speaks of. The API server counts while it evaluates; a rule that would do there, because
//! it mostly stops early, may be too much here.

use kube_cel::cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, operators};
use serde_json::Value;

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

/// What is left for the rules of an object.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
}

/// Too little is left.
#[derive(Debug)]
pub(super) struct Exhausted;

impl Budget {
    /// What an object has.
    pub(super) fn full() -> Budget {
        Budget { left: BUDGET }
    }

    /// Pays for an expression about values of this size.
    pub(super) fn pay(&mut self, expression: &IdedExpr, size: Size) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(cost(&expression.expr, size)).ok_or(Exhausted)?;
        Ok(())
    }
}

/// How large the parts of a value are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    /// Entries of the longest list or map.
    items: u64,
    /// Bytes of the longest text.
    text: u64,
}

impl Size {
    pub(super) fn of(value: &Value) -> Size {
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

    pub(super) fn or(self, other: Size) -> Size {
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
