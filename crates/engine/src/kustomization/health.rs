//! The health stage: waits, on watch events alone, until everything is as it should be.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Scope, Selector};
use jiff::Timestamp;
use kinds::flux::Kustomization;
use kinds::flux::kustomization::ObjectReference;
use manifest::{GroupVersionKind, ObjectId};
use plan::decide::{Plan, Reason, Step};
use plan::health::{Health, Verdict, may_vanish};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::halt::Halt;
use super::memory::Memory;
use super::report;
use super::{drift, gate};
use crate::awaited::Standing;
use crate::clock;
use crate::mailbox::Trigger;
use crate::pipeline::Run;
use crate::subscription::Subscription;
use crate::tracker::resource_version;

/// A wait that is longer than this shows in status.
const SHOW_PROGRESS_AFTER: Duration = Duration::from_secs(1);

/// Progress in status is written at most this often.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Whose health is waited for.
pub(crate) struct Attended {
    objects: BTreeSet<ObjectRef>,
    /// Those that go away by themselves when they are done.
    vanishing: BTreeSet<ObjectRef>,
}

impl Attended {
    /// Everything that `spec.wait` or `spec.healthChecks` name.
    pub(crate) fn of(kustomization: &Kustomization, plan: &Plan) -> Attended {
        let spec = &kustomization.spec;
        let named = |check: &ObjectReference| {
            let gvk = GroupVersionKind::from_api_version(&check.api_version, &check.kind);
            let namespace = [&check.namespace, &kustomization.metadata.namespace];
            let namespace = namespace.into_iter().find(|namespace| !namespace.is_empty());
            ObjectRef::new(gvk, namespace.cloned().unwrap_or_default(), &check.name)
        };
        let applied = |step: &&Step| !matches!(step.reason, Reason::SsaIgnore | Reason::ReconcileDisabled);
        let declared = |step: &Step| ObjectRef::of(&step.manifest.value);
        let objects = if spec.wait {
            plan.steps().filter(applied).filter_map(declared).collect()
        } else {
            spec.health_checks.iter().map(named).collect()
        };
        let vanishing = plan.steps().filter(|step| may_vanish(&step.manifest.value)).filter_map(declared).collect();
        Attended { objects, vanishing }
    }
}

/// Waits until they are healthy. Drift is put back meanwhile.
pub(crate) async fn wait(
    run: &Run<'_>,
    memory: &mut Memory,
    attended: Attended,
    revision: &str,
) -> Result<Checked, Halt> {
    if attended.objects.is_empty() {
        return Ok(Checked::Nothing);
    }
    let started = Instant::now();
    let timeout = run.kustomization.timeout();
    let superseding = |trigger: &Trigger| match trigger {
        Trigger::Changed | Trigger::Requested => true,
        Trigger::SourceChanged => !gate::is_newest(run, revision),
        Trigger::Seen
        | Trigger::FilesChanged
        | Trigger::DependencyChanged
        | Trigger::ReferenceChanged
        | Trigger::Drifted(_)
        | Trigger::Recovered
        | Trigger::Due => false,
    };
    let pressing = |trigger: &Trigger| superseding(trigger) || matches!(trigger, Trigger::Drifted(_));
    let mut following = pin!(follow(run, attended, timeout, Some(revision)));
    let settled = loop {
        tokio::select! {
            biased;
            settled = &mut following => break settled,
            () = run.mailbox.wait_for(pressing) => {}
            () = clock::until(memory.corrections.due()) => {}
        }
        if run.mailbox.holds(superseding) {
            run.subscription.stop_awaiting();
            return Err(Halt::Superseded(format!(
                "health checks of {revision} were cancelled: a newer revision or spec arrived"
            )));
        }
        let mut drifted = run.mailbox.take_drifted();
        drifted.extend(memory.corrections.resume(Instant::now()));
        if let Err(error) = Box::pin(drift::correct(run, memory, &drifted)).await {
            // The next run finds the same difference.
            tracing::debug!(kustomization = %run.key, %error, "cannot put back drift while waiting for health");
        }
    };
    match settled {
        Verdict::Healthy => {
            let assumed = run.subscription.assumed_kinds();
            run.subscription.stop_awaiting();
            Ok(Checked::Healthy { assumed, after: started.elapsed() })
        }
        // They stay under watch, so that their recovery is seen.
        Verdict::Waiting { on: objects } | Verdict::Failed { because: objects } => {
            Err(Halt::Unhealthy { after: started.elapsed(), objects })
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
pub(crate) async fn until_settled(run: &Run<'_>, objects: BTreeSet<ObjectRef>, timeout: Duration) -> Verdict {
    let attended = Attended { objects, vanishing: BTreeSet::new() };
    let verdict = follow(run, attended, timeout, None).await;
    run.subscription.stop_awaiting();
    verdict
}

async fn follow(run: &Run<'_>, attended: Attended, timeout: Duration, revision: Option<&str>) -> Verdict {
    let Attended { objects, vanishing } = attended;
    // The tracker tells of what carries our label; anything else is followed on its own, and heard of from here on.
    let unheard = run.subscription.await_health(&run.engine.tracker, objects, vanishing, run.health_rules.clone());
    let mut strangers = JoinSet::new();
    for object in unheard {
        strangers.spawn(follow_one(run.cluster.clone(), object, Arc::downgrade(&run.subscription)));
    }
    run.subscription.hear(strangers);
    until_verdict(run, timeout, revision).await
}

async fn until_verdict(run: &Run<'_>, timeout: Duration, revision: Option<&str>) -> Verdict {
    let deadline = Instant::now() + timeout;
    let mut show = Instant::now() + SHOW_PROGRESS_AFTER;
    let mut news = true;
    loop {
        let recheck = match run.subscription.standing() {
            Standing::Waiting { recheck } => recheck,
            Standing::Healthy | Standing::Failed => return run.subscription.verdict(),
        };
        tokio::select! {
            () = run.subscription.health_changed() => news = true,
            () = until(recheck) => {
                run.subscription.reassess(&run.engine.tracker);
                news = true;
            }
            () = sleep_until(show), if news && revision.is_some() => {
                news = false;
                show = Instant::now() + PROGRESS_EVERY;
                if let (Some(revision), Verdict::Waiting { on }) = (revision, run.subscription.verdict()) {
                    Box::pin(report::progress(run, revision, &on)).await;
                }
            }
            () = sleep_until(deadline) => return run.subscription.verdict(),
        }
    }
}

/// Sleeps until a time on the wall clock; for ever if there is none.
async fn until(time: Option<Timestamp>) {
    match time {
        Some(time) => {
            let left = Duration::try_from(time.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO);
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
            (object("HelmRelease", "flagger"), Health::unattended("HelmRelease")),
            (object("HelmRelease", "istiod"), Health::unattended("HelmRelease")),
            (object("HelmRepository", "istio"), Health::not_found()),
        ];
        assert_eq!(
            summary(&on),
            "HelmRelease/istio-system/flagger, HelmRelease/istio-system/istiod are InProgress: no controller for \
             HelmRelease has answered, and Tenter runs none; install one, or go on without by --assume-ready \
             HelmRelease; HelmRepository/istio-system/istio is NotFound: Resource not found"
        );
    }
}
