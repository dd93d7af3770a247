//! Status and conditions of a Deployment.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{DeploymentCondition, DeploymentStatus, ReplicaSetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use super::Rollout;
use crate::pods::nonzero;

pub(super) const PROGRESSING: &str = "Progressing";
pub(super) const TIMED_OUT: &str = "ProgressDeadlineExceeded";
const AVAILABLE: &str = "Available";
const REPLICA_FAILURE: &str = "ReplicaFailure";
const COMPLETE: &str = "NewReplicaSetAvailable";

/// The condition of this type.
pub(super) fn find<'a>(conditions: &'a [DeploymentCondition], kind: &str) -> Option<&'a DeploymentCondition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// A condition that began now.
pub(super) fn condition(kind: &str, status: &str, reason: &str, message: String, now: Time) -> DeploymentCondition {
    DeploymentCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message),
        last_update_time: Some(now.clone()),
        last_transition_time: Some(now),
    }
}

/// Sets a condition, unless one of the same status and reason stands; the transition time moves with the status only.
pub(super) fn set(conditions: &mut Vec<DeploymentCondition>, mut new: DeploymentCondition) {
    if let Some(old) = find(conditions, &new.type_) {
        if old.status == new.status && old.reason == new.reason {
            return;
        }
        if old.status == new.status {
            new.last_transition_time.clone_from(&old.last_transition_time);
        }
    }
    conditions.retain(|condition| condition.type_ != new.type_);
    conditions.push(new);
}

