//! Real git for tests: repositories made by the `git` executable, and servers on loopback that serve them.
//!
//! Nothing of the machine's or the user's git configuration takes part, and names, addresses and times are fixed, so
//! the same files and messages always give the same commit ids.

mod authority;
mod history;
mod http;
mod proxy;
mod repository;
mod ssh;

pub use authority::{Authority, Issued};
pub use history::{History, Parent, Snapshot};
pub(crate) use http::acceptor;
pub use http::{Access, HttpServer, Wire};
pub use proxy::Proxy;
pub use repository::{GitError, Repository};
pub use ssh::{KeyPair, SshServer};
