//! What observers are told of a run.

use super::gate;
use super::halt::Halt;
use crate::observation::{Observation, Outcome, Ran, Subject};
use crate::pipeline::{Progress, Run};

/// Tells that a run ended.
pub(super) fn ran(run: &Run<'_>, progress: &Progress, result: &Result<(), Halt>) {
    let engine = run.work.engine;
    if engine.observers.is_empty() {
        return;
    }
    let timeline = &run.work.timeline;
    let entries = timeline.take();
    let message = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let source = gate::source_key(run.kustomization);
    let held = engine.artifacts.get(&source).map(|held| held.artifact);
    let committed = |revision: &str| {
        let same = held.as_ref().filter(|artifact| artifact.revision == revision);
        same.and_then(|artifact| artifact.commit.as_ref()).map(|commit| commit.time)
    };
    let before = run.kustomization.status.last_applied_revision.as_deref();
    engine.observers.tell(Observation::Ran(&Ran {
        object: run.work.named(),
        began: timeline.began(),
        took: progress.took,
        outcome: match result {
            Ok(()) => Outcome::Succeeded,
            Err(halt @ (Halt::Dependencies(_) | Halt::SourceNotReady { .. } | Halt::Contested(_))) => {
                Outcome::Waits { reason: halt.reason() }
            }
            Err(halt) => Outcome::Failed { reason: halt.reason(), message: &message },
        },
        subject: progress
            .revision
            .as_deref()
            .map(|revision| Subject::of(engine, &source, revision, committed(revision))),
        before,
        stages: &entries.stages,
        decisions: &entries.decisions,
    }));
}
