//! `Chart.yaml` and its relatives as Go reads them: fields by name in any case, unknown ones left out, numbers and
//! booleans as texts where texts are wanted, and `null` as nothing said.

use manifest::yaml::{self, Profile};
use serde_json::{Map, Value};

use super::{Invalid, LoadError};
use crate::helm::chart::{Dependency, ImportValues, Lock, Maintainer, Metadata};
use crate::template::format;

/// A value of another type than a field has, in the words of Go's `encoding/json`.
struct Mismatch(String);

/// Why one file cannot be decoded.
enum Problem {
    Mismatch(Mismatch),
    Invalid(Invalid),
}

impl From<Mismatch> for Problem {
    fn from(mismatch: Mismatch) -> Problem {
        Problem::Mismatch(mismatch)
    }
}

/// Reads a description over one that is there already; what it does not mention stays.
pub(super) fn metadata(file: &str, content: &[u8], into: &mut Metadata) -> Result<(), LoadError> {
    let value = document(file, content)?;
    read_metadata(&value, into).map_err(|problem| failed(file, problem))
}

/// Reads a lock; `None` if there is nothing in it.
pub(super) fn lock(file: &str, content: &[u8]) -> Result<Option<Lock>, LoadError> {
    let value = document(file, content)?;
    if value.is_null() {
        return Ok(None);
    }
    let mut lock = Lock::default();
    read_lock(&value, &mut lock).map_err(|problem| failed(file, problem))?;
    Ok(Some(lock))
}

/// The first document of a file; the others do not count.
fn document(file: &str, content: &[u8]) -> Result<Value, LoadError> {
    let documents = yaml::read_documents(content, file, Profile::Kubectl, &yaml::Limits::default());
    let documents = documents.map_err(|problem| {
        let line = problem.location.as_ref().map(|location| format!("line {}: ", location.line)).unwrap_or_default();
        LoadError::Unreadable { file: file.to_owned(), reason: format!("{line}{}", problem.message) }
    })?;
    Ok(documents.into_iter().next().map_or(Value::Null, |document| document.value))
}

fn failed(file: &str, problem: Problem) -> LoadError {
    match problem {
        Problem::Invalid(invalid) => LoadError::Invalid(invalid),
        Problem::Mismatch(Mismatch(reason)) => LoadError::Unreadable {
            file: file.to_owned(),
            reason: format!("error unmarshaling JSON: while decoding JSON: json: {reason}"),
        },
    }
}

fn read_metadata(value: &Value, into: &mut Metadata) -> Result<(), Problem> {
    for (key, value) in members(value, "v2.Metadata")? {
        let place = Place { record: "Metadata", path: String::new() }.below(&key);
        match key.as_str() {
            "name" => text(value, &place, &mut into.name)?,
            "home" => text(value, &place, &mut into.home)?,
            "sources" => texts(value, &place, &mut into.sources)?,
            "version" => text(value, &place, &mut into.version)?,
            "description" => text(value, &place, &mut into.description)?,
            "keywords" => texts(value, &place, &mut into.keywords)?,
            "maintainers" => into.maintainers = list(value, &place, "maintainers", read_maintainer)?,
            "icon" => text(value, &place, &mut into.icon)?,
            "apiversion" => text(value, &place, &mut into.api_version)?,
            "condition" => text(value, &place, &mut into.condition)?,
            "tags" => text(value, &place, &mut into.tags)?,
            "appversion" => text(value, &place, &mut into.app_version)?,
            "deprecated" => boolean(value, &place, &mut into.deprecated)?,
            "annotations" => annotations(value, &place, into)?,
            "kubeversion" => text(value, &place, &mut into.kube_version)?,
            "dependencies" => into.dependencies = list(value, &place, "dependencies", read_dependency)?,
            "type" => text(value, &place, &mut into.kind)?,
            _ => {}
        }
    }
    Ok(())
}

fn read_maintainer(value: &Value, place: &Place) -> Result<Maintainer, Problem> {
    let mut maintainer = Maintainer::default();
    for (key, value) in members_at(value, place, "v2.Maintainer")? {
        let place = place.within("Maintainer").below(&key);
        match key.as_str() {
            "name" => text(value, &place, &mut maintainer.name)?,
            "email" => text(value, &place, &mut maintainer.email)?,
            "url" => text(value, &place, &mut maintainer.url)?,
            _ => {}
        }
    }
    Ok(maintainer)
}

fn read_dependency(value: &Value, place: &Place) -> Result<Dependency, Problem> {
    let mut dependency = Dependency::default();
    for (key, value) in members_at(value, place, "v2.Dependency")? {
        let place = place.within("Dependency").below(&key);
        match key.as_str() {
            "name" => text(value, &place, &mut dependency.name)?,
            "version" => text(value, &place, &mut dependency.version)?,
            "repository" => text(value, &place, &mut dependency.repository)?,
            "condition" => text(value, &place, &mut dependency.condition)?,
            "tags" => texts(value, &place, &mut dependency.tags)?,
            "enabled" => boolean(value, &place, &mut dependency.enabled)?,
            "import-values" => match value {
                Value::Array(items) => dependency.import_values = items.iter().filter_map(import_values).collect(),
                Value::Null => {}
                other => return Err(mismatch(other, &place, "[]interface {}").into()),
            },
            "alias" => text(value, &place, &mut dependency.alias)?,
            _ => {}
        }
    }
    Ok(dependency)
}

