//! Submodules, and the files in them.

use gix::Repository;

use super::cancel::Cancel;
use super::fetch::Fetcher;
use super::local;
use super::read::{self, Contents, Gitlink, Object, Objects};
use super::remote::Address;
use super::submodule_url::{place_of, url_of};
use crate::assemble::Listing;
use crate::error::SourceError;
use crate::limits::Limits;
use crate::request::GitRequest;
use crate::url::local_path;

/// How deeply submodules may contain submodules.
const DEEPEST: usize = 10;

/// Where a repository was read from.
#[derive(Clone)]
pub(super) enum Place {
    /// This machine.
    Local(std::path::PathBuf),
    /// A server.
    Remote(Box<Address>),
}

/// The files of a repository and of its submodules, while they are gathered.
pub(super) struct Gathering<'a, 'b> {
    fetcher: &'a Fetcher,
    request: &'a GitRequest,
    limits: &'a Limits,
    cancel: &'a Cancel,
    objects: &'a mut Objects<'b>,
    files: Listing<Object>,
}

impl<'a, 'b> Gathering<'a, 'b> {
    /// Begins with nothing. The repositories of submodules are added to `objects`.
    pub(super) fn new(
        fetcher: &'a Fetcher,
        request: &'a GitRequest,
        limits: &'a Limits,
        cancel: &'a Cancel,
        objects: &'a mut Objects<'b>,
    ) -> Gathering<'a, 'b> {
        Gathering { fetcher, request, limits, cancel, objects, files: Listing::new() }
    }

    /// The files of a repository, and those of all submodules in it.
    pub(super) fn with_submodules(mut self, place: &Place, contents: Contents) -> Result<Listing<Object>, SourceError> {
        self.add(place, contents, 0)?;
        Ok(self.files)
    }

    fn add(&mut self, place: &Place, contents: Contents, depth: usize) -> Result<(), SourceError> {
        let Contents { prefix, files, submodules } = contents;
        let gitmodules = files.get(&format!("{prefix}.gitmodules")).copied();
        self.files.extend(files);
        for Gitlink { path, commit } in submodules {
            let nested = |source| SourceError::Submodule { path: path.clone(), source: Box::new(source) };
            if depth >= DEEPEST {
                return Err(invalid(&path, "submodules are nested too deeply; one probably contains itself"));
            }
            let description = gitmodules.ok_or_else(|| invalid(&path, "there is no .gitmodules"))?;
            let description = self.objects.blob(".gitmodules", description, self.limits.file)?;
            let url = url_of(&description, path.strip_prefix(&prefix).unwrap_or(&path))?;
            let place = match self.fetcher.mirrors().instead_of(&url) {
                // Whoever wrote the rule decides, not whoever wrote .gitmodules.
                Some(mirror) => match local_path(&mirror) {
                    Some(folder) => Place::Local(folder),
                    None => place_of(place, &mirror, &path)?,
                },
                None => place_of(place, &url, &path)?,
            };
            let (repository, shown) = self.open(&place, &path, commit)?;
            let index = self.objects.repositories.len();
            let prefix = format!("{path}/");
            let contents = read::list(&repository, index, &shown, commit, &prefix, self.limits).map_err(nested)?;
            self.objects.repositories.push(repository);
            self.add(&place, contents, depth + 1)?;
        }
        Ok(())
    }

    /// The repository of a submodule, with the commit in it, and its address for messages.
    fn open(&self, place: &Place, path: &str, commit: gix::ObjectId) -> Result<(Repository, String), SourceError> {
        let nested = |source| SourceError::Submodule { path: path.to_owned(), source: Box::new(source) };
        match place {
            Place::Local(folder) => {
                let opened = local::open(folder).map_err(nested)?;
                let repository =
                    opened.ok_or_else(|| invalid(path, "its url leads to a folder that is no repository"))?;
                Ok((repository, folder.display().to_string()))
            }
            Place::Remote(address) => {
                let request = self.request_for(address)?;
                let repository = self.fetcher.with_commit(address, &request, None, commit, self.cancel);
                Ok((repository.map_err(nested)?, address.shown.clone()))
            }
        }
    }

    /// The request as it goes to the server of a submodule: another server is shown no client certificate.
    fn request_for(&self, address: &Address) -> Result<GitRequest, SourceError> {
        let mut request = self.request.clone();
        let is_same_server = match local_path(&request.url) {
            Some(_) => false,
            None => Address::of(&request.url, &request.credentials)?.is_same_server(address),
        };
        if !is_same_server {
            request.client_certificate = None;
        }
        Ok(request)
    }
}

fn invalid(path: &str, reason: &str) -> SourceError {
    SourceError::InvalidSubmodule { path: path.to_owned(), reason: reason.to_owned() }
}
