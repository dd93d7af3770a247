//! What kustomizations take from other hosts: fetched between one build and the next, until nothing is missing.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use manifest::Tree;
use render::kustomize::{ChartVersion, Fetched, Remote, Repository, Submodules};
use source::{
    Artifact, Connection, GitRequest, HelmChartRequest, HelmRepositoryRequest, Reference, SourceError, Sources,
    Verification,
};
use tokio::time::Instant;

/// How often what was fetched may need something else: a chain of remotes that is longer leads nowhere.
const MAX_DEPTH: usize = 32;

/// How many remotes one build may need.
const MAX_REMOTES: usize = 200;

/// How many are fetched at once.
const AT_ONCE: usize = 4;

/// What may be read of the machine that builds, where a repository is named by `file://` or a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locals {
    /// Nothing: whoever wrote the files has no business here.
    Refused,
    /// What the files name that are here too; not what is named by what was fetched.
    OfTheRoot,
}

/// Why remotes cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// One is no remote.
    #[error("{0} is on the machine that builds, which only shows what is on other hosts; name it by https or ssh")]
    Local(String),
    /// There are too many.
    #[error("more than {MAX_REMOTES} remote bases are needed; put some of them into the repository")]
    TooMany,
    /// They lead to others without end.
    #[error("remote bases refer to more remote bases, {MAX_DEPTH} times over; look whether they refer to each other")]
    TooDeep,
    /// They take too long together.
    #[error("remote bases were not fetched within {}; raise the timeout, or put them into the repository", kinds::flux::GoDuration(*.0))]
    TooLong(Duration),
    /// One could not be fetched.
    #[error(transparent)]
    Fetch(#[from] SourceError),
}

impl RemoteError {
    /// Whether it may pass although nobody changes anything.
    pub fn may_pass(&self) -> bool {
        match self {
            RemoteError::Local(_) | RemoteError::TooMany | RemoteError::TooDeep => false,
            RemoteError::TooLong(_) | RemoteError::Fetch(_) => true,
        }
    }
}

/// The remotes of one kustomization.
///
/// A build says what it needs (`render::kustomize::Outcome::Needs`); [`Remotes::fetch`] gets it, and the next build has it.
pub struct Remotes<'s> {
    sources: &'s Sources,
    locals: Locals,
    limit: Duration,
    deadline: Option<Instant>,
    depth: usize,
    count: usize,
    fetched: Fetched,
}

impl<'s> Remotes<'s> {
    /// None yet. `limit` is how long fetching all of them may take.
    pub fn new(sources: &'s Sources, locals: Locals, limit: Duration) -> Remotes<'s> {
        let deadline = Instant::now().checked_add(limit);
        Remotes { sources, locals, limit, deadline, depth: 0, count: 0, fetched: Fetched::default() }
    }

    /// What a build may use.
    pub fn fetched(&self) -> &Fetched {
        &self.fetched
    }

    /// Whether anything was fetched.
    pub fn are_used(&self) -> bool {
        self.count > 0
    }

    /// Fetches what a build needs.
    ///
    /// # Errors
    ///
    /// If one of them cannot be had, or they are too many, lead too far or take too long.
    pub async fn fetch(&mut self, needed: Vec<Remote>) -> Result<(), RemoteError> {
        self.count += needed.len();
        if self.depth == MAX_DEPTH {
            return Err(RemoteError::TooDeep);
        }
        if self.count > MAX_REMOTES {
            return Err(RemoteError::TooMany);
        }
        let locals = if self.depth == 0 { self.locals } else { Locals::Refused };
        self.depth += 1;
        if let Some(local) = needed.iter().find(|remote| locals == Locals::Refused && is_local(remote)) {
            return Err(RemoteError::Local(local.to_string()));
        }
        let sources = self.sources;
        let fetching = futures::stream::iter(needed.into_iter().map(|remote| one(sources, remote)));
        let fetching = fetching.buffered(AT_ONCE).try_collect::<Vec<Content>>();
        let contents = match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, fetching).await,
            None => Ok(fetching.await),
        };
        for content in contents.map_err(|_| RemoteError::TooLong(self.limit))?? {
            match content {
                Content::Repository(repository, files) => self.fetched.add_repository(repository, files),
                Content::Chart(chart, archive) => self.fetched.add_chart(chart, archive),
                Content::File(url, content) => self.fetched.add_file(url, content),
            }
        }
        Ok(())
    }
}

