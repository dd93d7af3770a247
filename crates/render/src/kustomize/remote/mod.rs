//! What a kustomization takes from other hosts. A build fetches nothing: it says what it needs, and is started again with
//! that at hand.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use manifest::Tree;

mod parse;
#[cfg(test)]
mod tests;

/// Something on another host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remote {
    /// A git repository, in which folders are kustomizations.
    Repository(Repository),
    /// A single file, by its URL.
    File(String),
    /// A chart.
    Chart(ChartVersion),
}

/// A chart in a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChartVersion {
    /// The URL of a Helm repository, or `oci://` to what names are added to.
    pub repository: String,
    /// The chart's name there.
    pub name: String,
    /// A version or a range of versions; empty for the newest release.
    pub version: String,
}

impl fmt::Display for ChartVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChartVersion { repository, name, version } = self;
        let at = if version.is_empty() { String::new() } else { format!(" {version}") };
        write!(f, "{name}{at} of {repository}")
    }
}

/// A git repository at one of its references.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// As `git clone` takes it: `https://…`, `ssh://…`, `file://…` or `user@host:path`.
    pub url: String,
    /// A branch, a tag or a commit; the repository's default branch if there is none.
    pub reference: Option<String>,
    /// Whether the files of its submodules are needed.
    pub submodules: Submodules,
    /// How long fetching it may take.
    pub timeout: Duration,
}

/// Whether submodules are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Submodules {
    /// Yes: kustomize's default.
    Fetch,
    /// No: `submodules=false`.
    Skip,
}

/// A remote and what in it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) remote: Remote,
    /// The folder of a repository; empty for its root.
    pub(crate) folder: String,
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remote::File(url) => f.write_str(url),
            Remote::Chart(chart) => chart.fmt(f),
            Remote::Repository(Repository { url, reference: Some(reference), .. }) => write!(f, "{url} at {reference}"),
            Remote::Repository(Repository { url, reference: None, .. }) => f.write_str(url),
        }
    }
}

/// What was fetched for a build.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    repositories: BTreeMap<Repository, Tree>,
    files: BTreeMap<String, Arc<[u8]>>,
    charts: BTreeMap<ChartVersion, Arc<[u8]>>,
}

impl Fetched {
    /// Adds the files of a repository.
    pub fn add_repository(&mut self, repository: Repository, tree: Tree) {
        self.repositories.insert(repository, tree);
    }

    /// Adds the archive of a chart.
    pub fn add_chart(&mut self, chart: ChartVersion, archive: Arc<[u8]>) {
        self.charts.insert(chart, archive);
    }

    /// Adds a file.
    pub fn add_file(&mut self, url: String, content: Arc<[u8]>) {
        self.files.insert(url, content);
    }
}

/// Whether and how a build gets at remotes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access<'a> {
    /// It does not.
    Refused,
    /// From what was fetched; what was not is noted.
    Given { fetched: &'a Fetched, missing: &'a RefCell<BTreeSet<Remote>> },
}

/// Why something remote is not at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// Remotes are off.
    Refused,
    /// It has to be fetched first.
    NotFetched,
}

impl<'a> Access<'a> {
    /// The files of a repository.
    pub(crate) fn repository(self, repository: &Repository) -> Result<&'a Tree, Absence> {
        let Access::Given { fetched, missing } = self else { return Err(Absence::Refused) };
        fetched.repositories.get(repository).ok_or_else(|| {
            missing.borrow_mut().insert(Remote::Repository(repository.clone()));
            Absence::NotFetched
        })
    }

    /// The archive of a chart.
    pub(crate) fn chart(self, chart: &ChartVersion) -> Result<&'a Arc<[u8]>, Absence> {
        let Access::Given { fetched, missing } = self else { return Err(Absence::Refused) };
        fetched.charts.get(chart).ok_or_else(|| {
            missing.borrow_mut().insert(Remote::Chart(chart.clone()));
            Absence::NotFetched
        })
    }

    /// The content of a file.
    pub(crate) fn file(self, url: &str) -> Result<&'a Arc<[u8]>, Absence> {
        let Access::Given { fetched, missing } = self else { return Err(Absence::Refused) };
        fetched.files.get(url).ok_or_else(|| {
            missing.borrow_mut().insert(Remote::File(url.to_owned()));
            Absence::NotFetched
        })
    }
}
