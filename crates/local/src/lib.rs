//! What one machine needs around an API server so that real manifests roll out on it: workload controllers and
//! stand-in pods.
//!
//! The API server is reached through a [`kube::Client`] only; whether it is the embedded one is not known here.
//! Every controller is a pure `step` (state and time in, typed actions out, each with its reason) behind one shared
//! wiring: a watch-fed cache per kind, a keyed work queue, a writer. Nothing polls; an idle cluster is written to by
//! nobody.
//!
//! Pods are stand-ins: nothing runs, but phases, conditions, container statuses, restarts and events follow the
//! timeline a kubelet would produce. The annotation [`STAND_IN_ANNOTATION`] makes a pod misbehave, so that failures can
//! be tried.

mod action;
mod autoscaler;
mod clock;
mod controller;
mod cronjob;
mod daemonset;
mod deployment;
mod disruption;
mod events;
mod hash;
mod ingress;
mod job;
mod kubelet;
mod namespace;
mod node;
mod options;
mod pods;
mod queue;
mod replicaset;
mod revisions;
mod running;
mod service;
mod statefulset;
#[cfg(test)]
mod transcript;
mod volume;
mod watch;
mod wiring;
mod workload;
mod writer;

pub use clock::Clock;
pub use options::{Absent, Missing, Options, Speed};
pub use running::{Local, Running, Stopped};

/// Annotation on a pod (or on a workload's pod template) that makes its stand-in misbehave. Values: `fail`,
/// `crash-loop`, `image-pull-error`, `never-ready`, `slow-start=<duration>`, `exit-after=<duration>`.
pub const STAND_IN_ANNOTATION: &str = "tenter.dev/stand-in";

/// Name of the one node everything is scheduled to.
pub const NODE_NAME: &str = "tenter-local";
