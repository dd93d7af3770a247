//! Arguments, checked against the parameters they are for.

use super::{Execution, Place, Slot};
use crate::template::error::Error;
use crate::template::parse::{Operand, Term};
use crate::template::value::{Signed, Type, Unsigned, Value};

/// What a parameter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// Values of a type.
    Of(Type),
    /// Anything, seen with what Go knows of its type: functions of the language.
    Reflected,
}

impl<'e> Execution<'e> {
    pub(super) fn argument(&mut self, dot: &Slot, parameter: Parameter, operand: &'e Operand) -> Result<Slot, Error> {
        self.place = Place::Operand(operand);
        let value = match &operand.term {
            Term::Dot => dot.clone(),
            Term::Nil => {
                return match parameter {
                    Parameter::Of(of) if !of.can_be_nil() => self.error(format!("cannot assign nil to {}", of.name())),
                    Parameter::Of(_) | Parameter::Reflected => Ok(Slot::Invalid),
                };
            }
            Term::Field(names) => self.fields(dot, dot.clone(), operand, names, &[], None)?,
            Term::Variable(names) => self.variable(dot, operand, names, &[], None)?,
            Term::Pipe(pipe) => self.pipeline(dot, pipe)?,
            Term::Function(name) => self.function(dot, name, Place::Operand(operand), &[], None)?,
            Term::Chain { base, fields } => self.chain(dot, operand, base, fields, &[], None)?,
            Term::Bool(_) | Term::Number(_) | Term::String { .. } => return self.literal(parameter, operand),
        };
        self.validate(value, parameter)
    }

    /// A literal, as the type of the parameter.
    fn literal(&mut self, parameter: Parameter, operand: &'e Operand) -> Result<Slot, Error> {
        let of = match parameter {
            Parameter::Reflected | Parameter::Of(Type::Any) => return self.constant(operand),
            Parameter::Of(of) => of,
        };
        let number = match &operand.term {
            Term::Number(constant) => Some(constant),
            _ => None,
        };
        let value = match of {
            Type::Bool => match operand.term {
                Term::Bool(value) => Some(Value::Bool(value)),
                _ => None,
            },
            Type::String => match &operand.term {
                Term::String { text, .. } => Some(Value::string(text.as_slice())),
                _ => None,
            },
            Type::Int => number.and_then(|number| number.int).map(Value::int),
            Type::Int64 => number.and_then(|number| number.int).map(|int| Value::Int(Signed::Int64, int)),
            Type::Duration => number.and_then(|number| number.int).map(Value::Duration),
            Type::Byte => number.and_then(|number| number.uint).map(|uint| Value::Uint(Unsigned::Uint8, uint & 0xff)),
            Type::Float => number.and_then(|number| number.float).map(Value::Float),
            Type::Any | Type::Bytes | Type::List | Type::Strings | Type::Map | Type::Time | Type::Named(_) => {
                return self.error(format!("can't handle {operand} for arg of type {}", of.name()));
            }
        };
        match value {
            Some(value) => Ok(Slot::Plain(value)),
            None => {
                let expected = match of {
                    Type::Int | Type::Int64 | Type::Duration => "integer",
                    Type::Byte => "unsigned integer",
                    Type::Float => "float",
                    of => of.name(),
                };
                self.error(format!("expected {expected}; found {operand}"))
            }
        }
    }

    /// The value, if the parameter accepts it.
    pub(super) fn validate(&self, value: Slot, parameter: Parameter) -> Result<Slot, Error> {
        let Parameter::Of(of) = parameter else { return Ok(value) };
        match &value {
            Slot::Invalid if of.can_be_nil() => Ok(value),
            Slot::Invalid => self.error(format!("invalid value; expected {}", of.name())),
            Slot::Boxed(Value::Nil) if of == Type::Any => Ok(value),
            Slot::Boxed(Value::Nil) => {
                self.error(format!("wrong type for value; expected {}; got interface {{}}", of.name()))
            }
            Slot::Boxed(content) | Slot::Plain(content) if of.accepts(content) => Ok(value),
            Slot::Boxed(content) | Slot::Plain(content) => {
                let got = content.type_name();
                self.error(format!("wrong type for value; expected {}; got {got}", of.name()))
            }
        }
    }
}
