//! CEL expressions that users write: `healthCheckExprs` and `dependsOn[].readyExpr`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use kube_cel::KubeCelExt;
use kube_cel::cel::common::ast::{EntryExpr, Expr};
use kube_cel::cel::parser::{ParseErrors, Parser};
use kube_cel::cel::{self, Context, ExecutionError, IdedExpr};
use serde_json::Value;

/// Longest expression that is compiled, in bytes. Parsing and evaluating recurse, so length bounds their depth.
const MAX_LENGTH: usize = 2048;

/// Deepest nesting of brackets that is compiled.
const MAX_NESTING: usize = 64;

/// Stack for parsing and evaluating, in bytes. The parser takes up to 200 KiB for each bracket and 40 KiB for each
/// operator in unoptimised builds; only what is used is ever committed.
const STACK: usize = 128 << 20;

/// A compiled expression. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    tree: Arc<IdedExpr>,
}

/// An expression that does not compile or cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It is not CEL.
    #[error("failed to parse the CEL expression '{expression}' at {line}:{column}: {message}")]
    Syntax {
        /// The expression.
        expression: String,
        /// Line in the expression, from 1.
        line: u32,
        /// Column in the expression, from 1.
        column: u32,
        /// What is wrong.
        message: String,
    },
    /// It names a variable that it is not given.
    #[error("the CEL expression '{expression}' uses `{name}`, which is not defined here; it can use {known}")]
    UnknownVariable {
        /// The expression.
        expression: String,
        /// The variable.
        name: String,
        /// What it can use.
        known: String,
    },
    /// Its evaluation failed, for example because a field is missing.
    #[error("failed to evaluate the CEL expression '{expression}': {message}")]
    Evaluation {
        /// The expression.
        expression: String,
        /// What went wrong.
        message: String,
    },
    /// Its value is neither true nor false.
    #[error("the CEL expression '{expression}' must be true or false, but its value is of type {found}")]
    NotBoolean {
        /// The expression.
        expression: String,
        /// The type of its value.
        found: String,
    },
}

impl Expression {
    /// Compiles. The expression may use the top-level names in `variables`; with none given it may use any, and a name
    /// that is missing when it is evaluated is an [`ExpressionError::Evaluation`].
    pub fn compile(source: &str, variables: Option<&[&str]>) -> Result<Expression, ExpressionError> {
        check_size(source)?;
        on_a_large_stack(source, || Expression::compile_here(source, variables))
    }

    fn compile_here(source: &str, variables: Option<&[&str]>) -> Result<Expression, ExpressionError> {
        let tree =
            Parser::new().enable_optional_syntax(true).parse(source).map_err(|errors| syntax(source, &errors))?;
        if let Some(known) = variables {
            let unknown = free_variables(&tree).into_iter().find(|name| !known.contains(name));
            if let Some(name) = unknown {
                let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
                return Err(ExpressionError::UnknownVariable {
                    expression: source.to_owned(),
                    name: name.to_owned(),
                    known,
                });
            }
        }
        Ok(Expression { source: source.into(), tree: Arc::new(tree) })
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates to true or false.
    pub fn evaluate(&self, variables: &[(&str, &Value)]) -> Result<bool, ExpressionError> {
        on_a_large_stack(&self.source, || self.evaluate_here(variables))
    }

    fn evaluate_here(&self, variables: &[(&str, &Value)]) -> Result<bool, ExpressionError> {
        let mut context = Context::default().with_all();
        for (name, value) in variables {
            context.add_variable_from_value(*name, to_cel(value));
        }
        match context.resolve(&self.tree) {
            Ok(cel::Value::Bool(value)) => Ok(value),
            Ok(other) => Err(ExpressionError::NotBoolean {
                expression: self.source.to_string(),
                found: other.type_of().to_string(),
            }),
            Err(error) => {
                Err(ExpressionError::Evaluation { expression: self.source.to_string(), message: sentence(&error) })
            }
        }
    }
}

/// Runs `work` with enough stack for the deepest expression, and turns a panic of the parser or evaluator into an error.
///
/// The thread is no more than a larger stack: it ends before this returns, so the crate stays pure.
fn on_a_large_stack<T: Send>(
    source: &str,
    work: impl FnOnce() -> Result<T, ExpressionError> + Send,
) -> Result<T, ExpressionError> {
    let outcome = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()?;
        thread.join().ok()
    });
    outcome.unwrap_or_else(|| {
        let message = "the evaluator broke down; simplify the expression".to_owned();
        Err(ExpressionError::Evaluation { expression: source.to_owned(), message })
    })
}

