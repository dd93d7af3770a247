//! The files that a kustomization on this machine leads to, wherever they are.
//!
//! A kustomization may refer to any folder above or beside its own. Its own folder is too little then, and everything
//! around it may be a whole disk; so what is read is what kustomization files name. Whatever in them could be the path of
//! something that exists is taken for one: a file too many changes nothing, because the build looks for its own paths.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use manifest::tree::Entry;
use manifest::yaml::{Limits, Profile, read_documents};
use manifest::{Diagnostic, Tree, Value};
use render::kustomize::FILE_NAMES;

use crate::error::Failure;

/// How many symbolic links may lead to a file, as in Linux.
const MAX_LINKS: usize = 40;

/// How deep the folders of a chart may stand in each other: only links that lead back make them deeper.
const MAX_DEPTH: usize = 32;

/// The fields whose entries are charts.
const CHART_FIELDS: [&str; 2] = ["helmCharts", "helmChartInflationGenerator"];
/// Where charts are if nothing is said.
const CHART_HOME: &str = "charts";

/// The fields whose entries are configurations of plugins, which name files too.
const PLUGIN_FIELDS: [&str; 3] = ["generators", "transformers", "validators"];

/// A kustomization's files, below the lowest folder that holds them all.
#[derive(Debug)]
pub(crate) struct Reached {
    /// The files.
    pub(crate) tree: Tree,
    /// The kustomization's folder in the tree.
    pub(crate) path: String,
    root: PathBuf,
}

impl Reached {
    /// From the kustomization in `folder`.
    pub(crate) fn from(folder: &Path) -> Result<Reached, Failure> {
        if folder.is_file() {
            return Err(Failure::Usage(format!("{} is a file; name the folder that it is in", folder.display())));
        }
        let folder = folder.canonicalize().map_err(|source| Failure::Read { path: folder.to_owned(), source })?;
        let mut reader = Reader { outermost: vec![folder.clone()], ..Reader::default() };
        reader.enter(&folder, None)?;
        let folders =
            reader.entries.keys().filter_map(|path| path.parent()).chain(reader.outermost.iter().map(|p| &**p));
        let root = folders.fold(folder.clone(), |root, path| common(&root, path));
        let entries = reader.entries.into_iter().map(|(path, entry)| Ok((below(&root, &path)?.into(), entry)));
        Ok(Reached {
            tree: Tree::new(entries.collect::<Result<BTreeMap<Arc<str>, Entry>, Failure>>()?),
            path: below(&root, &folder)?,
            root,
        })
    }

    /// The diagnostics of a build, with paths as one would write them here.
    pub(crate) fn as_seen_from_here(&self, mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        // Without a working folder, paths stay as the tree has them.
        let Ok(here) = std::env::current_dir().and_then(fs::canonicalize) else { return diagnostics };
        for location in diagnostics.iter_mut().filter_map(|diagnostic| diagnostic.location.as_mut()) {
            location.file = relative(&here, &self.root.join(&*location.file)).display().to_string().into();
        }
        diagnostics
    }
}

/// What is at a path, links followed.
enum Found {
    Nothing,
    Folder(PathBuf),
    File(Arc<[u8]>),
}

#[derive(Default)]
struct Reader {
    /// By absolute path.
    entries: BTreeMap<PathBuf, Entry>,
    /// What the tree must reach to, whether it exists or not, so that what is missing is called that.
    outermost: Vec<PathBuf>,
    /// Folders that are reached without links: they are on the way to almost every path.
    plain: HashSet<PathBuf>,
    entered: HashSet<(PathBuf, Option<PathBuf>)>,
}

impl Reader {
    /// Reads what the kustomization in `folder` names. If its resources are configurations of plugins, these name files
    /// relative to the folder `plugins`.
    fn enter(&mut self, folder: &Path, plugins: Option<&Path>) -> Result<(), Failure> {
        if !self.entered.insert((folder.to_owned(), plugins.map(Path::to_owned))) {
            return Ok(());
        }
        for name in FILE_NAMES {
            if let Found::File(content) = self.find(&folder.join(name))? {
                self.scan_text(&content, folder, plugins)?;
            }
        }
        Ok(())
    }

    /// Follows what documents name; what cannot be read is for the build to report.
    fn scan_text(&mut self, content: &[u8], folder: &Path, plugins: Option<&Path>) -> Result<(), Failure> {
        let documents = read_documents(content, "", Profile::Kubectl, &Limits::default()).unwrap_or_default();
        documents.iter().try_for_each(|document| {
            chart_homes(&document.value)
                .iter()
                .try_for_each(|home| self.take_folder(&normalised(&folder.join(home)), 0))?;
            self.scan(&document.value, folder, plugins)
        })
    }

    /// Takes everything in a folder, as charts are.
    fn take_folder(&mut self, folder: &Path, depth: usize) -> Result<(), Failure> {
        let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
        for entry in entries {
            let path = entry.map_err(|source| Failure::Read { path: folder.to_owned(), source })?.path();
            match self.find(&path)? {
                Found::Folder(_) if depth < MAX_DEPTH => self.take_folder(&path, depth + 1)?,
                Found::Folder(_) | Found::File(_) | Found::Nothing => {}
            }
        }
        Ok(())
    }

