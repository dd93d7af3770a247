//! Fetching: from a request to an artifact.

use std::path::PathBuf;
use std::sync::Arc;

use gix::remote::fetch::Shallow;
use gix::{ObjectId, Repository};

use super::cancel::Cancel;
use super::mirror::Mirrors;
use super::read::{self, Contented, Contents, Object, Objects};
use super::remote::{Address, Remote};
use super::resolve::{self, Advertised, Target, Wanted};
use super::submodules::{self, Place};
use super::{history, local};
use crate::artifact::{Artifact, Commit, Fetched, commit_id_of};
use crate::assemble::{Listing, assemble};
use crate::directory;
use crate::error::SourceError;
use crate::limits::Limits;
use crate::request::{GitRequest, Reference, Submodules};
use crate::url::local_path;

/// Fetches git repositories, and keeps what it fetched. Cloning it is cheap and shares everything.
///
/// Remote repositories are mirrored, shallowly, into bare repositories in the cache folder. Those on this machine
/// (`file://` or a path) are read in place; a directory there that is no repository is one revision of its content.
#[derive(Debug, Clone)]
pub struct Sources {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    mirrors: Mirrors,
    limits: Limits,
    contents: Contented,
}

impl Sources {
    /// Sources that keep their mirrors in `cache`, which need not exist, with the default [`Limits`].
    pub fn new(cache: impl Into<PathBuf>) -> Sources {
        Sources::with_limits(cache, Limits::default())
    }

    /// As [`Sources::new`], with other limits.
    pub fn with_limits(cache: impl Into<PathBuf>, limits: Limits) -> Sources {
        let mirrors = Mirrors::new(cache.into());
        Sources { inner: Arc::new(Inner { mirrors, limits, contents: Contented::default() }) }
    }

    /// The files of the request's reference, unless it still stands at `last_revision`: then nothing but the
    /// remote's references is asked for, and for a commit nothing at all.
    ///
    /// Give no `last_revision` when anything else that shapes the files has changed since: the ignore rules, the
    /// includes, the sparse folders or whether submodules are read.
    ///
    /// # Errors
    /// Everything in [`SourceError`] but what concerns watching. Dropping the future ends the fetch.
    pub async fn fetch(&self, request: &GitRequest, last_revision: Option<&str>) -> Result<Fetched, SourceError> {
        let last_revision = last_revision.map(str::to_owned);
        self.run(request, move |inner, request, cancel| inner.fetch(request, last_revision.as_deref(), cancel)).await
    }

    /// The files of a past revision of the request's repository, under the request's rules as they are now. It is
    /// fetched if it is not at hand.
    ///
    /// # Errors
    /// As [`Sources::fetch`]; [`SourceError::UnknownCommit`] for what the repository does not have (any more), and for
    /// any revision of a directory but its present one.
    pub async fn artifact_at(&self, request: &GitRequest, revision: &str) -> Result<Artifact, SourceError> {
        let revision = revision.to_owned();
        self.run(request, move |inner, request, cancel| inner.artifact_at(request, &revision, cancel)).await
    }

    /// At most `limit` commits up to the request's reference, newest first. A directory has none.
    ///
    /// # Errors
    /// As [`Sources::fetch`].
    pub async fn log(&self, request: &GitRequest, limit: usize) -> Result<Vec<Commit>, SourceError> {
        self.run(request, move |inner, request, cancel| inner.log(request, limit, cancel)).await
    }

    /// Runs blocking work within the request's timeout.
    async fn run<T: Send + 'static>(
        &self,
        request: &GitRequest,
        work: impl FnOnce(&Inner, &GitRequest, &Cancel) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let timed_out = || SourceError::Timeout { url: crate::url::redact(&request.url), after: request.timeout };
        let cancel = Cancel::after(request.timeout);
        let _guard = cancel.guard();
        let task = tokio::task::spawn_blocking({
            let (inner, request, cancel) = (Arc::clone(&self.inner), request.clone(), cancel.clone());
            move || work(&inner, &request, &cancel)
        });
        match tokio::time::timeout(request.timeout, task).await {
            Err(_elapsed) => Err(timed_out()),
            // What fails because its own share of the time is over is as late as the whole.
            Ok(Ok(Err(_))) if cancel.is_over() => Err(timed_out()),
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(SourceError::Protocol {
                    url: crate::url::redact(&request.url),
                    cause: "given up, since the process ends".to_owned(),
                }),
            },
        }
    }
}

/// A commit to read, and the label of its revision.
struct Resolved {
    repository: Repository,
    place: Place,
    revision: String,
    commit: ObjectId,
}

