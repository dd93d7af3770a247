//! Values with methods: named maps and lists, and structs of libraries.

use std::fmt;

use super::{Kind, Type, Value};
use crate::template::function::{Arguments, Call, Failure};

/// A method that templates can call: `.Files.Get "x"`.
#[derive(Clone, Copy)]
pub struct Method {
    /// The parameters.
    pub parameters: &'static [Type],
    /// What it does with the receiver and the arguments.
    pub body: MethodBody,
}

/// The code of a [`Method`].
pub type MethodBody = fn(&mut Call<'_>, &Value, &Arguments<'_>) -> Result<Value, Failure>;

/// A Go type that has a name, and perhaps methods, over a map or a list.
pub trait Named {
    /// The name with its package: `common.Values`.
    fn type_name(&self) -> &str;

    /// The method of that name, if there is one.
    fn method(&self, name: &str) -> Option<Method>;

    /// What `print` shows, for types with a method `String`.
    fn display(&self, _value: &Value) -> Option<String> {
        None
    }
}

/// A struct, or a pointer to one.
pub trait Object {
    /// The name with its package: `*semver.Version`.
    fn type_name(&self) -> &str;

    /// A struct or a pointer to one.
    fn kind(&self) -> Kind {
        if self.type_name().starts_with('*') { Kind::Pointer } else { Kind::Struct }
    }

    /// The exported fields in their order.
    fn fields(&self) -> Vec<(&'static str, Value)>;

    /// All fields in their order, also those that only `printf` sees.
    fn all_fields(&self) -> Vec<(&'static str, Value)> {
        self.fields()
    }

    /// The value of one field, if there is such a field.
    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    /// The method of that name, if there is one.
    fn method(&self, name: &str) -> Option<Method>;

    /// What `print` shows, for types with a method `String` or `Error`.
    fn display(&self) -> Option<String> {
        None
    }

    /// What an action shows. Go finds a pointer's method `String` only there, where the struct stands in place: a copy
    /// that is passed to a function has lost it.
    fn display_in_place(&self) -> Option<String> {
        self.display()
    }

    /// The fields by their names in JSON, without those that JSON leaves out.
    fn json_fields(&self) -> Vec<(&'static str, Value)> {
        self.fields()
    }

    /// The value as its own methods see it again.
    fn as_any(&self) -> &dyn std::any::Any;
}

impl fmt::Debug for dyn Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}
