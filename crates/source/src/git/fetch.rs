//! From a request to an artifact, on a thread that may block.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::remote::fetch::Shallow;
use gix::{ObjectId, Repository};

use super::cancel::Cancel;
use super::mirror::Clones;
use super::read::{self, Objects, SharedBlobs};
use super::remote::{Address, Remote};
use super::resolve::{self, Advertised, Chosen, Target, Wanted};
use super::signatures::{GitSignatureError, VerifiedObject};
use super::submodules::{Gathering, Place};
use super::{history, local};
use crate::artifact::{Artifact, Commit, Fetched, commit_id_of};
use crate::assemble::assemble;
use crate::directory;
use crate::error::SourceError;
use crate::limits::Limits;
use crate::mirrors::Mirrors;
use crate::request::{GitRequest, Reference, Submodules};
use crate::url::local_path;

/// What all clones of [`crate::Sources`] share.
#[derive(Debug)]
pub(crate) struct Fetcher {
    clones: Clones,
    limits: Limits,
    mirrors: Arc<Mirrors>,
    shared: SharedBlobs,
}

/// A commit to read, and the revision that it is.
struct Resolved {
    repository: Repository,
    place: Place,
    revision: String,
    commit: ObjectId,
}

impl Fetcher {
    pub(crate) fn new(cache: PathBuf, limits: Limits, mirrors: Arc<Mirrors>) -> Fetcher {
        Fetcher { clones: Clones::new(cache), limits, mirrors, shared: SharedBlobs::default() }
    }

    /// Where addresses of submodules lead instead.
    pub(super) fn mirrors(&self) -> &Mirrors {
        &self.mirrors
    }