impl Inner {
    fn fetch(&self, request: &GitRequest, last: Option<&str>, cancel: &Cancel) -> Result<Fetched, SourceError> {
        let resolved = match local_path(&request.url) {
            Some(path) => match local::open(&path)? {
                Some(repository) => self.resolve_local(request, path, repository)?,
                None => {
                    let artifact = directory::read(&path, &request.includes, request.ignore.as_deref(), &self.limits)?;
                    let is_known = last == Some(artifact.revision.as_str());
                    return Ok(if is_known { Fetched::Unchanged } else { Fetched::New(artifact) });
                }
            },
            None => match self.resolve_remote(request, last, cancel)? {
                Some(resolved) => resolved,
                None => return Ok(Fetched::Unchanged),
            },
        };
        if last == Some(resolved.revision.as_str()) {
            return Ok(Fetched::Unchanged);
        }
        self.read(request, resolved, cancel).map(Fetched::New)
    }

    fn artifact_at(&self, request: &GitRequest, revision: &str, cancel: &Cancel) -> Result<Artifact, SourceError> {
        let id = commit_id_of(revision);
        let unknown = || SourceError::UnknownCommit { url: crate::url::redact(&request.url), commit: id.to_owned() };
        let (place, repository, commit) = match local_path(&request.url) {
            Some(path) => {
                let Some(repository) = local::open(&path)? else {
                    let artifact = directory::read(&path, &request.includes, request.ignore.as_deref(), &self.limits)?;
                    return if artifact.revision == revision { Ok(artifact) } else { Err(unknown()) };
                };
                let commit = resolve::commit_id(id)?;
                (Place::Local(path), repository, commit)
            }
            None => {
                let commit = resolve::commit_id(id)?;
                let address = Address::of(&request.url, &request.credentials)?;
                let repository = self.with_commit(&address, request, branch_of(&request.reference), commit, cancel)?;
                (Place::Remote(address), repository, commit)
            }
        };
        if repository.find_commit(commit).is_err() {
            return Err(unknown());
        }
        self.read(request, Resolved { repository, place, revision: revision.to_owned(), commit }, cancel)
    }

    fn log(&self, request: &GitRequest, limit: usize, cancel: &Cancel) -> Result<Vec<Commit>, SourceError> {
        if let Some(path) = local_path(&request.url) {
            let Some(repository) = local::open(&path)? else { return Ok(Vec::new()) };
            let resolved = self.resolve_local(request, path, repository)?;
            return history::log(&resolved.repository, &request.url, resolved.commit, limit);
        }
        let address = Address::of(&request.url, &request.credentials)?;
        let depth = u32::try_from(limit).ok().and_then(|limit| limit.try_into().ok());
        self.mirrors.with(&address, |store| {
            let remote = Remote { address: address.clone(), request, store: &store, cancel };
            let name = match resolve::wanted(&request.reference)? {
                Wanted::Commit(id) => id.to_string(),
                wanted => choose_remote(&remote, &wanted)?.swap_remove(0).name,
            };
            let depth = depth.map_or(Shallow::NoChange, Shallow::DepthAtRemote);
            let head = peel(&store, &address.shown, remote.fetch(&name, depth)?)?;
            history::log(&store, &address.shown, head, limit)
        })
    }

    fn resolve_local(
        &self,
        request: &GitRequest,
        path: PathBuf,
        repository: Repository,
    ) -> Result<Resolved, SourceError> {
        let url = crate::url::redact(&request.url);
        let wanted = resolve::wanted(&request.reference)?;
        let advertised = local::advertised(&repository, &url, &request.reference, &wanted)?;
        if advertised.is_empty() && local::is_empty(&repository) {
            return Err(SourceError::EmptyRepository { url });
        }
        let mut targets = resolve::choose(&url, &request.reference, &advertised)?;
        let target = if targets.len() > 1 { latest(&repository, &url, targets)? } else { targets.swap_remove(0) };
        if repository.find_commit(target.commit).is_err() {
            return Err(SourceError::UnknownCommit { url, commit: target.commit.to_string() });
        }
        let revision = revision_of(&request.reference, &target);
        Ok(Resolved { repository, place: Place::Local(path), revision, commit: target.commit })
    }

