//! `update`, and the read-change-write loop of every write to an object that exists.

use std::sync::Arc;

use serde_json::Value;

use super::prepare::{Ownership, operation};
use super::{Call, Outcome};
use crate::builtin;
use crate::core::{Core, collection_of};
use crate::error::{self, ApiError};
use crate::field_management::same_but_for_times;
use crate::http::{Effect, Reply, decode_body};
use crate::metadata;
use crate::registry::{FieldError, Origin, Resource};
use crate::storage::{CommitError, Expected, ObjectKey, Record, Write};
use crate::strategy;

/// How often a write that named no resourceVersion is tried again when others write the same object.
const ATTEMPTS: usize = 100;

/// Replaces the object by the one in the body.
pub(super) async fn replace(call: &Call) -> Result<Reply, ApiError> {
    let (object, mut warnings) = call.intake()?.accept(decode_body(&call.content_type, &call.body)?)?;
    check_name(call, &object)?;
    if metadata::text(&object, "resourceVersion").is_empty() && !strategy::allows_unconditional_update(&call.resource) {
        let error = FieldError::new(
            "FieldValueInvalid",
            "metadata.resourceVersion",
            match call.resource.origin {
                Origin::BuiltIn => "Invalid value: 0x0: must be specified for an update",
                Origin::Custom { .. } => "Invalid value: 0: must be specified for an update",
            }
            .to_owned(),
        );
        // An object that is not there is the more helpful answer.
        if call.core.store.get(&collection_of(&call.resource), &call.key()).is_some() {
            let mut kind = call.resource.gvk.clone();
            if call.resource.origin != Origin::BuiltIn {
                kind.kind.clone_from(&call.resource.plural);
            }
            return Err(ApiError::invalid(&kind, &call.name, &[error]));
        }
    }
    let modified = modify(call, |_| Ok((object.clone(), Ownership::ToRecord))).await;
    let (outcome, more) = modified.map_err(|error| error.of_decoding(&call.resource))?;
    warnings.extend(more);
    Ok(call.reply(200, &outcome).with_warnings(warnings))
}

/// Refuses a body whose name is not that of the URL.
pub(super) fn check_name(call: &Call, object: &Value) -> Result<(), ApiError> {
    match metadata::text(object, "name") {
        "" => Err(ApiError::bad_request(format!(
            "the name of the object ({} based on URL) was undeterminable: name must be provided",
            call.name
        ))),
        name if name != call.name => Err(ApiError::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.name
        ))),
        _ => Ok(()),
    }
}

/// Changes the object of the request: `change` is given the live one in the version of the request, and runs again when
/// someone else wrote in between. A change that changes nothing writes nothing.
pub(super) async fn modify(
    call: &Call,
    mut change: impl FnMut(&Value) -> Result<(Value, Ownership), ApiError>,
) -> Result<(Outcome, Vec<String>), ApiError> {
    let effect = call.query.effect()?;
    let intake = call.intake()?;
    let collection = collection_of(&call.resource);
    let _turn = call.core.turn_of(&call.resource).await;
    for _ in 0..ATTEMPTS {
        let record = call.core.store.get(&collection, &call.key()).ok_or_else(|| call.not_found())?;
        let live = call.object(&record);
        let (candidate, ownership) = change(&live)?;
        let (object, warnings) = intake.update(&live, candidate, ownership)?;
        if same_but_for_times(&live, &object) {
            return Ok((Outcome::Stored(record), warnings));
        }
        if effect == Effect::DryRun {
            return Ok((Outcome::Planned(object), warnings));
        }
        let write = Write {
            collection: collection.clone(),
            key: call.key(),
            expected: Expected::Revision(record.revision),
            operation: operation(&call.resource, object),
        };
        match call.core.store.commit(write).await {
            Ok(record) => {
                call.core.written(&call.resource, &record);
                return Ok((Outcome::Stored(record), warnings));
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(other) => return Err(error::of_commit(&call.resource, &call.name, other)),
        }
    }
    Err(ApiError::modified(&call.resource, &call.name))
}

/// What a controller makes of an object.
pub(crate) enum Rewrite {
    /// This.
    To(Value),
    /// It stays as it is.
    Keep,
}

/// Changes an object for one of the server's own controllers: no admission, no field ownership. `None` when the object
/// is gone or stays as it is.
pub(crate) async fn rewrite(
    core: &Core,
    resource: &Resource,
    key: &ObjectKey,
    mut change: impl FnMut(Value) -> Rewrite,
) -> Result<Option<Arc<Record>>, ApiError> {
    let collection = collection_of(resource);
    for _ in 0..ATTEMPTS {
        let Some(record) = core.store.get(&collection, key) else { return Ok(None) };
        let mut live = record.object();
        builtin::convert(&mut live, &resource.gvk);
        let Rewrite::To(object) = change(live) else { return Ok(None) };
        let write = Write {
            collection: collection.clone(),
            key: key.clone(),
            expected: Expected::Revision(record.revision),
            operation: operation(resource, object),
        };
        match core.store.commit(write).await {
            Ok(record) => {
                core.written(resource, &record);
                return Ok(Some(record));
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(other) => return Err(error::of_commit(resource, &key.name, other)),
        }
    }
    Err(ApiError::modified(resource, &key.name))
}
