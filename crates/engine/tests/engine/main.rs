//! The engine over the embedded API server and real git repositories.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests, outside of their functions")]

mod access;
mod bad_helm_sources;
mod bad_input;
mod bad_objects;
mod bad_releases;
mod bad_sources;
mod bucket_sources;
mod charts;
mod contested;
mod deletion;
mod dependencies;
mod documentation;
mod drift;
mod encryption;
mod health;
mod helm_actions;
mod helm_crashes;
mod helm_drift;
mod helm_failures;
mod helm_releases;
mod helm_sources;
mod helm_ways;
mod helm_world;
mod namespaces;
mod oci_sources;
mod other_clusters;
mod pins;
mod remote_bases;
mod rivals;
mod signatures;
mod sources;
mod sync;
mod variables;
mod world;
