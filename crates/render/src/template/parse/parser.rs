//! The structure of templates: text, actions and control.

use std::sync::Arc;

use super::ParseError;
use super::item::{Item, ItemKind, Keyword};
use super::lexer::{Lexer, Lines};
use super::node::{Branch, Invocation, Node, Source, Template, TextNode};
use crate::template::format::quote;

/// Actions and parentheses inside each other.
const MAX_DEPTH: usize = 500;
/// How errors name a `define`.
const DEFINITION: &str = "define clause";

/// Every template that `text` defines, itself last. `is_function` knows the names of functions.
pub(crate) fn parse(
    name: &str,
    text: &str,
    is_function: &dyn Fn(&str) -> bool,
) -> Result<Vec<Arc<Template>>, ParseError> {
    let source = Arc::new(Source { name: name.to_owned(), text: text.to_owned() });
    let mut parser = Parser {
        source: &source,
        lexer: Lexer::new(&source.text),
        lines: Lines::new(&source.text),
        tokens: std::array::from_fn(|_| Item { kind: ItemKind::End, position: 0, text: String::new(), line: 1 }),
        pending: 0,
        variables: vec!["$".to_owned()],
        action_line: None,
        ranges: 0,
        depth: 0,
        is_function,
        templates: Vec::new(),
    };
    parser.file(name)?;
    Ok(parser.templates.into_iter().map(Arc::new).collect())
}

pub(super) struct Parser<'a> {
    source: &'a Arc<Source>,
    lexer: Lexer<'a>,
    lines: Lines<'a>,
    /// The item read last, and up to two put back before it.
    tokens: [Item; 3],
    /// How many of `tokens` are to be read again.
    pending: usize,
    pub(super) variables: Vec<String>,
    action_line: Option<usize>,
    /// `range`s around this place.
    ranges: usize,
    pub(super) depth: usize,
    pub(super) is_function: &'a dyn Fn(&str) -> bool,
    templates: Vec<Template>,
}

/// What ended a list of nodes.
enum Terminator {
    End,
    Else,
    /// `{{else if` or `{{else with`, whose keyword is still to be read.
    ElseBranch,
}

impl Terminator {
    fn text(&self) -> &'static str {
        match self {
            Terminator::End => "{{end}}",
            Terminator::Else | Terminator::ElseBranch => "{{else}}",
        }
    }
}

enum Parsed {
    Node(Node),
    Terminator(Terminator),
}

