//! Folders of the corpora as trees.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use manifest::Tree;
use manifest::tree::Entry;

/// The files of a folder, with links as links.
pub(crate) fn tree(root: &Path) -> Tree {
    fn add(entries: &mut BTreeMap<Arc<str>, Entry>, folder: &Path, below: &str) {
        for entry in std::fs::read_dir(folder).expect("the corpus is readable") {
            let entry = entry.expect("the corpus is readable");
            let path = format!("{below}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().expect("the corpus is readable");
            if kind.is_dir() {
                add(entries, &entry.path(), &format!("{path}/"));
            } else if kind.is_symlink() {
                let target = std::fs::read_link(entry.path()).expect("the corpus is readable");
                entries.insert(path.into(), Entry::Link(target.to_string_lossy().into()));
            } else {
                let content = std::fs::read(entry.path()).expect("the corpus is readable").into();
                entries.insert(path.into(), Entry::File { content, executable: false });
            }
        }
    }
    let mut entries = BTreeMap::new();
    add(&mut entries, root, "");
    Tree::new(entries)
}
