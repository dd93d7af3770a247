//! `watch`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Call;
use super::list::invalid_options;
use crate::builtin;
use crate::core::collection_of;
use crate::error::ApiError;
use crate::http::{Reply, Representation};
use crate::metadata::metadata_mut;
use crate::registry::FieldError;
use crate::selector::Selector;
use crate::storage::{Change, CollectionKey, Event, Expired, Record};

/// How many events are taken from the history at a time.
const CHUNK: usize = 64;

/// Streams what happens to the objects a selector chooses.
pub(super) fn watch(call: Call) -> Result<Reply, ApiError> {
    let mut selector = Selector::of(&call.query, &call.resource)?;
    if !call.name.is_empty() {
        selector = selector.with_name(&call.name);
    }
    let asked = call.query.resource_version()?;
    let initial = initial(&call, asked)?;
    let timeout = call.query.number("timeoutSeconds")?.and_then(|seconds| u64::try_from(seconds).ok());
    let timeout = timeout.filter(|seconds| *seconds > 0).map_or(call.core.limits.watch_timeout, Duration::from_secs);
    let collection = collection_of(&call.resource);
    let now = Instant::now();
    let mut feed = Feed {
        // Subscribed before the first look, so that nothing falls between the two.
        changes: call.core.store.changes(&collection),
        registry: call.core.registry_changes(),
        cursor: 0,
        pending: VecDeque::new(),
        state: State::Open,
        deadline: now + timeout,
        next_bookmark: now + call.core.limits.bookmark_interval,
        bookmarks: call.query.flag("allowWatchBookmarks") == Some(true),
        collection,
        selector,
        call,
    };
    feed.start(initial);
    Ok(Reply::stream(stream::unfold(feed, Feed::next).boxed()))
}

/// What a watch begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Initial {
    /// Everything there is, as `ADDED`.
    Everything,
    /// The same, followed by the bookmark that says so.
    EverythingMarked,
    /// What happened since a revision.
    Since(u64),
    /// What happens from now on.
    Now,
}

