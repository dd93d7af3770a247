//! From text to nodes: documents as they are written, before anything is resolved.

use std::any::Any;
use std::collections::HashMap;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use libyaml_safer::{Event, EventData, Mark, Parser, ScalarStyle};

use super::disguise::Disguised;
use super::input::{Ending, Input};
use super::{Limits, problem};
use crate::{Diagnostic, Location};

/// How many problems one file may report: more do not help anyone.
const MAX_PROBLEMS: usize = 20;

/// A node of a [`Tree`], by its place in `nodes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(usize);

/// A value as it is written.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    /// The tag as written, with its handle resolved: `tag:yaml.org,2002:str`.
    pub(super) tag: Option<String>,
    /// Line and column, from 1.
    pub(super) place: (u32, u32),
}

/// What a [`Node`] holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Text and whether it is written without quotes (so that it may be a number).
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    /// `*name`, standing for an earlier node.
    Alias(NodeId),
}

/// One document.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    pub(super) root: NodeId,
}

impl Tree {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The node that `id` stands for, through an alias.
    pub(super) fn target(&self, id: NodeId) -> NodeId {
        match self.node(id).content {
            Content::Alias(target) => target,
            Content::Scalar { .. } | Content::Sequence(_) | Content::Mapping(_) => id,
        }
    }
}

/// What looks at each document: whether to go on reading, and what is wrong with this one.
pub(super) type Visit<'v> = dyn FnMut(Tree) -> ControlFlow<Vec<Diagnostic>, Vec<Diagnostic>> + 'v;

/// Gives every document of `input` to `each`, and returns what is wrong with the others and what `each` found.
///
/// A syntax error ends its document; reading goes on after the next line that starts with `---`, so that every broken
/// document of a file is reported at once.
pub(super) fn compose(input: &Input, file: &Arc<str>, limits: &Limits, each: &mut Visit<'_>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut composer = Composer { file, limits, ending: input.ending, nodes_left: limits.max_nodes };
    let (mut rest, mut first_line) = (input.text.as_str(), 0);
    while let Err(broken) = composer.stream(rest, first_line, each, &mut problems) {
        problems.push(broken.problem);
        let Some((lines, offset)) = next_document(rest, broken.line) else { break };
        if problems.len() >= MAX_PROBLEMS || broken.resume == Resume::Never {
            break;
        }
        rest = &rest[offset..];
        first_line += lines;
    }
    problems.truncate(MAX_PROBLEMS);
    problems
}

/// The first line starting with `---` after line `after` (from 0): its number and its offset.
fn next_document(text: &str, after: usize) -> Option<(usize, usize)> {
    let mut offset = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > after && line.starts_with("---") {
            return Some((number, offset));
        }
        offset += line.len();
    }
    None
}

/// Why a stream could not be read to its end.
pub(super) struct Broken {
    problem: Diagnostic,
    /// The line it broke at, from 0, in the text given to the parser.
    line: usize,
    resume: Resume,
}

#[derive(PartialEq, Eq)]
pub(super) enum Resume {
    AtNextDocument,
    Never,
}

struct Composer<'a> {
    file: &'a Arc<str>,
    limits: &'a Limits,
    ending: Ending,
    nodes_left: usize,
}

