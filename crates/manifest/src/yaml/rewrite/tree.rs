//! Nodes with the way they are written.

use std::sync::Arc;

use libyaml_safer::{EventData, MappingStyle, ScalarStyle, SequenceStyle};

use crate::yaml::Limits;
use crate::yaml::disguise::Disguised;
use crate::yaml::input;
use crate::yaml::node::Events;

/// A node of a [`Tree`], by its place in `nodes`.
pub(in crate::yaml) type Id = usize;

/// How a collection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::yaml) enum Layout {
    /// On lines of its own.
    Block,
    /// In brackets.
    Flow,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::yaml) enum Writing {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

impl From<ScalarStyle> for Writing {
    fn from(style: ScalarStyle) -> Writing {
        match style {
            ScalarStyle::SingleQuoted => Writing::SingleQuoted,
            ScalarStyle::DoubleQuoted => Writing::DoubleQuoted,
            ScalarStyle::Literal => Writing::Literal,
            ScalarStyle::Folded => Writing::Folded,
            // The parser gives no other style than plain.
            _ => Writing::Plain,
        }
    }
}

/// What a node holds.
#[derive(Debug)]
pub(in crate::yaml) enum Content {
    Scalar { text: String, style: Writing },
    Sequence { items: Vec<Id>, layout: Layout },
    Mapping { members: Vec<(Id, Id)>, layout: Layout },
}

/// A place in the text: line and column, from 0.
pub(in crate::yaml) type Place = (u64, u64);

/// A value as it is written.
#[derive(Debug)]
pub(in crate::yaml) struct Node {
    pub(in crate::yaml) content: Content,
    pub(in crate::yaml) start: Place,
    pub(in crate::yaml) end: Place,
}

/// One document.
#[derive(Debug)]
pub(in crate::yaml) struct Tree {
    pub(in crate::yaml) nodes: Vec<Node>,
}

impl Tree {
    /// The outermost node.
    pub(in crate::yaml) const ROOT: Id = 0;
}

/// The only document of `text`; `None` if it is broken, or has anything that a [`Tree`] does not tell.
pub(in crate::yaml) fn read(text: &str, file: &Arc<str>, limits: &Limits) -> Option<Tree> {
    let input = input::decode(text.as_bytes(), file, limits).ok()?;
    let disguised = Disguised::new(&input.text);
    let mut events = Events::new(&input.text, &disguised, 0, file, input.ending);
    let mut nodes: Vec<Node> = Vec::new();
    let mut documents = 0;
    // Collections not yet closed, each with the key that waits for its value.
    let mut open: Vec<(Id, Option<Id>)> = Vec::new();
    loop {
        let event = events.next().ok()?;
        let (start, end) =
            ((event.start_mark.line, event.start_mark.column), (event.end_mark.line, event.end_mark.column));
        let (content, opens) = match event.data {
            EventData::StreamEnd => return (documents == 1 && !nodes.is_empty()).then_some(Tree { nodes }),
            EventData::StreamStart { .. } | EventData::DocumentEnd { .. } => continue,
            EventData::DocumentStart { .. } => {
                documents += 1;
                continue;
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                if let Some((id, _)) = open.pop() {
                    nodes[id].end = end;
                }
                continue;
            }
            EventData::Alias { .. }
            | EventData::Scalar { anchor: Some(_), .. }
            | EventData::Scalar { tag: Some(_), .. }
            | EventData::SequenceStart { anchor: Some(_), .. }
            | EventData::SequenceStart { tag: Some(_), .. }
            | EventData::MappingStart { anchor: Some(_), .. }
            | EventData::MappingStart { tag: Some(_), .. } => return None,
            EventData::Scalar { mut value, style, .. } => {
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    events.drop_added_line_break(&mut value, event.end_mark);
                }
                (Content::Scalar { text: disguised.reveal(value), style: style.into() }, false)
            }
            EventData::SequenceStart { style, .. } => {
                let layout = if style == SequenceStyle::Flow { Layout::Flow } else { Layout::Block };
                (Content::Sequence { items: Vec::new(), layout }, true)
            }
            EventData::MappingStart { style, .. } => {
                let layout = if style == MappingStyle::Flow { Layout::Flow } else { Layout::Block };
                (Content::Mapping { members: Vec::new(), layout }, true)
            }
        };
        let id = nodes.len();
        if id >= limits.max_nodes || open.len() >= limits.max_depth {
            return None;
        }
        nodes.push(Node { content, start, end });
        if let Some((parent, key)) = open.last_mut() {
            match (&mut nodes[*parent].content, key.take()) {
                (Content::Mapping { members, .. }, Some(key)) => members.push((key, id)),
                (Content::Mapping { .. }, None) => *key = Some(id),
                (Content::Sequence { items, .. }, _) => items.push(id),
                (Content::Scalar { .. }, _) => {}
            }
        }
        if opens {
            open.push((id, None));
        }
    }
}
