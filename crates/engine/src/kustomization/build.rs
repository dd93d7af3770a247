//! The render stage: files and variables to manifests, or every reason why not.

use std::collections::BTreeMap;
use std::sync::Arc;

use kinds::flux::Kustomization;
use manifest::{Diagnostic, Manifest, Tree, Value, tree};
use plan::labels::{Applier, Owner, set_common_metadata, set_owner_labels};
use plan::normalize::normalize;
use render::helm::release::Rules;
use render::kustomize::{self, ChartOptions, Charts, Fetched, MissingComponents, Options, Outcome, Overlay};
use render::substitute::{Strategy, Strictness, substitute};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use super::decryption::Decryption;
use super::halt::Halt;
use super::memory::{Chance, Memory};
use crate::clock;
use crate::pipeline::Run;
use crate::stages::applied::Built;
use crate::{Locals, RemoteBases, Remotes};

/// What a build was made from that also took something from other hosts: nothing that is known before the next build.
const FROM_ELSEWHERE: [u8; 32] = [0; 32];

/// Builds the manifests of a Kustomization from `files`. A build from what was built before is not repeated, unless it
/// took something from other hosts, which may have changed. `place` is the run's place among those at work, which it has
/// not while something is fetched.
pub(crate) async fn build(
    run: &Run<'_>,
    files: &Tree,
    (variables, decryption): (&BTreeMap<String, String>, &Decryption),
    memory: &mut Memory,
    mut place: OwnedSemaphorePermit,
) -> Result<(Built, Vec<Manifest>, OwnedSemaphorePermit), Halt> {
    let (engine, kustomization) = (run.work.engine, run.kustomization);
    let input = input_digest(kustomization, files, variables, decryption);
    if let Some(built) = memory.built.as_ref().filter(|built| built.input == input) {
        let _building = engine.build_permit().await;
        let manifests = crate::blocking::compute(|| built.manifests().collect());
        return Ok((built.clone(), manifests, place));
    }
    let charts = charts(engine.remote_bases, memory)?;
    let mut remotes = Remotes::new(&engine.sources, Locals::Refused, run.work.ways.timeout);
    loop {
        let building = engine.build_permit().await;
        let outcome: Result<_, Halt> = crate::blocking::compute(|| {
            let reach = match engine.remote_bases {
                RemoteBases::Refused => Reach::Source,
                RemoteBases::Fetched => Reach::Given(remotes.fetched(), charts.clone()),
            };
            let manifests = match resources(kustomization, files, decryption, reach)? {
                Outcome::Built(manifests) => finish(kustomization, manifests, variables, decryption)?,
                Outcome::Needs(needed) => return Ok(Err(needed)),
            };
            let input = if remotes.are_used() { FROM_ELSEWHERE } else { input };
            Ok(Ok((Built::of(input, &manifests, &engine.packing), manifests)))
        });
        drop(building);
        let outcome = outcome?;
        match outcome {
            Ok((built, manifests)) => {
                memory.built = Some(built.clone());
                return Ok((built, manifests, place));
            }
            Err(needed) => {
                drop(place);
                remotes.fetch(needed).await.map_err(|error| Halt::Remotes(Arc::new(error)))?;
                place = engine.permit().await;
            }
        }
    }
}

/// How charts in kustomizations are rendered.
fn charts(remote_bases: RemoteBases, memory: &mut Memory) -> Result<Charts, Halt> {
    if remote_bases == RemoteBases::Refused {
        return Ok(Charts::Refused);
    }
    let chance = match &memory.chance {
        Some(chance) => chance.clone(),
        None => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|error| {
                Halt::Build(vec![Diagnostic::error(format!("the system gives no random bytes: {error}"))])
            })?;
            memory.chance.insert(Chance { now: clock::timestamp(), seed }).clone()
        }
    };
    Ok(Charts::Rendered(ChartOptions {
        rules: Rules::default(),
        now: chance.now,
        seed: chance.seed,
        kube_version: None,
        api_versions: Vec::new(),
    }))
}

/// Renders without remembering, and from the files alone: what `tenter build` prints.
pub fn render(
    kustomization: &Kustomization,
    files: &Tree,
    variables: &BTreeMap<String, String>,
    decryption: &Decryption,
) -> Result<Vec<Manifest>, Halt> {
    match resources(kustomization, files, decryption, Reach::Source)? {
        Outcome::Built(manifests) => finish(kustomization, manifests, variables, decryption),
        Outcome::Needs(_) => unreachable!("what refuses remotes needs none"),
    }
}

/// What a build may use.
enum Reach<'f> {
    /// The files of the source.
    Source,
    /// Also what was fetched; and charts, if they are rendered.
    Given(&'f Fetched, Charts),
}

/// What the kustomization makes of the files.
fn resources(
    kustomization: &Kustomization,
    files: &Tree,
    decryption: &Decryption,
    reach: Reach<'_>,
) -> Result<Outcome, Halt> {
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
    let files = decryption.files(files, &path, &spec.components)?;
    let built = match reach {
        Reach::Source => kustomize::build(&files, &path, &options).map(Outcome::Built),
        Reach::Given(fetched, charts) => {
            kustomize::build_with_remotes(&files, &path, &Options { charts, ..options }, fetched)
        }
    };
    built.map_err(Halt::Build)
}

/// What becomes of rendered manifests: decryption, substitution, labels of the owner, and what is common to all.
fn finish(
    kustomization: &Kustomization,
    mut manifests: Vec<Manifest>,
    variables: &BTreeMap<String, String>,
    decryption: &Decryption,
) -> Result<Vec<Manifest>, Halt> {
    let spec = &kustomization.spec;
    decryption.objects(&mut manifests)?;
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
fn input_digest(
    kustomization: &Kustomization,
    files: &Tree,
    variables: &BTreeMap<String, String>,
    decryption: &Decryption,
) -> [u8; 32] {
    let generation = kustomization.metadata.generation.to_string();
    digest_of(decryption, variables, [kustomization.metadata.uid.as_str(), &generation, files.digest()])
}

/// Digest of what a build is given, and of what tells whose it is.
pub(super) fn digest_of<'p>(
    decryption: &Decryption,
    variables: &'p BTreeMap<String, String>,
    parts: impl IntoIterator<Item = &'p str>,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(decryption.digest());
    let pairs = variables.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    for part in parts.into_iter().chain(pairs) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
