//! Puts back what somebody else changed, and says who.

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::{ApplyError, ApplyMode, Change, EventType};
use manifest::{ObjectId, Value};
use plan::decide::{Action, Plan, Reason};
use plan::health::may_vanish;
use plan::owned::{Drift, DriftKind};
use plan::policy::Wish;
use tokio::time::Instant;

use super::memory::Memory;
use super::{DRIFT, report};
use crate::mailbox::Trigger;
use crate::pipeline::{Progress, Run};

/// How many corrections of one object are made at once before pauses begin.
const FREE: u32 = 5;

/// A fight that rested this long is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(60);

/// The longest pause between two corrections of the same object.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often which object was put back lately: two controllers that both insist must not spin.
#[derive(Debug, Default)]
pub(crate) struct Corrections(BTreeMap<ObjectId, Fight>);

#[derive(Debug)]
struct Fight {
    rounds: u32,
    last: Instant,
}

impl Corrections {
    /// Counts a correction at `now`. Says how long to wait first: not at all for the first few, then longer each time.
    fn pause(&mut self, object: &ObjectId, now: Instant) -> Duration {
        self.0.retain(|_, fight| now.duration_since(fight.last) < FORGET_AFTER);
        let fight = self.0.entry(object.clone()).or_insert(Fight { rounds: 0, last: now });
        let over = fight.rounds.saturating_sub(FREE);
        let pause = match fight.rounds {
            rounds if rounds < FREE => Duration::ZERO,
            _ => Duration::from_secs(1 << over.min(6)).min(LONGEST_PAUSE),
        };
        if now.duration_since(fight.last) < pause {
            return pause - now.duration_since(fight.last);
        }
        fight.rounds += 1;
        fight.last = now;
        Duration::ZERO
    }
}

/// Applies drifted objects again as they were last applied, or only reports them where that is what is wished. A
/// failure does not hold up the others; the last one is returned.
pub(crate) async fn correct(run: &Run<'_>, memory: &mut Memory, objects: &[ObjectId]) -> Result<(), ApplyError> {
    let Some(applied) = memory.applied.clone() else { return Ok(()) };
    let mut outcome = Ok(());
    for object in objects {
        let Some(manifest) = applied.objects.iter().find(|kept| kept.id == *object).map(|kept| kept.manifest()) else {
            continue;
        };
        let pause = memory.corrections.pause(object, Instant::now());
        if !pause.is_zero() {
            let (mailbox, trigger) = (run.mailbox.clone(), Trigger::Drifted(object.clone()));
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                mailbox.leave(trigger);
            });
            continue;
        }
        let Some((_, drift)) = run.subscription.take_drift(object) else { continue };
        if drift.kind == DriftKind::Deleted && may_vanish(&manifest.value) {
            // It is done, and went as it was declared to.
            continue;
        }
        if only_warned(run, &manifest.value) {
            let message = format!("Drift detected, left as it is ({DRIFT}: warn): {}", describe(object, &drift));
            report::event(run, EventType::Warning, "DriftDetected", &message).await;
            continue;
        }
        let applying = run.subscription.begin();
        let written = run.cluster.apply(&manifest.value, None, &ApplyMode::forced(plan::FIELD_MANAGER)).await;
        if let Ok(written) = &written {
            run.engine.tracker.record(&written.object);
            run.subscription.expect(&written.object);
        }
        drop(applying);
        match written {
            Ok(written) => tell_corrected(run, object, &drift, written.change).await,
            Err(error) => outcome = Err(error),
        }
    }
    outcome
}

/// Records what was put back, and who had changed it.
pub(crate) async fn tell_corrected(run: &Run<'_>, object: &ObjectId, drift: &Drift, change: Change) {
    let message = match (drift.kind, change) {
        // The watch of what carries our labels tells of their loss as of a deletion.
        (DriftKind::Deleted, Change::Configured | Change::Unchanged) => {
            format!("Drift corrected: {object} lost the labels of its Kustomization")
        }
        (DriftKind::Deleted, Change::Created) | (DriftKind::Changed, _) => {
            format!("Drift corrected: {}", describe(object, drift))
        }
    };
    report::event(run, EventType::Warning, "DriftCorrected", &message).await;
}

/// Whether drift of an object is to be reported and left as it is.
fn only_warned(run: &Run<'_>, declared: &Value) -> bool {
    let everywhere = run.kustomization.metadata.annotations.get(DRIFT);
    Wish::WarnOnDrift.of(declared) || everywhere.is_some_and(|value| value.eq_ignore_ascii_case("warn"))
}

/// While Git declares what was applied last, a difference is drift: objects whose drift is only warned of are left. Once
/// something else is declared, they are applied like any other.
pub(crate) fn leave(run: &Run<'_>, progress: &Progress, mut plan: Plan) -> Plan {
    let last = run.kustomization.status.history.first();
    let applied = last.filter(|last| last.last_reconciled_status == "ReconciliationSucceeded");
    if applied.is_none_or(|last| Some(&last.digest) != progress.digest.as_ref()) {
        return plan;
    }
    for step in plan.stages.iter_mut().flat_map(|stage| &mut stage.steps) {
        if matches!(step.action, Action::Create | Action::Apply) && only_warned(run, &step.manifest.value) {
            (step.action, step.reason) = (Action::Skip, Reason::DriftWarned);
        }
    }
    plan
}

/// `Deployment/prod/web: spec.replicas changed from 2 to 5 by kubectl-edit`.
fn describe(object: &ObjectId, drift: &Drift) -> String {
    let by = match &drift.by {
        Some(actor) => format!(" by {}", actor.manager),
        None => String::new(),
    };
    match drift.kind {
        DriftKind::Deleted => format!("{object} was deleted{by}"),
        DriftKind::Changed => {
            let fields: Vec<String> = drift
                .fields
                .iter()
                .map(|field| match (object.kind.as_str(), &field.after) {
                    ("Secret", Some(_)) => format!("{} changed", field.path),
                    (_, None) => format!("{} removed", field.path),
                    (_, Some(after)) => {
                        format!(
                            "{} changed from {} to {}",
                            field.path,
                            shown(field.before.as_ref()),
                            shown(Some(after))
                        )
                    }
                })
                .collect();
            format!("{object}: {}{by}", fields.join(", "))
        }
    }
}

/// A value in at most a few words.
fn shown(value: Option<&Value>) -> String {
    const MOST: usize = 80;
    let text = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fight_slows_down_and_is_forgotten() {
        let object =
            ObjectId { group: String::new(), kind: "ConfigMap".into(), namespace: "a".into(), name: "b".into() };
        let mut corrections = Corrections::default();
        let start = Instant::now();
        for _ in 0..FREE {
            assert_eq!(corrections.pause(&object, start), Duration::ZERO);
        }
        assert_eq!(corrections.pause(&object, start), Duration::from_secs(1));
        assert_eq!(corrections.pause(&object, start + Duration::from_secs(1)), Duration::ZERO);
        assert_eq!(corrections.pause(&object, start + Duration::from_secs(1)), Duration::from_secs(2));
        assert_eq!(corrections.pause(&object, start + Duration::from_secs(90)), Duration::ZERO);
        assert_eq!(corrections.pause(&object, start + Duration::from_secs(90)), Duration::ZERO);
    }
}
