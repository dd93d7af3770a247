//! What goes over the wire.

mod fake;
mod requests;
mod watches;
