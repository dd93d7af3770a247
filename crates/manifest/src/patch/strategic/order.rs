//! The order of a merged list: what the patch says first, then what the live list says.

use serde_json::Value;

/// How items of a list are told apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Identity<'a> {
    /// By this field of theirs.
    Key(&'a str),
    /// By their value.
    Itself,
}

impl Identity<'_> {
    /// What identifies `item`; null where its key is missing.
    pub(super) fn of<'v>(&self, item: &'v Value) -> &'v Value {
        match self {
            Identity::Key(key) => item.get(key).unwrap_or(&Value::Null),
            Identity::Itself => item,
        }
    }

    /// Where `list` has the item that `item` is.
    pub(super) fn position(&self, list: &[Value], item: &Value) -> Option<usize> {
        list.iter().position(|other| self.of(other) == self.of(item))
    }
}

/// Puts `merged` in order: items named in `wanted` follow its order, the others that of the `live` list, and where
/// both meet an item stays before another if it stood before it in the live list (apimachinery's
/// `normalizeElementOrder`).
pub(super) fn ordered(merged: Vec<Value>, wanted: &[Value], live: &[Value], identity: Identity<'_>) -> Vec<Value> {
    let (mut patched, mut others): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| identity.position(wanted, item).is_some());
    patched.sort_by_key(|item| identity.position(wanted, item).unwrap_or(usize::MAX));
    others.sort_by_key(|item| identity.position(live, item).unwrap_or(usize::MAX));

    let mut result = Vec::with_capacity(patched.len() + others.len());
    let mut patched = patched.into_iter().peekable();
    let mut others = others.into_iter().peekable();
    while let (Some(left), Some(right)) = (others.peek(), patched.peek()) {
        let stays_before = match (identity.position(live, left), identity.position(live, right)) {
            (Some(left), Some(right)) => left < right,
            (None, _) | (_, None) => false,
        };
        result.extend(if stays_before { others.next() } else { patched.next() });
    }
    result.extend(others);
    result.extend(patched);
    result
}
