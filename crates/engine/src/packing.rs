//! JSON values kept small.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use manifest::{GroupVersionKind, Packed, Packer, Value};

/// A JSON value that waits to be needed again.
#[derive(Debug, Clone)]
pub(crate) struct PackedValue(Packed);

impl PackedValue {
    /// The value.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.0.unpack()).unwrap_or_else(|_| unreachable!("it was printed from a JSON value"))
    }
}

/// Packs values, each against another one of its type. Clones share the samples.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packing(Arc<Mutex<BTreeMap<Option<GroupVersionKind>, Packer>>>);

impl Packing {
    /// Packs a value.
    pub(crate) fn pack(&self, value: &Value) -> PackedValue {
        let text = value.to_string();
        // A packer is whole between any two texts.
        let mut packers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        PackedValue(packers.entry(GroupVersionKind::of(value)).or_default().pack(text.as_bytes()))
    }
}
