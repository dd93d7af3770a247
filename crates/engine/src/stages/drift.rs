//! Puts back what somebody else changed, and says who.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cluster::{ApplyError, Change, EventType, ObjectRef};
use manifest::Value;
use plan::decide::{Action, Plan, Reason};
use plan::diff::changed_fields;
use plan::health::may_vanish;
use plan::owned::{Drift, DriftKind};
use plan::policy::Wish;
use tokio::time::Instant;

use super::applied::Applied;
use super::apply::Declared;
use super::contested;
use super::ignored::Settled;
use super::work::{OnDrift, Work};
use crate::directory::Kind;
use crate::kustomization::DRIFT;
use crate::mailbox::Trigger;
use crate::observation::Observation;

/// How many corrections of one object are made at once before pauses begin.
const FREE: u32 = 5;

/// A fight that rested this long is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(60);

/// The longest pause between two corrections of the same object.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How often which object was put back lately: two controllers that both insist must not spin.
#[derive(Debug, Default)]
pub(crate) struct Corrections(BTreeMap<Arc<ObjectRef>, Fight>);

#[derive(Debug)]
struct Fight {
    rounds: u32,
    last: Instant,
    /// When a correction that had to wait is due.
    resume: Option<Instant>,
}

impl Corrections {
    /// Counts a correction at `now`, unless it has to wait: not at all for the first few, then longer each time. What
    /// waits is due again at [`Corrections::due`].
    fn begin(&mut self, object: &Arc<ObjectRef>, now: Instant) -> Turn {
        self.0.retain(|_, fight| fight.resume.is_some() || now.duration_since(fight.last) < FORGET_AFTER);
        let fight = self.0.entry(object.clone()).or_insert(Fight { rounds: 0, last: now, resume: None });
        let pause = match fight.rounds.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(over) => Duration::from_secs(1 << over.min(6)).min(LONGEST_PAUSE),
        };
        if now < fight.last + pause {
            fight.resume = Some(fight.last + pause);
            return Turn::Wait;
        }
        *fight = Fight { rounds: fight.rounds + 1, last: now, resume: None };
        Turn::Now
    }

    /// When the first of the corrections that wait is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.0.values().filter_map(|fight| fight.resume).min()
    }

    /// The objects whose corrections waited until `now`.
    pub(crate) fn resume(&mut self, now: Instant) -> Vec<Arc<ObjectRef>> {
        let due = self.0.iter_mut().filter(|(_, fight)| fight.resume.is_some_and(|due| due <= now));
        due.map(|(object, fight)| {
            fight.resume = None;
            object.clone()
        })
        .collect()
    }
}

/// Whether a correction may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Now,
    Wait,
}

/// Applies drifted objects again as they were last applied, or only reports them where that is what is wished. A
/// failure does not hold up the others; the last one is returned.
pub(crate) async fn correct(
    work: &Work<'_>,
    applied: &mut Applied,
    objects: &[Arc<ObjectRef>],
) -> Result<(), ApplyError> {
    let Some(built) = applied.built.clone().filter(|_| work.ways.on_drift != OnDrift::Leave) else { return Ok(()) };
    if work.engine.rivals.of(Kind::from(work.subject.applier)).is_some() {
        return Ok(());
    }
    let mut outcome = Ok(());
    for object in objects {
        let Some(manifest) = built.find(object) else { continue };
        if applied.corrections.begin(object, Instant::now()) == Turn::Wait {
            continue;
        }
        match contested::is_taken(work, object).await {
            Ok(false) => {}
            Ok(true) => {
                // A whole run says whose it is.
                work.subscription.forget_unless(|other| *other != **object);
                work.mailbox.leave(Trigger::ChangedHands);
                continue;
            }
            Err(error) => {
                outcome = Err(error.into());
                continue;
            }
        }
        let Some(drift) = work.subscription.take_drift(object) else { continue };
        if drift.kind == DriftKind::Deleted && may_vanish(&manifest.value) {
            // It is done, and went as it was declared to.
            continue;
        }
        if only_warned(work, &manifest.value) {
            let message = format!("Drift detected, left as it is ({DRIFT}: warn): {}", describe(object, drift));
            work.event(EventType::Warning, "DriftDetected", &message);
            continue;
        }
        let applying = work.subscription.begin();
        let Some(declared) = settled(work, object, &manifest.value).await else { continue };
        let written = work.cluster.apply(&declared, None, &work.mode()).await;
        if let Ok(written) = &written
            && let Some(seen) = work.engine.tracker.record(&written.object)
        {
            work.subscription.expect(seen, &written.object);
        }
        drop(applying);
        match written {
            Ok(written) => tell_corrected(work, object, drift, written.change),
            Err(error) => outcome = Err(error),
        }
    }
    outcome
}

