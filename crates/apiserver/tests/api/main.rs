//! The server as its clients see it, through its `tower` service and over HTTPS.

mod access;
mod apply;
mod client;
mod definitions;
mod deletion;
mod durability;
mod evictions;
mod lists;
mod namespaces;
mod network;
mod objects;
mod patches;
mod protobuf;
mod services;
mod watches;
mod wire;
