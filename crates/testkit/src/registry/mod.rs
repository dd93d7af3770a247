//! A registry in memory, for faults and logins that a real one cannot be brought to; and what is pushed to both.

mod artifact;
mod content;

pub use artifact::{Artifact, Layer, Manifest, digest_of};
pub use content::{Content, Login};
