//! Builds Kustomizations from files on this machine: what `tenter build` prints and `tenter diff` compares.

mod folders;
mod recursive;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use cluster::{Cluster, ObjectRef};
use engine::kustomization::halt::Halt;
use engine::kustomization::{merge_variables, render, variable_references};
use kinds::flux::Kustomization;
use manifest::yaml::{Limits, Profile, read_documents};
use manifest::{Manifest, Tree, Value};

pub(crate) use self::folders::Folders;
pub(crate) use self::recursive::{Recursion, Unit};
use crate::error::Failure;
use crate::target::Target;
use crate::view::Listing;

/// The Kustomization `name`, from a file or from the cluster.
pub(crate) async fn kustomization(
    cluster: Option<&Cluster>,
    file: Option<&Path>,
    namespace: &str,
    name: &str,
) -> Result<Kustomization, Failure> {
    let object = match (file, cluster) {
        (Some(file), _) => from_file(file, name)?,
        (None, Some(cluster)) => Target::find(cluster, Listing::Kustomization, namespace, name).await?.1,
        (None, None) => return Err(Failure::NoCluster),
    };
    let mut object = object;
    if object["metadata"]["namespace"].is_null() {
        object["metadata"]["namespace"] = Value::String(namespace.to_owned());
    }
    Kustomization::read(&object).map_err(|error| Failure::Halted(error.to_string()))
}

fn from_file(path: &Path, name: &str) -> Result<Value, Failure> {
    let bytes = std::fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    let shown = path.display().to_string();
    let documents = read_documents(&bytes, &shown, Profile::Kubectl, &Limits::default())
        .map_err(|diagnostic| Failure::Build(vec![diagnostic]))?;
    documents
        .into_iter()
        .map(|document| document.value)
        .find(|object| {
            let group = object["apiVersion"].as_str().unwrap_or_default();
            object["kind"] == "Kustomization"
                && group.starts_with("kustomize.toolkit.fluxcd.io/")
                && object["metadata"]["name"] == name
        })
        .ok_or_else(|| Failure::Usage(format!("{shown} holds no Flux Kustomization '{name}'")))
}

/// What the Kustomization makes of files. What it takes variables from is among `rendered`, or else in the cluster.
pub(crate) async fn build(
    cluster: Option<&Cluster>,
    rendered: &Rendered,
    kustomization: &Kustomization,
    files: &Tree,
) -> Result<Vec<Manifest>, Failure> {
    let found = rendered.or_live(cluster, variable_references(kustomization)).await?;
    let variables = merge_variables(kustomization, &found).map_err(failure)?;
    render(kustomization, files, &variables).map_err(failure)
}

/// Objects that were rendered so far; what is built later may refer to them.
#[derive(Debug, Default)]
pub(crate) struct Rendered(BTreeMap<ObjectRef, Arc<Value>>);

impl Rendered {
    /// Takes in what was rendered.
    pub(crate) fn extend(&mut self, manifests: &[Manifest]) {
        let objects = manifests.iter().filter_map(|manifest| Some((ObjectRef::of(&manifest.value)?, &manifest.value)));
        self.0.extend(objects.map(|(reference, value)| (reference, Arc::new(value.clone()))));
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