fn initial(call: &Call, asked: Option<u64>) -> Result<Initial, ApiError> {
    let rule = call.query.text("resourceVersionMatch");
    let current = call.core.store.revision();
    let refuse = |field: &str, why: &str| Err(invalid_options("ListOptions", FieldError::forbidden(field, why)));
    match call.query.flag("sendInitialEvents") {
        None if !rule.is_empty() => refuse(
            "resourceVersionMatch",
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
        None => Ok(match asked {
            None | Some(0) => Initial::Everything,
            Some(revision) => Initial::Since(revision),
        }),
        Some(_) if rule != "NotOlderThan" => {
            refuse("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
        }
        Some(_) if asked.is_some_and(|revision| revision > current) => {
            Err(ApiError::too_large_resource_version(asked.unwrap_or_default(), current))
        }
        Some(true) => Ok(Initial::EverythingMarked),
        Some(false) => Ok(match asked {
            None | Some(0) => Initial::Now,
            Some(revision) => Initial::Since(revision),
        }),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing follows what is pending.
    Closing,
}

/// One watch. It pulls from the shared history at its own pace, so it can neither hold up a writer nor pile up memory;
/// when the history has moved past it, it ends with 410.
struct Feed {
    call: Call,
    collection: CollectionKey,
    selector: Selector,
    changes: watch::Receiver<u64>,
    registry: watch::Receiver<u64>,
    /// Everything up to this revision has been seen.
    cursor: u64,
    pending: VecDeque<Bytes>,
    state: State,
    deadline: Instant,
    next_bookmark: Instant,
    bookmarks: bool,
}

impl Feed {
    fn start(&mut self, initial: Initial) {
        let namespace = Some(self.call.namespace.clone()).filter(|name| !name.is_empty());
        match initial {
            Initial::Since(revision) => self.cursor = revision,
            Initial::Now => self.cursor = self.call.core.store.revision(),
            Initial::Everything | Initial::EverythingMarked => {
                let snapshot = self.call.core.store.list(&self.collection, namespace.as_deref(), None);
                self.cursor = snapshot.revision;
                for record in snapshot.records {
                    if self.selector.is_empty() || self.selector.matches(&record.object()) {
                        let object = self.call.render(&record);
                        self.pending.push_back(line("ADDED", &object));
                    }
                }
                if initial == Initial::EverythingMarked && self.bookmarks {
                    let marked = self.bookmark(json!({"k8s.io/initial-events-end": "true"}));
                    self.pending.push_back(marked);
                }
            }
        }
    }

    /// The next chunk of the response and the feed after it; `None` at its end.
    async fn next(mut self) -> Option<(Bytes, Feed)> {
        loop {
            if let Some(bytes) = self.take_pending() {
                return Some((bytes, self));
            }
            if self.state == State::Closing {
                return None;
            }
            self.changes.mark_unchanged();
            match self.call.core.store.events_after(&self.collection, self.cursor, CHUNK) {
                Ok((events, seen)) if !events.is_empty() => {
                    self.cursor = seen;
                    self.pending.extend(events.iter().filter_map(|event| self.line_of(event)).collect::<Vec<_>>());
                }
                Ok((_, seen)) => {
                    self.cursor = seen;
                    self.wait().await;
                }
                Err(expired) => self.cut_off(expired),
            }
        }
    }

    /// All that is pending as one chunk.
    fn take_pending(&mut self) -> Option<Bytes> {
        match self.pending.len() {
            0 => None,
            1 => self.pending.pop_front(),
            _ => Some(Bytes::from(self.pending.drain(..).fold(Vec::new(), |mut chunk, line| {
                chunk.extend_from_slice(&line);
                chunk
            }))),
        }
    }

    /// Waits until there may be something to send.
    async fn wait(&mut self) {
        tokio::select! {
            changed = self.changes.changed() => {
                // The sender lives as long as the store, which the feed holds.
                if changed.is_err() {
                    self.state = State::Closing;
                }
            }
            () = sleep_until(self.deadline) => self.state = State::Closing,
            () = sleep_until(self.next_bookmark), if self.bookmarks => {
                self.next_bookmark = Instant::now() + self.call.core.limits.bookmark_interval;
                let bytes = self.bookmark(Value::Null);
                self.pending.push_back(bytes);
            }
            _ = self.registry.changed() => {
                let gvk = &self.call.resource.gvk;
                if self.call.core.registry().find(&gvk.group, &gvk.version, &self.call.resource.plural).is_none() {
                    self.state = State::Closing;
                }
            }
        }
    }

    fn cut_off(&mut self, expired: Expired) {
        let status = ApiError::expired(expired).to_status();
        self.pending.push_back(line("ERROR", status.to_string().as_bytes()));
        self.state = State::Closing;
    }

    /// An event as this watch sees it: an object may enter or leave what the selector chooses.
    fn line_of(&self, event: &Event) -> Option<Bytes> {
        let namespace = &self.call.namespace;
        if !namespace.is_empty() && event.current.key.namespace != *namespace {
            return None;
        }
        let chosen = |record: &Arc<Record>| self.selector.is_empty() || self.selector.matches(&record.object());
        let was = event.previous.as_ref().is_some_and(chosen);
        let (kind, object) = match event.change {
            Change::Deleted if was => ("DELETED", self.call.render(&event.current)),
            Change::Deleted => return None,
            Change::Put => match (was, chosen(&event.current)) {
                (true, true) => ("MODIFIED", self.call.render(&event.current)),
                (false, true) => ("ADDED", self.call.render(&event.current)),
                (true, false) => ("DELETED", self.left(event)?),
                (false, false) => return None,
            },
        };
        Some(line(kind, &object))
    }

    /// The last state that was chosen, at the revision that took the object away.
    fn left(&self, event: &Event) -> Option<Bytes> {
        let mut object = event.previous.as_ref()?.object();
        builtin::convert(&mut object, &self.call.resource.gvk);
        metadata_mut(&mut object).insert("resourceVersion".to_owned(), event.revision().to_string().into());
        Some(self.call.render_value(object))
    }

    fn bookmark(&self, annotations: Value) -> Bytes {
        let mut object = json!({
            "kind": self.call.resource.gvk.kind,
            "apiVersion": self.call.resource.gvk.api_version(),
            "metadata": {"resourceVersion": self.cursor.to_string()},
        });
        if !annotations.is_null() {
            object["metadata"]["annotations"] = annotations;
        }
        match self.call.accepted.representation {
            Representation::Object | Representation::Metadata => {
                if self.call.accepted.representation == Representation::Metadata {
                    object["kind"] = "PartialObjectMetadata".into();
                    object["apiVersion"] = "meta.k8s.io/v1".into();
                }
                line("BOOKMARK", object.to_string().as_bytes())
            }
            Representation::Table => {
                let table = json!({
                    "kind": "Table",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": {"resourceVersion": self.cursor.to_string()},
                    "columnDefinitions": [],
                    "rows": [{"cells": [], "object": object}],
                });
                line("BOOKMARK", table.to_string().as_bytes())
            }
        }
    }
}

fn line(kind: &str, object: &[u8]) -> Bytes {
    let mut line = Vec::with_capacity(object.len() + 32);
    line.extend_from_slice(b"{\"type\":\"");
    line.extend_from_slice(kind.as_bytes());
    line.extend_from_slice(b"\",\"object\":");
    line.extend_from_slice(object.trim_ascii_end());
    line.extend_from_slice(b"}\n");
    Bytes::from(line)
}
