//! Server-side apply.

use manifest::GroupVersionKind;
use manifest::ownership::Conflicts;
use serde_json::Value;

use super::create::create_object;
use super::list::invalid_options;
use super::prepare::Ownership;
use super::update::{check_name, modify};
use super::{Call, Outcome};
use crate::core::collection_of;
use crate::error::ApiError;
use crate::http::{Reply, yaml_body};
use crate::metadata::{self, metadata_mut};
use crate::registry::{FieldError, Origin};
use crate::schema;

/// Merges the object in the body into the live one, or creates it.
pub(super) async fn apply(call: &Call) -> Result<Reply, ApiError> {
    if call.query.text("fieldManager").is_empty() {
        let error = FieldError::required("fieldManager", "is required for apply patch");
        return Err(invalid_options("PatchOptions", error));
    }
    let intake = call.intake()?;
    let decoded = yaml_body(&call.body)?;
    check_type(call, &decoded.value)?;
    check_name(call, &decoded.value)?;
    check_fields(call, &decoded.value)?;
    let (mut applied, mut warnings) = intake.accept(decoded)?;
    let metadata = metadata_mut(&mut applied);
    if metadata.get("managedFields").is_some_and(|fields| !fields.is_null()) {
        return Err(ApiError::bad_request("metadata.managedFields must be nil"));
    }
    let conflicts = if call.query.flag("force") == Some(true) { Conflicts::Force } else { Conflicts::Fail };

    let (code, outcome, more) = loop {
        if call.core.store.get(&collection_of(&call.resource), &call.key()).is_some() {
            match update(call, &applied, conflicts).await {
                // It was deleted in between: then it is to be created.
                Err(error) if error.code == 404 => {}
                result => break result.map(|(outcome, warnings)| (200, outcome, warnings))?,
            }
        }
        match create(call, &applied, conflicts).await {
            // It was created in between: then it is to be merged.
            Err(error) if error.reason == "AlreadyExists" => {}
            result => break result.map(|(outcome, warnings)| (201, outcome, warnings))?,
        }
    };
    warnings.extend(more);
    Ok(call.reply(code, &outcome).with_warnings(warnings))
}

/// What is applied must say its type, which a body of another verb need not.
fn check_type(call: &Call, object: &Value) -> Result<(), ApiError> {
    let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let wanted = &call.resource.gvk;
    if object.is_object() && (api_version, kind) != (wanted.api_version().as_str(), wanted.kind.as_str()) {
        let given = GroupVersionKind::from_api_version(api_version, kind);
        let why = format!("invalid object type: {}/{}, Kind={}", given.group, given.version, given.kind);
        return Err(ApiError::bad_request(why));
    }
    Ok(())
}

/// Nobody can own a field that a built-in kind does not have.
fn check_fields(call: &Call, applied: &Value) -> Result<(), ApiError> {
    if call.resource.origin != Origin::BuiltIn {
        return Ok(());
    }
    let Some(unknown) = schema::first_unknown(applied, call.resource.schema.structure()) else { return Ok(()) };
    let (namespace, gvk) = (metadata::text(applied, "namespace"), &call.resource.gvk);
    Err(ApiError::unclassified(format!(
        "failed to create typed patch object ({namespace}/{}; {}/{}, Kind={}): .{unknown}: field not declared in schema",
        call.name, gvk.group, gvk.version, gvk.kind
    )))
}

async fn update(call: &Call, applied: &Value, conflicts: Conflicts) -> Result<(Outcome, Vec<String>), ApiError> {
    let intake = call.intake()?;
    let topology = call.resource.schema.topology();
    modify(call, |live| {
        let merged = intake.writer(topology).apply(Some(live), applied, conflicts)?;
        Ok((merged, Ownership::Settled))
    })
    .await
}

async fn create(call: &Call, applied: &Value, conflicts: Conflicts) -> Result<(Outcome, Vec<String>), ApiError> {
    // A subresource does not bring its object into being.
    if !call.subresource.is_empty() {
        return Err(call.not_found());
    }
    let intake = call.intake()?;
    // A uid in what is applied means one particular object, which does not exist.
    let uid = crate::metadata::text(applied, "uid");
    if !uid.is_empty() {
        let why = format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        return Err(ApiError::conflict(&call.resource, &call.name, &why));
    }
    let mut applied = applied.clone();
    metadata_mut(&mut applied).remove("resourceVersion");
    let topology = call.resource.schema.topology();
    let object = intake.writer(topology).apply(None, &applied, conflicts)?;
    create_object(&intake, object, call.query.effect()?, Ownership::Settled).await
}
