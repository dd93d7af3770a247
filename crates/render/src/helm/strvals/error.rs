//! Why an expression sets nothing.

use super::{MAX_DEPTH, MAX_INDEX, MAX_ITEMS, MAX_NESTED_NAMES};
use crate::template::format::quote::{Charset, quote_with, quoted};

/// Why an expression sets nothing, and where.
///
/// The text leaves out the expression, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (character {character})")]
pub struct Error {
    /// The whole expression.
    pub expression: String,
    /// The character of the expression, from 1, where the part starts that is wrong.
    pub character: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an expression; the texts are Helm's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The expression ends within a name.
    #[error("key {} has no value", quoted(.0.as_bytes()))]
    KeyWithoutValue(String),
    /// A comma right after a name.
    #[error("key {} has no value (cannot end with ,)", quoted(.0.as_bytes()))]
    KeyBeforeComma(String),
    /// A name with a dot and nothing after it.
    #[error("key map {} has no value", quoted(.0.as_bytes()))]
    TableWithoutValue(String),
    /// More than [`MAX_NESTED_NAMES`] dots.
    #[error("value name nested level is greater than maximum supported nested level of {MAX_NESTED_NAMES}")]
    TooManyNames,
    /// No number in brackets.
    #[error("error parsing index: strconv.Atoi: parsing {}: invalid syntax", quoted(.0.as_bytes()))]
    IndexNotNumber(String),
    /// A number in brackets with more than 64 bits.
    #[error("error parsing index: strconv.Atoi: parsing {}: value out of range", quoted(.0.as_bytes()))]
    IndexOutOfRange(String),
    /// A number below zero in brackets.
    #[error("negative {0} index not allowed")]
    NegativeIndex(i64),
    /// A number above [`MAX_INDEX`] in brackets.
    #[error("index of {0} is greater than maximum supported index of {MAX_INDEX}")]
    IndexTooLarge(i64),
    /// Something else than `=`, `.` or `[` after brackets.
    #[error("unexpected data at end of array index: {}", runes(.0))]
    AfterIndex(String),
    /// A name goes through a value of another type, both in Go's words.
    #[error("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")]
    OtherType {
        /// What is there.
        found: String,
        /// What the name needs.
        wanted: &'static str,
    },
    /// A brace without its end.
    #[error("list must terminate with '}}'")]
    OpenList,
    /// What follows is no JSON.
    #[error("{0}")]
    Json(String),
    /// A file could not be read.
    #[error("{0}")]
    File(String),
    /// More than [`MAX_DEPTH`] tables and lists inside each other.
    #[error("the name has more than {MAX_DEPTH} tables and lists inside each other")]
    TooDeep,
    /// The lists would grow by more than [`MAX_ITEMS`] in all.
    #[error("the lists of the expression have more than {MAX_ITEMS} items: give them in a values file")]
    TooManyItems,
}

/// The characters as Go's `%q` prints a `[]rune`.
fn runes(text: &str) -> String {
    let mut buffer = [0; 4];
    let quoted: Vec<_> = text
        .chars()
        .map(|character| quote_with(character.encode_utf8(&mut buffer).as_bytes(), '\'', Charset::Unicode))
        .collect();
    format!("[{}]", quoted.join(" "))
}
