//! Going through the parts of an expression.

use kube_cel::cel::common::ast::{EntryExpr, Expr, IdedExpr};

/// The expressions right below one.
pub(crate) fn parts(of: &IdedExpr) -> Vec<&IdedExpr> {
    match &of.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Struct(fields) => fields.entries.iter().flat_map(|entry| of_entry(&entry.expr)).collect(),
        Expr::Comprehension(of) => vec![&of.iter_range, &of.accu_init, &of.loop_cond, &of.loop_step, &of.result],
    }
}

fn of_entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

/// Visits every part of an expression, the innermost first.
pub(crate) fn each(expression: &mut IdedExpr, visit: &mut impl FnMut(&mut IdedExpr)) {
    match &mut expression.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
        Expr::Call(call) => {
            call.target.as_deref_mut().into_iter().chain(&mut call.args).for_each(|part| each(part, visit))
        }
        Expr::Select(select) => each(&mut select.operand, visit),
        Expr::List(list) => list.elements.iter_mut().for_each(|part| each(part, visit)),
        Expr::Map(map) => map.entries.iter_mut().for_each(|entry| each_of_entry(&mut entry.expr, visit)),
        Expr::Struct(fields) => fields.entries.iter_mut().for_each(|entry| each_of_entry(&mut entry.expr, visit)),
        Expr::Comprehension(of) => {
            for part in [&mut of.iter_range, &mut of.accu_init, &mut of.loop_cond, &mut of.loop_step, &mut of.result] {
                each(part, visit);
            }
        }
    }
    visit(expression);
}

fn each_of_entry(entry: &mut EntryExpr, visit: &mut impl FnMut(&mut IdedExpr)) {
    match entry {
        EntryExpr::StructField(field) => each(&mut field.value, visit),
        EntryExpr::MapEntry(entry) => {
            each(&mut entry.key, visit);
            each(&mut entry.value, visit);
        }
    }
}
