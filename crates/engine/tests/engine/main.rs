//! The engine over the embedded API server and real git repositories.

mod access;
mod bad_input;
mod bad_objects;
mod bad_sources;
mod deletion;
mod dependencies;
mod documentation;
mod drift;
mod health;
mod pins;
mod sources;
mod sync;
mod variables;
mod world;
