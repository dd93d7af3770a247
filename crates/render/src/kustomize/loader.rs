//! Finding and reading files: what a path of a kustomization means, and what it may not mean.

use std::sync::Arc;

use manifest::tree::TreeError;
use manifest::yaml::{self, Document, Limits, Profile};
use manifest::{Location, Origin, Tree, tree};

use super::bounds::MAX_DEPTH;
use super::options::LoadRestrictions;
use super::problem::{Failure, Problem};

/// The names a kustomization file may have.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// How a path that leads to another host begins.
const REMOTE_PREFIXES: [&str; 9] =
    ["git::", "gh:", "ssh://", "https://", "http://", "git@", "github.com:", "github.com/", "file://"];

/// The folder of one kustomization, and how the build came there.
#[derive(Debug, Clone)]
pub(crate) struct Loader<'a> {
    tree: &'a Tree,
    restrictions: LoadRestrictions,
    /// The folder's real path, links followed.
    folder: String,
    /// The folders of the kustomizations that led here, outermost first, without this one.
    visited: Vec<String>,
    /// The kustomization files of `visited` and of this folder, once known.
    pub(crate) through: Vec<Location>,
}

impl<'a> Loader<'a> {
    /// For the folder that is built.
    pub(crate) fn root(tree: &'a Tree, path: &str, restrictions: LoadRestrictions) -> Result<Loader<'a>, Failure> {
        let folder = tree.resolve(path).map_err(|error| Problem::Tree(error).at(None))?;
        if !tree.is_folder(&folder) {
            let problem = if tree.is_file(&folder) { Problem::BuildsFile(folder) } else { Problem::NoFolder(folder) };
            return Err(problem.at(None).into());
        }
        Ok(Loader { tree, restrictions, folder, visited: Vec::new(), through: Vec::new() })
    }

    /// The folder, as a path of the tree.
    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    pub(crate) fn tree(&self) -> &'a Tree {
        self.tree
    }

    /// Whether `path` names a folder of the tree.
    pub(crate) fn is_folder(&self, path: &str) -> bool {
        tree::join(&self.folder, path).is_some_and(|path| self.tree.is_folder(&path))
    }

    /// The loader for the kustomization in the folder `path`, which `place` refers to.
    pub(crate) fn enter(&self, path: &str, place: Option<&Location>) -> Result<Loader<'a>, Failure> {
        let fail = |problem: Problem| Failure::from(problem.at(place.cloned()));
        if is_remote(path) {
            return Err(fail(Problem::RemoteBase(path.to_owned())));
        }
        let folder = self.resolve(path).map_err(&fail)?;
        if !self.tree.is_folder(&folder) {
            return Err(fail(Problem::NotFound { path: path.to_owned(), resolved: folder }));
        }
        if let Some(start) = self.visited.iter().chain([&self.folder]).position(|visited| contains(&folder, visited)) {
            let mut cycle: Vec<String> =
                self.visited.iter().chain([&self.folder]).skip(start).map(|folder| named(folder)).collect();
            cycle.push(named(&folder));
            return Err(fail(Problem::Cycle(cycle)));
        }
        if self.visited.len() >= MAX_DEPTH {
            return Err(fail(Problem::TooDeep(MAX_DEPTH)));
        }
        let visited = self.visited.iter().chain([&self.folder]).cloned().collect();
        Ok(Loader { folder, visited, through: self.through.clone(), ..*self })
    }

    /// The content of the file `path`, which `place` refers to, and its real path.
    pub(crate) fn read(&self, path: &str, place: Option<&Location>) -> Result<(Arc<str>, &'a Arc<[u8]>), Failure> {
        self.find(path).map_err(|problem| problem.at(place.cloned()).into())
    }

    /// The same, with the problem as it is.
    pub(crate) fn find(&self, path: &str) -> Result<(Arc<str>, &'a Arc<[u8]>), Problem> {
        if is_remote(path) {
            return Err(Problem::RemoteBase(path.to_owned()));
        }
        let resolved = self.resolve(path)?;
        let content = self.tree.read(&resolved).map_err(|error| match error {
            TreeError::NotFound(resolved) => Problem::NotFound { path: path.to_owned(), resolved },
            TreeError::IsFolder(_) | TreeError::Escapes(_) | TreeError::LinkLoop(_) => Problem::Tree(error),
        })?;
        let inside = contains(&self.folder, &resolved);
        if self.restrictions == LoadRestrictions::RootOnly && !inside {
            return Err(Problem::OutsideRoot { path: path.to_owned(), root: named(&self.folder) });
        }
        Ok((resolved.into(), content))
    }

    /// The documents of the file `path`, which holds settings for the build: kustomize reads those as kubectl would,
    /// and unlike resources.
    pub(crate) fn settings(&self, path: &str, place: Option<&Location>) -> Result<Vec<Document>, Failure> {
        let (file, content) = self.read(path, place)?;
        yaml::read_documents(content, &file, Profile::Kubectl, &Limits::default()).map_err(Failure::from)
    }

    /// The documents of the file `path`.
    pub(crate) fn documents(&self, path: &str, place: Option<&Location>) -> Result<Vec<Document>, Failure> {
        let (file, content) = self.read(path, place)?;
        documents(content, &file)
    }

    /// The kustomization file of the folder: its path in the tree and its document.
    pub(crate) fn kustomization(&self, place: Option<&Location>) -> Result<Option<Document>, Failure> {
        let found: Vec<&str> = FILE_NAMES.into_iter().filter(|name| self.find(name).is_ok()).collect();
        let name = match found.as_slice() {
            [] => return Ok(None),
            [name] => *name,
            [..] => {
                let problem = Problem::ManyKustomizations { folder: named(&self.folder), found: found.join(", ") };
                return Err(problem.at(place.cloned()).into());
            }
        };
        let (file, content) = self.read(name, place)?;
        let documents = yaml::read_documents(content, &file, Profile::Kubectl, &Limits::default())?;
        // Like upstream, only the first document counts.
        let empty = || Document {
            value: manifest::Value::Null,
            location: Location::start_of(file.clone()),
            fields: Arc::default(),
            spelling: yaml::Spelling::default(),
        };
        Ok(Some(documents.into_iter().next().unwrap_or_else(empty)))
    }

    /// The real path of `path`.
    fn resolve(&self, path: &str) -> Result<String, Problem> {
        if path.starts_with('/') {
            return Err(Problem::AbsolutePath(path.to_owned()));
        }
        let joined = tree::join(&self.folder, path).ok_or_else(|| Problem::Escapes(path.to_owned()))?;
        self.tree.resolve(&joined).map_err(|error| match error {
            TreeError::Escapes(_) => Problem::Escapes(path.to_owned()),
            TreeError::NotFound(_) | TreeError::IsFolder(_) | TreeError::LinkLoop(_) => Problem::Tree(error),
        })
    }

    /// The origin of something that `document` holds and that this kustomization takes in.
    pub(crate) fn origin(&self, document: &Document) -> Origin {
        Origin {
            location: Some(document.location.clone()),
            fields: Some(document.fields.clone()),
            through: self.through.as_slice().into(),
        }
    }
}

/// The documents of a file, read as kustomize reads them.
pub(crate) fn documents(content: &[u8], file: &str) -> Result<Vec<Document>, Failure> {
    yaml::read_documents(content, file, Profile::Kustomize, &Limits::default()).map_err(Failure::from)
}

/// Whether `path` leads to another host.
pub(crate) fn is_remote(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    REMOTE_PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) || lower.contains("?ref=")
}

/// Whether `path` is `folder` or in it.
fn contains(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A folder as a message names it.
fn named(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }
}
