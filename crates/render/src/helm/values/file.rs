//! Values files.

use manifest::Diagnostic;
use manifest::yaml::{self, Limits, Profile};
use serde_json::Value as Json;

use crate::template::Value;
use crate::template::value::{Map, Text};

/// Why a values file cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FileError {
    /// It is no YAML.
    #[error("failed to parse {file}: {}{}", line(.problem), .problem.message)]
    Yaml {
        /// The file.
        file: String,
        /// What is wrong and where.
        problem: Box<Diagnostic>,
    },
    /// A document in it is no mapping.
    #[error("failed to parse {file}: line {line} starts {found}, but values are a mapping: `name: value`")]
    NoTable {
        /// The file.
        file: String,
        /// The line, from 1, where the document starts.
        line: u32,
        /// What the document is.
        found: &'static str,
    },
}

/// Reads a values file. As in Helm 4 it may hold several documents, the later ones over the earlier.
///
/// # Errors
///
/// If it is no YAML or holds something else than mappings.
pub fn read(file: &str, content: &[u8]) -> Result<Map, FileError> {
    let members = read_json(file, content)?;
    Ok(members.into_iter().map(|(name, json)| (Text::from(name), Value::from_json(&json))).collect())
}

/// The same as JSON.
///
/// # Errors
///
/// If it is no YAML or holds something else than mappings.
pub fn read_json(file: &str, content: &[u8]) -> Result<serde_json::Map<String, Json>, FileError> {
    let documents = yaml::read_documents(content, file, Profile::Kubectl, &Limits::default())
        .map_err(|problem| FileError::Yaml { file: file.to_owned(), problem: Box::new(problem) })?;
    documents.into_iter().try_fold(serde_json::Map::new(), |mut values, document| match document.value {
        Json::Object(members) => {
            put_over(&mut values, members);
            Ok(values)
        }
        Json::Null => Ok(values),
        other => {
            let (line, found) = (document.location.line, kind(&other));
            Err(FileError::NoTable { file: file.to_owned(), line, found })
        }
    })
}

/// Puts a document over earlier ones, table by table.
fn put_over(values: &mut serde_json::Map<String, Json>, members: serde_json::Map<String, Json>) {
    for (name, value) in members {
        match (values.get_mut(&name), value) {
            (Some(Json::Object(under)), Json::Object(over)) => put_over(under, over),
            (_, value) => {
                values.insert(name, value);
            }
        }
    }
}

fn line(problem: &Diagnostic) -> String {
    problem.location.as_ref().map(|location| format!("line {}: ", location.line)).unwrap_or_default()
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "nothing",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    }
}
