//! What observers are told of an attempt to fetch.

use std::collections::BTreeMap;

use manifest::Value;

use super::failure::{Failure, Remedy};
use super::found::Found;
use crate::artifacts::SourceKey;
use crate::engine::Engine;
use crate::observation::{Named, Observation, Outcome, Ran, Subject};
use crate::timeline::Timeline;

/// Tells that an attempt ended. `object` is as it was before.
pub(super) fn ran(
    engine: &Engine,
    named: Named<'_>,
    object: &Value,
    timeline: &Timeline,
    result: &Result<Found, Failure>,
) {
    if engine.observers.is_empty() {
        return;
    }
    let source = SourceKey { kind: named.kind.to_owned(), key: named.key.clone() };
    let revision = result.as_ref().ok().and_then(|found| found.artifact.as_ref()).map(|facts| facts.revision.as_str());
    let held = engine.artifacts.get(&source).and_then(|held| held.artifact.commit.as_ref().map(|commit| commit.time));
    engine.observers.tell(Observation::Ran(&Ran {
        object: named,
        began: timeline.began(),
        took: timeline.elapsed(),
        outcome: match result {
            Ok(_) => Outcome::Succeeded,
            Err(Failure { remedy: Remedy::FirstArtifact, reason, .. }) => Outcome::Waits { reason },
            Err(Failure { reason, message, .. }) => Outcome::Failed { reason, message },
        },
        subject: revision.map(|revision| Subject::of(engine, &source, revision, held)),
        before: object["status"]["artifact"]["revision"].as_str(),
        stages: &timeline.take().stages,
        decisions: &BTreeMap::new(),
    }));
}
