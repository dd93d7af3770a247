//! JSON values as YAML text, byte for byte as `sigs.k8s.io/yaml` writes them with yaml.v2 and its emitter: keys in
//! natural order, lists at the indentation of their key, long text folded at 80 columns, texts of several lines as
//! blocks.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::key_order;
use super::number;
use super::scalar_style::{self, Role, Style};

/// The column after which text is folded at the next space.
const WIDTH: usize = 80;
/// Spaces of one level.
const INDENT: usize = 2;
/// What the emitter takes for a line break.
const LINE_BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
/// Longer keys stand on their own line after `?`, as do those with line breaks.
const MAX_SIMPLE_KEY: usize = 128;

/// One value as a YAML document, ending in a line break. Reading it with either profile gives the same value, but
/// that whole floats come back as integers, as in Go.
pub fn write(value: &Value) -> String {
    let mut emitter = Emitter::default();
    emitter.value(value, Context::Root);
    emitter.begin_line(0);
    emitter.text
}

/// As [`write()`], with keys in the order of their bytes, as Flux sorts values before it digests them.
pub fn write_in_byte_order(value: &Value) -> String {
    let mut emitter = Emitter { order: KeyOrder::Bytes, ..Emitter::default() };
    emitter.value(value, Context::Root);
    emitter.begin_line(0);
    emitter.text
}

/// The order in which keys are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum KeyOrder {
    /// That of go-yaml.
    #[default]
    Natural,
    /// That of their bytes.
    Bytes,
}

/// Several documents, with `---` between them.
pub fn write_documents<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    let documents: Vec<String> = values.into_iter().map(write).collect();
    documents.join("---\n")
}

/// What a value is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Root,
    Item,
    Member,
}

/// Text under construction, with what the emitter of libyaml remembers about it.
#[derive(Default)]
struct Emitter {
    text: String,
    /// Characters of the last line.
    column: usize,
    /// The indentation of the collection being written; none outside of all.
    indent: Option<usize>,
    /// Whether the last line only holds indentation and indicators like `- `, after which a collection may start.
    only_indentation: bool,
    /// Whether a space or nothing precedes.
    after_space: bool,
    order: KeyOrder,
}

impl Emitter {
    fn value(&mut self, value: &Value, context: Context) {
        match value {
            Value::Null => self.word("null"),
            Value::Bool(true) => self.word("true"),
            Value::Bool(false) => self.word("false"),
            Value::Number(number) => self.word(&number_text(number)),
            Value::String(text) => self.scalar(text, Role::Value),
            Value::Array(items) if items.is_empty() => self.word("[]"),
            Value::Object(members) if members.is_empty() => self.word("{}"),
            Value::Array(items) => self.sequence(items, context),
            Value::Object(members) => self.mapping(members),
        }
    }

    fn sequence(&mut self, items: &[Value], context: Context) {
        let outer = self.indent;
        let at_key = context == Context::Member && !self.only_indentation;
        let indent = if at_key { outer.unwrap_or(0) } else { deeper(outer) };
        self.indent = Some(indent);
        for item in items {
            self.begin_line(indent);
            self.indicator("-");
            self.value(item, Context::Item);
        }
        self.indent = outer;
    }

    fn mapping(&mut self, members: &Map<String, Value>) {
        let outer = self.indent;
        let indent = deeper(outer);
        self.indent = Some(indent);
        let members = match self.order {
            KeyOrder::Natural => key_order::sorted(members.iter()),
            KeyOrder::Bytes => members.iter().collect::<BTreeMap<_, _>>().into_iter().collect(),
        };
        for (key, value) in members {
            self.begin_line(indent);
            if key.len() <= MAX_SIMPLE_KEY && !key.contains(LINE_BREAKS) {
                self.scalar(key, Role::SimpleKey);
                self.put(":");
                self.only_indentation = false;
                self.after_space = false;
            } else {
                self.indicator("?");
                self.scalar(key, Role::Value);
                self.begin_line(indent);
                self.indicator(":");
            }
            self.value(value, Context::Member);
        }
        self.indent = outer;
    }

    fn scalar(&mut self, text: &str, role: Role) {
        let indent = self.indent.map_or(INDENT, |indent| indent + INDENT);
        match scalar_style::choose(text, role) {
            Style::Plain => {
                self.space();
                self.folded(text, indent, role, |emitter, character| emitter.put_character(character));
            }
            Style::SingleQuoted => {
                self.space();
                self.put("'");
                self.folded(text, indent, role, |emitter, character| match character {
                    '\'' => emitter.put("''"),
                    character => emitter.put_character(character),
                });
                self.put("'");
            }
            Style::DoubleQuoted => self.double_quoted(text, indent, role),
            Style::Literal => self.literal(text, indent),
        }
        self.only_indentation = false;
        self.after_space = false;
    }

