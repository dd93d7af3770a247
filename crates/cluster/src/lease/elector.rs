//! Carries an election out: reads, watches and writes the Lease.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use jiff::Timestamp;
use manifest::GroupVersionKind;
use serde_json::json;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::election::{Action, Election, Now, Timing};
use super::fence::{Fence, Moment};
use super::record::{Record, Seen};
use crate::request::{Call, JSON, MERGE_PATCH, escape};
use crate::{Cluster, ClusterError, Event, RetryPolicy, Scope, Selector, Settings, Watch};

/// The field manager of Leases.
const MANAGER: &str = "tenter";

/// How long letting the lease go may take.
const RELEASE_WITHIN: Duration = Duration::from_millis(500);

/// Which Lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A candidate at work. Dropping it leaves the lease to run out.
#[derive(Debug)]
pub struct Elector {
    standing: watch::Receiver<Standing>,
    resign: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// What a candidate knows.
#[derive(Debug, Clone, Default)]
struct Standing {
    term: Option<Arc<Fence>>,
    holder: Option<String>,
}

impl Elector {
    /// Starts to run for the lease. The namespace must exist; the Lease is made.
    pub fn start(cluster: &Cluster, place: Place, identity: &str, timing: Timing) -> Elector {
        let (sender, standing) = watch::channel(Standing::default());
        let (resign, resigned) = oneshot::channel();
        // An election knows better than a general policy when to try again.
        let retry = RetryPolicy { attempts: 1, ..RetryPolicy::default() };
        let settings = Settings { retry, ..cluster.shared.settings.clone() };
        let candidate = Candidate {
            cluster: Cluster::with_settings(cluster.shared.client.clone(), settings),
            election: Election::new(identity, timing),
            place,
            timing,
            began: Instant::now(),
            seen: None,
            term: None,
            standing: sender,
        };
        Elector { standing, resign: Some(resign), task: tokio::spawn(candidate.run(resigned)) }
    }

    /// Waits until this candidate leads, and gives the term's fence. A term that has ended is followed by another one, if
    /// the lease is won again.
    pub async fn elected(&mut self) -> Arc<Fence> {
        let leads = |standing: &Standing| standing.term.as_ref().is_some_and(|term| term.holds(Moment::now()));
        if let Ok(standing) = self.standing.wait_for(leads).await
            && let Some(term) = &standing.term
        {
            return term.clone();
        }
        // The task is gone, and with it every prospect.
        std::future::pending().await
    }

    /// Who holds the lease, as far as is known.
    pub fn holder(&self) -> Option<String> {
        self.standing.borrow().holder.clone()
    }

    /// Stops, and lets the lease go if it is held, so that somebody else can lead at once. Whatever was done under the
    /// lease must have ended.
    pub async fn resign(mut self) {
        if let Some(resign) = self.resign.take() {
            // It fails if the task has ended, and then there is nothing to resign from.
            let _ = resign.send(());
        }
        // The task does not panic, and is not aborted while this holds it.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Elector {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(term) = &self.standing.borrow().term {
            term.end();
        }
    }
}

struct Candidate {
    cluster: Cluster,
    place: Place,
    timing: Timing,
    election: Election,
    began: Instant,
    /// The lease as it is now, as far as we know.
    seen: Option<Seen>,
    term: Option<Arc<Fence>>,
    standing: watch::Sender<Standing>,
}

impl Candidate {
    async fn run(mut self, mut resigned: oneshot::Receiver<()>) {
        let mut events = self.watch();
        self.look().await;
        loop {
            let wake = match self.election.step(self.seen.as_ref(), self.now()) {
                Action::Write { record, over } => {
                    self.write(&record, over.as_deref()).await;
                    self.elapsed()
                }
                Action::Wait { until } => until,
            };
            self.end_what_is_over();
            self.publish();
            let wake = self.election.leads_until().map_or(wake, |end| end.min(wake));
            tokio::select! {
                biased;
                _ = &mut resigned => break,
                event = events.next() => self.heard(event).await,
                () = sleep_until(self.began + wake) => {}
            }
            self.end_what_is_over();
        }
        self.release().await;
    }

    /// The watch only makes what happens known sooner: every write says which version it is over, and one that was
    /// overtaken is followed by a look.
    fn watch(&self) -> Watch {
        let leases = GroupVersionKind::from_api_version("coordination.k8s.io/v1", "Lease");
        let selector = Selector::fields(format!("metadata.name={}", self.place.name));
        self.cluster.watch(&leases, Scope::Namespace(self.place.namespace.clone()), selector)
    }

