//! Whether something that is referred to is missing, and not only declared elsewhere.

use manifest::ObjectId;
use mesh::workload::WorkloadKind;
use mesh::{KindName, World, kind};

/// Whether an object does not exist and would be known if it did. People keep what belongs together apart: a folder of
/// policies says nothing about the services they are for. So its namespace must be known as a whole, and objects of its
/// kind must be declared at all: services and workloads in its namespace, others anywhere.
pub(crate) fn is_missing(world: &World, id: &ObjectId, kind: KindName) -> bool {
    world.by_id(id).is_none() && world.coverage().whole(&id.namespace) && would_be_declared(world, &id.namespace, kind)
}

/// Whether objects of a kind are declared where one of a namespace would be.
pub(crate) fn would_be_declared(world: &World, namespace: &str, kind: KindName) -> bool {
    if kind == kind::SERVICE {
        world.within(kind, namespace).len() > 0
    } else if WorkloadKind::ALL.into_iter().any(|workload| workload.name() == kind) {
        world.workloads_in(namespace).len() > 0
    } else {
        world.of(kind).len() > 0
    }
}
