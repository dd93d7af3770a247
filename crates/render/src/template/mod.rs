//! Go's `text/template`, with sprig's functions and Helm's.
//!
//! A [`Rendering`] reads templates that may call each other and executes them on [`Value`]s. It is exact where charts
//! can tell: error texts, the types that `kindOf` and `typeOf` see, how numbers print, what is shared and what copied.
//! And it is pure: time, entropy and live objects come with an [`Environment`], and [`Limits`] bound what a hostile
//! template may cost.

mod builtin;
mod duration;
mod environment;
mod error;
mod exec;
pub(crate) mod format;
pub mod function;
pub mod helm;
mod layout;
mod limits;
mod method;
mod parse;
mod rendering;
mod run;
pub mod sprig;
mod stack;
#[cfg(test)]
pub(crate) mod testing;
pub mod value;

pub use environment::{Entropy, Environment, Lookup, Seeded};
pub use error::{Error, ExecuteError, Failure, Problem};
pub use function::Functions;
pub use limits::{LimitError, Limits};
pub use parse::ParseError;
pub use rendering::Rendering;
pub use run::{Demands, MissingKey};
pub use value::Value;
