//! Functions that templates call, and the table they are found in.

use std::collections::HashMap;
use std::rc::Rc;

use super::run::{Run, Set};
use super::value::{List, Map, Text, Type, Value};

pub use super::error::Failure;

/// A function with its signature, against which arguments are checked before it is called.
pub struct Function {
    /// The name templates call it by.
    pub name: &'static str,
    /// The parameters that must be given.
    pub parameters: &'static [Type],
    /// What further arguments may be; none if there may be none.
    pub variadic: Option<Type>,
    /// What it does.
    pub body: Body,
}

/// The code of a [`Function`].
pub type Body = fn(&mut Call<'_>, &Arguments<'_>) -> Result<Value, Failure>;

impl Function {
    /// A function with a fixed number of arguments.
    pub const fn new(name: &'static str, parameters: &'static [Type], body: Body) -> Function {
        Function { name, parameters, variadic: None, body }
    }

    /// A function that takes any number of further arguments of a type.
    pub const fn variadic(name: &'static str, parameters: &'static [Type], further: Type, body: Body) -> Function {
        Function { name, parameters, variadic: Some(further), body }
    }
}

/// The functions that templates may call besides those of the language.
#[derive(Clone, Default)]
pub struct Functions {
    table: HashMap<&'static str, &'static Function>,
}

impl Functions {
    /// No functions but those of the language.
    pub fn none() -> Functions {
        Functions::default()
    }

    /// Adds functions; a later one replaces an earlier one of its name, and one of the language.
    #[must_use]
    pub fn with(mut self, functions: &'static [Function]) -> Functions {
        self.table.extend(functions.iter().map(|function| (function.name, function)));
        self
    }

    /// Removes functions by name.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Functions {
        self.table.retain(|name, _| !names.contains(name));
        self
    }

    /// The function of a name.
    pub fn find(&self, name: &str) -> Option<&'static Function> {
        self.table.get(name).copied()
    }

    /// All names, sorted.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.table.keys().copied().collect();
        names.sort_unstable();
        names
    }
}

/// What a function may use besides its arguments.
pub struct Call<'a> {
    pub(crate) run: &'a mut Run,
    pub(crate) set: &'a Rc<Set>,
}

impl Call<'_> {
    /// Counts bytes or elements that are about to be produced.
    ///
    /// # Errors
    ///
    /// When it would be too many.
    pub fn produce(&mut self, amount: usize) -> Result<(), Failure> {
        self.run.budget.produce(amount).map_err(Failure::Limit)
    }

    /// Remembers that a map was changed, so that maps that came to contain themselves are freed in the end.
    pub fn changes(&mut self, map: &Map) {
        self.run.changed.push(map.clone());
    }

    /// Random bytes.
    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.run.environment.entropy.fill(&mut bytes);
        bytes
    }

    /// A uniformly distributed number below `bound`, which is not zero.
    pub fn random_below(&mut self, bound: u64) -> u64 {
        // Numbers of the last, incomplete, stretch would be too frequent.
        let fair = u64::MAX - u64::MAX % bound;
        let mut number = u64::from_le_bytes(self.random());
        // Entropy that is none must not make this endless.
        for _ in 0..64 {
            if number < fair {
                break;
            }
            number = u64::from_le_bytes(self.random());
        }
        number % bound
    }
}

/// The arguments of a call, which are of the types that the signature names.
pub struct Arguments<'a> {
    values: &'a [Value],
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(values: &'a [Value]) -> Arguments<'a> {
        Arguments { values }
    }

    /// All of them.
    pub fn all(&self) -> &'a [Value] {
        self.values
    }

    /// Those from a place on.
    pub fn from(&self, index: usize) -> &'a [Value] {
        self.values.get(index..).unwrap_or_default()
    }

    /// One of them; `nil` if it is not there.
    pub fn value(&self, index: usize) -> &'a Value {
        self.values.get(index).unwrap_or(&Value::Nil)
    }

    /// A `string`.
    pub fn text(&self, index: usize) -> &'a [u8] {
        match self.value(index) {
            Value::String(text) => text.bytes(),
            _ => &[],
        }
    }

    /// A `string`, invalid sequences replaced.
    pub fn string(&self, index: usize) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.text(index))
    }

    /// An `int` or `int64`.
    pub fn int(&self, index: usize) -> i64 {
        match self.value(index) {
            Value::Int(_, value) | Value::Duration(value) => *value,
            _ => 0,
        }
    }

    /// A `bool`.
    pub fn is(&self, index: usize) -> bool {
        matches!(self.value(index), Value::Bool(true))
    }

    /// A `map[string]interface {}`; `None` if it is `nil`.
    pub fn map(&self, index: usize) -> Option<&'a Map> {
        match self.value(index) {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// A list; empty if it is `nil`.
    pub fn list(&self, index: usize) -> &'a [Value] {
        match self.value(index) {
            Value::List(list) => list.items(),
            _ => &[],
        }
    }
}

/// Shorthand for functions that yield a text.
pub(crate) fn text(call: &mut Call<'_>, text: impl Into<Text>) -> Result<Value, Failure> {
    let text = text.into();
    call.produce(text.len())?;
    Ok(Value::String(text))
}

/// Shorthand for functions that yield a `[]interface {}`.
pub(crate) fn list(call: &mut Call<'_>, items: Vec<Value>) -> Result<Value, Failure> {
    call.produce(items.len().saturating_mul(size_of::<Value>()))?;
    Ok(Value::List(List::new(items)))
}
