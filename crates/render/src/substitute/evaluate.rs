//! From segments to text.

use std::collections::BTreeMap;

use super::grammar::{Case, Expression, Match, Operation, Place, Reach, Segment, Side};
use super::{Position, Strictness, SubstituteError, glob};

/// How many bytes a text may have after its expansion: far more than any object that an API server takes, and few
/// enough that values replaced by each other cannot fill the memory.
const MAX_BYTES: usize = 16 << 20;

/// The text that `segments` of `text` stand for.
pub(super) fn evaluate(
    text: &str,
    segments: &[Segment],
    variables: &BTreeMap<String, String>,
    strictness: Strictness,
) -> Result<String, SubstituteError> {
    Evaluation { text, variables, strictness }.segments(segments)
}

struct Evaluation<'a> {
    text: &'a str,
    variables: &'a BTreeMap<String, String>,
    strictness: Strictness,
}

impl Evaluation<'_> {
    fn segments(&self, segments: &[Segment]) -> Result<String, SubstituteError> {
        let mut expanded = String::new();
        for segment in segments {
            match segment {
                Segment::Text(text) => expanded.push_str(text),
                Segment::Expression(expression) => {
                    let value = self.expression(expression)?;
                    self.check_size(expression, expanded.len().saturating_add(value.len()))?;
                    expanded.push_str(&value);
                }
            }
        }
        Ok(expanded)
    }

    fn segment(&self, segment: &Segment) -> Result<String, SubstituteError> {
        self.segments(std::slice::from_ref(segment))
    }

    fn expression(&self, expression: &Expression) -> Result<String, SubstituteError> {
        // Flux looks at parameters first, so that what is missing there is reported first.
        match &expression.operation {
            Operation::Nothing => Ok(self.value(expression)?.to_owned()),
            Operation::Length => Ok(self.value(expression)?.len().to_string()),
            Operation::Case(reach, case) => Ok(change_case(self.value(expression)?, *reach, *case)),
            Operation::Substring { offset, length } => {
                let offset = self.segment(offset)?;
                let length = length.as_ref().map(|length| self.segment(length)).transpose()?;
                Ok(substring(self.value(expression)?, &offset, length.as_deref()))
            }
            Operation::Trim(side, reach, pattern) => {
                let pattern = self.segment(pattern)?;
                Ok(trim(self.value(expression)?, *side, *reach, &pattern))
            }
            Operation::Replace { place, text, replacement } => {
                let text = self.segment(text)?;
                let replacement = replacement.as_ref().map(|replacement| self.segment(replacement)).transpose()?;
                let value = self.value(expression)?;
                if let (Place::Every, Some(replacement)) = (place, &replacement) {
                    let growth = value.matches(text.as_str()).count().saturating_mul(replacement.len());
                    self.check_size(expression, growth)?;
                }
                Ok(replace(value, *place, &text, replacement.as_deref()))
            }
            Operation::Default(parts) => {
                let default = self.segments(parts)?;
                let value = self.variables.get(&expression.variable).filter(|value| !value.is_empty());
                Ok(value.cloned().unwrap_or(default))
            }
        }
    }

    fn value(&self, expression: &Expression) -> Result<&str, SubstituteError> {
        match (self.variables.get(&expression.variable), self.strictness) {
            (Some(value), _) => Ok(value),
            (None, Strictness::Lenient) => Ok(""),
            (None, Strictness::Strict) => Err(SubstituteError::NotSet {
                variable: expression.variable.clone(),
                position: Position::of(self.text, expression.offset),
            }),
        }
    }

    fn check_size(&self, expression: &Expression, bytes: usize) -> Result<(), SubstituteError> {
        if bytes <= MAX_BYTES.max(self.text.len()) {
            return Ok(());
        }
        Err(SubstituteError::TooLarge {
            variable: expression.variable.clone(),
            limit: MAX_BYTES,
            position: Position::of(self.text, expression.offset),
        })
    }
}

fn change_case(value: &str, reach: Reach, case: Case) -> String {
    let changed = |character: char| match case {
        Case::Upper => only(character.to_uppercase()).unwrap_or(character),
        Case::Lower => only(character.to_lowercase()).unwrap_or(character),
    };
    let mut characters = value.chars();
    match reach {
        Reach::All => characters.map(changed).collect(),
        Reach::First => characters.next().map(changed).into_iter().chain(characters).collect(),
    }
}

/// Go changes the case of single characters only: `ß` stays as it is.
fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    characters.next().filter(|_| characters.next().is_none())
}

/// Bytes from `offset` on, `length` of them; the whole value if one of the two is no number.
fn substring(value: &str, offset: &str, length: Option<&str>) -> String {
    let Ok(offset) = offset.parse::<i64>() else { return value.to_owned() };
    let size = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { size.saturating_add(offset).max(0) } else { offset.min(size) };
    let end = match length.map(str::parse::<i64>) {
        None => size,
        Some(Err(_)) => return value.to_owned(),
        Some(Ok(length)) if length < 0 => size.saturating_add(length),
        Some(Ok(length)) => start.saturating_add(length).min(size),
    };
    let range = usize::try_from(start).unwrap_or_default()..usize::try_from(end.max(start)).unwrap_or_default();
    // A cut through a character leaves what is no text; Go's JSON replaces it the same way.
    String::from_utf8_lossy(&value.as_bytes()[range]).into_owned()
}

/// Without what matches at one side; a match of nothing is none.
fn trim(value: &str, side: Side, reach: Match, pattern: &str) -> String {
    // As in Flux, the end is trimmed as the start of the value and the pattern written backwards, whatever that does
    // to brackets and backslashes in the pattern.
    let backwards = |text: &str| text.chars().rev().collect::<String>();
    match side {
        Side::Start => trim_start(value, reach, pattern).to_owned(),
        Side::End => backwards(trim_start(&backwards(value), reach, &backwards(pattern))),
    }
}

fn trim_start<'a>(value: &'a str, reach: Match, pattern: &str) -> &'a str {
    let matched = match reach {
        Match::Shortest => glob::matching_prefixes(pattern, value).next(),
        Match::Longest => glob::matching_prefixes(pattern, value).last(),
    };
    &value[matched.unwrap_or(0)..]
}

fn replace(value: &str, place: Place, text: &str, replacement: Option<&str>) -> String {
    let new = replacement.unwrap_or_default();
    match (place, replacement) {
        (Place::First, _) => value.replacen(text, new, 1),
        (Place::Every, _) => value.replace(text, new),
        // Without a replacement Flux leaves these two alone, unlike bash.
        (Place::Start | Place::End, None) => value.to_owned(),
        (Place::Start, Some(new)) => {
            value.strip_prefix(text).map(|rest| format!("{new}{rest}")).unwrap_or(value.into())
        }
        (Place::End, Some(new)) => value.strip_suffix(text).map(|rest| format!("{rest}{new}")).unwrap_or(value.into()),
    }
}
