//! `get`.

use super::{Call, Outcome};
use crate::core::collection_of;
use crate::error::ApiError;
use crate::http::Reply;

/// One object as it is now.
pub(super) fn get(call: &Call) -> Result<Reply, ApiError> {
    if let Some(asked) = call.query.resource_version()? {
        let current = call.core.store.revision();
        if asked > current {
            return Err(ApiError::too_large_resource_version(asked, current));
        }
    }
    let record = call.core.store.get(&collection_of(&call.resource), &call.key()).ok_or_else(|| call.not_found())?;
    Ok(call.reply(200, &Outcome::Stored(record)))
}
