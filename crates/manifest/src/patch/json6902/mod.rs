//! JSON Patch (RFC 6902), and what `evanphx/json-patch` makes of it.

mod operation;
mod pointer;

use serde_json::Value;

pub use operation::{Operation, Patch};
pub use pointer::Pointer;

/// How many bytes all `copy` operations of a patch may copy together, as in the API server: a few of them can double an
/// object again and again.
const MAX_COPIED_BYTES: usize = 3 << 20;

/// Whose rules a patch follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The RFC to the letter.
    Rfc,
    /// `evanphx/json-patch` version 4, which kustomize and the API server use: negative indices count from the end,
    /// indices may have leading zeros and signs, `replace` of a missing member adds it, a missing member equals null in
    /// `test` and `copy`, a missing `value` is null.
    Kustomize,
}

/// Why a JSON Patch cannot be read or applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Json6902Error {
    /// The patch is no list.
    #[error("a JSON 6902 patch is a list of operations, and this is {found}")]
    NotAList {
        /// What it is.
        found: &'static str,
    },
    /// An entry of the list is no operation.
    #[error("operation {index} of the JSON 6902 patch: {problem}")]
    NotAnOperation {
        /// Its place in the list, from 0.
        index: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// An operation does not fit the object.
    #[error("operation {index} of the JSON 6902 patch, `{operation} {path}`: {cause}")]
    DoesNotApply {
        /// Its place in the list, from 0.
        index: usize,
        /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
        operation: &'static str,
        /// Its `path`.
        path: String,
        /// Why it does not fit.
        cause: Mismatch,
    },
}

/// Why an operation does not fit the object it is applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Nothing is there.
    #[error("the object has no `{path}`; {}", advice(.path))]
    Missing {
        /// The first part of the path that does not exist.
        path: String,
    },
    /// A path goes on below a value that has no members or items.
    #[error("`{path}` is {found}, which has nothing below it")]
    NotACollection {
        /// Path of the value.
        path: String,
        /// What it is.
        found: &'static str,
    },
    /// The last part of a path is no index, where a list is.
    #[error("`{path}` is a list, and `{index}` is no index of a list")]
    NotAnIndex {
        /// Path of the list.
        path: String,
        /// What stands for an index.
        index: String,
    },
    /// An index lies outside of its list.
    #[error("the list `{path}` has {length} items, so index {index} is out of range")]
    OutOfRange {
        /// Path of the list.
        path: String,
        /// The index as written.
        index: String,
        /// How many items there are.
        length: usize,
    },
    /// The value is not the tested one. It is not named, because it may be secret.
    #[error("the value is not the one that is tested for: the object has changed, or another patch came first")]
    TestFailed,
    /// A value is moved below itself.
    #[error("a value cannot be moved into itself")]
    IntoItself,
    /// The whole object cannot be removed.
    #[error("the whole object cannot be removed or added; use `replace`")]
    Root,
    /// Copies of copies grow too large.
    #[error("the patch copies more than {limit} bytes")]
    CopiesTooMuch {
        /// Bytes that may be copied.
        limit: usize,
    },
}

fn advice(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((parent, _)) if !parent.is_empty() => {
            format!("check the path, in which `/` inside of a key is written `~1`, or add `{path}` first")
        }
        Some(_) | None => "check the path, which starts at the root of the object".to_owned(),
    }
}

/// Reads `patch` and applies it to `target`.
///
/// # Errors
///
/// As [`Patch::parse`] and [`Patch::apply`].
pub fn apply(target: Value, patch: &Value, dialect: Dialect) -> Result<Value, Json6902Error> {
    Patch::parse(patch, dialect)?.apply(target, dialect)
}

impl Patch {
    /// Applies every operation in order; all of them or none.
    ///
    /// # Errors
    ///
    /// The first operation that does not fit.
    pub fn apply(&self, mut target: Value, dialect: Dialect) -> Result<Value, Json6902Error> {
        let mut copied = 0;
        for (index, operation) in self.operations().iter().enumerate() {
            let mut run = Run { target: &mut target, dialect, copied: &mut copied };
            run.operation(operation).map_err(|cause| Json6902Error::DoesNotApply {
                index,
                operation: operation.name(),
                path: operation.path().to_string(),
                cause,
            })?;
        }
        Ok(target)
    }
}

