//! The node: scheduling, pods, volumes. And what namespaces get.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;

use super::{Wiring, queue_of};
use crate::action::{Action, Step};
use crate::kubelet::references::{Assuming, Lookup, Presence, Reference};
use crate::kubelet::scheduling::{self, Claim};
use crate::kubelet::{self, Memories};
use crate::namespace::{DEFAULT_ACCOUNT, ROOT_CERTIFICATE};
use crate::node::STORAGE_CLASS;
use crate::options::{Missing, Options};
use crate::queue::Queue;
use crate::watch::{Key, Store, Watched, World};
use crate::{NODE_NAME, namespace, node, pods, volume};

/// Pods the kubelet looks at at the same time.
const KUBELET_WORKERS: usize = 8;

impl Wiring {
    pub(super) fn node(&mut self, options: &Options) {
        self.registration();
        self.scheduler();
        self.kubelet(options);
        self.volumes();
    }

    fn registration(&mut self) {
        let queue = queue_of(&self.world.nodes);
        queue.add(Key::cluster(NODE_NAME));
        self.controller("kubelet", 1, &queue, |look| {
            if *look.key.name != *NODE_NAME {
                return Step::default();
            }
            node::step(look.world.nodes.get(look.key).as_deref(), look.now)
        });
        let queue = Arc::new(Queue::default());
        queue.add(Key::cluster(STORAGE_CLASS));
        self.controller("storage-provisioner", 1, &queue, |look| {
            node::storage_class_step(look.world.storage_classes.get(look.key).as_deref())
        });
    }

    pub(super) fn namespaces(&mut self, options: &Options) {
        let queue = queue_of(&self.world.namespaces);
        let listener = queue.clone();
        self.world.service_accounts.subscribe(move |change| {
            if change.new.is_none() {
                listener.add(Key::cluster(change.key.namespace.clone()));
            }
        });
        let listener = queue.clone();
        self.world.config_maps.subscribe(move |change| {
            if change.new.is_none() && *change.key.name == *ROOT_CERTIFICATE {
                listener.add(Key::cluster(change.key.namespace.clone()));
            }
        });
        let certificate_authority = options.certificate_authority.clone();
        self.controller("service-account-controller", 2, &queue, move |look| {
            let Some(found) = look.world.namespaces.get(look.key) else { return Step::default() };
            namespace::step(&namespace::Observed {
                namespace: &found,
                has_account: look.world.service_accounts.contains(&Key::new(look.key.name.clone(), DEFAULT_ACCOUNT)),
                has_certificate: look.world.config_maps.contains(&Key::new(look.key.name.clone(), ROOT_CERTIFICATE)),
                certificate_authority: &certificate_authority,
            })
        });
    }

    fn scheduler(&mut self) {
        let queue = Arc::new(Queue::default());
        let listener = queue.clone();
        self.world.pods.subscribe(move |change| {
            if change.new.is_some_and(|pod| is_unassigned(pod)) {
                listener.add(change.key.clone());
            }
        });
        // What a pod could not be scheduled for may have come.
        let (listener, pods) = (queue.clone(), self.world.pods.clone());
        self.world.nodes.subscribe(move |_| {
            let unassigned = pods.pick(|key, pod| is_unassigned(pod).then(|| key.clone()));
            unassigned.into_iter().for_each(|key| listener.add(key));
        });
        let (listener, pods) = (queue.clone(), self.world.pods.clone());
        self.world.claims.subscribe(move |change| {
            let namespace = &change.key.namespace;
            let unassigned = pods.pick_in(namespace, |key, pod| is_unassigned(pod).then(|| key.clone()));
            unassigned.into_iter().for_each(|key| listener.add(key));
        });
        self.controller("default-scheduler", 2, &queue, |look| {
            let Some(pod) = look.world.pods.get(look.key) else { return Step::default() };
            let claim = |name: &str| match look.world.claims.get(&Key::new(look.key.namespace.clone(), name)) {
                None => Claim::Missing,
                Some(claim) => {
                    let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
                    if phase == Some("Bound") { Claim::Bound } else { Claim::Unbound }
                }
            };
            let nodes = look.world.nodes.all();
            scheduling::step(&scheduling::Observed { pod: &pod, nodes: &nodes, claim: &claim, now: look.now })
        });
    }

