//! The health stage: waits, on watch events alone, until everything is as it should be.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Scope, Selector};
use jiff::Timestamp;
use manifest::ObjectId;
use plan::decide::{Plan, Reason, Step};
use plan::health::{Health, Verdict, may_vanish};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::applied::Applied;
use super::drift;
use super::stop::Stop;
use super::work::{Waiting, Work};
use crate::awaited::Standing;
use crate::clock;
use crate::mailbox::Trigger;
use crate::subscription::Subscription;
use crate::tracker::resource_version;

/// Progress shows in status after so long, and is written at most so often: a write of status is among the dearest
/// requests there are, and shorter waits are over before anybody has read of them.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Whose health is waited for.
pub(crate) struct Attended {
    objects: BTreeSet<ObjectRef>,
    /// Those that go away by themselves when they are done.
    vanishing: BTreeSet<ObjectRef>,
}

impl Attended {
    /// Everything that is applied.
    pub(crate) fn all(plan: &Plan) -> Attended {
        let applied = |step: &&Step| !matches!(step.reason, Reason::SsaIgnore | Reason::ReconcileDisabled);
        let objects = plan.steps().filter(applied).filter_map(|step| ObjectRef::of(&step.manifest.value)).collect();
        Attended { objects, vanishing: vanishing(plan) }
    }

    /// How many objects they are.
    pub(crate) fn count(&self) -> usize {
        self.objects.len()
    }

    /// The same without those of a kind.
    pub(crate) fn without(mut self, kind: &str) -> Attended {
        self.objects.retain(|object| object.gvk.kind != kind);
        self
    }

    /// These, whether they are among what is applied or not.
    pub(crate) fn only(objects: BTreeSet<ObjectRef>, plan: &Plan) -> Attended {
        Attended { objects, vanishing: vanishing(plan) }
    }
}

fn vanishing(plan: &Plan) -> BTreeSet<ObjectRef> {
    let vanishing = plan.steps().filter(|step| may_vanish(&step.manifest.value));
    vanishing.filter_map(|step| ObjectRef::of(&step.manifest.value)).collect()
}

/// Waits until they are healthy. Drift is put back meanwhile.
pub(crate) async fn wait(
    work: &Work<'_>,
    applied: &mut Applied,
    attended: Attended,
    waiting: &dyn Waiting,
) -> Result<Checked, Stop> {
    if attended.objects.is_empty() {
        return Ok(Checked::Nothing);
    }
    let started = Instant::now();
    let superseding = |trigger: &Trigger| waiting.is_superseded_by(trigger);
    let pressing = |trigger: &Trigger| superseding(trigger) || matches!(trigger, Trigger::Drifted(_));
    let mut following = pin!(follow(work, attended, work.ways.timeout, Some(waiting)));
    let settled = loop {
        tokio::select! {
            biased;
            settled = &mut following => break settled,
            () = work.mailbox.wait_for(pressing) => {}
            () = clock::until(applied.corrections.due()) => {}
        }
        if work.mailbox.holds(superseding) {
            work.subscription.stop_awaiting();
            return Err(Stop::Superseded(format!(
                "health checks of {} were cancelled: a newer revision or spec arrived",
                waiting.revision()
            )));
        }
        let mut drifted = work.mailbox.take_drifted();
        drifted.extend(applied.corrections.resume(Instant::now()));
        if let Err(error) = Box::pin(drift::correct(work, applied, &drifted)).await {
            // The next run finds the same difference.
            tracing::debug!(object = %work.subject.key, %error, "cannot put back drift while waiting for health");
        }
    };
    match settled {
        Verdict::Healthy => {
            let assumed = work.subscription.assumed_kinds();
            work.subscription.stop_awaiting();
            Ok(Checked::Healthy { assumed, after: started.elapsed() })
        }
        // They stay under watch, so that their recovery is seen.
        Verdict::Waiting { on: objects } | Verdict::Failed { because: objects } => {
            Err(Stop::Unhealthy { after: started.elapsed(), objects })
        }
    }
}

/// What the health stage found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Nothing was to be checked.
    Nothing,
    /// Everything is healthy; objects of these kinds were taken to be.
    Healthy {
        /// Kinds whose health was assumed.
        assumed: BTreeSet<String>,
        /// How long it took.
        after: Duration,
    },
}

/// Waits for a few objects, for at most `timeout`, without telling of progress.
pub(crate) async fn until_settled(work: &Work<'_>, objects: BTreeSet<ObjectRef>, timeout: Duration) -> Verdict {
    let attended = Attended { objects, vanishing: BTreeSet::new() };
    let verdict = follow(work, attended, timeout, None).await;
    work.subscription.stop_awaiting();
    verdict
}

