//! Patches: JSON 6902, merge, strategic merge.

pub mod json6902;
pub mod merge;
pub mod strategic;
