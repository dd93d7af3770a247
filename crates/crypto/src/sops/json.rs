//! JSON documents, in the order of their members.

use manifest::go_json::{self, Escape, Layout, Style};
use serde::ser::{Error as _, Serialize, Serializer};

use super::{Format, Node, SopsError};

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Node, SopsError> {
    // The error of serde_json tells a place and what was expected, and no value.
    serde_json::from_str(text)
        .map_err(|error| SopsError::Unreadable { format: Format::Json, why: format!("line {}", error.line()) })
}

/// Writes a document as SOPS does: with tabs, and with Go's escapes. Comments are left out.
pub(super) fn write(tree: &Node) -> Result<String, SopsError> {
    const STYLE: Style = Style { escape: Escape::Html, layout: Layout::Indented("\t") };
    let written = go_json::write(tree, STYLE);
    let why = "a number is not one that JSON has";
    written.map(|text| text + "\n").map_err(|_| SopsError::Output { format: Format::Json, why })
}

impl Serialize for Node {
    /// Fails for numbers that are not finite alone.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Comments are left out of lists, and stand nowhere else.
            Node::Null | Node::Comment(_) => serializer.serialize_unit(),
            Node::Bool(value) => serializer.serialize_bool(*value),
            Node::Int(number) => serializer.serialize_i64(*number),
            Node::Float(number) if number.is_finite() => serializer.serialize_f64(*number),
            Node::Float(_) => Err(S::Error::custom("not a number")),
            Node::Text(text) => serializer.serialize_str(text),
            Node::Bytes(bytes) => serializer.serialize_str(&String::from_utf8_lossy(bytes)),
            Node::List(items) => serializer.collect_seq(items.iter().filter(|item| !matches!(item, Node::Comment(_)))),
            Node::Map(members) => serializer.collect_map(members.iter().map(|(key, member)| (key, member))),
        }
    }
}
