//! Archives by digest: in memory while anybody uses them, and in the cache folder within limits.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use crate::fingerprint::{Fingerprint, sha256};

/// How many bytes the folder may hold. What was used least recently goes first.
const MOST_BYTES: u64 = 512 << 20;

/// Archives that were downloaded, by where they may be seen and their digests (`sha256:<hex>`): who knows no more than
/// a digest is given nothing.
///
/// The folder is a convenience: whatever goes wrong there, archives are downloaded again.
#[derive(Debug)]
pub(crate) struct Blobs {
    folder: PathBuf,
    most_bytes: u64,
    in_use: Mutex<HashMap<String, Weak<[u8]>>>,
}

impl Blobs {
    /// Archives in a folder, which need not exist.
    pub(crate) fn new(folder: PathBuf) -> Blobs {
        Blobs { folder, most_bytes: MOST_BYTES, in_use: Mutex::new(HashMap::new()) }
    }

    /// The archive with a digest, seen from `scope`: a repository and credentials for it. What was damaged on disk
    /// counts as missing.
    pub(crate) async fn get(self: &Arc<Blobs>, scope: &str, digest: &str) -> Option<Arc<[u8]>> {
        let name = name(scope, digest);
        if let Some(bytes) = self.in_memory(&name) {
            return Some(bytes);
        }
        let (blobs, digest) = (Arc::clone(self), digest.to_owned());
        tokio::task::spawn_blocking(move || {
            let path = blobs.folder.join(&name);
            let bytes = fs::read(&path).ok()?;
            if sha256(&bytes) != digest {
                // Downloaded anew, it takes this one's place.
                return None;
            }
            let _touched = fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
            Some(blobs.keep(&name, bytes.into()))
        })
        .await
        .unwrap_or_default()
    }

    /// Keeps an archive, and returns the one copy of it. The digest must be its own.
    pub(crate) async fn put(self: &Arc<Blobs>, scope: &str, digest: &str, bytes: Vec<u8>) -> Arc<[u8]> {
        let name = name(scope, digest);
        let bytes = self.keep(&name, bytes.into());
        let (blobs, content) = (Arc::clone(self), Arc::clone(&bytes));
        let stored = tokio::task::spawn_blocking(move || blobs.store(&name, &content)).await;
        if let Ok(Err(error)) = stored {
            tracing::warn!(folder = %self.folder.display(), %error, "cannot keep a downloaded archive");
        }
        bytes
    }

    fn in_memory(&self, name: &str) -> Option<Arc<[u8]>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner).get(name).and_then(Weak::upgrade)
    }

    fn keep(&self, name: &str, bytes: Arc<[u8]>) -> Arc<[u8]> {
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = in_use.get(name).and_then(Weak::upgrade) {
            return known;
        }
        in_use.retain(|_, bytes| bytes.strong_count() > 0);
        in_use.insert(name.to_owned(), Arc::downgrade(&bytes));
        bytes
    }

    fn store(&self, name: &str, content: &[u8]) -> io::Result<()> {
        crate::folder::create_private(&self.folder)?;
        make_room(&self.folder, self.most_bytes.saturating_sub(content.len() as u64))?;
        let file = tempfile::NamedTempFile::new_in(&self.folder)?;
        fs::write(file.path(), content)?;
        file.persist(self.folder.join(name))?;
        Ok(())
    }
}

/// The name of a file: 64 hexadecimal digits, whatever it is made from.
fn name(scope: &str, digest: &str) -> String {
    let mut fingerprint = Fingerprint::default();
    fingerprint.add(scope.as_bytes());
    fingerprint.add(digest.as_bytes());
    fingerprint.finish()
}

/// Removes files, the least recently used first, until no more than `most` bytes are left.
fn make_room(folder: &Path, most: u64) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Another one may be removing it.
        let Ok(metadata) = entry.metadata() else { continue };
        files.push((metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), entry.path(), metadata.len()));
    }
    files.sort();
    let mut total: u64 = files.iter().map(|(_, _, size)| size).sum();
    for (_, path, size) in files {
        if total <= most {
            break;
        }
        match fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        total -= size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn digest(bytes: &[u8]) -> String {
        sha256(bytes)
    }

    #[tokio::test]
    async fn keeps_one_copy_in_memory_and_one_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::new(folder.path().join("blobs")));
        let one = blobs.put("scope", &digest(b"one"), b"one".to_vec()).await;
        let again = blobs.get("scope", &digest(b"one")).await.unwrap();
        assert!(Arc::ptr_eq(&one, &again));
        drop((one, again));
        assert!(blobs.in_memory(&name("scope", &digest(b"one"))).is_none());
        assert_eq!(&*blobs.get("scope", &digest(b"one")).await.unwrap(), b"one");
        assert_eq!(blobs.get("scope", &digest(b"two")).await, None);
        assert_eq!(blobs.get("elsewhere", &digest(b"one")).await, None);
    }

    #[tokio::test]
    async fn damaged_files_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::new(folder.path().to_owned()));
        drop(blobs.put("scope", &digest(b"one"), b"one".to_vec()).await);
        fs::write(blobs.folder.join(name("scope", &digest(b"one"))), "other").unwrap();
        assert_eq!(blobs.get("scope", &digest(b"one")).await, None);
        drop(blobs.put("scope", &digest(b"one"), b"one".to_vec()).await);
        assert_eq!(&*blobs.get("scope", &digest(b"one")).await.unwrap(), b"one");
    }

    #[tokio::test]
    async fn the_least_recently_used_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs { most_bytes: 6, ..Blobs::new(folder.path().to_owned()) });
        for (age, text) in [(30, "one"), (20, "two")] {
            drop(blobs.put("scope", &digest(text.as_bytes()), text.as_bytes().to_vec()).await);
            let file = fs::File::open(blobs.folder.join(name("scope", &digest(text.as_bytes())))).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        }
        assert!(blobs.get("scope", &digest(b"one")).await.is_some());
        drop(blobs.put("scope", &digest(b"six"), b"six".to_vec()).await);
        assert!(blobs.get("scope", &digest(b"one")).await.is_some());
        assert!(blobs.get("scope", &digest(b"two")).await.is_none());
    }
}