impl Composer<'_> {
    fn stream(
        &mut self,
        text: &str,
        first_line: usize,
        each: &mut Visit<'_>,
        problems: &mut Vec<Diagnostic>,
    ) -> Result<(), Broken> {
        let disguised = Disguised::new(text);
        let mut events = Events::new(text, &disguised, first_line, self.file, self.ending);
        loop {
            let event = events.next()?;
            match event.data {
                EventData::StreamEnd => return Ok(()),
                EventData::DocumentStart { .. } => {
                    let tree = self.document(&mut events)?;
                    match each(tree) {
                        ControlFlow::Continue(found) => problems.extend(found),
                        ControlFlow::Break(found) => {
                            problems.extend(found);
                            return Ok(());
                        }
                    }
                    if problems.len() >= MAX_PROBLEMS {
                        return Ok(());
                    }
                }
                EventData::StreamStart { .. }
                | EventData::DocumentEnd { .. }
                | EventData::Alias { .. }
                | EventData::Scalar { .. }
                | EventData::SequenceStart { .. }
                | EventData::SequenceEnd
                | EventData::MappingStart { .. }
                | EventData::MappingEnd => {}
            }
        }
    }

    /// The document whose start was just read.
    fn document(&mut self, events: &mut Events<'_>) -> Result<Tree, Broken> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut anchors: HashMap<String, NodeId> = HashMap::new();
        // Collections not yet closed, each with the key that waits for its value.
        let mut open: Vec<(NodeId, Option<NodeId>)> = Vec::new();
        let mut root = None;
        loop {
            let event = events.next()?;
            let place = events.place(event.start_mark);
            let (content, tag, anchor) = match event.data {
                EventData::DocumentEnd { .. } | EventData::StreamEnd => {
                    let root = root.unwrap_or(NodeId(0));
                    if nodes.is_empty() {
                        nodes.push(Node {
                            content: Content::Scalar { text: String::new(), plain: true },
                            tag: None,
                            place,
                        });
                    }
                    return Ok(Tree { nodes, root });
                }
                EventData::SequenceEnd | EventData::MappingEnd => {
                    open.pop();
                    continue;
                }
                EventData::StreamStart { .. } | EventData::DocumentStart { .. } => continue,
                EventData::Alias { anchor } => match anchors.get(&anchor) {
                    Some(&target) => (Content::Alias(target), None, None),
                    None => {
                        let found = problem::unknown_anchor(&anchor, self.location(place));
                        return Err(events.broken(found, event.start_mark, Resume::AtNextDocument));
                    }
                },
                EventData::Scalar { anchor, tag, mut value, style, .. } => {
                    if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                        events.drop_added_line_break(&mut value, event.end_mark);
                    }
                    let (text, plain) = (events.disguised.reveal(value), style == ScalarStyle::Plain);
                    (Content::Scalar { text, plain }, tag, anchor)
                }
                EventData::SequenceStart { anchor, tag, .. } => (Content::Sequence(Vec::new()), tag, anchor),
                EventData::MappingStart { anchor, tag, .. } => (Content::Mapping(Vec::new()), tag, anchor),
            };
            let Some(nodes_left) = self.nodes_left.checked_sub(1) else {
                let found = problem::too_many_values(self.limits.max_nodes, self.location(place));
                return Err(events.broken(found, event.start_mark, Resume::Never));
            };
            self.nodes_left = nodes_left;

            let id = NodeId(nodes.len());
            let opens = matches!(content, Content::Sequence(_) | Content::Mapping(_));
            nodes.push(Node { content, tag, place });
            if let Some(anchor) = anchor {
                anchors.insert(anchor, id);
            }
            match open.last_mut() {
                None => root = Some(id),
                Some((parent, key)) => match (&mut nodes[parent.0].content, key.take()) {
                    (Content::Mapping(members), Some(key)) => members.push((key, id)),
                    (Content::Mapping(_), None) => *key = Some(id),
                    (Content::Sequence(items), _) => items.push(id),
                    (Content::Scalar { .. } | Content::Alias(_), _) => {}
                },
            }
            if opens {
                open.push((id, None));
                if open.len() > self.limits.max_depth {
                    let found = problem::too_deep(self.limits.max_depth, self.location(place));
                    return Err(events.broken(found, event.start_mark, Resume::Never));
                }
            }
        }
    }

    fn location(&self, (line, column): (u32, u32)) -> Location {
        Location { file: self.file.clone(), line, column }
    }
}

/// The events of one text.
pub(super) struct Events<'a> {
    parser: Parser<BufReader<&'a [u8]>>,
    /// As it is written, for messages.
    text: &'a str,
    /// As the parser reads it.
    disguised: &'a Disguised<'a>,
    first_line: usize,
    file: &'a Arc<str>,
    ending: Ending,
    /// Where the last event ended.
    reached: Mark,
}

impl<'a> Events<'a> {
    pub(super) fn new(
        text: &'a str,
        disguised: &'a Disguised<'a>,
        first_line: usize,
        file: &'a Arc<str>,
        ending: Ending,
    ) -> Events<'a> {
        let mut parser = Parser::new();
        parser.set_encoding(libyaml_safer::Encoding::Utf8);
        // Small pieces, because the scanner keeps every character it was given in four bytes.
        parser.set_input(BufReader::with_capacity(16 << 10, disguised.text.as_bytes()));
        Events { parser, text, disguised, first_line, file, ending, reached: Mark::default() }
    }

    pub(super) fn next(&mut self) -> Result<Event, Broken> {
        // The scanner asserts instead of failing in a place that malformed text can reach: a tag directly before a comma.
        // `disguise` hides those it can. The scanner is not used again after it did, so
        // nothing broken is observed.
        let parsed = catch_unwind(AssertUnwindSafe(|| self.parser.parse()));
        let (problem, mark) = match parsed {
            Ok(Ok(event)) => {
                self.reached = event.end_mark;
                return Ok(event);
            }
            Ok(Err(error)) => {
                let mark = error.problem_mark().unwrap_or(self.reached);
                (problem::syntax(&error, self.text, self.first_line, self.file), mark)
            }
            Err(panic) => {
                drop::<Box<dyn Any + Send>>(panic);
                let (line, column) = self.place(self.reached);
                (problem::unreadable(Location { file: self.file.clone(), line, column }), self.reached)
            }
        };
        Err(self.broken(problem, mark, Resume::AtNextDocument))
    }

    /// Takes the line break from the end of a block that only has it because one was added to the file.
    pub(super) fn drop_added_line_break(&self, block: &mut String, end: Mark) {
        let Ending::Text { line, blank } = self.ending else { return };
        let end_line = usize::try_from(end.line).unwrap_or(usize::MAX).saturating_add(self.first_line);
        let holds_last_line = end_line > line;
        // A blank last line only counts for blocks that keep their line breaks.
        let counts = !blank || block.ends_with("\n\n") || block == "\n";
        if holds_last_line && counts && block.ends_with('\n') {
            block.pop();
        }
    }

    fn broken(&self, problem: Diagnostic, mark: Mark, resume: Resume) -> Broken {
        Broken { problem, line: usize::try_from(mark.line).unwrap_or(usize::MAX), resume }
    }

    /// A mark as line and column from 1 in the whole file.
    fn place(&self, mark: Mark) -> (u32, u32) {
        problem::place(mark, self.first_line)
    }
}
