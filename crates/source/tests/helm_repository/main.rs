//! Helm repositories over real connections.
#![allow(clippy::unwrap_used, reason = "helpers of tests, outside of their functions")]

mod access;
mod charts;
mod faults;
mod index;
mod provenance;

use std::sync::Arc;

use source::{
    ChartArtifact, Fetched, HelmChartRequest, HelmRepositoryRequest, Index, Options, SourceError, SourceKind, Sources,
    Verification,
};

/// Sources with a cache folder of their own.
pub(crate) struct Fixture {
    pub(crate) sources: Sources,
    pub(crate) cache: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Fixture {
        Fixture::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Fixture {
        let cache = tempfile::tempdir().unwrap();
        Fixture { sources: Sources::with_options(cache.path(), options), cache }
    }

    pub(crate) async fn index(&self, request: &HelmRepositoryRequest) -> Result<Arc<Index>, SourceError> {
        Ok(new(self.sources.helm_index(request, None).await?))
    }

    pub(crate) async fn chart(&self, url: &str, version: &str) -> Result<ChartArtifact, SourceError> {
        self.chart_of(HelmRepositoryRequest::new(url), version).await
    }

    pub(crate) async fn chart_of(
        &self,
        repository: HelmRepositoryRequest,
        version: &str,
    ) -> Result<ChartArtifact, SourceError> {
        let request = HelmChartRequest {
            repository,
            name: "podinfo".to_owned(),
            version: version.to_owned(),
            verification: Verification::None,
        };
        Ok(new(self.sources.helm_chart(&request, None).await?))
    }
}

pub(crate) fn new<T>(fetched: Fetched<T>) -> T {
    match fetched {
        Fetched::New(found) => found,
        Fetched::Unchanged => panic!("something new is expected"),
    }
}

/// The reason and the message, with the port that changes from run to run replaced.
pub(crate) fn shown<T: std::fmt::Debug>(outcome: Result<T, SourceError>, host: &str) -> String {
    let error = outcome.expect_err("a failure is expected");
    format!("({}) {error}", error.reason(SourceKind::HelmChart)).replace(host, "HOST")
}

/// An index that lists podinfo, with the version, address and digest of each.
pub(crate) fn listing(entries: &[(&str, &str, Option<&str>)]) -> String {
    let mut text = "apiVersion: v1\nentries:\n  podinfo:\n".to_owned();
    for (version, url, digest) in entries {
        text.push_str(&format!("  - name: podinfo\n    version: {version}\n    urls: [{url:?}]\n"));
        if let Some(digest) = digest {
            text.push_str(&format!("    digest: {digest}\n"));
        }
    }
    text
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}
