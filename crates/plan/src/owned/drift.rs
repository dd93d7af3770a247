use std::fmt;

use serde_json::Value;

use super::Owned;
use super::fields::{self, Element, Node};

/// How an object left the state we gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftKind {
    /// Owned fields changed or went.
    Changed,
    /// The object is gone or being deleted.
    Deleted,
}

/// One owned field that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Where, such as `spec.template.spec.containers[name=app].image`.
    pub path: String,
    /// Our value.
    pub before: Option<Value>,
    /// The value now; none if the field is gone.
    pub after: Option<Value>,
}

/// Who wrote to an object, as `managedFields` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The field manager, such as `kubectl-edit`.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// When, as RFC 3339; empty where the server did not say.
    pub time: String,
}

/// An object that is no longer as we left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// What happened.
    pub kind: DriftKind,
    /// The fields that changed; empty if the object is deleted.
    pub fields: Vec<FieldChange>,
    /// Who did it, where `managedFields` tells.
    pub by: Option<Actor>,
}

/// `spec.replicas changed from 2 to 5 by kubectl-edit`, or `deleted`. Long values are cut; the caller masks Secrets.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            DriftKind::Deleted => f.write_str("deleted")?,
            DriftKind::Changed => {
                for (index, field) in self.fields.iter().take(SHOWN_FIELDS).enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{field}")?;
                }
                if self.fields.len() > SHOWN_FIELDS {
                    write!(f, " and {} more", self.fields.len() - SHOWN_FIELDS)?;
                }
            }
        }
        match &self.by {
            Some(actor) => write!(f, " by {}", actor.manager),
            None => Ok(()),
        }
    }
}

/// How many fields a sentence names before it only counts.
const SHOWN_FIELDS: usize = 5;

/// How many characters of a value a sentence shows.
const SHOWN_CHARACTERS: usize = 60;

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |value: &Value| {
            let text = value.to_string();
            match text.char_indices().nth(SHOWN_CHARACTERS) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        };
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => {
                write!(f, "{} changed from {} to {}", self.path, short(before), short(after))
            }
            (Some(before), None) => write!(f, "{} removed (was {})", self.path, short(before)),
            (None, Some(after)) => write!(f, "{} added ({})", self.path, short(after)),
            (None, None) => write!(f, "{} changed", self.path),
        }
    }
}

impl Drift {
    /// The same drift with every value hidden, for objects that hold secrets.
    pub fn masked(mut self) -> Drift {
        let hidden = || Value::String("***".to_owned());
        for field in &mut self.fields {
            field.before = field.before.as_ref().map(|_| hidden());
            field.after = field.after.as_ref().map(|_| hidden());
        }
        self
    }
}

/// Whether `live` (none: deleted) still has what we applied. `manager` is the one that applied it: who else wrote is
/// read from the others.
pub fn drift(before: &Owned, live: Option<&Value>, manager: &str) -> Option<Drift> {
    let deleted = Drift { kind: DriftKind::Deleted, fields: Vec::new(), by: None };
    let Some(live) = live else { return Some(deleted) };
    if live["metadata"]["deletionTimestamp"].is_string() {
        return Some(deleted);
    }
    if before.holds(live) {
        return None;
    }
    let mut comparison =
        Comparison { others: fields::of_others(live, manager), members: Vec::new(), changes: Vec::new() };
    comparison.value(&before.fields(), Some(&before.values()), Some(live), "");
    let changes = comparison.changes;
    if changes.is_empty() {
        return None;
    }
    let by = actor(live, manager, &changes);
    let fields = changes.into_iter().map(|change| change.field).collect();
    Some(Drift { kind: DriftKind::Changed, fields, by })
}

/// A change and the members of `fieldsV1` that lead to it.
struct Located {
    members: Vec<String>,
    field: FieldChange,
}

struct Comparison<'a> {
    /// The fields of all other managers.
    others: Vec<&'a Node>,
    /// The members of `fieldsV1` that lead to the value being compared.
    members: Vec<String>,
    changes: Vec<Located>,
}

impl Comparison<'_> {
    fn value(&mut self, node: &Node, before: Option<&Value>, after: Option<&Value>, path: &str) {
        if before.is_some() != after.is_some() || fields::is_leaf(node) {
            if !self.is_equal(before, after) {
                let field = FieldChange { path: path.to_owned(), before: before.cloned(), after: after.cloned() };
                self.changes.push(Located { members: self.members.clone(), field });
            }
            return;
        }
        for (member, element, child) in fields::inside(node) {
            let path = fields::extend(path, &element);
            let (before, after) = (inner(before, &element), inner(after, &element));
            self.members.push(member.to_owned());
            self.value(child, before.as_ref(), after.as_ref(), &path);
            self.members.pop();
        }
    }

    fn is_equal(&self, before: Option<&Value>, after: Option<&Value>) -> bool {
        match (before, after) {
            (Some(before), Some(after)) => {
                let filled_by_others = fields::is_empty(before) && fields::is_shared(&self.others, &self.members);
                fields::same(before, after) || filled_by_others
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

/// The value inside `value` that an element stands for.
fn inner(value: Option<&Value>, element: &Element<'_>) -> Option<Value> {
    match element {
        Element::Field(name) => value?.get(*name).cloned(),
        Element::Key(key) => fields::item_with(value?, key).map(|(_, item)| item.clone()),
        Element::Member(member) => {
            value?.as_array()?.iter().any(|item| fields::same(item, member)).then(|| member.clone())
        }
        Element::Itself | Element::Other => None,
    }
}

/// The latest writer among those that own a changed field now; for fields that are gone, the latest writer at all.
fn actor(live: &Value, manager: &str, changes: &[Located]) -> Option<Actor> {
    let time = |entry: &Value| fields::text(entry, "time").to_owned();
    let ours = fields::applied_by(live, manager).map(time).unwrap_or_default();
    let others = || fields::entries(live).iter().filter(|entry| !fields::is_ours(entry, manager));
    let owns_a_change = |entry: &&Value| {
        entry["fieldsV1"].as_object().is_some_and(|node| changes.iter().any(|change| reaches(node, &change.members)))
    };
    let wrote_after_us = |entry: &&Value| fields::text(entry, "subresource").is_empty() && time(entry) >= ours;
    let latest = others()
        .filter(owns_a_change)
        .max_by_key(|entry| time(entry))
        .or_else(|| others().filter(wrote_after_us).max_by_key(|entry| time(entry)))?;
    Some(Actor {
        manager: fields::text(latest, "manager").to_owned(),
        operation: fields::text(latest, "operation").to_owned(),
        time: time(latest),
    })
}

/// Whether fields include the one that `members` lead to, or one that contains it.
fn reaches(node: &Node, members: &[String]) -> bool {
    let mut node = node;
    for member in members {
        match node.get(member).and_then(Value::as_object) {
            Some(child) if fields::is_leaf(child) => return true,
            Some(child) => node = child,
            None => return false,
        }
    }
    true
}
