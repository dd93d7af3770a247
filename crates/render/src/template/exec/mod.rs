//! Executes a template, as Go's `text/template` does.

mod arguments;
mod calls;
mod pipeline;
mod ranges;
mod slot;

use std::rc::Rc;

use super::error::{Error, ExecuteError, Problem};
use super::format;
use super::parse::{Binding, Branch, Command, Invocation, Node, Operand, Pipe, Template};
use super::run::{Run, Set};
use super::stack;
use super::value::Value;

pub(crate) use arguments::Parameter;
pub(crate) use pipeline::zero;
pub(crate) use slot::Slot;

/// Appends the output of a template to `out`.
pub(crate) fn execute(
    run: &mut Run,
    set: &Rc<Set>,
    template: &Template,
    data: Value,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    stack::with_room(|| {
        let dot = Slot::of(data);
        let variables = vec![("$", dot.clone())];
        let mut execution = Execution { run, set, template, variables, place: Place::Start, out };
        execution.walk(&dot, &template.root).map(|_| ())
    })
}

/// The execution of one template.
pub(super) struct Execution<'e> {
    pub(super) run: &'e mut Run,
    pub(super) set: &'e Rc<Set>,
    template: &'e Template,
    /// All variables in scope, the innermost last.
    variables: Vec<(&'e str, Slot)>,
    /// What is being executed, for errors.
    place: Place<'e>,
    out: &'e mut Vec<u8>,
}

/// A part of a template that errors name.
#[derive(Clone, Copy)]
pub(super) enum Place<'e> {
    Start,
    Action(&'e Pipe),
    Branch(&'e Branch, &'static str),
    Invocation(&'e Invocation),
    Pipe(&'e Pipe),
    Command(&'e Command),
    Operand(&'e Operand),
}

/// Whether a condition's value becomes the dot of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dot {
    Stays,
    IsSet,
}

/// How execution goes on after a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

impl<'e> Execution<'e> {
    /// An error at the current place.
    pub(super) fn fail<T>(&self, problem: Problem) -> Result<T, Error> {
        let (position, context) = match self.place {
            Place::Start => (0, String::new()),
            Place::Action(pipe) => (pipe.position, format!("{{{{{pipe}}}}}")),
            Place::Branch(branch, name) => (branch.pipe.position, branch.text(name)),
            Place::Invocation(invocation) => (invocation.position, invocation.to_string()),
            Place::Pipe(pipe) => (pipe.position, pipe.to_string()),
            Place::Command(command) => (command.position, command.to_string()),
            Place::Operand(operand) => (operand.position, operand.to_string()),
        };
        let (line, column) = self.template.source.place(position);
        Err(Error::Execute(Box::new(ExecuteError {
            name: self.template.source.name.clone(),
            line,
            column,
            template: self.template.name.clone(),
            context,
            problem,
        })))
    }

    pub(super) fn error<T>(&self, message: impl Into<String>) -> Result<T, Error> {
        self.fail(Problem::Message(message.into()))
    }

    fn step(&mut self) -> Result<(), Error> {
        match self.run.step() {
            Ok(()) => Ok(()),
            Err(limit) => self.fail(Problem::Limit(limit)),
        }
    }

    fn write(&mut self, text: &[u8]) -> Result<(), Error> {
        self.out.extend_from_slice(text);
        match self.run.budget.text(self.out.len()) {
            Ok(()) => Ok(()),
            Err(limit) => self.fail(Problem::Limit(limit)),
        }
    }

    fn walk(&mut self, dot: &Slot, nodes: &'e [Node]) -> Result<Flow, Error> {
        for node in nodes {
            self.step()?;
            let flow = match node {
                Node::Text(text) => {
                    self.write(text.text.as_bytes())?;
                    Flow::Next
                }
                Node::Action(pipe) => {
                    self.place = Place::Action(pipe);
                    self.action(dot, pipe)?;
                    Flow::Next
                }
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
                Node::If(branch) => {
                    self.place = Place::Branch(branch, "if");
                    self.condition(dot, branch, Dot::Stays)?
                }
                Node::With(branch) => {
                    self.place = Place::Branch(branch, "with");
                    self.condition(dot, branch, Dot::IsSet)?
                }
                Node::Range(branch) => {
                    self.place = Place::Branch(branch, "range");
                    self.range(dot, branch)?
                }
                Node::Template(invocation) => {
                    self.place = Place::Invocation(invocation);
                    self.invoke(dot, invocation)?;
                    Flow::Next
                }
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    /// Variables that an action declares live on until the `end` around it.
    fn action(&mut self, dot: &Slot, pipe: &'e Pipe) -> Result<(), Error> {
        let value = self.pipeline(dot, pipe)?;
        if !pipe.variables.is_empty() {
            return Ok(());
        }
        match value {
            Slot::Invalid => self.write(b"<no value>"),
            Slot::Boxed(Value::String(text)) | Slot::Plain(Value::String(text)) => self.write(&text),
            Slot::Boxed(value) | Slot::Plain(value) => {
                let in_place = match &value {
                    Value::Object(object) => object.display_in_place(),
                    _ => None,
                };
                match in_place {
                    Some(text) => self.write(text.as_bytes()),
                    None => self.write(&format::display_in_place(&value)),
                }
            }
        }
    }

    /// `if`, or `with`, which sets the dot.
    fn condition(&mut self, dot: &Slot, branch: &'e Branch, changes: Dot) -> Result<Flow, Error> {
        let outer = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = if value.value().is_true() {
            let inner = if changes == Dot::IsSet { &value } else { dot };
            self.body(inner, &branch.body)
        } else {
            match &branch.otherwise {
                Some(nodes) => self.body(dot, nodes),
                None => Ok(Flow::Next),
            }
        };
        self.variables.truncate(outer);
        flow
    }

    fn body(&mut self, dot: &Slot, nodes: &'e [Node]) -> Result<Flow, Error> {
        stack::with_room(|| self.walk(dot, nodes))
    }

    fn invoke(&mut self, dot: &Slot, invocation: &'e Invocation) -> Result<(), Error> {
        let Some(template) = self.set.find(&invocation.name).cloned() else {
            let name = format::quote::quoted(invocation.name.as_bytes());
            return self.error(format!("template {name} not defined"));
        };
        if let Err(limit) = self.run.budget.enter() {
            return self.fail(Problem::Limit(limit));
        }
        let data = match &invocation.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Slot::Invalid,
        };
        let result = execute(self.run, self.set, &template, data.into_value(), self.out);
        self.run.budget.leave();
        result
    }

    /// The value of a pipeline, bound to its variables if it has any.
    pub(super) fn pipeline(&mut self, dot: &Slot, pipe: &'e Pipe) -> Result<Slot, Error> {
        self.place = Place::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?.unboxed());
        }
        let value = value.unwrap_or(Slot::Invalid);
        for variable in &pipe.variables {
            match pipe.binding {
                Binding::Declare => self.variables.push((variable, value.clone())),
                Binding::Assign => self.assign(variable, value.clone())?,
            }
        }
        Ok(value)
    }

    fn assign(&mut self, name: &str, value: Slot) -> Result<(), Error> {
        match self.variables.iter_mut().rev().find(|(variable, _)| *variable == name) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => self.error(format!("undefined variable: {name}")),
        }
    }
}

#[cfg(test)]
mod tests;
