//! What observers are told of a run.

use kinds::flux::HelmRelease;
use plan::release::End;

use super::gate;
use super::halt::Halt;
use super::run::Run;
use crate::observation::{Observation, Outcome, Ran, Subject};

/// Tells that a run ended. `before` is the revision that was attempted before it.
pub(super) fn ran(run: &Run<'_>, release: &HelmRelease, before: &str, result: &Result<End, Halt>) {
    let engine = run.work.engine;
    if engine.observers.is_empty() {
        return;
    }
    let timeline = &run.work.timeline;
    let entries = timeline.take();
    let message = match result {
        Ok(End::Failed(why)) => why.clone(),
        Ok(End::Done | End::Again) => String::new(),
        Ok(End::RetryAfter(_) | End::Stalled(_)) => ready(release).1.to_owned(),
        Err(halt) => halt.to_string(),
    };
    let revision = Some(release.status.last_attempted_revision.as_str()).filter(|revision| !revision.is_empty());
    let source = gate::source(release).ok().map(|(_, source, _)| source);
    engine.observers.tell(Observation::Ran(&Ran {
        object: run.work.named(),
        began: timeline.began(),
        took: timeline.elapsed(),
        outcome: match result {
            Ok(End::Done) => Outcome::Succeeded,
            Ok(End::Again) => Outcome::Waits { reason: "Progressing" },
            Ok(End::RetryAfter(_) | End::Stalled(_) | End::Failed(_)) => {
                Outcome::Failed { reason: ready(release).0, message: &message }
            }
            Err(halt @ (Halt::Dependencies(_) | Halt::SourceNotReady(_))) => Outcome::Waits { reason: halt.reason() },
            Err(halt) => Outcome::Failed { reason: halt.reason(), message: &message },
        },
        subject: revision.zip(source).map(|(revision, source)| Subject::of(engine, &source, revision, None)),
        before: Some(before).filter(|before| !before.is_empty()),
        stages: &entries.stages,
        decisions: &entries.decisions,
    }));
}

/// Reason and message of what status says.
fn ready(release: &HelmRelease) -> (&str, &str) {
    let ready = release.status.conditions.get("Ready");
    ready.map_or(("", ""), |condition| (condition.reason.as_str(), condition.message.as_str()))
}
