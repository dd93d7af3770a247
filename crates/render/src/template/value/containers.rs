//! Lists and maps.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::{Named, Text, Type, Value};

/// A Go slice. Templates cannot change one in place.
#[derive(Clone)]
pub struct List {
    items: Rc<Vec<Value>>,
    element: Type,
    named: Option<Rc<dyn Named>>,
    presence: Presence,
}

/// Whether a list is there, if only an empty one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    There,
    Nil,
}

impl List {
    /// A `[]interface {}`.
    pub fn new(items: Vec<Value>) -> List {
        List::of(Type::Any, items)
    }

    /// A slice of a type.
    pub fn of(element: Type, items: Vec<Value>) -> List {
        List { items: Rc::new(items), element, named: None, presence: Presence::There }
    }

    /// The `nil` of a type of lists: an empty list, but `null` in JSON.
    pub fn nil(element: Type) -> List {
        List { presence: Presence::Nil, ..List::of(element, Vec::new()) }
    }

    /// Whether this is the `nil` of its type.
    pub fn is_nil(&self) -> bool {
        self.presence == Presence::Nil
    }

    /// The same list as a named type with methods.
    #[must_use]
    pub fn with_type(mut self, named: Rc<dyn Named>) -> List {
        self.named = Some(named);
        self
    }

    /// The items.
    pub fn items(&self) -> &[Value] {
        &self.items
    }

    /// The items, copied only where something else holds the list.
    pub(crate) fn into_items(self) -> Vec<Value> {
        Rc::unwrap_or_clone(self.items)
    }

    /// Whether both are one list.
    pub(crate) fn is_same(&self, other: &List) -> bool {
        Rc::ptr_eq(&self.items, &other.items)
    }

    /// What the list holds.
    pub fn element(&self) -> Type {
        self.element
    }

    pub(crate) fn named(&self) -> Option<&Rc<dyn Named>> {
        self.named.as_ref()
    }

    /// The part `start..end`, of the same type; `None` outside of the list.
    pub(crate) fn part(&self, start: usize, end: usize) -> Option<List> {
        let items = self.items.get(start..end)?.to_vec();
        Some(List { items: Rc::new(items), ..self.clone() })
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.items.iter()).finish()
    }
}

/// A Go map with string keys. Clones are the same map.
#[derive(Clone)]
pub struct Map {
    shared: Rc<Shared>,
}

struct Shared {
    entries: RefCell<BTreeMap<Text, Value>>,
    element: Type,
    named: Option<Rc<dyn Named>>,
}

impl Default for Map {
    fn default() -> Map {
        Map::new(BTreeMap::new())
    }
}

impl Map {
    /// A `map[string]interface {}`.
    pub fn new(entries: BTreeMap<Text, Value>) -> Map {
        Map::of(Type::Any, entries)
    }

    /// A map to a type.
    pub fn of(element: Type, entries: BTreeMap<Text, Value>) -> Map {
        Map { shared: Rc::new(Shared { entries: RefCell::new(entries), element, named: None }) }
    }

    /// A map of a named type with methods.
    pub fn named_of(named: Rc<dyn Named>, element: Type, entries: BTreeMap<Text, Value>) -> Map {
        Map { shared: Rc::new(Shared { entries: RefCell::new(entries), element, named: Some(named) }) }
    }

    /// What the map's values are.
    pub fn element(&self) -> Type {
        self.shared.element
    }

    pub(crate) fn named(&self) -> Option<&Rc<dyn Named>> {
        self.shared.named.as_ref()
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.shared.entries.borrow().get(key).cloned()
    }

    /// Whether the key exists.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.shared.entries.borrow().contains_key(key)
    }

    /// Sets a key, for everyone who holds the map.
    pub fn insert(&self, key: impl Into<Text>, value: Value) {
        let replaced = self.shared.entries.borrow_mut().insert(key.into(), value);
        // Dropped after the borrow ended: its end may reach this map again.
        drop(replaced);
    }

    /// Removes a key, for everyone who holds the map.
    pub fn remove(&self, key: &[u8]) {
        let removed = self.shared.entries.borrow_mut().remove(key);
        drop(removed);
    }

    /// Removes all keys, for everyone who holds the map.
    pub fn clear(&self) {
        let removed = self.shared.entries.take();
        drop(removed);
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.shared.entries.borrow().len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.shared.entries.borrow().is_empty()
    }

    /// The keys and values as they are now, sorted by key.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        self.shared.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The keys as they are now, sorted.
    pub fn keys(&self) -> Vec<Text> {
        self.shared.entries.borrow().keys().cloned().collect()
    }

    /// Whether both are one map.
    pub fn is_same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.shared, &other.shared)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the values: a map may contain itself.
        f.debug_set().entries(self.keys()).finish()
    }
}

impl FromIterator<(Text, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(entries: I) -> Map {
        Map::new(entries.into_iter().collect())
    }
}
