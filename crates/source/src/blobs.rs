//! Archives by digest: in memory while anybody uses them, and in the cache folder within limits.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use crate::fingerprint::sha256;

/// How many bytes the folder may hold. What was used least recently goes first.
const MOST_BYTES: u64 = 512 << 20;

/// Archives that were downloaded, by their digests (`sha256:<hex>`).
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

    /// The archive with a digest. What was damaged on disk counts as missing.
    pub(crate) async fn get(self: &Arc<Blobs>, digest: &str) -> Option<Arc<[u8]>> {
        if let Some(bytes) = self.in_memory(digest) {
            return Some(bytes);
        }
        let (blobs, digest) = (Arc::clone(self), digest.to_owned());
        tokio::task::spawn_blocking(move || {
            let path = blobs.path(&digest)?;
            let bytes = fs::read(&path).ok()?;
            if sha256(&bytes) != digest {
                // Downloaded anew, it takes this one's place.
                return None;
            }
            let _touched = fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
            Some(blobs.keep(&digest, bytes.into()))
        })
        .await
        .unwrap_or_default()
    }

    /// Keeps an archive, and returns the one copy of it. The digest must be its own.
    pub(crate) async fn put(self: &Arc<Blobs>, digest: &str, bytes: Vec<u8>) -> Arc<[u8]> {
        let bytes = self.keep(digest, bytes.into());
        let (blobs, digest, content) = (Arc::clone(self), digest.to_owned(), Arc::clone(&bytes));
        let stored = tokio::task::spawn_blocking(move || blobs.store(&digest, &content)).await;
        if let Ok(Err(error)) = stored {
            tracing::warn!(folder = %self.folder.display(), %error, "cannot keep a downloaded archive");
        }
        bytes
    }

    fn in_memory(&self, digest: &str) -> Option<Arc<[u8]>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner).get(digest).and_then(Weak::upgrade)
    }

    fn keep(&self, digest: &str, bytes: Arc<[u8]>) -> Arc<[u8]> {
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = in_use.get(digest).and_then(Weak::upgrade) {
            return known;
        }
        in_use.retain(|_, bytes| bytes.strong_count() > 0);
        in_use.insert(digest.to_owned(), Arc::downgrade(&bytes));
        bytes
    }

    /// `None` for what is no SHA-256 digest, so that no digest leads out of the folder.
    fn path(&self, digest: &str) -> Option<PathBuf> {
        let digits = digest.strip_prefix("sha256:")?;
        let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| self.folder.join(digits))
    }

    fn store(&self, digest: &str, content: &[u8]) -> io::Result<()> {
        let Some(path) = self.path(digest) else { return Ok(()) };
        crate::folder::create_private(&self.folder)?;
        make_room(&self.folder, self.most_bytes.saturating_sub(content.len() as u64))?;
        let file = tempfile::NamedTempFile::new_in(&self.folder)?;
        fs::write(file.path(), content)?;
        file.persist(&path)?;
        Ok(())
    }
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
        let one = blobs.put(&digest(b"one"), b"one".to_vec()).await;
        let again = blobs.get(&digest(b"one")).await.unwrap();
        assert!(Arc::ptr_eq(&one, &again));
        drop((one, again));
        assert!(blobs.in_memory(&digest(b"one")).is_none());
        assert_eq!(&*blobs.get(&digest(b"one")).await.unwrap(), b"one");
        assert_eq!(blobs.get(&digest(b"two")).await, None);
    }

    #[tokio::test]
    async fn damaged_files_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::new(folder.path().to_owned()));
        drop(blobs.put(&digest(b"one"), b"one".to_vec()).await);
        fs::write(blobs.path(&digest(b"one")).unwrap(), "other").unwrap();
        assert_eq!(blobs.get(&digest(b"one")).await, None);
        drop(blobs.put(&digest(b"one"), b"one".to_vec()).await);
        assert_eq!(&*blobs.get(&digest(b"one")).await.unwrap(), b"one");
    }

    #[tokio::test]
    async fn the_least_recently_used_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs { most_bytes: 6, ..Blobs::new(folder.path().to_owned()) });
        for (age, text) in [(30, "one"), (20, "two")] {
            drop(blobs.put(&digest(text.as_bytes()), text.as_bytes().to_vec()).await);
            let file = fs::File::open(blobs.path(&digest(text.as_bytes())).unwrap()).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        }
        assert!(blobs.get(&digest(b"one")).await.is_some());
        drop(blobs.put(&digest(b"six"), b"six".to_vec()).await);
        assert!(blobs.get(&digest(b"one")).await.is_some());
        assert!(blobs.get(&digest(b"two")).await.is_none());
    }

    #[test]
    fn no_digest_leads_out_of_the_folder() {
        let blobs = Blobs::new("/cache".into());
        assert_eq!(blobs.path("sha256:../../etc/passwd"), None);
        assert_eq!(blobs.path("../etc"), None);
    }
}
