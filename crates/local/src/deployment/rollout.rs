//! The two strategies.

use kube::ResourceExt;

use super::scaling::Which;
use super::{Rollout, available, wanted};

impl Rollout<'_> {
    /// Rolling update: grow the current ReplicaSet as far as the surge allows, else shrink old ones as far as
    /// availability allows; one move a step.
    pub(super) fn roll(&mut self) {
        self.ensure_current();
        if self.grow_current() || self.shrink_old() {
            return;
        }
        if self.is_complete(&self.status()) {
            self.clean_up();
        }
    }

    /// Recreate: all old pods have to be gone before the first new one comes.
    pub(super) fn recreate(&mut self) {
        self.adopt_revision();
        let mut scaled = false;
        for index in 0..self.old.len() {
            if wanted(&self.old[index]) > 0 {
                scaled |= self.resize(Which::Old(index), 0);
            }
        }
        if scaled || self.old_pods_live() {
            return;
        }
        if self.current.is_none() {
            self.ensure_current();
        }
        self.grow_current();
        if self.is_complete(&self.status()) {
            self.clean_up();
        }
    }

    fn old_pods_live(&self) -> bool {
        let living = self.observed.living_pods;
        self.old.iter().any(|set| living.get(&set.uid().unwrap_or_default()).is_some_and(|count| *count > 0))
    }

    fn grow_current(&mut self) -> bool {
        let Some(set) = &self.current else { return false };
        let desired = if wanted(set) > self.replicas() { self.replicas() } else { self.replicas_for(set) };
        wanted(set) != desired && self.resize(Which::Current, desired)
    }

    /// First removes old pods that do not work anyway, then as many working ones as can be spared.
    fn shrink_old(&mut self) -> bool {
        if self.old.iter().all(|set| wanted(set) == 0) {
            return false;
        }
        let all: i32 = self.sets().map(wanted).sum();
        let least = self.replicas() - self.max_unavailable();
        let current_unavailable = self.current.as_ref().map_or(0, |set| wanted(set) - available(set));
        let spare = all - least - current_unavailable;
        if spare <= 0 {
            return false;
        }
        let unhealthy = self.remove_unhealthy(spare);
        let healthy = self.remove_spare(least);
        unhealthy || healthy
    }

    fn remove_unhealthy(&mut self, spare: i32) -> bool {
        let mut removed = 0;
        for index in 0..self.old.len() {
            if removed >= spare {
                break;
            }
            let set = &self.old[index];
            let broken = wanted(set) - available(set);
            if wanted(set) == 0 || broken <= 0 {
                continue;
            }
            let count = broken.min(spare - removed);
            let replicas = wanted(set) - count;
            self.resize(Which::Old(index), replicas);
            removed += count;
        }
        removed > 0
    }

    fn remove_spare(&mut self, least: i32) -> bool {
        let now: i32 = self.sets().map(available).sum();
        let mut to_remove = now - least;
        let mut removed = false;
        for index in 0..self.old.len() {
            let replicas = wanted(&self.old[index]);
            let count = replicas.min(to_remove);
            if count > 0 {
                self.resize(Which::Old(index), replicas - count);
                to_remove -= count;
                removed = true;
            }
        }
        removed
    }
}
