//! The way to a value, such as `spec.http[0].timeout`: a chain on the stack, written only when something is wrong.

use std::fmt;

/// One step, and those before it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'p> {
    /// A field of the object itself.
    Root(&'p str),
    /// A member of what the path before leads to.
    Member(&'p Path<'p>, &'p str),
    /// An item of it.
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root(name) => f.write_str(name),
            Path::Member(before, name) => write!(f, "{before}.{name}"),
            Path::Item(before, index) => write!(f, "{before}[{index}]"),
        }
    }
}
