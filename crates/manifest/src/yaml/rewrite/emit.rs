//! Writing a value the way a tree was written.

use serde_json::{Map, Value};

use super::comments::Comments;
use super::tree::{Content, Id, Layout, Node, Tree, Writing};
use crate::yaml::scalar_style::{self, Role, Style};
use crate::yaml::spelling::{ScalarType, plain};
use crate::yaml::write::escape;

/// Spaces of one level.
const INDENT: usize = 2;

/// What ends a text without quotes, or looks like it, where brackets are open.
const FLOW_INDICATORS: [char; 7] = [',', '?', '[', ']', '{', '}', ':'];

/// `value` as it was written in `tree`, as far as it was there.
pub(super) fn emit(value: &Value, tree: &Tree, comments: Comments) -> String {
    let mut emitter = Emitter { tree, comments, text: String::new(), brackets: 0 };
    emitter.comments_before(tree.nodes[Tree::ROOT].start.0, 0);
    match emitter.block(value, Some(Tree::ROOT)) {
        Some(Block::Mapping(members, node)) => emitter.mapping(members, node, 0, Start::NewLine),
        Some(Block::Sequence(items, node)) => emitter.sequence(items, node, 0, Start::NewLine),
        None => {
            emitter.inline(value, Some(Tree::ROOT), 0);
            emitter.end_line(Some(Tree::ROOT));
        }
    }
    emitter.comments_before(u64::MAX, 0);
    emitter.text
}

/// A collection that is written on lines of its own.
enum Block<'v> {
    Mapping(&'v Map<String, Value>, Option<Id>),
    Sequence(&'v [Value], Option<Id>),
}

/// Where the first line of a collection starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Behind a `- `.
    OnThisLine,
    NewLine,
}

struct Emitter<'t> {
    tree: &'t Tree,
    comments: Comments,
    text: String,
    /// How many brackets are open.
    brackets: usize,
}

