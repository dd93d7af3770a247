//! JSON pointers (RFC 6901).

use std::fmt;

/// A path from the root of a document: the decoded keys, outermost first; none for the root itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// Reads `/spec/a~1b/0`; `None` unless it is empty or starts with `/`.
    pub fn parse(text: &str) -> Option<Pointer> {
        if text.is_empty() {
            return Some(Pointer(Vec::new()));
        }
        let keys = text.strip_prefix('/')?;
        Some(Pointer(keys.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect()))
    }

    pub(super) fn split_last(&self) -> Option<(&[String], &str)> {
        self.0.split_last().map(|(last, parent)| (parent, last.as_str()))
    }

    /// Whether it leads to something inside the value at `other`.
    pub(super) fn is_below(&self, other: &Pointer) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }
}

/// Written as it is read, escapes included.
impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(&self.0))
    }
}

/// The text of a pointer with these keys.
pub(super) fn join(keys: &[String]) -> String {
    keys.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}
