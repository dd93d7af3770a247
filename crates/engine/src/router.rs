//! Hears of changes to Flux objects and wakes whoever they concern.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use cluster::{Event, Watch};
use futures::StreamExt;
use futures::future::join_all;
use futures::stream::SelectAll;
use kinds::flux::REQUESTED_AT;
use manifest::{GroupVersionKind, Value};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::Key;
use crate::artifacts::SourceKey;
use crate::directory::Kind;
use crate::engine::Engine;
use crate::events::Recorder;
use crate::helm_release;
use crate::kustomization::{self, PINNED_REVISION};
use crate::mailbox::{Mailbox, Trigger};
use crate::observation::{Ending, Named, Observation};
use crate::rivals::FluxControllers;
use crate::sources::{self, SourceType};
use crate::stages::task;

/// Who asks for the first lists waits no longer than this for one that does not come.
const FIRST_LISTS_WITHIN: Duration = Duration::from_secs(3);

/// Who stops waits no longer than this until the last events are recorded.
const LAST_EVENTS_WITHIN: Duration = Duration::from_secs(2);

/// Owns the task of every reconciled object.
pub(crate) struct Router {
    engine: Engine,
    reconcilers: BTreeMap<(Kind, Key), Reconciler>,
    tasks: JoinSet<()>,
    /// Records events, and outlives the tasks that have them to tell.
    recorder: JoinSet<()>,
    finish_recording: oneshot::Sender<()>,
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
    /// Whether it has a task: not where it is another engine's, and nothing here needs it.
    is_at_work: bool,
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

/// What there is of every kind that is served, sources before what is made from them: an object must not seem to be missing
/// that is only not heard of yet.
async fn first_lists(watches: &mut [(Kind, Watch)]) -> Vec<(Kind, Event)> {
    let lists = watches.iter_mut().map(async |(kind, watch)| {
        let list = tokio::time::timeout(FIRST_LISTS_WITHIN, watch.next_while_served()).await;
        Some((*kind, list.ok()??))
    });
    join_all(lists).await.into_iter().flatten().collect()
}

impl Router {
    pub(crate) fn new(engine: Engine, recorder: Recorder) -> Router {
        let (sender, wakes) = tokio::sync::mpsc::unbounded_channel();
        let ending = Ending(engine.observers.clone());
        let (finish_recording, finish) = oneshot::channel();
        let recorder = JoinSet::from_iter([recorder.run(engine.cluster.clone(), finish)]);
        Router {
            engine,
            reconcilers: BTreeMap::new(),
            tasks: JoinSet::new(),
            recorder,
            finish_recording,
            wakes,
            waker: Waker(sender),
            _ending: ending,
        }
    }

    /// Routes until it is told to stop, and returns when every task has ended and what they told is recorded.
    pub(crate) async fn run(mut self, stop: oneshot::Receiver<()>) {
        tokio::select! {
            () = self.route_on() => {}
            // A sender that is dropped stops as well.
            _ = stop => {}
        }
        self.tasks.shutdown().await;
        // Whoever records is gone only if it panicked.
        let _ = self.finish_recording.send(());
        if tokio::time::timeout(LAST_EVENTS_WITHIN, self.recorder.join_next()).await.is_err() {
            tracing::warn!("the last events are not recorded: the API server does not answer in time");
            self.recorder.shutdown().await;
        }
    }

    /// Routes until it is dropped.
    async fn route_on(&mut self) {
        let mut rivals = match self.engine.flux_controllers {
            FluxControllers::Ignored => None,
            // Before anything is written it is known who else writes.
            FluxControllers::Heeded => self.engine.rivals.watch(&self.engine.cluster).await,
        };
        let mut watches = Vec::new();
        for kind in Kind::ALL {
            watches.push((kind, self.watch(kind).await));
        }
        for (kind, list) in first_lists(&mut watches).await {
            self.route(kind, list);
        }
        let named = |(kind, watch): (Kind, Watch)| watch.map(move |event| (kind, event));
        let mut watches: SelectAll<_> = watches.into_iter().map(named).collect();
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
            let is_ours = self.engine.shard.holds(&key);
            let heard = if is_ours { Heard::of(kind, &object) } else { Heard::of_others(kind, &object) };
            news.push((key.clone(), text(&object["metadata"]["uid"]).into(), heard));
            if is_ours {
                let named = Named { kind: kind.name(), key: &key };
                self.engine.observers.tell(Observation::Seen { object: named, state: &object });
            }
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
        if !self.engine.shard.is_whole() {
            self.read_sources_of(kind, &key);
        }
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
        let reconciler = Reconciler { uid, mailbox, heard, is_at_work: false };
        if let Some(replaced) = self.reconcilers.insert((kind, key.clone()), reconciler) {
            // Its object is gone, and it has yet to notice.
            replaced.mailbox.leave(Trigger::Changed);
        }
        if self.is_needed(kind, &key) {
            self.put_to_work(kind, key);
        }
    }

    /// Whether an object is in our share, or a source of one that is.
    fn is_needed(&self, kind: Kind, key: &Key) -> bool {
        let (mut seen, mut pending) = (BTreeSet::new(), vec![(kind, key.clone())]);
        while let Some((kind, key)) = pending.pop() {
            if self.engine.shard.holds(&key) {
                return true;
            }
            // What nobody takes anything from has no users.
            let users = self.engine.directory.users_of(&SourceKey::of(kind, &key));
            if seen.insert((kind, key)) {
                pending.extend(users);
            }
        }
        false
    }

    /// Puts the sources of an object to work, if the object is at work itself, and theirs.
    fn read_sources_of(&mut self, kind: Kind, key: &Key) {
        let (mut seen, mut pending) = (BTreeSet::new(), vec![(kind, key.clone())]);
        while let Some((kind, key)) = pending.pop() {
            let is_at_work = self.reconcilers.get(&(kind, key.clone())).is_some_and(|known| known.is_at_work);
            if !is_at_work || !seen.insert((kind, key.clone())) {
                continue;
            }
            for source in self.engine.directory.sources_of(kind, &key) {
                let Some(kind) = Kind::named(&source.kind) else { continue };
                self.put_to_work(kind, source.key.clone());
                pending.push((kind, source.key.clone()));
            }
        }
    }

    /// Gives a reconciler its task, if there is one that has none yet.
    fn put_to_work(&mut self, kind: Kind, key: Key) {
        let Some(known) = self.reconcilers.get_mut(&(kind, key.clone())).filter(|known| !known.is_at_work) else {
            return;
        };
        known.is_at_work = true;
        let (uid, mailbox) = (known.uid.clone(), known.mailbox.clone());
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

impl Heard {
    /// Of an object that another engine keeps: if it is a source that is read here, too, what was found there is a reason
    /// to look.
    fn of_others(kind: Kind, object: &Value) -> Heard {
        let heard = Heard::of(kind, object);
        match kind {
            Kind::GitRepository | Kind::HelmRepository | Kind::HelmChart | Kind::OciRepository | Kind::Bucket => {
                let artifact = &object["status"]["artifact"];
                let found = digest(&[&artifact["revision"], &artifact["digest"]]);
                Heard { wish: digest(&[&heard.wish.into(), &found.into()]), ..heard }
            }
            Kind::Kustomization | Kind::HelmRelease => heard,
        }
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
