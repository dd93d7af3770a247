//! Why a text is no expression that can be used.

use crate::room::{DEEPEST, LONGEST};

/// Why an expression cannot be used, in the words of kube-apiserver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is longer than any that is read.
    #[error("ERROR: <input>:-1:0: expression code point size exceeds limit: size: {bytes}, limit {LONGEST}")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// It is nested more deeply than any that is read.
    #[error("ERROR: <input>: expression recursion limit exceeded: {DEEPEST}")]
    TooDeep,
    /// The parser gave up.
    #[error("ERROR: <input>: the expression cannot be read; simplify it")]
    Unreadable,
    /// It is not CEL.
    #[error("{shown}")]
    Syntax {
        /// The line of the first error, from 1.
        line: u32,
        /// The column of the first error, from 1.
        column: u32,
        /// What is wrong there.
        message: String,
        /// All errors, each with its line.
        shown: String,
    },
    /// Its parts do not go together, or it speaks of what there is not.
    #[error("{}", .0.iter().map(|error| format!("ERROR: <input>: {error}")).collect::<Vec<_>>().join("\n"))]
    Types(Vec<String>),
}
