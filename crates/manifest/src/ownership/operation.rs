//! What a write does to an object and to who owns its fields (structured-merge-diff's `Updater`, apimachinery's
//! `managedfields`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::compare::Comparison;
use super::conflict::{ApplyError, Conflict};
use super::managed::{Entry, ManagedFields, ManagerId, OperationKind};
use super::merge::merge;
use super::set::FieldSet;
use super::{prune, reconcile, scalar};
use crate::topology::Topology;

/// How many managers that update are remembered one by one; the oldest beyond that are merged.
const MAX_UPDATE_MANAGERS: usize = 10;
/// The manager that the oldest updates are merged into.
const ANCIENT_CHANGES: &str = "ancient-changes";
/// The manager of the fields that an object had before anything was tracked.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";
/// The manager of writes that name none.
const UNKNOWN: &str = "unknown";

/// What to do about fields that other managers own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// Refuse the apply.
    Fail,
    /// Take the fields over.
    Force,
}

/// Who writes, when, and through what.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// Name of the field manager; an empty one is recorded as `unknown`.
    pub manager: &'a str,
    /// Subresource written to, such as `status`; empty for the object itself.
    pub subresource: &'a str,
    /// The time to record, RFC 3339 in UTC with seconds.
    pub now: &'a str,
    /// How the type merges.
    pub topology: &'a Topology,
    /// Fields that a write through this endpoint cannot set and so never owns, with all below them: `status` for the
    /// object itself, all but `status` for its status.
    pub ignored: &'a FieldSet,
}

impl Operation<'_> {
    /// An entry for this write, owning nothing yet.
    fn entry(&self, operation: OperationKind, api_version: &str) -> Entry {
        Entry {
            manager: if self.manager.is_empty() { UNKNOWN.to_owned() } else { self.manager.to_owned() },
            operation,
            api_version: api_version.to_owned(),
            time: None,
            subresource: self.subresource.to_owned(),
            fields: FieldSet::default(),
        }
    }
}

/// The owners of an object, by what tells them apart.
type Owners = BTreeMap<ManagerId, Entry>;

/// Server-side apply: `live` (`None` when the object does not exist) with `applied` merged in, fields removed that the
/// manager applied before and no longer does and nobody else owns, and `metadata.managedFields` brought up to date.
///
/// An apply that changes nothing returns the object as it is. As upstream, an apply that only starts to share fields
/// records no time. Fields of an object that nobody was tracked for belong to `before-first-apply`.
pub fn apply(
    live: Option<&Value>,
    applied: &Value,
    conflicts: Conflicts,
    operation: &Operation<'_>,
) -> Result<Value, ApplyError> {
    if applied.get("metadata").and_then(|metadata| metadata.get("managedFields")).is_some_and(|list| !list.is_null()) {
        return Err(ApplyError::ManagedFieldsApplied);
    }
    let old = match live {
        Some(live) => live.clone(),
        None => empty_object(applied),
    };
    let managed = ManagedFields::of(&old)?;
    let live_bare = without_managed_fields(&old);
    let mut owners = managed.clone().into_map();
    if owners.is_empty() && live.is_some() {
        let before = Operation { manager: BEFORE_FIRST_APPLY, ..*operation };
        owners = updated_owners(&empty_object(applied), &live_bare, owners, &before);
    }
    let (merged, owners) = merged(&live_bare, applied, owners, conflicts, operation)?;
    let result = with_managed_fields(merged, &owners.into_values().collect());
    Ok(unless_only_times_differ(live, result))
}

/// The merged object and its owners.
fn merged(
    live: &Value,
    applied: &Value,
    owners: Owners,
    conflicts: Conflicts,
    operation: &Operation<'_>,
) -> Result<(Value, Owners), ApplyError> {
    let ty = operation.topology.root();
    let mut owners = reconciled(owners, operation.topology);
    let combined = merge(live, applied, ty)?;

    let mut mine = operation.entry(OperationKind::Apply, api_version(applied));
    let id = mine.id();
    let before = owners.get(&id).cloned();
    mine.time = before.as_ref().and_then(|entry| entry.time.clone());
    mine.fields = FieldSet::of(applied, operation.topology).recursive_difference(operation.ignored);
    owners.insert(id.clone(), mine);

    let result = match before.filter(|entry| !entry.fields.is_empty()) {
        Some(before) => {
            let owned = owners.values().fold(FieldSet::default(), |owned, entry| owned.union(&entry.fields));
            prune::prune(&combined, &before.fields, &owned, ty)
        }
        None => combined,
    };

    let (mut owners, _) = hand_over(live, &result, owners, &id, conflicts, operation)?;
    strip(&mut owners, &id);
    if let Some(entry) = owners.get_mut(&id).filter(|_| !scalar::equal(live, &result)) {
        entry.time = Some(operation.now.to_owned());
    }
    Ok((result, owners))
}

