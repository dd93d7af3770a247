//! Fetching what a kustomization takes from other hosts, and building again until nothing is missing.

use std::sync::Arc;

use manifest::Manifest;
use render::kustomize::{self, ChartVersion, Fetched, Options, Outcome, Remote, Repository, Submodules};
use source::{
    Artifact, Connection, GitRequest, HelmChartRequest, HelmRepositoryRequest, Mirrors, Reference, SourceError,
    Sources, Verification,
};

use crate::cli::Mirroring;
use crate::error::Failure;
use crate::reached::Reached;

/// How often what was fetched may need something else: a chain of remotes that is longer leads nowhere.
const MAX_ROUNDS: usize = 32;

/// Builds the kustomization, with its remotes.
pub(super) fn build(reached: &Reached, options: &Options, mirroring: &Mirroring) -> Result<Vec<Manifest>, Failure> {
    // Commands without a cluster are not asynchronous, and a thread of its own may wait whoever calls.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
            runtime.block_on(with_remotes(reached, options, mirroring))
        });
        waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

async fn with_remotes(reached: &Reached, options: &Options, mirroring: &Mirroring) -> Result<Vec<Manifest>, Failure> {
    let cache = tempfile::tempdir().map_err(|source| Failure::Write { path: std::env::temp_dir(), source })?;
    let mirrors = Mirrors::new(mirroring.mirrors.iter().cloned());
    let sources = Sources::with_options(cache.path(), source::Options { mirrors, ..source::Options::default() });
    let mut fetched = Fetched::default();
    for _ in 0..MAX_ROUNDS {
        let outcome = kustomize::build_with_remotes(&reached.tree, &reached.path, options, &fetched);
        match outcome.map_err(|diagnostics| Failure::Build(reached.as_seen_from_here(diagnostics)))? {
            Outcome::Built(manifests) => return Ok(manifests),
            Outcome::Needs(needed) => {
                for remote in needed {
                    match remote {
                        Remote::Repository(repository) => {
                            let artifact = fetch(&sources, &repository).await?;
                            fetched.add_repository(repository, artifact.tree);
                        }
                        Remote::Chart(chart) => {
                            let archive = fetch_chart(&sources, &chart).await?;
                            fetched.add_chart(chart, archive);
                        }
                        Remote::File(url) => {
                            let content = sources.file(&url, &Connection::default()).await?;
                            fetched.add_file(url, content.into());
                        }
                    }
                }
            }
        }
    }
    Err(Failure::Usage(format!("remote bases refer to more remote bases, {MAX_ROUNDS} times over")))
}

/// The files of a repository. Like git, a name is that of a branch, or else of a tag.
async fn fetch(sources: &Sources, repository: &Repository) -> Result<Artifact, SourceError> {
    let request = |reference: Reference| GitRequest {
        timeout: repository.timeout,
        submodules: match repository.submodules {
            Submodules::Fetch => source::Submodules::Recurse,
            Submodules::Skip => source::Submodules::Skip,
        },
        ..GitRequest::new(&repository.url, reference)
    };
    let name = match &repository.reference {
        None => return files(sources, &request(Reference::Name("HEAD".to_owned()))).await,
        Some(name) => name,
    };
    if name.len() == 40 && name.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        let sha = name.to_ascii_lowercase();
        return files(sources, &request(Reference::Commit { sha, branch: None })).await;
    }
    if name.starts_with("refs/") {
        return files(sources, &request(Reference::Name(name.clone()))).await;
    }
    match files(sources, &request(Reference::Branch(name.clone()))).await {
        Err(SourceError::UnknownReference { .. }) => files(sources, &request(Reference::Tag(name.clone()))).await,
        answer => answer,
    }
}

/// The archive of a chart.
async fn fetch_chart(sources: &Sources, chart: &ChartVersion) -> Result<Arc<[u8]>, SourceError> {
    let request = HelmChartRequest {
        repository: HelmRepositoryRequest::new(&chart.repository),
        name: chart.name.clone(),
        version: chart.version.clone(),
        verification: Verification::None,
    };
    match sources.helm_chart(&request, None).await? {
        source::Fetched::New(artifact) => Ok(artifact.archive),
        // Nothing was said to be at hand.
        source::Fetched::Unchanged => {
            let (url, chart) = (chart.repository.clone(), chart.name.clone());
            Err(SourceError::UnknownChart { url, chart, candidates: Vec::new() })
        }
    }
}

async fn files(sources: &Sources, request: &GitRequest) -> Result<Artifact, SourceError> {
    match sources.fetch(request, None).await? {
        source::Fetched::New(artifact) => Ok(artifact),
        // Nothing was said to be at hand.
        source::Fetched::Unchanged => Err(SourceError::EmptyRepository { url: request.url.clone() }),
    }
}
