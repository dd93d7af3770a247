//! Field specifications: which fields of which types a transformation changes.

use manifest::Value;
use serde::Deserialize;
use serde_json::Map;

use super::id::{TypePattern, type_of};

mod config;
mod table;

pub(crate) use config::{Config, ConfigFile, NameReference, Referrers};

/// One field, or several, of the objects of some types.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FieldSpec {
    #[serde(flatten)]
    pub(crate) types: TypePattern,
    /// Names separated by `/`, lists are passed through; `\/` is a slash in a name, `name[]` must be a list.
    pub(crate) path: String,
    /// Whether a missing field is made.
    pub(crate) create: bool,
}

/// Two specifications of one field that do not agree whether to create it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the field specs for `{path}` disagree whether to create the field")]
pub(crate) struct ConflictingSpecs {
    path: String,
}

/// An ordered set of field specifications.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct FieldSpecs(pub(crate) Vec<FieldSpec>);

impl FieldSpecs {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &FieldSpec> {
        self.0.iter()
    }

    /// Adds `spec`, unless a specification that is as specific covers it already.
    pub(crate) fn merge_one(&mut self, spec: &FieldSpec) -> Result<(), ConflictingSpecs> {
        let covers = |known: &&FieldSpec| {
            known.path == spec.path && spec.types.matches(&known.types.group, &known.types.version, &known.types.kind)
        };
        match self.0.iter().find(covers) {
            Some(known) if known.create != spec.create => Err(ConflictingSpecs { path: spec.path.clone() }),
            Some(_) => Ok(()),
            None => {
                self.0.push(spec.clone());
                Ok(())
            }
        }
    }

    pub(crate) fn merge_all(&mut self, specs: &FieldSpecs) -> Result<(), ConflictingSpecs> {
        specs.iter().try_for_each(|spec| self.merge_one(spec))
    }
}

/// What stands at the end of a path that is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// Nothing is created, whatever the specification says.
    Existing,
    /// A scalar, null before it is set.
    Scalar,
    /// A map.
    Map,
}

/// Why a field cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldError {
    /// The path leads through a scalar.
    #[error("expected a map or a list on the way to `{0}`, found a plain value")]
    NotTraversable(String),
    /// The path has an empty name.
    #[error("the path `{0}` has an empty field name")]
    EmptyName(String),
    /// The name at the end of the path is that of several resources.
    #[error("`{name}` could mean any of {}", .candidates.join(", "))]
    Ambiguous { name: String, candidates: Vec<String> },
    /// The value at the end of the path has the wrong shape.
    #[error("{0}")]
    Value(String),
}

/// The names of a path.
pub(crate) fn split_path(path: &str, delimiter: char) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut pieces = path.split(delimiter).peekable();
    if path.contains(delimiter) && pieces.peek() == Some(&"") {
        pieces.next();
    }
    for piece in pieces {
        match parts.last_mut().and_then(|last| last.strip_suffix('\\').map(str::len).map(|length| (last, length))) {
            Some((last, length)) => {
                last.truncate(length);
                last.push(delimiter);
                last.push_str(piece);
            }
            None => parts.push(piece.to_owned()),
        }
    }
    parts
}

/// Calls `change` with every value that `spec` specifies in `object`, if the object is of its types.
pub(crate) fn apply(
    object: &mut Value,
    spec: &FieldSpec,
    leaf: Leaf,
    change: &mut dyn FnMut(&mut Value) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    let gvk = type_of(object);
    if !spec.types.matches(&gvk.group, &gvk.version, &gvk.kind) {
        return Ok(());
    }
    let names = split_path(&spec.path, '/');
    walk(object, &names, spec, leaf, change)
}

fn walk(
    value: &mut Value,
    names: &[String],
    spec: &FieldSpec,
    leaf: Leaf,
    change: &mut dyn FnMut(&mut Value) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    let Some((name, rest)) = names.split_first() else { return change(value) };
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => items.iter_mut().try_for_each(|item| walk(item, names, spec, leaf, change)),
        Value::Object(fields) => {
            let (name, must_be_list) = match name.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (name.as_str(), false),
            };
            if name.is_empty() {
                return Err(FieldError::EmptyName(spec.path.clone()));
            }
            if spec.create && leaf != Leaf::Existing && !must_be_list {
                let created = match leaf {
                    Leaf::Scalar if rest.is_empty() => Value::Null,
                    Leaf::Scalar | Leaf::Map | Leaf::Existing => Value::Object(Map::new()),
                };
                let field = fields.entry(name).or_insert(Value::Null);
                if field.is_null() {
                    *field = created;
                }
                return walk(field, rest, spec, leaf, change);
            }
            match fields.get_mut(name) {
                Some(field @ Value::Null) if must_be_list => {
                    *field = Value::Array(Vec::new());
                    Ok(())
                }
                None | Some(Value::Null) => Ok(()),
                Some(field) => walk(field, rest, spec, leaf, change),
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(FieldError::NotTraversable(spec.path.clone())),
    }
}
