//! CEL expressions that users write: `healthCheckExprs` and `dependsOn[].readyExpr`.

use std::sync::Arc;

use expressions::{Budget, Exhausted, Flaw, Program, Scope, Size, Type, Variables};
use serde_json::Value;

/// A compiled expression. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    program: Arc<Program>,
}

/// What an expression may speak of.
#[derive(Debug, Clone, Copy)]
pub enum Names<'a> {
    /// These objects alone, by name. As in Flux, what does not fit them is refused beforehand, and so is an expression that
    /// may come to anything but true or false.
    Objects(&'a [&'a str]),
    /// The fields that an object has at its top, whatever they are: a name that is missing is an
    /// [`ExpressionError::Evaluation`].
    Fields,
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
    /// Its parts do not go together, or it speaks of what there is not.
    #[error("the CEL expression '{expression}' makes no sense: {problems}; it can use {known}")]
    Types {
        /// The expression.
        expression: String,
        /// What is wrong.
        problems: String,
        /// The variables that it can use.
        known: String,
    },
    /// It is longer or nested more deeply than any that is read.
    #[error("the CEL expression '{beginning}…' is longer than 20,000 bytes, or nested too deeply; simplify it")]
    TooLarge {
        /// How it begins.
        beginning: String,
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
    /// Compiles.
    pub fn compile(source: &str, names: Names<'_>) -> Result<Expression, ExpressionError> {
        let objects: Vec<(&str, Type)> = match names {
            Names::Objects(names) => names.iter().map(|name| (*name, Type::map(Type::String, Type::Dyn))).collect(),
            Names::Fields => Vec::new(),
        };
        let variables = match names {
            Names::Objects(_) => Variables::Declared(&objects),
            Names::Fields => Variables::Any,
        };
        let expression =
            expressions::Expression::read(source, variables).map_err(|flaw| refused(source, flaw, names))?;
        match names {
            Names::Objects(_) if *expression.ty() != Type::Bool => {
                Err(ExpressionError::NotBoolean { expression: source.to_owned(), found: expression.ty().to_string() })
            }
            Names::Objects(_) | Names::Fields => {
                Ok(Expression { source: source.into(), program: Arc::new(expression.program()) })
            }
        }
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates to true or false.
    pub fn evaluate(&self, variables: &[(&str, &Value)]) -> Result<bool, ExpressionError> {
        let failed = |message: String| ExpressionError::Evaluation { expression: self.source.to_string(), message };
        let size = variables.iter().fold(Size::default(), |size, (_, value)| size.or(Size::of(value)));
        Budget::full().pay(&self.program, size).map_err(|Exhausted| {
            failed("it could take more than 10 million steps for objects of this size; go through fewer lists inside of each other".to_owned())
        })?;
        let value = Scope::with_functions(|functions| {
            let mut scope = functions.inner();
            for (name, value) in variables {
                scope.set(name, expressions::Value::of(value, None));
            }
            self.program.run(&scope)
        });
        let value = value.map_err(|failure| failed(failure.to_string()))?;
        value.as_bool().ok_or_else(|| ExpressionError::NotBoolean {
            expression: self.source.to_string(),
            found: value.type_name(),
        })
    }
}

fn refused(source: &str, flaw: Flaw, names: Names<'_>) -> ExpressionError {
    let expression = source.to_owned();
    match flaw {
        Flaw::Syntax { line, column, message, .. } => ExpressionError::Syntax { expression, line, column, message },
        Flaw::Types(problems) => {
            let known = match names {
                Names::Objects(names) => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and "),
                Names::Fields => "the fields of the object".to_owned(),
            };
            // Names stand in no package here.
            let problems = problems.join(", ").replace(" (in container '')", "");
            ExpressionError::Types { expression, problems, known }
        }
        Flaw::TooLong { .. } | Flaw::TooDeep | Flaw::Unreadable => {
            ExpressionError::TooLarge { beginning: source.chars().take(60).collect() }
        }
    }
}
