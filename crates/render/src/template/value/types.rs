//! Go's types and kinds, by the names that error texts, `typeOf`, `kindOf` and `%T` print.

use std::borrow::Cow;

use super::Value;

/// The width of a signed integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// `int`: what constants, `len` and most functions yield.
    Int,
    /// `int32`, also called rune.
    Int32,
    /// `int64`: what arithmetic and `--set` yield.
    Int64,
}

/// The width of an unsigned integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// `uint`.
    Uint,
    /// `uint8`, also called byte: what indexing a string yields.
    Uint8,
    /// `uint64`: the parts of versions.
    Uint64,
}

/// What a parameter of a function or an element of a container accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`.
    Any,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint8`.
    Byte,
    /// `float64`.
    Float,
    /// `string`.
    String,
    /// `[]uint8`.
    Bytes,
    /// `[]interface {}`.
    List,
    /// `[]string`.
    Strings,
    /// `map[string]interface {}`.
    Map,
    /// `time.Time`.
    Time,
    /// `time.Duration`.
    Duration,
    /// A type of a library, by its name.
    Named(&'static str),
}

impl Type {
    /// The name that Go prints.
    pub fn name(self) -> &'static str {
        match self {
            Type::Any => "interface {}",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Int64 => "int64",
            Type::Byte => "uint8",
            Type::Float => "float64",
            Type::String => "string",
            Type::Bytes => "[]uint8",
            Type::List => "[]interface {}",
            Type::Strings => "[]string",
            Type::Map => "map[string]interface {}",
            Type::Time => "time.Time",
            Type::Duration => "time.Duration",
            Type::Named(name) => name,
        }
    }

    /// Whether `nil` is a value of the type.
    pub fn can_be_nil(self) -> bool {
        match self {
            Type::Any | Type::Bytes | Type::List | Type::Strings | Type::Map => true,
            Type::Named(name) => name.starts_with('*'),
            Type::Bool
            | Type::Int
            | Type::Int64
            | Type::Byte
            | Type::Float
            | Type::String
            | Type::Time
            | Type::Duration => false,
        }
    }

    /// Whether a value other than `nil` can be assigned to the type: named maps and lists to their unnamed form.
    pub fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (Type::Any, _)
            | (Type::Bool, Value::Bool(_))
            | (Type::Int, Value::Int(Signed::Int, _))
            | (Type::Int64, Value::Int(Signed::Int64, _))
            | (Type::Byte, Value::Uint(Unsigned::Uint8, _))
            | (Type::Float, Value::Float(_))
            | (Type::String, Value::String(_))
            | (Type::Bytes, Value::Bytes(_))
            | (Type::Time, Value::Time(_))
            | (Type::Duration, Value::Duration(_)) => true,
            (Type::List, Value::List(list)) => list.element() == Type::Any,
            (Type::Strings, Value::List(list)) => list.element() == Type::String,
            (Type::Map, Value::Map(map)) => map.element() == Type::Any,
            (Type::Named(name), Value::Object(object)) => object.type_name() == name,
            _ => false,
        }
    }
}

/// Go's `reflect.Kind` of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No value at all.
    Invalid,
    /// `bool`.
    Bool,
    /// A signed integer.
    Int(Signed),
    /// An unsigned integer.
    Uint(Unsigned),
    /// `float64`.
    Float64,
    /// `complex128`.
    Complex128,
    /// A map.
    Map,
    /// A pointer.
    Pointer,
    /// A list.
    Slice,
    /// `string`.
    String,
    /// A struct.
    Struct,
}

impl Kind {
    /// The name that `kindOf` prints.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Invalid => "invalid",
            Kind::Bool => "bool",
            Kind::Int(width) => width.name(),
            Kind::Uint(width) => width.name(),
            Kind::Float64 => "float64",
            Kind::Complex128 => "complex128",
            Kind::Map => "map",
            Kind::Pointer => "ptr",
            Kind::Slice => "slice",
            Kind::String => "string",
            Kind::Struct => "struct",
        }
    }
}

impl Signed {
    /// The name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Signed::Int => "int",
            Signed::Int32 => "int32",
            Signed::Int64 => "int64",
        }
    }
}

impl Unsigned {
    /// The name of the type.
    pub fn name(self) -> &'static str {
        match self {
            Unsigned::Uint => "uint",
            Unsigned::Uint8 => "uint8",
            Unsigned::Uint64 => "uint64",
        }
    }
}

impl Value {
    /// Go's `reflect.Kind` of the value.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Nil => Kind::Invalid,
            Value::Bool(_) => Kind::Bool,
            Value::Int(width, _) => Kind::Int(*width),
            Value::Uint(width, _) => Kind::Uint(*width),
            Value::Float(_) => Kind::Float64,
            Value::Complex(_, _) => Kind::Complex128,
            Value::String(_) => Kind::String,
            Value::Bytes(_) | Value::List(_) => Kind::Slice,
            Value::Map(_) => Kind::Map,
            Value::Time(_) => Kind::Struct,
            Value::Duration(_) => Kind::Int(Signed::Int64),
            Value::Object(object) => object.kind(),
        }
    }

    /// The name of the value's type, as `%T` prints it.
    pub fn type_name(&self) -> Cow<'_, str> {
        match self {
            Value::Nil => "<nil>".into(),
            Value::Bool(_) => "bool".into(),
            Value::Int(width, _) => width.name().into(),
            Value::Uint(width, _) => width.name().into(),
            Value::Float(_) => "float64".into(),
            Value::Complex(_, _) => "complex128".into(),
            Value::String(_) => "string".into(),
            Value::Bytes(_) => "[]uint8".into(),
            Value::List(list) => match list.named() {
                Some(named) => named.type_name().into(),
                None => format!("[]{}", list.element().name()).into(),
            },
            Value::Map(map) => match map.named() {
                Some(named) => named.type_name().into(),
                None => format!("map[string]{}", map.element().name()).into(),
            },
            Value::Time(_) => "time.Time".into(),
            Value::Duration(_) => "time.Duration".into(),
            Value::Object(object) => object.type_name().into(),
        }
    }
}
