//! Patches: JSON 6902, merge, strategic merge.

pub mod strategic;
