//! What an expression yields: a value and whether Go knows its type.

use std::borrow::Cow;

use crate::template::value::{Type, Value};

/// Go's `reflect.Value` of an expression.
#[derive(Debug, Clone)]
pub(crate) enum Slot {
    /// No value.
    Invalid,
    /// What a map or a list of anything holds: perhaps `nil`, and errors call its type `interface {}`.
    Boxed(Value),
    /// A value of a known type, never `nil`.
    Plain(Value),
}

impl Slot {
    /// A value on its own.
    pub(crate) fn of(value: Value) -> Slot {
        match value {
            Value::Nil => Slot::Invalid,
            value => Slot::Plain(value),
        }
    }

    /// An element of a container.
    pub(crate) fn element(value: Value, element: Type) -> Slot {
        if element == Type::Any { Slot::Boxed(value) } else { Slot::of(value) }
    }

    /// The same value, forgetting what contained it.
    pub(crate) fn unboxed(self) -> Slot {
        match self {
            Slot::Boxed(value) => Slot::of(value),
            slot => slot,
        }
    }

    /// The value; `nil` if there is none.
    pub(crate) fn value(&self) -> &Value {
        match self {
            Slot::Invalid => &Value::Nil,
            Slot::Boxed(value) | Slot::Plain(value) => value,
        }
    }

    /// The value; `nil` if there is none.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Slot::Invalid => Value::Nil,
            Slot::Boxed(value) | Slot::Plain(value) => value,
        }
    }

    /// The type that errors name.
    pub(crate) fn type_name(&self) -> Cow<'_, str> {
        match self {
            Slot::Invalid => "<nil>".into(),
            Slot::Boxed(_) => "interface {}".into(),
            Slot::Plain(value) => value.type_name(),
        }
    }

    /// Whether there is a `nil` of unknown type.
    pub(crate) fn is_nil_interface(&self) -> bool {
        matches!(self, Slot::Boxed(Value::Nil))
    }
}
