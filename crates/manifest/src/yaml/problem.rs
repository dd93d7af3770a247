//! What went wrong in a YAML text, said in the words of whoever wrote it.
//!
//! libyaml's messages tell what its grammar expected. Nearly always the cause is one of a few mistakes (a tab, a missing
//! quote, a line at the wrong depth), so each message is mapped to the likely one, at the place where it is made.

use std::sync::Arc;

use libyaml_safer::{Error, Mark};

use crate::{Diagnostic, Location};

/// A mark as line and column from 1, in a file where `first_line` lines precede the text.
pub(super) fn place(mark: Mark, first_line: usize) -> (u32, u32) {
    let saturate = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    (saturate(mark.line + first_line as u64 + 1), saturate(mark.column + 1))
}

/// A syntax error, as the parser reports it about `text`.
pub(super) fn syntax(error: &Error, text: &str, first_line: usize, file: &Arc<str>) -> Diagnostic {
    let at = error.problem_mark().unwrap_or_default();
    let began = error.context_mark().unwrap_or(at);
    let line = line_of(text, at);
    let (mark, message, hint) = explain(error, Sight { line, at, began, first_line });
    let (line, column) = place(mark, first_line);
    Diagnostic::error(message).at(Location { file: file.clone(), line, column }).with_hint(hint)
}

/// What an explanation may look at.
struct Sight<'a> {
    /// The line at which the parser stopped.
    line: &'a str,
    /// Where it stopped.
    at: Mark,
    /// Where the thing it was reading began.
    began: Mark,
    /// How many lines of the file come before the text.
    first_line: usize,
}

const QUOTE: &str = "Put the value in quotes.";
const INDENT: &str = "Indent the line like its neighbours, with spaces.";

fn explain(error: &Error, sight: Sight<'_>) -> (Mark, String, String) {
    let Sight { line, at, began, first_line } = sight;
    let (began_line, _) = place(began, first_line);
    let column = usize::try_from(at.column).unwrap_or(usize::MAX);
    let character = line.chars().nth(column);
    let (mark, message, hint) = match (error.problem(), error.context().unwrap_or_default()) {
        _ if indented_with_tab(line) => {
            let tab = line.chars().position(|character| character == '\t').unwrap_or(column);
            let mark = with_column(at, tab);
            (mark, "a tab is used for indentation, where YAML allows spaces only".into(), "Replace the tab by spaces.")
        }
        ("found a tab character that violates indentation", _) => {
            (at, "a tab is used for indentation, where YAML allows spaces only".into(), "Replace the tab by spaces.")
        }
        ("found a tab character where an indentation space is expected", _) => (
            at,
            "a tab is used for the indentation of a block of text".into(),
            "Indent the block with spaces; tabs may follow them.",
        ),
        ("found character that cannot start any token", _) => match character {
            Some('\t') => (at, "a tab stands where only spaces are allowed".into(), "Replace the tab by spaces."),
            Some(character) => (at, format!("a value cannot start with `{character}`"), QUOTE),
            None => (at, "a value cannot start here".into(), QUOTE),
        },
        ("mapping values are not allowed in this context", _) => (
            at,
            "a `:` that starts a value is not allowed here: either the line is indented too far, or a text that \
             contains `: ` is not quoted"
                .into(),
            "Put the text in quotes, or indent the line like its neighbours.",
        ),
        ("could not find expected ':'", _) => (
            began,
            "a key is expected here, but no `:` follows it".into(),
            "Write `key: value`; if the text belongs to the value before it, indent it further.",
        ),
        (
            "found unexpected end of stream" | "found unexpected document indicator",
            "while scanning a quoted scalar",
        ) => (began, "a quote is opened here and never closed".into(), "Close the quote."),
        ("found unknown escape character", _) => (
            at,
            "an unknown escape sequence stands inside double quotes".into(),
            "Double the backslash, or use single quotes, where a backslash has no meaning.",
        ),
        ("did not find expected hexdecimal number" | "found invalid Unicode character escape code", _) => (
            at,
            "an escape sequence inside double quotes names no character".into(),
            "Double the backslash, or use single quotes, where a backslash has no meaning.",
        ),
        ("did not find expected ',' or ']'", _) => flow(began, '[', ']', line),
        ("did not find expected ',' or '}'", _) => flow(began, '{', '}', line),
        ("did not find expected key", "while parsing a block mapping") if follows_text(line, column) => (
            at,
            "text follows a value that has already ended".into(),
            "Put the whole value in quotes, or write what follows on a line of its own.",
        ),
        ("did not find expected node content", "while parsing a flow node") => (
            at,
            "a value is expected here: a bracket before this place is probably not closed, or a comma is too much"
                .into(),
            "Close the bracket; put a text that starts with a bracket in quotes.",
        ),
        ("did not find expected node content", _) => (at, "a value is expected here".into(), QUOTE),
        ("did not find expected key", "while parsing a block mapping") => (
            at,
            format!(
                "this does not fit the mapping that starts at line {began_line}: it is probably indented differently"
            ),
            INDENT,
        ),
        ("did not find expected '-' indicator", _) => (
            at,
            format!("an item starting with `-` is expected in the list that starts at line {began_line}"),
            "Start the line with `- `, or indent it like the key it belongs to.",
        ),
        ("block sequence entries are not allowed in this context", _) => {
            (at, "a list item is not allowed here".into(), "Start the list on its own line, below its key.")
        }
        ("did not find expected alphabetic or numeric character", context) => {
            let (indicator, what) = if context.contains("alias") { ('*', "alias") } else { ('&', "anchor") };
            (began, format!("`{indicator}` starts an {what}, and no name follows it"), QUOTE)
        }
        ("found undefined tag handle", _) => (at, "a tag with an unknown prefix".into(), QUOTE),
        ("did not find expected whitespace or line break", "while scanning a tag") => (
            began,
            "a tag starts with `!` here, and something else than a space follows it".into(),
            "Put a space after the tag, or put the value in quotes if it should be text.",
        ),
        (problem, context) if context.contains("tag") => (began, format!("a broken tag: {problem}"), QUOTE),
        (problem, context) if context.contains("directive") => (
            began,
            format!("a broken directive: {problem}"),
            "Remove the line that starts with `%`, or put the text in quotes.",
        ),
        ("did not find expected <document start>", _) => (
            at,
            "something follows the end of the document".into(),
            "Start another document with `---`, or indent the line like its neighbours.",
        ),
        ("did not find expected comment or line break", _) => {
            (at, "text follows `|` or `>` on the same line".into(), "Start the text on the next line, indented.")
        }
        (problem, "") => (at, format!("broken YAML: {problem}"), INDENT),
        (problem, context) => (at, format!("broken YAML: {problem} {context}"), INDENT),
    };
    let hint = if looks_like_template(line) { TEMPLATE.to_owned() } else { hint.to_owned() };
    (mark, message, hint)
}

