//! The objects of remotes, kept between fetches.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gix::Repository;

use super::local::open_isolated;
use super::remote::Address;
use crate::error::SourceError;
use crate::fingerprint::Fingerprint;
use crate::folder::create_private;

/// Every fetch adds a pack; with more than these, a mirror begins anew, which costs one shallow fetch.
const MOST_PACKS: usize = 50;

/// The bare repositories of all remotes, one for each URL and credentials, so that nobody is given what only
/// others may see.
#[derive(Debug)]
pub(super) struct Clones {
    folder: PathBuf,
    locks: Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

impl Clones {
    pub(super) fn new(folder: PathBuf) -> Clones {
        Clones { folder, locks: Mutex::new(HashMap::new()) }
    }

    /// Lets one thread at a time act on the mirror of a remote.
    pub(super) fn with<R>(
        &self,
        address: &Address,
        act: impl FnOnce(Repository) -> Result<R, SourceError>,
    ) -> Result<R, SourceError> {
        let key = key(address);
        let lock =
            Arc::clone(self.locks.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default());
        let _turn: MutexGuard<'_, ()> = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = self.folder.join(key);
        let repository = generation(&folder).map_err(|source| SourceError::Io { path: folder.clone(), source })?;
        act(open_isolated(&repository).map_err(|error| SourceError::Damaged {
            url: address.shown.clone(),
            cause: format!("the mirror in {} cannot be opened, remove it: {error}", repository.display()),
        })?)
    }
}

/// The name of a mirror's folder.
fn key(address: &Address) -> String {
    let mut fingerprint = Fingerprint::default();
    fingerprint.add(&address.url.to_bstring());
    fingerprint.add_credentials(&address.credentials);
    fingerprint.finish()
}

/// The repository to use: the newest generation, or another one if that has too many packs. The one before stays,
/// since someone may still read from it; those before that are removed.
fn generation(folder: &Path) -> io::Result<PathBuf> {
    create_private(folder)?;
    let mut generations: Vec<u64> = Vec::new();
    for entry in fs::read_dir(folder)? {
        generations.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    let newest = generations.iter().copied().max();
    if let Some(newest) = newest {
        let repository = folder.join(newest.to_string());
        if repository.join("HEAD").is_file() && packs(&repository)? <= MOST_PACKS {
            return Ok(repository);
        }
    }
    for old in generations.iter().filter(|generation| Some(**generation) != newest) {
        fs::remove_dir_all(folder.join(old.to_string()))?;
    }
    let repository = folder.join(newest.map_or(0, |newest| newest + 1).to_string());
    create(&repository)?;
    Ok(repository)
}

fn packs(repository: &Path) -> io::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(repository.join("objects/pack"))? {
        count += usize::from(entry?.path().extension().is_some_and(|extension| extension == "pack"));
    }
    Ok(count)
}

/// An empty bare repository. `HEAD` comes last, so that a half-made one is not taken for a whole.
fn create(repository: &Path) -> io::Result<()> {
    for folder in ["objects/pack", "objects/info", "refs"] {
        fs::create_dir_all(repository.join(folder))?;
    }
    fs::write(repository.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n")?;
    fs::write(repository.join("HEAD"), "ref: refs/heads/none\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Credentials;

    fn address(url: &str, password: &str) -> Address {
        let credentials = Credentials::Basic { username: "ada".into(), password: password.into() };
        Address::of(url, &credentials).unwrap()
    }

    #[test]
    fn every_url_and_credentials_have_their_own_mirror() {
        let one = key(&address("https://example.com/a", "x"));
        assert_eq!(key(&address("https://example.com/a", "x")), one);
        assert_eq!(key(&address("https://someone@example.com/a", "x")), one);
        assert_ne!(key(&address("https://example.com/b", "x")), one);
        assert_ne!(key(&address("https://example.com/a", "y")), one);
    }

    #[test]
    fn a_mirror_with_many_packs_begins_anew_and_the_last_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let mut names: Vec<_> = fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names.join(" ")
        };
        for expected in ["0", "0 1", "1 2"] {
            let repository = generation(folder.path()).unwrap();
            assert_eq!(generation(folder.path()).unwrap(), repository);
            assert_eq!(names(), expected);
            for pack in 0..=MOST_PACKS {
                fs::write(repository.join(format!("objects/pack/pack-{pack}.pack")), "").unwrap();
            }
        }
    }
}
