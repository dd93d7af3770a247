//! What does not satisfy a schema, in the words of the library that Helm uses.

use std::fmt;

use serde_json::Value as Json;

use super::number::{count, english};
use crate::template::format::quote::quoted as go_quoted;

/// A value that does not satisfy a schema, and what of it does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Where the value stands, as a JSON pointer.
    pub at: String,
    /// What is wrong.
    pub kind: Kind,
    /// Why, where several things together are.
    pub causes: Vec<Failure>,
}

/// What a schema asks for and a value is not.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Several failures of one value.
    Group,
    /// Several failures of what a reference leads to.
    Reference,
    /// References that lead to themselves: two of them and the schema.
    ReferenceCycle(String, String, String),
    /// `false`.
    FalseSchema,
    /// `type`: what it is, and what it may be.
    Type(&'static str, Vec<&'static str>),
    /// `const`.
    Constant(Json),
    /// `enum`.
    Values(Vec<Json>),
    /// `format`: the value, the format and why it is not.
    Format(String, &'static str, String),
    /// `not`.
    Not,
    /// `allOf`.
    AllOf,
    /// `anyOf`.
    AnyOf,
    /// `oneOf`, of which none holds.
    NoneOf,
    /// `oneOf`, of which these two hold.
    TwoOf(usize, usize),
    /// A bound on a count: the keyword, the count and the bound.
    Count(&'static str, usize, usize),
    /// A bound on a number: the keyword, the number and the bound.
    Bound(&'static str, f64, f64),
    /// `required`.
    Required(Vec<String>),
    /// `dependencies` and `dependentRequired`: the property and what is missing.
    Dependency(String, Vec<String>),
    /// `additionalProperties`.
    AdditionalProperties(Vec<String>),
    /// `propertyNames`.
    PropertyName(String),
    /// `uniqueItems`.
    Duplicates(usize, usize),
    /// `additionalItems`.
    AdditionalItems(usize),
    /// `contains`.
    Contains,
    /// `minContains`: how many, and which are.
    MinContains(usize, Vec<usize>),
    /// `maxContains`: how many, and which are.
    MaxContains(usize, Vec<usize>),
    /// `pattern`: the text and the expression.
    Pattern(String, String),
}

/// Failures as a list, with their causes further in.
pub(super) fn listed(failures: &[Failure]) -> String {
    let mut lines = Vec::new();
    for failure in failures {
        failure.list(0, &mut lines);
    }
    lines.join("\n")
}

impl Failure {
    fn list(&self, depth: usize, lines: &mut Vec<String>) {
        lines.push(format!("{}- at {}: {}", "  ".repeat(depth), single_quoted(&self.at), self.kind));
        for cause in &self.causes {
            cause.list(depth + 1, lines);
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Group | Kind::Reference => f.write_str("validation failed"),
            Kind::ReferenceCycle(first, second, schema) => {
                write!(f, "both {first} and {second} resolve to {schema:?} causing reference cycle")
            }
            Kind::FalseSchema => f.write_str("false schema"),
            Kind::Type(got, want) => write!(f, "got {got}, want {}", want.join(" or ")),
            Kind::Constant(Json::Array(_) | Json::Object(_)) => f.write_str("'const' failed"),
            Kind::Constant(want) => write!(f, "value must be {}", shown(want)),
            Kind::Values(want) if want.iter().any(|want| want.is_array() || want.is_object()) => {
                f.write_str("'enum' failed")
            }
            Kind::Values(want) => match want.as_slice() {
                [want] => write!(f, "value must be {}", shown(want)),
                want => write!(f, "value must be one of {}", want.iter().map(shown).collect::<Vec<_>>().join(", ")),
            },
            Kind::Format(got, want, reason) => write!(f, "{} is not valid {want}: {reason}", single_quoted(got)),
            Kind::Not => f.write_str("'not' failed"),
            Kind::AllOf => f.write_str("'allOf' failed"),
            Kind::AnyOf => f.write_str("'anyOf' failed"),
            Kind::NoneOf => f.write_str("'oneOf' failed, none matched"),
            Kind::TwoOf(first, second) => write!(f, "'oneOf' failed, subschemas {first}, {second} matched"),
            Kind::Count(keyword, got, want) => write!(f, "{keyword}: got {}, want {}", count(*got), count(*want)),
            Kind::Bound(keyword, got, want) => write!(f, "{keyword}: got {}, want {}", english(*got), english(*want)),
            Kind::Required(missing) => match missing.as_slice() {
                [missing] => write!(f, "missing property {}", single_quoted(missing)),
                missing => write!(f, "missing properties {}", all_quoted(missing)),
            },
            Kind::Dependency(property, missing) => {
                write!(f, "properties {} required, if {} exists", all_quoted(missing), single_quoted(property))
            }
            Kind::AdditionalProperties(names) => {
                write!(f, "additional properties {} not allowed", all_quoted(names))
            }
            Kind::PropertyName(name) => write!(f, "invalid propertyName {}", single_quoted(name)),
            Kind::Duplicates(first, second) => write!(f, "items at {} and {} are equal", count(*first), count(*second)),
            Kind::AdditionalItems(number) => write!(f, "last {} additionalItem(s) not allowed", count(*number)),
            Kind::Contains => f.write_str("no items match contains schema"),
            Kind::MinContains(want, got) if got.is_empty() => {
                write!(f, "min {} items required to match contains schema, but none matched", count(*want))
            }
            Kind::MinContains(want, got) => write!(
                f,
                "min {} items required to match contains schema, but matched {} items at {}",
                count(*want),
                count(got.len()),
                places(got)
            ),
            Kind::MaxContains(want, got) => write!(
                f,
                "max {} items required to match contains schema, but matched {} items at {}",
                count(*want),
                count(got.len()),
                places(got)
            ),
            Kind::Pattern(got, pattern) => {
                write!(f, "{} does not match pattern {}", single_quoted(got), single_quoted(pattern))
            }
        }
    }
}

fn places(items: &[usize]) -> String {
    items.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => single_quoted(text),
        Json::Null => "<nil>".to_owned(),
        Json::Array(_) | Json::Object(_) => "value".to_owned(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
    }
}

fn all_quoted(names: &[String]) -> String {
    names.iter().map(|name| single_quoted(name)).collect::<Vec<_>>().join(", ")
}

/// The text in single quotes, with what Go escapes escaped.
fn single_quoted(text: &str) -> String {
    let quoted = go_quoted(text.as_bytes()).replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", &quoted[1..quoted.len() - 1])
}
