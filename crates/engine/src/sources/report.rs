//! Writes status and events, if anything is new to say.

use cluster::{EventType, ObjectRef};
use kinds::flux::Metadata;
use manifest::Value;

use super::failure::Failure;
use super::found::Found;
use super::object::SourceType;
use super::status::{Status, difference};
use crate::clock::now;
use crate::engine::Engine;
use crate::events::Event;

/// The field manager of a source's status, as Flux names it.
pub(super) const STATUS_MANAGER: &str = "gotk-source-controller";

/// Who events come from.
const REPORTER: &str = "source-controller";

/// The annotation of events that tells the revision they are about.
const REVISION: &str = "source.toolkit.fluxcd.io/revision";

/// A status could not be written, so that the attempt has to be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotWritten;

/// Tells what an attempt ended with.
pub(super) async fn finished(
    engine: &Engine,
    kind: SourceType,
    object: &Value,
    metadata: &Metadata,
    result: &Result<Found, Failure>,
) -> Result<(), NotWritten> {
    let before = Status::of(object);
    let after = before.clone().after(metadata, result, &now());
    write(engine, kind, object, metadata, &before, &after).await?;
    match result {
        Ok(found) => {
            let digest = |status: &Status| status.artifact.as_ref().map(|artifact| artifact.digest.clone());
            let is_new = digest(&before) != digest(&after);
            if found.artifact.is_some() && (is_new || before.failure().is_some()) {
                let reason = match found.summary.reason {
                    "Succeeded" if is_new => "NewArtifact",
                    reason => reason,
                };
                let revision = after.artifact.as_ref().map(|artifact| (REVISION, artifact.revision.as_str()));
                let event = Event { kind: EventType::Normal, reason, message: &found.told, revision };
                engine.events.record(object, REPORTER, event);
            }
        }
        Err(failure) if before.failure() != Some(failure.message.as_str()) => {
            let Failure { reason, message, .. } = failure;
            let event = Event { kind: EventType::Warning, reason, message, revision: None };
            engine.events.record(object, REPORTER, event);
        }
        Err(_known) => {}
    }
    Ok(())
}

/// Tells why nothing is done about an object, such as one that cannot be read as its kind.
pub(super) async fn left_alone(engine: &Engine, kind: SourceType, object: &Value, failure: Failure) {
    let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let metadata = Metadata { generation, name: text("name"), namespace: text("namespace"), ..Metadata::default() };
    // Nobody tries again before the object changes, whatever becomes of this.
    let _written = finished(engine, kind, object, &metadata, &Err(failure)).await;
}

async fn write(
    engine: &Engine,
    kind: SourceType,
    object: &Value,
    metadata: &Metadata,
    before: &Status,
    after: &Status,
) -> Result<(), NotWritten> {
    let Some(reference) = ObjectRef::of(object).filter(|_| before != after) else { return Ok(()) };
    match engine.cluster.patch_status(&reference, STATUS_MANAGER, &difference(before, after)).await {
        Ok(written) => {
            engine.directory.record(kind.kind(), &crate::Key::of(metadata), written);
            Ok(())
        }
        Err(cluster::ClusterError::NotFound { .. }) => Ok(()),
        Err(error) => {
            tracing::warn!(kind = kind.kind().name(), source = %crate::Key::of(metadata), %error, "cannot write status");
            Err(NotWritten)
        }
    }
}
