//! What woke a reconciler, collected while it was busy.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cluster::ObjectRef;
use tokio::sync::Notify;

/// Why a reconciler should look again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trigger {
    /// The object appeared, or Tenter just started.
    Seen,
    /// Its spec, its annotations or its deletion changed.
    Changed,
    /// Somebody asked with `reconcile.fluxcd.io/requestedAt`.
    Requested,
    /// Its source holds another revision.
    SourceChanged,
    /// The files of a local source changed.
    FilesChanged,
    /// A Kustomization it depends on changed.
    DependencyChanged,
    /// A ConfigMap or Secret it reads changed.
    ReferenceChanged,
    /// Somebody wrote to the storage of its Helm release.
    StorageChanged,
    /// One of Flux's own controllers for its kind came or went.
    RivalChanged,
    /// An applied object changed hands: another Kustomization declares it too and took it, or let go of it.
    ChangedHands,
    /// A Kustomization that an object was left to changed.
    HolderChanged,
    /// An applied object was changed or deleted by somebody else.
    Drifted(Arc<ObjectRef>),
    /// Everything that failed its health check is healthy.
    Recovered,
    /// The interval, or the wait before another attempt, is over.
    Due,
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trigger::Seen => f.write_str("first seen"),
            Trigger::Changed => f.write_str("the object changed"),
            Trigger::Requested => f.write_str("a reconciliation was requested"),
            Trigger::SourceChanged => f.write_str("the source has a new revision"),
            Trigger::FilesChanged => f.write_str("the source's files changed"),
            Trigger::DependencyChanged => f.write_str("a dependency changed"),
            Trigger::ReferenceChanged => f.write_str("a referenced ConfigMap or Secret changed"),
            Trigger::StorageChanged => f.write_str("the stored Helm release changed"),
            Trigger::RivalChanged => f.write_str("a controller of Flux came or went"),
            Trigger::ChangedHands => f.write_str("an object changed hands"),
            Trigger::HolderChanged => f.write_str("a Kustomization that holds an object changed"),
            Trigger::Drifted(object) => write!(f, "{} drifted", object.id()),
            Trigger::Recovered => f.write_str("what was unhealthy recovered"),
            Trigger::Due => f.write_str("the interval is over"),
        }
    }
}

/// Triggers for one reconciler. Equal triggers are kept once, so a storm of events costs one reconciliation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mailbox(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    triggers: Mutex<BTreeSet<Trigger>>,
    arrived: Notify,
}

impl Mailbox {
    /// Leaves a trigger and wakes the reconciler.
    pub(crate) fn leave(&self, trigger: Trigger) {
        self.lock().insert(trigger);
        self.0.arrived.notify_one();
    }

    /// Waits for at least one trigger and takes all of them.
    pub(crate) async fn take(&self) -> BTreeSet<Trigger> {
        loop {
            let arrived = self.0.arrived.notified();
            let taken = std::mem::take(&mut *self.lock());
            if !taken.is_empty() {
                return taken;
            }
            arrived.await;
        }
    }

    /// Waits until there is a trigger of interest, and leaves it in place. Only one caller may wait at a time.
    pub(crate) async fn wait_for(&self, of_interest: impl Fn(&Trigger) -> bool) {
        loop {
            let arrived = self.0.arrived.notified();
            if self.holds(&of_interest) {
                return;
            }
            arrived.await;
        }
    }

    /// Whether there is a trigger of interest now.
    pub(crate) fn holds(&self, of_interest: impl Fn(&Trigger) -> bool) -> bool {
        self.lock().iter().any(of_interest)
    }

    /// Takes the drifted objects, leaving every other trigger.
    pub(crate) fn take_drifted(&self) -> Vec<Arc<ObjectRef>> {
        let taken = self.lock().extract_if(.., |trigger| matches!(trigger, Trigger::Drifted(_))).collect::<Vec<_>>();
        drifted(&taken).cloned().collect()
    }

    /// Whether both are the same mailbox.
    pub(crate) fn is(&self, other: &Mailbox) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<Trigger>> {
        // A panic elsewhere cannot leave a set half changed.
        self.0.triggers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The objects that drift triggers are about.
pub(crate) fn drifted<'a>(triggers: impl IntoIterator<Item = &'a Trigger>) -> impl Iterator<Item = &'a Arc<ObjectRef>> {
    triggers.into_iter().filter_map(|trigger| match trigger {
        Trigger::Drifted(object) => Some(object),
        Trigger::Seen
        | Trigger::Changed
        | Trigger::Requested
        | Trigger::SourceChanged
        | Trigger::FilesChanged
        | Trigger::DependencyChanged
        | Trigger::ReferenceChanged
        | Trigger::StorageChanged
        | Trigger::RivalChanged
        | Trigger::ChangedHands
        | Trigger::HolderChanged
        | Trigger::Recovered
        | Trigger::Due => None,
    })
}

#[cfg(test)]
mod tests {
    use manifest::GroupVersionKind;

    use super::*;

    #[tokio::test]
    async fn triggers_left_while_busy_are_taken_together_and_once() {
        let mailbox = Mailbox::default();
        mailbox.leave(Trigger::Changed);
        mailbox.leave(Trigger::SourceChanged);
        mailbox.leave(Trigger::Changed);
        assert_eq!(mailbox.take().await, BTreeSet::from([Trigger::Changed, Trigger::SourceChanged]));
        let waiting = tokio::spawn({
            let mailbox = mailbox.clone();
            async move { mailbox.take().await }
        });
        mailbox.leave(Trigger::Due);
        assert_eq!(waiting.await.unwrap(), BTreeSet::from([Trigger::Due]));
    }

    #[tokio::test]
    async fn drift_can_be_taken_alone() {
        let gvk = GroupVersionKind::from_api_version("v1", "Service");
        let object = Arc::new(ObjectRef::new(gvk, "a", "b"));
        let mailbox = Mailbox::default();
        mailbox.leave(Trigger::Changed);
        mailbox.leave(Trigger::Drifted(object.clone()));
        assert_eq!(mailbox.take_drifted(), [object]);
        assert!(mailbox.take_drifted().is_empty());
        assert_eq!(mailbox.take().await, BTreeSet::from([Trigger::Changed]));
    }

    #[tokio::test]
    async fn a_trigger_waited_for_stays() {
        let mailbox = Mailbox::default();
        mailbox.leave(Trigger::DependencyChanged);
        mailbox.leave(Trigger::Changed);
        mailbox.wait_for(|trigger| *trigger == Trigger::Changed).await;
        assert_eq!(mailbox.take().await.len(), 2);
    }
}
