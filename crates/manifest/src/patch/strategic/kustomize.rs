//! kustomize's dialect (`sigs.k8s.io/kustomize/kyaml/yaml/merge2`, with new list items prepended).
//!
//! Like upstream, a merge goes through the whole object, so that lists the patch does not name lose their duplicates too:
//! the last item with a key stays.
//!
//! Two things upstream does are not repeated here: an item without its merge key is an error where the patch names the
//! list, and leaves the list alone elsewhere (upstream drops items), and a `$patch: replace` of a list that the object
//! does not have yet leaves no trace in the result.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::kubernetes::{kind_of, unknown_directive};
use super::{DIRECTIVE, Place, StrategicError, item_step, text};
use crate::GroupVersionKind;
use crate::topology::{self, Patch, Strategy, Topology, Type};

const ALLOWED: &str = "`delete`, `replace` or `merge`";

/// `target` with `patch` merged into it; `None` when the patch deletes it.
pub(super) fn apply(
    target: &Value,
    patch: &Value,
    topology: Option<&Topology>,
) -> Result<Option<Value>, StrategicError> {
    merge(Some(target), Some(patch), Field { ty: topology.map(Topology::root), patch: None }, &Place::ROOT)
}

pub(super) fn drop_blanks<'p>(target: &mut Value, blanks: impl Iterator<Item = &'p str>, topology: Option<&Topology>) {
    for pointer in blanks {
        let Some((parent, name)) = pointer.rsplit_once('/') else { continue };
        let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let mut field = Field { ty: topology.map(Topology::root), patch: None };
        let mut value = Some(&mut *target);
        for part in parent.split('/').skip(1).map(unescaped) {
            value = match value {
                Some(Value::Object(members)) => {
                    field = field.field(&part);
                    members.get_mut(&part)
                }
                // Other lists are not gone through.
                Some(Value::Array(items)) if field.merges() => {
                    field = field.element();
                    part.parse::<usize>().ok().and_then(|index| items.get_mut(index))
                }
                Some(Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                    None
                }
            };
        }
        let name = unescaped(name);
        if let Some(Value::Object(members)) = value
            && members.get(&name).is_some_and(Value::is_null)
        {
            members.remove(&name);
        }
    }
}

/// What is known of the value at one place.
#[derive(Debug, Clone, Copy)]
struct Field<'a> {
    ty: Option<Type<'a>>,
    patch: Option<&'a Patch>,
}

impl<'a> Field<'a> {
    fn field(&self, name: &str) -> Field<'a> {
        Field {
            ty: self.ty.map(|ty| ty.field(name)),
            patch: self.ty.and_then(|ty| ty.declared(name)).and_then(|(field, _)| field.patch.as_ref()),
        }
    }

    fn element(&self) -> Field<'a> {
        Field { ty: self.ty.map(|ty| ty.element()), patch: None }
    }

    fn merges(&self) -> bool {
        self.patch.is_some_and(|patch| patch.strategy == Strategy::Merge)
    }

    fn is_unknown(&self) -> bool {
        self.ty.is_none_or(|ty| matches!(ty.shape(), topology::Shape::Deduced))
    }
}

/// What a `$patch` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Merges one value. `None` means that nothing is left here.
fn merge(
    dest: Option<&Value>,
    patch: Option<&Value>,
    field: Field<'_>,
    place: &Place<'_>,
) -> Result<Option<Value>, StrategicError> {
    // A value nothing is known about may be an object of a type of its own, such as the template of a custom resource.
    let embedded = if field.is_unknown() { embedded_topology(dest, patch) } else { None };
    let field = match &embedded {
        Some(embedded) => Field { ty: Some(embedded.root()), patch: field.patch },
        None => field,
    };
    match dest.filter(|value| !value.is_null()).or(patch) {
        None | Some(Value::Null | Value::Object(_)) => merge_objects(dest, patch, field, place),
        Some(Value::Array(_)) => merge_lists(dest, patch, field, place),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            for value in [dest, patch].into_iter().flatten() {
                if value.is_object() || value.is_array() {
                    return Err(wrong_kind("a scalar", value, place));
                }
            }
            Ok(patch.or(dest).filter(|value| !value.is_null()).cloned())
        }
    }
}

fn embedded_topology(dest: Option<&Value>, patch: Option<&Value>) -> Option<std::sync::Arc<Topology>> {
    [dest, patch].into_iter().flatten().find_map(|value| topology::kustomize(&GroupVersionKind::of(value)?))
}

fn wrong_kind(expected: &'static str, found: &Value, place: &Place<'_>) -> StrategicError {
    StrategicError::WrongKind { path: place.to_string(), expected, found: kind_of(found) }
}