async fn follow(work: &Work<'_>, attended: Attended, timeout: Duration, waiting: Option<&dyn Waiting>) -> Verdict {
    let Attended { objects, vanishing } = attended;
    // The tracker tells of what carries our label; anything else is followed on its own, and heard of from here on.
    let unheard = work.subscription.await_health(&work.engine.tracker, objects, vanishing, work.health_rules.clone());
    let mut strangers = JoinSet::new();
    for object in unheard {
        strangers.spawn(follow_one(work.cluster.clone(), object, Arc::downgrade(&work.subscription)));
    }
    work.subscription.hear(strangers);
    until_verdict(work, timeout, waiting).await
}

async fn until_verdict(work: &Work<'_>, timeout: Duration, waiting: Option<&dyn Waiting>) -> Verdict {
    let deadline = Instant::now() + timeout;
    let mut show = Instant::now() + PROGRESS_EVERY;
    let mut news = true;
    loop {
        let recheck = match work.subscription.standing() {
            Standing::Waiting { recheck } => recheck,
            Standing::Healthy | Standing::Failed => return work.subscription.verdict(),
        };
        tokio::select! {
            () = work.subscription.health_changed() => news = true,
            () = until(recheck) => {
                work.subscription.reassess(&work.engine.tracker);
                news = true;
            }
            () = sleep_until(show), if news && waiting.is_some() => {
                news = false;
                show = Instant::now() + PROGRESS_EVERY;
                if let (Some(waiting), Verdict::Waiting { on }) = (waiting, work.subscription.verdict()) {
                    waiting.progress(&on).await;
                }
            }
            () = sleep_until(deadline) => return work.subscription.verdict(),
        }
    }
}

/// Sleeps until a time on the wall clock; for ever if there is none.
async fn until(time: Option<Timestamp>) {
    match time {
        Some(time) => {
            let left = Duration::try_from(time.duration_since(clock::timestamp())).unwrap_or(Duration::ZERO);
            sleep(left).await;
        }
        None => std::future::pending().await,
    }
}

/// Follows an object that carries no owner label, such as one that another tool applies.
async fn follow_one(cluster: Cluster, object: ObjectRef, subscription: Weak<Subscription>) {
    let scope = match object.namespace.as_str() {
        "" => Scope::Cluster,
        namespace => Scope::Namespace(namespace.to_owned()),
    };
    let mut events = cluster.watch(&object.gvk, scope, Selector::fields(format!("metadata.name={}", object.name)));
    loop {
        let event = events.next().await;
        let Some(subscription) = subscription.upgrade() else { return };
        match event {
            Event::Applied(live) => subscription.saw_health(&object, Some(resource_version(&live)), Some(&live)),
            Event::Deleted(last) => subscription.saw_health(&object, Some(resource_version(&last)), None),
            Event::Restarted(all) => subscription.saw_health(&object, all.first().map(resource_version), all.first()),
        }
    }
}

/// How many groups of objects a line of progress names.
const SHOWN: usize = 5;

/// What is waited for, in one line: for the Reconciling condition.
pub(crate) fn summary(on: &[(ObjectId, Health)]) -> String {
    let groups = alike(on);
    let mut text: Vec<String> = groups
        .iter()
        .take(SHOWN)
        .map(|(objects, health)| {
            let verb = if objects.len() == 1 { "is" } else { "are" };
            let colon = if health.message.is_empty() { "" } else { ": " };
            format!("{} {verb} {}{colon}{}", names(objects), health.status, health.message)
        })
        .collect();
    let more: usize = groups.iter().skip(SHOWN).map(|(objects, _)| objects.len()).sum();
    if more > 0 {
        text.push(format!("and {more} more"));
    }
    text.join("; ")
}

/// Objects of which the same can be said, together, in the order of the first of each.
pub(crate) fn alike(on: &[(ObjectId, Health)]) -> Vec<(Vec<&ObjectId>, &Health)> {
    let mut groups: Vec<(Vec<&ObjectId>, &Health)> = Vec::new();
    for (object, health) in on {
        match groups.iter_mut().find(|(_, other)| other.status == health.status && other.message == health.message) {
            Some((objects, _)) => objects.push(object),
            None => groups.push((vec![object], health)),
        }
    }
    groups
}

/// The objects' names, with commas.
pub(crate) fn names(objects: &[&ObjectId]) -> String {
    objects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_for_many_objects_is_said_once() {
        let object = |kind: &str, name: &str| ObjectId {
            group: String::new(),
            kind: kind.into(),
            namespace: "istio-system".into(),
            name: name.into(),
        };
        let on = [
            (object("Canary", "web"), Health::unattended("Canary")),
            (object("Canary", "api"), Health::unattended("Canary")),
            (object("HelmRepository", "istio"), Health::not_found()),
        ];
        assert_eq!(
            summary(&on),
            "Canary/istio-system/web, Canary/istio-system/api are InProgress: no controller for Canary has answered, and \
             Tenter runs none for it; install Flagger, or go on without by --assume-ready Canary; HelmRepository/istio-system/istio is NotFound: Resource not found"
        );
    }
}
