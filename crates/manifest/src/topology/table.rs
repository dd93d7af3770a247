//! The text format of type tables.
//!
//! ```text
//! # comment
//! kinds apps/v1: Deployment DaemonSet        which kinds of a group there are; `Kind=Type` where the type is not
//!                                            called like the kind
//! Container: ports [Port by containerPort protocol=TCP] merge containerPort, env [EnvVar by name] merge name,
//!   resources! Resources, securityContext SecurityContext
//! ```
//!
//! A line is a type with its fields; an indented line continues the one before. A field is a name, a shape, and what
//! strategic merge patch does with it. A `!` after the name says that the API server's own type always has the field.
//! A type that is referred to but has no line is the type `Object`.
//!
//! | shape | meaning |
//! |---|---|
//! | `Name` | the type of that name |
//! | `{}`, `{Name}` | an object of scalars, or of values of a type, each with its own owner |
//! | `{}=` | an object that is one value |
//! | `[Name by key other=default]` | a list keyed by these fields of its items |
//! | `[]`, `[Name]` | a list that is one value |
//! | `<>` | a set |
//!
//! After the shape may stand `merge`, `merge KEY`, `replace` or `retain`, joined by `+`: the `patchStrategy` and
//! `patchMergeKey` of the field.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::{Absent, Field, Key, List, ListKind, Map, Patch, Relation, RetainKeys, Shape, Strategy, Topology, TypeId};
use crate::GroupVersionKind;

/// The kinds of a table.
#[derive(Debug)]
pub(super) struct Table {
    kinds: HashMap<GroupVersionKind, Arc<Topology>>,
    types: Arc<[Shape]>,
    names: HashMap<String, TypeId>,
}

/// What is wrong with a table, and in which line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(super) struct TableError {
    line: usize,
    problem: String,
}

impl Table {
    /// Reads a table.
    pub(super) fn parse(text: &str) -> Result<Table, TableError> {
        let mut reader = Reader { types: vec![Shape::Deduced], ids: HashMap::new() };
        let mut kinds = Vec::new();
        for (line, content) in logical_lines(text) {
            let fail = |problem: String| TableError { line, problem };
            let (head, rest) = content.split_once(':').ok_or_else(|| fail("expected `Type: fields`".to_owned()))?;
            match head.strip_prefix("kinds ") {
                Some(api_version) => {
                    for kind in rest.split_whitespace() {
                        let (kind, name) = kind.split_once('=').unwrap_or((kind, kind));
                        kinds.push((GroupVersionKind::from_api_version(api_version, kind), reader.named(name)));
                    }
                }
                None => {
                    let id = reader.named(head);
                    reader.types[id.0] = reader.object(rest).map_err(fail)?;
                }
            }
        }
        let (types, names) = reader.finish();
        let kinds = kinds
            .into_iter()
            .map(|(gvk, root)| (gvk, Arc::new(Topology { types: Arc::clone(&types), root })))
            .collect();
        Ok(Table { kinds, types, names })
    }

    /// The type of a kind.
    pub(super) fn get(&self, gvk: &GroupVersionKind) -> Option<Arc<Topology>> {
        self.kinds.get(gvk).cloned()
    }

    /// Every type of the table; the one nothing is known about stands first.
    pub(super) fn types(&self) -> &[Shape] {
        &self.types
    }

    /// Where the type called `name` stands among [`Table::types`].
    pub(super) fn named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }

    /// All kinds, in no order.
    #[cfg(test)]
    pub(super) fn kinds(&self) -> Vec<(GroupVersionKind, Arc<Topology>)> {
        self.kinds.iter().map(|(gvk, topology)| (gvk.clone(), Arc::clone(topology))).collect()
    }
}

/// Lines with the number they start at, continuation lines joined to the line they continue.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match lines.last_mut() {
            Some((_, last)) if line.starts_with(' ') => {
                last.push(' ');
                last.push_str(line.trim());
            }
            Some(_) | None => lines.push((index + 1, line.trim_end().to_owned())),
        }
    }
    lines
}

struct Reader {
    types: Vec<Shape>,
    ids: HashMap<String, TypeId>,
}

impl Reader {
    /// The type called `name`; a type that has not been described yet is `Deduced` until it is.
    fn named(&mut self, name: &str) -> TypeId {
        match self.ids.get(name) {
            Some(id) => *id,
            None => {
                let id = self.push(Shape::Deduced);
                self.ids.insert(name.to_owned(), id);
                id
            }
        }
    }

    fn push(&mut self, shape: Shape) -> TypeId {
        self.types.push(shape);
        TypeId(self.types.len() - 1)
    }

    /// The same anonymous shape has the same id wherever it is written.
    fn anonymous(&mut self, text: &str, shape: Shape) -> TypeId {
        match self.ids.get(text) {
            Some(id) => *id,
            None => {
                let id = self.push(shape);
                self.ids.insert(text.to_owned(), id);
                id
            }
        }
    }

    fn finish(mut self) -> (Arc<[Shape]>, HashMap<String, TypeId>) {
        let object = self.named("Object");
        let object = self.types[object.0].clone();
        for id in self.ids.values() {
            if self.types[id.0] == Shape::Deduced {
                self.types[id.0] = object.clone();
            }
        }
        (self.types.into(), self.ids)
    }

