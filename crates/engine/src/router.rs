//! Hears of changes to Flux objects and wakes whoever they concern.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::{Event, Scope, Selector, Watch};
use kinds::flux::REQUESTED_AT;
use manifest::{GroupVersionKind, Value};
use tokio::task::JoinSet;

use crate::Key;
use crate::directory::{Kind, without_field_owners};
use crate::engine::Engine;
use crate::kustomization::{self, PINNED_REVISION};
use crate::mailbox::{Mailbox, Trigger};
use crate::{git_repository, kustomization::actor};

/// Owns the task of every reconciled object.
pub(crate) struct Router {
    engine: Engine,
    mailboxes: BTreeMap<(Kind, Key), (String, Mailbox)>,
    tasks: JoinSet<()>,
    wakes: tokio::sync::mpsc::UnboundedReceiver<Wake>,
    waker: Waker,
}

/// Somebody's request to wake a reconciler.
#[derive(Debug)]
pub(crate) struct Wake {
    kind: Kind,
    key: Key,
    trigger: Trigger,
}

/// Wakes reconcilers by name.
#[derive(Debug, Clone)]
pub(crate) struct Waker(tokio::sync::mpsc::UnboundedSender<Wake>);

impl Waker {
    /// Leaves `trigger` for a reconciler, if there is one.
    pub(crate) fn wake(&self, kind: Kind, key: Key, trigger: Trigger) {
        // It fails only when the router is gone, and then nobody is left to wake.
        let _ = self.0.send(Wake { kind, key, trigger });
    }
}

impl Router {
    pub(crate) fn new(engine: Engine) -> Router {
        let (sender, wakes) = tokio::sync::mpsc::unbounded_channel();
        Router { engine, mailboxes: BTreeMap::new(), tasks: JoinSet::new(), wakes, waker: Waker(sender) }
    }

    /// Routes until it is dropped.
    pub(crate) async fn run(mut self) {
        let mut repositories = self.watch(Kind::GitRepository).await;
        let mut kustomizations = self.watch(Kind::Kustomization).await;
        loop {
            tokio::select! {
                event = repositories.next() => self.route(Kind::GitRepository, event),
                event = kustomizations.next() => self.route(Kind::Kustomization, event),
                Some(wake) = self.wakes.recv() => {
                    if let Some((_, mailbox)) = self.mailboxes.get(&(wake.kind, wake.key)) {
                        mailbox.leave(wake.trigger);
                    }
                }
                Some(ended) = self.tasks.join_next() => {
                    if let Err(error) = ended
                        && error.is_panic()
                    {
                        tracing::error!(%error, "a reconciler panicked; its object rests until the next start");
                    }
                }
            }
        }
    }

    async fn watch(&self, kind: Kind) -> Watch {
        let (group, name) = match kind {
            Kind::GitRepository => ("source.toolkit.fluxcd.io", "GitRepository"),
            Kind::Kustomization => ("kustomize.toolkit.fluxcd.io", "Kustomization"),
        };
        // Whatever version a cluster serves is read alike; without an answer, the newest is the best guess.
        let gvk = match self.engine.cluster.preferred(group, name).await {
            Ok(kind) => kind.gvk,
            Err(error) => {
                tracing::warn!(%error, group, kind = name, "cannot tell the served version, watching v1");
                GroupVersionKind::from_api_version(&format!("{group}/v1"), name)
            }
        };
        self.engine.cluster.watch(&gvk, Scope::Cluster, Selector::all())
    }

    fn route(&mut self, kind: Kind, event: Event) {
        match event {
            Event::Applied(object) => {
                let object = Arc::new(without_field_owners(object));
                let before = self.engine.directory.put(kind, &key_of(&object), Some(object.clone()));
                self.changed(kind, before, &object);
            }
            Event::Deleted(object) => self.gone(kind, &key_of(&object)),
            Event::Restarted(objects) => {
                let present: BTreeSet<Key> = objects.iter().map(key_of).collect();
                let gone: Vec<Key> =
                    self.engine.directory.keys(kind).into_iter().filter(|key| !present.contains(key)).collect();
                gone.iter().for_each(|key| self.gone(kind, key));
                // All of them are known before any is looked at: dependencies must not seem to be missing.
                let changes: Vec<_> = objects
                    .into_iter()
                    .map(|object| {
                        let object = Arc::new(without_field_owners(object));
                        (self.engine.directory.put(kind, &key_of(&object), Some(object.clone())), object)
                    })
                    .collect();
                changes.into_iter().for_each(|(before, object)| self.changed(kind, before, &object));
            }
        }
    }

