//! One whole run of a HelmRelease: what there is, what is wanted, and one step after another until they agree.

use std::collections::BTreeSet;
use std::sync::Arc;

use kinds::flux::helm_release::{DriftMode, Snapshot};
use kinds::flux::{ConditionStatus, HelmRelease};
use plan::inventory::Entry;
use plan::release::{
    self as machine, Acted, Action, Deletion, End, Next, State, Stored, Unmanaged, ValuesFacts, release_name,
};
use render::helm::storage::{Release, config_checksum, config_digest};

use super::actions::{self, Outcome, Scene, Uninstalling, Wanted};
use super::detection::{self, Compared};
use super::gate;
use super::halt::Halt;
use super::memory::Memory;
use super::run::Run;
use super::storage::{Place, Storage};
use super::{chart_object, crds, objects, stored, values};
use crate::clock::now;
use crate::stages::analyse;

/// Everything up to the first step: what ends it early is a [`Halt`], told by the caller. `release` keeps the status as
/// it is by then.
pub(super) async fn reconcile(run: &mut Run<'_>, release: &mut HelmRelease, memory: &mut Memory) -> Result<End, Halt> {
    gate::valid(release)?;
    memory.chart = None;
    let analysis = gate::analysis(run, release)?;
    gate::access(run, release).await?;
    chart_object::settle(run.work.engine, release).await?;
    gate::dependencies(run.work.engine, &run.work.subject.key, release)?;
    let (charted, held) = gate::chart(run.work.engine, release)?;
    memory.chart = Some((held.revision, held.digest));
    let values = Box::pin(values::collect(&run.work, release)).await?;
    machine::prerequisites_met(release, &now());

    if let Some(change) = machine::target_change(release, &charted.facts.name) {
        tracing::debug!(release = %run.work.subject.key, %change, "uninstalling the release before");
        uninstall(run, release).await?;
        machine::forget_target(&mut release.status);
        return Ok(End::Again);
    }
    let place = Place { namespace: release.storage_namespace().to_owned(), name: release_name(release) };
    let mut storage = run.work.engine.releases.open(place, &run.work.cluster, run.work.mailbox).await?;
    let facts = ValuesFacts { digest: config_digest(&values), checksum: config_checksum(&values) };
    let wanted = Wanted { chart: charted.chart, values, analysis };
    let mut steps = machine::Run::begin(release.clone(), charted.facts, facts);
    let ended = step_by_step(run, &mut steps, &wanted, &mut storage, memory).await;
    release.clone_from(steps.release());
    memory.revisions = storage.revisions();
    ended
}

/// Steps until an end.
async fn step_by_step(
    run: &mut Run<'_>,
    steps: &mut machine::Run,
    wanted: &Wanted,
    storage: &mut Storage,
    memory: &mut Memory,
) -> Result<End, Halt> {
    loop {
        let (history, last) = history(storage, steps.release()).await?;
        let state = match steps.state(&history) {
            Ok(state) => state,
            Err(error) => return Ok(steps.failed(&error.to_string(), &now())),
        };
        if let Some(adopted) = adoptable(&state, steps, &history) {
            let acted = Acted { written: vec![adopted.clone()], ..Acted::default() };
            let finished = steps.acted(&Action::Upgrade, &acted, &now());
            note_inventory(run, steps, wanted, storage).await?;
            run.tell(&finished.events);
            continue;
        }
        let mut compared = None;
        let state = match (state, &last) {
            (State::InSync, Some(last)) if steps.detects_drift() => {
                let found = detection::compare(run, last, memory).await?;
                let drift = found.drift.clone();
                compared = Some(found);
                if drift.is_change() { State::Drifted(drift) } else { State::InSync }
            }
            (state, _) => state,
        };
        let (next, events) = steps.next(state, &history, &now());
        run.tell(&events);
        let step = match next {
            Next::End(end) => return Ok(end),
            Next::Step(step) => step,
        };
        tracing::debug!(release = %run.work.subject.key, action = step.action.name(), reason = %step.reason, "stepping");
        analyse::forget_refused(&mut steps.status_mut().conditions);
        run.save(steps.status()).await?;
        let finished = match (&step.action, compared) {
            (Action::CorrectDrift(_), Some(compared)) => correct(run, compared, steps).await,
            (Action::CorrectDrift(_), None) => steps.corrected(&[], &[], &now()),
            (action, _) => {
                let release = steps.release().clone();
                let mut scene =
                    Scene { run: &mut *run, release: &release, wanted, storage: &mut *storage, memory: &mut *memory };
                let outcome = actions::act(&mut scene, &step).await;
                note_inventory(run, steps, wanted, storage).await?;
                note_found(run, steps);
                match outcome {
                    Outcome::Refused(refused) => return Err(Halt::Analysis(refused)),
                    Outcome::Acted(acted) => steps.acted(action, &acted, &now()),
                    Outcome::Superseded(acted, why) => {
                        return Ok(broken_off(steps, action, &acted, ("HealthCheckCanceled", &why)));
                    }
                    Outcome::Interrupted(acted, why) => {
                        return Ok(broken_off(steps, action, &acted, ("Interrupted", &why)));
                    }
                }
            }
        };
        run.tell(&finished.events);
        if let Some(end) = finished.end {
            return Ok(end);
        }
    }
}

