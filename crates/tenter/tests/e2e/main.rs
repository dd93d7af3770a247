//! The real `tenter` binary, from the outside: over its command line, and over HTTPS with a real `kubectl`.
//!
//! What needs a cluster runs on the embedded one, or on a real control plane where `TENTER_CLUSTER=kubernetes` says so.
//! Everything runs on the loopback interface, in folders of its own, and is stopped at the end of its test.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests, outside of their functions")]

mod adoption;
mod analysis;
mod bench;
mod charts;
mod commands;
mod contested;
mod demo;
mod disk_full;
mod encryption;
mod folders;
mod gitops_istio;
mod helm;
mod home;
mod installation;
mod kubectl;
mod mirror;
mod process;
mod provenance;
mod releases;
mod remote_bases;
mod render;
mod render_helm;
mod replicas;
mod restart;
mod rivals;
mod shop;
mod telemetry;
mod up;
