//! How a string is written: plain, quoted or as a block, by the rules of yaml.v2 and its emitter.

use super::resolve;

/// A way to write a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// Where a string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A key that stands on one line with its value.
    SimpleKey,
    /// Anything else.
    Value,
}

/// The style yaml.v2 chooses.
pub(super) fn choose(text: &str, role: Role) -> Style {
    let shape = Shape::of(text);
    // A key `<<` that is text would merge when it is read again; yaml.v2 forgets to quote it.
    let wanted = if text.contains('\n') {
        Style::Literal
    } else if resolve::is_string(text) && !is_base_60(text) && !(text == "<<" && role == Role::SimpleKey) {
        Style::Plain
    } else {
        Style::DoubleQuoted
    };
    match wanted {
        Style::Literal if !shape.block_allowed || role == Role::SimpleKey => Style::DoubleQuoted,
        Style::Plain if shape.plain_allowed => Style::Plain,
        Style::Plain if shape.single_quoted_allowed => Style::SingleQuoted,
        Style::Plain => Style::DoubleQuoted,
        wanted => wanted,
    }
}

/// Which styles can hold a text.
struct Shape {
    plain_allowed: bool,
    single_quoted_allowed: bool,
    block_allowed: bool,
}

impl Shape {
    fn of(text: &str) -> Shape {
        let special = text.chars().any(|character| character != '\n' && !is_printable(character));
        // A space before a line break would be lost, in every style but one; so would one after, in folded ones.
        let space_break = text.contains(" \n");
        let edges_blank = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        Shape {
            plain_allowed: !special && !edges_blank && !text.contains('\n') && !has_indicators(text),
            single_quoted_allowed: !special && !space_break && !text.contains("\n "),
            block_allowed: !special && !space_break && !text.ends_with(' ') && !text.is_empty(),
        }
    }
}

/// Whether plain text would be taken for something else than text in a block context.
fn has_indicators(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut previous_blank = true;
    let mut characters = text.chars().peekable();
    let mut first = true;
    while let Some(character) = characters.next() {
        let blank_follows = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t' | '\n'));
        let indicates = match character {
            '#' => previous_blank,
            ':' => blank_follows,
            '?' | '-' => first && blank_follows,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
            _ => false,
        };
        if indicates {
            return true;
        }
        previous_blank = matches!(character, ' ' | '\t' | '\n');
        first = false;
    }
    false
}

/// Whether yaml.v2 writes the character as it is. Line breaks other than `\n` are not, so that they survive reading.
pub(super) fn is_printable(character: char) -> bool {
    match character {
        '\u{20}'..='\u{7e}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' => false,
        '\u{a0}'..='\u{fffd}' => true,
        _ => false,
    }
}

/// Whether YAML 1.1 takes the text for a number of base 60, such as `12:30:45`; Go does not, but others do.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (sixties, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = sixties.split(':');
    let Some(first) = parts.next() else { return false };
    let rest: Vec<&str> = parts.collect();
    let is_digit_or_underscore = |character: char| character.is_ascii_digit() || character == '_';
    !rest.is_empty()
        && first.starts_with(|character: char| character.is_ascii_digit())
        && first.chars().all(is_digit_or_underscore)
        && rest.iter().all(|part| match part.as_bytes() {
            [digit] => digit.is_ascii_digit(),
            [b'0'..=b'5', digit] => digit.is_ascii_digit(),
            _ => false,
        })
        && fraction.chars().all(is_digit_or_underscore)
}
