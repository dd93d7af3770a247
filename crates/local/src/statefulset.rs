//! StatefulSets: pods with names, in order.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{ControllerRevision, StatefulSet, StatefulSetSpec, StatefulSetStatus};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Pod, Volume};
use kube::ResourceExt;

use crate::action::{Action, Event, Step, Story};
use crate::pods::{self, Availability, nonzero};
use crate::revisions::{self, REVISION_HASH};

/// What a StatefulSet is decided by.
pub(crate) struct Observed<'a> {
    pub(crate) set: &'a StatefulSet,
    /// The pods it controls.
    pub(crate) pods: &'a [Arc<Pod>],
    /// The revisions it controls.
    pub(crate) history: &'a [Arc<ControllerRevision>],
    /// Whether a claim of this name exists in its namespace.
    pub(crate) has_claim: &'a dyn Fn(&str) -> bool,
    pub(crate) now: Timestamp,
}

struct Decision<'a> {
    observed: &'a Observed<'a>,
    set: &'a StatefulSet,
    spec: &'a StatefulSetSpec,
    current: ControllerRevision,
    update: ControllerRevision,
    by_ordinal: BTreeMap<i32, &'a Pod>,
    /// Pods that are of the current revision.
    current_count: i32,
    step: Step,
}

/// One look at a StatefulSet.
pub(crate) fn step(observed: &Observed<'_>) -> Step {
    let set = observed.set;
    let Some(spec) = &set.spec else { return Step::default() };
    let mut step = Step::default();
    let status = set.status.as_ref();
    let collisions = status.and_then(|status| status.collision_count);
    let update = revisions::ensure(set, &spec.template, observed.history, collisions, &mut step);
    let current_name = status.and_then(|status| status.current_revision.as_deref());
    let current = observed.history.iter().find(|revision| Some(revision.name_any().as_str()) == current_name);
    let current = current.map_or_else(|| update.clone(), |revision| (**revision).clone());
    let by_ordinal = observed.pods.iter().filter_map(|pod| Some((ordinal(pod)?, &**pod))).collect();
    let mut decision = Decision { observed, set, spec, current, update, by_ordinal, current_count: 0, step };
    decision.report();
    if set.metadata.deletion_timestamp.is_none() {
        decision.act();
        let used = [decision.current.name_any(), decision.update.name_any()];
        let used: Vec<&str> = used.iter().map(String::as_str).collect();
        revisions::clean_up(observed.history, &used, spec.revision_history_limit, &mut decision.step);
    }
    decision.step
}

/// The number at the end of a pod's name.
fn ordinal(pod: &Pod) -> Option<i32> {
    pod.metadata.name.as_deref()?.rsplit_once('-')?.1.parse().ok()
}

