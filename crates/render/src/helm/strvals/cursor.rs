//! An expression, read from left to right.

/// Whether a backslash takes the next character as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    Backslash,
    None,
}

/// Where reading stands.
pub(super) struct Cursor<'a> {
    rest: &'a str,
    length: usize,
    mark: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { rest: text, length: text.len(), mark: 0 }
    }

    /// Where the part that was read last starts, in bytes.
    pub(super) fn mark(&self) -> usize {
        self.mark
    }

    /// What is left, marked as the part that is read now.
    pub(super) fn rest(&mut self) -> &'a str {
        self.mark = self.length - self.rest.len();
        self.rest
    }

    /// Passes over bytes; not beyond the end.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// The next character.
    pub(super) fn take(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    /// Passes over a character if it is the next one.
    pub(super) fn take_if(&mut self, wanted: char) -> Option<char> {
        self.rest = self.rest.strip_prefix(wanted)?;
        Some(wanted)
    }

    /// The text before the first of some characters, and that character; it is passed over. `None` at the end.
    pub(super) fn until(&mut self, stops: &[char], escapes: Escapes) -> (String, Option<char>) {
        self.mark = self.length - self.rest.len();
        let mut text = String::new();
        while let Some(character) = self.take() {
            if stops.contains(&character) {
                return (text, Some(character));
            }
            if character != '\\' || escapes == Escapes::None {
                text.push(character);
            } else if let Some(escaped) = self.take() {
                text.push(escaped);
            }
        }
        (text, None)
    }

    /// Passes over blanks and one comma. Whether nothing else came before that comma or the end.
    pub(super) fn take_nothing(&mut self) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.is_empty() || self.take_if(',').is_some()
    }
}
