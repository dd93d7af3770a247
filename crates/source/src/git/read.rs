//! From a commit to its files, straight from the object store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gix::bstr::{BStr, ByteSlice};
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use jiff::Timestamp;
use manifest::tree::Entry;

use crate::artifact::Commit;
use crate::assemble::{Listing, Store};
use crate::error::SourceError;
use crate::limits::Limits;

/// An object of one of the repositories that make up a source: its own, and those of its submodules.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object {
    pub(super) repository: usize,
    pub(super) id: ObjectId,
    pub(super) kind: ObjectKind,
}

/// What an object becomes in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    File,
    Executable,
    Link,
}

/// A submodule of a commit.
#[derive(Debug, Clone)]
pub(super) struct Gitlink {
    pub(super) path: String,
    pub(super) commit: ObjectId,
}

/// Everything in a commit's tree.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// What all paths begin with.
    pub(super) prefix: String,
    pub(super) files: Listing<Object>,
    pub(super) submodules: Vec<Gitlink>,
}

/// How many entries may be listed, as a multiple of those that may be kept: ignore rules can only leave out what was
/// found.
const LISTED_PER_KEPT: usize = 10;

/// Lists the files and submodules of a commit. `prefix` is empty or ends with a slash.
pub(super) fn list(
    repository: &Repository,
    index: usize,
    url: &str,
    commit: ObjectId,
    prefix: &str,
    limits: &Limits,
) -> Result<Contents, SourceError> {
    let damaged = |error: gix::Error| SourceError::Damaged { url: url.to_owned(), cause: error.to_string() };
    let root = repository.find_commit(commit).and_then(|commit| commit.tree_id()).map_err(damaged)?.detach();
    let mut contents = Contents { prefix: prefix.to_owned(), ..Contents::default() };
    let mut folders = vec![(prefix.to_owned(), root)];
    let mut seen = 0;
    while let Some((folder, id)) = folders.pop() {
        let tree = repository.find_tree(id).map_err(damaged)?;
        for entry in tree.iter() {
            seen += 1;
            if seen > limits.count.saturating_mul(LISTED_PER_KEPT) {
                return Err(SourceError::TooManyFiles { limit: limits.count });
            }
            let entry = entry.map_err(damaged)?;
            let path = format!("{folder}{}", checked_name(&folder, entry.filename())?);
            if path.matches('/').count() >= limits.depth {
                return Err(SourceError::TooDeep { path, limit: limits.depth });
            }
            let id = entry.object_id();
            let kind = match entry.mode().kind() {
                EntryKind::Tree => {
                    folders.push((format!("{path}/"), id));
                    continue;
                }
                EntryKind::Commit => {
                    contents.submodules.push(Gitlink { path, commit: id });
                    continue;
                }
                EntryKind::Blob => ObjectKind::File,
                EntryKind::BlobExecutable => ObjectKind::Executable,
                EntryKind::Link => ObjectKind::Link,
            };
            contents.files.insert(path, Object { repository: index, id, kind });
        }
    }
    Ok(contents)
}

/// A name in a tree, which git would have refused to write if it could leave its folder.
fn checked_name<'a>(folder: &str, name: &'a BStr) -> Result<&'a str, SourceError> {
    let shown = || format!("{folder}{}", name.to_str_lossy());
    let name = name.to_str().map_err(|_| SourceError::NotUtf8 { path: shown() })?;
    match name {
        "" | "." | ".." => Err(SourceError::ForgedPath { path: shown() }),
        _ if name.contains(['/', '\0']) => Err(SourceError::ForgedPath { path: shown() }),
        _ => Ok(name),
    }
}

/// The files that `spec.sparseCheckout` selects: those whose paths begin with one of the folders, which is how Flux
/// selects them. A folder without any file is an error.
pub(super) fn select_sparse(files: &mut Listing<Object>, sparse: &[String]) -> Result<(), SourceError> {
    if sparse.is_empty() {
        return Ok(());
    }
    let folders: Vec<&str> = sparse.iter().map(|folder| folder.strip_prefix("./").unwrap_or(folder)).collect();
    for (folder, given) in folders.iter().zip(sparse) {
        let is_inside = |path: &str| {
            let folder = folder.trim_matches('/');
            path.strip_prefix(folder).is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
        };
        if !files.keys().any(|path| is_inside(path)) {
            return Err(SourceError::SparsePath { path: given.clone() });
        }
    }
    files.retain(|path, _| folders.iter().any(|folder| path.starts_with(folder)));
    Ok(())
}

