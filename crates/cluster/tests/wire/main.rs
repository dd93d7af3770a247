//! What goes over the wire.

mod fake;
mod fences;
mod requests;
mod watches;
