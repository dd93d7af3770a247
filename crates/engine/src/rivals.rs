//! Flux's own controllers, where they run beside us: two that write the same objects are worse than none, so we stand back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cluster::{Cluster, ClusterError, Event, ObjectRef, Scope, Selector, Watch};
use manifest::{GroupVersionKind, Value};

use crate::directory::Kind;

/// The reason of conditions and events.
pub(crate) const REASON: &str = "ConflictingController";

/// The label that every distribution of Flux carries.
const PART_OF_FLUX: &str = "app.kubernetes.io/part-of=flux";

/// Whether Flux's own controllers matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FluxControllers {
    /// They do not: nothing that the cluster runs writes to it, as in a local one with stand-in pods.
    #[default]
    Ignored,
    /// As long as one is there, the kinds that it reconciles are left alone.
    Heeded,
}

/// The controllers that are known to run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rivals(Arc<Mutex<BTreeMap<ObjectRef, &'static [Kind]>>>);

impl Rivals {
    /// Begins to follow the controllers, and knows those that are there. None where that may not be looked at.
    pub(crate) async fn watch(&self, cluster: &Cluster) -> Option<Watch> {
        let deployments = GroupVersionKind::from_api_version("apps/v1", "Deployment");
        let selector = Selector::labels(PART_OF_FLUX);
        if let Err(error @ ClusterError::Forbidden { .. }) =
            cluster.list(&deployments, &Scope::Cluster, &selector).await
        {
            tracing::warn!(%error, "cannot tell whether Flux's controllers run, too; nothing will notice them");
            return None;
        }
        let mut watch = cluster.watch(&deployments, Scope::Cluster, selector);
        let first = watch.next().await;
        self.hear(first);
        Some(watch)
    }

    /// Takes in what a watch told, and returns the kinds whose rivals are others by now.
    pub(crate) fn hear(&self, event: Event) -> BTreeSet<Kind> {
        let mut running = self.lock();
        let before = running.clone();
        match event {
            Event::Applied(deployment) => note(&mut running, &deployment),
            Event::Deleted(deployment) => {
                ObjectRef::of(&deployment).map(|reference| running.remove(&reference));
            }
            Event::Restarted(deployments) => {
                running.clear();
                deployments.iter().for_each(|deployment| note(&mut running, deployment));
            }
        }
        let differing = |kind: &Kind| name(&before, *kind) != name(&running, *kind);
        Kind::ALL.into_iter().filter(differing).collect()
    }

    /// Why objects of a kind are left alone, if they are.
    pub(crate) fn of(&self, kind: Kind) -> Option<String> {
        name(&self.lock(), kind).map(|rival| {
            format!(
                "Flux's Deployment {}/{} runs and reconciles this {}, too; nothing is written until it is scaled to 0, see \
                 docs/install.md#taking-over-from-flux",
                rival.namespace,
                rival.name,
                kind.name()
            )
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ObjectRef, &'static [Kind]>> {
        // Every change is made before the map is looked at by anybody else, and none can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name<'r>(running: &'r BTreeMap<ObjectRef, &'static [Kind]>, kind: Kind) -> Option<&'r ObjectRef> {
    running.iter().find(|(_, kinds)| kinds.contains(&kind)).map(|(reference, _)| reference)
}

/// Notes a Deployment if it is a controller of our kinds that runs, and forgets it otherwise.
fn note(running: &mut BTreeMap<ObjectRef, &'static [Kind]>, deployment: &Value) {
    let Some(reference) = ObjectRef::of(deployment) else { return };
    let kinds = reconciled_by(&reference.name);
    if is_running(deployment) && !kinds.is_empty() {
        running.insert(reference, kinds);
    } else {
        running.remove(&reference);
    }
}

/// One that is scaled to 0 runs until its last pod is gone.
fn is_running(deployment: &Value) -> bool {
    let wanted = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
    let left = deployment["status"]["replicas"].as_u64().unwrap_or(0);
    wanted > 0 || left > 0
}

/// The kinds that a controller of Flux reconciles, of those that we do.
fn reconciled_by(controller: &str) -> &'static [Kind] {
    match controller {
        "source-controller" => {
            &[Kind::GitRepository, Kind::HelmRepository, Kind::HelmChart, Kind::OciRepository, Kind::Bucket]
        }
        "kustomize-controller" => &[Kind::Kustomization],
        "helm-controller" => &[Kind::HelmRelease],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn deployment(name: &str, spec: Value, status: Value) -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "flux-system"}, "spec": spec, "status": status,
        })
    }

    #[track_caller]
    fn check(rivals: &Rivals, event: Event, expected: Expect) {
        let changed = rivals.hear(event);
        let rested: Vec<&str> =
            Kind::ALL.into_iter().filter(|kind| rivals.of(*kind).is_some()).map(Kind::name).collect();
        let changed: Vec<&str> = changed.into_iter().map(Kind::name).collect();
        expected.assert_eq(&format!("changed: {}; rest: {}", changed.join(" "), rested.join(" ")));
    }

    #[test]
    fn a_kind_rests_as_long_as_its_controller_runs() {
        let rivals = Rivals::default();
        let (one, none) = (json!({"replicas": 1}), json!({}));
        let kustomize = |spec: &Value, status: &Value| deployment("kustomize-controller", spec.clone(), status.clone());
        let others = vec![deployment("notification-controller", one.clone(), none.clone())];
        check(&rivals, Event::Restarted(others), expect!["changed: ; rest: "]);
        check(&rivals, Event::Applied(kustomize(&none, &none)), expect!["changed: Kustomization; rest: Kustomization"]);
        check(&rivals, Event::Applied(kustomize(&one, &one)), expect!["changed: ; rest: Kustomization"]);
        let scaled = json!({"replicas": 0});
        check(&rivals, Event::Applied(kustomize(&scaled, &one)), expect!["changed: ; rest: Kustomization"]);
        check(&rivals, Event::Applied(kustomize(&scaled, &scaled)), expect!["changed: Kustomization; rest: "]);
        let both = vec![
            deployment("helm-controller", one.clone(), none.clone()),
            deployment("source-controller", one.clone(), none.clone()),
        ];
        check(
            &rivals,
            Event::Restarted(both),
            expect![
                "changed: GitRepository HelmRepository HelmChart OCIRepository Bucket HelmRelease; rest: GitRepository HelmRepository OCIRepository Bucket HelmChart HelmRelease"
            ],
        );
        check(
            &rivals,
            Event::Deleted(deployment("helm-controller", one, none)),
            expect!["changed: HelmRelease; rest: GitRepository HelmRepository OCIRepository Bucket HelmChart"],
        );
    }

    #[test]
    fn it_is_said_who_is_in_the_way() {
        let rivals = Rivals::default();
        rivals.hear(Event::Applied(deployment("helm-controller", json!({}), json!({}))));
        expect![
            "Flux's Deployment flux-system/helm-controller runs and reconciles this HelmRelease, too; nothing is written until it is scaled to 0, see docs/install.md#taking-over-from-flux"
        ]
        .assert_eq(&rivals.of(Kind::HelmRelease).unwrap());
    }
}
