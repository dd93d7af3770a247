//! Watching objects.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use manifest::{GroupVersionKind, Value};

use crate::{Cluster, Selector};

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

/// An endless stream of [`Event`]s. It reconnects by itself and stops when it is dropped.
pub struct Watch {
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
}

impl Watch {
    /// The next event.
    pub async fn next(&mut self) -> Event {
        unimplemented!()
    }
}

impl Stream for Watch {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.events.as_mut().poll_next(context)
    }
}

impl Cluster {
    /// Watches the objects of a type in `scope` that `selector` selects. The first event is [`Event::Restarted`].
    pub fn watch(&self, gvk: &GroupVersionKind, scope: Scope, selector: Selector) -> Watch {
        let _ = (gvk, scope, selector);
        unimplemented!()
    }
}
