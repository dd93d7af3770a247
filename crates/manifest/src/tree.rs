//! The immutable file tree that a source yields and everything else reads.

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use sha2::{Digest, Sha256};

/// How many symbolic links one lookup may follow.
const MAX_LINKS: usize = 40;

/// One file of a [`Tree`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A regular file's content.
    File {
        /// The bytes, shared with every tree that holds the same file.
        content: Arc<[u8]>,
        /// Whether the file is executable.
        executable: bool,
    },
    /// A symbolic link, as written: relative to the folder it stands in.
    Link(Arc<str>),
}

/// Why a path of a [`Tree`] cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Nothing stands at the path.
    #[error("{0}: no such file or folder in the source; check its name and whether an ignore rule leaves it out")]
    NotFound(String),
    /// A folder stands where a file was wanted.
    #[error("{0}: is a folder, not a file")]
    IsFolder(String),
    /// The path, or a link on it, leads out of the tree.
    #[error("{0}: leads out of the source, which is not allowed; copy what it points at into the repository")]
    Escapes(String),
    /// Links lead to links without end.
    #[error("{0}: too many symbolic links; one of them probably points at itself")]
    LinkLoop(String),
}

/// An immutable set of files, addressed by content.
///
/// Cloning is cheap: the files are shared. Paths use `/`, have no leading `./` and no `..`; the root is the empty path.
/// Folders exist only through the files in them, as in git. Symbolic links are followed inside the tree and never
/// leave it.
#[derive(Clone)]
pub struct Tree {
    entries: Arc<BTreeMap<Arc<str>, Entry>>,
    digest: Arc<str>,
}

impl Tree {
    /// A tree of the given entries; their paths must be normalised (see [`normalise`]).
    pub fn new(entries: BTreeMap<Arc<str>, Entry>) -> Tree {
        let digest = digest_of(&entries).into();
        Tree { entries: Arc::new(entries), digest }
    }

    /// A tree of text files, for tests and generated content.
    pub fn from_texts<P: AsRef<str>, T: AsRef<str>>(files: impl IntoIterator<Item = (P, T)>) -> Tree {
        Tree::new(
            files
                .into_iter()
                .map(|(path, text)| {
                    let content = Arc::from(text.as_ref().as_bytes());
                    (Arc::from(path.as_ref()), Entry::File { content, executable: false })
                })
                .collect(),
        )
    }

    /// `sha256:<hex>` over every path, mode and content: two trees with one digest hold the same files.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Every entry, sorted by path, links not followed.
    pub fn entries(&self) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.entries.iter()
    }

    /// The content of the file at `path`, through links.
    pub fn read(&self, path: &str) -> Result<&Arc<[u8]>, TreeError> {
        let resolved = self.resolve(path)?;
        match self.entries.get(resolved.as_str()) {
            Some(Entry::File { content, .. }) => Ok(content),
            Some(Entry::Link(_)) | None if self.is_folder_resolved(&resolved) => {
                Err(TreeError::IsFolder(path.to_owned()))
            }
            Some(Entry::Link(_)) | None => Err(TreeError::NotFound(path.to_owned())),
        }
    }

    /// Whether a file stands at `path`, through links.
    pub fn is_file(&self, path: &str) -> bool {
        self.read(path).is_ok()
    }

    /// Whether a folder stands at `path`, through links. The root always is one.
    pub fn is_folder(&self, path: &str) -> bool {
        self.resolve(path).is_ok_and(|resolved| self.is_folder_resolved(&resolved))
    }

    /// The names directly inside the folder at `path`, sorted, each with whether it is a folder; links are followed,
    /// and those that lead nowhere are left out.
    pub fn list(&self, path: &str) -> Result<Vec<(String, bool)>, TreeError> {
        let folder = self.resolve(path)?;
        if !self.is_folder_resolved(&folder) {
            return Err(TreeError::NotFound(path.to_owned()));
        }
        let prefix = folder_prefix(&folder);
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        for (entry_path, entry) in self.below(&prefix) {
            let Some(rest) = entry_path.strip_prefix(prefix.as_str()) else { break };
            match (rest.split_once('/'), entry) {
                (Some((name, _)), _) => {
                    names.insert(name.to_owned(), true);
                }
                (None, Entry::File { .. }) => {
                    names.insert(rest.to_owned(), false);
                }
                (None, Entry::Link(_)) if self.is_folder(entry_path) => {
                    names.insert(rest.to_owned(), true);
                }
                (None, Entry::Link(_)) if self.is_file(entry_path) => {
                    names.insert(rest.to_owned(), false);
                }
                (None, Entry::Link(_)) => {}
            }
        }
        Ok(names.into_iter().collect())
    }

    /// The real path of `path` once every link on it is followed. Fails only where it leaves the tree or loops;
    /// that something stands there is for the caller to see.
    pub fn resolve(&self, path: &str) -> Result<String, TreeError> {
        let escapes = || TreeError::Escapes(path.to_owned());
        let mut pending: Vec<String> =
            normalise(path).ok_or_else(escapes)?.split('/').rev().map(str::to_owned).collect();
        let mut resolved: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(component) = pending.pop() {
            match component.as_str() {
                "" | "." => continue,
                ".." => {
                    resolved.pop().ok_or_else(escapes)?;
                    continue;
                }
                _ => resolved.push(component),
            }
            if let Some(Entry::Link(target)) = self.entries.get(resolved.join("/").as_str()) {
                links += 1;
                if links > MAX_LINKS {
                    return Err(TreeError::LinkLoop(path.to_owned()));
                }
                if target.starts_with('/') {
                    return Err(escapes());
                }
                resolved.pop();
                pending.extend(target.split('/').rev().map(str::to_owned));
            }
        }
        Ok(resolved.join("/"))
    }

    /// The entries whose paths are not before `prefix`.
    fn below<'a>(&'a self, prefix: &str) -> btree_map::Range<'a, Arc<str>, Entry> {
        self.entries.range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
    }

    fn is_folder_resolved(&self, resolved: &str) -> bool {
        let prefix = folder_prefix(resolved);
        resolved.is_empty() || self.below(&prefix).next().is_some_and(|(path, _)| path.starts_with(&prefix))
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Tree) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Tree {}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tree({} files, {})", self.entries.len(), self.digest)
    }
}

