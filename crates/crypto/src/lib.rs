//! Signatures and encryption of other projects, over keys that are given: the provenance of Helm charts, signed commits
//! and tags of git, files and objects that SOPS encrypted.
//!
//! Nothing here reads a file, an environment or a clock: keys, data and the time are arguments. It is a crate of its own
//! to keep the ciphers of OpenPGP and age away from everything that does not need them.

pub mod git_signature;
pub mod openpgp;
pub mod provenance;
pub mod sops;
