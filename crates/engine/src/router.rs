//! Hears of changes to Flux objects and wakes whoever they concern.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use cluster::{Event, Watch};
use futures::StreamExt;
use futures::stream::SelectAll;
use kinds::flux::REQUESTED_AT;
use manifest::{GroupVersionKind, Value};
use tokio::task::JoinSet;

use crate::Key;
use crate::artifacts::SourceKey;
use crate::directory::Kind;
use crate::engine::Engine;
use crate::helm_release;
use crate::kustomization::{self, PINNED_REVISION};
use crate::mailbox::{Mailbox, Trigger};
use crate::observation::{Ending, Named, Observation};
use crate::rivals::FluxControllers;
use crate::sources::{self, SourceType};
use crate::stages::task;

/// Owns the task of every reconciled object.
pub(crate) struct Router {
    engine: Engine,
    reconcilers: BTreeMap<(Kind, Key), Reconciler>,
    tasks: JoinSet<()>,
    wakes: tokio::sync::mpsc::UnboundedReceiver<Wake>,
    waker: Waker,
    /// Tells of the end, after the tasks are gone.
    _ending: Ending,
}

/// One reconciler, and what was last heard of its object.
struct Reconciler {
    uid: Box<str>,
    mailbox: Mailbox,
    heard: Heard,
}

