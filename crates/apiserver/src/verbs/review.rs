//! Reviews: resources that can only be created, are answered at once and never stored.

use super::Call;
use crate::authorization::Roles;
use crate::error::ApiError;
use crate::http::{Reply, decode_body};
use crate::registry::Resource;
use crate::reviews;

/// Whether objects of the resource are answered rather than stored.
pub(super) fn is_review(resource: &Resource) -> bool {
    matches!(resource.gvk.group.as_str(), "authentication.k8s.io" | "authorization.k8s.io")
}

/// Answers the review in the body.
pub(super) fn review(call: &Call) -> Result<Reply, ApiError> {
    let (review, warnings) = call.intake()?.accept(decode_body(&call.content_type, &call.body)?)?;
    let roles = Roles::of(&call.core);
    let answered = reviews::answer(review, &call.user, &roles.rbac(), |token| call.core.tokens.user(token));
    Ok(call.reply_json(201, answered.to_string()).with_warnings(warnings))
}
