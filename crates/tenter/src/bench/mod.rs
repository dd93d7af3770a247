//! What `tenter bench` does: the work that flux-benchmark measures Flux by, done on any API server, next to a bare loop
//! that only applies the same objects.

pub(crate) mod floor;
pub mod machine;
pub(crate) mod mean_time;
pub mod percentile;
mod progress;
pub mod requests;
mod stand;
pub(crate) mod workload;

pub(crate) use self::machine::describe;
pub(crate) use self::requests::{Requests, Tally};
pub(crate) use self::stand::{Stand, parallel};
