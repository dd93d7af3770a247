//! Repositories on this machine, read in place.

use std::path::{Path, PathBuf};

use gix::{ObjectId, Repository};

use super::resolve::{Advertised, Wanted, namespace};
use crate::error::SourceError;
use crate::request::Reference;

/// Opens the repository at a path, bare or with a working tree; `None` if there is a directory that is none. No
/// configuration but the repository's own is read.
pub(super) fn open(path: &Path) -> Result<Option<Repository>, SourceError> {
    let url = || path.display().to_string();
    if !path.is_dir() {
        let cause = if path.exists() { "it is a file" } else { "no such folder" };
        return Err(SourceError::NotARepository { url: url(), cause: cause.to_owned() });
    }
    if !looks_like_repository(path) {
        return Ok(None);
    }
    open_isolated(path).map(Some).map_err(|error| SourceError::NotARepository {
        url: url(),
        cause: format!("its metadata cannot be read: {error}"),
    })
}

fn looks_like_repository(path: &Path) -> bool {
    path.join(".git").exists() || (path.join("HEAD").exists() && path.join("objects").is_dir())
}

/// Opens a repository without looking at any configuration of the user, the system or the environment.
pub(super) fn open_isolated(path: &Path) -> Result<Repository, gix::Error> {
    gix::open::Options::isolated().open(path).map(|repository| repository.to_thread_local())
}

/// The branch that is checked out in the repository at `path`; `None` if there is no repository or its `HEAD` is
/// detached.
///
/// # Errors
/// A repository that cannot be read.
pub fn head_branch(path: &Path) -> Result<Option<String>, SourceError> {
    let Some(repository) = open(path)? else { return Ok(None) };
    let name = repository
        .head_name()
        .map_err(|error| SourceError::Damaged { url: path.display().to_string(), cause: error.to_string() })?;
    Ok(name.map(|name| name.shorten().to_string()))
}

/// The folders with the references of the repository at `path`: its own, and the shared one where it is a linked
/// working tree. `None` if there is no repository.
pub(crate) fn metadata_folders(path: &Path) -> Result<Option<Vec<PathBuf>>, SourceError> {
    let Some(repository) = open(path)? else { return Ok(None) };
    let mut folders = Vec::new();
    for folder in [repository.git_dir(), repository.common_dir()] {
        let folder = folder.canonicalize().map_err(|source| SourceError::Io { path: folder.to_owned(), source })?;
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    Ok(Some(folders))
}

/// The references of the repository that are wanted; where a wanted one is not there, those of its kind, so that an
/// error can name them.
pub(super) fn advertised(
    repository: &Repository,
    url: &str,
    reference: &Reference,
    wanted: &Wanted,
) -> Result<Vec<Advertised>, SourceError> {
    let damaged = |error: gix::Error| SourceError::Damaged { url: url.to_owned(), cause: error.to_string() };
    let prefix: &str = match wanted {
        Wanted::Commit(_) => return Ok(Vec::new()),
        Wanted::Under(prefix) => prefix,
        Wanted::Exactly(name) => {
            if let Some(found) = repository.try_find_reference(name.as_str()).map_err(damaged)? {
                return Ok(vec![advertise(found, name.clone(), url, reference)?]);
            }
            namespace(name)
        }
    };
    let platform = repository.references().map_err(damaged)?;
    let references = if prefix.is_empty() { platform.all() } else { platform.prefixed(prefix.as_bytes()) };
    let mut found = Vec::new();
    for reference in references.map_err(damaged)? {
        let reference = reference.map_err(damaged)?;
        let name = reference.name().as_bstr().to_string();
        // One that leads nowhere is no candidate.
        if let Ok(id) = reference.into_fully_peeled_id() {
            found.push(Advertised { name, commit: id.detach() });
        }
    }
    Ok(found)
}

fn advertise(
    found: gix::Reference<'_>,
    name: String,
    url: &str,
    reference: &Reference,
) -> Result<Advertised, SourceError> {
    let id = found.into_fully_peeled_id().map_err(|_| match reference {
        // A branch that was never committed to.
        Reference::Branch(_) | Reference::Name(_) => SourceError::EmptyRepository { url: url.to_owned() },
        Reference::Tag(_) | Reference::SemVer(_) | Reference::Commit { .. } => {
            SourceError::Damaged { url: url.to_owned(), cause: format!("{name} leads to no object") }
        }
    })?;
    Ok(Advertised { name, commit: id.detach() })
}

/// What a reference stands for itself: the tag, and not the commit that it leads to.
pub(super) fn unpeeled(repository: &Repository, url: &str, name: &str) -> Result<ObjectId, SourceError> {
    let damaged = |error: gix::Error| SourceError::Damaged { url: url.to_owned(), cause: error.to_string() };
    let mut found = repository.find_reference(name).map_err(damaged)?;
    let id = found.follow_to_object().map_err(damaged)?;
    Ok(id.detach())
}

/// Whether the repository has any commit that a reference leads to.
pub(super) fn is_empty(repository: &Repository) -> bool {
    let references = repository.references().ok();
    references.and_then(|platform| platform.all().ok()?.next().map(drop)).is_none()
}
