//! `values.schema.json`: what the values of a chart must be.
//!
//! Drafts 4, 6, 7, 2019-09 and 2020-12, with the answers and the words of the library that Helm uses. Nothing is
//! fetched: references lead within the schema; a `urn:` that nothing resolves allows everything, as in Helm.

mod check;
mod compile;
mod document;
mod failure;
mod formats;
mod node;
mod number;
mod shape;
#[cfg(test)]
mod tests;
mod url;

use std::fmt;

use serde_json::Value as Json;

use super::Chart;
use crate::template::value::{JsonError, Map, Value};

pub use failure::{Failure, Kind};

/// The values of a chart or of charts below it are not what their schemas ask for. The text is Helm's, one part for each
/// chart.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaErrors(pub Vec<ChartErrors>);

/// One chart whose values are wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartErrors {
    /// Its name.
    pub chart: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong about the values or the schema of one chart.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// The values do not satisfy the schema: all failures at once.
    Values(Vec<Failure>),
    /// The schema cannot be used.
    Schema(InvalidSchema),
    /// The values of a chart below are no table.
    NotATable {
        /// What they are.
        found: &'static str,
    },
    /// The values have no JSON form.
    NotJson(JsonError),
}

/// Why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSchema {
    /// It is no JSON.
    #[error("values.schema.json: {0}")]
    NotJson(String),
    /// A keyword has a value that the draft does not allow.
    #[error(
        "\"file:///values.schema.json#\" is not valid against metaschema: at '{pointer}': {keyword} must be {expected}"
    )]
    Malformed {
        /// Where, as a JSON pointer.
        pointer: String,
        /// The keyword, or `schema`.
        keyword: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A regular expression that cannot be read.
    #[error("invalid regex {pattern:?} at {pointer:?}: {reason}")]
    Pattern {
        /// The expression.
        pattern: String,
        /// Where, as a JSON pointer.
        pointer: String,
        /// What is wrong.
        reason: String,
    },
    /// A reference leads to nothing.
    #[error("json-pointer in {0:?} not found")]
    PointerNotFound(String),
    /// A reference names an anchor that is nowhere.
    #[error("anchor in {0:?} not found in schema \"file:///values.schema.json\"")]
    AnchorNotFound(String),
    /// Two parts have one name.
    #[error("duplicate {what} {name:?} at {first:?} and {second:?}")]
    Duplicate {
        /// `id` or `anchor`.
        what: &'static str,
        /// The name.
        name: String,
        /// Where, as a JSON pointer.
        first: String,
        /// Where else.
        second: String,
    },
    /// A reference leads out of the file.
    #[error(
        "failing loading {0:?}: schemas are not fetched; put what is referred to into values.schema.json, below \"$defs\""
    )]
    Remote(String),
    /// An unknown `$schema`.
    #[error(
        "draft {0:?} is not supported: use \"http://json-schema.org/draft-07/schema#\" or \"https://json-schema.org/draft/2020-12/schema\""
    )]
    UnknownDraft(String),
    /// It asks for more steps than values can be worth.
    #[error("checking the values takes too many steps: parts of the schema refer to each other over and over")]
    TooCostly,
}

/// Checks the values of a chart and, below its name, of every chart below it. The values are those that are rendered
/// with: given ones over defaults.
///
/// # Errors
///
/// With everything that is wrong about all of them.
pub fn validate(chart: &Chart, values: &Map) -> Result<(), SchemaErrors> {
    let mut errors = Vec::new();
    if has_schema(chart) {
        match Value::Map(values.clone()).to_json() {
            Ok(values) => check_chart(chart, &values, &mut errors),
            Err(error) => errors.push(ChartErrors { chart: chart.name().to_owned(), problem: Problem::NotJson(error) }),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(SchemaErrors(errors)) }
}

fn has_schema(chart: &Chart) -> bool {
    chart.schema.is_some() || chart.dependencies.iter().any(has_schema)
}

fn check_chart(chart: &Chart, values: &Json, errors: &mut Vec<ChartErrors>) {
    let mut found = |chart: &Chart, problem| errors.push(ChartErrors { chart: chart.name().to_owned(), problem });
    if let Some(schema) = &chart.schema {
        match failures(schema, values) {
            Ok(failures) if failures.is_empty() => {}
            Ok(failures) => found(chart, Problem::Values(failures)),
            Err(invalid) => found(chart, Problem::Schema(invalid)),
        }
    }
    for child in &chart.dependencies {
        match values.get(child.name()) {
            None | Some(Json::Null) => {}
            Some(values @ Json::Object(_)) => check_chart(child, values, errors),
            Some(other) => {
                let problem = Problem::NotATable { found: go_type(other) };
                errors.push(ChartErrors { chart: child.name().to_owned(), problem });
            }
        }
    }
}

/// What of a value does not satisfy a schema.
///
/// # Errors
///
/// If the schema cannot be used.
pub fn failures(schema: &[u8], value: &Json) -> Result<Vec<Failure>, InvalidSchema> {
    let json: Json = serde_json::from_slice(schema).map_err(|error| InvalidSchema::NotJson(error.to_string()))?;
    check::failures(&compile::compile(&json)?, value)
}

fn go_type(json: &Json) -> &'static str {
    match json {
        Json::Null => "<nil>",
        Json::Bool(_) => "bool",
        Json::Number(_) => "float64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}

impl std::error::Error for SchemaErrors {}

impl fmt::Display for SchemaErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values don't meet the specifications of the schema(s) in the following chart(s):\n")?;
        self.0.iter().try_for_each(|errors| errors.fmt(f))
    }
}

impl fmt::Display for ChartErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:", self.chart)?;
        match &self.problem {
            Problem::Values(failures) => writeln!(f, "{}", failure::listed(failures)),
            Problem::Schema(invalid) => writeln!(f, "{invalid}"),
            Problem::NotATable { found } => {
                writeln!(f, "invalid type for values: expected object (map), got {found}")
            }
            Problem::NotJson(error) => writeln!(f, "{error}"),
        }
    }
}
