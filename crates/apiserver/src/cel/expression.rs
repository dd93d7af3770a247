//! An expression that makes sense.

use std::sync::Arc;

use kube_cel::cel::common::ast::{Expr, IdedExpr};
use kube_cel::cel::{Context, ExecutionError, Value};

use super::check::{self, Checked};
use super::declared::Declared;
use super::types::Type;
use super::{OLD_SELF, parse, room, runnable};

/// Whether a rule is asked where there is no value from before (`optionalOldSelf`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OldSelf {
    /// It is not, and `oldSelf` is a value.
    Required,
    /// It is, and `oldSelf` is an optional value.
    Optional,
}

/// An expression whose parts have types.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) tree: IdedExpr,
    pub(super) checked: Checked,
    depth: usize,
}

/// Makes one name of the parts of a type's, as upstream does once it knows that they are one.
fn name_type(part: &mut IdedExpr, checked: &Checked) {
    if let (Expr::Select(_), Type::Named(_)) = (&part.expr, checked.ty(part))
        && let Some(name) = check::qualified(&part.expr).filter(|name| check::named_type(name).is_some())
    {
        part.expr = Expr::Ident(name);
    }
}

/// An expression in the form that the interpreter understands.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) tree: IdedExpr,
    depth: usize,
}

impl Program {
    /// What it says where variables are as they are in a scope.
    pub(super) fn run(&self, scope: &Context<'_>) -> Result<Value, ExecutionError> {
        room::to_evaluate(self.depth, || scope.resolve(&self.tree))
    }
}

impl Expression {
    /// Reads an expression about what is declared, or says in the API server's words what is wrong with it. To be called
    /// where there is [room to read](room::to_read).
    pub(super) fn read(text: &str, declared: &Arc<Declared>, old_self: OldSelf) -> Result<Expression, String> {
        let mut tree = parse::parse(text)?;
        let depth = room::measure(&tree)?;
        let own = declared.ty();
        let before = match old_self {
            OldSelf::Required => own.clone(),
            OldSelf::Optional => Type::optional(own.clone()),
        };
        match check::check(&tree, &[("self", own), (OLD_SELF, before)]) {
            Ok(checked) => {
                parse::each(&mut tree, &mut |part| name_type(part, &checked));
                Ok(Expression { tree, checked, depth })
            }
            Err(errors) => {
                let told: Vec<String> = errors.iter().map(|error| format!("ERROR: <input>: {error}")).collect();
                Err(told.join("\n"))
            }
        }
    }

    /// What the interpreter runs.
    pub(super) fn runnable(mut self) -> Program {
        runnable::rewrite(&mut self.tree, &self.checked);
        // To choose a field that is optional is one level more there.
        Program { tree: self.tree, depth: 2 * self.depth }
    }
}
