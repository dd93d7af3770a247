//! `patch`: JSON patch, merge patch, strategic merge patch; server-side apply is in its own file.

use manifest::GroupVersionKind;
use manifest::patch::strategic::{self, Dialect};
use manifest::patch::{json6902, merge};
use serde_json::Value;

use super::list::invalid_options;
use super::prepare::Ownership;
use super::update::{check_name, modify};
use super::{Call, apply};
use crate::error::ApiError;
use crate::http::{Reply, json_body, media_type, yaml_body};
use crate::metadata::metadata_mut;
use crate::registry::{FieldError, Origin};

const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const STRATEGIC_PATCH: &str = "application/strategic-merge-patch+json";
const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// The API server applies JSON patches with the library that kustomize uses.
const DIALECT: json6902::Dialect = json6902::Dialect::Kustomize;
/// Operations of one JSON patch at most, as kube-apiserver has it.
const JSON_PATCH_OPERATIONS: usize = 10_000;

/// Changes the object as the body says, in the patch language that the content type names.
pub(super) async fn patch(call: &Call) -> Result<Reply, ApiError> {
    let language = media_type(&call.content_type);
    if language == APPLY_PATCH {
        return apply::apply(call).await;
    }
    if call.query.flag("force").is_some() {
        let error = FieldError::forbidden("force", "may not be specified for non-apply patch");
        return Err(invalid_options("PatchOptions", error));
    }
    let decoded = match language {
        JSON_PATCH | MERGE_PATCH => json_body(&call.body)?,
        STRATEGIC_PATCH if call.resource.origin == Origin::BuiltIn => json_body(&call.body)?,
        _ => return Err(unsupported(call)),
    };
    let patch = decoded.value;
    let change = |live: &Value| {
        let mut object = match language {
            JSON_PATCH => json_patched(live, &patch)?,
            STRATEGIC_PATCH => strategic_patched(call, live, &patch)?,
            _ => merged(live, &patch)?,
        };
        if call.resource.origin == Origin::BuiltIn && object.get("kind") != live.get("kind") {
            let error = FieldError::invalid("patch", &object["kind"], "the kind of an object cannot be changed");
            return Err(ApiError::invalid(&GroupVersionKind::from_api_version("", ""), "", &[error]));
        }
        // The version of an object is not up for patching.
        for field in ["apiVersion", "kind"] {
            if object.get(field) != live.get(field) {
                object[field] = live[field].clone();
            }
        }
        metadata_mut(&mut object);
        check_name(call, &object)?;
        Ok((object, Ownership::ToRecord))
    };
    let modified = modify(call, change).await;
    let (outcome, warnings) = modified.map_err(|error| of_patching(call, error))?;
    Ok(call.reply(200, &outcome).with_warnings(decoded.duplicates.into_iter().chain(warnings).collect()))
}

fn unsupported(call: &Call) -> ApiError {
    match call.resource.origin {
        Origin::BuiltIn => ApiError::unknown_media_type(),
        Origin::Custom { .. } => ApiError::unsupported_media_type(&[JSON_PATCH, MERGE_PATCH, APPLY_PATCH]),
    }
}

/// The refusal of a patched object of a built-in kind whose fields are unknown or cannot hold what they are given: then
/// the patch is to blame.
fn of_patching(call: &Call, error: ApiError) -> ApiError {
    let error = error.of_decoding(&call.resource);
    let is_decoding = error.reason == "BadRequest" && error.message.contains("cannot be handled as a");
    if call.resource.origin != Origin::BuiltIn || !is_decoding {
        return error;
    }
    let patch = Value::String(String::from_utf8_lossy(&call.body).into_owned());
    let error = FieldError::invalid("patch", &patch, &error.message);
    ApiError::invalid(&GroupVersionKind::from_api_version("", ""), "", &[error])
}

/// A patch of something other than a stored object, such as a scale.
pub(super) fn patched(call: &Call, object: &Value) -> Result<Value, ApiError> {
    match media_type(&call.content_type) {
        JSON_PATCH => json_patched(object, &json_body(&call.body)?.value),
        // A scale has no lists, so that both merges mean the same.
        MERGE_PATCH | STRATEGIC_PATCH => merged(object, &json_body(&call.body)?.value),
        APPLY_PATCH => merged(object, &yaml_body(&call.body)?.value),
        _ => Err(unsupported(call)),
    }
}

fn json_patched(object: &Value, patch: &Value) -> Result<Value, ApiError> {
    let operations = patch.as_array().map_or(0, Vec::len);
    if operations > JSON_PATCH_OPERATIONS {
        let why =
            format!("The allowed maximum operations in a JSON patch is {JSON_PATCH_OPERATIONS}, got {operations}");
        return Err(ApiError::too_large(&why));
    }
    let patch = json6902::Patch::parse(patch, DIALECT).map_err(|error| ApiError::bad_request(error.to_string()))?;
    patch.apply(object.clone(), DIALECT).map_err(|error| ApiError::unprocessable(error.to_string()))
}

fn merged(object: &Value, patch: &Value) -> Result<Value, ApiError> {
    if !patch.is_object() {
        return Err(ApiError::bad_request("a merge patch must be an object"));
    }
    Ok(merge::apply(object.clone(), patch))
}

fn strategic_patched(call: &Call, object: &Value, patch: &Value) -> Result<Value, ApiError> {
    let topology = call.resource.schema.topology();
    strategic::apply(object, patch, Some(topology), Dialect::Kubernetes)
        .map_err(|error| ApiError::bad_request(error.to_string()))?
        .ok_or_else(|| ApiError::bad_request("a patch cannot delete the object it is for"))
}
