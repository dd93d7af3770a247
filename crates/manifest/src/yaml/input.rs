//! From bytes to text: size, encoding and characters are settled here, so that the scanner only meets valid text.

use std::sync::Arc;

use super::Limits;
use crate::{Diagnostic, Location};

/// The text of a file. It always ends with a line break, which the scanner needs.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) text: String,
    /// How the file ends.
    pub(super) ending: Ending,
}

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a line break.
    LineBreak,
    /// Without one in line `line` (from 0): the line break at the end of the text was added.
    Text {
        /// The last line.
        line: usize,
        /// Whether it holds nothing but spaces.
        blank: bool,
    },
}

/// The text of a file, decoded as libyaml decodes it: UTF-8, or UTF-16 if it starts with a byte order mark.
///
/// # Errors
///
/// The file is too large, not text in its encoding, or holds a character that YAML does not allow.
pub(super) fn decode(bytes: &[u8], file: &Arc<str>, limits: &Limits) -> Result<Input, Diagnostic> {
    if bytes.len() > limits.max_bytes {
        let message = format!("the file has {} bytes; YAML of more than {} is not read", bytes.len(), limits.max_bytes);
        return Err(Diagnostic::error(message)
            .at(Location::file(file.clone()))
            .with_hint("Split the file, or leave it out of `resources` if it is no manifest."));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes, file)?,
        [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes, file)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => decode_utf8(rest, file)?,
        _ => decode_utf8(bytes, file)?,
    };
    match text.char_indices().find(|&(_, character)| !is_allowed(character)) {
        None => Ok(complete(text)),
        Some((offset, character)) => Err(Diagnostic::error(format!(
            "the control character U+{:04X} is not allowed in YAML",
            u32::from(character)
        ))
        .at(location_at(&text[..offset], file))
        .with_hint("Remove it, or write it as an escape inside double quotes, such as \"\\e\" or \"\\u0007\".")),
    }
}

fn complete(mut text: String) -> Input {
    let ending = match text.rsplit('\n').next() {
        None | Some("") => Ending::LineBreak,
        Some(last) => Ending::Text { line: text.matches('\n').count(), blank: last.trim().is_empty() },
    };
    if ending != Ending::LineBreak {
        text.push('\n');
    }
    Input { text, ending }
}

fn decode_utf8(bytes: &[u8], file: &Arc<str>) -> Result<String, Diagnostic> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error,
    };
    let (valid, rest) = bytes.split_at(error.valid_up_to());
    let before = String::from_utf8_lossy(valid);
    let byte = rest.first().copied().unwrap_or_default();
    Err(Diagnostic::error(format!("the file is not UTF-8 text: the byte 0x{byte:02X} starts no character"))
        .at(location_at(&before, file))
        .with_hint("Save the file as UTF-8; if it is binary data, put it into `binaryData` or a generator's `files`."))
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, file: &Arc<str>) -> Result<String, Diagnostic> {
    let pairs = bytes.chunks_exact(2);
    let whole = pairs.remainder().is_empty();
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]]))) {
        match decoded {
            Ok(character) => text.push(character),
            Err(_) => return Err(broken_utf16(&text, file)),
        }
    }
    if whole { Ok(text) } else { Err(broken_utf16(&text, file)) }
}

fn broken_utf16(before: &str, file: &Arc<str>) -> Diagnostic {
    Diagnostic::error("the file starts with a UTF-16 byte order mark but is not UTF-16 text")
        .at(location_at(before, file))
        .with_hint("Save the file as UTF-8.")
}

/// YAML's printable characters, tab and line breaks.
fn is_allowed(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | '\u{85}' | '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}'
    )
}

/// The place after `before`.
fn location_at(before: &str, file: &Arc<str>) -> Location {
    let line = before.matches('\n').count() + 1;
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    Location { file: file.clone(), line: saturate(line), column: saturate(last_line.chars().count() + 1) }
}

fn saturate(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