    fn scan(&mut self, value: &Value, folder: &Path, plugins: Option<&Path>) -> Result<(), Failure> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
            Value::String(text) => self.follow(text, folder, plugins),
            Value::Array(items) => items.iter().try_for_each(|item| self.scan(item, folder, plugins)),
            Value::Object(fields) => fields.iter().try_for_each(|(key, field)| {
                let is_plugin = PLUGIN_FIELDS.iter().any(|plugin| key.eq_ignore_ascii_case(plugin));
                self.scan(field, folder, if is_plugin { Some(folder) } else { plugins })
            }),
        }
    }

    /// Follows a text that may be a path, or a key and a path, or a plugin's configuration.
    fn follow(&mut self, text: &str, folder: &Path, plugins: Option<&Path>) -> Result<(), Failure> {
        if text.contains('\n') {
            return plugins.map_or(Ok(()), |base| self.scan_text(text.as_bytes(), base, None));
        }
        let behind_key = text.split_once('=').map(|(_, path)| path);
        for candidate in [Some(text), behind_key].into_iter().flatten() {
            if candidate.is_empty() || candidate.starts_with('/') {
                continue;
            }
            let path = normalised(&folder.join(candidate));
            if candidate.split('/').any(|part| part == "..") {
                self.outermost.push(path.clone());
            }
            match (self.find(&path)?, plugins) {
                (Found::Folder(real), plugins) => self.enter(&real, plugins)?,
                (Found::File(content), Some(base)) => self.scan_text(&content, base, None)?,
                (Found::File(_), None) | (Found::Nothing, _) => {}
            }
        }
        Ok(())
    }

    /// Takes what is at an absolute path, and the links on the way to it.
    fn find(&mut self, path: &Path) -> Result<Found, Failure> {
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            let Some(link) = self.first_link(&path) else { return self.take(&path) };
            let unreadable = |source| Failure::Read { path: link.clone(), source };
            let parent = link.parent().unwrap_or(Path::new("/")).to_owned();
            let target = normalised(&parent.join(fs::read_link(&link).map_err(unreadable)?));
            let rest = path.strip_prefix(&link).unwrap_or(Path::new("")).to_owned();
            let text = relative(&parent, &target).display().to_string();
            self.entries.insert(link, Entry::Link(text.into()));
            self.outermost.push(target.clone());
            path = target.join(rest);
        }
        Ok(Found::Nothing)
    }

    /// The first part of a path that is a symbolic link.
    fn first_link(&mut self, path: &Path) -> Option<PathBuf> {
        let mut above: Vec<&Path> = path.ancestors().take_while(|folder| !self.plain.contains(*folder)).collect();
        while let Some(at) = above.pop() {
            match fs::symlink_metadata(at) {
                Ok(metadata) if metadata.is_symlink() => return Some(at.to_owned()),
                Ok(metadata) if metadata.is_dir() => {
                    self.plain.insert(at.to_owned());
                }
                // Nothing is below a file, or below nothing.
                Ok(_) | Err(_) => return None,
            }
        }
        None
    }

    /// Takes what is at a path without links.
    fn take(&mut self, path: &Path) -> Result<Found, Failure> {
        if let Some(Entry::File { content, .. }) = self.entries.get(path) {
            return Ok(Found::File(content.clone()));
        }
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(Found::Folder(path.to_owned())),
            Ok(metadata) if metadata.is_file() => {
                let content = fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
                let content: Arc<[u8]> = content.into();
                self.entries.insert(path.to_owned(), Entry::File { content: content.clone(), executable: false });
                Ok(Found::File(content))
            }
            // Most texts are no paths; the build says it of those that should be one.
            Ok(_) | Err(_) => Ok(Found::Nothing),
        }
    }
}

/// The folders that hold the charts of a kustomization, or of a plugin's configuration, if it has any.
fn chart_homes(document: &Value) -> Vec<String> {
    let Value::Object(fields) = document else { return Vec::new() };
    let field = |name: &str| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, field)| field);
    let is_plugin = field("kind").is_some_and(|kind| kind == "HelmChartInflationGenerator");
    let charts: Vec<&Value> = CHART_FIELDS.iter().filter_map(|name| field(name)).collect();
    if !is_plugin && charts.is_empty() {
        return Vec::new();
    }
    let entries = charts.iter().filter_map(|charts| charts.as_array()).flatten();
    let homes = entries.chain(field("helmGlobals")).filter_map(|entry| entry.get("chartHome"));
    let homes = homes.chain(field("chartHome")).filter_map(Value::as_str).map(str::to_owned);
    homes.chain([CHART_HOME.to_owned()]).collect()
}

/// An absolute path without `.` and `..`, by its text alone as kustomize joins paths.
fn normalised(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => result.push(component),
        }
    }
    result
}

/// The lowest folder above both, or the one that is above the other.
fn common(left: &Path, right: &Path) -> PathBuf {
    left.components().zip(right.components()).take_while(|(left, right)| left == right).map(|(part, _)| part).collect()
}

/// How to write an absolute path in a folder.
fn relative(folder: &Path, path: &Path) -> PathBuf {
    let shared = common(folder, path).components().count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

/// A path below `root` as a tree has it.
fn below(root: &Path, path: &Path) -> Result<String, Failure> {
    let text = relative(root, path);
    text.to_str().map(str::to_owned).ok_or_else(|| Failure::Usage(format!("{} is not UTF-8", path.display())))
}
