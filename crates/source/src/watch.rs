//! Repositories and directories on this machine, watched.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecursiveMode, Watcher};
use tokio::sync::watch;

use crate::error::SourceError;
use crate::git;
use crate::sources::Sources;

/// A change counts as finished when nothing follows it for this long.
const QUIET: Duration = Duration::from_millis(15);

/// Changes that never pause are reported after this long.
const LONGEST: Duration = Duration::from_millis(200);

/// The running watches. Whoever watches what is watched already shares that watch: each takes a thread and one of the few
/// watchers that the system has.
#[derive(Debug, Default)]
pub(crate) struct Watches(Mutex<HashMap<PathBuf, Weak<Shared>>>);

/// What all watches of one place share.
#[derive(Debug)]
struct Shared {
    changes: watch::Sender<()>,
    _watcher: notify::RecommendedWatcher,
}

impl Sources {
    /// Watches a repository or directory on this machine.
    ///
    /// Of a git repository, bare or not, its references are watched: a commit, a push into it, a new tag and a switch of
    /// `HEAD` count, changes in its working tree do not. Any other directory is watched with everything in it. The
    /// operating system reports the changes; nothing is polled.
    ///
    /// # Errors
    /// Where the path does not exist or the system has no watches left.
    pub fn watch_local(&self, path: &Path) -> Result<LocalWatch, SourceError> {
        self.watches.watch(path)
    }
}

impl Watches {
    fn watch(&self, path: &Path) -> Result<LocalWatch, SourceError> {
        let root = path.canonicalize().map_err(|error| unwatchable(path, error.to_string()))?;
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = match running.get(&root).and_then(Weak::upgrade) {
            Some(shared) => shared,
            None => {
                let shared = Arc::new(Shared::begin(path, &root)?);
                running.retain(|_, shared| shared.strong_count() > 0);
                running.insert(root, Arc::downgrade(&shared));
                shared
            }
        };
        Ok(LocalWatch { receiver: shared.changes.subscribe(), settling: Settling::No, _shared: shared })
    }
}

impl Shared {
    fn begin(path: &Path, root: &Path) -> Result<Shared, SourceError> {
        let failed = |error: notify::Error| unwatchable(path, error.to_string());
        let subject = Subject::of(root)?;
        let changes = watch::Sender::new(());
        let (told, watched) = (changes.clone(), subject.watched());
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error means that events were lost, so that anything may have changed.
            if event.map_or(true, |event| subject.concerns(&event)) {
                told.send_replace(());
            }
        })
        .map_err(failed)?;
        for (path, mode) in watched {
            watcher.watch(&path, mode).map_err(failed)?;
        }
        Ok(Shared { changes, _watcher: watcher })
    }
}

fn unwatchable(path: &Path, cause: String) -> SourceError {
    SourceError::Watch { path: path.to_owned(), cause }
}

/// A running watch; it ends when dropped.
#[derive(Debug)]
pub struct LocalWatch {
    receiver: watch::Receiver<()>,
    settling: Settling,
    _shared: Arc<Shared>,
}

/// Whether a change was seen that is not reported yet.
#[derive(Debug, PartialEq, Eq)]
enum Settling {
    Yes,
    No,
}

impl LocalWatch {
    /// Waits for the next change since the watch began or since this last returned. Changes that follow each other
    /// closely are reported once, when the last is done. Cancelling it loses no change.
    pub async fn changed(&mut self) {
        if self.settling == Settling::No {
            if self.receiver.changed().await.is_err() {
                // `self` shares the sender, so this cannot be.
                return std::future::pending().await;
            }
            self.settling = Settling::Yes;
        }
        let settle = async { while tokio::time::timeout(QUIET, self.receiver.changed()).await.is_ok() {} };
        // Either outcome is the answer: quiet, or long enough.
        let _settled = tokio::time::timeout(LONGEST, settle).await;
        self.settling = Settling::No;
    }
}

/// What is watched, and which events are about it.
enum Subject {
    Repository { folders: Vec<PathBuf> },
    Directory { root: PathBuf },
}

