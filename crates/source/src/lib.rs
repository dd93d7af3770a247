//! Sources of desired state: git repositories and directories, read into a [`manifest::Tree`].
//!
//! [`Sources`] fetches what a `GitRepository` describes and reads the files straight from git's object store: nothing
//! is checked out. Repositories on this machine are read in place, and [`watch_local`] tells at once when one changes.

mod artifact;
mod assemble;
mod directory;
mod error;
mod git;
mod ignore;
mod include;
mod limits;
mod request;
mod url;
mod watch;

pub use artifact::{Artifact, Commit, Fetched};
pub use directory::read_directory;
pub use error::SourceError;
pub use git::{Sources, head_branch};
pub use ignore::Rules as IgnoreRules;
pub use include::compose;
pub use limits::Limits;
pub use manifest::semver_range::{RangeError, VersionRange};
pub use request::{ClientCertificate, Credentials, GitRequest, Include, Proxy, Reference, ReferenceFields, Submodules};
pub use url::local_path;
pub use watch::{LocalWatch, watch_local};
