//! The task of one source: sleeps, wakes for a reason, looks, reports, and sleeps again.

use std::collections::BTreeSet;
use std::time::Duration;

use kinds::flux::FINALIZER;
use manifest::Value;
use source::{LocalWatch, local_path};
use tokio::time::Instant;

use super::failure::{Failure, Remedy};
use super::found::{Found, News};
use super::helm_chart::Resolved;
use super::look::Look;
use super::object::{Source, SourceType};
use super::secrets::Secrets;
use super::{bucket, git, helm_chart, helm_repository, oci, report, telling};
use crate::Key;
use crate::artifacts::SourceKey;
use crate::clock::until;
use crate::engine::Engine;
use crate::mailbox::{Mailbox, Trigger};
use crate::observation::Named;
use crate::references::Reader;
use crate::rivals;
use crate::router::Waker;
use crate::stages::finalizer;
use crate::stages::pause::Pauses;
use crate::timeline::{Stage, Timeline};

/// The first artifact of another source that takes no longer is not worth telling of.
const FETCHED_WITHIN: Duration = Duration::from_secs(1);

/// The longest pause between attempts to remove a finalizer.
const MOST_PATIENCE: Duration = Duration::from_secs(600);

/// The task of one source.
pub(crate) struct Actor {
    engine: Engine,
    waker: Waker,
    kind: SourceType,
    key: Key,
    uid: Box<str>,
    mailbox: Mailbox,
    pauses: Pauses,
    /// Whether it was waited for another source before.
    has_waited: bool,
    /// The local repository that is watched, with its URL.
    watched: Option<(String, LocalWatch)>,
    /// Whether it is woken by Secrets.
    reads_secrets: bool,
    /// What a HelmChart was last found to be.
    resolved: Option<Box<Resolved>>,
}

impl Actor {
    pub(crate) fn new(
        engine: Engine,
        waker: Waker,
        kind: SourceType,
        key: Key,
        uid: Box<str>,
        mailbox: Mailbox,
    ) -> Actor {
        Actor {
            engine,
            waker,
            kind,
            key,
            uid,
            mailbox,
            pauses: Pauses::default(),
            has_waited: false,
            watched: None,
            reads_secrets: false,
            resolved: None,
        }
    }

    /// Works until the object is gone. A sleeping task holds nothing of what a look needs: that is boxed.
    pub(crate) async fn run(mut self) {
        let mut due: Option<Instant> = None;
        let mut standing_back = None;
        loop {
            let triggers = tokio::select! {
                triggers = self.mailbox.take() => triggers,
                () = changed(&mut self.watched) => BTreeSet::from([Trigger::FilesChanged]),
                () = until(due) => BTreeSet::from([Trigger::Due]),
            };
            let Some(object) = self.object() else { break };
            if let Some(rival) = self.engine.rivals.of(self.kind.kind()) {
                due = None;
                self.stand_back(&mut standing_back, rival, &object).await;
                continue;
            }
            standing_back = None;
            due = Instant::now().checked_add(Box::pin(self.handle(object, &triggers)).await);
        }
        if !self.engine.directory.contains(self.kind.kind(), &self.key) {
            self.engine.artifacts.remove(&self.source());
        }
        self.engine.references.forget(self.reader(), &self.mailbox);
    }

    fn object(&self) -> Option<Value> {
        let object = self.engine.directory.get(self.kind.kind(), &self.key)?;
        (object["metadata"]["uid"] == *self.uid).then_some(object)
    }

    /// Whether it is for us to write down what is found: one that is in another engine's share is only read.
    fn keeps(&self) -> bool {
        self.engine.shard.holds(&self.key)
    }

    fn source(&self) -> SourceKey {
        SourceKey::of(self.kind.kind(), &self.key)
    }

    fn reader(&self) -> Reader {
        Reader { kind: self.kind.kind(), key: self.key.clone() }
    }

    /// Leaves the object to another controller. That is said once, whatever that controller writes over it.
    async fn stand_back(&mut self, told: &mut Option<String>, rival: String, object: &Value) {
        self.watched = None;
        let rests = object["spec"]["suspend"] == true || object["metadata"]["deletionTimestamp"].is_string();
        if told.as_ref() != Some(&rival) && !rests && self.keeps() {
            let failure = Failure::stalled(rivals::REASON, rival.clone());
            Box::pin(report::left_alone(&self.engine, self.kind, object, failure)).await;
            *told = Some(rival);
        }
    }

