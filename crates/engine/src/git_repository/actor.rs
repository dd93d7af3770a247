//! The task of one GitRepository.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cluster::{EventType, ObjectRef};
use kinds::flux::git_repository::{ArtifactStatus, GitRepositoryStatus};
use kinds::flux::{ConditionStatus, GitRepository};
use manifest::Value;
use source::{Artifact, Fetched, GitRequest, LocalWatch, SourceError, SourceKind, local_path, watch_local};
use tokio::time::Instant;

use super::request::request;
use crate::Key;
use crate::artifacts::{Held, SourceKey};
use crate::clock::{now, until};
use crate::directory::Kind;
use crate::engine::Engine;
use crate::events::{self, Event};
use crate::mailbox::{Mailbox, Trigger};
use crate::router::Waker;

/// The field manager of a GitRepository's status, as Flux names it.
const STATUS_MANAGER: &str = "gotk-source-controller";

/// Who events come from.
const REPORTER: &str = "source-controller";

/// The first pause after a failed fetch; it doubles up to the interval.
const FIRST_PAUSE: Duration = Duration::from_millis(750);

/// Why there is no new artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Flux's reason.
    pub(crate) reason: &'static str,
    /// What to tell people.
    pub(crate) message: String,
    /// Another GitRepository whose artifact is missing: it wakes this one, so that no time is waited.
    pub(crate) waits_for: Option<Key>,
}

