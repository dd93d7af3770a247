//! The pipeline and its reconcilers: from a commit to a healthy, drift-free cluster.
//!
//! [`Engine::start`] watches the Flux objects of a cluster and gives each one a task of its own. `pipeline.rs` is the
//! order of the stages. The engine holds a `kube::Client` through [`cluster::Cluster`] and does not know whether the API
//! server behind it is the embedded one.

mod access;
mod artifacts;
mod awaited;
mod blocking;
mod claims;
mod clock;
mod directory;
mod engine;
mod events;
pub mod helm_release;
mod key;
pub mod kustomization;
mod links;
mod live_world;
mod mailbox;
mod observation;
mod other_clusters;
mod packing;
mod pipeline;
mod references;
mod rivals;
mod router;
mod shard;
mod sources;
pub mod stages;
mod subscription;
mod timeline;
mod tracker;

pub use access::{CrossNamespace, Denial};
pub use engine::{AssumedKinds, Engine, Options, RemoteBases, Running, Watched};
pub use key::Key;
pub use live_world::live_objects;
pub use observation::{Decision, Named, Observation, Observer, Observers, Outcome, Ran, Subject, TurnPart, Verdict};
pub use rivals::FluxControllers;
pub use shard::{Shard, ShardError};
pub use sources::{Locals, RemoteError, Remotes, chart_preview};
pub use timeline::{Stage, StageRun};