    /// Looks for a new artifact. Says how long to sleep.
    async fn handle(&mut self, object: Value, triggers: &BTreeSet<Trigger>) -> Duration {
        if !object["metadata"]["deletionTimestamp"].is_null() {
            return self.let_go(&object).await;
        }
        let source = match Source::read(self.kind, &object) {
            Ok(source) if source.is_suspended() => {
                self.watched = None;
                return Duration::MAX;
            }
            Ok(source) => source,
            Err(_) if !self.keeps() => return Duration::MAX,
            Err(error) => {
                let failure = Failure::stalled("Unreadable", error.to_string());
                report::left_alone(&self.engine, self.kind, &object, failure).await;
                return Duration::MAX;
            }
        };
        tracing::debug!(kind = self.kind.kind().name(), source = %self.key, ?triggers, "fetching");
        self.watch(source.local_url());
        let timeline = Timeline::begin();
        let observers = self.engine.observers.clone();
        let (kind, key) = (self.kind.kind().name(), self.key.clone());
        let named = Named { kind, key: &key };
        let turn = observers.turn(named);
        turn.begins();
        let result = timeline.during(Stage::Fetch, 0, self.fetch(&source)).await;
        telling::ran(&self.engine, named, &object, &timeline, &result);
        drop(turn);
        let waits = matches!(&result, Err(Failure { remedy: Remedy::FirstArtifact, .. }));
        let waited_before = std::mem::replace(&mut self.has_waited, waits);
        if waits && !waited_before {
            return FETCHED_WITHIN;
        }
        if matches!(&result, Ok(Found { news: News::New, .. })) {
            self.wake_users();
        }
        let reported = if self.keeps() {
            report::finished(&self.engine, self.kind, &object, source.metadata(), &result).await
        } else {
            Ok(())
        };
        self.sleep(&source, result.err(), reported)
    }

    /// How long to sleep after an attempt.
    fn sleep(
        &mut self,
        source: &Source,
        failure: Option<Failure>,
        reported: Result<(), report::NotWritten>,
    ) -> Duration {
        match (failure.map(|failure| failure.remedy), reported) {
            (Some(Remedy::Time), _) | (_, Err(report::NotWritten)) => self.pauses.next(source.interval()),
            (None | Some(Remedy::Person | Remedy::OtherContent | Remedy::FirstArtifact), Ok(())) => {
                self.pauses.reset();
                source.interval()
            }
        }
    }

    /// The newest artifact.
    async fn fetch(&mut self, source: &Source) -> Result<Found, Failure> {
        let secrets = self.secrets(source).await?;
        let mut look = Look {
            engine: &self.engine,
            source: SourceKey::of(self.kind.kind(), &self.key),
            generation: source.metadata().generation,
            secrets,
            resolved: &mut self.resolved,
        };
        match source {
            Source::Git(source) => git::fetch(&look, source).await,
            Source::HelmRepository(source) => helm_repository::fetch(&look, source).await,
            Source::HelmChart(source) => helm_chart::fetch(&mut look, source).await,
            Source::Oci(source) => oci::fetch(&look, source).await,
            Source::Bucket(source) => bucket::fetch(&look, source).await,
        }
    }

    /// What the source refers to; from here on changes of it wake this task.
    async fn secrets(&mut self, source: &Source) -> Result<Secrets, Failure> {
        let names = source.secrets();
        if names.is_empty() && !self.reads_secrets {
            return Ok(Secrets::default());
        }
        self.reads_secrets = !names.is_empty();
        Secrets::read(&self.engine, self.reader(), &self.mailbox, names).await
    }

    /// Watches a repository on this machine, so that a commit is seen at once.
    fn watch(&mut self, url: Option<&str>) {
        if self.watched.as_ref().map(|(watched, _)| watched.as_str()) == url {
            return;
        }
        self.watched = url.and_then(|url| match self.engine.sources.watch_local(&local_path(url)?) {
            Ok(watch) => Some((url.to_owned(), watch)),
            Err(error) => {
                tracing::warn!(%error, url, "cannot watch, looking at intervals instead");
                None
            }
        });
    }

    /// Wakes who is made from this.
    fn wake_users(&self) {
        for (kind, user) in self.engine.directory.users_of(&self.source()) {
            self.waker.wake(kind, user, Trigger::SourceChanged);
        }
    }

    /// Nothing outside of this process has to be looked after, but Flux may have left its finalizer.
    async fn let_go(&mut self, object: &Value) -> Duration {
        self.watched = None;
        if !self.keeps() {
            return Duration::MAX;
        }
        let held = object["metadata"]["finalizers"].as_array().into_iter().flatten();
        if !held.into_iter().any(|finalizer| finalizer == FINALIZER) {
            return Duration::MAX;
        }
        match finalizer::release_as(&self.engine.cluster, report::STATUS_MANAGER, object).await {
            Ok(()) => Duration::MAX,
            Err(error) => {
                tracing::warn!(kind = self.kind.kind().name(), source = %self.key, %error, "cannot remove the finalizer");
                self.pauses.next(MOST_PATIENCE)
            }
        }
    }
}

async fn changed(watched: &mut Option<(String, LocalWatch)>) {
    match watched {
        Some((_, watch)) => watch.changed().await,
        None => std::future::pending().await,
    }
}
