//! Objects and their history: one revision counter, all collections in memory, optionally journaled to disk.
//!
//! A write names the state it expects (absent, or at a revision) and either takes effect as a whole, at a new revision,
//! or not at all. With a journal, concurrent writes share one durable transaction, and nothing is visible to a reader
//! before it is durable, so a revision that anyone saw is never used again.

mod collection;
mod committer;
mod journal;
mod record;
mod store;

pub use collection::{Expired, Snapshot};
pub use committer::{CommitError, Expected, Operation, Write};
pub use journal::JournalError;
pub use record::{Change, CollectionKey, Event, ObjectKey, Record};
pub use store::Store;

#[cfg(test)]
mod tests;
