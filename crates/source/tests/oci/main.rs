//! Registries over real connections: one in memory for faults and logins, and a real one.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests, outside of their functions")]

mod access;
mod artifacts;
mod charts;
mod faults;
mod real;
mod signatures;

use std::io::Write;

use source::{Artifact, Fetched, OciReference, OciRequest, SourceError, SourceKind, Sources};
use testkit::git::Wire;
use testkit::registry::Content;
use testkit::web::WebServer;

/// A registry, and sources with a cache folder of their own.
pub(crate) struct Fixture {
    pub(crate) sources: Sources,
    pub(crate) server: WebServer,
    _cache: tempfile::TempDir,
}

impl Fixture {
    pub(crate) async fn new(content: Content) -> Fixture {
        Fixture::over(Wire::Plain, content).await
    }

    pub(crate) async fn over(wire: Wire, content: Content) -> Fixture {
        let cache = tempfile::tempdir().unwrap();
        let server = WebServer::start(wire, move |asked| {
            let scheme = match wire {
                Wire::Plain => "http",
                Wire::Tls | Wire::MutualTls => "https",
            };
            content.answer(&format!("{scheme}://{}", asked.header("host")), asked)
        })
        .await
        .unwrap();
        Fixture { sources: Sources::new(cache.path()), server, _cache: cache }
    }

    pub(crate) fn url(&self) -> String {
        format!("oci://{}/org/app", self.server.host())
    }

    pub(crate) fn request(&self, tag: &str) -> OciRequest {
        OciRequest::new(self.url(), OciReference::Tag(tag.to_owned()))
    }

    pub(crate) async fn fetch(&self, request: &OciRequest) -> Result<Artifact, SourceError> {
        Ok(new(self.sources.oci(request, None).await?))
    }

    /// The reason and the message, with the port that changes from run to run replaced.
    pub(crate) async fn failure(&self, request: &OciRequest) -> String {
        shown(self.fetch(request).await, self.server.host())
    }
}

pub(crate) fn new<T>(fetched: Fetched<T>) -> T {
    match fetched {
        Fetched::New(found) => found,
        Fetched::Unchanged => panic!("something new is expected"),
    }
}

pub(crate) fn shown<T: std::fmt::Debug>(outcome: Result<T, SourceError>, host: &str) -> String {
    let error = outcome.expect_err("a failure is expected");
    format!("({}) {error}", error.reason(SourceKind::OciRepository)).replace(host, "HOST")
}

/// A tar archive of text files, packed with gzip.
pub(crate) fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    encoder.finish().unwrap()
}
