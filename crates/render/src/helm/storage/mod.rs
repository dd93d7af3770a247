//! Releases as Helm stores them: one Secret per revision, with the release as compressed JSON.
//!
//! [`Release`] is what Helm 3 and Helm 4 write and read. Fields that are not known here are kept, so that a release can
//! be written again for whoever knows them. [`observation`] and [`config_digest`] are what helm-controller computes
//! the digests in its status from.

mod chart;
mod encoding;
mod kept;
mod object;
mod observation;
mod release;
#[cfg(test)]
mod tests;
mod time;

pub use chart::{Chart, Dependency, File, Lock, Maintainer, Metadata};
pub use encoding::{MAX_DECODED, StorageError, decode, encode};
pub use object::{SECRET_TYPE, Written, object_name, read_object, secret, selector};
pub use observation::{config_checksum, config_digest, observation};
pub use release::{Hook, HookRun, Info, Release};
