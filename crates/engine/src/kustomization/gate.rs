//! What must hold before a Kustomization is built: its source, its dependencies, and fields we can honour.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kinds::flux::Kustomization;
use manifest::Value;
use plan::dependency::{self, Dependency};
use plan::labels::Owner;
use source::Artifact;

use super::PINNED_REVISION;
use super::halt::Halt;
use super::memory::Memory;
use crate::artifacts::{Held, SourceKey};
use crate::pipeline::Run;
use crate::{Directory, Key};

/// Refuses fields whose meaning this version cannot give.
pub(crate) fn supported(kustomization: &Kustomization) -> Result<(), Halt> {
    let spec = &kustomization.spec;
    let asked = [("spec.kubeConfig", spec.kube_config.is_some()), ("spec.decryption", spec.decryption.is_some())];
    match asked.into_iter().find(|(_, asked)| *asked) {
        Some((field, _)) => Err(Halt::Unsupported { field }),
        None => Ok(()),
    }
}

/// The artifact to build: the source's newest, or the pinned revision of it.
pub(crate) async fn artifact(run: &Run<'_>) -> Result<Arc<Artifact>, Halt> {
    let reference = &run.kustomization.spec.source_ref;
    if reference.kind != "GitRepository" {
        return Err(Halt::SourceKindUnsupported(reference.kind.clone()));
    }
    let source = source_key(run.kustomization);
    let held = run.engine.artifacts.get(&source).ok_or_else(|| Halt::SourceNotReady {
        source: reference.clone(),
        why: match run.engine.directory.git_repository(&source.key) {
            None => format!("does not exist in namespace '{}'; create it or correct sourceRef", source.key.namespace),
            Some(object) => match ready_message(&object) {
                Some(message) => format!("has no artifact: {message}"),
                None => "has no artifact yet; it is being fetched".to_owned(),
            },
        },
    })?;
    match run.kustomization.metadata.annotations.get(PINNED_REVISION) {
        Some(revision) if *revision != held.artifact.revision => pinned(run, &held, revision).await,
        _ => Ok(held.artifact),
    }
}

async fn pinned(run: &Run<'_>, held: &Held, revision: &str) -> Result<Arc<Artifact>, Halt> {
    let artifact = run.engine.sources.artifact_at(&held.request, revision).await.map_err(|error| {
        Halt::Pin(format!("pinned revision {revision} cannot be read: {error}; release the pin or choose another"))
    })?;
    Ok(Arc::new(artifact))
}

/// Whether the last run built what the source holds now.
pub(crate) fn has_built(run: &Run<'_>, memory: &Memory) -> bool {
    let held = run.engine.artifacts.get(&source_key(run.kustomization));
    held.is_some_and(|held| {
        memory
            .artifact
            .as_ref()
            .is_some_and(|(revision, digest)| *revision == held.artifact.revision && *digest == held.artifact.digest)
    })
}

/// Whether a new run would build `revision` again.
pub(crate) fn is_newest(run: &Run<'_>, revision: &str) -> bool {
    let pinned = run.kustomization.metadata.annotations.get(PINNED_REVISION);
    let held = || run.engine.artifacts.get(&source_key(run.kustomization)).map(|held| held.artifact.revision.clone());
    pinned.cloned().or_else(held).as_deref() == Some(revision)
}

/// The key of a Kustomization's source.
pub(crate) fn source_key(kustomization: &Kustomization) -> SourceKey {
    SourceKey {
        kind: kustomization.spec.source_ref.kind.clone(),
        key: Key::new(kustomization.source_namespace(), &kustomization.spec.source_ref.name),
    }
}

fn ready_message(object: &Value) -> Option<String> {
    let conditions = object["status"]["conditions"].as_array()?;
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready")?;
    ready["message"].as_str().map(str::to_owned)
}

/// Whether everything in `dependsOn` is ready for `revision`.
pub(crate) fn dependencies(run: &Run<'_>, revision: &str) -> Result<(), Halt> {
    if run.kustomization.spec.depends_on.is_empty() {
        return Ok(());
    }
    let namespace = &run.kustomization.metadata.namespace;
    let dependencies = Dependency::read(&run.object["spec"]["dependsOn"], namespace).map_err(Halt::Expressions)?;
    if let Some(cycle) = cycle_through(&run.key, &run.engine.directory) {
        return Err(Halt::Cycle(cycle));
    }
    let waiting: Vec<_> = dependencies
        .iter()
        .filter_map(|dependency| {
            let other = run.engine.directory.kustomization(&Key::from(&dependency.name));
            let revision = match other.as_deref() {
                // Whoever is pinned is at another revision on purpose, so there is no common one to wait for.
                Some(other) if is_pinned(run.object) || is_pinned(other) => {
                    other["status"]["lastAppliedRevision"].as_str().unwrap_or(revision)
                }
                Some(_) | None => revision,
            };
            dependency::ready(run.object, dependency, other.as_deref(), revision).err()
        })
        .collect();
    if waiting.is_empty() { Ok(()) } else { Err(Halt::Dependencies(waiting)) }
}

fn is_pinned(object: &Value) -> bool {
    object["metadata"]["annotations"][PINNED_REVISION].is_string()
}

/// The cycle that a Kustomization is part of, if any. Only what is reachable from it is looked at.
fn cycle_through(key: &Key, directory: &Directory) -> Option<dependency::Cycle> {
    let mut graph: BTreeMap<Owner, Vec<Owner>> = BTreeMap::new();
    let mut pending: BTreeSet<Key> = BTreeSet::from([key.clone()]);
    while let Some(next) = pending.pop_first() {
        let targets = directory.depends_on(&next);
        pending.extend(targets.iter().filter(|target| !graph.contains_key(&Owner::from(*target))).cloned());
        graph.insert(Owner::from(&next), targets.iter().map(Owner::from).collect());
    }
    dependency::cycle_through(&graph, &Owner::from(key))
}
