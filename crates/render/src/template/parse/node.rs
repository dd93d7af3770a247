//! The syntax tree. Its `Display` form is Go's, which error texts quote.

use std::fmt;
use std::sync::Arc;

use super::number::Constant;
use crate::template::format::quote;

/// The text that a template was read from.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name it was given, usually a file's path.
    pub(crate) name: String,
    /// The whole text.
    pub(crate) text: String,
}

impl Source {
    /// Line from 1 and column from 0, both in bytes, as Go counts them.
    pub(crate) fn place(&self, position: usize) -> (usize, usize) {
        let before = &self.text.as_bytes()[..position.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        (line, column)
    }
}

/// A parsed template.
#[derive(Debug)]
pub(crate) struct Template {
    /// The name it is called by.
    pub(crate) name: String,
    /// Where it is written.
    pub(crate) source: Arc<Source>,
    /// What it consists of.
    pub(crate) root: Vec<Node>,
}

impl Template {
    /// Whether there is nothing but spaces, so that it does not replace a template of the same name.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.iter().all(|node| matches!(node, Node::Text(text) if text.text.trim().is_empty()))
    }
}

/// A part of a template.
#[derive(Debug)]
pub(crate) enum Node {
    Text(TextNode),
    Action(Pipe),
    Break,
    Continue,
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Invocation),
}

#[derive(Debug)]
pub(crate) struct TextNode {
    pub(crate) text: String,
}

/// `if`, `with` or `range`.
#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) body: Vec<Node>,
    pub(crate) otherwise: Option<Vec<Node>>,
}

/// `{{template "name" pipeline}}`
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) position: usize,
    pub(crate) name: String,
    pub(crate) pipe: Option<Pipe>,
}

/// What a pipeline does with its variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    Declare,
    Assign,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) position: usize,
    pub(crate) binding: Binding,
    pub(crate) variables: Vec<String>,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) position: usize,
    /// At least one.
    pub(crate) operands: Vec<Operand>,
}

#[derive(Debug)]
pub(crate) struct Operand {
    pub(crate) position: usize,
    pub(crate) term: Term,
}

#[derive(Debug)]
pub(crate) enum Term {
    Bool(bool),
    Dot,
    Nil,
    Number(Constant),
    /// As written, and what it means.
    String {
        quoted: String,
        text: Vec<u8>,
    },
    Field(Vec<String>),
    /// The name with its `$`, then fields.
    Variable(Vec<String>),
    Function(String),
    Chain {
        base: Box<Operand>,
        fields: Vec<String>,
    },
    Pipe(Pipe),
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.iter().try_for_each(|node| write!(f, "{node}"))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Text(text) => write!(f, "{}", quote::quoted(text.text.as_bytes())),
            Node::Action(pipe) => write!(f, "{{{{{pipe}}}}}"),
            Node::Break => f.write_str("{{break}}"),
            Node::Continue => f.write_str("{{continue}}"),
            Node::If(branch) => f.write_str(&branch.text("if")),
            Node::With(branch) => f.write_str(&branch.text("with")),
            Node::Range(branch) => f.write_str(&branch.text("range")),
            Node::Template(invocation) => write!(f, "{invocation}"),
        }
    }
}

impl Branch {
    /// The whole branch with its keyword.
    pub(crate) fn text(&self, keyword: &str) -> String {
        let nodes = |nodes: &[Node]| nodes.iter().map(Node::to_string).collect::<String>();
        let otherwise =
            self.otherwise.as_ref().map(|otherwise| format!("{{{{else}}}}{}", nodes(otherwise))).unwrap_or_default();
        format!("{{{{{keyword} {}}}}}{}{otherwise}{{{{end}}}}", self.pipe, nodes(&self.body))
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quote::quoted(self.name.as_bytes()))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.binding == Binding::Assign { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            write!(f, "{command}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, operand) in self.operands.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            match &operand.term {
                Term::Pipe(pipe) => write!(f, "({pipe})")?,
                _ => write!(f, "{operand}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.term {
            Term::Bool(value) => write!(f, "{value}"),
            Term::Dot => f.write_str("."),
            Term::Nil => f.write_str("nil"),
            Term::Number(constant) => f.write_str(&constant.text),
            Term::String { quoted, .. } => f.write_str(quoted),
            Term::Field(names) => names.iter().try_for_each(|name| write!(f, ".{name}")),
            Term::Variable(names) => f.write_str(&names.join(".")),
            Term::Function(name) => f.write_str(name),
            Term::Chain { base, fields } => {
                match &base.term {
                    Term::Pipe(pipe) => write!(f, "({pipe})")?,
                    _ => write!(f, "{base}")?,
                }
                fields.iter().try_for_each(|field| write!(f, ".{field}"))
            }
            Term::Pipe(pipe) => write!(f, "{pipe}"),
        }
    }
}
