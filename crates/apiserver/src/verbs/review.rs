//! Reviews: resources that can only be created, are answered at once and never stored.

use serde_json::Value;

use super::Call;
use crate::core::collection_of;
use crate::error::ApiError;
use crate::http::{Reply, decode_body};
use crate::registry::Resource;
use crate::reviews::{self, Rbac};

/// Whether objects of the resource are answered rather than stored.
pub(super) fn is_review(resource: &Resource) -> bool {
    matches!(resource.gvk.group.as_str(), "authentication.k8s.io" | "authorization.k8s.io")
}

/// Answers the review in the body.
pub(super) fn review(call: &Call) -> Result<Reply, ApiError> {
    let (review, warnings) = call.intake()?.accept(decode_body(&call.content_type, &call.body)?)?;
    let roles = stored(call, "roles");
    let cluster_roles = stored(call, "clusterroles");
    let role_bindings = stored(call, "rolebindings");
    let cluster_role_bindings = stored(call, "clusterrolebindings");
    let rbac = Rbac {
        roles: &roles,
        cluster_roles: &cluster_roles,
        role_bindings: &role_bindings,
        cluster_role_bindings: &cluster_role_bindings,
    };
    let answered = reviews::answer(review, &call.user, &rbac, |token| call.core.tokens.user(token));
    Ok(call.reply_json(201, answered.to_string()).with_warnings(warnings))
}

fn stored(call: &Call, plural: &str) -> Vec<Value> {
    let registry = call.core.registry();
    let Some(resource) = registry.find("rbac.authorization.k8s.io", "v1", plural) else { return Vec::new() };
    let records = call.core.store.list(&collection_of(resource), None, None).records;
    records.iter().map(|record| record.object()).collect()
}
