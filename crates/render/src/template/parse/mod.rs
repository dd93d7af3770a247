//! From text to syntax trees, with the grammar and the error texts of Go's `text/template/parse`.

mod item;
mod lexer;
mod node;
mod number;
mod operands;
mod parser;

pub(crate) use node::Template;
pub(crate) use node::{Binding, Branch, Command, Invocation, Node, Operand, Pipe, Term};
pub(crate) use number::Constant;
pub(crate) use number::{parse_int, underscores_are_placed_well};
pub(crate) use parser::parse;

/// Why a text is not a template, in Go's words: `template: NAME:LINE: …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template: {name}:{line}: {problem}")]
pub struct ParseError {
    /// The name the text was given.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

#[cfg(test)]
mod tests;
