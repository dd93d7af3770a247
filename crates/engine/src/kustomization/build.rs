//! The render stage: files and variables to manifests, or every reason why not.

use std::collections::BTreeMap;

use kinds::flux::Kustomization;
use manifest::{Diagnostic, Manifest, Tree, Value, tree};
use plan::labels::{Applier, Owner, set_common_metadata, set_owner_labels};
use plan::normalize::normalize;
use render::kustomize::{self, MissingComponents, Options, Overlay};
use render::substitute::{Strategy, Strictness, substitute};
use sha2::{Digest, Sha256};

use super::halt::Halt;
use super::memory::Memory;
use crate::packing::Packing;
use crate::stages::applied::Built;

/// Builds the manifests of a Kustomization from `files`. A build from what was built before is not repeated.
pub(crate) fn build(
    kustomization: &Kustomization,
    files: &Tree,
    variables: &BTreeMap<String, String>,
    memory: &mut Memory,
    packing: &Packing,
) -> Result<(Built, Vec<Manifest>), Halt> {
    let input = input_digest(kustomization, files, variables);
    if let Some(built) = memory.built.as_ref().filter(|built| built.input == input) {
        return Ok((built.clone(), built.manifests().collect()));
    }
    let manifests = render(kustomization, files, variables)?;
    let built = Built::of(input, &manifests, packing);
    memory.built = Some(built.clone());
    Ok((built, manifests))
}

/// Renders without remembering: what `tenter build` prints.
pub fn render(
    kustomization: &Kustomization,
    files: &Tree,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<Manifest>, Halt> {
    let spec = &kustomization.spec;
    let path = tree::normalise(&spec.path)
        .ok_or_else(|| Halt::Path(format!("kustomization path {:?} leads out of the source", spec.path)))?;
    if !files.is_folder(&path) {
        return Err(Halt::Path(format!(
            "kustomization path not found: {:?} is no folder of the source; correct spec.path, or look whether an \
             ignore rule leaves the folder out",
            spec.path
        )));
    }
    let options = Options::flux(overlay(kustomization)?);
    let manifests = kustomize::build(files, &path, &options).map_err(Halt::Build)?;
    let strategy = match spec.post_build.as_ref().and_then(|post_build| post_build.substitute_strategy.as_deref()) {
        Some("Always") => Strategy::Always,
        Some(_) | None => Strategy::WithVariables,
    };
    let mut manifests = match &spec.post_build {
        Some(_) => substitute(manifests, variables, Strictness::Strict, strategy).map_err(Halt::Build)?,
        None => manifests,
    };
    set_owner_labels(
        &mut manifests,
        &Owner::new(Applier::Kustomization, &kustomization.metadata.namespace, &kustomization.metadata.name),
    );
    normalize(&mut manifests);
    if let Some(metadata) = &spec.common_metadata {
        set_common_metadata(&mut manifests, &metadata.labels, &metadata.annotations);
    }
    Ok(manifests)
}

/// What the Kustomization adds to the `kustomization.yaml` it builds.
fn overlay(kustomization: &Kustomization) -> Result<Overlay, Halt> {
    let spec = &kustomization.spec;
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    Ok(Overlay {
        target_namespace: given(&spec.target_namespace),
        name_prefix: given(&spec.name_prefix),
        name_suffix: given(&spec.name_suffix),
        patches: entries("spec.patches", &spec.patches)?,
        patches_strategic_merge: spec.patches_strategic_merge.clone(),
        patches_json6902: json_patches(&spec.patches_json6902)?,
        images: entries("spec.images", &spec.images)?,
        components: spec.components.clone(),
        missing_components: if spec.ignore_missing_components {
            MissingComponents::Ignore
        } else {
            MissingComponents::Fail
        },
        build_metadata: Vec::new(),
    })
}

fn entries<T: serde::de::DeserializeOwned>(field: &str, values: &[Value]) -> Result<Vec<T>, Halt> {
    let read = |(index, value): (usize, &Value)| {
        T::deserialize(value)
            .map_err(|error| Halt::Build(vec![Diagnostic::error(format!("{field}[{index}]: {error}"))]))
    };
    values.iter().enumerate().map(read).collect()
}

/// v1beta1 holds the operations of a JSON patch as a list; kustomize takes them as text.
fn json_patches<T: serde::de::DeserializeOwned>(values: &[Value]) -> Result<Vec<T>, Halt> {
    let with_text: Vec<Value> = values
        .iter()
        .map(|value| {
            let mut value = value.clone();
            if let Some(patch) = value.get_mut("patch").filter(|patch| patch.is_array()) {
                *patch = Value::String(patch.to_string());
            }
            value
        })
        .collect();
    entries("spec.patchesJson6902", &with_text)
}

/// Digest of everything a build reads.
fn input_digest(kustomization: &Kustomization, files: &Tree, variables: &BTreeMap<String, String>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let generation = kustomization.metadata.generation.to_string();
    let pairs = variables.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    for part in [kustomization.metadata.uid.as_str(), &generation, files.digest()].into_iter().chain(pairs) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
