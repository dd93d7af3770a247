//! ControllerRevisions: the template history of StatefulSets and DaemonSets.

use std::sync::Arc;

use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use kube::ResourceExt;
use serde_json::json;

use crate::action::{Action, Step, Story};
use crate::hash::template_hash;
use crate::pods;
use crate::watch::Watched;

/// Label on pods and revisions: which revision they are.
pub(crate) const REVISION_HASH: &str = "controller-revision-hash";

/// The revision for `template`, which is the newest afterwards; creates or renumbers it if need be.
pub(crate) fn ensure<K: Watched>(
    owner: &K,
    template: &PodTemplateSpec,
    history: &[Arc<ControllerRevision>],
    collisions: Option<i32>,
    step: &mut Step,
) -> ControllerRevision {
    let data = json!({ "spec": { "template": template } });
    let newest = history.iter().map(|revision| revision.revision).max().unwrap_or(0);
    let same = history.iter().find(|revision| revision.data.as_ref().is_some_and(|known| known.0 == data));
    if let Some(same) = same {
        let mut revision = (**same).clone();
        if revision.revision < newest {
            revision.revision = newest + 1;
            step.push(Action::update(&**same, &revision));
        }
        return revision;
    }
    let hash = template_hash(template, collisions);
    let mut labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
    labels.insert(REVISION_HASH.to_owned(), hash.clone());
    let revision = ControllerRevision {
        metadata: ObjectMeta {
            name: Some(format!("{}-{hash}", owner.name_any())),
            namespace: owner.namespace(),
            labels: Some(labels),
            owner_references: Some(vec![pods::controlled(owner)]),
            ..ObjectMeta::default()
        },
        revision: newest + 1,
        data: Some(RawExtension(data)),
    };
    step.push(Action::create(&revision, Story::Silent));
    revision
}

/// The pod template a revision holds.
pub(crate) fn template(revision: &ControllerRevision) -> Option<PodTemplateSpec> {
    let template = revision.data.as_ref()?.0.pointer("/spec/template")?;
    // From a text, as everything else is read: reading pods from two forms would be compiled twice.
    serde_json::from_str(&template.to_string()).ok()
}

/// Deletes the oldest revisions above `limit` that nothing uses.
pub(crate) fn clean_up(history: &[Arc<ControllerRevision>], used: &[&str], limit: Option<i32>, step: &mut Step) {
    let mut unused: Vec<_> = history.iter().filter(|revision| !used.contains(&revision.name_any().as_str())).collect();
    unused.sort_by_key(|revision| revision.revision);
    let limit = usize::try_from(limit.unwrap_or(10)).unwrap_or(usize::MAX);
    let surplus = unused.len().saturating_sub(limit);
    step.actions.extend(unused.into_iter().take(surplus).map(|revision| Action::delete(&**revision)));
}
