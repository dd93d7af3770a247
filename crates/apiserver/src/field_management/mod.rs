//! Who owns which field: the glue between requests and [`manifest::ownership`].

use manifest::ownership::{self, ApplyError, Conflicts, FieldSet, ManagedFieldsError, Operation};
use manifest::topology::Topology;
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::identity;
use crate::metadata::metadata_mut;
use crate::registry::Resource;

/// A write as far as ownership is concerned.
pub(crate) struct Writer<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) topology: &'a Topology,
    pub(crate) manager: &'a str,
    /// Empty for the object itself.
    pub(crate) subresource: &'a str,
}

impl Writer<'_> {
    /// `applied` merged into `live`, with ownership brought up to date.
    pub(crate) fn apply(&self, live: Option<&Value>, applied: &Value, conflicts: Conflicts) -> Result<Value, ApiError> {
        let ignored = self.ignored(live, applied).map_err(ApiError::internal)?;
        let now = identity::now();
        ownership::apply(live, applied, conflicts, &self.operation(&now, &ignored)).map_err(|error| match error {
            ApplyError::Conflicts(conflicts) => {
                let message = ApplyError::Conflicts(conflicts.clone()).to_string();
                let fields = conflicts.iter().map(|conflict| {
                    (format!("conflict with {}", conflict.printed_manager()), conflict.path.to_string())
                });
                ApiError::apply_conflict(message, fields)
            }
            error @ (ApplyError::Invalid { .. } | ApplyError::ManagedFieldsApplied) => {
                ApiError::bad_request(error.to_string())
            }
            ApplyError::ManagedFields(error) => ApiError::internal(error),
        })
    }

    /// `new` with ownership brought up to date for what changed since `old`.
    ///
    /// A client that sends no `managedFields` leaves them as they are; one that sends a single empty entry resets them.
    pub(crate) fn update(&self, old: Option<&Value>, mut new: Value) -> Result<Value, ApiError> {
        let sent = new.get("metadata").and_then(|metadata| metadata.get("managedFields")).and_then(Value::as_array);
        match sent.map(Vec::as_slice) {
            Some([Value::Object(only)]) if only.is_empty() => {
                metadata_mut(&mut new).remove("managedFields");
                return Ok(new);
            }
            None | Some([]) => {
                let live = old.and_then(|old| old.get("metadata")).and_then(|metadata| metadata.get("managedFields"));
                match live {
                    Some(live) => metadata_mut(&mut new).insert("managedFields".to_owned(), live.clone()),
                    None => metadata_mut(&mut new).remove("managedFields"),
                };
            }
            Some(_) => {}
        }
        let ignored = self.ignored(old, &new).map_err(ApiError::internal)?;
        let now = identity::now();
        Ok(ownership::update(old, &new, &self.operation(&now, &ignored)))
    }

    fn operation<'b>(&'b self, now: &'b str, ignored: &'b FieldSet) -> Operation<'b> {
        Operation { manager: self.manager, subresource: self.subresource, now, topology: self.topology, ignored }
    }

    /// The fields that a write through this endpoint cannot set.
    fn ignored(&self, old: Option<&Value>, new: &Value) -> Result<FieldSet, ManagedFieldsError> {
        let mut fields = Map::new();
        match self.subresource {
            "status" => {
                let names = [Some(new), old].into_iter().flatten().filter_map(Value::as_object).flat_map(Map::keys);
                for name in names.filter(|name| !matches!(name.as_str(), "status" | "apiVersion" | "kind")) {
                    fields.insert(format!("f:{name}"), json!({}));
                }
            }
            _ if self.resource.has_status => {
                fields.insert("f:status".to_owned(), json!({}));
            }
            _ => {}
        }
        FieldSet::decode(&Value::Object(fields))
    }
}

/// Whether two objects differ in nothing but the times at which managers last wrote.
pub(crate) fn same_but_for_times(old: &Value, new: &Value) -> bool {
    same_at(old, new, &["metadata", "managedFields"])
}

/// Compares values; below `path` and the list there, entries may differ in their `time`.
fn same_at(old: &Value, new: &Value, path: &[&str]) -> bool {
    match (old, new, path) {
        (Value::Object(old), Value::Object(new), [next, rest @ ..]) => {
            old.len() == new.len()
                && old.iter().all(|(name, value)| {
                    let rest: Option<&[&str]> = (name == next).then_some(rest);
                    new.get(name).is_some_and(|other| match rest {
                        Some(rest) => same_at(value, other, rest),
                        None => value == other,
                    })
                })
        }
        (Value::Array(old), Value::Array(new), []) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same_entry(old, new))
        }
        _ => old == new,
    }
}

fn same_entry(old: &Value, new: &Value) -> bool {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return old == new };
    let timeless = |entry: &Map<String, Value>| entry.len() - usize::from(entry.contains_key("time"));
    timeless(old) == timeless(new)
        && old.iter().filter(|(name, _)| *name != "time").all(|(name, value)| new.get(name) == Some(value))
}

/// The name a write is recorded under: the `fieldManager` parameter, else the product of the `User-Agent`.
pub(crate) fn manager_name(parameter: &str, user_agent: &str) -> String {
    if !parameter.is_empty() {
        return parameter.to_owned();
    }
    let product = user_agent.split('/').next().unwrap_or_default();
    let printable: String = product.chars().filter(|character| !character.is_control()).take(128).collect();
    if printable.is_empty() { "unknown".to_owned() } else { printable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managers_are_named_after_their_program() {
        assert_eq!(manager_name("me", "kubectl/v1.34"), "me");
        assert_eq!(manager_name("", "kubectl/v1.34 (linux)"), "kubectl");
        assert_eq!(manager_name("", "Mozilla"), "Mozilla");
        assert_eq!(manager_name("", ""), "unknown");
    }

    #[test]
    fn times_alone_make_no_difference() {
        let object = |time: &str, value: &str| json!({"metadata": {"managedFields": [{"manager": "a", "time": time}]}, "data": value});
        assert!(same_but_for_times(&object("1", "x"), &object("2", "x")));
        assert!(!same_but_for_times(&object("1", "x"), &object("1", "y")));
        let fields = |fields: &str| json!({"metadata": {"managedFields": [{"manager": "a", "fieldsV1": fields}]}});
        assert!(!same_but_for_times(&fields("1"), &fields("2")));
        assert!(!same_but_for_times(&fields("1"), &json!({"metadata": {}})));
    }
}
