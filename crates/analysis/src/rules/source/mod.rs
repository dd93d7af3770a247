//! What is wrong before there are objects: files that cannot be read, and what cannot be rendered.

mod does_not_render;
mod unreadable_file;

pub use does_not_render::RULE as DOES_NOT_RENDER;
pub use unreadable_file::RULE as UNREADABLE_FILE;

use crate::Rule;

/// The rules of this folder.
pub const RULES: &[&Rule] = &[&unreadable_file::RULE, &does_not_render::RULE];
