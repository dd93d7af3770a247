//! Buckets over real connections: a server in memory for counting and faults, and a real one.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests, outside of their functions")]

mod faults;
mod memory;
mod objects;
mod real;

use manifest::tree::Entry;
use source::{Artifact, Fetched, SourceError, SourceKind};

pub(crate) fn new<T>(fetched: Fetched<T>) -> T {
    match fetched {
        Fetched::New(found) => found,
        Fetched::Unchanged => panic!("something new is expected"),
    }
}

/// The reason and the message, with the port that changes from run to run replaced.
pub(crate) fn shown<T: std::fmt::Debug>(outcome: Result<T, SourceError>, host: &str) -> String {
    let error = outcome.expect_err("a failure is expected");
    format!("({}) {error}", error.reason(SourceKind::Bucket)).replace(host, "HOST")
}

/// The paths and contents of all files.
pub(crate) fn files(artifact: &Artifact) -> String {
    let shown = artifact.tree.entries().map(|(path, entry)| match entry {
        Entry::File { content, .. } => format!("{path}: {}\n", String::from_utf8_lossy(content)),
        Entry::Link(target) => format!("{path} -> {target}\n"),
    });
    shown.collect()
}