/// `path` with `.` and empty components removed and `..` resolved by name; `None` if it leaves the root.
/// A leading `/` means the root of the tree, as in `spec.path: /`.
pub fn normalise(path: &str) -> Option<String> {
    let mut components: Vec<&str> = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                components.pop()?;
            }
            name => components.push(name),
        }
    }
    Some(components.join("/"))
}

/// `path` joined to `base` and normalised; `None` if it leaves the root.
pub fn join(base: &str, path: &str) -> Option<String> {
    normalise(&format!("{base}/{path}"))
}

fn folder_prefix(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

fn digest_of(entries: &BTreeMap<Arc<str>, Entry>) -> String {
    let mut hash = Sha256::new();
    for (path, entry) in entries {
        let (mode, content): (&[u8], &[u8]) = match entry {
            Entry::File { content, executable: false } => (b"f", content),
            Entry::File { content, executable: true } => (b"x", content),
            Entry::Link(target) => (b"l", target.as_bytes()),
        };
        // Lengths keep one entry's end apart from the next one's start.
        hash.update((path.len() as u64).to_be_bytes());
        hash.update(path.as_bytes());
        hash.update(mode);
        hash.update((content.len() as u64).to_be_bytes());
        hash.update(content);
    }
    format!("sha256:{}", hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)], links: &[(&str, &str)]) -> Tree {
        let mut entries: BTreeMap<Arc<str>, Entry> = BTreeMap::new();
        for (path, text) in files {
            entries.insert(Arc::from(*path), Entry::File { content: text.as_bytes().into(), executable: false });
        }
        for (path, target) in links {
            entries.insert(Arc::from(*path), Entry::Link(Arc::from(*target)));
        }
        Tree::new(entries)
    }

    #[test]
    fn reads_files_and_lists_folders() {
        let tree = tree(&[("a/b.yaml", "b"), ("a/c/d.yaml", "d"), ("e", "e")], &[]);
        assert_eq!(tree.read("./a//b.yaml").map(|content| content.to_vec()), Ok(b"b".to_vec()));
        assert_eq!(tree.list("a"), Ok(vec![("b.yaml".to_owned(), false), ("c".to_owned(), true)]));
        assert_eq!(tree.list("/"), Ok(vec![("a".to_owned(), true), ("e".to_owned(), false)]));
        assert_eq!(tree.read("a"), Err(TreeError::IsFolder("a".to_owned())));
        assert_eq!(tree.read("z"), Err(TreeError::NotFound("z".to_owned())));
    }

    #[test]
    fn links_are_followed_inside_the_tree() {
        let tree = tree(&[("base/x.yaml", "x")], &[("app", "base"), ("over/y.yaml", "../app/x.yaml")]);
        assert_eq!(tree.read("over/y.yaml").map(|content| content.to_vec()), Ok(b"x".to_vec()));
        assert!(tree.is_folder("app"));
        assert_eq!(tree.list(""), Ok(vec![("app".into(), true), ("base".into(), true), ("over".into(), true)]));
    }

    #[test]
    fn nothing_leaves_the_tree() {
        let tree = tree(&[("a/b", "b")], &[("up", "../../etc/passwd"), ("root", "/etc/passwd"), ("loop", "loop")]);
        for path in ["../x", "a/../../x", "up", "root"] {
            assert_eq!(tree.read(path), Err(TreeError::Escapes(path.to_owned())));
        }
        assert_eq!(tree.read("loop"), Err(TreeError::LinkLoop("loop".to_owned())));
    }

    #[test]
    fn the_digest_tells_content_mode_and_place_apart() {
        let one = tree(&[("a", "bc")], &[]);
        assert_eq!(one, tree(&[("a", "bc")], &[]));
        for other in [tree(&[("ab", "c")], &[]), tree(&[("a", "bd")], &[]), tree(&[], &[("a", "bc")])] {
            assert_ne!(one, other);
        }
    }
}
