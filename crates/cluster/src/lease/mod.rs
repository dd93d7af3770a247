//! Leader election by a Lease (coordination.k8s.io/v1): of several replicas, one writes.
//!
//! [`Election`] decides and is pure, [`Elector`] carries it out, and a [`Fence`] stands before every write of a
//! [`Cluster`](crate::Cluster) that was made by [`Cluster::fenced`](crate::Cluster::fenced): it refuses what a replica
//! that leads no more would still send, even if that replica was paused and does not know yet.
//!
//! The rules are client-go's: a candidate trusts no other machine's clock. It takes the lease when the record has not
//! changed for the time the record promises, measured by its own clock from when it saw the change.

mod election;
mod elector;
mod fence;
mod gate;
mod record;

pub use election::{Action, Election, Now, Timing};
pub use elector::{Elector, Place};
pub use fence::{Fence, Moment, Pass};
pub(crate) use gate::Gate;
pub use record::{Record, Seen};
