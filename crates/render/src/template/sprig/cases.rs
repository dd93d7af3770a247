//! Upper and lower case, and the cases of names.

use super::words;
use crate::template::function::{Function, text};
use crate::template::value::Type;

const S: Type = Type::String;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("upper", &[S], |call, given| text(call, given.string(0).chars().map(upper).collect::<String>())),
    Function::new("lower", &[S], |call, given| text(call, given.string(0).chars().map(lower).collect::<String>())),
    Function::new("title", &[S], |call, given| text(call, title(&given.string(0)))),
    Function::new("untitle", &[S], |call, given| text(call, untitle(&given.string(0)))),
    Function::new("swapcase", &[S], |call, given| text(call, swap(&given.string(0)))),
    Function::new("initials", &[S], |call, given| text(call, initials(&given.string(0)))),
    Function::new("camelcase", &[S], |call, given| text(call, pascal(&given.string(0)))),
    Function::new("snakecase", &[S], |call, given| text(call, words::joined(&given.string(0), '_'))),
    Function::new("kebabcase", &[S], |call, given| text(call, words::joined(&given.string(0), '-'))),
];

pub(super) fn lower(character: char) -> char {
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

pub(super) fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

/// Go's `strings.Title`: letters after what is neither letter, digit, underscore nor apostrophe in a word.
fn title(whole: &str) -> String {
    let mut previous = ' ';
    whole
        .chars()
        .map(|character| {
            let starts = is_separator(previous);
            previous = character;
            if starts { upper(character) } else { character }
        })
        .collect()
}

fn is_separator(character: char) -> bool {
    if character.is_ascii() {
        return !(character.is_ascii_alphanumeric() || character == '_');
    }
    !character.is_alphanumeric() && character.is_whitespace()
}

/// The first letter of every word in lower case.
fn untitle(whole: &str) -> String {
    let mut starts = true;
    whole
        .chars()
        .map(|character| {
            if character.is_whitespace() {
                starts = true;
                return character;
            }
            if std::mem::take(&mut starts) { lower(character) } else { character }
        })
        .collect()
}

fn swap(whole: &str) -> String {
    let mut after_space = true;
    whole
        .chars()
        .map(|character| {
            if character.is_uppercase() {
                after_space = false;
                lower(character)
            } else if character.is_lowercase() {
                after_space = false;
                upper(character)
            } else {
                after_space = character.is_whitespace();
                character
            }
        })
        .collect()
}

/// The first byte of every word.
fn initials(whole: &str) -> String {
    let mut after_gap = true;
    let mut out = String::new();
    for byte in whole.bytes() {
        let character = char::from(byte);
        if character.is_whitespace() {
            after_gap = true;
        } else if std::mem::take(&mut after_gap) {
            out.push(character);
        }
    }
    out
}

pub(super) fn is_connector(character: char) -> bool {
    character == '-' || character == '_' || character.is_whitespace()
}

/// `some_words` as `SomeWords`; connectors in front stay.
fn pascal(whole: &str) -> String {
    let mut out = String::new();
    let mut characters = whole.chars();
    let mut current = None;
    for character in characters.by_ref() {
        if !is_connector(character) {
            current = Some(character);
            break;
        }
        out.push(character);
    }
    let Some(first) = current else {
        // Only connectors: the last one stands twice.
        if let Some(last) = whole.chars().last() {
            out.push(last);
        }
        return out;
    };
    let mut in_upper_word = first.is_uppercase();
    let mut previous = upper(first);
    for character in characters {
        let mut character = character;
        if is_connector(character) && is_connector(previous) {
            out.push(previous);
            previous = character;
            continue;
        }
        if is_connector(previous) {
            in_upper_word = character.is_uppercase();
            character = upper(character);
        } else {
            if in_upper_word {
                if character.is_uppercase() {
                    character = lower(character);
                } else {
                    in_upper_word = false;
                }
            }
            out.push(previous);
        }
        previous = character;
    }
    out.push(previous);
    out
}
