//! Cuts a template into items, with the rules and the error texts of Go's `text/template/parse`.

use super::item::{Item, ItemKind, Keyword};
use crate::template::format::quote;

const LEFT_DELIMITER: &str = "{{";
const RIGHT_DELIMITER: &str = "}}";
const LEFT_COMMENT: &str = "/*";
const RIGHT_COMMENT: &str = "*/";
/// A trim marker and the space that must adjoin it.
const TRIM_MARKER: usize = 2;
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

pub(super) struct Lexer<'a> {
    input: &'a str,
    position: usize,
    /// Where the current item starts.
    start: usize,
    inside_action: bool,
    open_parentheses: usize,
}

/// What goes on after a state of the lexer.
enum Step {
    Emit(Item),
    /// Nothing to emit: look at the text again.
    Text,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(input: &'a str) -> Lexer<'a> {
        Lexer { input, position: 0, start: 0, inside_action: false, open_parentheses: 0 }
    }

    /// The next item; [`ItemKind::End`] again and again at the end and after an error.
    pub(super) fn next(&mut self, lines: &mut Lines) -> Item {
        loop {
            let step = if self.inside_action { self.action() } else { self.text() };
            match step {
                Step::Emit(mut item) => {
                    item.line = lines.at(item.position);
                    if item.kind == ItemKind::Error {
                        (self.input, self.position, self.start) = ("", 0, 0);
                    }
                    return item;
                }
                Step::Text => {}
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.input[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.position += next.len_utf8();
        Some(next)
    }

    fn accept(&mut self, valid: &str) -> bool {
        match self.peek() {
            Some(next) if valid.contains(next) => {
                self.position += next.len_utf8();
                true
            }
            _ => false,
        }
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }

    fn item(&mut self, kind: ItemKind) -> Item {
        let item = Item { kind, position: self.start, text: self.input[self.start..self.position].to_owned(), line: 0 };
        self.start = self.position;
        item
    }

    fn emit(&mut self, kind: ItemKind) -> Step {
        Step::Emit(self.item(kind))
    }

    fn error(&self, text: impl Into<String>) -> Step {
        Step::Emit(Item { kind: ItemKind::Error, position: self.start, text: text.into(), line: 0 })
    }

    fn skip(&mut self) {
        self.start = self.position;
    }

    fn text(&mut self) -> Step {
        let Some(length) = self.rest().find(LEFT_DELIMITER) else {
            self.position = self.input.len();
            return if self.position > self.start { self.emit(ItemKind::Text) } else { self.emit(ItemKind::End) };
        };
        if length > 0 {
            let delimiter = self.position + length;
            let before = &self.input[self.start..delimiter];
            let trimmed = starts_with_left_marker(&self.input[delimiter + LEFT_DELIMITER.len()..]);
            let kept = if trimmed { before.trim_end_matches(SPACES) } else { before };
            self.position = self.start + kept.len();
            let item = self.item(ItemKind::Text);
            self.position = delimiter;
            self.skip();
            if !item.text.is_empty() {
                return Step::Emit(item);
            }
        }
        self.left_delimiter()
    }

    fn left_delimiter(&mut self) -> Step {
        self.position += LEFT_DELIMITER.len();
        let marker = if starts_with_left_marker(self.rest()) { TRIM_MARKER } else { 0 };
        if self.input[self.position + marker..].starts_with(LEFT_COMMENT) {
            self.position += marker;
            self.skip();
            return self.comment();
        }
        let item = self.item(ItemKind::LeftDelimiter);
        self.inside_action = true;
        self.open_parentheses = 0;
        self.position += marker;
        self.skip();
        Step::Emit(item)
    }

    fn comment(&mut self) -> Step {
        self.position += LEFT_COMMENT.len();
        let Some(length) = self.rest().find(RIGHT_COMMENT) else { return self.error("unclosed comment") };
        self.position += length + RIGHT_COMMENT.len();
        let Some(trim) = self.at_right_delimiter() else {
            return self.error("comment ends before closing delimiter");
        };
        self.close(trim);
        self.skip();
        Step::Text
    }

    /// Goes behind a right delimiter and the spaces it trims.
    fn close(&mut self, trim: Trim) {
        match trim {
            Trim::No => self.position += RIGHT_DELIMITER.len(),
            Trim::Yes => {
                self.position += TRIM_MARKER + RIGHT_DELIMITER.len();
                let rest = self.rest();
                self.position += rest.len() - rest.trim_start_matches(SPACES).len();
            }
        }
    }

    fn at_right_delimiter(&self) -> Option<Trim> {
        let rest = self.rest();
        if starts_with_right_marker(rest) && rest[TRIM_MARKER..].starts_with(RIGHT_DELIMITER) {
            return Some(Trim::Yes);
        }
        rest.starts_with(RIGHT_DELIMITER).then_some(Trim::No)
    }

    fn right_delimiter(&mut self, trim: Trim) -> Step {
        if trim == Trim::Yes {
            self.start = self.position + TRIM_MARKER;
        }
        let end = self.start + RIGHT_DELIMITER.len();
        self.close(trim);
        let after = std::mem::replace(&mut self.position, end);
        let item = self.item(ItemKind::RightDelimiter);
        self.position = after;
        self.skip();
        self.inside_action = false;
        Step::Emit(item)
    }

    fn action(&mut self) -> Step {
        if let Some(trim) = self.at_right_delimiter() {
            if self.open_parentheses == 0 {
                return self.right_delimiter(trim);
            }
            return self.error("unclosed left paren");
        }
        let Some(next) = self.peek() else {
            return self.error("unclosed action");
        };
        if is_space(next) {
            return self.space();
        }
        self.position += next.len_utf8();
        match next {
            '=' => self.emit(ItemKind::Assign),
            ':' => {
                if self.bump() == Some('=') {
                    self.emit(ItemKind::Declare)
                } else {
                    self.error("expected :=")
                }
            }
            '|' => self.emit(ItemKind::Pipe),
            '"' => self.quoted('"', ItemKind::String, "unterminated quoted string"),
            '`' => self.raw_quoted(),
            '\'' => self.quoted('\'', ItemKind::CharacterConstant, "unterminated character constant"),
            '$' => self.variable(),
            '.' if !self.peek().is_none_or(|next| next.is_ascii_digit()) => self.field_or_variable(ItemKind::Field),
            '.' | '+' | '-' | '0'..='9' => {
                self.position = self.start;
                self.number()
            }
            next if is_alphanumeric(next) => self.identifier(),
            '(' => {
                self.open_parentheses += 1;
                self.emit(ItemKind::LeftParenthesis)
            }
            ')' => match self.open_parentheses.checked_sub(1) {
                Some(open) => {
                    self.open_parentheses = open;
                    self.emit(ItemKind::RightParenthesis)
                }
                None => self.error("unexpected right paren"),
            },
            next if next.is_ascii_graphic() => self.emit(ItemKind::Character),
            next => self.error(format!("unrecognized character in action: {}", quote::unicode(next))),
        }
    }

    fn space(&mut self) -> Step {
        while self.peek().is_some_and(is_space) {
            self.position += 1;
        }
        // A closing delimiter with a trim marker starts with a space.
        let last = self.position - 1;
        let before_last = &self.input[last..];
        if starts_with_right_marker(before_last) && before_last[TRIM_MARKER..].starts_with(RIGHT_DELIMITER) {
            self.position = last;
            if last == self.start {
                return self.right_delimiter(Trim::Yes);
            }
        }
        self.emit(ItemKind::Space)
    }

    fn identifier(&mut self) -> Step {
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        let word = &self.input[self.start..self.position];
        if let Some(keyword) = Keyword::of(word) {
            return self.emit(ItemKind::Keyword(keyword));
        }
        let kind = if matches!(word, "true" | "false") { ItemKind::Bool } else { ItemKind::Identifier };
        self.emit(kind)
    }

    fn variable(&mut self) -> Step {
        if self.at_terminator() {
            return self.emit(ItemKind::Variable);
        }
        self.field_or_variable(ItemKind::Variable)
    }

    fn field_or_variable(&mut self, kind: ItemKind) -> Step {
        if self.at_terminator() {
            return self.emit(if kind == ItemKind::Variable { kind } else { ItemKind::Keyword(Keyword::Dot) });
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.bump();
        }
        if !self.at_terminator() {
            return self.bad_character();
        }
        self.emit(kind)
    }

    fn bad_character(&self) -> Step {
        // Never at the end, which is a terminator.
        let character = self.peek().unwrap_or_default();
        self.error(format!("bad character {}", quote::unicode(character)))
    }

    /// Whether an identifier may end here.
    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(next) => is_space(next) || self.rest().starts_with(RIGHT_DELIMITER),
        }
    }

    fn quoted(&mut self, end: char, kind: ItemKind, unterminated: &str) -> Step {
        loop {
            match self.bump() {
                Some('\\') => {
                    if matches!(self.bump(), None | Some('\n')) {
                        return self.error(unterminated);
                    }
                }
                None | Some('\n') => return self.error(unterminated),
                Some(next) if next == end => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn raw_quoted(&mut self) -> Step {
        match self.rest().find('`') {
            None => self.error("unterminated raw quoted string"),
            Some(length) => {
                self.position += length + 1;
                self.emit(ItemKind::RawString)
            }
        }
    }

    fn number(&mut self) -> Step {
        if !self.scan_number() {
            return self.bad_number();
        }
        if !matches!(self.peek(), Some('+' | '-')) {
            return self.emit(ItemKind::Number);
        }
        // Complex: `1+2i`.
        if !self.scan_number() || !self.input[..self.position].ends_with('i') {
            return self.bad_number();
        }
        self.emit(ItemKind::Complex)
    }

    fn bad_number(&self) -> Step {
        let text = &self.input[self.start..self.position];
        self.error(format!("bad number syntax: {}", quote::quoted(text.as_bytes())))
    }

    fn scan_number(&mut self) -> bool {
        const DECIMAL: &str = "0123456789_";
        const HEXADECIMAL: &str = "0123456789abcdefABCDEF_";
        self.accept("+-");
        let mut digits = DECIMAL;
        if self.accept("0") {
            if self.accept("xX") {
                digits = HEXADECIMAL;
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits == DECIMAL && self.accept("eE") || digits == HEXADECIMAL && self.accept("pP") {
            self.accept("+-");
            self.accept_run(DECIMAL);
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }
}

/// Whether a delimiter trims the spaces next to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trim {
    Yes,
    No,
}

fn starts_with_left_marker(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(is_space))
}

fn starts_with_right_marker(text: &str) -> bool {
    text.strip_prefix(is_space).is_some_and(|rest| rest.starts_with('-'))
}

fn is_space(character: char) -> bool {
    SPACES.contains(&character)
}

fn is_alphanumeric(character: char) -> bool {
    character == '_' || character.is_alphabetic() || quote::is_decimal_digit(character)
}

/// Line numbers of ascending places of a text.
pub(super) struct Lines<'a> {
    text: &'a str,
    position: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Lines<'a> {
        Lines { text, position: 0, line: 1 }
    }

    /// The line, from 1, of a place not before the last one asked for.
    fn at(&mut self, position: usize) -> usize {
        if let Some(between) = self.text.as_bytes().get(self.position..position) {
            self.line += between.iter().filter(|byte| **byte == b'\n').count();
            self.position = position;
        }
        self.line
    }
}
