//! `valuesFrom` of a HelmRelease: values that live in ConfigMaps and Secrets, put together with those in the spec.
//!
//! Values files count over each other in their order, and the spec's values over all of them. A single value at a path
//! (`targetPath`) is set over what is there when its turn comes, the spec's values included. helm-controller puts the
//! latter over everything once more in the end, so that they win after all where a single value replaced one at the top,
//! or in a table that a values file has too; this is what happens here as well.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use manifest::yaml::{self, Limits, Profile};
use serde_json::{Map as JsonMap, Value as Json};

use super::strvals::{self, Style};
use super::values::overlay;
use crate::template::Value;
use crate::template::value::{Map, Text};

/// Values in a ConfigMap or Secret.
#[derive(Debug, Clone)]
pub struct Reference<'r> {
    /// What holds them.
    pub kind: Holder,
    /// Its name.
    pub name: &'r str,
    /// The key.
    pub key: &'r str,
    /// How they are read.
    pub form: Form<'r>,
    /// Whether they may be absent.
    pub presence: Presence,
    /// The data of the object, with Secrets decoded; none if there is no such object.
    pub data: Option<&'r BTreeMap<String, Vec<u8>>>,
}

/// What holds values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

/// How values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'r> {
    /// As a values file.
    File,
    /// As a single value for this path, in the grammar of `--set`; of `--set-string` if it is in quotes.
    At(&'r str),
    /// As a text for this path, whatever is in it.
    LiteralAt(&'r str),
}

/// Whether values may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// They must be there.
    Required,
    /// They may be absent.
    Optional,
}

/// All values of a release.
#[derive(Debug, Clone)]
pub struct Composed {
    /// The values, for templates.
    pub values: Map,
    /// The same as JSON, for storage and digests.
    pub json: JsonMap<String, Json>,
    /// What was passed over because it is optional and absent.
    pub skipped: Vec<ReferenceError>,
}

/// Values that cannot be used, in helm-controller's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "could not resolve{} {kind} chart values reference '{namespace}/{name}' with key '{key}': {problem}",
    if *presence == Presence::Optional { " optional" } else { "" }
)]
pub struct ReferenceError {
    kind: Holder,
    namespace: String,
    name: String,
    key: String,
    presence: Presence,
    /// What is wrong with them.
    pub problem: Problem,
}

/// What is wrong with values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no such object.
    #[error("{} \"{name}\" not found", match kind { Holder::Secret => "secrets", Holder::ConfigMap => "configmaps" })]
    NoObject {
        /// What it is.
        kind: Holder,
        /// Its name.
        name: String,
    },
    /// The object has no such key.
    #[error("key not found")]
    NoKey,
    /// The values file is no YAML.
    #[error("error converting YAML to JSON: yaml: {0}")]
    Yaml(String),
    /// The values file is no table.
    #[error("values are a mapping, this is {0}; write `name: value`, or set a targetPath for a single value")]
    NoTable(&'static str),
    /// The path or the value is wrong.
    #[error("{0}")]
    Path(strvals::Error),
    /// The values hold something that JSON has not.
    #[error("{0}")]
    NoJson(String),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Holder::Secret => "Secret",
            Holder::ConfigMap => "ConfigMap",
        })
    }
}

