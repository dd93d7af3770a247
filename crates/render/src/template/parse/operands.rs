//! The inside of actions: pipelines, commands and operands.

use super::ParseError;
use super::item::{Item, ItemKind, Keyword};
use super::node::{Binding, Command, Operand, Pipe, Term};
use super::number::Constant;
use super::parser::Parser;
use crate::template::format::quote;

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: ItemKind) -> Result<Pipe, ParseError> {
        let position = self.peek_visible().position;
        let mut pipe = Pipe { position, binding: Binding::Declare, variables: Vec::new(), commands: Vec::new() };
        self.variables_of(&mut pipe, context)?;
        loop {
            let item = self.next_visible();
            if item.kind == end {
                self.check(&pipe, context)?;
                return Ok(pipe);
            }
            match item.kind {
                ItemKind::Bool
                | ItemKind::CharacterConstant
                | ItemKind::Complex
                | ItemKind::Keyword(Keyword::Dot | Keyword::Nil)
                | ItemKind::Field
                | ItemKind::Identifier
                | ItemKind::Number
                | ItemKind::RawString
                | ItemKind::String
                | ItemKind::Variable
                | ItemKind::LeftParenthesis => {
                    self.backup();
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(&item, context),
            }
        }
    }

    /// `$x :=`, `$x =` or `$k, $v :=` at the start of a pipeline.
    fn variables_of(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), ParseError> {
        loop {
            let variable = self.peek_visible();
            if variable.kind != ItemKind::Variable {
                return Ok(());
            }
            self.next();
            // The item next to the variable may have to be put back: in `$x foo` the variable is an argument.
            let adjacent = self.peek().clone();
            let next = self.peek_visible();
            match next.kind {
                ItemKind::Assign | ItemKind::Declare => {
                    self.next_visible();
                    pipe.binding = if next.kind == ItemKind::Assign { Binding::Assign } else { Binding::Declare };
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    return Ok(());
                }
                ItemKind::Character if next.text == "," => {
                    self.next_visible();
                    pipe.variables.push(variable.text.clone());
                    self.variables.push(variable.text);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return self.error(format!("too many declarations in {context}"));
                    }
                    match self.peek_visible().kind {
                        ItemKind::Variable | ItemKind::RightDelimiter | ItemKind::RightParenthesis => {}
                        _ => return self.error("range can only initialize variables"),
                    }
                }
                _ => {
                    if adjacent.kind == ItemKind::Space {
                        self.backup3(variable, adjacent);
                    } else {
                        self.backup2(variable);
                    }
                    return Ok(());
                }
            }
        }
    }

    fn check(&mut self, pipe: &Pipe, context: &str) -> Result<(), ParseError> {
        if pipe.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String { .. }) =
                command.operands.first().map(|operand| &operand.term)
            {
                return self.error(format!("non executable command in pipeline stage {}", index + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command, ParseError> {
        let mut command = Command { position: self.peek_visible().position, operands: Vec::new() };
        loop {
            self.peek_visible();
            if let Some(operand) = self.operand()? {
                command.operands.push(operand);
            }
            let item = self.next();
            match item.kind {
                ItemKind::Space => continue,
                ItemKind::RightDelimiter | ItemKind::RightParenthesis => self.backup(),
                ItemKind::Pipe => {}
                _ => return self.unexpected(&item, "operand"),
            }
            break;
        }
        if command.operands.is_empty() {
            return self.error("empty command");
        }
        Ok(command)
    }

    /// A term and the fields chained to it.
    fn operand(&mut self) -> Result<Option<Operand>, ParseError> {
        let Some(mut operand) = self.term()? else { return Ok(None) };
        if self.peek().kind != ItemKind::Field {
            return Ok(Some(operand));
        }
        let position = self.peek().position;
        let mut fields = Vec::new();
        while self.peek().kind == ItemKind::Field {
            fields.push(self.next().text[1..].to_owned());
        }
        match &mut operand.term {
            Term::Field(names) | Term::Variable(names) => {
                names.append(&mut fields);
                operand.position = position;
            }
            Term::Bool(_) | Term::String { .. } | Term::Number(_) | Term::Nil | Term::Dot => {
                let term = quote::quoted(operand.to_string().as_bytes());
                return self.error(format!("unexpected . after term {term}"));
            }
            Term::Function(_) | Term::Chain { .. } | Term::Pipe(_) => {
                operand = Operand { position, term: Term::Chain { base: Box::new(operand), fields } };
            }
        }
        Ok(Some(operand))
    }

    fn term(&mut self) -> Result<Option<Operand>, ParseError> {
        let item = self.next_visible();
        let position = item.position;
        let term = match item.kind {
            ItemKind::Identifier => {
                if !(self.is_function)(&item.text) {
                    let name = quote::quoted(item.text.as_bytes());
                    return self.error(format!("function {name} not defined"));
                }
                Term::Function(item.text)
            }
            ItemKind::Keyword(Keyword::Dot) => Term::Dot,
            ItemKind::Keyword(Keyword::Nil) => Term::Nil,
            ItemKind::Variable => {
                if !self.variables.contains(&item.text) {
                    let name = quote::quoted(item.text.as_bytes());
                    return self.error(format!("undefined variable {name}"));
                }
                Term::Variable(vec![item.text])
            }
            ItemKind::Field => Term::Field(vec![item.text[1..].to_owned()]),
            ItemKind::Bool => Term::Bool(item.text == "true"),
            ItemKind::CharacterConstant | ItemKind::Complex | ItemKind::Number => self.constant(&item)?,
            ItemKind::LeftParenthesis => {
                let pipe =
                    self.deeper(|parser| parser.pipeline("parenthesized pipeline", ItemKind::RightParenthesis))?;
                // The pipeline stands for itself, with its own place.
                return Ok(Some(Operand { position: pipe.position, term: Term::Pipe(pipe) }));
            }
            ItemKind::String | ItemKind::RawString => match quote::unquoted(&item.text) {
                Some(text) => Term::String { quoted: item.text, text },
                None => return self.error("invalid syntax"),
            },
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Operand { position, term }))
    }

    fn constant(&mut self, item: &Item) -> Result<Term, ParseError> {
        let constant = match item.kind {
            ItemKind::CharacterConstant => Constant::character(&item.text),
            ItemKind::Complex => Constant::complex(&item.text),
            _ => Constant::number(&item.text),
        };
        match constant {
            Ok(constant) => Ok(Term::Number(constant)),
            Err(problem) => self.error(problem),
        }
    }
}
