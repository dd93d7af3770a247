//! The operations of a JSON Patch, as read from JSON.

use serde_json::{Map, Value};

use super::pointer::Pointer;
use super::{Dialect, Json6902Error};

/// How many operations one patch may hold, as in the API server.
const MAX_OPERATIONS: usize = 10_000;

/// A list of operations.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch(Vec<Operation>);

/// One operation.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Operation {
    /// Sets a member or inserts an item.
    Add { path: Pointer, value: Value },
    /// Removes a member or an item.
    Remove { path: Pointer },
    /// Replaces a value.
    Replace { path: Pointer, value: Value },
    /// Removes a value in one place and adds it in another.
    Move { from: Pointer, path: Pointer },
    /// Adds a value that stands in another place.
    Copy { from: Pointer, path: Pointer },
    /// Fails unless the value is this one.
    Test { path: Pointer, value: Value },
}

impl Patch {
    /// Reads a patch from a list of `{op, path, from, value}`.
    ///
    /// # Errors
    ///
    /// It is no list, or an entry is no operation.
    pub fn parse(patch: &Value, dialect: Dialect) -> Result<Patch, Json6902Error> {
        let Value::Array(entries) = patch else { return Err(Json6902Error::NotAList { found: kind_of(patch) }) };
        let read = |(index, entry): (usize, &Value)| {
            if index == MAX_OPERATIONS {
                let problem = format!("a patch may hold {MAX_OPERATIONS} operations");
                return Err(Json6902Error::NotAnOperation { index, problem });
            }
            Operation::parse(entry, dialect).map_err(|problem| Json6902Error::NotAnOperation { index, problem })
        };
        entries.iter().enumerate().map(read).collect::<Result<_, _>>().map(Patch)
    }

    /// The operations, in order.
    pub fn operations(&self) -> &[Operation] {
        &self.0
    }
}

impl Operation {
    fn parse(entry: &Value, dialect: Dialect) -> Result<Operation, String> {
        let Value::Object(members) = entry else {
            return Err(format!("an operation is an object with `op` and `path`, and this is {}", kind_of(entry)));
        };
        let name = text(members, "op")?;
        let path = || pointer(members, "path");
        let value = || match (members.get("value"), dialect) {
            (Some(value), _) => Ok(value.clone()),
            (None, Dialect::Kustomize) => Ok(Value::Null),
            (None, Dialect::Rfc) => Err(format!("`{name}` needs a `value`")),
        };
        match name {
            "add" => Ok(Operation::Add { path: path()?, value: value()? }),
            "remove" => Ok(Operation::Remove { path: path()? }),
            "replace" => Ok(Operation::Replace { path: path()?, value: value()? }),
            "move" => Ok(Operation::Move { from: pointer(members, "from")?, path: path()? }),
            "copy" => Ok(Operation::Copy { from: pointer(members, "from")?, path: path()? }),
            "test" => Ok(Operation::Test { path: path()?, value: value()? }),
            unknown => {
                Err(format!("`op` is `{unknown}`; it can be `add`, `remove`, `replace`, `move`, `copy` or `test`"))
            }
        }
    }

    /// Its `op`.
    pub fn name(&self) -> &'static str {
        match self {
            Operation::Add { .. } => "add",
            Operation::Remove { .. } => "remove",
            Operation::Replace { .. } => "replace",
            Operation::Move { .. } => "move",
            Operation::Copy { .. } => "copy",
            Operation::Test { .. } => "test",
        }
    }

    /// Its `path`.
    pub fn path(&self) -> &Pointer {
        match self {
            Operation::Add { path, .. }
            | Operation::Remove { path }
            | Operation::Replace { path, .. }
            | Operation::Move { path, .. }
            | Operation::Copy { path, .. }
            | Operation::Test { path, .. } => path,
        }
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    match members.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("`{name}` is {}, not a text", kind_of(other))),
        None => Err(format!("`{name}` is missing")),
    }
}

fn pointer(members: &Map<String, Value>, name: &str) -> Result<Pointer, String> {
    let text = text(members, name)?;
    Pointer::parse(text).ok_or_else(|| format!("`{name}` is `{text}`, which does not start with `/`"))
}

/// What a value is, with its article.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