/// Ends before the action did, which is no failure of the release: the next run goes on from what there is.
fn broken_off(steps: &mut machine::Run, action: &Action, acted: &Acted, (reason, why): (&str, &str)) -> End {
    let status = steps.status();
    let failures = (status.failures, status.install_failures, status.upgrade_failures);
    steps.acted(action, acted, &now());
    let generation = steps.release().metadata.generation;
    let status = steps.status_mut();
    (status.failures, status.install_failures, status.upgrade_failures) = failures;
    status.conditions.set("Ready", ConditionStatus::False, reason, why, generation, &now());
    status.conditions.set("Reconciling", ConditionStatus::True, "Progressing", why, generation, &now());
    status.conditions.remove("Stalled");
    End::Again
}

async fn correct(run: &Run<'_>, compared: Compared, steps: &mut machine::Run) -> machine::Finished {
    let (corrections, errors) = detection::correct(run, compared).await;
    steps.corrected(&corrections, &errors, &now())
}

/// What counts of the newest stored revision and of those that status remembers and a rollback may go to, and the newest
/// itself. Others are not read.
async fn history(storage: &mut Storage, release: &HelmRelease) -> Result<(Vec<Stored>, Option<Arc<Release>>), Halt> {
    let Some(last) = storage.last().await? else { return Ok((Vec::new(), None)) };
    let mut history = vec![stored::revision(&last)?];
    if last.info.status == "failed" || history[0].tests.values().any(|test| test.phase == "Failed") {
        let remembered = release.status.history.all().iter().map(|snapshot: &Snapshot| snapshot.version);
        let older: BTreeSet<u32> = remembered.filter(|version| *version != last.version).collect();
        for version in older {
            if let Some(read) = storage.read(version).await? {
                history.push(stored::revision(&read)?);
            }
        }
    }
    Ok((history, Some(last)))
}

/// A release that somebody else installed, or that we did without coming to write it down, is taken over as it is, if it
/// was made from what is wanted. What post-renderers
/// and common metadata would make of it is not known, so with them it is upgraded.
fn adoptable<'h>(state: &State, steps: &machine::Run, history: &'h [Stored]) -> Option<&'h Stored> {
    if !matches!(state, State::Unmanaged(Unmanaged::Existing | Unmanaged::Changed)) {
        return None;
    }
    let spec = &steps.release().spec;
    let last = history.first()?;
    let same_chart = last.chart_name == steps.chart().name && last.chart_version == steps.chart().version;
    let plain = spec.post_renderers.is_none() && spec.common_metadata.is_none();
    let same = plain && same_chart && last.config_digest == steps.values().digest;
    (same && last.status == machine::Status::Deployed).then_some(last)
}

/// Lists in the status what is installed.
async fn note_inventory(
    run: &Run<'_>,
    steps: &mut machine::Run,
    wanted: &Wanted,
    storage: &mut Storage,
) -> Result<(), Halt> {
    let inventory = match storage.last().await? {
        Some(last) if last.info.status != "uninstalled" => {
            let mut inventory = objects::inventory(run, &last).await?;
            let definitions = crds::read(&wanted.chart.crds()).map_err(Halt::Manifest)?;
            definitions.iter().filter_map(|crd| Entry::of(&crd.value)).for_each(|entry| inventory.add(entry));
            Some(inventory.to_status())
        }
        Some(_) | None => None,
    };
    steps.status_mut().inventory = inventory;
    Ok(())
}

/// Tells what rules found, if something was rendered.
fn note_found(run: &mut Run<'_>, steps: &mut machine::Run) {
    if let Some(found) = run.found.take() {
        let generation = steps.release().metadata.generation;
        analyse::note_reported(&mut steps.status_mut().conditions, &found, generation, &now());
        analyse::warn(&run.work, &found);
    }
}

/// Uninstalls the release that status remembers, and notes what came of it.
pub(super) async fn uninstall(run: &mut Run<'_>, release: &mut HelmRelease) -> Result<(), Halt> {
    let Deletion::Uninstall { storage_namespace, name } = machine::deletion(release) else { return Ok(()) };
    let place = Place { namespace: storage_namespace, name };
    let mut storage = run.work.engine.releases.open(place, &run.work.cluster, run.work.mailbox).await?;
    storage.forget_written();
    let uninstalling = Uninstalling { spec: &release.spec.uninstall, timeout: release.timeout() };
    let done = Box::pin(actions::uninstall(run, &mut storage, &uninstalling)).await;
    let (error, halt) = match done {
        Ok(()) => (None, None),
        Err((error, halt)) => (Some(error), Some(halt)),
    };
    let acted = Acted { written: storage.take_written(), error, ..Acted::default() };
    let (events, went) = machine::uninstalled(release, &acted, &now());
    run.tell(&events);
    match (went, halt) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(halt)) => Err(halt),
        (Err(why), None) => Err(Halt::Storage(why)),
    }
}

/// Whether drift is told of and left.
pub(super) fn warns(release: &HelmRelease) -> bool {
    release.spec.drift_detection.mode == DriftMode::Warn
}
