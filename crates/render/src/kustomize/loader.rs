//! Finding and reading files: what a path of a kustomization means, and what it may not mean.

use std::sync::Arc;

use manifest::tree::TreeError;
use manifest::yaml::{self, Document, Limits, Profile};
use manifest::{Location, Origin, Tree, tree};

use super::bounds::MAX_DEPTH;
use super::options::LoadRestrictions;
use super::problem::{Failure, Problem};
use super::remote::{Absence, Access, Reference, Remote, Repository};

/// The names a kustomization file may have.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The folder of a kustomization.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Visited {
    /// In this repository, or in the tree that is built.
    repository: Option<Repository>,
    folder: String,
}

impl Visited {
    /// Whether this is `other` or a folder in it.
    fn is_below(&self, other: &Visited) -> bool {
        self.repository == other.repository && contains(&other.folder, &self.folder)
    }
}

impl std::fmt::Display for Visited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.repository {
            Some(repository) => write!(f, "{}//{}", repository.url, self.folder),
            None => f.write_str(&named(&self.folder)),
        }
    }
}

/// Why something remote cannot be used.
fn absent(path: &str, absence: Absence) -> Problem {
    match absence {
        Absence::Refused => Problem::RemoteBase(path.to_owned()),
        Absence::NotFetched => Problem::NotFetched(path.to_owned()),
    }
}

/// The folder of one kustomization, and how the build came there.
#[derive(Debug, Clone)]
pub(crate) struct Loader<'a> {
    tree: &'a Tree,
    /// The repository that the tree is of, unless it is the one that is built.
    repository: Option<Repository>,
    access: Access<'a>,
    restrictions: LoadRestrictions,
    /// The folder's real path, links followed.
    folder: String,
    /// The folders of the kustomizations that led here, outermost first, without this one.
    visited: Vec<Visited>,
    /// The kustomization files of `visited` and of this folder, once known.
    pub(crate) through: Vec<Location>,
}

impl<'a> Loader<'a> {
    /// For the folder that is built.
    pub(crate) fn root(
        tree: &'a Tree,
        path: &str,
        restrictions: LoadRestrictions,
        access: Access<'a>,
    ) -> Result<Loader<'a>, Failure> {
        let folder = tree.resolve(path).map_err(|error| Problem::Tree(error).at(None))?;
        if !tree.is_folder(&folder) {
            let problem = if tree.is_file(&folder) { Problem::BuildsFile(folder) } else { Problem::NoFolder(folder) };
            return Err(problem.at(None).into());
        }
        let (repository, visited, through) = (None, Vec::new(), Vec::new());
        Ok(Loader { tree, repository, access, restrictions, folder, visited, through })
    }

    /// Whether and how it gets at what is on other hosts.
    pub(crate) fn access(&self) -> Access<'a> {
        self.access
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
        let (tree, repository, folder) = match self.remote(path) {
            Some(reference) => {
                let Remote::Repository(repository) = reference.remote else {
                    return Err(fail(Problem::RemoteFolder(path.to_owned())));
                };
                let tree = self.access.repository(&repository).map_err(|absence| fail(absent(path, absence)))?;
                let folder = tree.resolve(&reference.folder).map_err(|error| fail(Problem::Tree(error)))?;
                (tree, Some(repository), folder)
            }
            None => (self.tree, self.repository.clone(), self.resolve(path).map_err(&fail)?),
        };
        if !tree.is_folder(&folder) {
            return Err(fail(Problem::NotFound { path: path.to_owned(), resolved: folder }));
        }
        let entered = Visited { repository: repository.clone(), folder: folder.clone() };
        let visited: Vec<Visited> = self.visited.iter().cloned().chain([self.here()]).collect();
        if let Some(start) = visited.iter().position(|visited| visited.is_below(&entered)) {
            let cycle = visited.iter().skip(start).chain([&entered]).map(ToString::to_string).collect();
            return Err(fail(Problem::Cycle(cycle)));
        }
        if self.visited.len() >= MAX_DEPTH {
            return Err(fail(Problem::TooDeep(MAX_DEPTH)));
        }
        Ok(Loader { tree, repository, folder, visited, through: self.through.clone(), ..*self })
    }

    /// Where this loader is.
    fn here(&self) -> Visited {
        Visited { repository: self.repository.clone(), folder: self.folder.clone() }
    }

    /// What an entry means if it is neither a file nor a folder of the tree.
    pub(crate) fn remote(&self, entry: &str) -> Option<Reference> {
        let is_here =
            tree::join(&self.folder, entry).is_some_and(|path| self.tree.is_file(&path) || self.tree.is_folder(&path));
        if is_here { None } else { Reference::parse(entry) }
    }

    /// The repository of the present kustomization, unless it is the one that is built.
    pub(crate) fn repository(&self) -> Option<&Repository> {
        self.repository.as_ref()
    }

    /// The content of the file `path`, which `place` refers to, and its real path.
    pub(crate) fn read(&self, path: &str, place: Option<&Location>) -> Result<(Arc<str>, &'a Arc<[u8]>), Failure> {
        self.find(path).map_err(|problem| problem.at(place.cloned()).into())
    }

    /// The same, with the problem as it is.
    pub(crate) fn find(&self, path: &str) -> Result<(Arc<str>, &'a Arc<[u8]>), Problem> {
        match self.remote(path).map(|reference| reference.remote) {
            Some(Remote::File(url)) => {
                let content = self.access.file(&url).map_err(|absence| absent(path, absence))?;
                return Ok((url.into(), content));
            }
            Some(Remote::Repository(_) | Remote::Chart(_)) => return Err(Problem::RemoteFile(path.to_owned())),
            None => {}
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
        let file = match &self.repository {
            Some(repository) => format!("{}//{resolved}", repository.url),
            None => resolved,
        };
        Ok((file.into(), content))
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

/// Whether `path` is `folder` or in it.
fn contains(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A folder as a message names it.
fn named(folder: &str) -> String {
    if folder.is_empty() { ".".to_owned() } else { folder.to_owned() }
}
