//! Which ReplicaSet is the current one, how it is made, and how revisions are numbered.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use kube::ResourceExt;

use super::{DESIRED_REPLICAS, MAX_REPLICAS, REVISION, REVISION_HISTORY, Rollout, TEMPLATE_HASH, status};
use crate::action::{Action, Story};
use crate::hash::template_hash;
use crate::pods;

/// Annotations a Deployment keeps for itself.
const NOT_INHERITED: [&str; 5] =
    ["kubectl.kubernetes.io/last-applied-configuration", REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS];

/// Whether `set` was made from `template`, the hash label aside.
pub(super) fn same_template(set: &ReplicaSet, template: &PodTemplateSpec) -> bool {
    let Some(mut theirs) = set.spec.as_ref().and_then(|spec| spec.template.clone()) else { return false };
    let mut ours = template.clone();
    for side in [&mut theirs, &mut ours] {
        if let Some(meta) = &mut side.metadata {
            meta.creation_timestamp = None;
            if let Some(labels) = &mut meta.labels {
                labels.remove(TEMPLATE_HASH);
            }
            meta.labels = meta.labels.take().filter(|labels| !labels.is_empty());
            meta.annotations = meta.annotations.take().filter(|annotations| !annotations.is_empty());
        }
        side.metadata = side.metadata.take().filter(|meta| *meta != ObjectMeta::default());
    }
    theirs == ours
}

/// The revision number of `set`; 0 if it has none yet.
pub(super) fn revision(set: &ReplicaSet) -> i64 {
    set.annotations().get(REVISION).and_then(|revision| revision.parse().ok()).unwrap_or(0)
}

impl Rollout<'_> {
    /// Keeps the revision, annotations and minReadySeconds of the current ReplicaSet right, if there is one.
    ///
    /// Returns whether it needed a change, after which upstream waits for another look.
    pub(super) fn adopt_revision(&mut self) -> bool {
        let newest = self.old.iter().map(revision).max().unwrap_or(0) + 1;
        let Some(current) = &self.current else { return false };
        let mut desired = current.clone();
        self.inherit(&mut desired, newest);
        if let Some(spec) = &mut desired.spec {
            spec.min_ready_seconds = self.spec.min_ready_seconds;
        }
        let name = current.name_any();
        let number = desired.annotations().get(REVISION).cloned();
        let update = Action::update(current, &desired);
        let changed = update.is_some();
        self.step.push(update);
        self.current = Some(desired);
        self.number(number);
        let has_progress = status::find(&self.conditions, status::PROGRESSING).is_some();
        if self.has_deadline() && !has_progress {
            self.progressing("True", "FoundNewReplicaSet", format!("Found new replica set \"{name}\""));
        }
        changed
    }

    /// Makes sure that there is a ReplicaSet for the template.
    pub(super) fn ensure_current(&mut self) {
        if self.current.is_some() {
            self.adopt_revision();
            return;
        }
        if let Some(refusal) = self.observed.refusal {
            self.progressing("False", "ReplicaSetCreateError", refusal.to_owned());
            let status = self.status();
            self.write_status(&status);
        }
        let mut hash = template_hash(&self.spec.template, self.collisions);
        while self.old.iter().any(|set| set.name_any() == self.set_name(&hash)) {
            let collisions = self.collisions.unwrap_or(0) + 1;
            self.collisions = Some(collisions);
            hash = template_hash(&self.spec.template, self.collisions);
        }
        let newest = self.old.iter().map(revision).max().unwrap_or(0) + 1;
        let mut set = self.new_set(&hash);
        let replicas = self.replicas_for(&set);
        if let Some(spec) = &mut set.spec {
            spec.replicas = Some(replicas);
        }
        self.inherit(&mut set, newest);
        self.annotate_size(&mut set);
        self.step.push(Action::create(&set, Story::Silent));
        let name = set.name_any();
        if replicas > 0 {
            self.event("ScalingReplicaSet", format!("Scaled up replica set {name} from 0 to {replicas}"));
        }
        self.number(Some(newest.to_string()));
        if self.has_deadline() {
            self.progressing("True", "NewReplicaSetCreated", format!("Created new replica set \"{name}\""));
        }
        self.current = Some(set);
    }

    fn set_name(&self, hash: &str) -> String {
        format!("{}-{hash}", self.deployment.name_any())
    }

    /// A ReplicaSet for the template, with no replicas yet.
    fn new_set(&self, hash: &str) -> ReplicaSet {
        let mut template = self.spec.template.clone();
        let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
        labels.insert(TEMPLATE_HASH.to_owned(), hash.to_owned());
        let labels = labels.clone();
        let mut match_labels = self.spec.selector.match_labels.clone().unwrap_or_default();
        match_labels.insert(TEMPLATE_HASH.to_owned(), hash.to_owned());
        ReplicaSet {
            metadata: ObjectMeta {
                name: Some(self.set_name(hash)),
                namespace: self.deployment.namespace(),
                labels: Some(labels),
                owner_references: Some(vec![pods::controlled(self.deployment)]),
                ..ObjectMeta::default()
            },
            spec: Some(ReplicaSetSpec {
                min_ready_seconds: self.spec.min_ready_seconds,
                replicas: Some(0),
                selector: LabelSelector {
                    match_labels: Some(match_labels),
                    match_expressions: self.spec.selector.match_expressions.clone(),
                },
                template: Some(template),
            }),
            status: None,
        }
    }

    /// Hands the Deployment's annotations down, and raises the revision to at least `newest`.
    fn inherit(&self, set: &mut ReplicaSet, newest: i64) {
        let before = revision(set);
        let annotations: &mut BTreeMap<String, String> = set.annotations_mut();
        for (key, value) in self.deployment.annotations() {
            if !NOT_INHERITED.contains(&key.as_str()) {
                annotations.insert(key.clone(), value.clone());
            }
        }
        if before < newest {
            annotations.insert(REVISION.to_owned(), newest.to_string());
            if before > 0 {
                let history = annotations.entry(REVISION_HISTORY.to_owned()).or_default();
                let separator = if history.is_empty() { "" } else { "," };
                history.push_str(&format!("{separator}{before}"));
            }
        }
    }

    /// Notes on `set` the size the Deployment has now, by which proportional scaling is worked out later.
    pub(super) fn annotate_size(&self, set: &mut ReplicaSet) {
        let most = self.replicas() + self.max_surge();
        let annotations = set.annotations_mut();
        annotations.insert(DESIRED_REPLICAS.to_owned(), self.replicas().to_string());
        annotations.insert(MAX_REPLICAS.to_owned(), most.to_string());
    }

    /// Shows the current revision on the Deployment itself.
    fn number(&mut self, revision: Option<String>) {
        let Some(revision) = revision else { return };
        if self.deployment.annotations().get(REVISION) != Some(&revision) {
            let mut desired = self.deployment.clone();
            desired.annotations_mut().insert(REVISION.to_owned(), revision);
            self.step.push(Action::update(self.deployment, &desired));
        }
    }
}
