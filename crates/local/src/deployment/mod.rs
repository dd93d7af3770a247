//! Deployments: rollouts over ReplicaSets, by upstream's arithmetic.

mod cleanup;
mod revision;
mod rollout;
mod scaling;
mod status;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{Deployment, DeploymentCondition, DeploymentSpec, DeploymentStatus, ReplicaSet};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;

use crate::action::{Action, Event, Step};
use crate::pods::{self, Rounding};

/// Annotation: which rollout a ReplicaSet belongs to.
pub(crate) const REVISION: &str = "deployment.kubernetes.io/revision";
/// Annotation: earlier revisions of a ReplicaSet that was rolled back to.
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// Annotation: the Deployment's replicas when a ReplicaSet was last scaled.
const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// Annotation: how many pods the Deployment could have had then.
const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
/// Label: the hash of the template a ReplicaSet and its pods are made from.
pub(crate) const TEMPLATE_HASH: &str = "pod-template-hash";

/// Whether old pods have to be gone before new ones may come.
pub(crate) fn waits_for_pods(deployment: &Deployment) -> bool {
    let strategy = deployment.spec.as_ref().and_then(|spec| spec.strategy.as_ref());
    strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate")
}

/// What a Deployment's rollout is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) deployment: &'a Deployment,
    /// The ReplicaSets it controls.
    pub(crate) replica_sets: &'a [Arc<ReplicaSet>],
    /// Pods that have not ended, terminating ones included, by the uid of their ReplicaSet.
    pub(crate) living_pods: &'a BTreeMap<String, usize>,
    /// What the API server said to a ReplicaSet it refused.
    pub(crate) refusal: Option<&'a str>,
    pub(crate) now: Timestamp,
}

/// The state of one decision: inputs, and what has been decided so far.
struct Rollout<'a> {
    observed: &'a Observed<'a>,
    deployment: &'a Deployment,
    spec: &'a DeploymentSpec,
    /// The ReplicaSet whose template is the Deployment's, as it will be after this step.
    current: Option<ReplicaSet>,
    /// All others, oldest first, as they will be after this step.
    old: Vec<ReplicaSet>,
    conditions: Vec<DeploymentCondition>,
    collisions: Option<i32>,
    step: Step,
}

/// One look at a Deployment.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let deployment = observed.deployment;
    let Some(spec) = &deployment.spec else { return Step::default() };
    let mut rollout = Rollout::new(observed, spec);
    if deployment.metadata.deletion_timestamp.is_some() {
        rollout.report();
        return rollout.step;
    }
    rollout.note_pause();
    if spec.paused == Some(true) {
        rollout.adopt_revision();
        rollout.scale();
        rollout.clean_up();
        rollout.report();
    } else if rollout.was_scaled() {
        rollout.adopt_revision();
        rollout.scale();
        rollout.report();
    } else if rollout.is_recreate() {
        rollout.recreate();
        rollout.report_progress();
    } else {
        rollout.roll();
        rollout.report_progress();
    }
    rollout.step
}

impl<'a> Rollout<'a> {
    fn new(observed: &'a Observed<'a>, spec: &'a DeploymentSpec) -> Self {
        let mut sets: Vec<ReplicaSet> = observed.replica_sets.iter().map(|set| (**set).clone()).collect();
        sets.sort_by_cached_key(|set| (set.creation_timestamp().map(|time| time.0), set.name_any()));
        let current = sets.iter().position(|set| revision::same_template(set, &spec.template));
        let current = current.map(|index| sets.remove(index));
        let status = observed.deployment.status.as_ref();
        Self {
            observed,
            deployment: observed.deployment,
            spec,
            current,
            old: sets,
            conditions: status.and_then(|status| status.conditions.clone()).unwrap_or_default(),
            collisions: status.and_then(|status| status.collision_count),
            step: Step::default(),
        }
    }

    fn sets(&self) -> impl Iterator<Item = &ReplicaSet> {
        self.old.iter().chain(&self.current)
    }

    fn replicas(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    fn is_recreate(&self) -> bool {
        waits_for_pods(self.deployment)
    }

    /// How many pods may be there above the desired number.
    fn max_surge(&self) -> i32 {
        if self.is_recreate() { 0 } else { self.fenceposts().0 }
    }

    /// How many of the desired pods may be missing.
    fn max_unavailable(&self) -> i32 {
        if self.is_recreate() || self.replicas() == 0 { 0 } else { self.fenceposts().1.min(self.replicas()) }
    }

    /// Surge rounds up and unavailability down; if both are 0, one pod may be missing, or nothing could ever move.
    fn fenceposts(&self) -> (i32, i32) {
        let rolling = self.spec.strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
        let surge = rolling.and_then(|rolling| rolling.max_surge.as_ref());
        let unavailable = rolling.and_then(|rolling| rolling.max_unavailable.as_ref());
        let quarter = k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::String("25%".to_owned());
        let surge = pods::resolve(Some(surge.unwrap_or(&quarter)), self.replicas(), Rounding::Up);
        let unavailable = pods::resolve(Some(unavailable.unwrap_or(&quarter)), self.replicas(), Rounding::Down);
        if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
    }

    fn event(&mut self, reason: &'static str, message: String) {
        self.step.push(Event::normal(self.deployment, reason, message));
    }

    /// Says on the Progressing condition that a pause began or ended, unless the rollout has already timed out.
    fn note_pause(&mut self) {
        if self.spec.progress_deadline_seconds.is_none_or(|seconds| seconds == i32::MAX) {
            return;
        }
        let reason = status::find(&self.conditions, status::PROGRESSING).and_then(|found| found.reason.as_deref());
        if reason == Some(status::TIMED_OUT) {
            return;
        }
        let was_paused = reason == Some("DeploymentPaused");
        match (self.spec.paused == Some(true), was_paused) {
            (true, false) => self.progressing("Unknown", "DeploymentPaused", "Deployment is paused".to_owned()),
            (false, true) => self.progressing("Unknown", "DeploymentResumed", "Deployment is resumed".to_owned()),
            (true, true) | (false, false) => {}
        }
    }

    fn progressing(&mut self, status: &str, reason: &str, message: String) {
        let now = Time(self.observed.now);
        status::set(&mut self.conditions, status::condition(status::PROGRESSING, status, reason, message, now));
    }

    /// Writes the status, if anything in it changed.
    fn write_status(&mut self, status: &DeploymentStatus) {
        let action = Action::status(self.deployment, &self.deployment.status, status);
        self.step.push(action);
    }
}

/// What the specification of `set` asks for.
fn wanted(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// How many pods of `set` are available.
fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}
