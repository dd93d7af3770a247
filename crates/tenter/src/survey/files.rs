//! The files of a tree that hold manifests: plain ones, and folders that kustomize builds.

use std::collections::{BTreeMap, BTreeSet};

use manifest::tree::{Entry, join, normalise};
use manifest::yaml::{Limits, Profile, Salvage, salvage_manifests};
use manifest::{Diagnostic, Manifest, Tree, Value};
use render::kustomize::FILE_NAMES;

/// The fields of a kustomization file that may name folders of others.
const FOLDER_FIELDS: [&str; 3] = ["resources", "components", "bases"];

/// What a tree holds besides charts and hidden folders.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// The objects of files that no kustomization is around, by folder.
    pub(super) plain: BTreeMap<String, Vec<Manifest>>,
    /// Folders with a kustomization that no other kustomization of the tree builds upon.
    pub(super) kustomizations: BTreeSet<String>,
    /// What cannot be read.
    pub(super) problems: Vec<Diagnostic>,
}

impl Files {
    /// Looks through a tree.
    pub(super) fn of(tree: &Tree) -> Files {
        let paths: Vec<&str> = tree
            .entries()
            .filter(|(path, entry)| matches!(entry, Entry::File { .. }) && !is_hidden(path))
            .map(|(path, _)| &**path)
            .collect();
        let folders_with = |names: &[&str]| -> BTreeSet<&str> {
            let split = paths.iter().map(|path| split(path));
            split.filter(|(_, name)| names.contains(name)).map(|(folder, _)| folder).collect()
        };
        let charts = folders_with(&["Chart.yaml"]);
        let kustomizations = folders_with(&FILE_NAMES);
        let mut files = Files::default();
        let mut built_upon = BTreeSet::new();
        for path in paths {
            let (folder, name) = split(path);
            if is_within(folder, &charts) || !(is_yaml(name) || FILE_NAMES.contains(&name)) {
                continue;
            }
            let read = || tree.read(path).map(|content| read(content, path)).unwrap_or_default();
            if FILE_NAMES.contains(&name) {
                // A broken one is reported by its build.
                let documents = read();
                let documents = documents.others.iter().map(|document| &document.value);
                documents.for_each(|document| note(document, folder, &mut files.kustomizations, &mut built_upon));
            } else if !is_within(folder, &kustomizations) {
                let found = read();
                files.problems.extend(found.problems);
                if !found.manifests.is_empty() {
                    files.plain.entry(folder.to_owned()).or_default().extend(found.manifests);
                }
            }
        }
        files.kustomizations.retain(|folder| !built_upon.contains(folder));
        files
    }
}

/// The objects of a text and what is wrong with it.
pub(super) fn read(content: &[u8], path: &str) -> Salvage {
    salvage_manifests(content, path, Profile::Kubectl, &Limits::default())
}

/// Notes a kustomization that can be built on its own, and the folders that it builds upon.
fn note(document: &Value, folder: &str, kustomizations: &mut BTreeSet<String>, built_upon: &mut BTreeSet<String>) {
    if document["kind"] != "Component" {
        kustomizations.insert(folder.to_owned());
    }
    let named = FOLDER_FIELDS.iter().filter_map(|field| document[field].as_array()).flatten();
    built_upon.extend(named.filter_map(|path| join(folder, path.as_str()?)));
}

/// The folder of a path, empty for the root, and its name in it.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether a folder is one of these or inside one of them.
pub(super) fn is_within<S: Ord + std::borrow::Borrow<str>>(folder: &str, folders: &BTreeSet<S>) -> bool {
    let mut folder = folder;
    loop {
        if folders.contains(folder) {
            return true;
        }
        if folder.is_empty() {
            return false;
        }
        folder = split(folder).0;
    }
}

/// `spec.path` of a Flux Kustomization as a folder of the tree; none if it leaves it.
pub(super) fn folder_of(path: &str) -> Option<String> {
    normalise(path)
}

/// Folders such as `.github` hold what is not applied.
fn is_hidden(path: &str) -> bool {
    path.split('/').any(|component| component.starts_with('.'))
}

fn is_yaml(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending))
}
