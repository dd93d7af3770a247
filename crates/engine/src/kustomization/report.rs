//! What a run tells the world: status, conditions, history and events, in kustomize-controller's words.

use std::collections::BTreeMap;

use cluster::{ClusterError, EventType};
use futures::FutureExt;
use futures::future::BoxFuture;
use kinds::flux::kustomization::{HISTORY_LENGTH, HistoryEntry, KustomizationStatus};
use kinds::flux::{ConditionStatus, Conditions, GoDuration, Kustomization};
use manifest::{ObjectId, Value};
use plan::decide::{Action, Plan};
use plan::health::Health;
use plan::inventory::{Entry, Inventory};
use plan::labels::Applier;
use serde_json::json;

use super::PINNED_REVISION;
use super::gate;
use super::halt::Halt;
use crate::clock::now;
use crate::events::{Event, Events};
use crate::mailbox::Trigger;
use crate::pipeline::{Progress, Run};
use crate::stages::analyse;
use crate::stages::apply::Declared;
use crate::stages::contested;
use crate::stages::health::{Checked, summary};
use crate::stages::status;
use crate::stages::stop::Stop;
use crate::stages::work::Waiting;

/// Before anything new is created, its id is written down, so that a crash at any point leaves no orphan.
pub(crate) async fn intend(run: &Run<'_>, revision: &str, plan: &Plan, inventory: &mut Inventory) -> Result<(), Halt> {
    let created = plan.steps().filter(|step| matches!(step.action, Action::Create | Action::Apply | Action::Recreate));
    let known: std::collections::BTreeSet<&ObjectId> = inventory.entries.iter().map(|entry| &entry.id).collect();
    let new: Vec<Entry> =
        created.filter_map(|step| Entry::of(&step.manifest.value)).filter(|entry| !known.contains(&entry.id)).collect();
    if new.is_empty() {
        return Ok(());
    }
    inventory.entries.extend(new);
    let mut conditions = run.kustomization.status.conditions.clone();
    let message = format!("Applying revision {revision}");
    set_progressing(&mut conditions, run.kustomization, &message);
    status::write(
        &run.work,
        json!({"conditions": conditions, "inventory": inventory.to_status(), "lastAttemptedRevision": revision}),
    )
    .await?;
    Ok(())
}

/// Whether Git declares what was applied last.
pub(crate) fn declared(run: &Run<'_>, progress: &Progress) -> Declared {
    let last = run.kustomization.status.history.first();
    let applied = last.filter(|last| applied_as_declared(&last.last_reconciled_status));
    match applied {
        Some(last) if Some(&last.digest) == progress.digest.as_ref() => Declared::AsBefore,
        Some(_) | None => Declared::Anew,
    }
}

/// Whether a run that ended for this reason applied all that is its own.
fn applied_as_declared(reason: &str) -> bool {
    reason == "ReconciliationSucceeded" || reason == contested::REASON
}

/// A run that waits for the health of a revision.
pub(crate) struct Awaiting<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) revision: &'a str,
}

impl Waiting for Awaiting<'_> {
    fn is_superseded_by(&self, trigger: &Trigger) -> bool {
        match trigger {
            Trigger::Changed | Trigger::Requested | Trigger::RivalChanged => true,
            Trigger::SourceChanged => !gate::is_newest(self.run, self.revision),
            Trigger::Seen
            | Trigger::FilesChanged
            | Trigger::DependencyChanged
            | Trigger::ReferenceChanged
            | Trigger::StorageChanged
            | Trigger::ChangedHands
            | Trigger::HolderChanged
            | Trigger::Drifted(_)
            | Trigger::Recovered
            | Trigger::Due => false,
        }
    }

    fn revision(&self) -> &str {
        self.revision
    }

    fn progress<'a>(&'a self, on: &'a [(ObjectId, Health)]) -> BoxFuture<'a, ()> {
        progress(self.run, self.revision, on).boxed()
    }
}

/// Tells what is being waited for.
async fn progress(run: &Run<'_>, revision: &str, on: &[(ObjectId, Health)]) {
    let mut conditions = current(run).conditions;
    let message = format!("Applied {revision}, waiting for health: {}", summary(on));
    set_progressing(&mut conditions, run.kustomization, &message);
    if let Err(error) =
        status::write(&run.work, json!({"conditions": conditions, "lastAttemptedRevision": revision})).await
    {
        // The result of the wait is written again, and that one matters.
        tracing::debug!(kustomization = %run.work.subject.key, %error, "cannot write progress");
    }
}

