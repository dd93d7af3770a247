//! Which fields of a live object are ours, whether they are as declared, and who changed them.
//!
//! The API server records in `metadata.managedFields` which manager owns which field. That record makes two things
//! possible without a request: an object whose owned fields and values equal the manifest needs no apply, and a watch
//! event that leaves them as they were is no drift.
//!
//! The record also tells how the lists of an object merge (by keys, as a set, or as one value), so that nothing here
//! needs the object's schema.

mod drift;
mod fields;
mod matching;
mod projection;

pub use drift::{Actor, Drift, DriftKind, FieldChange, drift};
pub use matching::{Match, matches};
pub use projection::Owned;
