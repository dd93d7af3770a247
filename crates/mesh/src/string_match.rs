//! How texts are matched: exactly, by their start, or by an expression.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::Field;

/// The compiled size that an expression may have, which bounds what it can cost.
const SIZE_LIMIT: usize = 1 << 20;

/// Whether upper and lower case differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// They do.
    Sensitive,
    /// They do not.
    Insensitive,
}

/// Istio's `StringMatch`, and what Gateway API's `type` and `value` come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringMatch<'w> {
    /// The whole text.
    Exact(&'w str),
    /// Its start.
    Prefix(&'w str),
    /// The whole text by an expression.
    Regex(&'w str),
    /// Anything, as long as it is there.
    Present,
}

/// An expression that cannot be used: it matches nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the expression `{expression}` cannot be used: {problem}")]
pub struct UnusableExpression {
    /// The expression.
    pub expression: String,
    /// What is wrong with it, in one line.
    pub problem: String,
}

/// An expression that must match whole texts, bounded in size.
///
/// # Errors
///
/// [`UnusableExpression`] if it is none or too large.
pub fn whole(expression: &str) -> Result<Regex, UnusableExpression> {
    bounded(&format!("^(?s:{expression})$"), expression)
}

/// An expression that may match a part of a text, bounded in size.
///
/// # Errors
///
/// [`UnusableExpression`] if it is none or too large.
pub fn part(expression: &str) -> Result<Regex, UnusableExpression> {
    bounded(expression, expression)
}

fn bounded(pattern: &str, expression: &str) -> Result<Regex, UnusableExpression> {
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build().map_err(|error| {
        let text = error.to_string();
        let problem = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        UnusableExpression { expression: expression.to_owned(), problem }
    })
}

impl<'w> StringMatch<'w> {
    /// Of an object with `exact`, `prefix` or `regex`. One without any of them asks only for presence, and so does the
    /// expression `*`, which is none (Istio `canBeConvertedToPresentMatch`).
    pub fn of(field: Field<'w>) -> StringMatch<'w> {
        let text = |name: &str| field.get(name).and_then(Field::as_str);
        if let Some(exact) = text("exact") {
            StringMatch::Exact(exact)
        } else if let Some(prefix) = text("prefix") {
            StringMatch::Prefix(prefix)
        } else {
            match text("regex") {
                None | Some("*") => StringMatch::Present,
                Some(expression) => StringMatch::Regex(expression),
            }
        }
    }

    /// Whether a text that is there matches.
    ///
    /// # Errors
    ///
    /// [`UnusableExpression`] if the expression is none.
    pub fn matches(self, text: &str, case: Case) -> Result<bool, UnusableExpression> {
        let fold = |text: &str| match case {
            Case::Sensitive => text.to_owned(),
            Case::Insensitive => text.to_lowercase(),
        };
        Ok(match self {
            StringMatch::Exact(exact) => fold(text) == fold(exact),
            StringMatch::Prefix(prefix) => fold(text).starts_with(&fold(prefix)),
            StringMatch::Regex(expression) => whole(expression)?.is_match(text),
            StringMatch::Present => true,
        })
    }
}

/// As a part of a sentence: `` is exactly `a` ``.
impl fmt::Display for StringMatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StringMatch::Exact(exact) => write!(f, "is exactly `{exact}`"),
            StringMatch::Prefix(prefix) => write!(f, "starts with `{prefix}`"),
            StringMatch::Regex(expression) => write!(f, "matches `{expression}`"),
            StringMatch::Present => write!(f, "is there"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match_exactly_by_start_or_by_expression() {
        for (wanted, text, case, expect) in [
            (StringMatch::Exact("/a"), "/a", Case::Sensitive, true),
            (StringMatch::Exact("/a"), "/A", Case::Sensitive, false),
            (StringMatch::Exact("/a"), "/A", Case::Insensitive, true),
            (StringMatch::Prefix("/a"), "/abc", Case::Sensitive, true),
            (StringMatch::Regex("a|b"), "ab", Case::Sensitive, false),
            (StringMatch::Regex("a.*"), "abc", Case::Sensitive, true),
            (StringMatch::Regex("b"), "abc", Case::Sensitive, false),
            (StringMatch::Present, "", Case::Sensitive, true),
        ] {
            assert_eq!(wanted.matches(text, case), Ok(expect), "{wanted} {text}");
        }
    }

    #[test]
    fn what_is_no_expression_or_too_large_is_said() {
        assert!(whole("a(").is_err_and(|error| error.to_string().contains("unclosed group")));
        assert!(whole("((a{100}){100}){100}").is_err());
        assert!(whole("(?=a)b").is_err());
    }
}
