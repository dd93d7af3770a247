//! Why a text cannot be expanded.

use std::fmt;

/// A place in a text, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column in characters.
    pub column: usize,
}

impl Position {
    /// The place of the byte `offset` of `text`.
    pub(super) fn of(text: &str, offset: usize) -> Position {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a text cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteError {
    /// A variable is needed and not set.
    #[error("variable not set (strict mode): {variable:?}")]
    NotSet {
        /// The variable.
        variable: String,
        /// Where its expression starts.
        position: Position,
    },
    /// `${` is not followed by a name.
    #[error("bad substitution: `${{` is followed by no variable name")]
    NoName {
        /// Where the expression starts.
        position: Position,
    },
    /// An expression is not closed where it should be.
    #[error("bad substitution: the expression of variable {variable:?} has {} where its `}}` is expected", found_text(.found))]
    NotClosed {
        /// The variable.
        variable: String,
        /// The character that stands there; none at the end of the text.
        found: Option<char>,
        /// Where the expression starts.
        position: Position,
    },
    /// An operator lacks what it works with.
    #[error("bad substitution: `{operator}` after variable {variable:?} lacks its {what}")]
    Incomplete {
        /// The variable.
        variable: String,
        /// The operator, such as `##`.
        operator: String,
        /// What is missing.
        what: &'static str,
        /// Where the expression starts.
        position: Position,
    },
    /// Defaults inside defaults, without end.
    #[error("bad substitution: expressions are nested more than {limit} levels deep")]
    TooDeep {
        /// Levels that are read.
        limit: usize,
        /// Where the expression that is too deep starts.
        position: Position,
    },
    /// The text grows beyond what is allowed.
    #[error("the text grows beyond {limit} bytes when variable {variable:?} is expanded")]
    TooLarge {
        /// The variable.
        variable: String,
        /// Bytes allowed.
        limit: usize,
        /// Where its expression starts.
        position: Position,
    },
}

fn found_text(found: &Option<char>) -> String {
    match found {
        Some(character) => format!("`{character}`"),
        None => "the end of the text".to_owned(),
    }
}

impl SubstituteError {
    /// The variable the error is about, if it has a name.
    pub fn variable(&self) -> Option<&str> {
        match self {
            SubstituteError::NotSet { variable, .. }
            | SubstituteError::NotClosed { variable, .. }
            | SubstituteError::Incomplete { variable, .. }
            | SubstituteError::TooLarge { variable, .. } => Some(variable),
            SubstituteError::NoName { .. } | SubstituteError::TooDeep { .. } => None,
        }
    }

    /// Where the expression starts in the text.
    pub fn position(&self) -> Position {
        match self {
            SubstituteError::NotSet { position, .. }
            | SubstituteError::NoName { position }
            | SubstituteError::NotClosed { position, .. }
            | SubstituteError::Incomplete { position, .. }
            | SubstituteError::TooDeep { position, .. }
            | SubstituteError::TooLarge { position, .. } => *position,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            SubstituteError::NotSet { variable, .. } => format!(
                "Set `{variable}` in `spec.postBuild`, give it a default with `${{{variable}:=default}}`, or write \
                 `$${{{variable}}}` if it should stay as it is."
            ),
            SubstituteError::NotClosed { variable, found: Some('-' | '+' | '?'), .. } => {
                format!("Write `${{{variable}:-default}}` for a default, with a colon.")
            }
            SubstituteError::NotClosed { .. } | SubstituteError::NoName { .. } | SubstituteError::Incomplete { .. } => {
                "Correct the expression; write `$${` for a `${` that should stay as it is, or switch the substitution \
                 of the object off with the annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`."
                    .to_owned()
            }
            SubstituteError::TooDeep { .. } => "Use fewer defaults inside defaults.".to_owned(),
            SubstituteError::TooLarge { .. } => "Use a shorter value or replacement.".to_owned(),
        }
    }
}
