//! Expressions in the form that the interpreter understands.
//!
//! It knows `map[?key]`, also where the map is optional itself, but fails on `map.?field` where the field is absent, and
//! takes `optional.field` for something false. It compares no optional values, and writes times in another way.

use kube_cel::cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators};

use crate::check::Checked;
use crate::library;
use crate::syntax::each;
use crate::types::Type;

/// Rewrites every choice of an optional field as one of an optional key (objects are maps while expressions run), and
/// comparisons of optional values as calls.
pub(crate) fn rewrite(expression: &mut IdedExpr, checked: &Checked) {
    each(expression, &mut |part| {
        if let Some(expr) = rewritten(part, checked) {
            part.expr = expr;
        }
    });
}

fn rewritten(part: &IdedExpr, checked: &Checked) -> Option<Expr> {
    match &part.expr {
        Expr::Call(call) => rewritten_call(part.id, call, checked),
        Expr::Select(select) => optional_field(part.id, select, checked),
        Expr::Unspecified
        | Expr::Ident(_)
        | Expr::Comprehension(_)
        | Expr::List(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Struct(_) => None,
    }
}

fn rewritten_call(id: u64, call: &CallExpr, checked: &Checked) -> Option<Expr> {
    let same = || calling(library::SAME, call.args.clone());
    let is_about_optional = || call.args.iter().any(|argument| matches!(checked.ty(argument), Type::Optional(_)));
    match (call.func_name.as_str(), call.args.as_slice()) {
        (operators::OPT_SELECT, _) => Some(at_key(call.args.clone())),
        (operators::EQUALS, _) if is_about_optional() => Some(same()),
        (operators::NOT_EQUALS, _) if is_about_optional() => {
            Some(calling(operators::LOGICAL_NOT, vec![IdedExpr { id, expr: same() }]))
        }
        ("string", [of]) if matches!(checked.ty(of), Type::Bool | Type::Duration | Type::Timestamp | Type::Dyn) => {
            Some(calling(library::WRITTEN, call.args.clone()))
        }
        // A type is a text while expressions run, and so that of a type is told beforehand.
        ("type", [of]) if matches!(checked.ty(of), Type::Named(_)) => Some(text("type")),
        _ => None,
    }
}

/// The field of an optional value, or whether it is there.
fn optional_field(id: u64, select: &SelectExpr, checked: &Checked) -> Option<Expr> {
    if !matches!(checked.ty(&select.operand), Type::Optional(_)) {
        return None;
    }
    let chosen = at_key(vec![(*select.operand).clone(), IdedExpr { id, expr: text(&select.field) }]);
    Some(if select.test {
        let target = Some(Box::new(IdedExpr { id, expr: chosen }));
        Expr::Call(CallExpr { func_name: "hasValue".to_owned(), target, args: Vec::new() })
    } else {
        chosen
    })
}

fn text(text: &str) -> Expr {
    Expr::Literal(LiteralValue::String(text.into()))
}

fn at_key(args: Vec<IdedExpr>) -> Expr {
    calling(operators::OPT_INDEX, args)
}

fn calling(function: &str, args: Vec<IdedExpr>) -> Expr {
    Expr::Call(CallExpr { func_name: function.to_owned(), target: None, args })
}
