//! What a run that ended early tells the world, in helm-controller's words.

use kinds::flux::{ConditionStatus, HelmRelease};
use plan::release::{Event as Told, EventKind, Hold, hold};

use super::halt::Halt;
use super::run::Run;
use crate::clock::now;
use crate::stages::analyse;

/// Notes why a run ended early, and tells it unless that is no news.
pub(super) async fn halted(run: &Run<'_>, release: &mut HelmRelease, halt: &Halt) {
    let before = release.status.conditions.get("Ready").map(|ready| (ready.reason.clone(), ready.message.clone()));
    let told = match as_hold(halt) {
        Some(reason) => hold(release, &reason, &now()),
        None => {
            stopped(release, halt);
            Some(Told {
                kind: EventKind::Warning,
                reason: halt.reason(),
                message: halt.to_string(),
                metadata: Default::default(),
            })
        }
    };
    let after = release.status.conditions.get("Ready").map(|ready| (ready.reason.clone(), ready.message.clone()));
    if before != after {
        run.tell(told.as_slice());
    }
}

/// What helm-controller has a rule for.
fn as_hold(halt: &Halt) -> Option<Hold> {
    let text = halt.to_string();
    match halt {
        Halt::Dependencies(_) => Some(Hold::Dependency(text)),
        Halt::Expressions(_) | Halt::HealthRules(_) => Some(Hold::Expression(text)),
        Halt::SourceNotReady(_) => Some(Hold::Source(text)),
        Halt::SourceMissing(why) => Some(Hold::SourceObject(why.clone())),
        Halt::Chart(why) => Some(Hold::Chart(why.clone())),
        Halt::Values(_) => Some(Hold::Values(text)),
        Halt::AccessDenied(_) => Some(Hold::AccessDenied(text)),
        Halt::Unreadable(_)
        | Halt::OtherCluster(_)
        | Halt::Invalid(_)
        | Halt::Unsupported { .. }
        | Halt::Cycle(_)
        | Halt::IgnoreRule(_)
        | Halt::ChartObject(_)
        | Halt::Crds(_)
        | Halt::Render(_)
        | Halt::Manifest(_)
        | Halt::Analysis(_)
        | Halt::Owned(_)
        | Halt::Hook { .. }
        | Halt::Storage(_)
        | Halt::RevisionMissing { .. }
        | Halt::Stopped(_) => None,
    }
}

fn stopped(release: &mut HelmRelease, halt: &Halt) {
    let (generation, now, message) = (release.metadata.generation, now(), halt.to_string());
    let requested = release.metadata.requested_at().map(str::to_owned);
    let status = &mut release.status;
    let conditions = &mut status.conditions;
    conditions.set("Ready", ConditionStatus::False, halt.reason(), &message, generation, &now);
    if let Halt::Analysis(refused) = halt {
        analyse::note_refused(conditions, refused, generation, &now);
    }
    if halt.is_stalled() {
        conditions.remove("Reconciling");
        conditions.set("Stalled", ConditionStatus::True, halt.reason(), &message, generation, &now);
        status.observed_generation = generation;
    } else {
        conditions.remove("Stalled");
        conditions.set("Reconciling", ConditionStatus::True, "ProgressingWithRetry", &message, generation, &now);
    }
    if let Some(request) = requested {
        status.last_handled_reconcile_at = request;
    }
}

/// Tells why a deleted HelmRelease is still there.
pub(super) async fn failed_to_finalize(run: &mut Run<'_>, release: &mut HelmRelease, halt: &Halt) {
    let message = format!("cannot be deleted yet: {halt}");
    tracing::warn!(release = %run.work.subject.key, message);
    let (generation, now) = (release.metadata.generation, now());
    release.status.conditions.set("Ready", ConditionStatus::False, "UninstallFailed", &message, generation, &now);
    if let Err(error) = run.save(&release.status).await {
        tracing::warn!(release = %run.work.subject.key, %error, "cannot write status");
    }
}
