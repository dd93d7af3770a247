//! `snakecase` and `kebabcase`: a name cut into words.

use super::cases::{is_connector, lower};

/// What a word consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

/// The words of a name in lower case, with a connector between them.
pub(super) fn joined(whole: &str, connector: char) -> String {
    let mut out = String::new();
    let (mut kind, mut word, mut rest) = next_word(whole);
    while !rest.is_empty() {
        if kind != Kind::Connector {
            put(&mut out, kind, word, connector);
        }
        let (previous, last) = (kind, word);
        (kind, word, rest) = next_word(rest);
        match previous {
            Kind::Number => {
                while matches!(kind, Kind::Letters | Kind::Number) {
                    put(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Kind::Nothing | Kind::Punctuation | Kind::Connector) {
                    out.push(connector);
                }
            }
            Kind::Connector => put(&mut out, previous, last, connector),
            Kind::Punctuation => {}
            Kind::Nothing | Kind::Upper | Kind::Letters | Kind::Other => {
                if kind != Kind::Number {
                    if !matches!(kind, Kind::Connector | Kind::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                if rest.is_empty() {
                    continue;
                }
                let number = word;
                (kind, word, rest) = next_word(rest);
                // A number belongs to the word in front of it, unless small letters follow: `bld4_floor`, `http_2xx`.
                if kind != Kind::Letters {
                    put(&mut out, Kind::Number, number, connector);
                    if !matches!(kind, Kind::Connector | Kind::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                put(&mut out, Kind::Number, number, connector);
                while matches!(kind, Kind::Letters | Kind::Number) {
                    put(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Kind::Nothing | Kind::Connector | Kind::Punctuation) {
                    out.push(connector);
                }
            }
        }
    }
    put(&mut out, kind, word, connector);
    out
}

fn put(out: &mut String, kind: Kind, word: &str, connector: char) {
    if !matches!(kind, Kind::Upper | Kind::Connector) {
        out.push_str(word);
        return;
    }
    out.extend(word.chars().map(|character| if is_connector(character) { connector } else { lower(character) }));
}

fn is_punctuation(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_punctuation()
            && !matches!(character, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~');
    }
    matches!(character, '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}')
}

fn kind_of(character: char) -> Kind {
    if is_connector(character) {
        Kind::Connector
    } else if is_punctuation(character) {
        Kind::Punctuation
    } else if character.is_uppercase() {
        Kind::Upper
    } else if character.is_alphabetic() {
        Kind::Letters
    } else if character.is_numeric() {
        Kind::Number
    } else {
        Kind::Other
    }
}

fn next_word(whole: &str) -> (Kind, &str, &str) {
    let mut characters = whole.char_indices().map(|(index, character)| (index, kind_of(character))).peekable();
    let Some((_, kind)) = characters.next() else { return (Kind::Nothing, "", "") };
    let mut end = whole.len();
    if kind == Kind::Upper {
        match characters.next() {
            // `HTTPStatus`: the last capital starts the next word.
            Some((second, Kind::Upper)) => {
                let mut last_capital = second;
                for (index, kind) in characters {
                    if kind != Kind::Upper {
                        end = if kind == Kind::Letters { last_capital } else { index };
                        break;
                    }
                    last_capital = index;
                }
            }
            Some((_, Kind::Letters)) => {
                end = characters.find(|(_, kind)| *kind != Kind::Letters).map_or(end, |(index, _)| index);
            }
            Some((second, _)) => end = second,
            None => {}
        }
    } else {
        end = characters.find(|(_, next)| *next != kind).map_or(end, |(index, _)| index);
    }
    let (word, rest) = whole.split_at(end);
    (kind, word, rest)
}