/// What a drifted object is put back to: as it was declared, but for what is ignored of it. None if nothing else differs.
async fn settled<'m>(work: &Work<'_>, object: &Arc<ObjectRef>, declared: &'m Value) -> Option<Cow<'m, Value>> {
    if !work.ignored.concerns(declared) {
        return Some(Cow::Borrowed(declared));
    }
    let Some(seen) = work.engine.tracker.seen(object) else { return Some(Cow::Borrowed(declared)) };
    let live = seen.object.value();
    let wanted = match work.ignored.settle(declared, &live) {
        Settled::AsDeclared => return Some(Cow::Borrowed(declared)),
        Settled::Excluded => return None,
        Settled::WithLiveFields(wanted) => wanted,
    };
    let after = work.cluster.dry_run_all(&[&wanted], &work.mode()).await.pop();
    if after.is_some_and(|after| after.is_ok_and(|after| changed_fields(&live, &after).is_empty())) {
        // From here on it is expected to be as it is.
        work.subscription.expect(seen, &live);
        return None;
    }
    Some(Cow::Owned(wanted))
}

/// Records what was put back, and who had changed it.
pub(crate) fn tell_corrected(work: &Work<'_>, object: &ObjectRef, drift: Drift, change: Change) {
    let message = match (drift.kind, change) {
        // The watch of what carries our labels tells of their loss as of a deletion.
        (DriftKind::Deleted, Change::Configured | Change::Unchanged) => {
            format!("Drift corrected: {} lost the labels of its {}", object.id(), work.subject.applier.kind())
        }
        (DriftKind::Deleted, Change::Created) | (DriftKind::Changed, _) => {
            format!("Drift corrected: {}", describe(object, drift))
        }
    };
    work.engine.observers.tell(Observation::Corrected { owner: work.named() });
    work.event(EventType::Warning, "DriftCorrected", &message);
}

/// Whether drift of an object is to be reported and left as it is.
fn only_warned(work: &Work<'_>, declared: &Value) -> bool {
    match work.ways.on_drift {
        OnDrift::Warn | OnDrift::Leave => true,
        OnDrift::PutBack => Wish::WarnOnDrift.of(declared),
    }
}

/// While Git declares what was applied last, a difference is drift: objects whose drift is only warned of are left. Once
/// something else is declared, they are applied like any other.
pub(crate) fn leave(work: &Work<'_>, declared: Declared, mut plan: Plan) -> Plan {
    if declared == Declared::Anew {
        return plan;
    }
    for step in plan.stages.iter_mut().flat_map(|stage| &mut stage.steps) {
        if matches!(step.action, Action::Create | Action::Apply) && only_warned(work, &step.manifest.value) {
            (step.action, step.reason) = (Action::Skip, Reason::DriftWarned);
        }
    }
    plan
}

/// `Deployment/prod/web: spec.replicas changed from 2 to 5 by kubectl-edit`.
fn describe(object: &ObjectRef, drift: Drift) -> String {
    let drift = if object.gvk.kind == "Secret" { drift.masked() } else { drift };
    match drift.kind {
        DriftKind::Deleted => format!("{} was {drift}", object.id()),
        DriftKind::Changed => format!("{}: {drift}", object.id()),
    }
}

#[cfg(test)]
mod tests {
    use manifest::GroupVersionKind;

    use super::*;

    #[test]
    fn a_fight_slows_down_and_is_forgotten() {
        let gvk = GroupVersionKind::from_api_version("v1", "ConfigMap");
        let object = Arc::new(ObjectRef::new(gvk, "a", "b"));
        let mut corrections = Corrections::default();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..FREE {
            assert_eq!(corrections.begin(&object, start), Turn::Now);
        }
        assert_eq!(corrections.due(), None);
        for _ in 0..3 {
            // However many events come meanwhile, it waits once.
            assert_eq!(corrections.begin(&object, start), Turn::Wait);
            assert_eq!(corrections.due(), Some(after(1)));
        }
        assert_eq!(corrections.resume(start), []);
        assert_eq!(corrections.resume(after(1)), std::slice::from_ref(&object));
        assert_eq!(corrections.due(), None);
        assert_eq!(corrections.begin(&object, after(1)), Turn::Now);
        assert_eq!(corrections.begin(&object, after(1)), Turn::Wait);
        assert_eq!(corrections.resume(after(3)), std::slice::from_ref(&object));
        assert_eq!(corrections.begin(&object, after(90)), Turn::Now);
        assert_eq!(corrections.begin(&object, after(90)), Turn::Now);
    }
}