/// What was fetched.
enum Content {
    Repository(Repository, Tree),
    Chart(ChartVersion, Arc<[u8]>),
    File(String, Arc<[u8]>),
}

async fn one(sources: &Sources, remote: Remote) -> Result<Content, SourceError> {
    Ok(match remote {
        Remote::Repository(repository) => {
            let files = self::repository(sources, &repository).await?.tree;
            Content::Repository(repository, files)
        }
        Remote::Chart(chart) => {
            let archive = self::chart(sources, &chart).await?;
            Content::Chart(chart, archive)
        }
        Remote::File(url) => {
            let content = sources.file(&url, &Connection::default()).await?;
            Content::File(url, content.into())
        }
    })
}

/// Whether an address leads to no other host. Without a scheme, one does only if a colon ends its host, as for git.
fn is_local(remote: &Remote) -> bool {
    let url = match remote {
        Remote::Repository(repository) => &repository.url,
        Remote::Chart(chart) => &chart.repository,
        Remote::File(url) => url,
    };
    match url.split_once("://") {
        Some((scheme, _)) => !["https", "http", "ssh", "oci"].iter().any(|known| scheme.eq_ignore_ascii_case(known)),
        None => url.split('/').next().is_none_or(|host| !host.contains(':')),
    }
}

/// The files of a repository. Like git, a name is that of a branch, or else of a tag.
async fn repository(sources: &Sources, repository: &Repository) -> Result<Artifact, SourceError> {
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
async fn chart(sources: &Sources, chart: &ChartVersion) -> Result<Arc<[u8]>, SourceError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Remote {
        Remote::Repository(Repository {
            url: url.to_owned(),
            reference: None,
            submodules: Submodules::Skip,
            timeout: Duration::from_secs(1),
        })
    }

    #[test]
    fn addresses_on_this_machine_are_told_from_others() {
        for (url, local) in [
            ("https://github.com/org/repo", false),
            ("HTTP://example.com/repo", false),
            ("ssh://git@example.com/repo.git", false),
            ("git@github.com:org/repo", false),
            ("oci://example.com/charts", false),
            ("file:///srv/repo", true),
            ("FILE:///srv/repo", true),
            ("ext://sh -c ls", true),
            ("/srv/repo", true),
            ("../repo", true),
            ("git@host/org:repo", true),
            ("", true),
        ] {
            assert_eq!(is_local(&at(url)), local, "{url}");
        }
    }

    #[tokio::test]
    async fn nothing_local_is_read_for_what_was_fetched() {
        let cache = tempfile::tempdir().unwrap();
        let sources = Sources::new(cache.path());
        let refused = |error: RemoteError| matches!(error, RemoteError::Local(_));
        let mut strict = Remotes::new(&sources, Locals::Refused, Duration::MAX);
        assert!(strict.fetch(vec![at("file:///srv/repo")]).await.is_err_and(refused));

        let mut lenient = Remotes::new(&sources, Locals::OfTheRoot, Duration::MAX);
        let missing = lenient.fetch(vec![at("file:///nowhere/at/all")]).await;
        assert!(matches!(missing, Err(RemoteError::Fetch(_))), "{missing:?}");
        assert!(lenient.fetch(vec![at("file:///srv/repo")]).await.is_err_and(refused));
    }

    #[tokio::test]
    async fn remotes_have_an_end() {
        let cache = tempfile::tempdir().unwrap();
        let sources = Sources::new(cache.path());
        let mut remotes = Remotes::new(&sources, Locals::Refused, Duration::MAX);
        let many = (0..=MAX_REMOTES).map(|number| at(&format!("https://example.com/{number}"))).collect();
        assert!(remotes.fetch(many).await.is_err_and(|error| matches!(error, RemoteError::TooMany)));

        let mut remotes = Remotes::new(&sources, Locals::Refused, Duration::MAX);
        for _ in 0..MAX_DEPTH {
            remotes.fetch(Vec::new()).await.unwrap();
        }
        assert!(remotes.fetch(Vec::new()).await.is_err_and(|error| matches!(error, RemoteError::TooDeep)));
    }
}