/// What others are told of when it changes, as digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Heard {
    /// What is asked for with [`REQUESTED_AT`].
    request: u64,
    /// What is wanted of the object.
    wish: u64,
    /// What those who wait for it look at; none of what nobody needs to look at again.
    readiness: Option<u64>,
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
        let ending = Ending(engine.observers.clone());
        Router {
            engine,
            reconcilers: BTreeMap::new(),
            tasks: JoinSet::new(),
            wakes,
            waker: Waker(sender),
            _ending: ending,
        }
    }

    /// Routes until it is dropped.
    pub(crate) async fn run(mut self) {
        let mut rivals = match self.engine.flux_controllers {
            FluxControllers::Ignored => None,
            // Before anything is written it is known who else writes.
            FluxControllers::Heeded => self.engine.rivals.watch(&self.engine.cluster).await,
        };
        let mut watches = SelectAll::new();
        for kind in Kind::ALL {
            watches.push(self.watch(kind).await.map(move |event| (kind, event)));
        }
        loop {
            tokio::select! {
                Some((kind, event)) = watches.next() => self.route(kind, event),
                event = next_of(&mut rivals) => self.rivals_changed(event),
                Some(wake) = self.wakes.recv() => {
                    if let Some(reconciler) = self.reconcilers.get(&(wake.kind, wake.key)) {
                        reconciler.mailbox.leave(wake.trigger);
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

    /// Wakes everybody whose kind has another rival now, or none any more.
    fn rivals_changed(&self, event: Event) {
        let kinds = self.engine.rivals.hear(event);
        for ((kind, _), reconciler) in &self.reconcilers {
            if kinds.contains(kind) {
                reconciler.mailbox.leave(Trigger::RivalChanged);
            }
        }
    }

    async fn watch(&self, kind: Kind) -> Watch {
        let (group, name) = (kind.group(), kind.name());
        // Whatever version a cluster serves is read alike; without an answer, the newest is the best guess.
        let gvk = match self.engine.cluster.preferred(group, name).await {
            Ok(kind) => kind.gvk,
            Err(error) => {
                tracing::warn!(%error, group, kind = name, "cannot tell the served version, watching v1");
                GroupVersionKind::from_api_version(&format!("{group}/v1"), name)
            }
        };
        let watched = &self.engine.watched;
        self.engine.cluster.watch(&gvk, watched.scope.clone(), watched.selector())
    }

    fn route(&mut self, kind: Kind, event: Event) {
        match event {
            Event::Applied(object) => self.applied(kind, vec![object]),
            Event::Deleted(object) => self.gone(kind, &key_of(&object)),
            Event::Restarted(objects) => {
                let present: BTreeSet<Key> = objects.iter().map(key_of).collect();
                let gone: Vec<Key> =
                    self.engine.directory.keys(kind).into_iter().filter(|key| !present.contains(key)).collect();
                gone.iter().for_each(|key| self.gone(kind, key));
                self.applied(kind, objects);
            }
        }
    }

    /// All of them are known before any is looked at: dependencies must not seem to be missing.
    fn applied(&mut self, kind: Kind, objects: Vec<Value>) {
        let mut news = Vec::new();
        for object in objects {
            let key = key_of(&object);
            news.push((key.clone(), text(&object["metadata"]["uid"]).into(), Heard::of(kind, &object)));
            let named = Named { kind: kind.name(), key: &key };
            self.engine.observers.tell(Observation::Seen { object: named, state: &object });
            self.engine.directory.put(kind, &key, object);
        }
        news.into_iter().for_each(|(key, uid, heard)| self.changed(kind, key, uid, heard));
    }

    fn changed(&mut self, kind: Kind, key: Key, uid: Box<str>, heard: Heard) {
        let before = match self.reconcilers.get_mut(&(kind, key.clone())).filter(|known| known.uid == uid) {
            None => {
                self.begin(kind, key.clone(), uid, heard);
                None
            }
            Some(known) => {
                let before = std::mem::replace(&mut known.heard, heard);
                if before.request != heard.request {
                    known.mailbox.leave(Trigger::Requested);
                } else if before.wish != heard.wish {
                    known.mailbox.leave(Trigger::Changed);
                }
                Some(before)
            }
        };
        if heard.readiness.is_none() || before.is_some_and(|before| before.readiness == heard.readiness) {
            return;
        }
        match kind {
            Kind::Kustomization | Kind::HelmRelease => self.wake_dependents(kind, &key),
            // A new source has told of nothing yet.
            Kind::GitRepository | Kind::HelmRepository | Kind::HelmChart | Kind::OciRepository | Kind::Bucket => {
                if before.is_some() {
                    self.wake_users(kind, &key);
                }
            }
        }
    }

    fn begin(&mut self, kind: Kind, key: Key, uid: Box<str>, heard: Heard) {
        if self.engine.assumed.rest(kind) {
            return;
        }
        let mailbox = Mailbox::default();
        mailbox.leave(Trigger::Seen);
        let reconciler = Reconciler { uid: uid.clone(), mailbox: mailbox.clone(), heard };
        if let Some(replaced) = self.reconcilers.insert((kind, key.clone()), reconciler) {
            // Its object is gone, and it has yet to notice.
            replaced.mailbox.leave(Trigger::Changed);
        }
        let engine = self.engine.clone();
        let waker = self.waker.clone();
        let source =
            |kind| sources::Actor::new(engine.clone(), waker, kind, key.clone(), uid.clone(), mailbox.clone()).run();
        match kind {
            Kind::GitRepository => self.tasks.spawn(source(SourceType::Git)),
            Kind::HelmRepository => self.tasks.spawn(source(SourceType::HelmRepository)),
            Kind::HelmChart => self.tasks.spawn(source(SourceType::HelmChart)),
            Kind::OciRepository => self.tasks.spawn(source(SourceType::Oci)),
            Kind::Bucket => self.tasks.spawn(source(SourceType::Bucket)),
            Kind::Kustomization => {
                self.tasks.spawn(task::run(kustomization::actor::Actor::new(engine, key, uid, mailbox)))
            }
            Kind::HelmRelease => {
                self.tasks.spawn(task::run(helm_release::actor::Actor::new(engine, key, uid, mailbox)))
            }
        };
    }

    fn gone(&mut self, kind: Kind, key: &Key) {
        self.engine.directory.remove(kind, key);
        self.engine.observers.tell(Observation::Gone { object: Named { kind: kind.name(), key } });
        if let Some(reconciler) = self.reconcilers.remove(&(kind, key.clone())) {
            reconciler.mailbox.leave(Trigger::Changed);
        }
        match kind {
            Kind::Kustomization | Kind::HelmRelease => self.wake_dependents(kind, key),
            Kind::GitRepository | Kind::HelmRepository | Kind::HelmChart | Kind::OciRepository | Kind::Bucket => {
                self.wake_users(kind, key);
            }
        }
    }

    fn wake_users(&self, kind: Kind, source: &Key) {
        for (kind, user) in self.engine.directory.users_of(&SourceKey::of(kind, source)) {
            self.waker.wake(kind, user, Trigger::SourceChanged);
        }
    }

    fn wake_dependents(&self, kind: Kind, key: &Key) {
        if kind == Kind::Kustomization {
            for yielding in self.engine.directory.yielding_to(key) {
                self.waker.wake(kind, yielding, Trigger::HolderChanged);
            }
        }
        for dependent in self.engine.directory.dependents(kind, key) {
            self.waker.wake(kind, dependent, Trigger::DependencyChanged);
        }
    }
}

impl Heard {
    fn of(kind: Kind, object: &Value) -> Heard {
        let metadata = &object["metadata"];
        let annotations = &metadata["annotations"];
        // A change of anything else, such as status, is nobody's wish.
        let wish = [
            &metadata["generation"],
            &metadata["deletionTimestamp"],
            &annotations[PINNED_REVISION],
            &annotations[kustomization::DRIFT],
        ];
        let status = &object["status"];
        let readiness = match kind {
            // A `readyExpr` may look at all of the status.
            Kind::Kustomization | Kind::HelmRelease => Some(digest(&[&metadata["generation"], status])),
            // Who waits for a source without an artifact repeats what it says about why. Of artifacts, who fetches tells.
            Kind::GitRepository | Kind::HelmRepository | Kind::OciRepository | Kind::Bucket => {
                status["artifact"].is_null().then(|| digest(&[&status["conditions"]]))
            }
            // A release also waits until its chart is the one that is wanted now.
            Kind::HelmChart => {
                let is_stalled = status["conditions"].as_array().is_some_and(|conditions| {
                    conditions.iter().any(|condition| condition["type"] == "Stalled" && condition["status"] == "True")
                });
                let is_behind = status["observedGeneration"] != metadata["generation"];
                let why = if is_stalled || is_behind || status["artifact"].is_null() {
                    &status["conditions"]
                } else {
                    &Value::Null
                };
                Some(digest(&[&metadata["generation"], &status["observedGeneration"], why]))
            }
        };
        Heard { request: digest(&[&annotations[REQUESTED_AT]]), wish: digest(&wish), readiness }
    }
}

async fn next_of(watch: &mut Option<Watch>) -> Event {
    match watch {
        Some(watch) => watch.next().await,
        None => std::future::pending().await,
    }
}

fn digest(values: &[&Value]) -> u64 {
    let mut hasher = DefaultHasher::new();
    values.hash(&mut hasher);
    hasher.finish()
}

fn key_of(object: &Value) -> Key {
    let metadata = &object["metadata"];
    Key::new(text(&metadata["namespace"]), text(&metadata["name"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