    /// `None` if the remote still stands at `last`.
    fn resolve_remote(
        &self,
        request: &GitRequest,
        last: Option<&str>,
        cancel: &Cancel,
    ) -> Result<Option<Resolved>, SourceError> {
        let address = Address::of(&request.url, &request.credentials)?;
        let resolved = |repository, target: &Target, commit| {
            let target = Target { commit, ..target.clone() };
            let revision = revision_of(&request.reference, &target);
            let place = Place::Remote(address.clone());
            Resolved { repository, place, revision, commit }
        };
        let wanted = resolve::wanted(&request.reference)?;
        if let Wanted::Commit(commit) = wanted {
            let target = resolve::choose(&address.shown, &request.reference, &[])?.swap_remove(0);
            if last == Some(revision_of(&request.reference, &target).as_str()) {
                return Ok(None);
            }
            let branch = branch_of(&request.reference);
            let repository = self.with_commit(&address, request, branch, commit, cancel)?;
            return Ok(Some(resolved(repository, &target, commit)));
        }
        self.mirrors.with(&address, |store| {
            let remote = Remote { address: address.clone(), request, store: &store, cancel };
            let mut targets = choose_remote(&remote, &wanted)?;
            if let [only] = targets.as_slice()
                && last == Some(revision_of(&request.reference, only).as_str())
            {
                return Ok(None);
            }
            for target in &mut targets {
                if !store.has_object(target.commit) {
                    // The reference may have moved since it was listed.
                    let fetched = remote.fetch(&target.name, shallow())?;
                    target.commit = peel(&store, &address.shown, fetched)?;
                }
            }
            let target =
                if targets.len() > 1 { latest(&store, &address.shown, targets)? } else { targets.swap_remove(0) };
            let commit = peel(&store, &address.shown, target.commit)?;
            Ok(Some(resolved(store, &target, commit)))
        })
    }

    /// The mirror of a remote, with the commit in it.
    fn with_commit(
        &self,
        address: &Address,
        request: &GitRequest,
        branch: Option<&str>,
        commit: ObjectId,
        cancel: &Cancel,
    ) -> Result<Repository, SourceError> {
        self.mirrors.with(address, |store| {
            if store.has_object(commit) {
                return Ok(store);
            }
            let remote = Remote { address: address.clone(), request, store: &store, cancel };
            match remote.fetch(&commit.to_string(), shallow()) {
                Ok(_) => {}
                // The server gives no commit by its id, or has none: the history tells.
                Err(SourceError::Protocol { .. }) => {
                    let name = branch.map_or("refs/heads/*".to_owned(), |branch| format!("refs/heads/{branch}"));
                    remote.fetch(&name, Shallow::undo())?;
                }
                Err(error) => return Err(error),
            }
            if store.has_object(commit) {
                Ok(store)
            } else {
                Err(SourceError::UnknownCommit { url: address.shown.clone(), commit: commit.to_string() })
            }
        })
    }

    fn read(&self, request: &GitRequest, resolved: Resolved, cancel: &Cancel) -> Result<Artifact, SourceError> {
        let url = crate::url::redact(&request.url);
        let Resolved { repository, place, revision, commit } = resolved;
        let described = read::describe(&repository, &url, commit)?;
        let mut objects = Objects { repositories: vec![repository], url: &url, contents: &self.contents };
        let contents = read::list(&objects.repositories[0], 0, &url, commit, "", &self.limits)?;
        let mut files = match request.submodules {
            Submodules::Skip => contents.files,
            Submodules::Recurse => {
                let mut files = Listing::new();
                self.add_with_submodules(request, &mut objects, &place, contents, 0, &mut files, cancel)?;
                files
            }
        };
        read::select_sparse(&mut files, &request.sparse)?;
        let tree = assemble(&mut objects, files, &request.includes, request.ignore.as_deref(), &self.limits)?;
        self.contents.forget_unused();
        Ok(Artifact::new(revision, tree, Some(described)))
    }

