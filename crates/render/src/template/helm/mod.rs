//! Helm's use of the language: its functions, the order templates are read in, and how its errors read.

mod durations;
mod engine;
mod functions;
mod include;
mod pretty_yaml;
mod reformat;
mod toml;
mod toml_error;
pub(crate) mod yaml;

pub use engine::{Options, RenderError, Strictness, TemplateFile, render};
pub use functions::functions;

#[cfg(test)]
mod tests;