fn merge_objects(
    dest: Option<&Value>,
    patch: Option<&Value>,
    field: Field<'_>,
    place: &Place<'_>,
) -> Result<Option<Value>, StrategicError> {
    let dest = match dest {
        None => None,
        Some(Value::Null) if patch.is_none() => return Ok(Some(Value::Null)),
        Some(Value::Null) => None,
        Some(Value::Object(object)) => Some(object),
        Some(other) => return Err(wrong_kind("an object", other, place)),
    };
    let patch = match patch {
        None if dest.is_none() => return Ok(None),
        None => &Map::new(),
        Some(Value::Null) => return Ok(None),
        Some(Value::Object(object)) => object,
        Some(other) => return Err(wrong_kind("an object", other, place)),
    };
    let dest = match (directive_of(patch, place)?, dest) {
        (Directive::Delete, _) => return Ok(None),
        (Directive::Replace, _) | (Directive::Merge, None) => &Map::new(),
        (Directive::Merge, Some(dest)) => dest,
    };
    let mut merged = Map::new();
    for (key, value) in dest {
        let value = merge(Some(value), patch.get(key), field.field(key), &place.field(key))?;
        merged.extend(value.map(|value| (key.clone(), value)));
    }
    for (key, value) in patch.iter().filter(|(key, _)| *key != DIRECTIVE && !dest.contains_key(*key)) {
        let value = merge(None, Some(value), field.field(key), &place.field(key))?;
        merged.extend(value.map(|value| (key.clone(), value)));
    }
    Ok(Some(Value::Object(merged)))
}

fn directive_of(object: &Map<String, Value>, place: &Place<'_>) -> Result<Directive, StrategicError> {
    let Some(directive) = object.get(DIRECTIVE) else { return Ok(Directive::Merge) };
    match directive.as_str() {
        Some("merge") => Ok(Directive::Merge),
        Some("replace") => Ok(Directive::Replace),
        Some("delete") => Ok(Directive::Delete),
        Some(_) | None => Err(unknown_directive(directive, ALLOWED, place)),
    }
}

fn merge_lists(
    dest: Option<&Value>,
    patch: Option<&Value>,
    field: Field<'_>,
    place: &Place<'_>,
) -> Result<Option<Value>, StrategicError> {
    for value in [dest, patch].into_iter().flatten() {
        if !value.is_array() && !value.is_null() {
            return Err(wrong_kind("a list", value, place));
        }
    }
    let Some(strategy) = field.patch.filter(|_| field.merges()) else {
        return Ok(patch.or(dest).filter(|value| !value.is_null()).cloned());
    };
    let dest_items = dest.and_then(Value::as_array);
    let patch_items = match patch {
        None => [].as_slice(),
        Some(Value::Array(items)) => items,
        // A null: the other kinds were refused above.
        Some(_) => return Ok(None),
    };
    let (directive, patch_items) = list_directive(patch_items, place)?;
    let dest_items = match directive {
        Directive::Delete => return Ok(None),
        Directive::Replace => Vec::new(),
        Directive::Merge => dest_items.cloned().unwrap_or_default(),
    };
    let merged = match strategy.merge_key.as_deref() {
        None => merge_scalars(&dest_items, &patch_items),
        Some(key) => {
            let keys: Vec<&str> = match strategy.list_keys.as_slice() {
                [] => vec![key],
                keys => keys.iter().map(String::as_str).collect(),
            };
            let keyed = Keyed { keys, element: field.element(), place };
            match patch {
                None => keyed.settle(dest_items)?,
                Some(_) => keyed.merge(dest_items, &patch_items)?,
            }
        }
    };
    Ok(Some(Value::Array(merged)))
}

/// The directive a list carries as an item of its own, and the other items.
fn list_directive<'v>(items: &'v [Value], place: &Place<'_>) -> Result<(Directive, Vec<&'v Value>), StrategicError> {
    let alone =
        |item: &&Value| item.as_object().is_some_and(|object| object.len() == 1 && object.contains_key(DIRECTIVE));
    let directive = match items.iter().find(alone).and_then(Value::as_object) {
        None => Directive::Merge,
        Some(object) => directive_of(object, place)?,
    };
    Ok((directive, items.iter().filter(|item| !alone(item)).collect()))
}

/// The patch's values first, then those only the object has.
fn merge_scalars(dest: &[Value], patch: &[&Value]) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::with_capacity(dest.len() + patch.len());
    for item in patch.iter().copied().chain(dest) {
        if !merged.contains(item) {
            merged.push(item.clone());
        }
    }
    merged
}

/// A list of objects that are told apart by the values of `keys`. Values are compared as text, and an empty one stands
/// for a key that an item leaves out.
struct Keyed<'a> {
    keys: Vec<&'a str>,
    element: Field<'a>,
    place: &'a Place<'a>,
}

