//! The server's own controllers: they remove what should go with something else, or with time.
//!
//! Each follows every write, notes what it may concern, and works through its notes when the writes pause. Nothing is
//! polled: an idle server does nothing but let old Events and the history of old writes go when their time has come.

mod definitions;
mod events;
mod garbage;
mod graph;
mod history;
mod namespaces;
mod uid;

use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::core::Core;
use crate::error::ApiError;
use crate::storage::{Change, CollectionKey, Event, Record};

/// One write, as controllers look at it.
struct Note<'a> {
    collection: &'a Arc<CollectionKey>,
    change: Change,
    record: &'a Record,
}

trait Controller: Send + 'static {
    /// Takes note of a write; must be quick.
    fn note(&mut self, note: Note<'_>);

    /// Does what the notes call for.
    fn work(&mut self) -> impl Future<Output = ()> + Send;

    /// When there is something to do even if nobody writes; `None` when there is not.
    fn due(&self) -> Option<Instant> {
        None
    }
}

/// Starts the controllers. They first look at everything that is stored, since a crash may have interrupted them.
pub(crate) fn start(core: &Arc<Core>) -> Vec<JoinHandle<()>> {
    vec![
        spawn(core, garbage::Garbage::new(Arc::clone(core))),
        spawn(core, namespaces::Namespaces::new(Arc::clone(core))),
        spawn(core, definitions::Definitions::new(Arc::clone(core))),
        spawn(core, events::Events::new(Arc::clone(core))),
        spawn(core, history::History::new(Arc::clone(core))),
    ]
}

fn spawn(core: &Arc<Core>, mut controller: impl Controller) -> JoinHandle<()> {
    let events = core.store.follow();
    for collection in core.store.collections() {
        let collection = Arc::new(collection);
        for record in core.store.list(&collection, None, None).records {
            controller.note(Note { collection: &collection, change: Change::Put, record: &record });
        }
    }
    tokio::spawn(run(controller, events))
}

async fn run(mut controller: impl Controller, mut events: UnboundedReceiver<Arc<Event>>) {
    loop {
        controller.work().await;
        let received = match controller.due() {
            None => events.recv().await,
            Some(due) => match timeout_at(due, events.recv()).await {
                Ok(received) => received,
                Err(_) => continue,
            },
        };
        let Some(event) = received else { return };
        note(&mut controller, &event);
        while let Ok(event) = events.try_recv() {
            note(&mut controller, &event);
        }
    }
}

fn note(controller: &mut impl Controller, event: &Event) {
    controller.note(Note { collection: &event.collection, change: event.change, record: &event.current });
}

/// What a controller could not do. An object that is gone, or that someone else changes, brings another event.
fn report(what: &str, error: &ApiError) {
    if !matches!(error.code, 404 | 409) {
        tracing::warn!(error = error.message, "{what}");
    }
}
