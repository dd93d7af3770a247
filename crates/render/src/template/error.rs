//! Why a template cannot be executed: Go's texts, with the chain of includes as data.

use std::fmt;

use super::format::quote::quoted;
use super::limits::LimitError;
use super::parse::ParseError;

/// Why templates cannot be read or executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A text is not a template.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// An action cannot be executed.
    #[error(transparent)]
    Execute(#[from] Box<ExecuteError>),
    /// No template has that name.
    #[error("template: no template {} associated with template {}", quoted(.name.as_bytes()), quoted(.group.as_bytes()))]
    Missing {
        /// The name asked for.
        name: String,
        /// The name of the set of templates.
        group: String,
    },
    /// Rendering costs too much.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// Where execution stopped and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecuteError {
    /// The text the template was read from, usually a file's path.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in bytes from 0, as Go counts it.
    pub column: usize,
    /// The template.
    pub template: String,
    /// The action or the part of it, as Go prints it.
    pub context: String,
    /// What went wrong.
    pub problem: Problem,
}

/// What went wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The language forbids it.
    #[error("{0}")]
    Message(String),
    /// A function failed.
    #[error("error calling {function}: {failure}")]
    Call {
        /// The function.
        function: String,
        /// Why.
        failure: Failure,
    },
    /// Rendering costs too much.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// Why a function failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// In the words of the function.
    #[error("{0}")]
    Message(String),
    /// In the words of the chart's author: `fail` and `required`.
    #[error("{0}")]
    Stated(String),
    /// In a template that it executed.
    #[error("{context}{error}")]
    Template {
        /// What precedes the error's text; empty for `include`.
        context: String,
        /// The error.
        error: Box<Error>,
    },
    /// It would produce too much.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl Failure {
    /// A failure in the function's own words.
    pub fn message(text: impl Into<String>) -> Failure {
        Failure::Message(text.into())
    }
}

impl fmt::Display for ExecuteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ExecuteError { name, line, column, template, context, problem } = self;
        let template = quoted(template.as_bytes());
        write!(f, "template: {name}:{line}:{column}: executing {template} at <{context}>: {problem}")
    }
}

impl std::error::Error for ExecuteError {}

impl Error {
    /// The places from the outermost template to the one that failed, through `include` and `tpl`.
    pub fn chain(&self) -> Vec<&ExecuteError> {
        let mut chain = Vec::new();
        let mut current = self;
        while let Error::Execute(execute) = current {
            chain.push(&**execute);
            match &execute.problem {
                Problem::Call { failure: Failure::Template { error, .. }, .. } => current = error,
                Problem::Call { .. } | Problem::Message(_) | Problem::Limit(_) => break,
            }
        }
        chain
    }

    /// What the chart's author said through `fail` or `required`, if that is the reason.
    pub fn stated(&self) -> Option<&str> {
        match &self.chain().last()?.problem {
            Problem::Call { failure: Failure::Stated(text), .. } => Some(text),
            Problem::Call { .. } | Problem::Message(_) | Problem::Limit(_) => None,
        }
    }

    /// The bound that was reached, if that is the reason.
    pub fn limit(&self) -> Option<LimitError> {
        match self {
            Error::Limit(limit) => Some(*limit),
            Error::Execute(_) => match &self.chain().last()?.problem {
                Problem::Limit(limit) | Problem::Call { failure: Failure::Limit(limit), .. } => Some(*limit),
                Problem::Call { failure: Failure::Template { error, .. }, .. } => error.limit(),
                Problem::Call { .. } | Problem::Message(_) => None,
            },
            Error::Parse(_) | Error::Missing { .. } => None,
        }
    }
}