const TEMPLATE: &str = "The line looks like a template: render it first, or put it in quotes.";

fn looks_like_template(line: &str) -> bool {
    line.contains("{{") || line.contains("{%")
}

fn flow(began: Mark, open: char, close: char, line: &str) -> (Mark, String, &'static str) {
    let message = if looks_like_template(line) {
        format!("`{open}` starts a collection here, and it does not go on like one")
    } else {
        format!("`{open}` is opened here and not closed by `{close}`, or a comma is missing between its items")
    };
    (began, message, "Close the bracket; put a text that starts with a bracket in quotes.")
}

/// Whether something else than indentation stands before `column`.
fn follows_text(line: &str, column: usize) -> bool {
    line.chars().take(column).any(|character| character != ' ')
}

/// Whether spaces are followed or replaced by a tab before the first other character.
fn indented_with_tab(line: &str) -> bool {
    let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
    line[..indentation].contains('\t') && indentation < line.len()
}

fn with_column(mut mark: Mark, column: usize) -> Mark {
    mark.column = column as u64;
    mark
}

fn line_of(text: &str, mark: Mark) -> &str {
    usize::try_from(mark.line).ok().and_then(|number| text.lines().nth(number)).unwrap_or_default()
}

/// The scanner gave up somewhere after `location`.
pub(super) fn unreadable(location: Location) -> Diagnostic {
    Diagnostic::error("broken YAML after this place: probably a `!tag` that is directly followed by a comma")
        .at(location)
        .with_hint("Put a space between them, or put the value in quotes.")
}

/// `*anchor` stands for nothing.
pub(super) fn unknown_anchor(anchor: &str, location: Location) -> Diagnostic {
    Diagnostic::error(format!("the alias `*{anchor}` names no anchor of this document"))
        .at(location)
        .with_hint(format!("Put the value in quotes if it should be text, or define `&{anchor}` before it."))
}

/// Nested deeper than `limit`.
pub(super) fn too_deep(limit: usize, location: Location) -> Diagnostic {
    Diagnostic::error(format!("values are nested more than {limit} levels deep"))
        .at(location)
        .with_hint("Flatten the document; no Kubernetes object needs this depth.")
}

/// More than `limit` values are written down.
pub(super) fn too_many_values(limit: usize, location: Location) -> Diagnostic {
    Diagnostic::error(format!("the file holds more than {limit} values")).at(location).with_hint("Split the file.")
}

/// More than `limit` values once aliases are replaced by what they stand for.
pub(super) fn alias_bomb(limit: usize, location: Location) -> Diagnostic {
    Diagnostic::error(format!("aliases expand to more than {limit} values"))
        .at(location)
        .with_hint("Do not nest aliases inside the values of other anchors.")
}
