//! Which change makes which controller look, and what it looks at. No decisions here.

mod network;
mod node;
mod workloads;

use std::sync::Arc;

use crate::action::Step;
use crate::controller::{Controller, Look};
use crate::options::{Absent, Options};
use crate::queue::Queue;
use crate::watch::{Store, Watched, World};

/// Every controller, with the number of its workers, listening to the caches of `world`.
pub(crate) fn controllers(world: &Arc<World>, options: &Options) -> Vec<(Controller, usize)> {
    let mut wiring = Wiring { world: world.clone(), controllers: Vec::new() };
    match options.absent {
        Absent::Everything => {
            wiring.workloads(options);
            wiring.services();
            wiring.namespaces(options);
        }
        Absent::Nodes => {}
    }
    wiring.addresses();
    wiring.node(options);
    wiring.controllers
}

struct Wiring {
    world: Arc<World>,
    controllers: Vec<(Controller, usize)>,
}

impl Wiring {
    /// Adds a controller; `workers` of it look at different keys at the same time.
    fn controller(
        &mut self,
        component: &'static str,
        workers: usize,
        queue: &Arc<Queue>,
        decide: impl Fn(&Look<'_>) -> Step + Send + Sync + 'static,
    ) {
        self.controllers.push((Controller::new(component, queue.clone(), decide), workers));
    }
}

/// A queue that hears of every change to the objects of `store` themselves.
fn queue_of<K: Watched>(store: &Store<K>) -> Arc<Queue> {
    let queue = Arc::new(Queue::default());
    let listener = queue.clone();
    store.subscribe(move |change| {
        if change.new.is_some() {
            listener.add(change.key.clone());
        }
    });
    queue
}

/// Looks at the controller of every object of `store` that changes; `dependants` counts what such a look goes through.
fn follow_owned<O: Watched, K: Watched>(
    queue: &Arc<Queue>,
    owned: &Arc<Store<K>>,
    dependants: impl Fn(&str) -> usize + Send + Sync + 'static,
) {
    let queue = queue.clone();
    owned.subscribe(move |change| {
        for (owner, key) in change.controllers::<O>() {
            queue.add_settled(key, dependants(&owner.uid));
        }
    });
}
