//! Which files on this machine stand for which sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kinds::flux::Kustomization;
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
    /// What stands in for every other source.
    stand_in: Option<Tree>,
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
        Ok(Folders { folders, read: BTreeMap::new(), stand_in: None })
    }

    /// A repository that stands in for every source but for `others`, as KIND/NAMESPACE/NAME=FOLDER: which of a
    /// repository's sources it is itself is often written nowhere in it.
    pub(crate) fn standing_in(repository: Tree, others: &[String]) -> Result<Folders, Failure> {
        let folders = others.iter().map(|text| parse(text)).collect::<Result<_, _>>()?;
        Ok(Folders { folders, read: BTreeMap::new(), stand_in: Some(repository) })
    }

    /// Whether a Kustomization is built from the stand-in: nothing else stands for its source, and the folder is there.
    pub(crate) fn is_stood_in_for(&self, kustomization: &Kustomization) -> bool {
        let source = &kustomization.spec.source_ref;
        let name = (source.kind.clone(), kustomization.source_namespace().to_owned(), source.name.clone());
        let folder = manifest::tree::normalise(&kustomization.spec.path);
        let has = |tree: &Tree| folder.as_deref().is_some_and(|folder| folder.is_empty() || tree.is_folder(folder));
        !self.folders.contains_key(&name) && self.stand_in.as_ref().is_some_and(has)
    }

    /// The files that a Kustomization is built from; none if none stand for its source.
    pub(crate) fn of_kustomization(&mut self, kustomization: &Kustomization) -> Result<Option<&Tree>, Failure> {
        if self.is_stood_in_for(kustomization) {
            return Ok(self.stand_in.as_ref());
        }
        let source = &kustomization.spec.source_ref;
        self.named(&source.kind, kustomization.source_namespace(), &source.name)
    }

    /// The files that stand for a source by kind, namespace and name; none if none do.
    pub(crate) fn of(&mut self, kind: &str, namespace: &str, name: &str) -> Result<Option<&Tree>, Failure> {
        if self.folders.contains_key(&(kind.to_owned(), namespace.to_owned(), name.to_owned())) {
            return self.named(kind, namespace, name);
        }
        Ok(self.stand_in.as_ref())
    }

    /// The folder that was named for a source.
    fn named(&mut self, kind: &str, namespace: &str, name: &str) -> Result<Option<&Tree>, Failure> {
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