/// What is neither a text nor a table does not count.
fn import_values(value: &Value) -> Option<ImportValues> {
    match value {
        Value::String(name) => Some(ImportValues::Export(name.clone())),
        Value::Object(members) => {
            let path = |name: &str| {
                let value = members.get(name).unwrap_or(&Value::Null);
                String::from_utf8_lossy(&format::display(&crate::template::Value::from_json(value))).into_owned()
            };
            Some(ImportValues::Table { child: path("child"), parent: path("parent") })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

fn read_lock(value: &Value, into: &mut Lock) -> Result<(), Problem> {
    for (key, value) in members(value, "v2.Lock")? {
        let place = Place { record: "Lock", path: String::new() }.below(&key);
        match key.as_str() {
            "generated" => text(value, &place, &mut into.generated)?,
            "digest" => text(value, &place, &mut into.digest)?,
            "dependencies" => into.dependencies = list(value, &place, "dependencies", read_dependency)?,
            _ => {}
        }
    }
    Ok(())
}

/// Where a value stands, as Go names it: the innermost type with fields, and the names down to the value.
#[derive(Clone)]
struct Place {
    record: &'static str,
    path: String,
}

impl Place {
    fn below(&self, name: &str) -> Place {
        // Go names a field as the type does, not as the file writes it.
        let name = match name {
            "apiversion" => "apiVersion",
            "appversion" => "appVersion",
            "kubeversion" => "kubeVersion",
            name => name,
        };
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
        Place { record: self.record, path }
    }

    fn within(&self, record: &'static str) -> Place {
        Place { record, path: self.path.clone() }
    }
}

/// The members of a mapping by their names in lower case, in an order where the exact name comes last and so counts.
fn members<'a>(value: &'a Value, kind: &str) -> Result<Vec<(String, &'a Value)>, Mismatch> {
    match value {
        Value::Object(members) => Ok(by_name(members)),
        Value::Null => Ok(Vec::new()),
        other => Err(Mismatch(format!("cannot unmarshal {} into Go value of type {kind}", kind_of(other)))),
    }
}

fn members_at<'a>(value: &'a Value, place: &Place, kind: &str) -> Result<Vec<(String, &'a Value)>, Mismatch> {
    match value {
        Value::Object(members) => Ok(by_name(members)),
        other => Err(mismatch(other, place, kind)),
    }
}

fn by_name(members: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    members.sort_by_key(|(name, _)| name.as_str());
    members.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

fn text(value: &Value, place: &Place, into: &mut String) -> Result<(), Mismatch> {
    match value {
        Value::Null => {}
        Value::String(text) => into.clone_from(text),
        Value::Bool(value) => *into = value.to_string(),
        Value::Number(number) if number.is_f64() => {
            *into = format::float_text(number.as_f64().unwrap_or_default());
        }
        Value::Number(number) => *into = number.to_string(),
        Value::Array(_) | Value::Object(_) => return Err(mismatch(value, place, "string")),
    }
    Ok(())
}

fn boolean(value: &Value, place: &Place, into: &mut bool) -> Result<(), Mismatch> {
    match value {
        Value::Null => {}
        Value::Bool(value) => *into = *value,
        other => return Err(mismatch(other, place, "bool")),
    }
    Ok(())
}

fn texts(value: &Value, place: &Place, into: &mut Vec<String>) -> Result<(), Mismatch> {
    let items = match value {
        Value::Null => &[],
        Value::Array(items) => items.as_slice(),
        other => return Err(mismatch(other, place, "[]string")),
    };
    into.clear();
    for item in items {
        let mut read = String::new();
        text(item, place, &mut read)?;
        into.push(read);
    }
    Ok(())
}

fn annotations(value: &Value, place: &Place, into: &mut Metadata) -> Result<(), Mismatch> {
    let members = match value {
        Value::Null => return Ok(()),
        Value::Object(members) => members,
        other => return Err(mismatch(other, place, "map[string]string")),
    };
    for (name, value) in members {
        text(value, place, into.annotations.entry(name.clone()).or_default())?;
    }
    Ok(())
}

/// The items of a list of records; a `null` among them is refused with the name of the list.
fn list<T>(
    value: &Value,
    place: &Place,
    name: &'static str,
    read: fn(&Value, &Place) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::Null => Err(Problem::Invalid(Invalid::NullNode(name))),
                item => read(item, place),
            })
            .collect(),
        other => {
            let kind = if name == "maintainers" { "[]*v2.Maintainer" } else { "[]*v2.Dependency" };
            Err(mismatch(other, place, kind).into())
        }
    }
}

fn mismatch(value: &Value, place: &Place, kind: &str) -> Mismatch {
    let (found, record, path) = (kind_of(value), place.record, &place.path);
    Mismatch(format!("cannot unmarshal {found} into Go struct field {record}.{path} of type {kind}"))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
