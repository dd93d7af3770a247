//! Words of an expression.

use super::Problem;

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, keywords included; metrics may have colons.
    Name(String),
    /// A number.
    Number(String),
    /// A duration such as `1h30m`.
    Duration(String),
    /// The content of a quoted text, as it was written.
    Text(String),
    /// Brackets, commas and operators.
    Sign(&'static str),
}

/// Signs, the longer before those they begin with.
const SIGNS: [&str; 22] = [
    "=~", "!~", "!=", "==", ">=", "<=", "=", ">", "<", "+", "-", "*", "/", "%", "^", "(", ")", "{", "}", "[", "]", ",",
];

/// The words of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut rest = text;
    let mut found = Vec::new();
    let mut in_brackets = false;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(found) };
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' | '`' => {
                let length = text_length(rest, first)?;
                found.push(Token::Text(rest[1..length - 1].to_owned()));
                length
            }
            '0'..='9' | '.' => {
                let (token, length) = number(rest);
                found.push(token);
                length
            }
            '@' => {
                found.push(Token::Sign("@"));
                1
            }
            // Inside brackets a colon stands before the step of a subquery, elsewhere it belongs to a name.
            ':' if in_brackets => {
                found.push(Token::Sign(":"));
                1
            }
            _ if first.is_ascii_alphabetic() || first == '_' || first == ':' => {
                let length = rest.find(|letter| !is_name_part(letter)).unwrap_or(rest.len());
                found.push(Token::Name(rest[..length].to_owned()));
                length
            }
            _ => {
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign)).ok_or(Problem::Character(first))?;
                in_brackets = (in_brackets || *sign == *"[") && *sign != *"]";
                found.push(Token::Sign(sign));
                sign.len()
            }
        };
        rest = &rest[length..];
    }
}

fn is_name_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == ':'
}

/// The length of a quoted text with its quotes; a backslash takes the next character out of its meaning.
fn text_length(text: &str, quote: char) -> Result<usize, Problem> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            '\n' if quote != '`' => return Err(Problem::OpenText),
            _ if letter == quote => return Ok(at + 1),
            _ => {}
        }
    }
    Err(Problem::OpenText)
}

/// A number or a duration, and its length.
fn number(text: &str) -> (Token, usize) {
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let mut length = 0;
    let mut previous = ' ';
    for letter in text.chars() {
        let exponent_sign = matches!(letter, '+' | '-') && matches!(previous, 'e' | 'E') && !hexadecimal;
        if !(letter.is_ascii_alphanumeric() || letter == '.' || letter == '_' || exponent_sign) {
            break;
        }
        length += letter.len_utf8();
        previous = letter;
    }
    let word = &text[..length];
    let token = if is_duration(word) { Token::Duration(word.to_owned()) } else { Token::Number(word.to_owned()) };
    (token, length)
}

/// Whether a word is a duration: numbers, each with a unit, the units from the longest to the shortest.
pub(crate) fn is_duration(word: &str) -> bool {
    const UNITS: [&str; 7] = ["y", "w", "d", "h", "m", "s", "ms"];
    let mut rest = word;
    let mut next = 0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let unit_end =
            rest[digits..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
        let unit = UNITS.iter().position(|unit| *unit == &rest[digits..unit_end]);
        match unit {
            Some(unit) if digits > 0 && unit >= next => next = unit + 1,
            Some(_) | None => return false,
        }
        rest = &rest[unit_end..];
    }
    next > 0
}
