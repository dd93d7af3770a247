//! Watching objects.

use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Stream, StreamExt};
use manifest::{GroupVersionKind, ObjectId, Value};
use tokio::time::timeout;

use crate::connection::Connection;
use crate::observation::{Observation, Observed, Point};
use crate::request::Call;
use crate::{Cluster, ClusterError, Selector, path};

/// Where to list or watch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everywhere.
    Cluster,
    /// In one namespace.
    Namespace(String),
}

/// What a [`Watch`] saw.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The object is new or changed.
    Applied(Value),
    /// The object is gone; this is its last state.
    Deleted(Value),
    /// The watch starts, or starts anew after a gap: these are all objects there are.
    Restarted(Vec<Value>),
}

/// An endless stream of [`Event`]s. It reconnects by itself, from where it was if the API server still knows that point,
/// and stops when it is dropped.
pub struct Watch {
    told: Pin<Box<dyn Stream<Item = Told> + Send>>,
}

/// What a reflector tells.
enum Told {
    Event(Event),
    /// The type is not served; it goes on trying.
    Unserved,
}

impl Watch {
    /// The next event. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.next_while_served().await {
                return event;
            }
        }
    }

    /// The next event; none whenever the API server is found not to serve the type, or not any more. Dropping the future
    /// loses nothing.
    pub async fn next_while_served(&mut self) -> Option<Event> {
        match self.told.next().await {
            Some(Told::Event(event)) => Some(event),
            Some(Told::Unserved) => None,
            // The stream is an unfold that always yields.
            None => std::future::pending().await,
        }
    }
}

impl Stream for Watch {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            match ready!(self.told.as_mut().poll_next(context)) {
                Some(Told::Event(event)) => return Poll::Ready(Some(event)),
                Some(Told::Unserved) => {}
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Cluster {
    /// Watches the objects of a type in `scope` that `selector` selects. The first event is [`Event::Restarted`].
    pub fn watch(&self, gvk: &GroupVersionKind, scope: Scope, selector: Selector) -> Watch {
        let reflector = Reflector {
            cluster: self.clone(),
            gvk: gvk.clone(),
            scope,
            selector,
            phase: Phase::Start,
            failures: 0,
            initial_events: InitialEvents::Streamed,
            unserved: false,
            rest: None,
        };
        let step = async |mut reflector: Reflector| {
            let told = reflector.next().await;
            Some((told, reflector))
        };
        Watch { told: Box::pin(futures::stream::unfold(reflector, step)) }
    }
}

/// How to get the objects that already exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InitialEvents {
    /// As the first events of the watch (Kubernetes 1.32 and later).
    Streamed,
    /// By a list before the watch.
    Listed,
}

/// Where the reflector is.
enum Phase {
    /// Nothing is known; everything has to be read.
    Start,
    /// The existing objects are coming in.
    Initial { connection: Connection, objects: BTreeMap<ObjectId, Value> },
    /// Changes are coming in.
    Live { connection: Connection, resource_version: String },
    /// The connection ended; go on after this resource version.
    Resume { resource_version: String },
}

struct Reflector {
    cluster: Cluster,
    gvk: GroupVersionKind,
    scope: Scope,
    selector: Selector,
    phase: Phase,
    /// Connections in a row that brought nothing.
    failures: u32,
    initial_events: InitialEvents,
    /// Whether the last connection failed because the type is not served.
    unserved: bool,
    /// How long to wait before the next connection. What failed is told before that.
    rest: Option<Duration>,
}

/// One line of a watch.
enum Notice {
    Applied(Value),
    Deleted(Value),
    Bookmark(Value),
    Failed(ClusterError),
}

impl Reflector {
    async fn next(&mut self) -> Told {
        loop {
            if let Some(rest) = self.rest.take() {
                tokio::time::sleep(rest).await;
            }
            // Left at `Start` if an await below is dropped for good; the stream is dropped with it then.
            let event = match mem::replace(&mut self.phase, Phase::Start) {
                Phase::Start => self.start().await,
                Phase::Initial { connection, objects } => self.collect(connection, objects).await,
                Phase::Live { connection, resource_version } => self.follow(connection, resource_version).await,
                Phase::Resume { resource_version } => self.resume(resource_version).await,
            };
            if let Some(event) = event {
                return Told::Event(event);
            }
            if mem::take(&mut self.unserved) {
                return Told::Unserved;
            }
        }
    }

