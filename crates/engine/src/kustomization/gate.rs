//! What must hold before a Kustomization is built: its source, its dependencies, and fields we can honour.

use std::sync::Arc;

use cluster::ObjectRef;
use kinds::flux::Kustomization;
use kinds::flux::kustomization::ObjectReference;
use manifest::{GroupVersionKind, Value};
use plan::decide::Plan;
use plan::dependency::{self, Dependency};
use plan::labels::Applier;
use source::Artifact;
use tokio::sync::OwnedSemaphorePermit;

use super::PINNED_REVISION;
use super::halt::{Halt, SourceGap};
use super::memory::Memory;
use crate::Key;
use crate::access;
use crate::artifacts::{Held, Origin, SourceKey};
use crate::directory::Kind;
use crate::pipeline::Run;
use crate::stages::health::Attended;

/// The artifact to build, the source's newest or the pinned revision of it, and the run's place among those at work.
pub(crate) async fn artifact(
    run: &Run<'_>,
    place: OwnedSemaphorePermit,
) -> Result<(Arc<Artifact>, OwnedSemaphorePermit), Halt> {
    let reference = &run.kustomization.spec.source_ref;
    let has_files = [Kind::GitRepository, Kind::OciRepository, Kind::Bucket];
    let Some(kind) = has_files.into_iter().find(|kind| kind.name() == reference.kind) else {
        return Err(Halt::SourceKindUnsupported(reference.kind.clone()));
    };
    let source = source_key(run.kustomization);
    let user = &run.work.subject;
    let denial = access::denial(run.work.engine, user.applier, &user.key, source.clone()).await?;
    if let Some(denial) = denial {
        return Err(Halt::AccessDenied(denial));
    }
    let held = run.work.engine.artifacts.get(&source).ok_or_else(|| Halt::SourceNotReady {
        source: reference.clone(),
        gap: match run.work.engine.directory.get(kind, &source.key) {
            None => SourceGap::Missing { namespace: source.key.namespace.to_string() },
            Some(object) => failure(&object).map_or(SourceGap::BeingFetched, |message| SourceGap::Failed { message }),
        },
    })?;
    if held.artifact.layer.is_some() {
        let why = "copies its layer as it is, so that it has no files; set its spec.layerSelector.operation to extract";
        return Err(Halt::Path(format!("{} '{}' {why}", reference.kind, reference.name)));
    }
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
    let sources = &run.work.engine.sources;
    let artifact = match &*held.origin {
        Origin::Git(request) => sources.artifact_at(request, revision).await,
        Origin::Oci(request) => sources.oci_at(request, revision).await,
        Origin::Bucket(_) => {
            let why = "a bucket has its newest revision only; release the pin";
            return Err(Halt::Pin(format!("pinned revision {revision} cannot be read: {why}")));
        }
    };
    let artifact = artifact.map_err(|error| {
        Halt::Pin(format!("pinned revision {revision} cannot be read: {error}; release the pin or choose another"))
    })?;
    Ok((Arc::new(artifact), run.work.engine.permit().await))
}

/// Whether the last run built what the source holds now.
pub(crate) fn has_built(run: &Run<'_>, memory: &Memory) -> bool {
    let held = run.work.engine.artifacts.get(&source_key(run.kustomization));
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
    let held =
        || run.work.engine.artifacts.get(&source_key(run.kustomization)).map(|held| held.artifact.revision.clone());
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
    let Some(object) = run.work.engine.directory.kustomization(&run.work.subject.key) else { return Ok(()) };
    let dependencies =
        Dependency::read(Applier::Kustomization, &object["spec"]["dependsOn"], namespace).map_err(Halt::Expressions)?;
    if let Some(cycle) = run.work.engine.directory.cycle_through(Applier::Kustomization, &run.work.subject.key) {
        return Err(Halt::Cycle(cycle));
    }
    let waiting: Vec<_> = dependencies
        .iter()
        .filter_map(|dependency| {
            let other = run.work.engine.directory.kustomization(&Key::from(&dependency.name));
            let revision = match &other {
                // Whoever is pinned is at another revision on purpose, so there is no common one to wait for.
                Some(other) if is_pinned(&object) || is_pinned(other) => {
                    other["status"]["lastAppliedRevision"].as_str().unwrap_or(revision)
                }
                Some(_) | None => revision,
            };
            dependency::ready(&object, dependency, other.as_ref(), Some(revision)).err()
        })
        .collect();
    if waiting.is_empty() { Ok(()) } else { Err(Halt::Dependencies(waiting)) }
}

fn is_pinned(object: &Value) -> bool {
    object["metadata"]["annotations"][PINNED_REVISION].is_string()
}

/// Everything that `spec.wait` or `spec.healthChecks` name.
pub(crate) fn attended(kustomization: &Kustomization, plan: &Plan) -> Attended {
    let spec = &kustomization.spec;
    let named = |check: &ObjectReference| {
        let gvk = GroupVersionKind::from_api_version(&check.api_version, &check.kind);
        let namespace = [&check.namespace, &kustomization.metadata.namespace];
        let namespace = namespace.into_iter().find(|namespace| !namespace.is_empty());
        ObjectRef::new(gvk, namespace.cloned().unwrap_or_default(), &check.name)
    };
    if spec.wait { Attended::all(plan) } else { Attended::only(spec.health_checks.iter().map(named).collect(), plan) }
}
