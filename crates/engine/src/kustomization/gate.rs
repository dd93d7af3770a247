//! What must hold before a Kustomization is built: its source, its dependencies, and fields we can honour.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kinds::flux::Kustomization;
use manifest::Value;
use plan::dependency::{self, Dependency};
use plan::labels::Owner;
use source::Artifact;
use tokio::sync::OwnedSemaphorePermit;

use super::PINNED_REVISION;
use super::halt::{Halt, SourceGap};
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

/// The artifact to build, the source's newest or the pinned revision of it, and the run's place among those at work.
pub(crate) async fn artifact(
    run: &Run<'_>,
    place: OwnedSemaphorePermit,
) -> Result<(Arc<Artifact>, OwnedSemaphorePermit), Halt> {
    let reference = &run.kustomization.spec.source_ref;
    if reference.kind != "GitRepository" {
        return Err(Halt::SourceKindUnsupported(reference.kind.clone()));
    }
    let source = source_key(run.kustomization);
    let held = run.engine.artifacts.get(&source).ok_or_else(|| Halt::SourceNotReady {
        source: reference.clone(),
        gap: match run.engine.directory.git_repository(&source.key) {
            None => SourceGap::Missing { namespace: source.key.namespace.to_string() },
            Some(object) => failure(&object).map_or(SourceGap::BeingFetched, |message| SourceGap::Failed { message }),
        },
    })?;
    match run.kustomization.metadata.annotations.get(PINNED_REVISION) {
        Some(revision) if *revision != held.artifact.revision => pinned(run, &held, revision, place).await,
        _ => Ok((held.artifact, place)),
    }
}

/// Fetching may take long, and holds up nobody else.
async fn pinned(
    run: &Run<'_>,
    held: &Held,
    revision: &str,
    place: OwnedSemaphorePermit,
) -> Result<(Arc<Artifact>, OwnedSemaphorePermit), Halt> {
    drop(place);
    let artifact = run.engine.sources.artifact_at(&held.request, revision).await.map_err(|error| {
        Halt::Pin(format!("pinned revision {revision} cannot be read: {error}; release the pin or choose another"))
    })?;
    Ok((Arc::new(artifact), run.engine.permit().await))
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
        key: Key::new(kustomization.source_namespace(), &*kustomization.spec.source_ref.name),
    }
}

/// Why the last attempt to fetch a source failed, if it did.
fn failure(object: &Value) -> Option<String> {
    let conditions = object["status"]["conditions"].as_array()?;
    let ready = conditions.iter().find(|condition| condition["type"] == "Ready")?;
    (ready["status"] == "False").then(|| ready["message"].as_str().unwrap_or_default().to_owned())
}

/// Whether everything in `dependsOn` is ready for `revision`.
pub(crate) fn dependencies(run: &Run<'_>, revision: &str) -> Result<(), Halt> {
    if run.kustomization.spec.depends_on.is_empty() {
        return Ok(());
    }
    let namespace = &run.kustomization.metadata.namespace;
    let Some(object) = run.engine.directory.kustomization(&run.key) else { return Ok(()) };
    let dependencies = Dependency::read(&object["spec"]["dependsOn"], namespace).map_err(Halt::Expressions)?;
    if let Some(cycle) = cycle_through(&run.key, &run.engine.directory) {
        return Err(Halt::Cycle(cycle));
    }
    let waiting: Vec<_> = dependencies
        .iter()
        .filter_map(|dependency| {
            let other = run.engine.directory.kustomization(&Key::from(&dependency.name));
            let revision = match &other {
                // Whoever is pinned is at another revision on purpose, so there is no common one to wait for.
                Some(other) if is_pinned(&object) || is_pinned(other) => {
                    other["status"]["lastAppliedRevision"].as_str().unwrap_or(revision)
                }
                Some(_) | None => revision,
            };
            dependency::ready(&object, dependency, other.as_ref(), revision).err()
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