    pub(super) fn fetch(
        &self,
        request: &GitRequest,
        last: Option<&str>,
        cancel: &Cancel,
    ) -> Result<Fetched, SourceError> {
        let resolved = match local_path(&request.url) {
            Some(path) => match local::open(&path)? {
                Some(repository) => self.resolve_local(request, path, repository)?,
                None => {
                    let artifact = self.read_directory(request, &path)?;
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

    pub(super) fn artifact_at(
        &self,
        request: &GitRequest,
        revision: &str,
        cancel: &Cancel,
    ) -> Result<Artifact, SourceError> {
        let id = commit_id_of(revision);
        let unknown = || SourceError::UnknownCommit { url: crate::url::redact(&request.url), commit: id.to_owned() };
        let (place, repository, commit) = match local_path(&request.url) {
            Some(path) => {
                let Some(repository) = local::open(&path)? else {
                    let artifact = self.read_directory(request, &path)?;
                    return if artifact.revision == revision { Ok(artifact) } else { Err(unknown()) };
                };
                let commit = resolve::commit_id(id)?;
                (Place::Local(path), repository, commit)
            }
            None => {
                let commit = resolve::commit_id(id)?;
                let address = Address::of(&request.url, &request.credentials)?;
                let repository = self.with_commit(&address, request, branch_of(&request.reference), commit, cancel)?;
                (Place::Remote(Box::new(address)), repository, commit)
            }
        };
        if repository.find_commit(commit).is_err() {
            return Err(unknown());
        }
        self.read(request, Resolved { repository, place, revision: revision.to_owned(), commit }, cancel)
    }

    pub(super) fn log(&self, request: &GitRequest, limit: usize, cancel: &Cancel) -> Result<Vec<Commit>, SourceError> {
        if let Some(path) = local_path(&request.url) {
            let Some(repository) = local::open(&path)? else { return Ok(Vec::new()) };
            let resolved = self.resolve_local(request, path, repository)?;
            return history::log(&resolved.repository, &request.url, resolved.commit, limit);
        }
        let address = Address::of(&request.url, &request.credentials)?;
        let depth = u32::try_from(limit).ok().and_then(|limit| limit.try_into().ok());
        self.clones.with(&address, |store| {
            let remote = Remote { address: address.clone(), request, store: &store, cancel };
            let name = match resolve::wanted(&request.reference)? {
                Wanted::Commit(id) => id.to_string(),
                wanted => match choose_remote(&remote, &wanted)? {
                    Chosen::One(target) => target.name,
                    Chosen::Latest(targets) => fetch_latest(&remote, targets)?.name,
                },
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
        let target = match resolve::choose(&url, &request.reference, &advertised)? {
            Chosen::One(target) => target,
            Chosen::Latest(targets) => latest(&repository, &url, targets)?,
        };
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
        let place = Place::Remote(Box::new(address.clone()));
        let resolved = |repository, target: &Target| {
            let revision = revision_of(&request.reference, target);
            Resolved { repository, place, revision, commit: target.commit }
        };
        let is_known = |target: &Target| last == Some(revision_of(&request.reference, target).as_str());
        let wanted = resolve::wanted(&request.reference)?;
        if let (Wanted::Commit(commit), Reference::Commit { sha, branch }) = (&wanted, &request.reference) {
            let label = branch.clone().unwrap_or_default();
            let target = Target { name: sha.clone(), label, commit: *commit };
            if is_known(&target) {
                return Ok(None);
            }
            let repository = self.with_commit(&address, request, branch.as_deref(), *commit, cancel)?;
            return Ok(Some(resolved(repository, &target)));
        }
        self.clones.with(&address, |store| {
            let remote = Remote { address: address.clone(), request, store: &store, cancel };
            let target = match choose_remote(&remote, &wanted)? {
                Chosen::One(target) if is_known(&target) => return Ok(None),
                Chosen::One(target) => fetch_target(&remote, target)?,
                Chosen::Latest(targets) => fetch_latest(&remote, targets)?,
            };
            Ok(Some(resolved(store, &target)))
        })
    }

    /// The mirror of a remote, with the commit in it.
    pub(super) fn with_commit(
        &self,
        address: &Address,
        request: &GitRequest,
        branch: Option<&str>,
        commit: ObjectId,
        cancel: &Cancel,
    ) -> Result<Repository, SourceError> {
        self.clones.with(address, |store| {
            if store.find_commit(commit).is_ok() {
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
            if store.find_commit(commit).is_ok() {
                Ok(store)
            } else {
                Err(SourceError::UnknownCommit { url: address.shown.clone(), commit: commit.to_string() })
            }
        })
    }

    /// The files of a folder that is no repository, in which nothing could be signed.
    fn read_directory(&self, request: &GitRequest, path: &Path) -> Result<Artifact, SourceError> {
        if request.verification.is_some() {
            return Err(SourceError::Signature(GitSignatureError::NoRepository(path.display().to_string())));
        }
        directory::read(path, &request.includes, request.ignore.as_deref(), &self.limits)
    }

    /// What of a commit was signed, if that was asked for.
    fn verified(
        &self,
        request: &GitRequest,
        resolved: &Resolved,
        cancel: &Cancel,
    ) -> Result<Vec<VerifiedObject>, SourceError> {
        let Some(verification) = &request.verification else { return Ok(Vec::new()) };
        let url = crate::url::redact(&request.url);
        let commit = resolved.commit;
        let tag = verification.tag(&request.reference, &resolved.revision)?;
        match (&resolved.place, tag) {
            (Place::Remote(address), Some(tag)) => self.clones.with(address, |store| {
                let remote = Remote { address: (**address).clone(), request, store: &store, cancel };
                let id = remote.fetch(&tag, shallow())?;
                verification.verify(&store, &url, commit, Some((tag, id)))
            }),
            (Place::Local(_), Some(tag)) => {
                let id = local::unpeeled(&resolved.repository, &url, &tag)?;
                verification.verify(&resolved.repository, &url, commit, Some((tag, id)))
            }
            (Place::Local(_) | Place::Remote(_), None) => verification.verify(&resolved.repository, &url, commit, None),
        }
    }

    fn read(&self, request: &GitRequest, resolved: Resolved, cancel: &Cancel) -> Result<Artifact, SourceError> {
        let url = crate::url::redact(&request.url);
        let verified = self.verified(request, &resolved, cancel)?;
        let Resolved { repository, place, revision, commit } = resolved;
        let described = read::describe(&repository, &url, commit)?;
        let mut objects = Objects { repositories: vec![repository], url: &url, shared: &self.shared };
        let contents = read::list(&objects.repositories[0], 0, &url, commit, "", &self.limits)?;
        let mut files = match request.submodules {
            Submodules::Skip => contents.files,
            Submodules::Recurse => {
                let gathering = Gathering::new(self, request, &self.limits, cancel, &mut objects);
                gathering.with_submodules(&place, contents)?
            }
        };
        read::select_sparse(&mut files, &request.sparse)?;
        let tree = assemble(&mut objects, files, &request.includes, request.ignore.as_deref(), &self.limits)?;
        self.shared.forget_unused();
        tracing::debug!(url, revision, files = tree.entries().count(), "read a commit");
        Ok(Artifact { verified, ..Artifact::new(revision, tree, Some(described)) })
    }
}

/// One commit without its history.
fn shallow() -> Shallow {
    Shallow::DepthAtRemote(std::num::NonZeroU32::MIN)
}

/// Fetches a reference if its commit is not at hand. It may have moved since it was listed, and counts as it is now.
fn fetch_target(remote: &Remote<'_>, target: Target) -> Result<Target, SourceError> {
    let id =
        if remote.store.has_object(target.commit) { target.commit } else { remote.fetch(&target.name, shallow())? };
    Ok(Target { commit: peel(remote.store, &remote.address.shown, id)?, ..target })
}

/// Fetches the references, and returns the one with the latest commit.
fn fetch_latest(remote: &Remote<'_>, targets: Vec<Target>) -> Result<Target, SourceError> {
    let fetched = targets.into_iter().map(|target| fetch_target(remote, target));
    latest(remote.store, &remote.address.shown, fetched.collect::<Result<_, _>>()?)
}

/// The references of the remote that the request means. If there is none, the error names similar ones.
fn choose_remote(remote: &Remote<'_>, wanted: &Wanted) -> Result<Chosen, SourceError> {
    let url = &remote.address.shown;
    let reference = &remote.request.reference;
    let advertised = remote.advertised(wanted)?;
    let error = match resolve::choose(url, reference, &advertised) {
        Ok(chosen) => return Ok(chosen),
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
