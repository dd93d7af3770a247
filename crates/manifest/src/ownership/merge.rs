//! Merging an applied configuration into a live object (structured-merge-diff's `Merge`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::atom::{Atom, both_empty, entries, identify, items};
use super::conflict::ApplyError;
use super::path::{Path, PathElement};
use crate::topology::{ListKind, Relation, Type};

/// `live` with every field of `applied` set. Nothing is removed. Items of a list come in the applied order where it
/// says something about them, otherwise in the live order.
pub(super) fn merge(live: &Value, applied: &Value, ty: Type<'_>) -> Result<Value, ApplyError> {
    let merged = Walk { path: Vec::new() }.merge(Some(live), Some(applied), ty)?;
    Ok(merged.unwrap_or(Value::Null))
}

struct Walk {
    path: Vec<PathElement>,
}

impl Walk {
    fn merge(
        &mut self,
        live: Option<&Value>,
        applied: Option<&Value>,
        ty: Type<'_>,
    ) -> Result<Option<Value>, ApplyError> {
        let whole = || Ok(applied.or(live).cloned());
        let atom = match applied {
            Some(_) => Atom::of(ty, applied),
            None => Atom::of(ty, live),
        };
        match atom {
            Atom::Leaf | Atom::Map(Relation::Atomic) | Atom::List(ListKind::Atomic) => whole(),
            Atom::Map(Relation::Granular) => {
                let (left, right) = (entries(live), entries(applied));
                if both_empty(left.map(Map::len), right.map(Map::len)) {
                    return whole();
                }
                self.merge_entries(left, right, ty)
            }
            Atom::List(kind @ (ListKind::Set | ListKind::Keyed(_))) => {
                let (left, right) = (items(live), items(applied));
                if both_empty(left.map(<[Value]>::len), right.map(<[Value]>::len)) {
                    return whole();
                }
                let merged = self.merge_items(kind, left.unwrap_or_default(), right.unwrap_or_default(), ty)?;
                Ok((!merged.is_empty()).then_some(Value::Array(merged)))
            }
        }
    }

    fn merge_entries(
        &mut self,
        live: Option<&Map<String, Value>>,
        applied: Option<&Map<String, Value>>,
        ty: Type<'_>,
    ) -> Result<Option<Value>, ApplyError> {
        let names: BTreeSet<&String> = live.into_iter().chain(applied).flat_map(Map::keys).collect();
        let mut merged = Map::new();
        for name in names {
            let (left, right) = (live.and_then(|live| live.get(name)), applied.and_then(|applied| applied.get(name)));
            let value = self.step(PathElement::field(name), left, right, ty.field(name))?;
            merged.extend(value.map(|value| (name.clone(), value)));
        }
        Ok((!merged.is_empty()).then_some(Value::Object(merged)))
    }

    fn step(
        &mut self,
        step: PathElement,
        live: Option<&Value>,
        applied: Option<&Value>,
        ty: Type<'_>,
    ) -> Result<Option<Value>, ApplyError> {
        self.path.push(step);
        let merged = self.merge(live, applied, ty);
        self.path.pop();
        merged
    }

    fn merge_items(
        &mut self,
        kind: &ListKind,
        live: &[Value],
        applied: &[Value],
        ty: Type<'_>,
    ) -> Result<Vec<Value>, ApplyError> {
        let applied = self.index(kind, applied)?;
        let live = self.index(kind, live)?;
        let mut applied_items: BTreeMap<&PathElement, &Value> = BTreeMap::new();
        for (step, item) in &applied {
            if applied_items.insert(step, item).is_some() {
                return Err(self.invalid(format!("duplicate entries for key {step}")));
            }
        }
        // A live item that is there twice is not merged with: the applied one takes its place.
        let mut live_items: BTreeMap<&PathElement, Option<&Value>> = BTreeMap::new();
        for (step, item) in &live {
            live_items.entry(step).and_modify(|item| *item = None).or_insert(Some(item));
        }

        // Items that both have, in the applied order; the first is the one that the live order has to wait for.
        let mut shared: VecDeque<&PathElement> =
            applied.iter().map(|(step, _)| step).filter(|step| live_items.contains_key(step)).collect();
        let mut done: BTreeSet<&PathElement> = BTreeSet::new();
        let mut merged = Vec::with_capacity(live.len().max(applied.len()));
        let (mut left, mut right) = (live.iter().peekable(), applied.iter().peekable());
        while left.peek().is_some() || right.peek().is_some() {
            if let (Some((live_step, _)), Some((applied_step, applied_item))) = (left.peek(), right.peek()) {
                if live_step == applied_step {
                    done.insert(live_step);
                    let live_item = live_items.get(live_step).copied().flatten();
                    merged.extend(self.step(live_step.clone(), live_item, Some(applied_item), ty.element())?);
                    left.next();
                    right.next();
                    shared.pop_front();
                    continue;
                }
                let waits = shared.front().is_some_and(|next| *next != live_step);
                if applied_items.contains_key(live_step) && waits {
                    left.next();
                    continue;
                }
            }
            if let Some((step, item)) = left.peek() {
                if !applied_items.contains_key(step) {
                    merged.extend(self.step(step.clone(), Some(item), None, ty.element())?);
                    left.next();
                    continue;
                }
                if done.contains(step) {
                    left.next();
                }
            }
            if let Some((step, item)) = right.next() {
                done.insert(step);
                let live_item = live_items.get(step).copied().flatten();
                merged.extend(self.step(step.clone(), live_item, Some(item), ty.element())?);
                if shared.front().is_some_and(|next| *next == step) {
                    shared.pop_front();
                }
            }
        }
        Ok(merged)
    }

    fn index<'v>(&self, kind: &ListKind, items: &'v [Value]) -> Result<Vec<(PathElement, &'v Value)>, ApplyError> {
        let identified = items.iter().enumerate().map(|(index, item)| match identify(kind, item) {
            Some(step) => Ok((step, item)),
            None => Err(self.invalid(format!("element {index}: {}", why_unidentified(kind, item)))),
        });
        identified.collect()
    }

    fn invalid(&self, problem: String) -> ApplyError {
        ApplyError::Invalid { path: Path(self.path.clone()), problem }
    }
}

fn why_unidentified(kind: &ListKind, item: &Value) -> String {
    match (kind, item) {
        (ListKind::Keyed(keys), Value::Object(_)) => {
            let names: Vec<String> = keys.iter().map(|key| format!("{:?}", key.name)).collect();
            format!(
                "associative list with keys has an element that omits all key fields [{}] (and doesn't have default \
                 values for any key fields)",
                names.join(" ")
            )
        }
        (ListKind::Keyed(_), _) => "associative list with keys may not have non-map elements".to_owned(),
        (ListKind::Set | ListKind::Atomic, item) => format!("a set holds only scalars, this is {item}"),
    }
}