    fn object(&mut self, fields: &str) -> Result<Shape, String> {
        let mut map = BTreeMap::new();
        for field in fields.split(',') {
            let field = field.trim();
            let (name, rest) = field.split_once(' ').ok_or_else(|| format!("field `{field}` has no shape"))?;
            let (name, absent) = match name.strip_suffix('!') {
                Some(name) => (name, Absent::Empty),
                None => (name, Absent::Missing),
            };
            let (shape, patch) = split_shape(rest.trim())?;
            let (value, list_keys) = self.shape(shape)?;
            let patch = match patch.trim() {
                "" => None,
                words => Some(patch_of(words, list_keys)?),
            };
            map.insert(name.to_owned(), Field { value, absent, patch });
        }
        Ok(Shape::Map(Map { fields: map, element: TypeId::DEDUCED, relation: Relation::Granular }))
    }

    /// The type that a shape describes, and the keys of its items if it is a keyed list.
    fn shape(&mut self, text: &str) -> Result<(TypeId, Vec<String>), String> {
        if let Some(inner) = text.strip_prefix('{') {
            let (inner, relation) = match (inner.strip_suffix("}="), inner.strip_suffix('}')) {
                (Some(inner), _) => (inner, Relation::Atomic),
                (None, Some(inner)) => (inner, Relation::Granular),
                (None, None) => return Err(format!("`{text}` does not end in `}}`")),
            };
            let element = self.element(inner)?;
            let map = Map { fields: BTreeMap::new(), element, relation };
            return Ok((self.anonymous(text, Shape::Map(map)), Vec::new()));
        }
        if text == "<>" {
            let set = List { kind: ListKind::Set, element: TypeId::DEDUCED };
            return Ok((self.anonymous(text, Shape::List(set)), Vec::new()));
        }
        let Some(inner) = text.strip_prefix('[') else {
            return Ok((self.named(text), Vec::new()));
        };
        let inner = inner.strip_suffix(']').ok_or_else(|| format!("`{text}` does not end in `]`"))?;
        let (element, keys) = inner.split_once(" by ").unwrap_or((inner, ""));
        let element = self.element(element)?;
        let keys: Vec<Key> = keys
            .split_whitespace()
            .map(|key| match key.split_once('=') {
                Some((name, default)) => Key { name: name.to_owned(), default: Some(Value::from(default)) },
                None => Key { name: key.to_owned(), default: None },
            })
            .collect();
        let names = keys.iter().map(|key| key.name.clone()).collect();
        let kind = if keys.is_empty() { ListKind::Atomic } else { ListKind::Keyed(keys) };
        Ok((self.anonymous(text, Shape::List(List { kind, element })), names))
    }

    fn element(&mut self, text: &str) -> Result<TypeId, String> {
        if text.is_empty() { Ok(TypeId::DEDUCED) } else { self.shape(text).map(|(id, _)| id) }
    }
}

/// Splits `[Item by name] merge name` after the shape.
fn split_shape(text: &str) -> Result<(&str, &str), String> {
    let mut depth = 0_usize;
    for (index, letter) in text.char_indices() {
        match letter {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.checked_sub(1).ok_or_else(|| format!("unbalanced `{text}`"))?,
            ' ' if depth == 0 => return Ok(text.split_at(index)),
            _ => {}
        }
    }
    if depth == 0 { Ok((text, "")) } else { Err(format!("unbalanced `{text}`")) }
}

fn patch_of(words: &str, list_keys: Vec<String>) -> Result<Patch, String> {
    let (strategies, merge_key) = match words.split_once(' ') {
        Some((strategies, key)) => (strategies, Some(key.to_owned())),
        None => (words, None),
    };
    let mut patch = Patch { strategy: Strategy::Default, merge_key, list_keys, retain_keys: RetainKeys::Unlisted };
    for strategy in strategies.split('+') {
        match strategy {
            "merge" => patch.strategy = Strategy::Merge,
            "replace" => patch.strategy = Strategy::Replace,
            "retain" => patch.retain_keys = RetainKeys::Listed,
            other => return Err(format!("unknown patch strategy `{other}`")),
        }
    }
    Ok(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn problem(text: &str) -> String {
        Table::parse(text).expect_err("a problem").to_string()
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        assert_eq!(problem("kinds v1: A\nA: a"), "line 2: field `a` has no shape");
        assert_eq!(problem("\nA"), "line 2: expected `Type: fields`");
        assert_eq!(problem("A: a [B by c"), "line 1: unbalanced `[B by c`");
        assert_eq!(problem("A: a {} mix"), "line 1: unknown patch strategy `mix`");
        assert_eq!(problem("A: a {}]"), "line 1: unbalanced `{}]`");
    }

    #[test]
    fn types_may_be_recursive_and_lines_continue() {
        let table =
            Table::parse("kinds g/v1: Tree\nTree: children\n  {Tree}, tags <> merge\nObject: a {}").expect("a table");
        let tree = table.get(&GroupVersionKind::from_api_version("g/v1", "Tree")).expect("the kind");
        let grandchild = tree.root().field("children").field("any").field("children").field("other");
        assert!(matches!(grandchild.shape(), Shape::Map(map) if map.fields.len() == 2));
        let (tags, _) = grandchild.declared("tags").expect("declared");
        assert_eq!(tags.patch.as_ref().map(|patch| patch.strategy), Some(Strategy::Merge));
    }
}