/// Makes integers that a float does not hold the nearest one that it does: kustomize reads an object that it has patched
/// as JSON, whose numbers are floats to Go.
pub fn round_integers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let magnitude = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
            if magnitude.is_some_and(|magnitude| magnitude > EXACT)
                && let Some(nearest) = number.as_f64().and_then(crate::yaml::json_number)
            {
                *number = nearest;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(round_integers),
        Value::Object(fields) => fields.values_mut().for_each(round_integers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The integers up to this are floats without loss.
const EXACT: u64 = 1 << 53;

/// One operation at work.
struct Run<'a> {
    target: &'a mut Value,
    dialect: Dialect,
    copied: &'a mut usize,
}

impl Run<'_> {
    fn operation(&mut self, operation: &Operation) -> Result<(), Mismatch> {
        match operation {
            Operation::Add { path, value } => self.add(path, value.clone()),
            Operation::Remove { path } => self.remove(path).map(drop),
            Operation::Replace { path, value } => self.replace(path, value.clone()),
            Operation::Move { from, path } => {
                if path.is_below(from) {
                    return Err(Mismatch::IntoItself);
                }
                let value = self.remove(from)?;
                self.add(path, value)
            }
            Operation::Copy { from, path } => {
                let value = self.get(from)?.cloned().unwrap_or(Value::Null);
                *self.copied = self.copied.saturating_add(value.to_string().len());
                if *self.copied > MAX_COPIED_BYTES {
                    return Err(Mismatch::CopiesTooMuch { limit: MAX_COPIED_BYTES });
                }
                self.add(path, value)
            }
            Operation::Test { path, value } => match self.get(path)? {
                Some(found) if found == value => Ok(()),
                None if value.is_null() => Ok(()),
                Some(_) | None => Err(Mismatch::TestFailed),
            },
        }
    }

    /// The value at `path`; `None` for a missing member where the dialect takes that for null.
    fn get(&mut self, path: &Pointer) -> Result<Option<&Value>, Mismatch> {
        let Some((parent, key)) = path.split_last() else { return Ok(Some(self.target)) };
        let dialect = self.dialect;
        match self.collection(parent)? {
            Collection::Object(members) => match (members.get(key), dialect) {
                (Some(value), _) => Ok(Some(value)),
                (None, Dialect::Kustomize) => Ok(None),
                (None, Dialect::Rfc) => Err(missing(path)),
            },
            Collection::Array(items) => {
                let index = existing_index(dialect, parent, key, items.len())?;
                Ok(items.get(index))
            }
        }
    }

    fn add(&mut self, path: &Pointer, value: Value) -> Result<(), Mismatch> {
        let Some((parent, key)) = path.split_last() else {
            return match self.dialect {
                Dialect::Rfc => {
                    *self.target = value;
                    Ok(())
                }
                Dialect::Kustomize => Err(Mismatch::Root),
            };
        };
        let dialect = self.dialect;
        match self.collection(parent)? {
            Collection::Object(members) => {
                members.insert(key.to_owned(), value);
            }
            Collection::Array(items) => {
                let index = match key {
                    "-" => items.len(),
                    // One more than there are items: adding at the end is allowed, and -1 is the end.
                    key => existing_index(dialect, parent, key, items.len() + 1)?,
                };
                items.insert(index, value);
            }
        }
        Ok(())
    }

    fn remove(&mut self, path: &Pointer) -> Result<Value, Mismatch> {
        let Some((parent, key)) = path.split_last() else { return Err(Mismatch::Root) };
        let dialect = self.dialect;
        match self.collection(parent)? {
            Collection::Object(members) => members.remove(key).ok_or_else(|| missing(path)),
            Collection::Array(items) => {
                let index = existing_index(dialect, parent, key, items.len())?;
                Ok(items.remove(index))
            }
        }
    }

    fn replace(&mut self, path: &Pointer, value: Value) -> Result<(), Mismatch> {
        let Some((parent, key)) = path.split_last() else {
            *self.target = value;
            return Ok(());
        };
        let dialect = self.dialect;
        match self.collection(parent)? {
            Collection::Object(members) => match (members.get_mut(key), dialect) {
                (Some(place), _) => *place = value,
                (None, Dialect::Kustomize) => {
                    members.insert(key.to_owned(), value);
                }
                (None, Dialect::Rfc) => return Err(missing(path)),
            },
            Collection::Array(items) => {
                let index = existing_index(dialect, parent, key, items.len())?;
                items[index] = value;
            }
        }
        Ok(())
    }

    /// The object or list at `path`.
    fn collection(&mut self, path: &[String]) -> Result<Collection<'_>, Mismatch> {
        let dialect = self.dialect;
        let mut value = &mut *self.target;
        for (depth, key) in path.iter().enumerate() {
            let here = &path[..depth];
            value = match value {
                Value::Object(members) => {
                    members.get_mut(key).ok_or_else(|| Mismatch::Missing { path: pointer::join(&path[..=depth]) })?
                }
                Value::Array(items) => {
                    let index = existing_index(dialect, here, key, items.len())?;
                    &mut items[index]
                }
                other => return Err(not_a_collection(here, other)),
            };
        }
        match value {
            Value::Object(members) => Ok(Collection::Object(members)),
            Value::Array(items) => Ok(Collection::Array(items)),
            other => Err(not_a_collection(path, other)),
        }
    }
}

enum Collection<'a> {
    Object(&'a mut serde_json::Map<String, Value>),
    Array(&'a mut Vec<Value>),
}

/// The index that `key` names in a list of `length` items at `list`: always less than `length`.
fn existing_index(dialect: Dialect, list: &[String], key: &str, length: usize) -> Result<usize, Mismatch> {
    let not_an_index = || Mismatch::NotAnIndex { path: pointer::join(list), index: key.to_owned() };
    let index: i64 = match dialect {
        Dialect::Rfc => {
            let canonical = key == "0" || (!key.starts_with('0') && key.bytes().all(|byte| byte.is_ascii_digit()));
            key.parse().ok().filter(|_| canonical).ok_or_else(not_an_index)?
        }
        Dialect::Kustomize => key.parse().map_err(|_| not_an_index())?,
    };
    let from_start = match usize::try_from(index.unsigned_abs()) {
        Ok(distance) if index < 0 => length.checked_sub(distance),
        Ok(index) => Some(index),
        Err(_) => None,
    };
    from_start.filter(|index| *index < length).ok_or_else(|| Mismatch::OutOfRange {
        path: pointer::join(list),
        index: key.to_owned(),
        length,
    })
}

fn missing(path: &Pointer) -> Mismatch {
    Mismatch::Missing { path: path.to_string() }
}

fn not_a_collection(path: &[String], value: &Value) -> Mismatch {
    Mismatch::NotACollection { path: pointer::join(path), found: operation::kind_of(value) }
}

#[cfg(test)]
mod tests;