impl Decision<'_> {
    fn replicas(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    fn first(&self) -> i32 {
        self.spec.ordinals.as_ref().and_then(|ordinals| ordinals.start).unwrap_or(0)
    }

    fn in_parallel(&self) -> bool {
        self.spec.pod_management_policy.as_deref() == Some("Parallel")
    }

    fn rolls(&self) -> bool {
        self.spec.update_strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()) != Some("OnDelete")
    }

    /// Ordinals below this one stay on the current revision.
    fn partition(&self) -> i32 {
        let strategy = self.spec.update_strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
        self.first() + strategy.and_then(|rolling| rolling.partition).unwrap_or(0)
    }

    /// Whether `pod` is up for as long as it has to be; wakes when it will have been.
    fn is_healthy(&mut self, pod: &Pod) -> bool {
        match pods::availability(pod, self.spec.min_ready_seconds, self.observed.now) {
            Availability::Available => pod.metadata.deletion_timestamp.is_none(),
            Availability::From(at) => {
                self.step.wake_at(at);
                false
            }
            Availability::NotReady => false,
        }
    }

    /// Makes one move (ordered) or all possible ones (parallel): create, replace, remove, update.
    fn act(&mut self) {
        let ordinals = self.first()..self.first() + self.replicas();
        for number in ordinals.clone() {
            let settled = self.settle(number);
            if !settled && !self.in_parallel() {
                return;
            }
        }
        let condemned: Vec<(i32, Pod)> = self
            .by_ordinal
            .iter()
            .rev()
            .filter(|(number, _)| !ordinals.contains(number))
            .map(|(number, pod)| (*number, (*pod).clone()))
            .collect();
        let removing = !condemned.is_empty();
        for (_, pod) in condemned {
            if pod.metadata.deletion_timestamp.is_none() {
                self.remove(&pod);
            }
            if !self.in_parallel() {
                return;
            }
        }
        if !removing && self.rolls() {
            self.roll(ordinals);
        }
    }

    /// Sees to one ordinal; whether it is as it should be.
    fn settle(&mut self, number: i32) -> bool {
        match self.by_ordinal.get(&number).copied() {
            None => {
                self.create(number);
                false
            }
            Some(pod) if pods::has_ended(pod) && pod.metadata.deletion_timestamp.is_none() => {
                let message = format!("StatefulSet {} is recreating failed Pod {}", self.path(), pod.name_any());
                self.step.push(Event::warning(self.set, "RecreatingFailedPod", message));
                self.remove(pod);
                false
            }
            Some(pod) => self.is_healthy(pod),
        }
    }

    /// Replaces the highest outdated pod; each replaced one has to be healthy before the next goes.
    fn roll(&mut self, ordinals: std::ops::Range<i32>) {
        let update = self.update.name_any();
        let partition = self.partition();
        for number in ordinals.rev().take_while(|number| *number >= partition) {
            let Some(pod) = self.by_ordinal.get(&number).copied() else { return };
            if pod.labels().get(REVISION_HASH) != Some(&update) && pod.metadata.deletion_timestamp.is_none() {
                self.remove(pod);
                return;
            }
            if !self.is_healthy(pod) {
                return;
            }
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", self.set.namespace().unwrap_or_default(), self.set.name_any())
    }

    fn remove(&mut self, pod: &Pod) {
        self.step.push(Action::delete(pod));
        let message = format!("delete Pod {} in StatefulSet {} successful", pod.name_any(), self.set.name_any());
        self.step.push(Event::normal(self.set, "SuccessfulDelete", message));
    }

    fn create(&mut self, number: i32) {
        // A pod below the partition, or not yet reached by the update, comes back as it was.
        let unreached = self.first() + self.current_count;
        let keeps = self.rolls() && number < if self.partition() > self.first() { self.partition() } else { unreached };
        let revision = if keeps { &self.current } else { &self.update };
        let template = revisions::template(revision).unwrap_or_else(|| self.spec.template.clone());
        let name = format!("{}-{number}", self.set.name_any());
        let mut pod = pods::from_template(&template, self.set);
        pod.metadata.generate_name = None;
        pod.metadata.name = Some(name.clone());
        let labels = pod.labels_mut();
        labels.insert(REVISION_HASH.to_owned(), revision.name_any());
        labels.insert("statefulset.kubernetes.io/pod-name".to_owned(), name.clone());
        labels.insert("apps.kubernetes.io/pod-index".to_owned(), number.to_string());
        if let Some(spec) = &mut pod.spec {
            spec.hostname = Some(name.clone());
            spec.subdomain.clone_from(&self.spec.service_name);
        }
        self.claim(&mut pod, number);
        self.step.push(Action::create(&pod, Story::Silent));
        let message = format!("create Pod {name} in StatefulSet {} successful", self.set.name_any());
        self.step.push(Event::normal(self.set, "SuccessfulCreate", message));
    }

    fn is_of(&self, pod: &Pod, revision: &ControllerRevision) -> bool {
        pod.labels().get(REVISION_HASH) == Some(&revision.name_any())
    }

    /// Gives the pod its own claims, creating those that are missing.
    fn claim(&mut self, pod: &mut Pod, number: i32) {
        for template in self.spec.volume_claim_templates.iter().flatten() {
            let volume = template.name_any();
            let name = format!("{volume}-{}-{number}", self.set.name_any());
            if !(self.observed.has_claim)(&name) {
                let mut claim = PersistentVolumeClaim { status: None, ..template.clone() };
                claim.metadata.name = Some(name.clone());
                claim.metadata.namespace = self.set.namespace();
                claim.metadata.creation_timestamp = None;
                if let Some(labels) = &self.spec.selector.match_labels {
                    claim.labels_mut().extend(labels.clone());
                }
                self.step.push(Action::create(&claim, Story::Silent));
                let message = format!(
                    "create Claim {name} Pod {} in StatefulSet {} success",
                    pod.name_any(),
                    self.set.name_any()
                );
                self.step.push(Event::normal(self.set, "SuccessfulCreate", message));
            }
            let volumes = pod.spec.get_or_insert_default().volumes.get_or_insert_default();
            volumes.retain(|known| known.name != volume);
            volumes.push(Volume {
                name: volume,
                persistent_volume_claim: Some(PersistentVolumeClaimVolumeSource {
                    claim_name: name,
                    ..PersistentVolumeClaimVolumeSource::default()
                }),
                ..Volume::default()
            });
        }
    }

    fn report(&mut self) {
        let living: Vec<&Pod> = self.by_ordinal.values().copied().filter(|pod| !pods::has_ended(pod)).collect();
        let tally = pods::tally(living.iter().copied(), self.spec.min_ready_seconds, self.observed.now);
        self.step.wake_at(tally.next);
        let of = |revision: &ControllerRevision| {
            let active = living.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none());
            pods::number(active.filter(|pod| self.is_of(pod, revision)).count())
        };
        let (mut current_count, updated) = (of(&self.current), of(&self.update));
        let replicas = pods::number(living.len());
        if self.rolls() && updated == replicas && replicas == self.replicas() && tally.ready == replicas {
            self.current = self.update.clone();
            current_count = updated;
        }
        self.current_count = current_count;
        let before = self.set.status.as_ref();
        let status = StatefulSetStatus {
            observed_generation: self.set.metadata.generation,
            replicas,
            ready_replicas: nonzero(tally.ready),
            available_replicas: Some(tally.available),
            current_replicas: nonzero(current_count),
            updated_replicas: nonzero(updated),
            current_revision: self.current.metadata.name.clone(),
            update_revision: self.update.metadata.name.clone(),
            collision_count: Some(before.and_then(|status| status.collision_count).unwrap_or(0)),
            conditions: before.and_then(|status| status.conditions.clone()),
        };
        self.step.push(Action::status(self.set, &self.set.status, &status));
    }
}
