//! Optional fields in the form that the interpreter understands.
//!
//! It knows `map[?key]`, also where the map is optional itself, but fails on `map.?field` where the field is absent, and
//! takes `optional.field` for something false.

use kube_cel::cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::check::Checked;
use super::parse::each;
use super::types::Type;

/// Rewrites every choice of an optional field as one of an optional key: objects are maps while rules run.
pub(super) fn rewrite(expression: &mut IdedExpr, checked: &Checked) {
    each(expression, &mut |part| {
        if let Some(expr) = rewritten(part, checked) {
            part.expr = expr;
        }
    });
}

fn rewritten(part: &IdedExpr, checked: &Checked) -> Option<Expr> {
    match &part.expr {
        Expr::Call(call) if call.func_name == operators::OPT_SELECT => Some(at_key(call.args.clone())),
        Expr::Select(select) if matches!(checked.ty(&select.operand), Type::Optional(_)) => {
            let key = LiteralValue::String(select.field.as_str().into());
            let chosen = at_key(vec![(*select.operand).clone(), IdedExpr { id: part.id, expr: Expr::Literal(key) }]);
            Some(if select.test {
                let target = Some(Box::new(IdedExpr { id: part.id, expr: chosen }));
                Expr::Call(CallExpr { func_name: "hasValue".to_owned(), target, args: Vec::new() })
            } else {
                chosen
            })
        }
        _ => None,
    }
}

fn at_key(args: Vec<IdedExpr>) -> Expr {
    Expr::Call(CallExpr { func_name: operators::OPT_INDEX.to_owned(), target: None, args })
}
