//! Real git for tests: repositories made by the `git` executable, and servers on loopback that serve them.
//!
//! Nothing of the machine's or the user's git configuration takes part, and names, addresses and times are fixed, so
//! the same files and messages always give the same commit ids.

mod repository;

pub use repository::{GitError, Repository};
