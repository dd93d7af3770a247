//! Workloads.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::ResourceExt;

use super::{Wiring, follow_owned, queue_of};
use crate::action::Step;
use crate::autoscaler::{self, Unscalable};
use crate::controller::Look;
use crate::options::Options;
use crate::queue::Queue;
use crate::watch::{Key, Kind, Store, Watched};
use crate::workload::Workload;
use crate::{cronjob, daemonset, deployment, job, pods, replicaset, statefulset};

impl Wiring {
    pub(super) fn workloads(&mut self, options: &Options) {
        self.deployments();
        self.replica_sets();
        self.stateful_sets();
        self.daemon_sets();
        self.jobs(options);
        self.cron_jobs();
        self.autoscalers();
    }

    fn deployments(&mut self) {
        let queue = queue_of(&self.world.deployments);
        follow_owned::<Deployment, _>(&queue, &self.world.replica_sets, |_| 0);
        // Only Recreate waits for pods: when one of a ReplicaSet ends, its Deployment may go on.
        let (listener, replica_sets) = (queue.clone(), self.world.replica_sets.clone());
        self.world.pods.subscribe(move |change| {
            if change.new.is_some_and(|pod| !pods::has_ended(pod)) {
                return;
            }
            for (_, set) in change.controllers::<ReplicaSet>() {
                let owner = replica_sets.controller_of(&set).filter(|owner| owner.kind == Some(Kind::Deployment));
                if let Some(owner) = owner {
                    listener.add(Key::new(set.namespace, owner.name));
                }
            }
        });
        self.controller("deployment-controller", 4, &queue, |look| {
            let Some(deployment) = look.world.deployments.get(look.key) else { return Step::default() };
            let replica_sets = look.world.replica_sets.controlled_by(&uid(&*deployment));
            let living_pods: BTreeMap<String, usize> = if deployment::waits_for_pods(&deployment) {
                let living = |set: &ReplicaSet| {
                    let pods = look.world.pods.controlled_by(&uid(set));
                    pods.iter().filter(|pod| !pods::has_ended(pod)).count()
                };
                replica_sets.iter().map(|set| (uid(&**set), living(set))).collect()
            } else {
                BTreeMap::new()
            };
            deployment::step(&deployment::Observed {
                deployment: &deployment,
                replica_sets: &replica_sets,
                living_pods: &living_pods,
                refusal: look.refusal,
                now: look.now,
            })
        });
    }

    fn replica_sets(&mut self) {
        let queue = queue_of(&self.world.replica_sets);
        let pods = self.world.pods.clone();
        follow_owned::<ReplicaSet, _>(&queue, &self.world.pods, move |uid| pods.count_controlled_by(uid));
        self.controller("replicaset-controller", 4, &queue, |look| {
            let Some(set) = look.world.replica_sets.get(look.key) else { return Step::default() };
            let pods = look.world.pods.controlled_by(&uid(&*set));
            replicaset::step(&set, &pods, look.refusal, look.now)
        });
    }

    fn stateful_sets(&mut self) {
        let queue = queue_of(&self.world.stateful_sets);
        let pods = self.world.pods.clone();
        follow_owned::<StatefulSet, _>(&queue, &self.world.pods, move |uid| pods.count_controlled_by(uid));
        follow_owned::<StatefulSet, _>(&queue, &self.world.controller_revisions, |_| 0);
        self.controller("statefulset-controller", 2, &queue, |look| {
            let Some(set) = look.world.stateful_sets.get(look.key) else { return Step::default() };
            let uid = uid(&*set);
            statefulset::step(&statefulset::Observed {
                set: &set,
                pods: &look.world.pods.controlled_by(&uid),
                history: &look.world.controller_revisions.controlled_by(&uid),
                has_claim: &|name| look.world.claims.contains(&Key::new(look.key.namespace.clone(), name)),
                now: look.now,
            })
        });
    }

