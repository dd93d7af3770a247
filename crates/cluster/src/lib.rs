//! The only Kubernetes client: discovery, reads, server-side apply, deletion, watches.
//!
//! Objects are JSON values end to end, requests are plain HTTP, and every request passes one retry policy and one bound
//! on concurrency. It works the same over a real connection and over an API server in the same process.

mod apply;
mod clock;
mod cluster;
mod connection;
mod discovery;
mod endpoint;
mod error;
mod event;
mod kubeconfig;
pub mod lease;
mod observation;
mod path;
mod permission;
mod read;
mod request;
mod retry;
mod verb;
mod watch;
mod write;

pub use apply::{Applied, ApplyMode, Change, Conflicts, DryRun, FieldValidation};
pub use clock::Reading;
pub use cluster::{Cluster, Settings};
pub use discovery::{ApiKind, Scope as KindScope};
pub use error::{ApplyError, Cause, ClusterError, Missing};
pub use event::{Event as KubernetesEvent, EventType};
pub use kubeconfig::KubeconfigError;
pub use observation::{Observation, Observer, Point};
pub use read::{ObjectRef, Selector};
pub use retry::RetryPolicy;
pub use verb::Verb;
pub use watch::{Event, Scope, Watch};
pub use write::{Deletion, Propagation};
