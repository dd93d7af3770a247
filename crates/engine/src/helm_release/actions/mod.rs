//! What is done to a Helm release: each action writes Helm's storage as Helm would, and says what came of it.

mod deploy;
mod install;
mod rollback;
mod test;
mod traces;
mod uninstall;
mod unlock;
mod upgrade;

use std::sync::Arc;

use kinds::flux::HelmRelease;
use manifest::Value;
use plan::release::{ActError, Acted, Action, Step};
use render::helm::chart::Chart;
use serde_json::Map;
use tokio::time::Instant;

pub(super) use uninstall::{Uninstalling, uninstall};

use super::halt::Halt;
use super::memory::Memory;
use super::run::Run;
use super::storage::Storage;
use crate::stages::analyse::{Analysis, NotApplied};
use crate::stages::stop::Stop;

/// What a release is made from.
pub(super) struct Wanted {
    pub(super) chart: Arc<Chart>,
    pub(super) values: Map<String, Value>,
    /// What becomes of what rules find in it.
    pub(super) analysis: Analysis,
}

/// What an action works with.
pub(super) struct Scene<'s, 'r> {
    pub(super) run: &'s mut Run<'r>,
    /// The HelmRelease, with the status as it is by now.
    pub(super) release: &'s HelmRelease,
    pub(super) wanted: &'s Wanted,
    pub(super) storage: &'s mut Storage,
    pub(super) memory: &'s mut Memory,
}

/// What came of a step.
pub(super) enum Outcome {
    /// It was taken to its end.
    Acted(Acted),
    /// Something newer arrived while it waited for health; this says what.
    Superseded(Acted, String),
    /// What rules found stopped it before anything was stored or applied.
    Refused(NotApplied),
    /// The API server did not answer, which says nothing of the release.
    Interrupted(Acted, String),
}

/// Takes a step other than a correction of drift.
pub(super) async fn act(scene: &mut Scene<'_, '_>, step: &Step) -> Outcome {
    let started = Instant::now();
    scene.storage.forget_written();
    scene.run.work.ways.timeout = step.timeout;
    let done = match &step.action {
        Action::Install => Box::pin(install::install(scene)).await,
        Action::Upgrade => Box::pin(upgrade::upgrade(scene)).await,
        Action::Test => Box::pin(test::test(scene)).await,
        Action::Rollback { to } => Box::pin(rollback::rollback(scene, *to)).await,
        Action::UninstallRemediation => Box::pin(uninstall::remedy(scene)).await,
        Action::Unlock { from } => Box::pin(unlock::unlock(scene, *from)).await,
        Action::CorrectDrift(_) => Ok(()),
    };
    let acted = Acted {
        written: scene.storage.take_written(),
        error: done.as_ref().err().map(|halt| ActError::Failed(halt.to_string())),
        took: started.elapsed(),
        log: String::new(),
    };
    match done {
        Err(Halt::Stopped(Stop::Superseded(why))) => Outcome::Superseded(acted, why),
        Err(Halt::Analysis(refused)) => Outcome::Refused(refused),
        Err(halt) if halt.is_interruption() => Outcome::Interrupted(acted, halt.to_string()),
        Ok(()) | Err(_) => Outcome::Acted(acted),
    }
}

/// The error where a release that is to be changed is not there.
fn not_deployed(name: &str) -> Halt {
    Halt::Storage(format!("{name:?} has no deployed releases"))
}
