//! Go's `strconv.Quote` and `Unquote`.

use std::fmt::Write as _;

/// Whether Go's `%q` and `strconv.IsPrint` show the character as it is.
pub(crate) fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    // Assigned and visible; of all spaces only U+0020 is printable.
    !character.is_control() && !character.is_whitespace() && !is_invisible(character)
}

/// Format characters, unassigned and private ones outside of what is printable.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..)
}

/// Whether the character is a decimal digit of any script.
pub(crate) fn is_decimal_digit(character: char) -> bool {
    // `is_numeric` also has fractions and letters like Roman numerals, which hardly occur in names.
    character.is_numeric()
}

/// `U+0023 '#'`, as `%#U` prints a character.
pub(crate) fn unicode(character: char) -> String {
    let code = u32::from(character);
    if is_printable(character) { format!("U+{code:04X} '{character}'") } else { format!("U+{code:04X}") }
}

/// What of a text is escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// What is not printable.
    Unicode,
    /// Everything outside of ASCII too.
    Ascii,
}

/// The text in double quotes, with Go's escapes.
pub(crate) fn quoted(text: &[u8]) -> String {
    quote_with(text, '"', Charset::Unicode)
}

/// The text in quotes of a kind.
pub(crate) fn quote_with(text: &[u8], quote: char, charset: Charset) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            escape(&mut out, character, quote, charset);
        }
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push(quote);
    out
}

fn escape(out: &mut String, character: char, quote: char, charset: Charset) {
    if character == quote || character == '\\' {
        out.push('\\');
        out.push(character);
        return;
    }
    let shown = is_printable(character) && (charset == Charset::Unicode || character.is_ascii());
    if shown {
        out.push(character);
        return;
    }
    let short = match character {
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        _ => "",
    };
    let code = u32::from(character);
    // Writing to a string does not fail.
    let _ = match code {
        _ if !short.is_empty() => write!(out, "{short}"),
        0..=0x1f | 0x7f => write!(out, "\\x{code:02x}"),
        0x80..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Whether `text` can stand in backquotes: no control characters but tabs, no backquote.
pub(crate) fn can_be_raw(text: &[u8]) -> bool {
    std::str::from_utf8(text)
        .is_ok_and(|text| text.chars().all(|c| (c == '\t' || !c.is_ascii_control()) && c != '`' && c != '\u{feff}'))
}

/// What a quoted or backquoted literal means; `None` if it is malformed.
pub(crate) fn unquoted(literal: &str) -> Option<Vec<u8>> {
    if let Some(raw) = literal.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.replace('\r', "").into_bytes());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let byte_escape = matches!(rest.as_bytes(), [b'\\', b'x' | b'0'..=b'7', ..]);
        let (code, after) = unquote_character(rest, '"')?;
        match u8::try_from(code) {
            // `\xff` is a byte, not a character.
            Ok(byte) if byte_escape => out.push(byte),
            _ => out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after;
    }
    Some(out)
}

/// The first character of the inside of a literal, and what follows it.
pub(crate) fn unquote_character(text: &str, quote: char) -> Option<(u32, &str)> {
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    if first == quote || first == '\n' {
        return None;
    }
    if first != '\\' {
        return Some((u32::from(first), rest));
    }
    let kind = rest.chars().next()?;
    let rest = &rest[kind.len_utf8()..];
    let simple = |character: char| Some((u32::from(character), rest));
    match kind {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '\\' => simple('\\'),
        '\'' | '"' if kind == quote => simple(kind),
        'x' | 'u' | 'U' => {
            let length = match kind {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let digits = rest.get(..length)?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            let code = u32::from_str_radix(digits, 16).ok()?;
            (kind == 'x' || char::from_u32(code).is_some()).then_some((code, &rest[length..]))
        }
        '0'..='7' => {
            let digits = text.get(1..4)?;
            let code = u32::from_str_radix(digits, 8).ok()?;
            (code <= 255 && !digits.starts_with('+')).then_some((code, &text[4..]))
        }
        _ => None,
    }
}
