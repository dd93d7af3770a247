//! Sources against real repositories and real servers on loopback.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests, outside of their functions")]

mod http;
mod local;
mod mirrors;
mod signatures;
mod ssh;
mod watching;

use std::time::Duration;

use manifest::tree::Entry;
use source::{Artifact, Fetched, GitRequest, Reference, SourceError, Sources};
use tempfile::TempDir;

/// Sources with a cache of their own, removed with it.
struct Fixture {
    sources: Sources,
    _cache: TempDir,
}

impl Fixture {
    fn new() -> Fixture {
        let cache = TempDir::new().unwrap();
        Fixture { sources: Sources::new(cache.path().join("sources")), _cache: cache }
    }

    async fn artifact(&self, request: &GitRequest) -> Artifact {
        new(self.sources.fetch(request, None).await)
    }

    async fn error(&self, request: &GitRequest) -> String {
        match self.sources.fetch(request, None).await {
            Ok(fetched) => panic!("should have failed: {fetched:?}"),
            Err(error) => error.to_string(),
        }
    }
}

fn request(url: impl Into<String>, reference: Reference) -> GitRequest {
    let mut request = GitRequest::new(url, reference);
    // Long enough for a loaded machine, short enough to end a hanging test.
    request.timeout = Duration::from_secs(30);
    request
}

fn branch(name: &str) -> Reference {
    Reference::Branch(name.to_owned())
}

fn tag(name: &str) -> Reference {
    Reference::Tag(name.to_owned())
}

fn new(fetched: Result<Fetched, SourceError>) -> Artifact {
    match fetched {
        Ok(Fetched::New(artifact)) => artifact,
        Ok(Fetched::Unchanged) => panic!("nothing new"),
        Err(error) => panic!("{error}"),
    }
}

/// The files of an artifact, one in a line.
fn files(artifact: &Artifact) -> String {
    let line = |(path, entry): (&std::sync::Arc<str>, &Entry)| match entry {
        Entry::File { content, executable } => {
            let mark = if *executable { "*" } else { "" };
            format!("{path}{mark}: {}", String::from_utf8_lossy(content).trim_end())
        }
        Entry::Link(target) => format!("{path} -> {target}"),
    };
    artifact.tree.entries().map(line).collect::<Vec<_>>().join("\n")
}
