//! Git repositories, remote and on this machine.

mod cancel;
mod failure;
mod fetch;
mod history;
mod http;
mod local;
mod mirror;
mod read;
mod remote;
mod resolve;
mod signatures;
mod sources;
mod ssh;
mod submodule_url;
mod submodules;

pub(crate) use fetch::Fetcher;
pub use local::head_branch;
pub(crate) use local::metadata_folders;
pub use signatures::{GitSignatureError, GitVerification, SignedObjects, VerifiedObject};
