//! Builds Kustomizations and HelmReleases from files on this machine: what `tenter build` prints and `tenter diff`
//! compares.

mod entry;
mod folders;
mod recursive;
mod releases;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use cluster::{Cluster, ObjectRef};
use engine::kustomization::halt::Halt;
use engine::kustomization::{Decryption, decryption_reference, merge_variables, render, variable_references};
use kinds::flux::Kustomization;
use manifest::{Manifest, Tree, Value};

pub(crate) use self::entry::Entry;
pub(crate) use self::folders::Folders;
pub(crate) use self::recursive::{ChartReach, Gaps, Reach, Recursion};
pub(crate) use self::unit::Unit;
use crate::error::Failure;
use crate::view::Listing;

/// What the Kustomization makes of files. What it takes variables from is among `rendered`, or else in the cluster.
async fn build(
    cluster: Option<&Cluster>,
    rendered: &Rendered,
    kustomization: &Kustomization,
    files: &Tree,
    decryption: &Decryption,
) -> Result<Vec<Manifest>, Failure> {
    let found = rendered.or_live(cluster, variable_references(kustomization)).await?;
    let variables = merge_variables(kustomization, &found).map_err(failure)?;
    render(kustomization, files, &variables, decryption).map_err(failure)
}

/// What becomes of what SOPS encrypted: it is decrypted with the keys of a file, or of the Secret that is among `rendered`
/// or in the cluster. None if it has to be, and there are no keys.
async fn decryption(
    cluster: Option<&Cluster>,
    rendered: &Rendered,
    kustomization: &Kustomization,
    age_keys: Option<&Path>,
) -> Result<Option<Decryption>, Failure> {
    if kustomization.spec.decryption.is_none() {
        return Ok(Some(Decryption::NotAsked));
    }
    if let Some(path) = age_keys {
        let text = std::fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
        return Decryption::with_age_keys(&text).map(Some).map_err(failure);
    }
    let found = rendered.or_live(cluster, decryption_reference(kustomization).into_iter().collect()).await?;
    if found.values().any(Option::is_none) {
        return Ok(None);
    }
    Decryption::of(kustomization, &found).map(Some).map_err(failure)
}

/// Objects that were rendered so far; what is built later may refer to them.
#[derive(Debug, Default)]
pub(crate) struct Rendered(BTreeMap<ObjectRef, Arc<Value>>);

impl Rendered {
    /// Takes in what was rendered.
    pub(crate) fn extend<'v>(&mut self, objects: impl IntoIterator<Item = &'v Value>) {
        let objects = objects.into_iter().filter_map(|object| Some((ObjectRef::of(object)?, Arc::new(object.clone()))));
        self.0.extend(objects);
    }

    /// An object of any version of a kind as it was rendered, or else as it is in the cluster.
    async fn find(
        &self,
        cluster: Option<&Cluster>,
        listing: Listing,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Arc<Value>>, Failure> {
        let is_it = |reference: &ObjectRef| {
            reference.gvk.group == listing.group()
                && reference.gvk.kind == listing.kind()
                && *reference.namespace == *namespace
                && *reference.name == *name
        };
        if let Some((_, object)) = self.0.iter().find(|(reference, _)| is_it(reference)) {
            return Ok(Some(object.clone()));
        }
        live(cluster, listing, namespace, name).await
    }

    /// Each of these objects as it was rendered, or else as it is in the cluster.
    pub(crate) async fn or_live(
        &self,
        cluster: Option<&Cluster>,
        references: BTreeSet<ObjectRef>,
    ) -> Result<BTreeMap<ObjectRef, Option<Arc<Value>>>, Failure> {
        let mut found = BTreeMap::new();
        for reference in references {
            let object = match (self.0.get(&reference), cluster) {
                (Some(object), _) => Some(object.clone()),
                (None, Some(cluster)) => cluster.get(&reference).await?.map(Arc::new),
                (None, None) => None,
            };
            found.insert(reference, object);
        }
        Ok(found)
    }
}

/// An object as it is in the cluster, if there is one and it serves the kind.
async fn live(
    cluster: Option<&Cluster>,
    listing: Listing,
    namespace: &str,
    name: &str,
) -> Result<Option<Arc<Value>>, Failure> {
    let Some(cluster) = cluster else { return Ok(None) };
    let Some(gvk) = listing.served(cluster).await? else { return Ok(None) };
    Ok(cluster.get(&ObjectRef::new(gvk, namespace, name)).await?.map(Arc::new))
}

/// The files below `root`, with its ignore rules.
pub(crate) fn files(root: &Path) -> Result<Tree, Failure> {
    Ok(source::read_directory(root, None)?.tree)
}

fn failure(halt: Halt) -> Failure {
    match halt {
        Halt::Build(diagnostics) => Failure::Build(diagnostics),
        other => Failure::Halted(other.to_string()),
    }
}