impl Rollout<'_> {
    pub(super) fn has_deadline(&self) -> bool {
        self.deadline().is_some()
    }

    fn deadline(&self) -> Option<SignedDuration> {
        let seconds = self.spec.progress_deadline_seconds.unwrap_or(600);
        (seconds != i32::MAX).then(|| SignedDuration::from_secs(seconds.into()))
    }

    /// The status as the ReplicaSets show it, conditions about availability included.
    pub(super) fn status(&self) -> DeploymentStatus {
        let sum = |count: fn(&ReplicaSetStatus) -> Option<i32>| -> i32 {
            self.sets().filter_map(|set| set.status.as_ref()).filter_map(count).sum()
        };
        let replicas = sum(|status| Some(status.replicas));
        let available = sum(|status| status.available_replicas);
        let updated = self.current.as_ref().and_then(|set| set.status.as_ref()).map_or(0, |status| status.replicas);
        let wanted: i32 = self.sets().map(super::wanted).sum();
        let mut conditions = self.conditions.clone();
        let now = Time(self.observed.now);
        let (status, reason, message) = if available >= self.replicas() - self.max_unavailable() {
            ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        } else {
            ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        };
        set(&mut conditions, condition(AVAILABLE, status, reason, message.to_owned(), now));
        DeploymentStatus {
            observed_generation: self.deployment.metadata.generation,
            replicas: nonzero(replicas),
            updated_replicas: nonzero(updated),
            ready_replicas: nonzero(sum(|status| status.ready_replicas)),
            available_replicas: nonzero(available),
            unavailable_replicas: nonzero((wanted - available).max(0)),
            collision_count: self.collisions,
            conditions: Some(conditions),
            ..DeploymentStatus::default()
        }
    }

    /// Whether the rollout is over and everything desired is there.
    pub(super) fn is_complete(&self, status: &DeploymentStatus) -> bool {
        let all = Some(self.replicas());
        let count = |number: Option<i32>| Some(number.unwrap_or(0));
        count(status.updated_replicas) == all
            && count(status.replicas) == all
            && count(status.available_replicas) == all
            && status.observed_generation >= self.deployment.metadata.generation
    }

    /// Whether anything moved forward since the status that was last written.
    fn is_progressing(&self, new: &DeploymentStatus) -> bool {
        let old = self.deployment.status.clone().unwrap_or_default();
        let count = |number: Option<i32>| number.unwrap_or(0);
        let outdated = |status: &DeploymentStatus| count(status.replicas) - count(status.updated_replicas);
        count(new.updated_replicas) > count(old.updated_replicas)
            || outdated(new) < outdated(&old)
            || count(new.ready_replicas) > count(old.ready_replicas)
            || count(new.available_replicas) > count(old.available_replicas)
    }

    /// Writes the status without judging progress.
    pub(super) fn report(&mut self) {
        let status = self.status();
        self.write_status(&status);
    }

    /// Writes the status with the verdict on progress, and wakes when the deadline comes.
    pub(super) fn report_progress(&mut self) {
        let mut status = self.status();
        let mut conditions = status.conditions.take().unwrap_or_default();
        match self.deadline() {
            None => conditions.retain(|condition| condition.type_ != PROGRESSING),
            Some(deadline) => self.judge(&status, &mut conditions, deadline),
        }
        self.report_replica_failure(&mut conditions);
        status.conditions = Some(conditions);
        self.write_status(&status);
    }

    fn judge(
        &mut self,
        status: &DeploymentStatus,
        conditions: &mut Vec<DeploymentCondition>,
        deadline: SignedDuration,
    ) {
        let current = find(conditions, PROGRESSING).cloned();
        let reason = current.as_ref().and_then(|condition| condition.reason.as_deref());
        if status.replicas == status.updated_replicas && reason == Some(COMPLETE) {
            return;
        }
        let now = Time(self.observed.now);
        let subject = match &self.current {
            Some(set) => format!("ReplicaSet \"{}\"", set.name_any()),
            None => format!("Deployment \"{}\"", self.deployment.name_any()),
        };
        if self.is_complete(status) {
            let message = format!("{subject} has successfully progressed.");
            set(conditions, condition(PROGRESSING, "True", COMPLETE, message, now));
        } else if self.is_progressing(status) {
            let message = format!("{subject} is progressing.");
            let mut new = condition(PROGRESSING, "True", "ReplicaSetUpdated", message, now);
            if let Some(old) = current.filter(|old| old.status == "True") {
                new.last_transition_time = old.last_transition_time;
            }
            // Not through `set`: every move forward gives the rollout its whole deadline again.
            conditions.retain(|condition| condition.type_ != PROGRESSING);
            conditions.push(new);
            self.step.wake_at(self.observed.now.checked_add(deadline).ok());
        } else if let Some(due) = current.as_ref().and_then(|condition| overdue_at(condition, deadline)) {
            if due < self.observed.now {
                let message = format!("{subject} has timed out progressing.");
                set(conditions, condition(PROGRESSING, "False", TIMED_OUT, message, now));
            } else {
                // A moment later, so that the deadline has surely passed by then.
                self.step.wake_at(due.checked_add(SignedDuration::from_secs(1)).ok());
            }
        }
    }

    /// Passes on why a ReplicaSet cannot create its pods.
    fn report_replica_failure(&self, conditions: &mut Vec<DeploymentCondition>) {
        let failures = self.current.iter().chain(&self.old).filter_map(|set| set.status.as_ref()).flat_map(|status| {
            status.conditions.iter().flatten().filter(|condition| condition.type_ == REPLICA_FAILURE)
        });
        match failures.into_iter().next() {
            Some(failure) => set(
                conditions,
                condition(
                    REPLICA_FAILURE,
                    &failure.status,
                    failure.reason.as_deref().unwrap_or_default(),
                    failure.message.clone().unwrap_or_default(),
                    Time(self.observed.now),
                ),
            ),
            None => conditions.retain(|condition| condition.type_ != REPLICA_FAILURE),
        }
    }
}

/// When a rollout that shows `condition` has used its deadline up; `None` once it is over or judged.
fn overdue_at(condition: &DeploymentCondition, deadline: SignedDuration) -> Option<Timestamp> {
    if matches!(condition.reason.as_deref(), Some(COMPLETE | TIMED_OUT)) {
        return None;
    }
    condition.last_update_time.as_ref()?.0.checked_add(deadline).ok()
}
