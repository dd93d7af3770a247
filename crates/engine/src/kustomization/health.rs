//! The health stage: waits, on watch events alone, until everything is as it should be.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use cluster::{Cluster, Event, ObjectRef, Scope, Selector};
use jiff::Timestamp;
use manifest::{GroupVersionKind, ObjectId};
use plan::decide::{Plan, Reason};
use plan::health::{Health, Verdict, may_vanish, verdict};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::halt::Halt;
use super::memory::Memory;
use super::report;
use super::{drift, gate};
use crate::mailbox::Trigger;
use crate::pipeline::Run;
use crate::subscription::Subscription;

/// A wait that is longer than this shows in status.
const SHOW_PROGRESS_AFTER: Duration = Duration::from_secs(1);

/// Progress in status is written at most this often.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Waits for everything that `spec.wait` or `spec.healthChecks` name.
/// Drift is put back meanwhile.
pub(crate) async fn wait(run: &Run<'_>, memory: &mut Memory, plan: &Plan, revision: &str) -> Result<Checked, Halt> {
    let spec = &run.kustomization.spec;
    let objects: BTreeSet<ObjectRef> = if spec.wait {
        let applied = plan.steps().filter(|step| !matches!(step.reason, Reason::SsaIgnore | Reason::ReconcileDisabled));
        applied.filter_map(|step| ObjectRef::of(&step.manifest.value)).collect()
    } else {
        let namespace = &run.kustomization.metadata.namespace;
        spec.health_checks
            .iter()
            .map(|check| {
                let gvk = GroupVersionKind::from_api_version(&check.api_version, &check.kind);
                let namespace = if check.namespace.is_empty() { namespace } else { &check.namespace };
                ObjectRef::new(gvk, namespace, &check.name)
            })
            .collect()
    };
    if objects.is_empty() {
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
    let vanishing = plan.steps().filter(|step| may_vanish(&step.manifest.value));
    let vanishing = vanishing.filter_map(|step| ObjectRef::of(&step.manifest.value)).collect();
    let mut following = pin!(follow(run, objects, vanishing, timeout, Some(revision)));
    let settled = loop {
        tokio::select! {
            biased;
            settled = &mut following => break settled,
            () = run.mailbox.wait_for(pressing) => {}
        }
        if run.mailbox.holds(superseding) {
            run.subscription.stop_awaiting();
            return Err(Halt::Superseded(format!(
                "health checks of {revision} were cancelled: a newer revision or spec arrived"
            )));
        }
        if let Err(error) = drift::correct(run, memory, &run.mailbox.take_drifted()).await {
            // The next run finds the same difference.
            tracing::debug!(kustomization = %run.key, %error, "cannot put back drift while waiting for health");
        }
    };
    match settled {
        Verdict::Healthy => {
            let healths = run.subscription.healths();
            let assumed = healths.iter().filter(|(_, health)| health.is_assumed());
            let assumed = assumed.map(|(object, _)| object.kind.clone()).collect();
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
    let verdict = follow(run, objects, BTreeSet::new(), timeout, None).await;
    run.subscription.stop_awaiting();
    verdict
}

async fn follow(
    run: &Run<'_>,
    objects: BTreeSet<ObjectRef>,
    vanishing: BTreeSet<ObjectRef>,
    timeout: Duration,
    revision: Option<&str>,
) -> Verdict {
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
    let mut shown = None;
    loop {
        let healths = run.subscription.healths();
        let now = verdict(&healths);
        let Verdict::Waiting { on } = &now else { return now };
        let recheck = healths.values().filter_map(|health| health.recheck).min();
        let progress = revision.filter(|_| shown.as_ref() != Some(on));
        tokio::select! {
            () = run.subscription.health_changed() => {}
            () = until(recheck) => run.subscription.reassess(&run.engine.tracker),
            () = sleep_until(show), if progress.is_some() => {
                if let Some(revision) = progress {
                    report::progress(run, revision, on).await;
                }
                shown = Some(on.clone());
                show = Instant::now() + PROGRESS_EVERY;
            }
            () = sleep_until(deadline) => return now,
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
            Event::Applied(live) => subscription.saw_health(&object, Some(&live)),
            Event::Deleted(_) => subscription.saw_health(&object, None),
            Event::Restarted(all) => subscription.saw_health(&object, all.first()),
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
