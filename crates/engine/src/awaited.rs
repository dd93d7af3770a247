//! The objects whose health is waited for. What one event costs does not grow with how many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::ObjectRef;
use jiff::Timestamp;
use manifest::Value;
use plan::health::{self, Health, Status, Verdict, is_unattended, verdict};
use tokio::task::JoinSet;

use crate::AssumedKinds;
use crate::clock;
use crate::directory::Kind;

/// How health is judged.
pub(crate) struct Rules {
    /// Kinds that count as healthy.
    pub(crate) assumed: AssumedKinds,
    /// By which rules.
    pub(crate) of: health::Rules,
    /// Objects that go away by themselves when they are done.
    pub(crate) vanishing: BTreeSet<ObjectRef>,
}

/// Objects and where they stand.
pub(crate) struct Awaited {
    rules: Rules,
    objects: BTreeMap<Arc<ObjectRef>, Judged>,
    /// How many are not current.
    open: usize,
    /// How many have failed.
    failed: usize,
    /// When whose health changes by itself.
    rechecks: BTreeSet<(Timestamp, Arc<ObjectRef>)>,
    /// The watches of objects that are not ours.
    pub(crate) strangers: JoinSet<()>,
}

struct Judged {
    resource_version: u64,
    health: Health,
}

/// Where all of them stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All are current.
    Healthy,
    /// Some are on their way.
    Waiting {
        /// When time alone may change that.
        recheck: Option<Timestamp>,
    },
    /// Some have failed.
    Failed,
}

/// Whether something new was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// The health of an object changed.
    Changed,
    /// All is as it was.
    None,
}

impl Awaited {
    pub(crate) fn new(rules: Rules) -> Awaited {
        Awaited {
            rules,
            objects: BTreeMap::new(),
            open: 0,
            failed: 0,
            rechecks: BTreeSet::new(),
            strangers: JoinSet::new(),
        }
    }

    /// Waits for one more object, as it is at a resource version.
    pub(crate) fn add(&mut self, reference: Arc<ObjectRef>, resource_version: u64, object: Option<&Value>) {
        let health = self.judge(&reference, object, clock::timestamp());
        self.forget(&reference);
        self.keep(reference, Judged { resource_version, health });
    }

    /// Hears of an object's state (none: it is gone). Without a resource version, it is the newest there is.
    pub(crate) fn hear(
        &mut self,
        reference: &ObjectRef,
        resource_version: Option<u64>,
        object: Option<&Value>,
        now: Timestamp,
    ) -> News {
        let Some((reference, known)) = self.objects.get_key_value(reference) else { return News::None };
        let resource_version = resource_version.unwrap_or(known.resource_version);
        if resource_version < known.resource_version {
            return News::None;
        }
        let reference = reference.clone();
        let health = self.judge(&reference, object, now);
        let news = if known.health == health { News::None } else { News::Changed };
        self.forget(&reference);
        self.keep(reference, Judged { resource_version, health });
        news
    }

    /// Whose health may have changed by time alone.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<Arc<ObjectRef>> {
        self.rechecks.iter().take_while(|(time, _)| *time <= now).map(|(_, reference)| reference.clone()).collect()
    }

    pub(crate) fn standing(&self) -> Standing {
        match (self.failed, self.open) {
            (0, 0) => Standing::Healthy,
            (0, _) => Standing::Waiting { recheck: self.rechecks.first().map(|(time, _)| *time) },
            (_, _) => Standing::Failed,
        }
    }

    /// The same with every object by name.
    pub(crate) fn verdict(&self) -> Verdict {
        verdict(&self.objects.iter().map(|(reference, judged)| (reference.id(), judged.health.clone())).collect())
    }

    /// The kinds whose health was assumed.
    pub(crate) fn assumed(&self) -> BTreeSet<String> {
        let assumed = self.objects.iter().filter(|(_, judged)| judged.health.is_assumed());
        assumed.map(|(reference, _)| reference.gvk.kind.clone()).collect()
    }

    fn keep(&mut self, reference: Arc<ObjectRef>, judged: Judged) {
        self.open += usize::from(judged.health.status != Status::Current);
        self.failed += usize::from(judged.health.status == Status::Failed);
        self.rechecks.extend(judged.health.recheck.map(|time| (time, reference.clone())));
        self.objects.insert(reference, judged);
    }

    fn forget(&mut self, reference: &ObjectRef) {
        let Some((reference, judged)) = self.objects.remove_entry(reference) else { return };
        self.open -= usize::from(judged.health.status != Status::Current);
        self.failed -= usize::from(judged.health.status == Status::Failed);
        if let Some(time) = judged.health.recheck {
            self.rechecks.remove(&(time, reference));
        }
    }

    fn judge(&self, reference: &ObjectRef, object: Option<&Value>, now: Timestamp) -> Health {
        match object {
            Some(object) if self.rules.assumed.cover(object) => Health::assumed(&reference.gvk.kind),
            Some(object)
                if self.rules.of.wait_for_controllers()
                    && is_unattended(object)
                    && Kind::of(&reference.gvk).is_none() =>
            {
                Health::unattended(&reference.gvk.kind)
            }
            Some(object) => self.rules.of.assess(object, now),
            None if self.rules.vanishing.contains(reference) => Health::vanished(),
            None => Health::not_found(),
        }
    }
}

