//! A web server on loopback that answers as a test tells it: files, refusals, redirects, and every kind of fault.

mod reply;
mod server;

pub use reply::Reply;
pub use server::{Asked, WebServer};