fn set_progressing(conditions: &mut Conditions, kustomization: &Kustomization, message: &str) {
    let (generation, now) = (kustomization.metadata.generation, now());
    conditions.set("Reconciling", ConditionStatus::True, "Progressing", message, generation, &now);
    conditions.set("Ready", ConditionStatus::Unknown, "Progressing", "Reconciliation in progress", generation, &now);
    conditions.remove("Stalled");
}

/// Writes the result of a run, and the events it deserves. A result equal to what stands there costs no request.
pub(crate) async fn finished(
    run: &Run<'_>,
    progress: &Progress,
    result: &Result<(), Halt>,
) -> Result<(), ClusterError> {
    let before = current(run);
    let after = status_after(run.kustomization, before.clone(), progress, result, &now());
    let before = serde_json::to_value(&before).unwrap_or_default();
    let after = serde_json::to_value(&after).unwrap_or_default();
    let unchanged = same_but_for_times(&before, &after);
    if !unchanged {
        status::write(&run.work, status::replacing(&before, after)).await?;
    }
    if !unchanged {
        analyse::warn(&run.work, &progress.found);
    }
    match result {
        Ok(()) if unchanged && progress.changes.is_empty() => {}
        Ok(()) => {
            let changes = progress.changes.effective();
            if !changes.changes.is_empty() {
                run.work.event(EventType::Normal, "Progressing", &changes.to_string());
            }
            let next = run.kustomization.spec.interval;
            let message = format!("Reconciliation finished in {}, next run in {next}", rounded(progress));
            run.work.event(EventType::Normal, "ReconciliationSucceeded", &message);
        }
        // Waiting for somebody else is no news the second time.
        Err(Halt::Dependencies(_) | Halt::Contested(_)) if unchanged => {}
        Err(Halt::Stopped(Stop::Superseded(message))) => {
            run.work.event(EventType::Normal, "HealthCheckCanceled", message)
        }
        Err(halt @ Halt::Dependencies(_)) => run.work.event(EventType::Normal, halt.reason(), &halt.to_string()),
        Err(halt) => run.work.event(EventType::Warning, halt.reason(), &halt.to_string()),
    }
    Ok(())
}

/// The status after a run, as kustomize-controller would write it over the one before.
fn status_after(
    kustomization: &Kustomization,
    mut status: KustomizationStatus,
    progress: &Progress,
    result: &Result<(), Halt>,
    now: &str,
) -> KustomizationStatus {
    let generation = kustomization.metadata.generation;
    if !progress.inventory.entries.is_empty() || status.inventory.is_some() {
        status.inventory = Some(progress.inventory.to_status());
    }
    if let Some(revision) = &progress.revision {
        status.last_attempted_revision = Some(revision.clone());
    }
    status.last_handled_reconcile_at =
        kustomization.metadata.requested_at().map(str::to_owned).or(status.last_handled_reconcile_at);
    let set = |conditions: &mut Conditions, kind: &str, status, reason: &str, message: &str| {
        conditions.set(kind, status, reason, message, generation, now);
    };
    let conditions = &mut status.conditions;
    match result {
        Err(Halt::Analysis(refused)) => analyse::note_refused(conditions, refused, generation, now),
        // A run that ended before the analysis has nothing new to say of it.
        _ if progress.digest.is_none() => {}
        _ => analyse::note_reported(conditions, &progress.found, generation, now),
    }
    let reason = match result {
        Ok(()) => {
            status.observed_generation = generation;
            status.last_applied_revision = progress.revision.clone();
            conditions.remove("Reconciling");
            conditions.remove("Stalled");
            match &progress.checked {
                Some(Checked::Healthy { assumed, after }) => {
                    set(conditions, "Healthy", ConditionStatus::True, "Succeeded", &healthy(assumed, *after));
                }
                Some(Checked::Nothing) | None => conditions.remove("Healthy"),
            }
            let message = applied(kustomization, progress);
            set(conditions, "Ready", ConditionStatus::True, "ReconciliationSucceeded", &message);
            "ReconciliationSucceeded"
        }
        Err(halt) => {
            let message = halt.to_string();
            if halt.is_stalled() {
                status.observed_generation = generation;
                conditions.remove("Reconciling");
                set(conditions, "Stalled", ConditionStatus::True, halt.reason(), &message);
            } else {
                conditions.remove("Stalled");
                set(conditions, "Reconciling", ConditionStatus::True, "ProgressingWithRetry", &message);
            }
            if let Halt::Stopped(Stop::Unhealthy { .. }) = halt {
                set(conditions, "Healthy", ConditionStatus::False, halt.reason(), &message);
            }
            set(conditions, "Ready", ConditionStatus::False, halt.reason(), &message);
            halt.reason()
        }
    };
    if let (Some(digest), Some(revision)) = (&progress.digest, &progress.revision) {
        remember(&mut status.history, digest, revision, reason, progress, now);
    }
    status
}