    fn changed(&mut self, kind: Kind, before: Option<Arc<Value>>, object: &Value) {
        let key = key_of(object);
        let uid = text(&object["metadata"]["uid"]).to_owned();
        let known = self.mailboxes.get(&(kind, key.clone())).filter(|(known, _)| *known == uid);
        match known {
            None => self.begin(kind, key.clone(), uid),
            Some((_, mailbox)) => {
                let before = before.as_deref().unwrap_or(&Value::Null);
                if before["metadata"]["annotations"][REQUESTED_AT] != object["metadata"]["annotations"][REQUESTED_AT] {
                    mailbox.leave(Trigger::Requested);
                } else if wish(before) != wish(object) {
                    mailbox.leave(Trigger::Changed);
                }
            }
        }
        if kind == Kind::GitRepository && news_for_waiting(before.as_deref(), object) {
            self.wake_users(&key);
        }
        if kind == Kind::Kustomization && before.is_none_or(|before| readiness(&before) != readiness(object)) {
            self.wake_dependents(&key);
        }
    }

    fn begin(&mut self, kind: Kind, key: Key, uid: String) {
        let mailbox = Mailbox::default();
        mailbox.leave(Trigger::Seen);
        if let Some((_, replaced)) = self.mailboxes.insert((kind, key.clone()), (uid.clone(), mailbox.clone())) {
            // Its object is gone, and it has yet to notice.
            replaced.leave(Trigger::Changed);
        }
        let engine = self.engine.clone();
        let waker = self.waker.clone();
        match kind {
            Kind::GitRepository => self.tasks.spawn(git_repository::Actor::new(engine, waker, key, uid, mailbox).run()),
            Kind::Kustomization => self.tasks.spawn(actor::Actor::new(engine, key, uid, mailbox).run()),
        };
    }

    fn gone(&mut self, kind: Kind, key: &Key) {
        self.engine.directory.put(kind, key, None);
        if let Some((_, mailbox)) = self.mailboxes.remove(&(kind, key.clone())) {
            mailbox.leave(Trigger::Changed);
        }
        match kind {
            Kind::Kustomization => self.wake_dependents(key),
            Kind::GitRepository => self.wake_users(key),
        }
    }

    fn wake_users(&self, source: &Key) {
        for user in self.engine.directory.users_of("GitRepository", source) {
            self.waker.wake(Kind::Kustomization, user, Trigger::SourceChanged);
        }
    }

    fn wake_dependents(&self, key: &Key) {
        for dependent in self.engine.directory.dependents(key) {
            self.waker.wake(Kind::Kustomization, dependent, Trigger::DependencyChanged);
        }
    }
}

fn key_of(object: &Value) -> Key {
    let metadata = &object["metadata"];
    Key::new(text(&metadata["namespace"]), text(&metadata["name"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The parts of an object that say what is wanted; a change of anything else, such as status, is nobody's wish.
fn wish(object: &Value) -> [&Value; 4] {
    let metadata = &object["metadata"];
    let annotations = &metadata["annotations"];
    [
        &metadata["generation"],
        &metadata["deletionTimestamp"],
        &annotations[PINNED_REVISION],
        &annotations[kustomization::DRIFT],
    ]
}

/// Whether a source without an artifact says something new about why: those who wait for it repeat it.
fn news_for_waiting(before: Option<&Value>, after: &Value) -> bool {
    let conditions = |object: &Value| object["status"]["conditions"].clone();
    after["status"]["artifact"].is_null() && before.is_some_and(|before| conditions(before) != conditions(after))
}

/// The parts of a Kustomization that others may depend on; a `readyExpr` may look at all of its status.
fn readiness(object: &Value) -> (&Value, &Value) {
    (&object["metadata"]["generation"], &object["status"])
}
