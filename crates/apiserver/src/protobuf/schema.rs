//! What stands behind the numbers: the messages of `messages.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name in JSON; none if the message's fields stand among the others.
    pub(super) name: Option<&'static str>,
    pub(super) kind: Kind,
    pub(super) shape: Shape,
}

/// What one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    Bool,
    Integer,
    Bytes,
    Time,
    Quantity,
    IntOrString,
    Duration,
    /// A JSON document.
    Raw,
    /// A message whose first field is a list of strings.
    Strings,
    /// A message, by its package and name.
    Message(&'static str, &'static str),
}

/// How many values there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    /// One that Go leaves out of JSON when it is empty, false or 0, although it is on the wire.
    OneUnlessZero,
    List,
    Map,
}

/// The fields of a message, by number.
pub(super) type Message = HashMap<u64, Field>;

/// The message of a package, such as `Container` of `core/v1`.
pub(super) fn message(package: &str, name: &str) -> Option<&'static Message> {
    MESSAGES.get(package)?.get(name)
}

static MESSAGES: LazyLock<HashMap<&str, HashMap<&str, Message>>> = LazyLock::new(|| {
    let mut messages: HashMap<&str, HashMap<&str, Message>> = HashMap::new();
    for line in include_str!("messages.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let Some((package, name)) = words.next().and_then(|name| name.rsplit_once('.')) else { continue };
        let fields = words.filter_map(|word| field(package, word)).collect();
        messages.entry(package).or_default().insert(name, fields);
    }
    messages
});

/// Reads `number=name:type`, as `messages.txt` explains.
fn field(package: &'static str, word: &'static str) -> Option<(u64, Field)> {
    let (number, rest) = word.split_once('=')?;
    let (name, text) = match rest.strip_prefix('^') {
        Some(text) => (None, text),
        None => rest.split_once(':').map(|(name, text)| (Some(name), text))?,
    };
    let (text, shape) = match text.split_at_checked(text.len().checked_sub(1)?)? {
        (text, "*") => (text, Shape::List),
        (text, "%") => (text, Shape::Map),
        (text, "?") => (text, Shape::OneUnlessZero),
        _ => (text, Shape::One),
    };
    let kind = match text {
        "s" => Kind::String,
        "b" => Kind::Bool,
        "i" => Kind::Integer,
        "y" => Kind::Bytes,
        "@s" => Kind::Strings,
        "Time" => Kind::Time,
        "Quantity" => Kind::Quantity,
        "IntOrString" => Kind::IntOrString,
        "Duration" => Kind::Duration,
        "Raw" => Kind::Raw,
        text => match text.rsplit_once('.')? {
            ("", name) => Kind::Message(package, name),
            (package, name) => Kind::Message(package, name),
        },
    };
    Some((number.parse().ok()?, Field { name, kind, shape }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_a_field_and_every_message_exists() {
        for line in include_str!("messages.txt").lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let (package, name) = words.next().and_then(|name| name.rsplit_once('.')).unwrap();
            let known = message(package, name).unwrap();
            assert_eq!(known.len(), words.clone().count(), "{line}");
            for word in words {
                let (number, field) = field(package, word).unwrap_or_else(|| panic!("{word} in {line}"));
                assert_eq!(known[&number], field);
                if let Kind::Message(package, name) = field.kind {
                    assert!(message(package, name).is_some(), "{word} in {line}");
                }
            }
        }
    }
}