    async fn heard(&mut self, event: Event) {
        let object = match event {
            Event::Applied(object) => Some(object),
            Event::Restarted(objects) => objects.into_iter().next(),
            Event::Deleted(_) => None,
        };
        match object.map(|object| Seen::of(&object)) {
            // An event may be older than the answer to a write of our own.
            Some(seen) if self.seen.as_ref().is_none_or(|known| version(known) < version(&seen)) => {
                self.seen = Some(seen);
            }
            Some(_) => {}
            None => self.look().await,
        }
    }

    async fn look(&mut self) {
        match timeout(self.timing.renew_every, self.cluster.send(&Call::get(self.path()))).await {
            Ok(Ok(answer)) => self.seen = Some(Seen::of(&answer.value)),
            Ok(Err(ClusterError::NotFound { .. })) => self.seen = None,
            Ok(Err(error)) => self.failed("read", &error.to_string()),
            Err(_) => self.failed("read", "no answer in time"),
        }
    }

    async fn write(&mut self, record: &Record, over: Option<&str>) {
        let sent = Moment::now();
        let elapsed = self.elapsed();
        // What comes after the end of the term comes too late.
        let left = self.election.leads_until().map_or(self.timing.renew_every, |end| end.saturating_sub(elapsed));
        let limit = left.clamp(self.timing.retry, self.timing.renew_every);
        match timeout(limit, self.cluster.send(&self.call(record, over))).await {
            Ok(Ok(answer)) => {
                let seen = Seen::of(&answer.value);
                self.election.wrote(&seen, elapsed);
                self.seen = Some(seen);
                self.hold(sent.after(self.timing.renew_within));
            }
            Ok(Err(
                ClusterError::Conflict { .. } | ClusterError::AlreadyExists { .. } | ClusterError::NotFound { .. },
            )) => {
                self.election.overtaken();
                self.look().await;
            }
            Ok(Err(error)) => self.failed("write", &error.to_string()),
            Err(_) => self.failed("write", "no answer in time"),
        }
    }

    fn call(&self, record: &Record, over: Option<&str>) -> Call {
        let Place { namespace, name } = &self.place;
        let call = match over {
            Some(version) => Call::new(Method::PATCH, self.path())
                .body(MERGE_PATCH, &json!({"metadata": {"resourceVersion": version}, "spec": record.spec()})),
            None => Call::new(Method::POST, self.collection()).body(
                JSON,
                &json!({
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": {"namespace": namespace, "name": name},
                    "spec": record.new_spec(),
                }),
            ),
        };
        call.query("fieldManager", MANAGER)
    }

    /// Goes on with the term, or begins one.
    fn hold(&mut self, until: Moment) {
        let now = Moment::now();
        if self.term.as_ref().is_some_and(|term| term.extend(until, now)) {
            return;
        }
        self.end();
        tracing::info!(lease = %self.path(), "this replica leads");
        self.term = Some(Fence::new(until));
    }

    fn end_what_is_over(&mut self) {
        let is_over = self.election.leads_until().is_none_or(|end| end <= self.elapsed());
        if is_over || self.term.as_ref().is_some_and(|term| !term.holds(Moment::now())) {
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(term) = self.term.take() {
            tracing::warn!(lease = %self.path(), "this replica leads no more");
            term.end();
        }
    }

    fn publish(&self) {
        let holder = self.seen.as_ref().and_then(|seen| seen.record.holder.clone());
        self.standing.send_replace(Standing { term: self.term.clone(), holder });
    }

    async fn release(&mut self) {
        if let Some(term) = self.term.take() {
            term.end();
        }
        let Some(Action::Write { record, over }) = self.election.release(self.seen.as_ref(), Timestamp::now()) else {
            return;
        };
        match timeout(RELEASE_WITHIN, self.cluster.send(&self.call(&record, over.as_deref()))).await {
            Ok(Ok(_)) => tracing::info!(lease = %self.path(), "the lease is released"),
            Ok(Err(error)) => tracing::warn!(lease = %self.path(), %error, "the lease is left to run out"),
            Err(_) => tracing::warn!(lease = %self.path(), "the lease is left to run out: no answer in time"),
        }
    }

    fn failed(&mut self, verb: &str, why: &str) {
        tracing::warn!(lease = %self.path(), why, "cannot {verb} the lease");
        let now = self.elapsed();
        self.election.failed(now);
    }

    fn path(&self) -> String {
        format!("{}/{}", self.collection(), escape(&self.place.name))
    }

    fn collection(&self) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", escape(&self.place.namespace))
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn now(&self) -> Now {
        Now { elapsed: self.elapsed(), wall: Timestamp::now() }
    }
}

/// Resource versions of one type are ordered numbers.
fn version(seen: &Seen) -> u64 {
    seen.resource_version.parse().unwrap_or(u64::MAX)
}