impl Parser<'_> {
    pub(super) fn next(&mut self) -> Item {
        if self.pending > 0 {
            self.pending -= 1;
        } else {
            self.tokens[0] = self.lexer.next(&mut self.lines);
        }
        self.tokens[self.pending].clone()
    }

    pub(super) fn backup(&mut self) {
        self.pending += 1;
    }

    pub(super) fn backup2(&mut self, before: Item) {
        self.tokens[1] = before;
        self.pending = 2;
    }

    pub(super) fn backup3(&mut self, first: Item, second: Item) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.pending = 3;
    }

    pub(super) fn peek(&mut self) -> &Item {
        if self.pending == 0 {
            self.tokens[0] = self.lexer.next(&mut self.lines);
            self.pending = 1;
        }
        &self.tokens[self.pending - 1]
    }

    pub(super) fn next_visible(&mut self) -> Item {
        loop {
            let item = self.next();
            if item.kind != ItemKind::Space {
                return item;
            }
        }
    }

    pub(super) fn peek_visible(&mut self) -> Item {
        let item = self.next_visible();
        self.backup();
        item
    }

    pub(super) fn error<T>(&self, problem: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError { name: self.source.name.clone(), line: self.tokens[0].line, problem: problem.into() })
    }

    pub(super) fn unexpected<T>(&self, item: &Item, context: &str) -> Result<T, ParseError> {
        if item.kind != ItemKind::Error {
            return self.error(format!("unexpected {} in {context}", item.describe()));
        }
        match self.action_line {
            Some(line) if line != item.line => {
                let of_action = if item.text.ends_with(" action") { "" } else { " in action" };
                self.error(format!("{}{of_action} started at {}:{line}", item.text, self.source.name))
            }
            _ => self.error(item.text.clone()),
        }
    }

    fn expect_right_delimiter(&mut self, context: &str) -> Result<(), ParseError> {
        let item = self.next_visible();
        if item.kind == ItemKind::RightDelimiter { Ok(()) } else { self.unexpected(&item, context) }
    }

    /// One level deeper into the template.
    pub(super) fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if self.depth >= MAX_DEPTH {
            return self.error("max expression depth exceeded");
        }
        self.depth += 1;
        let parsed = crate::template::stack::with_room(|| parse(self));
        self.depth -= 1;
        parsed
    }

    fn file(&mut self, name: &str) -> Result<(), ParseError> {
        let mut root = Vec::new();
        while self.peek().kind != ItemKind::End {
            if self.peek().kind == ItemKind::LeftDelimiter {
                let delimiter = self.next();
                if self.next_visible().kind == ItemKind::Keyword(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.backup2(delimiter);
            }
            match self.text_or_action()? {
                Parsed::Node(node) => root.push(node),
                Parsed::Terminator(terminator) => return self.error(format!("unexpected {}", terminator.text())),
            }
        }
        self.add(name.to_owned(), root)
    }

    fn add(&mut self, name: String, root: Vec<Node>) -> Result<(), ParseError> {
        let template = Template { name, source: self.source.clone(), root };
        match self.templates.iter().position(|known| known.name == template.name) {
            Some(known) if self.templates[known].is_empty() => {
                self.templates.remove(known);
            }
            Some(_) if template.is_empty() => return Ok(()),
            Some(_) => {
                let name = quote::quoted(template.name.as_bytes());
                return self.error(format!("template: multiple definition of template {name}"));
            }
            None => {}
        }
        self.templates.push(template);
        Ok(())
    }

    fn definition(&mut self) -> Result<(), ParseError> {
        let item = self.next_visible();
        let name = self.template_name(&item, DEFINITION)?;
        self.expect_right_delimiter(DEFINITION)?;
        self.body_of_definition(name, DEFINITION)
    }

    /// The body of `define` or `block`, which sees no variables from outside.
    fn body_of_definition(&mut self, name: String, context: &str) -> Result<(), ParseError> {
        let line = self.tokens[0].line;
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let action_line = self.action_line.take();
        let (root, terminator) = self.items()?;
        if !matches!(terminator, Terminator::End) {
            // Go reports a `block` where it starts.
            let line = if context == DEFINITION { self.tokens[0].line } else { line };
            let problem = format!("unexpected {} in {context}", terminator.text());
            return Err(ParseError { name: self.source.name.clone(), line, problem });
        }
        (self.variables, self.ranges, self.action_line) = (variables, ranges, action_line);
        self.add(name, root)
    }

    /// Nodes up to `end` or `else`.
    fn items(&mut self) -> Result<(Vec<Node>, Terminator), ParseError> {
        self.deeper(|parser| {
            let mut nodes = Vec::new();
            while parser.peek_visible().kind != ItemKind::End {
                match parser.text_or_action()? {
                    Parsed::Node(node) => nodes.push(node),
                    Parsed::Terminator(terminator) => return Ok((nodes, terminator)),
                }
            }
            parser.error("unexpected EOF")
        })
    }

    fn text_or_action(&mut self) -> Result<Parsed, ParseError> {
        let item = self.next_visible();
        match item.kind {
            ItemKind::Text => Ok(Parsed::Node(Node::Text(TextNode { text: item.text }))),
            ItemKind::LeftDelimiter => {
                self.action_line = Some(item.line);
                let parsed = self.action();
                self.action_line = None;
                parsed
            }
            _ => self.unexpected(&item, "input"),
        }
    }

    fn action(&mut self) -> Result<Parsed, ParseError> {
        let item = self.next_visible();
        let node = match item.kind {
            ItemKind::Keyword(Keyword::Block) => Node::Template(self.block()?),
            ItemKind::Keyword(Keyword::Break) => self.loop_control(Node::Break)?,
            ItemKind::Keyword(Keyword::Continue) => self.loop_control(Node::Continue)?,
            ItemKind::Keyword(Keyword::Else) => return self.otherwise().map(Parsed::Terminator),
            ItemKind::Keyword(Keyword::End) => {
                self.expect_right_delimiter("end")?;
                return Ok(Parsed::Terminator(Terminator::End));
            }
            ItemKind::Keyword(Keyword::If) => Node::If(self.branch("if")?),
            ItemKind::Keyword(Keyword::Range) => Node::Range(self.branch("range")?),
            ItemKind::Keyword(Keyword::With) => Node::With(self.branch("with")?),
            ItemKind::Keyword(Keyword::Template) => Node::Template(self.invocation()?),
            _ => {
                self.backup();
                Node::Action(self.pipeline("command", ItemKind::RightDelimiter)?)
            }
        };
        Ok(Parsed::Node(node))
    }

    fn loop_control(&mut self, node: Node) -> Result<Node, ParseError> {
        let item = self.next_visible();
        if item.kind != ItemKind::RightDelimiter {
            return self.unexpected(&item, &node.to_string());
        }
        if self.ranges == 0 {
            return self.error(format!("{node} outside {{{{range}}}}"));
        }
        Ok(node)
    }

    fn otherwise(&mut self) -> Result<Terminator, ParseError> {
        if matches!(self.peek_visible().kind, ItemKind::Keyword(Keyword::If | Keyword::With)) {
            return Ok(Terminator::ElseBranch);
        }
        self.expect_right_delimiter("else")?;
        Ok(Terminator::Else)
    }

    fn branch(&mut self, context: &str) -> Result<Branch, ParseError> {
        let outer = self.variables.len();
        let pipe = self.pipeline(context, ItemKind::RightDelimiter)?;
        let in_range = usize::from(context == "range");
        self.ranges += in_range;
        let (body, terminator) = self.items()?;
        self.ranges -= in_range;
        let otherwise = match terminator {
            Terminator::End => None,
            Terminator::Else | Terminator::ElseBranch => Some(self.else_body(context)?),
        };
        self.variables.truncate(outer);
        Ok(Branch { pipe, body, otherwise })
    }

    /// What follows `{{else`: another branch of the same kind, whose `end` is also this one's, or nodes.
    fn else_body(&mut self, context: &str) -> Result<Vec<Node>, ParseError> {
        match (context, self.peek().kind) {
            ("if", ItemKind::Keyword(Keyword::If)) => {
                self.next();
                let branch = self.deeper(|parser| parser.branch(context))?;
                Ok(vec![Node::If(branch)])
            }
            ("with", ItemKind::Keyword(Keyword::With)) => {
                self.next();
                let branch = self.deeper(|parser| parser.branch(context))?;
                Ok(vec![Node::With(branch)])
            }
            _ => {
                let (nodes, terminator) = self.items()?;
                if !matches!(terminator, Terminator::End) {
                    return self.error(format!("expected end; found {}", terminator.text()));
                }
                Ok(nodes)
            }
        }
    }

    fn block(&mut self) -> Result<Invocation, ParseError> {
        const CONTEXT: &str = "block clause";
        let item = self.next_visible();
        let name = self.template_name(&item, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, ItemKind::RightDelimiter)?;
        self.body_of_definition(name.clone(), CONTEXT)?;
        Ok(Invocation { position: item.position, name, pipe: Some(pipe) })
    }

    fn invocation(&mut self) -> Result<Invocation, ParseError> {
        const CONTEXT: &str = "template clause";
        let item = self.next_visible();
        let name = self.template_name(&item, CONTEXT)?;
        let pipe = if self.next_visible().kind == ItemKind::RightDelimiter {
            None
        } else {
            self.backup();
            Some(self.pipeline(CONTEXT, ItemKind::RightDelimiter)?)
        };
        Ok(Invocation { position: item.position, name, pipe })
    }

    fn template_name(&mut self, item: &Item, context: &str) -> Result<String, ParseError> {
        match item.kind {
            ItemKind::String | ItemKind::RawString => match quote::unquoted(&item.text) {
                Some(name) => Ok(String::from_utf8_lossy(&name).into_owned()),
                None => self.error("invalid syntax"),
            },
            _ => self.unexpected(item, context),
        }
    }
}
