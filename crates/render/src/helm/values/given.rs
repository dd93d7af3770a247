//! What a user gives: values files and expressions.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::FileError;
use super::file;
use super::tables::overlay;
use crate::helm::strvals::{self, Style};
use crate::template::Value;
use crate::template::value::{Map, Text};

/// A values file and its content.
#[derive(Debug, Clone, Default)]
pub struct ValuesFile {
    /// The file, for errors.
    pub name: String,
    /// Its YAML.
    pub content: Vec<u8>,
}

/// Everything a user gives, by kind. Later kinds count over earlier ones, whatever their order on a command line, and
/// within a kind later ones count over earlier ones.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--values`.
    pub files: Vec<ValuesFile>,
    /// `--set-json`: expressions, or whole tables in braces.
    pub json: Vec<String>,
    /// `--set`.
    pub typed: Vec<String>,
    /// `--set-string`.
    pub text: Vec<String>,
    /// `--set-file`.
    pub file: Vec<String>,
    /// `--set-literal`.
    pub literal: Vec<String>,
}

/// Why what a user gives cannot be used; the first words are Helm's.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GivenError {
    /// A values file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A table of `--set-json`.
    #[error("failed parsing --set-json data JSON: {expression} ({reason})")]
    JsonTable {
        /// What was given.
        expression: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An expression of `--set-json`.
    #[error("failed parsing --set-json data {} ({} at character {})", .0.expression, .0.problem, .0.character)]
    Json(strvals::Error),
    /// An expression of another flag.
    #[error("failed parsing {flag} data: {} (character {} of `{}`)", .error.problem, .error.character, .error.expression)]
    Expression {
        /// The flag.
        flag: &'static str,
        /// The expression and what is wrong with it.
        error: strvals::Error,
    },
}

impl Given {
    /// All of it as one table.
    ///
    /// `read` reads the files that `--set-file` names; its error says which could not be read and why.
    ///
    /// # Errors
    ///
    /// At the first file or expression that cannot be used.
    pub fn combine(&self, read: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> Result<Map, GivenError> {
        let mut values = Map::default();
        for given in &self.files {
            values = overlay(&values, &file::read(&given.name, &given.content)?);
        }
        for expression in &self.json {
            if expression.trim_start().starts_with('{') {
                values = overlay(&values, &json_table(expression)?);
            } else {
                strvals::fold(expression, Style::Json, &values).map_err(GivenError::Json)?;
            }
        }
        let others: [(&'static str, &[String], Style<'_>); 4] = [
            ("--set", &self.typed, Style::Typed),
            ("--set-string", &self.text, Style::Text),
            ("--set-file", &self.file, Style::File(read)),
            ("--set-literal", &self.literal, Style::Literal),
        ];
        for (flag, expressions, style) in others {
            for expression in expressions {
                strvals::fold(expression, style, &values).map_err(|error| GivenError::Expression { flag, error })?;
            }
        }
        Ok(values)
    }
}

fn json_table(expression: &str) -> Result<Map, GivenError> {
    let failed = |reason: String| GivenError::JsonTable { expression: expression.to_owned(), reason };
    let members: BTreeMap<String, Json> =
        serde_json::from_str(expression.trim()).map_err(|error| failed(error.to_string()))?;
    Ok(members.into_iter().map(|(name, json)| (Text::from(name), Value::from_json(&json))).collect())
}