/// Any other write (create, update, patch): `new` with `metadata.managedFields` brought up to date for what changed
/// since `old` (`None` on create).
///
/// Managed fields that `new` brings along count, so that a client can edit them; an empty list or a single empty entry
/// forgets them all, and none (or some that cannot be read) leaves those of `old`. A write to a subresource cannot
/// edit them. An existing object that nobody is tracked for stays untracked.
pub fn update(old: Option<&Value>, new: &Value, operation: &Operation<'_>) -> Value {
    let bare = without_managed_fields(new);
    let owners = owners_before(old, new, operation);
    let tracked = !owners.is_empty() || old.is_none();
    let owners = match old {
        _ if !tracked => owners,
        Some(old) => updated_owners(&without_managed_fields(old), &bare, owners, operation),
        None => updated_owners(&empty_object(new), &bare, owners, operation),
    };
    unless_only_times_differ(old, with_managed_fields(bare, &capped(owners).into_values().collect()))
}

/// Who owns what as far as the writer knows.
fn owners_before(old: Option<&Value>, new: &Value, operation: &Operation<'_>) -> Owners {
    let live = || old.map(ManagedFields::of).and_then(Result::ok).unwrap_or_default().into_map();
    if !operation.subresource.is_empty() {
        return live();
    }
    let sent = new.get("metadata").and_then(|metadata| metadata.get("managedFields"));
    match sent.and_then(Value::as_array).map(Vec::as_slice) {
        Some([]) => Owners::new(),
        Some([Value::Object(only)]) if only.is_empty() => Owners::new(),
        Some(_) | None => match ManagedFields::of(new) {
            Ok(managed) if !managed.is_empty() => managed.into_map(),
            Ok(_) | Err(_) => live(),
        },
    }
}

/// The owners after an update: the writer owns what it changed, nobody else does.
fn updated_owners(old: &Value, new: &Value, owners: Owners, operation: &Operation<'_>) -> Owners {
    let owners = reconciled(owners, operation.topology);
    let mut mine = operation.entry(OperationKind::Update, api_version(new));
    let id = mine.id();
    let (mut owners, comparison) = release(old, new, owners, None, operation);
    let changed = comparison.modified.union(&comparison.added).recursive_difference(operation.ignored);
    let changed = changed.difference(&never_owned());
    if !changed.is_empty() {
        let before = owners.remove(&id).map(|entry| entry.fields).unwrap_or_default();
        mine.fields = before.union(&changed);
        mine.time = Some(operation.now.to_owned());
        owners.insert(id, mine);
    }
    owners
}

/// Takes from everybody but `writer` what changed between the two objects, unless that is a conflict.
fn hand_over(
    old: &Value,
    new: &Value,
    owners: Owners,
    writer: &ManagerId,
    conflicts: Conflicts,
    operation: &Operation<'_>,
) -> Result<(Owners, Comparison), ApplyError> {
    if conflicts == Conflicts::Fail {
        let comparison = Comparison::of(old, new, operation.topology.root()).without(operation.ignored);
        let changed = comparison.modified.union(&comparison.added);
        let found: Vec<Conflict> = owners
            .iter()
            .filter(|(id, _)| *id != writer)
            .flat_map(|(_, owner)| {
                let paths = owner.fields.intersection(&changed).paths();
                paths.into_iter().map(|path| Conflict::new(owner, path))
            })
            .collect();
        if !found.is_empty() {
            return Err(ApplyError::Conflicts(found));
        }
    }
    Ok(release(old, new, owners, Some(writer), operation))
}

