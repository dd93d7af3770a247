//! Sizes of ReplicaSets: surge arithmetic, and scaling in the middle of a rollout.

use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;

use super::{DESIRED_REPLICAS, MAX_REPLICAS, Rollout, available, wanted};
use crate::action::Action;

/// Which of the ReplicaSets is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// The one with the Deployment's template.
    Current,
    /// An older one, by its place among them.
    Old(usize),
}

impl Rollout<'_> {
    /// How many replicas `set`, the current one, may have now.
    pub(super) fn replicas_for(&self, set: &ReplicaSet) -> i32 {
        if self.is_recreate() {
            return self.replicas();
        }
        let most = self.replicas() + self.max_surge();
        let now: i32 = self.sets().map(wanted).sum();
        if now >= most {
            return wanted(set);
        }
        wanted(set) + (most - now).min(self.replicas() - wanted(set))
    }

    /// Whether the Deployment's size changed since its ReplicaSets were last scaled.
    pub(super) fn was_scaled(&self) -> bool {
        self.sets().filter(|set| wanted(set) > 0).any(|set| {
            let desired = annotation(set, DESIRED_REPLICAS);
            desired.is_some_and(|desired| desired != self.replicas())
        })
    }

    /// Gives one ReplicaSet another size, and notes the Deployment's size on it; returns whether the size changed.
    pub(super) fn resize(&mut self, which: Which, replicas: i32) -> bool {
        let slot = match which {
            Which::Current => self.current.as_ref(),
            Which::Old(index) => self.old.get(index),
        };
        let Some(set) = slot else { return false };
        let (before, name) = (wanted(set), set.name_any());
        let mut desired = set.clone();
        if let Some(spec) = &mut desired.spec {
            spec.replicas = Some(replicas);
        }
        self.annotate_size(&mut desired);
        let update = Action::update(set, &desired);
        self.step.push(update);
        match which {
            Which::Current => self.current = Some(desired),
            Which::Old(index) => self.old[index] = desired,
        }
        if before != replicas {
            let direction = if replicas > before { "up" } else { "down" };
            let message = format!("Scaled {direction} replica set {name} from {before} to {replicas}");
            self.event("ScalingReplicaSet", message);
        }
        before != replicas
    }

    /// Follows a change of the Deployment's size outside a rollout's own moves: while paused, or in its middle.
    pub(super) fn scale(&mut self) {
        if let Some(which) = self.only_active() {
            if self.slot(which).map(wanted) != Some(self.replicas()) {
                self.resize(which, self.replicas());
            } else {
                self.note_size(which);
            }
            return;
        }
        if self.is_saturated() {
            for index in 0..self.old.len() {
                if wanted(&self.old[index]) > 0 {
                    self.resize(Which::Old(index), 0);
                }
            }
            return;
        }
        if !self.is_recreate() {
            self.scale_in_proportion();
        }
    }

    fn slot(&self, which: Which) -> Option<&ReplicaSet> {
        match which {
            Which::Current => self.current.as_ref(),
            Which::Old(index) => self.old.get(index),
        }
    }

    /// Writes the size annotations down where only they are outdated.
    fn note_size(&mut self, which: Which) {
        if let Some(replicas) = self.slot(which).map(wanted) {
            self.resize(which, replicas);
        }
    }

    /// The one ReplicaSet with replicas, or the newest if none has any; `None` in the middle of a rollout.
    fn only_active(&self) -> Option<Which> {
        let mut active: Vec<Which> =
            (0..self.old.len()).filter(|index| wanted(&self.old[*index]) > 0).map(Which::Old).collect();
        if self.current.as_ref().is_some_and(|set| wanted(set) > 0) {
            active.push(Which::Current);
        }
        match active.as_slice() {
            [] if self.current.is_some() => Some(Which::Current),
            [] => self.old.len().checked_sub(1).map(Which::Old),
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Whether the current ReplicaSet carries the whole Deployment.
    fn is_saturated(&self) -> bool {
        self.current.as_ref().is_some_and(|set| {
            wanted(set) == self.replicas()
                && available(set) == self.replicas()
                && annotation(set, DESIRED_REPLICAS) == Some(self.replicas())
        })
    }

    /// Spreads the change of size over all active ReplicaSets by their share, leftovers to the largest.
    fn scale_in_proportion(&mut self) {
        let mut active: Vec<Which> =
            (0..self.old.len()).map(Which::Old).chain(self.current.as_ref().map(|_| Which::Current)).collect();
        active.retain(|which| self.slot(*which).is_some_and(|set| wanted(set) > 0));
        let total: i32 = active.iter().filter_map(|which| self.slot(*which)).map(wanted).sum();
        let allowed = if self.replicas() > 0 { self.replicas() + self.max_surge() } else { 0 };
        let to_add = allowed - total;
        // Larger ones first; among equals the newer first when growing, the older first when shrinking.
        let age = |which: &Which| match which {
            Which::Old(index) => *index,
            Which::Current => usize::MAX,
        };
        active.sort_by(|a, b| {
            let size = |which: &Which| self.slot(*which).map_or(0, wanted);
            size(b).cmp(&size(a)).then_with(|| if to_add > 0 { age(b).cmp(&age(a)) } else { age(a).cmp(&age(b)) })
        });
        let mut added = 0;
        let mut sizes: Vec<(Which, i32)> = Vec::new();
        for which in active {
            let Some(set) = self.slot(which) else { continue };
            let share = self.share(set, to_add, added);
            added += share;
            sizes.push((which, wanted(set) + share));
        }
        if let Some((_, largest)) = sizes.first_mut() {
            *largest = (*largest + to_add - added).max(0);
        }
        for (which, replicas) in sizes {
            self.resize(which, replicas);
        }
    }

    /// The part of `to_add` that falls to `set`, of which `added` is already given away.
    fn share(&self, set: &ReplicaSet, to_add: i32, added: i32) -> i32 {
        if to_add == 0 || to_add == added {
            return 0;
        }
        let share = self.fraction(set);
        if to_add > 0 { share.min(to_add - added) } else { share.max(to_add - added) }
    }

    /// By how much `set` has to change to keep its share of the Deployment.
    fn fraction(&self, set: &ReplicaSet) -> i32 {
        if self.replicas() == 0 {
            return -wanted(set);
        }
        let most = f64::from(self.replicas() + self.max_surge());
        let before = annotation(set, MAX_REPLICAS).filter(|most| *most > 0).or_else(|| {
            let status = self.deployment.status.as_ref();
            status.and_then(|status| status.replicas).filter(|replicas| *replicas > 0)
        });
        let Some(before) = before else { return 0 };
        // Replica counts are far below the range in which this cast could lose anything.
        let size = (f64::from(wanted(set)) * most / f64::from(before)).round() as i32;
        size - wanted(set)
    }
}

fn annotation(set: &ReplicaSet, key: &str) -> Option<i32> {
    set.annotations().get(key)?.parse().ok()
}