    /// Text on lines of about 80 columns: a single space after that becomes a line break.
    fn folded(&mut self, text: &str, indent: usize, role: Role, mut put: impl FnMut(&mut Self, char)) {
        let mut previous_space = false;
        let mut characters = text.chars().peekable();
        let mut first = true;
        while let Some(character) = characters.next() {
            let inside = !first && characters.peek().is_some_and(|next| *next != ' ');
            if character == ' ' && role == Role::Value && !previous_space && self.column > WIDTH && inside {
                self.line_break(indent);
            } else {
                put(self, character);
            }
            previous_space = character == ' ';
            first = false;
        }
    }

    fn double_quoted(&mut self, text: &str, indent: usize, role: Role) {
        self.space();
        self.put("\"");
        let mut previous_space = false;
        let mut characters = text.chars().peekable();
        let mut first = true;
        // yaml.v2 looks for the byte order mark at the start of the text, whichever character it is at.
        let escapes_all = text.starts_with('\u{feff}');
        while let Some(character) = characters.next() {
            let last = characters.peek().is_none();
            match character {
                character if escapes_all && !matches!(character, '"' | '\\') => self.put(&escape(character)),
                ' ' if role == Role::Value && !previous_space && self.column > WIDTH && !first && !last => {
                    self.line_break(indent);
                    if characters.peek() == Some(&' ') {
                        self.put("\\");
                    }
                }
                '"' => self.put("\\\""),
                '\\' => self.put("\\\\"),
                character if scalar_style::is_printable(character) => self.put_character(character),
                character => self.put(&escape(character)),
            }
            previous_space = character == ' ';
            first = false;
        }
        self.put("\"");
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.space();
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put(&INDENT.to_string());
        }
        let ends = text.bytes().rev().take_while(|byte| *byte == b'\n').count();
        match ends {
            0 => self.put("-"),
            1 if text.len() > 1 => {}
            _ => self.put("+"),
        }
        for line in text.split_inclusive('\n') {
            self.put_line_end();
            let content = line.strip_suffix('\n').unwrap_or(line);
            if !content.is_empty() {
                self.put(&" ".repeat(indent));
                self.put(content);
            }
        }
        if ends > 0 {
            self.put_line_end();
        }
    }

    /// Something without spaces or line breaks that needs no quotes.
    fn word(&mut self, word: &str) {
        self.space();
        self.put(word);
        self.only_indentation = false;
        self.after_space = false;
    }

    /// `-`, `?` or `:` in front of a value, which may start a collection on the same line.
    fn indicator(&mut self, indicator: &str) {
        self.space();
        self.put(indicator);
        self.after_space = false;
    }

    fn space(&mut self) {
        if !self.after_space && self.column > 0 {
            self.put(" ");
        }
    }

    /// Goes to column `indent` of a line that holds nothing but indentation and indicators.
    fn begin_line(&mut self, indent: usize) {
        let usable = self.only_indentation && (self.column < indent || (self.column == indent && self.after_space));
        if !usable && self.column > 0 {
            self.put_line_end();
        }
        self.put(&" ".repeat(indent.saturating_sub(self.column)));
        self.only_indentation = true;
        self.after_space = true;
    }

    /// A line break inside of text.
    fn line_break(&mut self, indent: usize) {
        self.put_line_end();
        self.put(&" ".repeat(indent));
    }

    fn put_line_end(&mut self) {
        self.text.push('\n');
        self.column = 0;
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn put_character(&mut self, character: char) {
        self.text.push(character);
        self.column += 1;
    }
}

fn deeper(indent: Option<usize>) -> usize {
    indent.map_or(0, |indent| indent + INDENT)
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            number::whole(float).map_or_else(|| number::format_float(float), |whole| whole.to_string())
        }
        Some(_) | None => number.to_string(),
    }
}

/// An escape sequence of double-quoted text.
pub(super) fn escape(character: char) -> String {
    match character {
        '\0' => "\\0".to_owned(),
        '\u{7}' => "\\a".to_owned(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{b}' => "\\v".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\u{1b}' => "\\e".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{a0}' => "\\_".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        _ => match u32::from(character) {
            code @ ..=0xff => format!("\\x{code:02X}"),
            code @ 0x100..=0xffff => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
    }
}