/// `Applied revision: main@sha1:…`, and what is unusual about it.
fn applied(kustomization: &Kustomization, progress: &Progress) -> String {
    let mut message = format!("Applied revision: {}", progress.revision.as_deref().unwrap_or_default());
    if kustomization.metadata.annotations.contains_key(PINNED_REVISION) {
        message.push_str(" (pinned by a rollback until it is released)");
    }
    if let Some(Checked::Healthy { assumed, .. }) = &progress.checked
        && !assumed.is_empty()
    {
        message.push_str(&format!(" ({} assumed ready)", list(assumed)));
    }
    message
}

fn healthy(assumed: &std::collections::BTreeSet<String>, after: std::time::Duration) -> String {
    let passed = format!("Health check passed in {}", GoDuration(rounded_duration(after)));
    if assumed.is_empty() { passed } else { format!("{passed}, with {} assumed ready", list(assumed)) }
}

fn list(kinds: &std::collections::BTreeSet<String>) -> String {
    kinds.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Puts a result first in the history, or counts it up if it is there.
fn remember(
    history: &mut Vec<HistoryEntry>,
    digest: &str,
    revision: &str,
    reason: &str,
    progress: &Progress,
    now: &str,
) {
    let mut metadata = BTreeMap::from([("revision".to_owned(), revision.to_owned())]);
    metadata.extend(progress.author.iter().map(|author| ("author".to_owned(), author.clone())));
    let earlier = history
        .iter()
        .position(|entry| entry.digest == digest && entry.metadata.get("revision") == metadata.get("revision"));
    let entry = match earlier.map(|index| history.remove(index)) {
        Some(entry) => HistoryEntry { total_reconciliations: entry.total_reconciliations + 1, ..entry },
        None => HistoryEntry {
            digest: digest.to_owned(),
            first_reconciled: now.to_owned(),
            last_reconciled: String::new(),
            last_reconciled_duration: String::new(),
            last_reconciled_status: String::new(),
            total_reconciliations: 1,
            metadata: BTreeMap::new(),
        },
    };
    history.insert(
        0,
        HistoryEntry {
            last_reconciled: now.to_owned(),
            last_reconciled_duration: rounded(progress).to_string(),
            last_reconciled_status: reason.to_owned(),
            metadata,
            ..entry
        },
    );
    history.truncate(HISTORY_LENGTH);
}

fn rounded(progress: &Progress) -> GoDuration {
    GoDuration(rounded_duration(progress.took))
}

/// To the millisecond: nobody reads more.
fn rounded_duration(duration: std::time::Duration) -> std::time::Duration {
    std::time::Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// Whether two statuses say the same, leaving out when and how often it was found.
fn same_but_for_times(before: &Value, after: &Value) -> bool {
    let bare = |status: &Value| {
        let mut status = status.clone();
        for entry in status["history"].as_array_mut().into_iter().flatten() {
            for field in ["lastReconciled", "lastReconciledDuration", "totalReconciliations"] {
                entry[field] = Value::Null;
            }
        }
        for condition in status["conditions"].as_array_mut().into_iter().flatten() {
            condition["lastTransitionTime"] = Value::Null;
            if condition["type"] == "Healthy" && condition["status"] == "True" {
                condition["message"] = Value::Null;
            }
        }
        status
    };
    bare(before) == bare(after)
}

/// The status as it stands: what was written during this run, else what the run began with.
fn current(run: &Run<'_>) -> KustomizationStatus {
    let object = run.work.engine.directory.kustomization(&run.work.subject.key);
    let read = object.and_then(|object| Kustomization::read(&object).ok());
    let same = read.filter(|read| read.metadata.uid == run.kustomization.metadata.uid);
    same.map_or_else(|| run.kustomization.status.clone(), |read| read.status)
}

/// Tells why a deleted Kustomization is still there.
pub(crate) fn failed_to_finalize(events: &Events, object: &Value, halt: &Halt) {
    let message = format!("cannot be deleted yet: {halt}");
    tracing::warn!(object = %object["metadata"]["name"], message);
    warn(events, object, halt, &message);
}

fn warn(events: &Events, object: &Value, halt: &Halt, message: &str) {
    let event = Event { kind: EventType::Warning, reason: halt.reason(), message, revision: None };
    events.record(object, Applier::Kustomization.manager(), event);
}