/// File contents that some tree still holds, so that revisions share what did not change.
#[derive(Debug, Default)]
pub(super) struct SharedBlobs {
    blobs: Mutex<HashMap<ObjectId, Weak<[u8]>>>,
}

impl SharedBlobs {
    fn get(&self, id: &ObjectId) -> Option<Arc<[u8]>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).get(id)?.upgrade()
    }

    fn keep(&self, id: ObjectId, content: &Arc<[u8]>) {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::downgrade(content));
    }

    /// Forgets what no tree holds any more.
    pub(super) fn forget_unused(&self) {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, content| content.strong_count() > 0);
    }
}

/// The object stores that a source is read from.
pub(super) struct Objects<'a> {
    pub(super) repositories: Vec<Repository>,
    pub(super) url: &'a str,
    pub(super) shared: &'a SharedBlobs,
}

impl Objects<'_> {
    fn damaged(&self, path: &str, error: &gix::Error) -> SourceError {
        SourceError::Damaged { url: self.url.to_owned(), cause: format!("{path}: {error}") }
    }

    /// The content of a file of at most `limit` bytes.
    pub(super) fn blob(&mut self, path: &str, object: Object, limit: u64) -> Result<Arc<[u8]>, SourceError> {
        let size = self.size(path, &object)?;
        if size > limit {
            return Err(SourceError::FileTooLarge { path: path.to_owned(), size, limit });
        }
        match self.load(path, &object)? {
            Entry::File { content, .. } => Ok(content),
            Entry::Link(target) => Ok(target.as_bytes().into()),
        }
    }
}

impl Store for Objects<'_> {
    type Handle = Object;

    fn size(&mut self, path: &str, object: &Object) -> Result<u64, SourceError> {
        let header = self.repositories[object.repository].find_header(object.id);
        header.map(|header| header.size()).map_err(|error| self.damaged(path, &error))
    }

    fn load(&mut self, path: &str, object: &Object) -> Result<Entry, SourceError> {
        let content = match self.shared.get(&object.id) {
            Some(content) => content,
            None => {
                let mut blob = self.repositories[object.repository]
                    .find_blob(object.id)
                    .map_err(|error| self.damaged(path, &error))?;
                let content = Arc::from(blob.take_data());
                self.shared.keep(object.id, &content);
                content
            }
        };
        Ok(match object.kind {
            ObjectKind::File => Entry::File { content, executable: false },
            ObjectKind::Executable => Entry::File { content, executable: true },
            ObjectKind::Link => {
                let target = std::str::from_utf8(&content).map_err(|_| SourceError::NotUtf8 {
                    path: format!("{path} -> {}", String::from_utf8_lossy(&content)),
                })?;
                Entry::Link(Arc::from(target))
            }
        })
    }
}

/// What people want to know of a commit.
pub(super) fn describe(repository: &Repository, url: &str, id: ObjectId) -> Result<Commit, SourceError> {
    let damaged = |cause: String| SourceError::Damaged { url: url.to_owned(), cause };
    let commit = repository.find_commit(id).map_err(|error| damaged(error.to_string()))?;
    let commit = commit.decode().map_err(|error| damaged(error.to_string()))?;
    let author = commit.author().map_err(|error| damaged(error.to_string()))?;
    let seconds = commit.committer().and_then(|committer| committer.time()).map(|time| time.seconds).unwrap_or(0);
    Ok(Commit {
        id: id.to_string(),
        author_name: author.name.to_str_lossy().into_owned(),
        author_email: author.email.to_str_lossy().into_owned(),
        time: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH),
        message: commit.message.to_str_lossy().trim_end().to_owned(),
    })
}
