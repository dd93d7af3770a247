//! How much expressions may compute about one object.
//!
//! The evaluator itself knows no limit, so what an expression may cost at most is told beforehand from its shape and from
//! how large the values are that it speaks of. The API server counts while it evaluates; one that would do there, because
//! it mostly stops early, may be too much here.

use kube_cel::cel::common::ast::{CallExpr, Expr, IdedExpr, operators};
use serde_json::Value;

use crate::expression::Program;
use crate::room;
use crate::syntax::parts;

/// Steps that all expressions about an object may take together (kube-apiserver's `RuntimeCELCostBudget`).
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

/// Functions that make no list, but choose one.
const OF_WHAT_IS_THERE: [&str; 6] =
    [operators::INDEX, operators::OPT_INDEX, operators::OPT_SELECT, "or", "orValue", "value"];

/// What is left for the expressions about an object.
#[derive(Debug)]
pub struct Budget {
    left: u64,
}

/// Too little is left.
#[derive(Debug)]
pub struct Exhausted;

impl Budget {
    /// What an object has.
    pub fn full() -> Budget {
        Budget { left: BUDGET }
    }

    /// Pays for a program about values of this size.
    pub fn pay(&mut self, program: &Program, size: Size) -> Result<(), Exhausted> {
        let steps = room::to_go_down(program.depth, || cost(&program.tree, size));
        self.left = self.left.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }
}

/// How large the parts of a value are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Size {
    /// Entries of the longest list or map.
    items: u64,
    /// Bytes of the longest text.
    text: u64,
}

impl Size {
    /// The largest parts of a value.
    pub fn of(value: &Value) -> Size {
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

    /// The larger parts of two.
    pub fn or(self, other: Size) -> Size {
        Size { items: self.items.max(other.items), text: self.text.max(other.text) }
    }
}

/// Steps that an expression takes at most.
fn cost(of: &IdedExpr, size: Size) -> u64 {
    let sum = |parts: Vec<&IdedExpr>| parts.into_iter().fold(0, |sum: u64, part| sum.saturating_add(cost(part, size)));
    match &of.expr {
        Expr::Comprehension(inner) => {
            let each = sum(vec![&inner.loop_cond, &inner.loop_step]);
            let around = sum(vec![&inner.iter_range, &inner.accu_init, &inner.result]);
            length(&inner.iter_range.expr, size).saturating_mul(each).saturating_add(around)
        }
        Expr::Call(call) => own_cost(call, size).saturating_add(sum(parts(of))),
        Expr::Select(_)
        | Expr::List(_)
        | Expr::Map(_)
        | Expr::Struct(_)
        | Expr::Unspecified
        | Expr::Ident(_)
        | Expr::Literal(_) => sum(parts(of)).saturating_add(1),
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

/// How many elements a list has at most.
fn length(list: &Expr, size: Size) -> u64 {
    match list {
        Expr::List(literal) => literal.elements.len() as u64,
        // A list that is there already, or the one that takes its place.
        Expr::Call(call) if OF_WHAT_IS_THERE.contains(&call.func_name.as_str()) => {
            call.args.iter().map(|part| length(&part.expr, size)).fold(size.items, u64::max)
        }
        // Such as the words of a text.
        Expr::Call(_) => size.items.max(size.text),
        _ => size.items,
    }
}
