//! A document in the order and at the places in which it is written, for those who change it where it stands.

use std::sync::Arc;

use super::Limits;
use super::rewrite::tree::{self, Content, Id, Tree, Writing};

/// A place in a text: line and column, in characters, from 0.
pub type Place = (u64, u64);

/// A node of a document as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsWritten {
    /// A value.
    Scalar {
        /// Its text, without quotes.
        text: String,
        /// Whether it stands without quotes, so that it may be a number or a boolean.
        is_plain: bool,
        /// Where it starts.
        start: Place,
        /// Where it ends.
        end: Place,
    },
    /// A list.
    List {
        /// Its items.
        items: Vec<AsWritten>,
        /// Where the first one, or the bracket, starts.
        start: Place,
    },
    /// A mapping, in its order. Its keys are scalars, or else it would not be one.
    Map {
        /// The texts of its keys, where they start, and their values.
        members: Vec<(String, Place, AsWritten)>,
        /// Where the first key, or the brace, starts.
        start: Place,
    },
}

/// The only document of a text; none if it is broken, has several documents, anchors, tags, or keys that are no scalars.
pub fn as_written(text: &str) -> Option<AsWritten> {
    let file: Arc<str> = Arc::from("");
    let tree = tree::read(text, &file, &Limits::default())?;
    node(&tree, Tree::ROOT)
}

fn node(tree: &Tree, id: Id) -> Option<AsWritten> {
    let found = &tree.nodes[id];
    let start = found.start;
    Some(match &found.content {
        Content::Scalar { text, style } => {
            AsWritten::Scalar { text: text.clone(), is_plain: *style == Writing::Plain, start, end: found.end }
        }
        Content::Sequence { items, .. } => {
            AsWritten::List { items: items.iter().map(|item| node(tree, *item)).collect::<Option<_>>()?, start }
        }
        Content::Mapping { members, .. } => {
            let members = members.iter().map(|(key, value)| match node(tree, *key)? {
                AsWritten::Scalar { text, start, .. } => Some((text, start, node(tree, *value)?)),
                AsWritten::List { .. } | AsWritten::Map { .. } => None,
            });
            AsWritten::Map { members: members.collect::<Option<_>>()?, start }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_places_are_kept() {
        let AsWritten::Map { members, start } = as_written("# c\nb: 1\na:\n- \"x\"\n").unwrap() else { panic!() };
        assert_eq!(start, (1, 0));
        assert_eq!(members.iter().map(|(key, ..)| key.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        let scalar =
            |text: &str, is_plain, start, end| AsWritten::Scalar { text: text.to_owned(), is_plain, start, end };
        assert_eq!(members[0].2, scalar("1", true, (1, 3), (1, 4)));
        let AsWritten::List { items, .. } = &members[1].2 else { panic!() };
        assert_eq!(items[0], scalar("x", false, (3, 2), (3, 5)));
    }

    #[test]
    fn what_a_tree_does_not_tell_is_none() {
        for text in ["", "a: [", "a: 1\n---\nb: 1\n", "a: &x 1\n", "a: !x 1\n", "[a]: 1\n"] {
            assert_eq!(as_written(text), None, "{text:?}");
        }
    }
}
