//! HelmReleases: scenarios as transcripts, and tables.

#![allow(clippy::unwrap_used)]

mod laws;
mod scenarios;
mod tables;
mod world;
