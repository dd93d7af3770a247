//! JSON documents, in the order of their members.

use super::{Format, Node, SopsError};

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Node, SopsError> {
    // The error of serde_json tells a place and what was expected, and no value.
    serde_json::from_str(text)
        .map_err(|error| SopsError::Unreadable { format: Format::Json, why: format!("line {}", error.line()) })
}

/// Writes a document as SOPS does: with tabs, and with Go's escapes.
pub(super) fn write(tree: &Node) -> Result<String, SopsError> {
    let mut out = String::new();
    value(tree, 0, &mut out)?;
    out.push('\n');
    Ok(out)
}

fn value(node: &Node, depth: usize, out: &mut String) -> Result<(), SopsError> {
    match node {
        // Comments are left out of lists, and stand nowhere else.
        Node::Null | Node::Comment(_) => out.push_str("null"),
        Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Node::Int(number) => out.push_str(&number.to_string()),
        Node::Float(number) => {
            if !number.is_finite() {
                return Err(SopsError::Output { format: Format::Json, why: "a number is not one that JSON has" });
            }
            out.push_str(&float(*number));
        }
        Node::Text(text) => string(text, out),
        Node::Bytes(bytes) => string(&String::from_utf8_lossy(bytes), out),
        Node::List(items) => {
            let items: Vec<&Node> = items.iter().filter(|item| !matches!(item, Node::Comment(_))).collect();
            let each = |item: &&Node, out: &mut String| value(item, depth + 1, out);
            block(('[', ']'), &items, depth, out, each)?;
        }
        Node::Map(members) => {
            block(('{', '}'), members, depth, out, |(key, member), out| {
                string(key, out);
                out.push_str(": ");
                value(member, depth + 1, out)
            })?;
        }
    }
    Ok(())
}

fn block<T>(
    (open, close): (char, char),
    items: &[T],
    depth: usize,
    out: &mut String,
    each: impl Fn(&T, &mut String) -> Result<(), SopsError>,
) -> Result<(), SopsError> {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"\t".repeat(depth + 1));
        each(item, out)?;
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&"\t".repeat(depth));
    }
    out.push(close);
    Ok(())
}

/// A number as Go writes it: with an exponent only if it would be long otherwise.
fn float(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return number.to_string();
    }
    let written = format!("{number:e}");
    match written.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => written,
    }
}

/// Go escapes what could end a script, too.
fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
