//! Development only: fixtures, real git servers, a web server with faults, faults before an API server, other projects' tools, scenario runner, layering and documentation tests.

pub mod faults;
pub mod generated_mesh;
pub mod git;
pub mod gnupg;
pub mod kubernetes;
pub mod registry;
pub mod servers;
pub mod tools;
pub mod web;
