//! Kustomize, natively: a folder of a [`Tree`] with a `kustomization.yaml` in, manifests out.
//!
//! Behaviour follows kustomize v5: the phases are upstream's, in upstream's order (see `accumulate`). Every object
//! remembers where it was written, and every problem is reported at its place with what to do about it.

use std::cell::RefCell;

use manifest::{Diagnostic, Manifest, Tree};

mod accumulate;
mod bounds;
mod charts;
mod crds;
mod fieldspec;
mod file;
mod file_names;
mod finish;
mod generators;
mod hash;
mod id;
mod loader;
mod noted;
mod options;
mod order;
mod overlay;
mod path;
mod plugins;
mod problem;
mod provenance;
mod read;
mod references;
mod remote;
mod resource;
mod schema;
mod select;
mod set;
mod steps;
mod transform;
mod vars;

pub use file_names::file_names;
pub use id::is_cluster_scoped;
pub use loader::FILE_NAMES;
pub use options::{
    ChartOptions, Charts, ImageEntry, LoadRestrictions, MissingComponents, Options, Overlay, PatchEntry, PatchOptions,
    Reorder, Selector,
};
pub use remote::{ChartVersion, Fetched, Remote, Repository, Submodules};
pub use select::ObjectMatcher;

/// Builds the kustomization in the folder `path` of `tree`.
///
/// Objects come out in final order, each with its origin: file and line of its document or generator entry, and the
/// kustomization files that led to it. On failure every independent problem is reported, each with its place. What is on
/// other hosts is refused; see [`build_with_remotes`].
pub fn build(tree: &Tree, path: &str, options: &Options) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    loader::Loader::root(tree, path, options.load_restrictions, remote::Access::Refused)
        .and_then(|loader| accumulate::root(loader, options))
        .map_err(problem::Failure::into_diagnostics)
}

/// What became of a build that may use what is on other hosts.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The objects, as [`build`] gives them.
    Built(Vec<Manifest>),
    /// These have to be fetched first. What they hold may need more.
    Needs(Vec<Remote>),
}

/// Builds as [`build`] does, with `fetched` for what is on other hosts. A caller fetches what the outcome needs, adds it,
/// and builds again, until nothing is missing.
pub fn build_with_remotes(
    tree: &Tree,
    path: &str,
    options: &Options,
    fetched: &Fetched,
) -> Result<Outcome, Vec<Diagnostic>> {
    let missing = RefCell::default();
    let access = remote::Access::Given { fetched, missing: &missing };
    let built = loader::Loader::root(tree, path, options.load_restrictions, access)
        .and_then(|loader| accumulate::root(loader, options));
    let missing = missing.take();
    if !missing.is_empty() {
        return Ok(Outcome::Needs(missing.into_iter().collect()));
    }
    built.map(Outcome::Built).map_err(problem::Failure::into_diagnostics)
}

#[cfg(test)]
mod tests;
