//! Go's regular expressions as the `regex` crate reads them.

/// The pattern with what means something else here written so that it means the same: `\d`, `\w`, `\s` and `\b` are
/// ASCII in Go, `{` may stand for itself, and brackets have no operations.
pub(crate) fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        match character {
            '\\' => rest = escape(&mut out, after, Inside::Pattern)?,
            '[' => rest = class(&mut out, rest)?,
            '{' if repetition(rest).is_none() => {
                out.push_str("\\{");
                rest = after;
            }
            character => {
                out.push(character);
                rest = after;
            }
        }
    }
    Ok(out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Pattern,
    Class,
}

/// `{2}`, `{2,}` or `{2,3}`.
fn repetition(text: &str) -> Option<()> {
    let (inner, _) = text.strip_prefix('{')?.split_once('}')?;
    let (low, high) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!low.is_empty() && digits(low) && digits(high)).then_some(())
}

/// What follows a backslash; returns what comes after it.
fn escape<'p>(out: &mut String, rest: &'p str, inside: Inside) -> Result<&'p str, String> {
    let Some(character) = rest.chars().next() else {
        return Err("error parsing regexp: trailing backslash at end of expression: ``".to_owned());
    };
    let after = &rest[character.len_utf8()..];
    let shown = match (character, inside) {
        ('d', Inside::Pattern) => "[0-9]",
        ('D', Inside::Pattern) => "[^0-9]",
        ('w', Inside::Pattern) => "[0-9A-Za-z_]",
        ('W', Inside::Pattern) => "[^0-9A-Za-z_]",
        ('s', Inside::Pattern) => "[\\t\\n\\x0C\\r ]",
        ('S', Inside::Pattern) => "[^\\t\\n\\x0C\\r ]",
        ('d', Inside::Class) => "0-9",
        ('D', Inside::Class) => "[^0-9]",
        ('w', Inside::Class) => "0-9A-Za-z_",
        ('W', Inside::Class) => "[^0-9A-Za-z_]",
        ('s', Inside::Class) => "\\t\\n\\x0C\\r\\x20",
        ('S', Inside::Class) => "[^\\t\\n\\x0C\\r ]",
        ('b', Inside::Pattern) => "(?-u:\\b)",
        ('B', Inside::Pattern) => "(?-u:\\B)",
        ('C', Inside::Pattern) => "(?s:.)",
        ('Q', Inside::Pattern) => {
            let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
            out.push_str(&regex::escape(literal));
            return Ok(after);
        }
        ('x' | 'p' | 'P', _) => {
            // What is in braces is a name or a number.
            let braced = after.strip_prefix('{').and_then(|inner| inner.find('}')).map_or(0, |end| end + 2);
            out.push('\\');
            out.push(character);
            out.push_str(&after[..braced]);
            return Ok(&after[braced..]);
        }
        ('A' | 'z', Inside::Pattern) | ('a' | 'f' | 'n' | 'r' | 't' | 'v', _) => {
            out.push('\\');
            out.push(character);
            return Ok(after);
        }
        ('0'..='7', _) => {
            let length = after.bytes().take(2).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            // A digit other than zero needs others to be octal.
            if character != '0' && length == 0 {
                return Err(format!("error parsing regexp: invalid escape sequence: `\\{character}`"));
            }
            let code = u32::from_str_radix(&rest[..=length], 8).unwrap_or_default();
            out.push_str(&format!("\\x{{{code:x}}}"));
            return Ok(&after[length..]);
        }
        (character, _) if !character.is_alphanumeric() => {
            out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
            return Ok(after);
        }
        (character, _) => {
            return Err(format!("error parsing regexp: invalid escape sequence: `\\{character}`"));
        }
    };
    out.push_str(shown);
    Ok(after)
}

/// A bracket expression; returns what comes after it.
fn class<'p>(out: &mut String, text: &'p str) -> Result<&'p str, String> {
    out.push('[');
    let mut rest = &text[1..];
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut first = true;
    loop {
        let Some(character) = rest.chars().next() else {
            return Err(format!("error parsing regexp: missing closing ]: `{text}`"));
        };
        let after = &rest[character.len_utf8()..];
        match character {
            ']' if !first => {
                out.push(']');
                return Ok(after);
            }
            '\\' => rest = escape(out, after, Inside::Class)?,
            '[' if after.starts_with(':') && after.contains(":]") => {
                // A named class such as `[:alpha:]`, ended by what was just looked for.
                let length = after.find(":]").map_or(0, |end| end + 2);
                out.push('[');
                out.push_str(&after[..length]);
                rest = &after[length..];
            }
            '[' | ']' | '&' | '~' => {
                out.push('\\');
                out.push(character);
                rest = after;
            }
            '-' if first || after.starts_with(']') => {
                out.push_str("\\-");
                rest = after;
            }
            character => {
                out.push(character);
                rest = after;
            }
        }
        first = false;
    }
}

/// Go's `regexp.QuoteMeta`.
pub(super) fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\.+*?()|[]{}^$".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// What is wrong with a pattern, in Go's words where there are some.
pub(super) fn problem(pattern: &str, error: &regex::Error) -> String {
    let text = error.to_string();
    let reason = text.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("expression too large");
    let (reason, shown) = match reason {
        "unclosed group" => ("missing closing )", pattern),
        "unopened group" => ("unexpected )", pattern),
        "repetition operator missing expression" => {
            let operator = pattern.find(['*', '+', '?']).map_or(pattern, |at| &pattern[at..=at]);
            ("missing argument to repetition operator", operator)
        }
        reason => (reason, pattern),
    };
    format!("error parsing regexp: {reason}: `{shown}`")
}
