//! Commands, variables and chains of fields.

use super::{Execution, Place, Slot};
use crate::template::error::Error;
use crate::template::format::quote::quoted;
use crate::template::parse::{Command, Constant, Operand, Term};
use crate::template::run::MissingKey;
use crate::template::value::{Type, Value};

impl<'e> Execution<'e> {
    /// The value of a command. `last` is what the command before it in the pipeline yielded: its last argument.
    pub(super) fn command(&mut self, dot: &Slot, command: &'e Command, last: Option<Slot>) -> Result<Slot, Error> {
        self.step()?;
        let Some((first, arguments)) = command.operands.split_first() else {
            return self.error("empty command");
        };
        match &first.term {
            Term::Field(names) => {
                self.place = Place::Operand(first);
                self.fields(dot, dot.clone(), first, names, arguments, last)
            }
            Term::Chain { base, fields } => self.chain(dot, first, base, fields, arguments, last),
            Term::Function(name) => {
                self.place = Place::Operand(first);
                self.function(dot, name, Place::Command(command), arguments, last)
            }
            Term::Pipe(pipe) => {
                self.not_a_function(first, arguments, last.as_ref())?;
                self.pipeline(dot, pipe)
            }
            Term::Variable(names) => self.variable(dot, first, names, arguments, last),
            Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String { .. } => {
                self.place = Place::Operand(first);
                self.not_a_function(first, arguments, last.as_ref())?;
                match &first.term {
                    Term::Dot => Ok(dot.clone()),
                    Term::Nil => self.error("nil is not a command"),
                    _ => self.constant(first),
                }
            }
        }
    }

    fn not_a_function(&self, first: &Operand, arguments: &[Operand], last: Option<&Slot>) -> Result<(), Error> {
        if arguments.is_empty() && last.is_none() {
            return Ok(());
        }
        self.error(format!("can't give argument to non-function {first}"))
    }

    /// The value of a literal where any type will do.
    pub(super) fn constant(&mut self, operand: &'e Operand) -> Result<Slot, Error> {
        self.place = Place::Operand(operand);
        Ok(Slot::Plain(match &operand.term {
            Term::Bool(value) => Value::Bool(*value),
            Term::String { text, .. } => Value::string(text.as_slice()),
            Term::Number(constant) => return self.number(constant),
            _ => return self.error(format!("can't evaluate command {}", quoted(operand.to_string().as_bytes()))),
        }))
    }

    fn number(&self, constant: &Constant) -> Result<Slot, Error> {
        if let Some((real, imaginary)) = constant.complex {
            return Ok(Slot::Plain(Value::Complex(real, imaginary)));
        }
        match (constant.float, constant.int) {
            (Some(float), _) if constant.is_written_as_float() => Ok(Slot::Plain(Value::Float(float))),
            (_, Some(int)) => Ok(Slot::Plain(Value::int(int))),
            (_, None) => self.error(format!("{} overflows int", constant.text)),
        }
    }

    pub(super) fn chain(
        &mut self,
        dot: &Slot,
        operand: &'e Operand,
        base: &'e Operand,
        fields: &'e [String],
        arguments: &'e [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        self.place = Place::Operand(operand);
        let receiver = match &base.term {
            Term::Nil => return self.error(format!("indirection through explicit nil in {operand}")),
            Term::Pipe(pipe) => {
                self.place = Place::Operand(base);
                self.pipeline(dot, pipe)?
            }
            Term::Function(name) => {
                self.place = Place::Operand(base);
                self.function(dot, name, Place::Operand(base), &[], None)?
            }
            _ => return self.error(format!("can't handle {base} for arg of type interface {{}}")),
        };
        self.fields(dot, receiver, operand, fields, arguments, last)
    }

    pub(super) fn variable(
        &mut self,
        dot: &Slot,
        operand: &'e Operand,
        names: &'e [String],
        arguments: &'e [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        self.place = Place::Operand(operand);
        let (name, fields) = match names {
            [] => return self.error("undefined variable: "),
            [name, fields @ ..] => (name, fields),
        };
        let value = match self.variables.iter().rev().find(|(variable, _)| variable == name) {
            Some((_, value)) => value.clone(),
            None => return self.error(format!("undefined variable: {name}")),
        };
        if fields.is_empty() {
            self.not_a_function(operand, arguments, last.as_ref())?;
            return Ok(value);
        }
        self.fields(dot, value, operand, fields, arguments, last)
    }

    /// `.a.b.c` of a receiver; only the last one may be a method with arguments.
    pub(super) fn fields(
        &mut self,
        dot: &Slot,
        mut receiver: Slot,
        operand: &'e Operand,
        names: &'e [String],
        arguments: &'e [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        let Some((final_name, names)) = names.split_last() else { return Ok(receiver) };
        for name in names {
            receiver = self.field(dot, receiver, operand, name, &[], None)?;
        }
        self.field(dot, receiver, operand, final_name, arguments, last)
    }

    fn field(
        &mut self,
        dot: &Slot,
        receiver: Slot,
        operand: &'e Operand,
        name: &'e str,
        arguments: &'e [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        if receiver.is_nil_interface() {
            return self.error(format!("nil pointer evaluating interface {{}}.{name}"));
        }
        if let Slot::Invalid = receiver {
            if self.run.missing_key == MissingKey::Error {
                return self.error(format!("nil data; no entry for key {}", quoted(name.as_bytes())));
            }
            return Ok(Slot::Invalid);
        }
        if let Some(method) = crate::template::method::of(receiver.value(), name) {
            return self.method(dot, receiver.into_value(), name, method, Place::Operand(operand), arguments, last);
        }
        let has_arguments = !arguments.is_empty() || last.is_some();
        match receiver.value() {
            Value::Object(object) => {
                if let Some(value) = object.field(name) {
                    if has_arguments {
                        return self.error(format!("{name} has arguments but cannot be invoked as function"));
                    }
                    return Ok(Slot::of(value));
                }
            }
            Value::Map(map) => {
                if has_arguments {
                    return self.error(format!("{name} is not a method but has arguments"));
                }
                return match map.get(name.as_bytes()) {
                    Some(value) => Ok(Slot::element(value, map.element())),
                    None => self.missing(name, map.element()),
                };
            }
            _ => {}
        }
        self.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }

    fn missing(&self, name: &str, element: Type) -> Result<Slot, Error> {
        match self.run.missing_key {
            MissingKey::Invalid => Ok(Slot::Invalid),
            MissingKey::Zero => Ok(zero(element)),
            MissingKey::Error => self.error(format!("map has no entry for key {}", quoted(name.as_bytes()))),
        }
    }
}

/// The zero of a type.
pub(crate) fn zero(element: Type) -> Slot {
    Slot::Plain(match element {
        Type::Any | Type::List | Type::Strings | Type::Map | Type::Time | Type::Named(_) => {
            return Slot::Boxed(Value::Nil);
        }
        Type::Bool => Value::Bool(false),
        Type::Int => Value::int(0),
        Type::Int64 => Value::int64(0),
        Type::Byte => Value::Uint(crate::template::value::Unsigned::Uint8, 0),
        Type::Float => Value::Float(0.0),
        Type::String => Value::string(""),
        Type::Bytes => Value::Bytes([].into()),
        Type::Duration => Value::Duration(0),
    })
}
