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

/// Whether a list or map is there, if only an empty one.
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
    entries: Rc<RefCell<BTreeMap<Text, Value>>>,
    /// None for a `map[string]interface {}`, which most are.
    shape: Option<Rc<Shape>>,
}

/// What else than a `map[string]interface {}` a map is.
struct Shape {
    element: Type,
    named: Option<Rc<dyn Named>>,
    presence: Presence,
}

impl Default for Map {
    fn default() -> Map {
        Map::new(BTreeMap::new())
    }
}

impl Map {
    /// A `map[string]interface {}`.
    pub fn new(entries: BTreeMap<Text, Value>) -> Map {
        Map { entries: Rc::new(RefCell::new(entries)), shape: None }
    }

    /// A map to a type.
    pub fn of(element: Type, entries: BTreeMap<Text, Value>) -> Map {
        Map::shaped(entries, Shape { element, named: None, presence: Presence::There })
    }

    /// The `nil` of a type of maps: an empty map, but `null` in JSON.
    pub fn nil(element: Type) -> Map {
        Map::shaped(BTreeMap::new(), Shape { element, named: None, presence: Presence::Nil })
    }

    /// A map of a named type with methods.
    pub fn named_of(named: Rc<dyn Named>, element: Type, entries: BTreeMap<Text, Value>) -> Map {
        Map::shaped(entries, Shape { element, named: Some(named), presence: Presence::There })
    }

    fn shaped(entries: BTreeMap<Text, Value>, shape: Shape) -> Map {
        Map { entries: Rc::new(RefCell::new(entries)), shape: Some(Rc::new(shape)) }
    }

    /// The same map, seen as a named type: what is set in one is set in the other.
    #[must_use]
    pub fn seen_as(&self, named: Rc<dyn Named>) -> Map {
        let shape = Shape { element: self.element(), named: Some(named), presence: Presence::There };
        Map { entries: self.entries.clone(), shape: Some(Rc::new(shape)) }
    }

    /// The same map without its type's name.
    #[must_use]
    pub fn unnamed(&self) -> Map {
        match self.element() {
            Type::Any => Map { entries: self.entries.clone(), shape: None },
            element => {
                let shape = Shape { element, named: None, presence: Presence::There };
                Map { entries: self.entries.clone(), shape: Some(Rc::new(shape)) }
            }
        }
    }

    /// What the map's values are.
    pub fn element(&self) -> Type {
        self.shape.as_ref().map_or(Type::Any, |shape| shape.element)
    }

    /// Whether this is the `nil` of its type.
    pub fn is_nil(&self) -> bool {
        self.shape.as_ref().is_some_and(|shape| shape.presence == Presence::Nil) && self.is_empty()
    }

    pub(crate) fn named(&self) -> Option<&Rc<dyn Named>> {
        self.shape.as_ref()?.named.as_ref()
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow().get(key).cloned()
    }

    /// Whether the key exists.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.entries.borrow().contains_key(key)
    }

    /// Sets a key, for everyone who holds the map.
    pub fn insert(&self, key: impl Into<Text>, value: Value) {
        let replaced = self.entries.borrow_mut().insert(key.into(), value);
        // Dropped after the borrow ended: its end may reach this map again.
        drop(replaced);
    }

    /// Removes a key, for everyone who holds the map.
    pub fn remove(&self, key: &[u8]) {
        let removed = self.entries.borrow_mut().remove(key);
        drop(removed);
    }

    /// Removes all keys, for everyone who holds the map.
    pub fn clear(&self) {
        let removed = self.entries.take();
        drop(removed);
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// The keys and values as they are now, sorted by key.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        self.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The keys as they are now, sorted.
    pub fn keys(&self) -> Vec<Text> {
        self.entries.borrow().keys().cloned().collect()
    }

    /// Whether both are one map.
    pub fn is_same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
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
