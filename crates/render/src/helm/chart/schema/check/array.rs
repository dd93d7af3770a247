//! Keywords for arrays.

use serde_json::Value as Json;

use super::{Findings, Name, Run, scalar};
use crate::helm::chart::schema::failure::Kind;
use crate::helm::chart::schema::node::{Additional, Draft, Items, NodeId};

impl Run<'_> {
    pub(super) fn array<'a>(&'a self, found: &mut Findings<'a>, items: &'a [Json]) {
        let array = &found.node.array;
        if let Some(min) = array.min.filter(|min| items.len() < *min) {
            found.add(Kind::Count("minItems", items.len(), min));
        }
        if let Some(max) = array.max.filter(|max| items.len() > *max) {
            found.add(Kind::Count("maxItems", items.len(), max));
        }
        if let (true, Some((first, second))) = (array.unique, scalar::duplicates(items)) {
            found.add(Kind::Duplicates(first, second));
        }
        let looked_at = match &array.items {
            Some(Items::All(node)) => {
                self.items(found, items, 0, *node);
                items.len()
            }
            Some(Items::ByPlace(nodes)) => self.items_by_place(found, items, nodes),
            None => self.items_by_place(found, items, &array.prefix),
        };
        let rest = &items[looked_at..];
        match &array.additional {
            Some(Additional::Refused) if !rest.is_empty() => found.add(Kind::AdditionalItems(rest.len())),
            Some(Additional::Schema(node)) => self.items(found, rest, looked_at, *node),
            Some(Additional::Refused | Additional::Allowed) | None => {}
        }
        if let Some(node) = array.rest {
            self.items(found, rest, looked_at, node);
        }
        self.contains(found, items);
    }

    fn items_by_place(&self, found: &mut Findings<'_>, items: &[Json], nodes: &[NodeId]) -> usize {
        for (at, (item, node)) in items.iter().zip(nodes).enumerate() {
            let outcome = self.inner(found, item, Name::Item(at), *node);
            found.take(outcome);
        }
        items.len().min(nodes.len())
    }

    fn items(&self, found: &mut Findings<'_>, items: &[Json], first: usize, node: NodeId) {
        for (at, item) in items.iter().enumerate() {
            let outcome = self.inner(found, item, Name::Item(first + at), node);
            found.take(outcome);
        }
    }

    fn contains(&self, found: &mut Findings<'_>, items: &[Json]) {
        let array = &found.node.array;
        let Some(node) = array.contains else { return };
        let mut causes = Vec::new();
        let mut matched = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match self.inner(found, item, Name::Item(at), node) {
                Err(cause) => causes.push(cause),
                Ok(()) => {
                    matched.push(at);
                    if found.node.draft == Draft::Of2020 {
                        found.unevaluated.item_seen(at);
                    }
                }
            }
        }
        match array.min_contains {
            Some(min) if matched.len() < min => found.add_with(Kind::MinContains(min, matched.clone()), causes),
            None if matched.is_empty() => found.add_with(Kind::Contains, causes),
            Some(_) | None => {}
        }
        if let Some(max) = array.max_contains.filter(|max| matched.len() > *max) {
            found.add(Kind::MaxContains(max, matched));
        }
    }
}