fn check_size(source: &str) -> Result<(), ExpressionError> {
    let refuse = |message: String| {
        let start: String = source.chars().take(60).collect();
        Err(ExpressionError::Syntax { expression: format!("{start}…"), line: 1, column: 1, message })
    };
    if source.len() > MAX_LENGTH {
        return refuse(format!("it is {} bytes long; at most {MAX_LENGTH} are compiled", source.len()));
    }
    let mut depth = 0_usize;
    for character in source.chars() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return refuse(format!("its brackets are nested more than {MAX_NESTING} deep"));
        }
    }
    Ok(())
}

fn syntax(source: &str, errors: &ParseErrors) -> ExpressionError {
    let position = |value: isize| u32::try_from(value).unwrap_or(0);
    let (line, column, message) = errors.errors.first().map_or((1, 1, "it cannot be parsed".to_owned()), |error| {
        // The parser goes on to list every token that it would have taken.
        let message = error.msg.split(" expecting ").next().unwrap_or_default();
        let message = message.trim().trim_start_matches("Syntax error: ").to_owned();
        (position(error.pos.0), position(error.pos.1), message)
    });
    ExpressionError::Syntax { expression: source.to_owned(), line, column, message }
}

/// What an evaluation failed on, without the evaluator's own types.
fn sentence(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("no such key: {key}"),
        ExecutionError::UndeclaredReference(name) => format!("no such attribute: {name}"),
        ExecutionError::NoSuchOverload => {
            "no such overload: an operator or function does not take these types".to_owned()
        }
        other => other.to_string(),
    }
}

/// JSON as CEL sees it: whole numbers are `int`, as in Kubernetes.
fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Number(number) => number
            .as_i64()
            .map(cel::Value::Int)
            .or_else(|| number.as_u64().map(cel::Value::UInt))
            .unwrap_or_else(|| cel::Value::Float(number.as_f64().unwrap_or(f64::NAN))),
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(items) => cel::Value::List(Arc::new(items.iter().map(to_cel).collect())),
        Value::Object(entries) => {
            let entries: HashMap<String, cel::Value> =
                entries.iter().map(|(key, value)| (key.clone(), to_cel(value))).collect();
            cel::Value::Map(entries.into())
        }
    }
}

/// The names an expression takes from outside, without those that its macros bind.
fn free_variables(tree: &IdedExpr) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    collect(tree, &mut Vec::new(), &mut names);
    names
}

fn collect<'e>(tree: &'e IdedExpr, bound: &mut Vec<&'e str>, names: &mut BTreeSet<&'e str>) {
    match &tree.expr {
        Expr::Unspecified | Expr::Literal(_) => {}
        Expr::Ident(name) => {
            if !name.starts_with('@') && !bound.contains(&name.as_str()) && !TYPES.contains(&name.as_str()) {
                names.insert(name);
            }
        }
        Expr::Call(call) => {
            for part in call.target.as_deref().into_iter().chain(&call.args) {
                collect(part, bound, names);
            }
        }
        Expr::Select(select) => collect(&select.operand, bound, names),
        Expr::List(list) => list.elements.iter().for_each(|item| collect(item, bound, names)),
        Expr::Map(map) => map.entries.iter().for_each(|entry| collect_entry(&entry.expr, bound, names)),
        Expr::Struct(object) => object.entries.iter().for_each(|entry| collect_entry(&entry.expr, bound, names)),
        Expr::Comprehension(macro_) => {
            collect(&macro_.iter_range, bound, names);
            collect(&macro_.accu_init, bound, names);
            let outer = bound.len();
            bound.extend([macro_.iter_var.as_str(), macro_.accu_var.as_str()]);
            bound.extend(macro_.iter_var2.as_deref());
            for part in [&macro_.loop_cond, &macro_.loop_step, &macro_.result] {
                collect(part, bound, names);
            }
            bound.truncate(outer);
        }
    }
}

fn collect_entry<'e>(entry: &'e EntryExpr, bound: &mut Vec<&'e str>, names: &mut BTreeSet<&'e str>) {
    match entry {
        EntryExpr::StructField(field) => collect(&field.value, bound, names),
        EntryExpr::MapEntry(entry) => {
            collect(&entry.key, bound, names);
            collect(&entry.value, bound, names);
        }
    }
}

/// Names of types and namespaces that expressions use without being given them.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "timestamp",
    "type",
    "uint",
    "base64",
    "math",
    "optional",
    "sets",
    "strings",
];
