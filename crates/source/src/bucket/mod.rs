//! Buckets of S3 servers.

mod contents;
mod listing;
mod request;
mod session;
mod signature;
mod xml;

pub use request::{AccessKeys, Addressing, BucketRequest};

pub(crate) use contents::Buckets;

use crate::artifact::Fetched;
use crate::error::SourceError;
use crate::http::within;
use crate::sources::Sources;

impl Sources {
    /// The files of a bucket, unless it still stands at `last_revision`: then nothing but its listing and its
    /// `.sourceignore` is asked for. Of the objects, those are fetched that changed since somebody fetched them, as
    /// long as that artifact is in use.
    ///
    /// The revision is Flux's: the digest of the sorted names and ETags. As there, the exclusions that hold by default
    /// always hold for the files, and never count for the revision.
    ///
    /// Give no `last_revision` when the ignore rules have changed since.
    ///
    /// # Errors
    /// Everything that concerns servers in [`SourceError`]; what is over the limits; names that are no paths.
    pub async fn bucket(&self, request: &BucketRequest, last_revision: Option<&str>) -> Result<Fetched, SourceError> {
        within(request.connection.timeout, &request.endpoint, self.buckets.fetch(request, last_revision)).await
    }
}
