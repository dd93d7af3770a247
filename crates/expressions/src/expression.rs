//! An expression that makes sense, and the same as a program.

use std::sync::Arc;

use kube_cel::cel::common::ast::{Expr, IdedExpr};

use crate::check::{self, Checked};
use crate::declared::Declared;
use crate::flaw::Flaw;
use crate::scope::{Failure, Scope, Value};
use crate::types::Type;
use crate::{cost, parse, room, runnable, syntax};

/// What an expression may speak of.
#[derive(Debug, Clone, Copy)]
pub enum Variables<'a> {
    /// These alone, of these types; an expression that does not fit them is refused.
    Declared(&'a [(&'a str, Type)]),
    /// Whatever there is when it runs. Only what is no syntax is refused.
    Any,
}

/// An expression whose parts have types.
#[derive(Debug)]
pub struct Expression {
    tree: IdedExpr,
    checked: Checked,
    depth: usize,
}

impl Expression {
    /// Reads an expression, with the syntax of optional values (`self.?name`, `optMap`).
    pub fn read(text: &str, variables: Variables<'_>) -> Result<Expression, Flaw> {
        room::check_length(text)?;
        room::to_read(|| Expression::read_here(text, variables))
    }

    fn read_here(text: &str, variables: Variables<'_>) -> Result<Expression, Flaw> {
        let mut tree = parse::parse(text)?;
        let depth = room::measure(&tree)?;
        let (checked, errors) = check::check(&tree, variables);
        match variables {
            Variables::Declared(_) if !errors.is_empty() => return Err(Flaw::Types(errors)),
            Variables::Declared(_) | Variables::Any => {}
        }
        syntax::each(&mut tree, &mut |part| name_type(part, &checked));
        Ok(Expression { tree, checked, depth })
    }

    /// The type of what it says.
    pub fn ty(&self) -> &Type {
        self.checked.ty(&self.tree)
    }

    /// Whether it speaks of a variable that was declared.
    pub fn uses(&self, variable: &str) -> bool {
        self.checked.uses(variable)
    }

    /// The steps it takes at most for the largest value that `root` allows, as kube-apiserver estimates it.
    pub fn most_steps(&self, root: &Arc<Declared>) -> u64 {
        room::to_go_down(self.depth, || cost::estimate(&self.tree, &self.checked, root))
    }

    /// What can be run.
    pub fn program(mut self) -> Program {
        room::to_go_down(self.depth, || runnable::rewrite(&mut self.tree, &self.checked));
        // To choose a field that is optional is one level more there.
        Program { tree: self.tree, depth: 2 * self.depth }
    }
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
pub struct Program {
    pub(crate) tree: IdedExpr,
    pub(crate) depth: usize,
}

impl Program {
    /// What it says where variables are as they are in a scope.
    pub fn run(&self, scope: &Scope<'_>) -> Result<Value, Failure> {
        room::to_run(self.depth, || scope.resolve(&self.tree)).unwrap_or(Err(Failure::Broken))
    }
}