impl<'t> Emitter<'t> {
    fn node(&self, id: Option<Id>) -> Option<&'t Node> {
        let tree: &'t Tree = self.tree;
        id.map(|id| &tree.nodes[id])
    }

    /// The value as a block, if it is one.
    fn block<'v>(&self, value: &'v Value, id: Option<Id>) -> Option<Block<'v>> {
        match (value, self.node(id).map(|node| &node.content)) {
            (
                _,
                Some(Content::Sequence { layout: Layout::Flow, .. } | Content::Mapping { layout: Layout::Flow, .. }),
            ) => None,
            (Value::Object(members), _) if !members.is_empty() => Some(Block::Mapping(members, id)),
            (Value::Array(items), _) if !items.is_empty() => Some(Block::Sequence(items, id)),
            (_, _) => None,
        }
    }

    fn mapping(&mut self, members: &Map<String, Value>, id: Option<Id>, indent: usize, start: Start) {
        let mut start = start;
        for (key, value, key_node, value_node) in self.members(members, id) {
            if let (Some(node), Start::NewLine) = (self.node(key_node), start) {
                self.comments_before(node.start.0, indent);
            }
            self.begin(indent, start);
            start = Start::NewLine;
            self.key(key, key_node);
            self.text.push(':');
            match self.block(value, value_node) {
                Some(Block::Mapping(members, node)) => {
                    self.end_line(key_node);
                    self.mapping(members, node, indent + INDENT, Start::NewLine);
                }
                Some(Block::Sequence(items, node)) => {
                    self.end_line(key_node);
                    self.sequence(items, node, indent, Start::NewLine);
                }
                None => {
                    self.spaced(value, value_node, indent);
                    self.end_line(value_node.or(key_node));
                }
            }
        }
    }

    fn sequence(&mut self, items: &[Value], id: Option<Id>, indent: usize, start: Start) {
        let known: &[Id] = match self.node(id).map(|node| &node.content) {
            Some(Content::Sequence { items, .. }) => items,
            Some(Content::Scalar { .. } | Content::Mapping { .. }) | None => &[],
        };
        let mut start = start;
        for (index, item) in items.iter().enumerate() {
            let item_node = known.get(index).copied();
            if let (Some(node), Start::NewLine) = (self.node(item_node), start) {
                self.comments_before(node.start.0, indent);
            }
            self.begin(indent, start);
            start = Start::NewLine;
            self.text.push('-');
            match self.block(item, item_node) {
                Some(Block::Mapping(members, node)) => {
                    self.text.push(' ');
                    self.mapping(members, node, indent + INDENT, Start::OnThisLine);
                }
                Some(Block::Sequence(items, node)) => {
                    self.text.push(' ');
                    self.sequence(items, node, indent + INDENT, Start::OnThisLine);
                }
                None => {
                    self.spaced(item, item_node, indent);
                    self.end_line(item_node);
                }
            }
        }
    }

    /// The members in the order of the text, and then those that are new.
    fn members<'v>(
        &self,
        members: &'v Map<String, Value>,
        id: Option<Id>,
    ) -> Vec<(&'v str, &'v Value, Option<Id>, Option<Id>)> {
        let mut ordered = Vec::with_capacity(members.len());
        if let Some(Content::Mapping { members: known, .. }) = self.node(id).map(|node| &node.content) {
            for (key, value) in known {
                if let Content::Scalar { text, .. } = &self.tree.nodes[*key].content
                    && let Some((name, present)) = members.get_key_value(text)
                {
                    ordered.push((name.as_str(), present, Some(*key), Some(*value)));
                }
            }
        }
        let written = ordered.len();
        for (name, value) in members {
            if !ordered[..written].iter().any(|(known, ..)| known == name) {
                ordered.push((name.as_str(), value, None, None));
            }
        }
        ordered
    }

    /// A value behind a space, or nothing for a null that is written as nothing.
    fn spaced(&mut self, value: &Value, id: Option<Id>, indent: usize) {
        let before = self.text.len();
        self.text.push(' ');
        self.inline(value, id, indent);
        if self.text.len() == before + 1 {
            self.text.pop();
        }
    }

    /// A value that starts on the present line.
    fn inline(&mut self, value: &Value, id: Option<Id>, indent: usize) {
        match value {
            Value::Array(items) => {
                let known: &[Id] = match self.node(id).map(|node| &node.content) {
                    Some(Content::Sequence { items, .. }) => items,
                    Some(Content::Scalar { .. } | Content::Mapping { .. }) | None => &[],
                };
                self.text.push('[');
                self.brackets += 1;
                for (index, item) in items.iter().enumerate() {
                    self.separator(index);
                    self.inline(item, known.get(index).copied(), indent);
                }
                self.brackets -= 1;
                self.text.push(']');
            }
            Value::Object(members) => {
                self.text.push('{');
                self.brackets += 1;
                for (index, (key, value, key_node, value_node)) in self.members(members, id).into_iter().enumerate() {
                    self.separator(index);
                    self.key(key, key_node);
                    self.text.push(':');
                    self.spaced(value, value_node, indent);
                }
                self.brackets -= 1;
                self.text.push('}');
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => self.scalar(value, id, indent),
        }
    }

    fn separator(&mut self, index: usize) {
        if index > 0 {
            self.text.push_str(", ");
        }
    }

    fn key(&mut self, key: &str, id: Option<Id>) {
        match self.node(id).map(|node| &node.content) {
            Some(Content::Scalar { text, style }) => self.styled(text, *style, 0),
            Some(Content::Sequence { .. } | Content::Mapping { .. }) | None => self.chosen(key, Role::SimpleKey, 0),
        }
    }

    fn scalar(&mut self, value: &Value, id: Option<Id>, indent: usize) {
        let written = match self.node(id).map(|node| &node.content) {
            Some(Content::Scalar { text, style }) => Some((text, *style)),
            Some(Content::Sequence { .. } | Content::Mapping { .. }) | None => None,
        };
        let Value::String(new) = value else {
            match written {
                Some((text, Writing::Plain)) if plain(text).is_ok_and(|known| known == *value) => {
                    self.text.push_str(text);
                }
                Some(_) | None => self.text.push_str(&value.to_string()),
            }
            return;
        };
        match written {
            Some((text, Writing::Plain)) if plain(text).is_ok_and(|known| known == *value) => {
                self.text.push_str(text);
            }
            Some((_, Writing::Plain)) | None => self.chosen(new, Role::Value, indent),
            Some((_, style)) => self.styled(new, style, indent),
        }
    }

    /// A text in the style that suits it.
    fn chosen(&mut self, text: &str, role: Role, indent: usize) {
        let is_text = text.contains('\n')
            || ScalarType::of(text) == ScalarType::Text && plain(text).is_ok_and(|value| value == *text);
        let style = match scalar_style::choose(text, role) {
            // yaml.v3 also quotes what only YAML 1.1 takes for something else.
            _ if !is_text => Writing::DoubleQuoted,
            Style::Plain if self.brackets > 0 && text.contains(FLOW_INDICATORS) => Writing::SingleQuoted,
            Style::Plain => Writing::Plain,
            Style::SingleQuoted => Writing::SingleQuoted,
            Style::DoubleQuoted => Writing::DoubleQuoted,
            Style::Literal => Writing::Literal,
        };
        self.styled(text, style, indent);
    }

    fn styled(&mut self, text: &str, style: Writing, indent: usize) {
        match style {
            Writing::Plain => self.text.push_str(text),
            Writing::SingleQuoted if !text.contains('\n') => {
                self.text.push('\'');
                self.text.push_str(&text.replace('\'', "''"));
                self.text.push('\'');
            }
            Writing::SingleQuoted | Writing::DoubleQuoted => self.double_quoted(text),
            Writing::Literal | Writing::Folded if self.brackets > 0 => self.double_quoted(text),
            Writing::Literal => self.lines_of('|', text, text, indent),
            Writing::Folded => self.lines_of('>', text, &unfolded(text), indent),
        }
    }

    fn double_quoted(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                character if scalar_style::is_printable(character) => self.text.push(character),
                character => self.text.push_str(&escape(character)),
            }
        }
        self.text.push('"');
    }

    /// A block with its header; `lines` is `text` as it stands on lines.
    fn lines_of(&mut self, header: char, text: &str, lines: &str, indent: usize) {
        self.text.push(header);
        if text.starts_with([' ', '\n']) {
            self.text.push_str(&INDENT.to_string());
        }
        let ends = text.bytes().rev().take_while(|byte| *byte == b'\n').count();
        match ends {
            0 => self.text.push('-'),
            1 if text.len() > 1 => {}
            _ => self.text.push('+'),
        }
        let body = lines.strip_suffix('\n').unwrap_or(lines);
        for line in body.split('\n') {
            self.text.push('\n');
            if !line.is_empty() {
                self.text.push_str(&" ".repeat(indent + INDENT));
                self.text.push_str(line);
            }
        }
    }

    fn begin(&mut self, indent: usize, start: Start) {
        if start == Start::NewLine {
            self.text.push_str(&" ".repeat(indent));
        }
    }

    /// Ends the line of a node, with the comment behind it.
    fn end_line(&mut self, id: Option<Id>) {
        if let Some(comment) = self.node(id).and_then(|node| self.comments.behind(node.end.0)) {
            self.text.push(' ');
            self.text.push_str(&comment);
        }
        self.text.push('\n');
    }

    fn comments_before(&mut self, line: u64, indent: usize) {
        for comment in self.comments.before(line) {
            if !comment.is_empty() {
                self.text.push_str(&" ".repeat(indent));
                self.text.push_str(&comment);
            }
            self.text.push('\n');
        }
    }
}

/// A text with the line breaks doubled that folding takes away.
fn unfolded(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let (mut after_break, mut indented) = (true, true);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        if character == '\n' {
            let next = after.trim_start_matches('\n').chars().next();
            if !after_break && !indented && next.is_some_and(|next| !matches!(next, ' ' | '\t')) {
                lines.push('\n');
            }
            after_break = true;
        } else {
            if after_break {
                indented = matches!(character, ' ' | '\t');
            }
            after_break = false;
        }
        lines.push(character);
        rest = after;
    }
    lines
}
