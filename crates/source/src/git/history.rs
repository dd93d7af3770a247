//! The commits before a commit.

use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;
use gix::{ObjectId, Repository};

use super::read::describe;
use crate::artifact::Commit;
use crate::error::SourceError;

/// At most `limit` commits, newest first, beginning with `head`. Where the history is cut off, so is the list.
pub(super) fn log(
    repository: &Repository,
    url: &str,
    head: ObjectId,
    limit: usize,
) -> Result<Vec<Commit>, SourceError> {
    let damaged = |error: gix::Error| SourceError::Damaged { url: url.to_owned(), cause: error.to_string() };
    repository
        .rev_walk([head])
        .sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst))
        .all()
        .map_err(damaged)?
        .take(limit)
        .map(|info| describe(repository, url, info.map_err(damaged)?.id))
        .collect()
}
