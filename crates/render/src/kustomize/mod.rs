//! Kustomize, natively: a folder of a [`Tree`] with a `kustomization.yaml` in, manifests out.
//!
//! Behaviour follows kustomize v5: the phases are upstream's, in upstream's order (see `accumulate`). Every object
//! remembers where it was written, and every problem is reported at its place with what to do about it.

use manifest::{Diagnostic, Manifest, Tree};

mod accumulate;
mod bounds;
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
mod resource;
mod schema;
mod select;
mod set;
mod steps;
mod transform;
mod vars;

pub use file_names::file_names;
pub use loader::FILE_NAMES;
pub use options::{
    ImageEntry, LoadRestrictions, MissingComponents, Options, Overlay, PatchEntry, PatchOptions, Reorder, Selector,
};

/// Builds the kustomization in the folder `path` of `tree`.
///
/// Objects come out in final order, each with its origin: file and line of its document or generator entry, and the
/// kustomization files that led to it. On failure every independent problem is reported, each with its place.
pub fn build(tree: &Tree, path: &str, options: &Options) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    loader::Loader::root(tree, path, options.load_restrictions)
        .and_then(|loader| accumulate::root(loader, options))
        .map_err(problem::Failure::into_diagnostics)
}

#[cfg(test)]
mod tests;