/// The owners without what changed or went away, except for `writer`; owners of nothing are dropped.
fn release(
    old: &Value,
    new: &Value,
    mut owners: Owners,
    writer: Option<&ManagerId>,
    operation: &Operation<'_>,
) -> (Owners, Comparison) {
    let comparison = Comparison::of(old, new, operation.topology.root()).without(operation.ignored);
    let lost = comparison.modified.union(&comparison.added).union(&comparison.removed);
    for (id, entry) in &mut owners {
        if Some(id) != writer {
            entry.fields = entry.fields.difference(&lost);
        }
    }
    owners.retain(|_, entry| !entry.fields.is_empty());
    (owners, comparison)
}

/// Takes the fields nobody ever owns from an entry, and drops it when nothing is left.
fn strip(owners: &mut Owners, id: &ManagerId) {
    if let Some(entry) = owners.get_mut(id) {
        entry.fields = entry.fields.difference(&never_owned());
        if entry.fields.is_empty() {
            owners.remove(id);
        }
    }
}

/// Fields that identify an object or that the server sets.
fn never_owned() -> FieldSet {
    let metadata = [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ];
    let nested = metadata.map(|name| ["metadata", name]);
    let top: [&[&str]; 3] = [&["apiVersion"], &["kind"], &["metadata"]];
    FieldSet::of_names(top.into_iter().chain(nested.iter().map(<[&str; 2]>::as_slice)))
}

fn reconciled(owners: Owners, topology: &Topology) -> Owners {
    let reconcile = |(id, entry): (ManagerId, Entry)| {
        let fields = reconcile::reconciled(entry.fields, topology.root());
        (id, Entry { fields, ..entry })
    };
    owners.into_iter().map(reconcile).collect()
}

/// Merges the oldest updates until there are few enough. The first of a version stays until a second one joins it.
fn capped(mut owners: Owners) -> Owners {
    let mut updaters: Vec<(Option<String>, ManagerId)> = owners
        .iter()
        .filter(|(id, _)| id.operation == OperationKind::Update)
        .map(|(id, entry)| (entry.time.clone(), id.clone()))
        .collect();
    updaters.sort();
    let mut count = updaters.len();
    let mut first_of_version: BTreeMap<String, ManagerId> = BTreeMap::new();
    for (_, id) in updaters {
        if count <= MAX_UPDATE_MANAGERS {
            break;
        }
        let Some(first) = first_of_version.get(&id.api_version) else {
            first_of_version.insert(id.api_version.clone(), id);
            continue;
        };
        let bucket = ManagerId {
            manager: ANCIENT_CHANGES.to_owned(),
            operation: OperationKind::Update,
            api_version: id.api_version.clone(),
            subresource: String::new(),
        };
        let Some(entry) = owners.remove(&id) else { continue };
        let collected = owners.remove(&bucket).or_else(|| owners.remove(first));
        let fields = collected.map_or(FieldSet::default(), |collected| collected.fields).union(&entry.fields);
        let merged = Entry { manager: ANCIENT_CHANGES.to_owned(), subresource: String::new(), fields, ..entry };
        owners.insert(bucket, merged);
        count -= 1;
    }
    owners
}

/// What an object is before it is created: only its type.
fn empty_object(of: &Value) -> Value {
    let mut object = json!({});
    for key in ["apiVersion", "kind"] {
        if let Some(value) = of.get(key) {
            object[key] = value.clone();
        }
    }
    object
}

fn api_version(object: &Value) -> &str {
    object.get("apiVersion").and_then(Value::as_str).unwrap_or_default()
}

fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

fn with_managed_fields(mut object: Value, managed: &ManagedFields) -> Value {
    if !managed.is_empty()
        && let Some(object) = object.as_object_mut()
    {
        let metadata = object.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("managedFields".to_owned(), managed.encode());
        }
    }
    object
}

/// `old` itself if `new` differs from it in nothing but the times of its managed fields.
fn unless_only_times_differ(old: Option<&Value>, new: Value) -> Value {
    let timeless = |object: &Value| {
        let mut object = object.clone();
        let list = object.get_mut("metadata").and_then(|metadata| metadata.get_mut("managedFields"));
        for entry in list.and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(entry) = entry.as_object_mut() {
                entry.remove("time");
            }
        }
        object
    };
    match old {
        Some(old) if timeless(old) == timeless(&new) => old.clone(),
        Some(_) | None => new,
    }
}