    fn daemon_sets(&mut self) {
        let queue = queue_of(&self.world.daemon_sets);
        follow_owned::<DaemonSet, _>(&queue, &self.world.pods, |_| 0);
        follow_owned::<DaemonSet, _>(&queue, &self.world.controller_revisions, |_| 0);
        let (listener, sets) = (queue.clone(), self.world.daemon_sets.clone());
        self.world.nodes.subscribe(move |_| {
            sets.pick(|key, _| Some(key.clone())).into_iter().for_each(|key| listener.add(key));
        });
        self.controller("daemonset-controller", 2, &queue, |look| {
            let Some(set) = look.world.daemon_sets.get(look.key) else { return Step::default() };
            let uid = uid(&*set);
            daemonset::step(&daemonset::Observed {
                set: &set,
                pods: &look.world.pods.controlled_by(&uid),
                history: &look.world.controller_revisions.controlled_by(&uid),
                nodes: &look.world.nodes.all(),
                now: look.now,
            })
        });
    }

    fn jobs(&mut self, options: &Options) {
        let queue = queue_of(&self.world.jobs);
        let pods = self.world.pods.clone();
        follow_owned::<Job, _>(&queue, &self.world.pods, move |uid| pods.count_controlled_by(uid));
        let back_off = options.speed.scaled(job::BACK_OFF);
        self.controller("job-controller", 2, &queue, move |look| {
            let Some(job) = look.world.jobs.get(look.key) else { return Step::default() };
            let pods = look.world.pods.controlled_by(&uid(&*job));
            job::step(&job::Observed { job: &job, pods: &pods, back_off, now: look.now })
        });
    }

    fn cron_jobs(&mut self) {
        let queue = queue_of(&self.world.cron_jobs);
        follow_owned::<CronJob, _>(&queue, &self.world.jobs, |_| 0);
        self.controller("cronjob-controller", 1, &queue, |look| {
            let Some(cron_job) = look.world.cron_jobs.get(look.key) else { return Step::default() };
            let jobs = look.world.jobs.controlled_by(&uid(&*cron_job));
            cronjob::step(&cronjob::Observed { cron_job: &cron_job, jobs: &jobs, now: look.now })
        });
    }

    fn autoscalers(&mut self) {
        let queue = queue_of(&self.world.autoscalers);
        follow_targets(&queue, &self.world.autoscalers, &self.world.deployments);
        follow_targets(&queue, &self.world.autoscalers, &self.world.replica_sets);
        follow_targets(&queue, &self.world.autoscalers, &self.world.stateful_sets);
        self.controller("horizontal-pod-autoscaler", 1, &queue, |look| {
            let Some(autoscaler) = look.world.autoscalers.get(look.key) else { return Step::default() };
            let Some(spec) = &autoscaler.spec else { return Step::default() };
            let scaled = scaled(look, &spec.scale_target_ref.kind, &spec.scale_target_ref.name);
            autoscaler::step(&autoscaler, scaled, look.now)
        });
    }
}

/// Looks at the autoscalers of every object of `targets` that changes.
fn follow_targets<K: Watched>(
    queue: &Arc<Queue>,
    autoscalers: &Arc<Store<HorizontalPodAutoscaler>>,
    targets: &Arc<Store<K>>,
) {
    let (queue, autoscalers) = (queue.clone(), autoscalers.clone());
    targets.subscribe(move |change| {
        let aims = |autoscaler: &HorizontalPodAutoscaler| {
            let target = autoscaler.spec.as_ref().map(|spec| &spec.scale_target_ref);
            target.is_some_and(|target| *target.name == *change.key.name && Kind::named(&target.kind) == Some(K::KIND))
        };
        let aiming = autoscalers.pick_in(&change.key.namespace, |key, found| aims(found).then(|| key.clone()));
        aiming.into_iter().for_each(|key| queue.add(key));
    });
}

/// What an autoscaler scales, as it is now.
fn scaled(look: &Look<'_>, kind: &str, name: &str) -> Result<Workload, Unscalable> {
    let known = Kind::named(kind).filter(|kind| Workload::is_of(*kind));
    let known = known.ok_or_else(|| Unscalable::UnknownKind(kind.to_owned()))?;
    let found = Workload::find(look.world, known, &Key::new(look.key.namespace.clone(), name));
    found.ok_or_else(|| Unscalable::Missing(format!("{kind} \"{name}\"")))
}

fn uid(object: &impl Watched) -> String {
    object.uid().unwrap_or_default()
}