/// Puts the values of a release in `namespace` together: those of the references, and those of its spec.
///
/// # Errors
///
/// At the first reference that cannot be used.
pub fn compose(
    namespace: &str,
    spec: &JsonMap<String, Json>,
    references: &[Reference<'_>],
) -> Result<Composed, Box<ReferenceError>> {
    let own = table(spec);
    let mut values = Map::default();
    let mut skipped = Vec::new();
    for reference in references {
        let failed = |problem: Problem| Box::new(reference.error(namespace, problem));
        let data = match reference.find() {
            Ok(data) => data,
            Err(problem) if reference.presence == Presence::Optional => {
                skipped.push(*failed(problem));
                continue;
            }
            Err(problem) => return Err(failed(problem)),
        };
        match reference.form {
            Form::File => values = overlay(&values, &file(data).map_err(failed)?),
            Form::At(path) => {
                // Tables that only the spec has are not copied, so that what is set in them stays when the spec's values
                // are put over everything in the end.
                values = overlay(&values, &own);
                set(&values, path, &String::from_utf8_lossy(data)).map_err(failed)?;
            }
            Form::LiteralAt(path) => {
                values = overlay(&values, &own);
                set_literal(&values, path, &String::from_utf8_lossy(data)).map_err(failed)?;
            }
        }
    }
    let values = overlay(&values, &own);
    let json = match Value::Map(values.clone()).to_json() {
        Ok(Json::Object(json)) => json,
        // Values from YAML and expressions always have JSON; deeper than it goes nothing is rendered either.
        Ok(_) => JsonMap::new(),
        Err(error) => return Err(Box::new(no_json(namespace, references, &error.to_string()))),
    };
    Ok(Composed { values, json, skipped })
}

impl Reference<'_> {
    fn find(&self) -> Result<&[u8], Problem> {
        let data = self.data.ok_or_else(|| Problem::NoObject { kind: self.kind, name: self.name.to_owned() })?;
        data.get(self.key).map(Vec::as_slice).ok_or(Problem::NoKey)
    }

    fn error(&self, namespace: &str, problem: Problem) -> ReferenceError {
        ReferenceError {
            kind: self.kind,
            namespace: namespace.to_owned(),
            name: self.name.to_owned(),
            key: self.key.to_owned(),
            presence: self.presence,
            problem,
        }
    }
}

fn no_json(namespace: &str, references: &[Reference<'_>], problem: &str) -> ReferenceError {
    let problem = Problem::NoJson(problem.to_owned());
    match references.last() {
        Some(last) => last.error(namespace, problem),
        None => ReferenceError {
            kind: Holder::ConfigMap,
            namespace: namespace.to_owned(),
            name: String::new(),
            key: String::new(),
            presence: Presence::Required,
            problem,
        },
    }
}

/// The first document of a values file.
fn file(data: &[u8]) -> Result<Map, Problem> {
    let documents = yaml::read_documents(data, "", Profile::Kubectl, &Limits::default()).map_err(|problem| {
        let line = problem.location.as_ref().map(|location| format!("line {}: ", location.line)).unwrap_or_default();
        Problem::Yaml(format!("{line}{}", problem.message))
    })?;
    match documents.into_iter().next().map(|document| document.value) {
        None | Some(Json::Null) => Ok(Map::default()),
        Some(Json::Object(members)) => Ok(table(&members)),
        Some(Json::Array(_)) => Err(Problem::NoTable("a list")),
        Some(Json::String(_)) => Err(Problem::NoTable("a text")),
        Some(Json::Number(_)) => Err(Problem::NoTable("a number")),
        Some(Json::Bool(_)) => Err(Problem::NoTable("a boolean")),
    }
}

fn table(members: &JsonMap<String, Json>) -> Map {
    members.iter().map(|(key, value)| (Text::from(key.as_str()), Value::from_json(value))).collect()
}

/// Sets a value as `--set` does, or as `--set-string` if it is in quotes, which are taken off.
fn set(values: &Map, path: &str, value: &str) -> Result<(), Problem> {
    let quoted = ['\'', '"'].into_iter().any(|quote| value.starts_with(quote) && value.ends_with(quote));
    let (value, style) = if quoted { (value.trim_matches(['\'', '"']), Style::Text) } else { (value, Style::Typed) };
    strvals::fold(&format!("{path}={value}"), style, values).map_err(Problem::Path)
}

/// Sets a text. Other than with `--set-literal`, backslashes count in the path.
fn set_literal(values: &Map, path: &str, value: &str) -> Result<(), Problem> {
    let mut expression = format!("{path}=");
    for character in value.chars() {
        if matches!(character, '\\' | ',' | '[' | ']' | '{' | '}') {
            expression.push('\\');
        }
        expression.push(character);
    }
    strvals::fold(&expression, Style::Text, values).map_err(Problem::Path)
}