    fn kubelet(&mut self, options: &Options) {
        let queue = Arc::new(Queue::default());
        let memories = Arc::new(Memories::default());
        let (listener, remembered) = (queue.clone(), memories.clone());
        self.world.pods.subscribe(move |change| {
            if let (Some(gone), None) = (change.old, change.new) {
                remembered.forget(gone);
            }
            if change.new.is_some_and(|pod| is_ours(pod)) {
                listener.add(change.key.clone());
            }
        });
        wake_held(&queue, &memories, &self.world.config_maps);
        wake_held(&queue, &memories, &self.world.secrets);
        wake_held(&queue, &memories, &self.world.service_accounts);
        let (speed, missing) = (options.speed.clone(), options.missing);
        self.controller("kubelet", KUBELET_WORKERS, &queue, move |look| {
            let Some(pod) = look.world.pods.get(look.key).filter(|pod| is_ours(pod)) else { return Step::default() };
            let found = InNamespace { world: look.world, namespace: &look.key.namespace };
            let assuming = Assuming::over(&found);
            let observed = kubelet::Observed {
                pod: &pod,
                lookup: match missing {
                    Missing::Holds => &found,
                    Missing::Assumed => &assuming,
                },
                speed: &speed,
                has_image: &|image| memories.has_image(image),
                now: look.now,
            };
            let (mut step, images) = memories.with(&pod, look.now, |memory| kubelet::step(&observed, memory));
            images.iter().for_each(|image| memories.keep_image(image));
            // Whoever is gone by now was forgotten before this look remembered it again.
            if look.world.pods.get(look.key).is_none_or(|now| now.metadata.uid != pod.metadata.uid) {
                memories.forget(&pod);
            }
            step.actions.splice(..0, assuming.story(&pod).map(Action::Event));
            step
        });
    }

    fn volumes(&mut self) {
        let queue = queue_of(&self.world.claims);
        let listener = queue.clone();
        self.world.volumes.subscribe(move |change| {
            let reference = change.latest().and_then(|volume| volume.spec.as_ref()?.claim_ref.as_ref());
            if let Some(claim) = reference {
                let key = Key::new(claim.namespace.clone().unwrap_or_default(), claim.name.clone().unwrap_or_default());
                listener.add(key);
            }
        });
        let (listener, claims) = (queue.clone(), self.world.claims.clone());
        self.world.storage_classes.subscribe(move |_| {
            let waiting = claims.pick(|key, claim| volume::is_waiting(claim).then(|| key.clone()));
            waiting.into_iter().for_each(|key| listener.add(key));
        });
        self.controller("persistentvolume-controller", 1, &queue, |look| {
            let Some(claim) = look.world.claims.get(look.key) else { return Step::default() };
            volume::step(&volume::Observed {
                claim: &claim,
                class: look.world.storage_classes.get(&Key::cluster(volume::class_name(&claim))).as_deref(),
                volume: look.world.volumes.get(&Key::cluster(volume::volume_name(&claim))).as_deref(),
            })
        });
        let queue = queue_of(&self.world.volumes);
        let listener = queue.clone();
        self.world.claims.subscribe(move |change| {
            if let Some(claim) = change.latest() {
                listener.add(Key::cluster(volume::volume_name(claim)));
            }
        });
        self.controller("persistentvolume-binder", 1, &queue, |look| {
            let Some(found) = look.world.volumes.get(look.key) else { return Step::default() };
            let reference = found.spec.as_ref().and_then(|spec| spec.claim_ref.clone()).unwrap_or_default();
            let key = Key::new(reference.namespace.unwrap_or_default(), reference.name.unwrap_or_default());
            volume::volume_step(&found, look.world.claims.get(&key).as_deref())
        });
    }
}

fn is_unassigned(pod: &Pod) -> bool {
    pods::is_active(pod) && pod.spec.as_ref().is_some_and(|spec| spec.node_name.is_none())
}

fn is_ours(pod: &Pod) -> bool {
    pod.spec.as_ref().is_some_and(|spec| spec.node_name.as_deref() == Some(NODE_NAME))
}

/// Looks again at the pods that wait for something, whenever an object of `store` comes or changes.
fn wake_held<K: Watched>(queue: &Arc<Queue>, memories: &Arc<Memories>, store: &Arc<Store<K>>) {
    let (queue, memories) = (queue.clone(), memories.clone());
    store.subscribe(move |change| {
        if change.new.is_some() {
            memories.held(&change.key.namespace).into_iter().for_each(|key| queue.add(key));
        }
    });
}

/// Looks references up in the caches.
struct InNamespace<'a> {
    world: &'a World,
    namespace: &'a str,
}

impl Lookup for InNamespace<'_> {
    fn presence(&self, reference: Reference<'_>) -> Presence {
        let key_presence = |has: Option<bool>| match has {
            None => Presence::Missing,
            Some(true) => Presence::Present,
            Some(false) => Presence::KeyMissing,
        };
        match reference {
            Reference::ConfigMap { name, key } => {
                key_presence(self.world.config_maps.get(&Key::new(self.namespace, name)).map(|found| {
                    let has = |key: &str| {
                        found.data.as_ref().is_some_and(|data| data.contains_key(key))
                            || found.binary_data.as_ref().is_some_and(|data| data.contains_key(key))
                    };
                    key.is_none_or(has)
                }))
            }
            Reference::Secret { name, key } => key_presence(
                self.world
                    .secrets
                    .get(&Key::new(self.namespace, name))
                    .map(|found| key.is_none_or(|key| found.data.as_ref().is_some_and(|data| data.contains_key(key)))),
            ),
            Reference::ServiceAccount { name } => {
                key_presence(self.world.service_accounts.contains(&Key::new(self.namespace, name)).then_some(true))
            }
        }
    }

    fn namespace(&self) -> &str {
        self.namespace
    }
}