impl Failure {
    /// A field asks for what this version does not do.
    pub(crate) fn unsupported(field: &str) -> Failure {
        Failure {
            reason: "Unsupported",
            message: format!(
                "{field} is not supported yet, and fetching without it would be less safe than you asked for"
            ),
            waits_for: None,
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Failure {
        Failure { reason: error.reason(SourceKind::GitRepository), message: error.to_string(), waits_for: None }
    }
}

/// The task of one GitRepository.
pub(crate) struct Actor {
    engine: Engine,
    waker: Waker,
    key: Key,
    uid: Box<str>,
    mailbox: Mailbox,
    failures: u32,
    /// The local repository that is watched, with its URL.
    watched: Option<(String, LocalWatch)>,
    /// What the last artifact was made from; anything else must be fetched anew.
    fetched: Option<GitRequest>,
}

impl Actor {
    pub(crate) fn new(engine: Engine, waker: Waker, key: Key, uid: Box<str>, mailbox: Mailbox) -> Actor {
        Actor { engine, waker, key, uid, mailbox, failures: 0, watched: None, fetched: None }
    }

    /// Works until the object is gone.
    pub(crate) async fn run(mut self) {
        let mut due: Option<Instant> = None;
        loop {
            let triggers = tokio::select! {
                triggers = self.mailbox.take() => triggers,
                () = changed(&mut self.watched) => BTreeSet::from([Trigger::FilesChanged]),
                () = until(due) => BTreeSet::from([Trigger::Due]),
            };
            let Some(object) = self.object() else { break };
            due = Instant::now().checked_add(self.handle(&object, &triggers).await);
        }
        if !self.engine.directory.contains(Kind::GitRepository, &self.key) {
            self.engine.artifacts.remove(&self.source());
        }
    }

    fn object(&self) -> Option<Value> {
        let object = self.engine.directory.git_repository(&self.key)?;
        (object["metadata"]["uid"] == *self.uid).then_some(object)
    }

    fn source(&self) -> SourceKey {
        SourceKey::git_repository(&self.key)
    }

    /// Looks for a new artifact. Says how long to sleep.
    async fn handle(&mut self, object: &Value, triggers: &BTreeSet<Trigger>) -> Duration {
        let repository = match GitRepository::read(object) {
            Ok(repository) if repository.spec.suspend => {
                self.watched = None;
                return Duration::MAX;
            }
            Ok(repository) => repository,
            Err(error) => {
                let failure = Failure { reason: "Unreadable", message: error.to_string(), waits_for: None };
                self.report(object, None, &Err(failure)).await;
                return Duration::MAX;
            }
        };
        tracing::debug!(repository = %self.key, ?triggers, "fetching");
        self.watch(&repository.spec.url);
        let result = self.fetch(&repository).await;
        if matches!(result, Ok(Some(_))) {
            self.wake_users();
        }
        self.report(object, Some(&repository), &result).await;
        match result {
            Ok(_) => {
                self.failures = 0;
                repository.spec.interval.0
            }
            Err(failure) if failure.waits_for.is_some() => repository.spec.interval.0,
            Err(_) => {
                let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(repository.spec.interval.0);
                self.failures += 1;
                pause
            }
        }
    }

    /// Watches a repository on this machine, so that a commit is seen at once.
    fn watch(&mut self, url: &str) {
        if self.watched.as_ref().is_some_and(|(watched, _)| watched == url) {
            return;
        }
        self.watched = local_path(url).and_then(|path| match watch_local(&path) {
            Ok(watch) => Some((url.to_owned(), watch)),
            Err(error) => {
                tracing::warn!(%error, url, "cannot watch, looking at intervals instead");
                None
            }
        });
    }

    /// The newest artifact; none if it is the one we have.
    async fn fetch(&mut self, repository: &GitRepository) -> Result<Option<Artifact>, Failure> {
        let request = request(&self.engine.cluster, &self.engine.artifacts, repository).await?;
        let held = self.engine.artifacts.get(&self.source());
        // With another request, even an unchanged head can yield other files.
        let last = held
            .as_ref()
            .filter(|_| self.fetched.as_ref() == Some(&request))
            .map(|held| held.artifact.revision.clone());
        let fetched = self.engine.sources.fetch(&request, last.as_deref()).await?;
        self.fetched = Some(request.clone());
        let Fetched::New(artifact) = fetched else { return Ok(None) };
        let held = Held { artifact: Arc::new(artifact.clone()), request: Arc::new(request) };
        let changed = self.engine.artifacts.put(self.source(), held);
        Ok(changed.then_some(artifact))
    }

    /// Wakes the Kustomizations that build from this, and the GitRepositories that include it.
    fn wake_users(&self) {
        for (kind, user) in self.engine.directory.users_of(&self.source()) {
            self.waker.wake(kind, user, Trigger::SourceChanged);
        }
        for other in self.engine.directory.keys(Kind::GitRepository) {
            let includes = self.engine.directory.git_repository(&other).is_some_and(|object| {
                let entries = object["spec"]["include"].as_array().into_iter().flatten();
                other.namespace == self.key.namespace
                    && entries.into_iter().any(|entry| entry["repository"]["name"] == *self.key.name)
            });
            if includes {
                self.waker.wake(Kind::GitRepository, other, Trigger::SourceChanged);
            }
        }
    }

    /// Writes status and events.
    async fn report(
        &self,
        object: &Value,
        repository: Option<&GitRepository>,
        result: &Result<Option<Artifact>, Failure>,
    ) {
        let before: GitRepositoryStatus = repository.map(|repository| repository.status.clone()).unwrap_or_default();
        let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
        let held = self.engine.artifacts.get(&self.source()).map(|held| held.artifact);
        let status = status_after(before.clone(), repository, held.as_deref(), result, generation, &now());
        if status != before
            && let Some(reference) = ObjectRef::of(object)
        {
            let status = serde_json::to_value(&status).unwrap_or_default();
            if let Err(error) = self.engine.cluster.patch_status(&reference, STATUS_MANAGER, &status).await {
                tracing::warn!(repository = %self.key, %error, "cannot write status");
            }
        }
        match result {
            Ok(Some(artifact)) => {
                let about = match &artifact.commit {
                    Some(commit) => format!("stored artifact for commit '{}'", commit.summary()),
                    None => format!("stored artifact for revision '{}'", artifact.revision),
                };
                self.event(object, EventType::Normal, "NewArtifact", &about, &artifact.revision).await;
            }
            Ok(None) => {}
            Err(failure) => {
                let known = before.conditions.get("FetchFailed").map(|condition| condition.message.as_str());
                if known != Some(failure.message.as_str()) {
                    self.event(object, EventType::Warning, failure.reason, &failure.message, "").await;
                }
            }
        }
    }

    async fn event(&self, object: &Value, kind: EventType, reason: &str, message: &str, revision: &str) {
        let revision = (!revision.is_empty()).then_some(("source.toolkit.fluxcd.io/revision", revision));
        events::record(&self.engine.cluster, object, REPORTER, Event { kind, reason, message, revision }).await;
    }
}

/// The status after an attempt, as source-controller would write it.
fn status_after(
    mut status: GitRepositoryStatus,
    repository: Option<&GitRepository>,
    held: Option<&Artifact>,
    result: &Result<Option<Artifact>, Failure>,
    generation: i64,
    now: &str,
) -> GitRepositoryStatus {
    status.observed_generation = generation;
    if let Some(repository) = repository {
        if let Some(requested) = repository.metadata.requested_at() {
            status.last_handled_reconcile_at = Some(requested.to_owned());
        }
        status.observed_ignore = repository.spec.ignore.clone();
    }
    if let Some(held) = held {
        let unchanged = |known: &ArtifactStatus| known.revision == held.revision && known.digest == held.digest;
        if !status.artifact.as_ref().is_some_and(unchanged) {
            status.artifact = Some(artifact_status(held, now));
        }
    }
    let conditions = &mut status.conditions;
    match result {
        Ok(_) => {
            let message = format!(
                "stored artifact for revision '{}'",
                held.map(|artifact| artifact.revision.as_str()).unwrap_or_default()
            );
            for gone in ["FetchFailed", "Reconciling", "Stalled"] {
                conditions.remove(gone);
            }
            conditions.set("ArtifactInStorage", ConditionStatus::True, "Succeeded", &message, generation, now);
            conditions.set("Ready", ConditionStatus::True, "Succeeded", &message, generation, now);
        }
        Err(failure) => {
            let Failure { reason, message, .. } = failure;
            conditions.set("FetchFailed", ConditionStatus::True, reason, message, generation, now);
            conditions.set("Reconciling", ConditionStatus::True, "ProgressingWithRetry", message, generation, now);
            conditions.set("Ready", ConditionStatus::False, reason, message, generation, now);
        }
    }
    status
}

fn artifact_status(artifact: &Artifact, now: &str) -> ArtifactStatus {
    let commit = artifact.commit.iter().flat_map(|commit| {
        [
            ("author", format!("{} <{}>", commit.author_name, commit.author_email)),
            ("date", commit.time.to_string()),
            ("message", commit.summary().to_owned()),
        ]
    });
    ArtifactStatus {
        revision: artifact.revision.clone(),
        digest: artifact.digest.clone(),
        last_update_time: now.to_owned(),
        url: String::new(),
        path: String::new(),
        metadata: commit.map(|(key, value)| (key.to_owned(), value)).collect(),
    }
}

async fn changed(watched: &mut Option<(String, LocalWatch)>) {
    match watched {
        Some((_, watch)) => watch.changed().await,
        None => std::future::pending().await,
    }
}