impl Keyed<'_> {
    fn merge(&self, mut dest: Vec<Value>, patch: &[&Value]) -> Result<Vec<Value>, StrategicError> {
        let mut identities: Vec<Vec<String>> = Vec::new();
        for item in patch.iter().copied().chain(&dest) {
            let identity = self.identity(item);
            if self.lacks_keys(item) {
                return Err(self.missing_key(item));
            }
            if !identities.contains(&identity) {
                identities.push(identity);
            }
        }
        if identities.is_empty() {
            return Ok(dest);
        }
        unify(&mut identities);
        // Keys that no item has do not take part; the others do even where a single item leaves them out.
        let used: Vec<usize> =
            (0..self.keys.len()).filter(|&key| identities.iter().any(|identity| !identity[key].is_empty())).collect();

        let mut merged: Vec<Value> = Vec::new();
        for identity in &identities {
            let wanted: Vec<(&str, &str)> = used.iter().map(|&key| (self.keys[key], identity[key].as_str())).collect();
            // An item is looked up by the keys its own identity has.
            let lookup: Vec<(&str, &str)> = wanted.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
            let dest_index = dest.iter().position(|item| matches(item, &lookup));
            let patch_item = patch.iter().copied().find(|item| matches(item, &lookup));
            let step = item_step(lookup[0].0, &Value::from(lookup[0].1));
            let result =
                merge(dest_index.map(|index| &dest[index]), patch_item, self.element, &self.place.field(&step))?;
            let Some(mut result) = result.filter(|value| !is_empty_object(value)) else {
                dest.retain(|item| !matches(item, &wanted));
                continue;
            };
            if let Value::Object(object) = &mut result {
                for (key, value) in &lookup {
                    object.entry(*key).or_insert_with(|| Value::from(*value));
                }
            }
            let replaces = patch_item.is_some_and(|item| item.get(DIRECTIVE).is_some_and(|text| text == "replace"));
            if let Some(index) = dest_index.filter(|_| !replaces) {
                dest[index] = result.clone();
            }
            set_item(&mut merged, result, &wanted);
        }
        for item in dest {
            self.put_back(&mut merged, item, &used);
        }
        Ok(merged)
    }

    /// A list that the patch does not name: what is in its items is gone through, and of several items with one key the
    /// last stays.
    fn settle(&self, items: Vec<Value>) -> Result<Vec<Value>, StrategicError> {
        if items.iter().any(|item| self.lacks_keys(item)) {
            return Ok(items);
        }
        if !self.are_distinct(&items) {
            return self.merge(items, &[]);
        }
        let settled = items.iter().map(|item| merge(Some(item), None, self.element, self.place));
        Ok(settled.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// Whether the items certainly differ: none leaves out a key that another one has.
    fn are_distinct(&self, items: &[Value]) -> bool {
        let mut seen = HashSet::new();
        let has = |item: &Value| self.keys.iter().map(|key| item.get(key).is_some()).collect::<Vec<bool>>();
        let all_alike = items.windows(2).all(|pair| has(&pair[0]) == has(&pair[1]));
        all_alike && items.iter().all(|item| seen.insert(self.identity(item)))
    }

    /// Puts an item of the object after those that the patch brought, or in the place of the one that it became. With
    /// several keys upstream first drops what has the values this item has, whether or not the item has all keys.
    fn put_back(&self, merged: &mut Vec<Value>, item: Value, used: &[usize]) {
        let values: Vec<String> = used.iter().filter_map(|&key| item.get(self.keys[key]).map(text)).collect();
        let wanted: Vec<(&str, &str)> =
            used.iter().map(|&key| self.keys[key]).zip(values.iter().map(String::as_str)).collect();
        if used.len() > 1 {
            merged.retain(|other| !matches(other, &wanted));
        }
        set_item(merged, item, &wanted);
    }

    fn identity(&self, item: &Value) -> Vec<String> {
        self.keys.iter().map(|key| item.get(key).map(text).unwrap_or_default()).collect()
    }

    /// Whether an item cannot be told apart from others.
    fn lacks_keys(&self, item: &Value) -> bool {
        self.identity(item).iter().all(String::is_empty)
    }

    fn missing_key(&self, item: &Value) -> StrategicError {
        StrategicError::MissingMergeKey {
            path: self.place.to_string(),
            key: self.keys.join("` and `"),
            item: item.to_string(),
        }
    }
}

/// Replaces the item with these keys, or appends.
fn set_item(items: &mut Vec<Value>, item: Value, wanted: &[(&str, &str)]) {
    let mut found = false;
    for slot in items.iter_mut().filter(|slot| matches(slot, wanted)) {
        *slot = item.clone();
        found = true;
    }
    if !found {
        items.push(item);
    }
}

/// Whether an item has every key, with its value where one is given.
fn matches(item: &Value, wanted: &[(&str, &str)]) -> bool {
    wanted.iter().all(|(key, value)| item.get(key).is_some_and(|found| value.is_empty() || text(found) == *value))
}

fn is_empty_object(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

/// Identities that agree where both say something become one: `80` and `80/TCP` are the same port.
fn unify(identities: &mut [Vec<String>]) {
    for left in 0..identities.len() {
        for right in 0..identities.len() {
            if let Some(common) = common(&identities[left], &identities[right]) {
                identities[left].clone_from(&common);
                identities[right] = common;
            }
        }
    }
}

fn common(left: &[String], right: &[String]) -> Option<Vec<String>> {
    let mut agrees = false;
    let mut result = Vec::with_capacity(left.len());
    for (left, right) in left.iter().zip(right) {
        if left == right {
            agrees = true;
        } else if !left.is_empty() && !right.is_empty() {
            return None;
        }
        result.push(if left.is_empty() { right.clone() } else { left.clone() });
    }
    agrees.then_some(result)
}
