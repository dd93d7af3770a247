//! What expressions run with, and what comes of it.

use std::sync::Arc;

use kube_cel::cel::common::ast::IdedExpr;
use kube_cel::cel::objects::OptionalValue;
use kube_cel::cel::{self, Context, ExecutionError};
use serde_json::Value as Json;

use crate::declared::Declared;
use crate::{library, values};

/// A value that an expression speaks of, or comes to.
#[derive(Debug, Clone)]
pub struct Value(cel::Value);

impl Value {
    /// An object or a part of one, as a schema declares it. Where nothing is declared numbers without a fraction are whole
    /// ones, and names of fields are as they are written.
    pub fn of(json: &Json, declared: Option<&Declared>) -> Value {
        Value(values::value(json, declared))
    }

    /// An optional value.
    pub fn optional(held: Option<Value>) -> Value {
        let optional = held.map_or_else(OptionalValue::none, |Value(held)| OptionalValue::of(held));
        Value(cel::Value::Opaque(Arc::new(optional)))
    }

    /// What it says if it is a truth value.
    pub fn as_bool(&self) -> Option<bool> {
        if let cel::Value::Bool(value) = self.0 { Some(value) } else { None }
    }

    /// What it says if it is a text.
    pub fn as_text(&self) -> Option<&str> {
        if let cel::Value::String(text) = &self.0 { Some(text) } else { None }
    }

    /// What CEL calls its type: `bool`, `map`, `google.protobuf.Timestamp`.
    pub fn type_name(&self) -> String {
        library::name_of_value(&self.0)
    }
}

/// Variables and their values, with all functions.
pub struct Scope<'a>(Context<'a>);

impl Scope<'_> {
    /// Does something with the scope that has functions only.
    pub fn with_functions<T>(work: impl FnOnce(&Scope<'_>) -> T) -> T {
        thread_local! {
            // Making all functions takes longer than most expressions, so each thread does it once.
            static FUNCTIONS: Scope<'static> = Scope(library::library());
        }
        FUNCTIONS.with(|functions| work(functions))
    }

    /// A scope inside of this one.
    pub fn inner(&self) -> Scope<'_> {
        Scope(self.0.new_inner_scope())
    }

    /// Gives a variable its value.
    pub fn set(&mut self, name: &str, Value(value): Value) {
        self.0.add_variable_from_value(name, value);
    }

    pub(crate) fn resolve(&self, tree: &IdedExpr) -> Result<Value, Failure> {
        self.0.resolve(tree).map(Value).map_err(Failure::of)
    }
}

/// Why an expression came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A field or a key is absent.
    #[error("no such key: {0}")]
    KeyMissing(String),
    /// A variable or function is absent.
    #[error("no such attribute: {0}")]
    NameMissing(String),
    /// A list has fewer items.
    #[error("index out of bounds: {0}")]
    OutOfBounds(String),
    /// A number was divided by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// The rest of a division by zero was asked for.
    #[error("modulus by zero")]
    ModulusByZero,
    /// A number is too large.
    #[error("integer overflow")]
    Overflow,
    /// An operator or function does not take values of these types.
    #[error("no such overload: an operator or function does not take these types")]
    Overload,
    /// A function says why it failed.
    #[error("{0}")]
    Function(String),
    /// The interpreter gave up.
    #[error("the evaluator broke down; simplify the expression")]
    Broken,
    /// What the interpreter says.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    fn of(error: ExecutionError) -> Failure {
        match error {
            ExecutionError::NoSuchKey(key) => Failure::KeyMissing(key.to_string()),
            ExecutionError::UndeclaredReference(name) => Failure::NameMissing(name.to_string()),
            ExecutionError::IndexOutOfBounds(cel::Value::Int(index)) => Failure::OutOfBounds(index.to_string()),
            ExecutionError::IndexOutOfBounds(index) => Failure::OutOfBounds(format!("{index:?}")),
            ExecutionError::DivisionByZero(_) => Failure::DivisionByZero,
            ExecutionError::RemainderByZero(_) => Failure::ModulusByZero,
            ExecutionError::Overflow(..) => Failure::Overflow,
            ExecutionError::FunctionError { message, .. } => Failure::Function(message),
            ExecutionError::NoSuchOverload
            | ExecutionError::UnsupportedBinaryOperator(..)
            | ExecutionError::UnsupportedUnaryOperator(..)
            | ExecutionError::UnexpectedType { .. }
            | ExecutionError::UnsupportedTargetType { .. }
            | ExecutionError::NotSupportedAsMethod { .. } => Failure::Overload,
            other => Failure::Other(other.to_string()),
        }
    }
}