#[cfg(test)]
mod tests {
    use manifest::GroupVersionKind;
    use serde_json::json;

    use super::*;

    fn reference(name: &str) -> Arc<ObjectRef> {
        Arc::new(ObjectRef::new(GroupVersionKind::from_api_version("v1", "Pod"), "ns", name))
    }

    fn pod(phase: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ns"},
            "status": {"phase": phase, "conditions": [{"type": "Ready", "status": "False", "reason": "PodCompleted"}]},
        })
    }

    fn awaiting(names: &[&str]) -> Awaited {
        let rules = Rules {
            assumed: AssumedKinds::default(),
            of: health::Rules::Flux(Arc::default()),
            vanishing: BTreeSet::new(),
        };
        let mut awaited = Awaited::new(rules);
        names.iter().for_each(|name| awaited.add(reference(name), 1, None));
        awaited
    }

    #[test]
    fn they_stand_where_the_worst_of_them_stands() {
        let now = Timestamp::UNIX_EPOCH;
        let mut awaited = awaiting(&["a", "b"]);
        assert_eq!(awaited.standing(), Standing::Waiting { recheck: None });
        let mut hear = |name: &str, version: u64, phase: &str| {
            let news = awaited.hear(&reference(name), Some(version), Some(&pod(phase)), now);
            assert_eq!(verdict_of(awaited.standing()), verdict_of_all(&awaited.verdict()), "{name}@{version} {phase}");
            (news, awaited.standing())
        };
        assert_eq!(hear("a", 2, "Succeeded"), (News::Changed, Standing::Waiting { recheck: None }));
        assert_eq!(hear("a", 3, "Succeeded"), (News::None, Standing::Waiting { recheck: None }));
        assert_eq!(hear("b", 2, "Succeeded"), (News::Changed, Standing::Healthy));
        assert_eq!(hear("b", 5, "Pending").0, News::Changed);
        assert_eq!(hear("b", 4, "Succeeded").0, News::None, "it was told late");
        assert_eq!(hear("stranger", 9, "Pending").0, News::None);
        assert_eq!(
            awaited.hear(&reference("b"), None, None, now),
            News::Changed,
            "without a version, it is the newest"
        );
    }

    fn verdict_of(standing: Standing) -> &'static str {
        match standing {
            Standing::Healthy => "healthy",
            Standing::Waiting { .. } => "waiting",
            Standing::Failed => "failed",
        }
    }

    fn verdict_of_all(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Healthy => "healthy",
            Verdict::Waiting { .. } => "waiting",
            Verdict::Failed { .. } => "failed",
        }
    }

    #[test]
    fn what_time_alone_changes_is_looked_at_when_it_is_due() {
        let mut awaited = awaiting(&["a"]);
        let (soon, later) = (Timestamp::constant(10, 0), Timestamp::constant(20, 0));
        let health = Health { recheck: Some(soon), ..Health::not_found() };
        awaited.forget(&reference("a"));
        awaited.keep(reference("a"), Judged { resource_version: 1, health });
        assert_eq!(awaited.standing(), Standing::Waiting { recheck: Some(soon) });
        assert_eq!(awaited.due(Timestamp::UNIX_EPOCH), []);
        assert_eq!(awaited.due(later), [reference("a")]);
        awaited.hear(&reference("a"), Some(2), Some(&pod("Succeeded")), later);
        assert_eq!(awaited.due(later), []);
    }
}
