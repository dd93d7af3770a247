//! The files of a chart's folder.

use std::collections::{BTreeMap, BTreeSet};

use manifest::Tree;
use manifest::tree::{self, Entry, TreeError};

use super::ignore::{self, Kind, Rules};
use super::limits::Budget;
use super::{LoadError, without_mark};
use crate::helm::chart::ChartFile;

/// Names in a path. Every folder costs a look-up from the root.
const MAX_NAMES: usize = 128;

/// Every file below the folder that `.helmignore` does not leave out, in Helm's order: by name, folder by folder.
pub(super) fn collect(tree: &Tree, folder: &str, budget: &mut Budget<'_>) -> Result<Vec<ChartFile>, LoadError> {
    let Some(folder) = tree::normalise(folder).filter(|folder| tree.is_folder(folder)) else {
        return Err(LoadError::NoFolder(folder.to_owned()));
    };
    let rules_file = join(&folder, ignore::FILE);
    let rules = match tree.read(&rules_file) {
        Ok(content) => Rules::parse(&rules_file, &String::from_utf8_lossy(content))?,
        Err(_) => Rules::parse(&rules_file, "")?,
    };
    let mut walk = Walk { tree, rules, links: links_by_folder(tree), budget, files: Vec::new() };
    walk.folder(&folder, "")?;
    Ok(walk.files)
}

struct Walk<'a, 'b> {
    tree: &'a Tree,
    rules: Rules,
    links: BTreeMap<&'a str, BTreeSet<&'a str>>,
    budget: &'a mut Budget<'b>,
    files: Vec<ChartFile>,
}

impl Walk<'_, '_> {
    /// Collects what is in the folder at `path`, which is `below` the chart's folder.
    fn folder(&mut self, path: &str, below: &str) -> Result<(), LoadError> {
        self.check_links(path)?;
        let names = self.tree.list(path).map_err(|error| link_error(path, &error))?;
        for (name, is_folder) in names {
            let (path, below) = (join(path, &name), join(below, &name));
            let kind = if is_folder { Kind::Folder } else { Kind::File };
            if self.rules.ignore(&below, kind) {
                continue;
            }
            self.budget.take_file()?;
            if below.split('/').count() > MAX_NAMES {
                return Err(LoadError::PathTooLong { start: below.chars().take(60).collect(), limit: MAX_NAMES });
            }
            match kind {
                // Links make folders appear in themselves; how often is bounded by the tree.
                Kind::Folder => self.folder(&path, &below)?,
                Kind::File => {
                    let content = self.tree.read(&path).map_err(|error| link_error(&path, &error))?;
                    self.budget.take_bytes(&below, content.len() as u64)?;
                    let trimmed = without_mark(content);
                    let data = if trimmed.len() == content.len() { content.clone() } else { trimmed.into() };
                    self.files.push(ChartFile { name: below, data });
                }
            }
        }
        Ok(())
    }

    /// Links that lead nowhere are errors, though a tree does not list them.
    fn check_links(&self, folder: &str) -> Result<(), LoadError> {
        let real = self.tree.resolve(folder).map_err(|error| link_error(folder, &error))?;
        for name in self.links.get(real.as_str()).into_iter().flatten() {
            let link = join(folder, name);
            if !self.tree.is_folder(&link)
                && let Err(error) = self.tree.read(&link)
            {
                return Err(link_error(&link, &error));
            }
        }
        Ok(())
    }
}

fn links_by_folder(tree: &Tree) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut links: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, entry) in tree.entries() {
        if let Entry::Link(_) = entry {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            links.entry(folder).or_default().insert(name);
        }
    }
    links
}

fn link_error(link: &str, error: &TreeError) -> LoadError {
    LoadError::Link { link: link.to_owned(), reason: error.to_string() }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
