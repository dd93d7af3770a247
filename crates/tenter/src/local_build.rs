//! Builds a Kustomization from files on this machine: what `tenter build` prints and `tenter diff` compares.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cluster::Cluster;
use engine::kustomization::halt::Halt;
use engine::kustomization::{merge_variables, render, variable_references};
use kinds::flux::Kustomization;
use manifest::yaml::{Limits, Profile, read_documents};
use manifest::{Manifest, Tree, Value};

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

/// What the Kustomization makes of the files below `root`.
pub(crate) async fn build(
    cluster: Option<&Cluster>,
    kustomization: &Kustomization,
    root: &Path,
) -> Result<Vec<Manifest>, Failure> {
    let mut found = BTreeMap::new();
    for reference in variable_references(kustomization) {
        let object = match cluster {
            Some(cluster) => cluster.get(&reference).await?,
            None => None,
        };
        found.insert(reference, object.map(Arc::new));
    }
    let variables = merge_variables(kustomization, &found).map_err(failure)?;
    render(kustomization, &files(root)?, &variables).map_err(failure)
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