    /// Adds the files of a repository, and those of the submodules in it.
    #[expect(clippy::too_many_arguments, reason = "a recursion that hands everything on")]
    fn add_with_submodules(
        &self,
        request: &GitRequest,
        objects: &mut Objects<'_>,
        place: &Place,
        contents: Contents,
        depth: usize,
        files: &mut Listing<Object>,
        cancel: &Cancel,
    ) -> Result<(), SourceError> {
        let prefix = contents.prefix.clone();
        let gitmodules = contents.files.get(&format!("{prefix}.gitmodules")).copied();
        files.extend(contents.files);
        for gitlink in contents.submodules {
            let path = gitlink.path;
            let nested = |source| SourceError::Submodule { path: path.clone(), source: Box::new(source) };
            let invalid =
                |reason: &str| SourceError::InvalidSubmodule { path: path.clone(), reason: reason.to_owned() };
            if depth >= submodules::DEEPEST {
                return Err(invalid("submodules are nested too deeply; one probably contains itself"));
            }
            let description = gitmodules.ok_or_else(|| invalid("there is no .gitmodules"))?;
            let description = objects.blob(".gitmodules", description, self.limits.file)?;
            let url = submodules::url_of(&description, path.strip_prefix(&prefix).unwrap_or(&path))?;
            let place = submodules::place_of(place, &url, &path)?;
            let (repository, shown) = match &place {
                Place::Local(folder) => {
                    let shown = folder.display().to_string();
                    let opened = local::open(folder).map_err(nested)?;
                    (opened.ok_or_else(|| invalid("its url leads to a folder that is no repository"))?, shown)
                }
                Place::Remote(address) => {
                    let request = request_for(request, address)?;
                    let found = self.with_commit(address, &request, None, gitlink.commit, cancel);
                    (found.map_err(nested)?, address.shown.clone())
                }
            };
            let index = objects.repositories.len();
            let prefix = format!("{path}/");
            let contents =
                read::list(&repository, index, &shown, gitlink.commit, &prefix, &self.limits).map_err(nested)?;
            objects.repositories.push(repository);
            self.add_with_submodules(request, objects, &place, contents, depth + 1, files, cancel)?;
        }
        Ok(())
    }
}

/// The request as it goes to the server of a submodule: another server is shown no client certificate.
fn request_for(request: &GitRequest, address: &Address) -> Result<GitRequest, SourceError> {
    let mut own = request.clone();
    let is_same_server = match local_path(&request.url) {
        Some(_) => false,
        None => Address::of(&request.url, &request.credentials)?.is_same_server(address),
    };
    if !is_same_server {
        own.client_certificate = None;
    }
    Ok(own)
}

/// One commit without its history.
fn shallow() -> Shallow {
    Shallow::DepthAtRemote(std::num::NonZeroU32::MIN)
}

/// The references of the remote that the request means. If there is none, the error names similar ones.
fn choose_remote(remote: &Remote<'_>, wanted: &Wanted) -> Result<Vec<Target>, SourceError> {
    let url = &remote.address.shown;
    let reference = &remote.request.reference;
    let advertised = remote.advertised(wanted)?;
    let error = match resolve::choose(url, reference, &advertised) {
        Ok(targets) => return Ok(targets),
        Err(error) => error,
    };
    let branches: Vec<Advertised> = remote.advertised(&Wanted::Under("refs/heads/"))?;
    if branches.is_empty() {
        return Err(SourceError::EmptyRepository { url: url.clone() });
    }
    match wanted {
        Wanted::Exactly(name) => match resolve::namespace(name) {
            "refs/heads/" => resolve::choose(url, reference, &branches),
            "" => Err(error),
            namespace => resolve::choose(url, reference, &remote.advertised(&Wanted::Under(namespace))?),
        },
        Wanted::Under(_) | Wanted::Commit(_) => Err(error),
    }
}

/// The target whose commit is the latest.
fn latest(repository: &Repository, url: &str, targets: Vec<Target>) -> Result<Target, SourceError> {
    let mut found: Option<(jiff::Timestamp, Target)> = None;
    for target in targets {
        let commit = peel(repository, url, target.commit)?;
        let time = read::describe(repository, url, commit)?.time;
        if found.as_ref().is_none_or(|(latest, _)| time >= *latest) {
            found = Some((time, Target { commit, ..target }));
        }
    }
    found
        .map(|(_, target)| target)
        .ok_or_else(|| SourceError::Damaged { url: url.to_owned(), cause: "no tag leads to a commit".to_owned() })
}

/// The commit that an object, which may be an annotated tag, leads to.
fn peel(repository: &Repository, url: &str, id: ObjectId) -> Result<ObjectId, SourceError> {
    repository
        .find_object(id)
        .and_then(|object| object.peel_to_kind(gix::objs::Kind::Commit))
        .map(|object| object.id)
        .map_err(|error| SourceError::Damaged { url: url.to_owned(), cause: format!("{id} is no commit: {error}") })
}

fn branch_of(reference: &Reference) -> Option<&str> {
    match reference {
        Reference::Branch(branch) | Reference::Commit { branch: Some(branch), .. } => Some(branch),
        Reference::Commit { branch: None, .. } | Reference::Tag(_) | Reference::SemVer(_) | Reference::Name(_) => None,
    }
}

fn revision_of(reference: &Reference, target: &Target) -> String {
    match reference {
        Reference::Commit { branch: None, .. } => resolve::revision(None, target.commit),
        Reference::Commit { branch: Some(_), .. }
        | Reference::Branch(_)
        | Reference::Tag(_)
        | Reference::SemVer(_)
        | Reference::Name(_) => target.revision_at(target.commit),
    }
}