impl Subject {
    fn of(root: &Path) -> Result<Subject, SourceError> {
        Ok(match git::metadata_folders(root)? {
            Some(folders) => Subject::Repository { folders },
            None => Subject::Directory { root: root.to_owned() },
        })
    }

    fn watched(&self) -> Vec<(PathBuf, RecursiveMode)> {
        match self {
            Subject::Repository { folders } => folders
                .iter()
                .flat_map(|folder| {
                    // The folder itself for HEAD and packed-refs, which are replaced by renaming.
                    let deep = ["refs", "reftable"].map(|name| (folder.join(name), RecursiveMode::Recursive));
                    std::iter::once((folder.clone(), RecursiveMode::NonRecursive)).chain(deep)
                })
                .filter(|(path, _)| path.is_dir())
                .collect(),
            Subject::Directory { root } => vec![(root.clone(), RecursiveMode::Recursive)],
        }
    }

    fn concerns(&self, event: &Event) -> bool {
        if event.need_rescan() {
            return true;
        }
        let is_change = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
            // Our own reading must not look like a change.
            EventKind::Access(_) => false,
            EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => {
                true
            }
        };
        is_change && (event.paths.is_empty() || event.paths.iter().any(|path| self.concerns_path(path)))
    }

    fn concerns_path(&self, path: &Path) -> bool {
        match self {
            Subject::Repository { folders } => {
                let is_lock = path.extension().is_some_and(|extension| extension == "lock");
                !is_lock
                    && folders.iter().filter_map(|folder| path.strip_prefix(folder).ok()).any(|inside| {
                        ["HEAD", "packed-refs", "refs", "reftable"].iter().any(|name| inside.starts_with(name))
                    })
            }
            Subject::Directory { root } => path
                .strip_prefix(root)
                .is_ok_and(|inside| inside.components().all(|component| component.as_os_str() != ".git")),
        }
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, DataChange, ModifyKind};

    use super::*;

    const WRITTEN: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));

    fn check(subject: &Subject, kind: EventKind, path: &str, expected: bool) {
        assert_eq!(subject.concerns(&Event::new(kind).add_path(path.into())), expected, "{kind:?} {path}");
    }

    #[test]
    fn reading_is_no_change() {
        let subject = Subject::Directory { root: "/d".into() };
        for kind in [AccessKind::Read, AccessKind::Open(AccessMode::Read), AccessKind::Close(AccessMode::Read)] {
            check(&subject, EventKind::Access(kind), "/d/a", false);
        }
        check(&subject, EventKind::Access(AccessKind::Close(AccessMode::Write)), "/d/a", true);
        check(&subject, EventKind::Create(CreateKind::File), "/d/a", true);
        check(&subject, WRITTEN, "/d/a", true);
    }

    #[test]
    fn of_a_repository_only_references_count() {
        let subject = Subject::Repository { folders: vec!["/r/.git".into()] };
        for path in ["HEAD", "packed-refs", "refs/heads/main", "refs/heads/a/b", "reftable/tables.list"] {
            check(&subject, WRITTEN, &format!("/r/.git/{path}"), true);
        }
        for path in ["index", "HEAD.lock", "refs/heads/main.lock", "objects/pack/x", "COMMIT_EDITMSG", "logs/HEAD"] {
            check(&subject, WRITTEN, &format!("/r/.git/{path}"), false);
        }
        check(&subject, WRITTEN, "/r/a.yaml", false);
    }

    #[test]
    fn of_a_directory_everything_but_git_counts() {
        let subject = Subject::Directory { root: "/d".into() };
        check(&subject, WRITTEN, "/d/a/b.lock", true);
        check(&subject, WRITTEN, "/d/.git/index", false);
        check(&subject, WRITTEN, "/d/a/.git/index", false);
        check(&subject, WRITTEN, "/elsewhere", false);
    }

    #[test]
    fn lost_events_count_as_a_change() {
        let subject = Subject::Directory { root: "/d".into() };
        assert!(subject.concerns(&Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan)));
    }
}
