//! From text to syntax, with the optional fields (`self.?name`) that Kubernetes and Flux allow.

use kube_cel::cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, ListExpr, LiteralValue, operators};
use kube_cel::cel::parser::{ParseErrors, Parser};

use crate::flaw::Flaw;
use crate::room;
use crate::syntax::each;

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<IdedExpr, Flaw> {
    let parser = Parser::default().enable_optional_syntax(true);
    let mut expression = parser.parse(text).map_err(|errors| flaw(&errors))?;
    room::measure(&expression)?;
    let mut last = 0;
    each(&mut expression, &mut |part| last = last.max(part.id));
    let mut macros = Macros { last };
    each(&mut expression, &mut |part| macros.expand(part));
    Ok(expression)
}

/// What the parser says, in the layout of the API server.
fn flaw(errors: &ParseErrors) -> Flaw {
    let shown = errors.to_string().replace("\n| ", "\n | ");
    let Some(first) = errors.errors.first() else { return Flaw::Unreadable };
    // Brackets have a limit of their own there.
    if first.msg.contains("Recursion limit") {
        return Flaw::TooDeep;
    }
    let position = |value: isize| u32::try_from(value).unwrap_or(0);
    // The parser goes on to list every token that it would have taken.
    let message = first.msg.split(" expecting ").next().unwrap_or_default();
    let message = message.trim().trim_start_matches("Syntax error: ").to_owned();
    Flaw::Syntax { line: position(first.pos.0), column: position(first.pos.1), message, shown }
}

/// The macros of optional values, which the parser does not know: `x.optMap(v, e)` is `e` with what `x` holds for `v`, as
/// an optional value; `optFlatMap` is the same where `e` is one already.
struct Macros {
    /// The largest number that a part of the expression has.
    last: u64,
}

impl Macros {
    fn part(&mut self, expr: Expr) -> IdedExpr {
        self.last += 1;
        IdedExpr { id: self.last, expr }
    }

    fn call(&mut self, target: Option<IdedExpr>, name: &str, args: Vec<IdedExpr>) -> IdedExpr {
        let target = target.map(Box::new);
        self.part(Expr::Call(CallExpr { func_name: name.to_owned(), target, args }))
    }

    /// A call of `optional.NAME`.
    fn optional(&mut self, name: &str, args: Vec<IdedExpr>) -> IdedExpr {
        let namespace = self.part(Expr::Ident("optional".to_owned()));
        self.call(Some(namespace), name, args)
    }

    fn expand(&mut self, part: &mut IdedExpr) {
        let Expr::Call(call) = &part.expr else { return };
        let is_flat = match call.func_name.as_str() {
            "optMap" => false,
            "optFlatMap" => true,
            _ => return,
        };
        let (Some(target), [IdedExpr { expr: Expr::Ident(name), .. }, then]) = (&call.target, call.args.as_slice())
        else {
            return;
        };
        let (target, name, then) = ((**target).clone(), name.clone(), then.clone());
        let held = self.call(Some(target.clone()), "value", Vec::new());
        let then = self.with(name, held, then);
        let then = if is_flat { then } else { self.optional("of", vec![then]) };
        let test = self.call(Some(target), "hasValue", Vec::new());
        let nothing = self.optional("none", Vec::new());
        part.expr = Expr::Call(CallExpr {
            func_name: operators::CONDITIONAL.to_owned(),
            target: None,
            args: vec![test, then, nothing],
        });
    }

    /// An expression with a name for a value: a loop over nothing, of which the value is what it begins with.
    fn with(&mut self, name: String, value: IdedExpr, then: IdedExpr) -> IdedExpr {
        let iter_range = self.part(Expr::List(ListExpr::new(Vec::new())));
        let loop_cond = self.part(Expr::Literal(LiteralValue::Boolean(false.into())));
        let loop_step = self.part(Expr::Ident(name.clone()));
        self.part(Expr::Comprehension(Box::new(ComprehensionExpr {
            iter_range,
            iter_var: "#unused".to_owned(),
            iter_var2: None,
            accu_var: name,
            accu_init: value,
            loop_cond,
            loop_step,
            result: then,
        })))
    }
}
