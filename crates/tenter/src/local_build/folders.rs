//! Which files on this machine stand for which sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use manifest::Tree;

use super::{Entry, files};
use crate::error::Failure;

/// A source by kind, namespace and name.
pub(super) type SourceName = (String, String, String);

/// Folders that stand for sources. Each is read once.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    folders: BTreeMap<SourceName, PathBuf>,
    read: BTreeMap<PathBuf, Tree>,
}

impl Folders {
    /// The folder `root` for the source of the entry, and others as `KIND/NAMESPACE/NAME=FOLDER`.
    pub(crate) fn new(entry: &Entry, root: &Path, others: &[String]) -> Result<Folders, Failure> {
        let mut folders = BTreeMap::new();
        for text in others {
            let (name, folder) = parse(text)?;
            folders.insert(name, folder);
        }
        if let Some(source) = entry.source() {
            folders.insert(source, root.to_owned());
        }
        Ok(Folders { folders, read: BTreeMap::new() })
    }

    /// The files that stand for a source by kind, namespace and name; none if none do.
    pub(crate) fn of(&mut self, kind: &str, namespace: &str, name: &str) -> Result<Option<&Tree>, Failure> {
        let name = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        let Some(folder) = self.folders.get(&name) else { return Ok(None) };
        if !self.read.contains_key(folder) {
            self.read.insert(folder.clone(), files(folder)?);
        }
        Ok(self.read.get(folder))
    }
}

fn parse(text: &str) -> Result<(SourceName, PathBuf), Failure> {
    let named = text.split_once('=').and_then(|(name, folder)| {
        let mut parts = name.split('/');
        let name = (parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.to_owned());
        (parts.next().is_none() && !folder.is_empty()).then(|| (name, PathBuf::from(folder)))
    });
    named.ok_or_else(|| {
        Failure::Usage(format!(
            "{text:?} is not KIND/NAMESPACE/NAME=FOLDER, such as GitRepository/flux-system/apps=../apps"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_whole() {
        let (name, folder) = parse("GitRepository/flux-system/apps=../a=b").unwrap();
        assert_eq!(name, ("GitRepository".into(), "flux-system".into(), "apps".into()));
        assert_eq!(folder, Path::new("../a=b"));
        for wrong in
            ["apps=../apps", "GitRepository/apps=../apps", "a/b/c/d=e", "GitRepository/flux-system/apps", "a/b/c="]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
