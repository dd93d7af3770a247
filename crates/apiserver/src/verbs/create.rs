//! `create`.

use super::prepare::{Intake, Ownership, operation};
use super::{Call, Outcome};
use crate::core::{Core, collection_of};
use crate::error::{self, ApiError};
use crate::http::{Effect, Reply, decode_body};
use crate::identity;
use crate::metadata::{self, metadata_mut};
use crate::registry::{Resource, Scope};
use crate::storage::{CommitError, Expected, ObjectKey, Operation, Write};
use crate::strategy;
use serde_json::Value;

/// How often a name is generated before giving up.
const GENERATED_NAMES: usize = 8;

/// Creates the object in the body.
pub(crate) async fn create(call: &Call) -> Result<Reply, ApiError> {
    let effect = call.query.effect()?;
    let intake = call.intake()?;
    let (object, mut warnings) = intake.accept(decode_body(&call.content_type, &call.body)?)?;
    let created = create_object(&intake, object, effect, Ownership::ToRecord).await;
    let (outcome, more) = created.map_err(|error| error.of_decoding(&call.resource))?;
    warnings.extend(more);
    Ok(call.reply(201, &outcome).with_warnings(warnings))
}

/// Creates an object whose type and namespace are those of the intake.
pub(crate) async fn create_object(
    intake: &Intake<'_>,
    object: Value,
    effect: Effect,
    ownership: Ownership,
) -> Result<(Outcome, Vec<String>), ApiError> {
    let resource = intake.resource;
    let prefix = metadata::text(&object, "generateName").to_owned();
    let generates = metadata::text(&object, "name").is_empty() && !prefix.is_empty();
    check_namespace(intake.core, resource, intake.namespace, metadata::text(&object, "name"))?;

    let _turn = intake.core.turn_of(resource).await;
    let mut attempts = if generates { GENERATED_NAMES } else { 1 };
    loop {
        attempts -= 1;
        let mut candidate = object.clone();
        if generates {
            let name = identity::generated_name(&prefix).map_err(ApiError::internal)?;
            metadata_mut(&mut candidate).insert("name".to_owned(), name.into());
        }
        let (admitted, warnings) = intake.create(candidate, ownership)?;
        let name = metadata::text(&admitted, "name").to_owned();
        let key = ObjectKey::new(intake.namespace, name.as_str());
        let collection = collection_of(resource);
        let taken = match effect {
            Effect::DryRun => intake.core.store.get(&collection, &key).is_some(),
            Effect::Stored => {
                let (Operation::Put(stored) | Operation::Delete(stored)) = operation(resource, admitted.clone());
                let write = Write { collection, key, expected: Expected::Absent, operation: Operation::Put(stored) };
                match intake.core.store.commit(write).await {
                    Ok(record) => {
                        intake.core.written(resource, &record);
                        return Ok((Outcome::Stored(record), warnings));
                    }
                    Err(CommitError::Conflict { .. }) => true,
                    Err(other) => return Err(error::of_commit(resource, &name, other)),
                }
            }
        };
        match (taken, attempts) {
            (false, _) => return Ok((Outcome::Planned(admitted), warnings)),
            (true, 0) if generates => return Err(ApiError::generated_name_exhausted(resource, &name)),
            (true, 0) => return Err(ApiError::already_exists(resource, &name)),
            (true, _) => {}
        }
    }
}

/// Objects are created only in namespaces that exist and are not going away.
fn check_namespace(core: &Core, resource: &Resource, namespace: &str, name: &str) -> Result<(), ApiError> {
    if resource.scope == Scope::Cluster {
        return Ok(());
    }
    let Some(found) = core.namespace(namespace) else {
        return Err(ApiError::namespace_not_found(namespace));
    };
    if metadata::is_terminating(&found) && !strategy::is(resource, "", "events") {
        return Err(ApiError::namespace_terminating(resource, name, namespace));
    }
    Ok(())
}
