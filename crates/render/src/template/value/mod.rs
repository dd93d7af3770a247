//! The values of templates: what Go's `reflect` sees of the data that Helm passes in and of what functions return.

mod containers;
mod json;
mod object;
mod text;
mod time;
mod types;

pub use containers::{List, Map};
pub use json::JsonError;
pub use object::{Method, MethodBody, Named, Object};
pub use text::Text;
pub use time::Time;
pub use types::{Kind, Signed, Type, Unsigned};

use std::rc::Rc;

/// A value of a template.
///
/// Maps are shared by reference, as in Go: `set` is seen by everyone who holds the map. Everything else is a value.
#[derive(Debug, Clone)]
pub enum Value {
    /// `nil`.
    Nil,
    /// `bool`.
    Bool(bool),
    /// A signed integer.
    Int(Signed, i64),
    /// An unsigned integer.
    Uint(Unsigned, u64),
    /// `float64`: every number of a values file.
    Float(f64),
    /// `complex128`: only constants are.
    Complex(f64, f64),
    /// `string`.
    String(Text),
    /// `[]byte`.
    Bytes(Rc<[u8]>),
    /// A list.
    List(List),
    /// A map with keys that are strings.
    Map(Map),
    /// `time.Time`.
    Time(Time),
    /// `time.Duration`, in nanoseconds.
    Duration(i64),
    /// A value of a library: a struct with fields and methods.
    Object(Rc<dyn Object>),
}

impl Value {
    /// Go's `int`.
    pub fn int(value: i64) -> Value {
        Value::Int(Signed::Int, value)
    }

    /// Go's `int64`.
    pub fn int64(value: i64) -> Value {
        Value::Int(Signed::Int64, value)
    }

    /// A string.
    pub fn string(text: impl Into<Text>) -> Value {
        Value::String(text.into())
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(List::new(items))
    }

    /// A `[]string`.
    pub fn strings<T: Into<Text>>(items: impl IntoIterator<Item = T>) -> Value {
        let items = items.into_iter().map(Value::string).collect();
        Value::List(List::of(Type::String, items))
    }

    /// Whether `if` takes the value for true: whether it is not the zero of its type. Structs always are.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Nil => false,
            Value::Bool(value) => *value,
            Value::Int(_, value) | Value::Duration(value) => *value != 0,
            Value::Uint(_, value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
            Value::String(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(list) => !list.items().is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Time(_) | Value::Object(_) => true,
        }
    }

    /// The number of elements or bytes, for what has one.
    pub fn length(&self) -> Option<usize> {
        match self {
            Value::String(text) => Some(text.len()),
            Value::Bytes(bytes) => Some(bytes.len()),
            Value::List(list) => Some(list.items().len()),
            Value::Map(map) => Some(map.len()),
            Value::Nil
            | Value::Bool(_)
            | Value::Int(..)
            | Value::Uint(..)
            | Value::Float(_)
            | Value::Complex(..)
            | Value::Time(_)
            | Value::Duration(_)
            | Value::Object(_) => None,
        }
    }

    /// The items of a list, bytes of `[]byte` included.
    pub fn items(&self) -> Option<Vec<Value>> {
        match self {
            Value::List(list) => Some(list.items().to_vec()),
            Value::Bytes(bytes) => {
                Some(bytes.iter().map(|byte| Value::Uint(Unsigned::Uint8, u64::from(*byte))).collect())
            }
            _ => None,
        }
    }

    /// Go's `reflect.DeepEqual`: same type and same content, `1` and `1.0` differ.
    pub fn deep_equal(&self, other: &Value) -> bool {
        let mut left = MAX_COMPARISONS;
        deep_equal(self, other, 0, &mut left)
    }
}

/// Deeper values are not compared: only a map that contains itself is that deep.
const MAX_DEPTH: usize = 500;
/// Values that are compared with each other at most; larger ones count as different.
const MAX_COMPARISONS: usize = 1_000_000;

fn deep_equal(left: &Value, right: &Value, depth: usize, budget: &mut usize) -> bool {
    if depth > MAX_DEPTH {
        return true;
    }
    let Some(rest) = budget.checked_sub(1) else { return false };
    *budget = rest;
    match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left_width, left), Value::Int(right_width, right)) => left_width == right_width && left == right,
        (Value::Uint(left_width, left), Value::Uint(right_width, right)) => left_width == right_width && left == right,
        (Value::Float(left), Value::Float(right)) => left == right,
        (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Bytes(left), Value::Bytes(right)) => left == right,
        (Value::Duration(left), Value::Duration(right)) => left == right,
        (Value::Time(left), Value::Time(right)) => left == right,
        (Value::List(a), Value::List(b)) => {
            a.is_same(b)
                || left.type_name() == right.type_name()
                    && a.items().len() == b.items().len()
                    && a.items().iter().zip(b.items()).all(|(a, b)| deep_equal(a, b, depth + 1, budget))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.is_same(b)
                || left.type_name() == right.type_name()
                    && a.len() == b.len()
                    && a.entries()
                        .into_iter()
                        .all(|(key, a)| b.get(&key).is_some_and(|b| deep_equal(&a, &b, depth + 1, budget)))
        }
        (Value::Object(a), Value::Object(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Value {
        Value::String(text)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Value::Map(map)
    }
}
