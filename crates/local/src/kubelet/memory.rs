//! What the stand-in kubelet remembers of its pods.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::Ipv4Addr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

use super::REMIND_AFTER;
use crate::watch::Key;

/// First address of the pods' network, 10.244.0.0/16, that a pod may get.
const FIRST_ADDRESS: u32 = 0x0af4_0002;
const LAST_ADDRESS: u32 = 0x0af4_fffe;

/// What is remembered of one pod.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Memory {
    /// When the kubelet first saw it.
    pub(super) admitted: Timestamp,
    pub(super) address: Ipv4Addr,
    /// When its volumes could be set up.
    pub(super) mounted: Option<Timestamp>,
    /// When the environment of each container could be put together, where that had to be waited for.
    pub(super) configured: HashMap<String, Timestamp>,
    /// Containers whose image was not on the node when their turn came.
    pub(super) pulling: BTreeSet<String>,
    /// Containers whose turn has come, so that it is settled whether their image was there.
    pub(super) begun: BTreeSet<String>,
    /// Up to when the story was told.
    pub(super) told_until: Option<Timestamp>,
    /// When it began to stop.
    pub(super) stopping: Option<Timestamp>,
    /// Whether it waits for a ConfigMap, Secret or ServiceAccount.
    pub(super) held: bool,
    reminded: HashMap<String, Timestamp>,
}

impl Memory {
    /// What is known of a pod at first sight; of one that an earlier process has already started, its status tells.
    pub(super) fn of(pod: &Pod, address: Ipv4Addr, now: Timestamp) -> Self {
        let status = pod.status.as_ref();
        let started = status.and_then(|status| status.start_time.as_ref()).map(|time| time.0);
        let has_run = status.is_some_and(|status| {
            status
                .container_statuses
                .iter()
                .flatten()
                .any(|status| status.restart_count > 0 || status.container_id.is_some())
        });
        let spec = pod.spec.iter();
        let names = spec.flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers));
        Self {
            admitted: started.unwrap_or(now),
            address,
            mounted: started.filter(|_| has_run),
            configured: HashMap::new(),
            pulling: BTreeSet::new(),
            begun: names.filter(|_| has_run).map(|container| container.name.clone()).collect(),
            told_until: started.map(|_| now),
            stopping: None,
            held: false,
            reminded: HashMap::new(),
        }
    }

    /// Whether it is time to tell of `problem` (again).
    pub(super) fn remind(&mut self, problem: &str, now: Timestamp) -> bool {
        let due = self.reminded.get(problem).is_none_or(|last| now.duration_since(*last) >= REMIND_AFTER);
        if due {
            self.reminded.insert(problem.to_owned(), now);
        }
        due
    }
}

/// All memories of the node.
#[derive(Debug, Default)]
pub(crate) struct Memories {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    pods: HashMap<String, (Key, Memory)>,
    /// Pods that are being looked at right now: what they wait for is not known yet.
    looked_at: HashSet<Key>,
    addresses: HashSet<Ipv4Addr>,
    last_address: u32,
    images: HashSet<String>,
}

impl Memories {
    /// Lets `look` at the memory of `pod`, which is new if the pod is.
    pub(crate) fn with<T>(&self, pod: &Pod, now: Timestamp, look: impl FnOnce(&mut Memory) -> T) -> T {
        let uid = pod.uid().unwrap_or_default();
        // A pod is looked at by one worker at a time, so its memory can be taken out meanwhile.
        let mut memory = {
            let mut state = self.lock();
            state.looked_at.insert(Key::of(pod));
            match state.pods.remove(&uid) {
                Some((_, memory)) => memory,
                None => Memory::of(pod, state.address(pod), now),
            }
        };
        let outcome = look(&mut memory);
        let mut state = self.lock();
        state.looked_at.remove(&Key::of(pod));
        state.pods.insert(uid, (Key::of(pod), memory));
        outcome
    }

    /// Forgets a pod that is gone.
    pub(crate) fn forget(&self, pod: &Pod) {
        let mut state = self.lock();
        if let Some((_, memory)) = state.pods.remove(&pod.uid().unwrap_or_default()) {
            state.addresses.remove(&memory.address);
        }
    }

    /// The pods of `namespace` that wait for something else to exist, or may turn out to.
    pub(crate) fn held(&self, namespace: &str) -> Vec<Key> {
        let state = self.lock();
        let held = state.pods.values().filter(|(_, memory)| memory.held).map(|(key, _)| key);
        held.chain(&state.looked_at).filter(|key| *key.namespace == *namespace).cloned().collect()
    }

    /// Whether the node has this image.
    pub(crate) fn has_image(&self, image: &str) -> bool {
        self.lock().images.contains(image)
    }

    /// Keeps an image on the node.
    pub(crate) fn keep_image(&self, image: &str) {
        self.lock().images.insert(image.to_owned());
    }

    // The state is valid after any panic, so a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The address a pod has, or a free one.
    fn address(&mut self, pod: &Pod) -> Ipv4Addr {
        let known = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()).and_then(|ip| ip.parse().ok());
        let address = known.unwrap_or_else(|| {
            let mut candidate = self.last_address.max(FIRST_ADDRESS - 1);
            // As many tries as there are addresses: after that they are shared, which a stand-in survives.
            for _ in FIRST_ADDRESS..=LAST_ADDRESS {
                candidate = if candidate >= LAST_ADDRESS { FIRST_ADDRESS } else { candidate + 1 };
                if !self.addresses.contains(&Ipv4Addr::from(candidate)) {
                    break;
                }
            }
            self.last_address = candidate;
            Ipv4Addr::from(candidate)
        });
        self.addresses.insert(address);
        address
    }
}
