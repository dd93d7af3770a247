//! HelmReleases: scenarios as transcripts, and tables.

#![allow(clippy::unwrap_used)]

mod scenarios;
mod tables;
mod world;
