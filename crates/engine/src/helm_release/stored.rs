//! What counts of a stored revision, for decisions.

use kinds::flux::helm_release::TestHook;
use plan::release::{Fingerprint, Status, Stored};
use render::helm::storage::{Hook, Release, config_digest, observation};

use super::halt::Halt;

/// What counts of a stored revision.
pub(super) fn revision(release: &Release) -> Result<Stored, Halt> {
    let observed = observation(release).map_err(|error| Halt::Storage(error.to_string()))?;
    let metadata = release.chart.as_ref().map(|chart| &chart.metadata);
    Ok(Stored {
        name: release.name.clone(),
        namespace: release.namespace.clone(),
        version: release.version,
        status: Status::of(&release.info.status),
        chart_name: metadata.map(|metadata| metadata.name.clone()).unwrap_or_default(),
        chart_version: metadata.map(|metadata| metadata.version.clone()).unwrap_or_default(),
        app_version: metadata.map(|metadata| metadata.app_version.clone()).unwrap_or_default(),
        config_digest: config_digest(&release.config),
        first_deployed: release.info.first_deployed.clone(),
        last_deployed: release.info.last_deployed.clone(),
        deleted: release.info.deleted.clone(),
        tests: release.hooks.iter().filter(|hook| hook.fires_on("test")).map(test).collect(),
        fingerprint: Fingerprint::of(&observed),
    })
}

fn test(hook: &Hook) -> (String, TestHook) {
    let run = &hook.last_run;
    let test = TestHook {
        last_started: run.started_at.clone(),
        last_completed: run.completed_at.clone(),
        phase: run.phase.clone(),
    };
    (hook.name.clone(), test)
}
