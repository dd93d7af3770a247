//! The expressions of `--set`, `--set-string`, `--set-json`, `--set-file` and `--set-literal`, as Helm 4 reads them.
//!
//! `a.b=1,c[0].d=x,e={x,y}`: names with dots are tables, brackets are positions in lists, braces are lists, a backslash
//! takes the next character as it is. What an expression says is folded into values that exist.

#[cfg(test)]
mod bounds;
mod convert;
mod cursor;
mod error;
mod json;
mod parser;
#[cfg(test)]
mod style_tests;
#[cfg(test)]
mod tests;

pub use error::{Error, Problem};

use crate::template::value::Map;

/// The highest position in a list, as in Helm.
pub const MAX_INDEX: i64 = 65_536;
/// How many dots may stand in a name, as in Helm.
pub const MAX_NESTED_NAMES: usize = 30;
/// Tables and lists inside each other that one name may make; Helm has no such limit for lists.
pub const MAX_DEPTH: usize = 200;
/// Items that all lists of one expression may grow by; Helm has no such limit.
pub const MAX_ITEMS: usize = 1_000_000;

/// What the right-hand side of an expression is.
#[derive(Clone, Copy)]
pub enum Style<'a> {
    /// `--set`: `true`, `false`, `null` and integers without leading zeros have their types, the rest is text.
    Typed,
    /// `--set-string`: text.
    Text,
    /// `--set-json`: JSON, and nothing is `null`.
    Json,
    /// `--set-file`: the name of a file whose content is the text.
    ///
    /// The function reads a file; its error says which file could not be read and why.
    File(&'a dyn Fn(&str) -> Result<Vec<u8>, String>),
    /// `--set-literal`: all the rest of the expression, commas and backslashes included. Names have no escapes.
    Literal,
}

/// Folds what an expression says into values.
///
/// # Errors
///
/// If the expression breaks the grammar or goes through a value that is no table or list. The values may then hold a
/// part of what it says and should be dropped.
pub fn fold(expression: &str, style: Style<'_>, values: &Map) -> Result<(), Error> {
    parser::Parser::new(expression, style).run(values)
}