    async fn start(&mut self) -> Option<Event> {
        match self.initial_events {
            InitialEvents::Streamed => {
                let parameters = [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")];
                match self.connect("", &parameters).await {
                    Ok(connection) => self.phase = Phase::Initial { connection, objects: BTreeMap::new() },
                    Err((_, ClusterError::Invalid { .. } | ClusterError::BadRequest { .. })) => {
                        tracing::debug!(gvk = %self.gvk, "the API server does not stream initial events; listing");
                        self.initial_events = InitialEvents::Listed;
                    }
                    Err((asked, error)) => self.pause_for(asked, &error),
                }
                None
            }
            InitialEvents::Listed => match self.cluster.list_at(&self.gvk, &self.scope, &self.selector).await {
                Ok(list) => {
                    self.phase = Phase::Resume { resource_version: list.resource_version };
                    Some(Event::Restarted(list.objects))
                }
                Err(error) => {
                    self.pause(&error);
                    None
                }
            },
        }
    }

    async fn collect(&mut self, mut connection: Connection, mut objects: BTreeMap<ObjectId, Value>) -> Option<Event> {
        // What exists is there to be sent: a pause among it is no quiet time.
        let Ok(line) = timeout(SLOWEST_INITIAL_EVENT, connection.next()).await else {
            let message = format!("no initial event for {SLOWEST_INITIAL_EVENT:?}");
            self.pause(&ClusterError::Unreachable { message });
            return None;
        };
        match notice(line) {
            Some(Notice::Applied(object)) => {
                if let Some(id) = ObjectId::of(&object) {
                    objects.insert(id, object);
                }
            }
            Some(Notice::Deleted(object)) => {
                if let Some(id) = ObjectId::of(&object) {
                    objects.remove(&id);
                }
            }
            Some(Notice::Bookmark(object))
                if object["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true" =>
            {
                self.failures = 0;
                self.phase = Phase::Live { connection, resource_version: version(&object) };
                return Some(Event::Restarted(objects.into_values().collect()));
            }
            Some(Notice::Bookmark(_)) => {}
            Some(Notice::Failed(error)) => {
                self.pause(&error);
                return None;
            }
            None => {
                self.pause(&ended());
                return None;
            }
        }
        self.phase = Phase::Initial { connection, objects };
        None
    }

    async fn follow(&mut self, mut connection: Connection, resource_version: String) -> Option<Event> {
        let (event, resource_version) = match notice(connection.next().await) {
            Some(Notice::Applied(object)) => {
                let version = version(&object);
                (Some(Event::Applied(object)), version)
            }
            Some(Notice::Deleted(object)) => {
                let version = version(&object);
                (Some(Event::Deleted(object)), version)
            }
            Some(Notice::Bookmark(object)) => (None, version(&object)),
            // The watch fell behind: everything is read again.
            Some(Notice::Failed(error @ ClusterError::Expired { .. })) => {
                self.tell_reconnecting(Point::Start);
                self.pause(&error);
                return None;
            }
            Some(Notice::Failed(error)) => {
                self.pause(&error);
                self.phase = Phase::Resume { resource_version };
                return None;
            }
            // API servers end watches after some minutes.
            None => {
                if self.failures > 0 {
                    self.pause(&ended());
                }
                self.failures += 1;
                self.phase = Phase::Resume { resource_version };
                return None;
            }
        };
        self.failures = 0;
        self.phase = Phase::Live { connection, resource_version };
        event
    }

    async fn resume(&mut self, resource_version: String) -> Option<Event> {
        self.tell_reconnecting(Point::Last);
        match self.connect(&resource_version, &[]).await {
            Ok(connection) => self.phase = Phase::Live { connection, resource_version },
            Err((asked, error)) => {
                self.pause_for(asked, &error);
                // A point in time that the API server has forgotten is none to resume from.
                if !matches!(error, ClusterError::Expired { .. }) {
                    self.phase = Phase::Resume { resource_version };
                }
            }
        }
        None
    }

    /// Tells who listens that another connection is made.
    fn tell_reconnecting(&self, from: Point) {
        if let Some(Observed { observer, host }) = &self.cluster.observed {
            observer.observe(&Observation::Reconnects { host, from });
        }
    }

    async fn connect(
        &mut self,
        resource_version: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Connection, (Option<Duration>, ClusterError)> {
        let kind = self.cluster.kind(&self.gvk).await.map_err(|error| (None, error))?;
        // Spread, so that many watches do not end together.
        let seconds = SHORTEST_WATCH.mul_f64(1.0 + self.cluster.random()).as_secs();
        let mut call = self
            .selector
            .on(Call::get(path::collection(&kind, &self.scope)))
            .query("watch", "true")
            .query("allowWatchBookmarks", "true")
            .query("timeoutSeconds", &seconds.to_string())
            .query_unless_empty("resourceVersion", resource_version);
        for (name, value) in parameters {
            call = call.query(name, value);
        }
        let body = self.cluster.open_stream(&call).await?;
        // By then the server has ended it, if the connection lives.
        Ok(Connection::new(body, call.describe(), Duration::from_secs(seconds) + GRACE))
    }

    /// Has the next connection wait, longer each time.
    fn pause(&mut self, error: &ClusterError) {
        self.pause_for(None, error);
    }

    /// The same, and not less than the server asks for.
    fn pause_for(&mut self, asked: Option<Duration>, error: &ClusterError) {
        self.failures = self.failures.saturating_add(1);
        self.unserved = matches!(error, ClusterError::NoSuchKind { .. });
        if matches!(error, ClusterError::NotFound { .. }) {
            // What is known of the type may be out of date: its CRD is gone.
            self.cluster.forget_kinds();
        }
        let delay = self.cluster.shared.settings.retry.pause(self.failures, asked, self.cluster.random());
        if self.failures == NOTEWORTHY {
            tracing::warn!(gvk = %self.gvk, %error, "the watch cannot connect; it keeps trying");
        } else {
            tracing::debug!(gvk = %self.gvk, %error, ?delay, "the watch is interrupted");
        }
        self.rest = Some(delay);
    }
}

/// The shortest time an API server is asked to keep a watch open; it is up to twice as long.
const SHORTEST_WATCH: Duration = Duration::from_secs(300);

/// How much later than asked for a watch may end.
const GRACE: Duration = Duration::from_secs(30);

/// The longest pause before an event of what already exists.
const SLOWEST_INITIAL_EVENT: Duration = Duration::from_secs(90);

/// After so many failures in a row a watch says so.
const NOTEWORTHY: u32 = 3;

fn ended() -> ClusterError {
    ClusterError::Unreachable { message: "the connection ended".to_owned() }
}

fn version(object: &Value) -> String {
    object["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()
}

fn notice(line: Result<Option<Value>, ClusterError>) -> Option<Notice> {
    let mut line = match line {
        Ok(line) => line?,
        Err(error) => return Some(Notice::Failed(error)),
    };
    let object = line["object"].take();
    Some(match line["type"].as_str().unwrap_or_default() {
        "ADDED" | "MODIFIED" => Notice::Applied(object),
        "DELETED" => Notice::Deleted(object),
        "BOOKMARK" => Notice::Bookmark(object),
        "ERROR" => {
            let code = object["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
            Notice::Failed(ClusterError::from_status(code, &object))
        }
        other => Notice::Failed(ClusterError::Protocol {
            request: "a watch".to_owned(),
            message: format!("an event of type {other:?}"),
        }),
    })
}
