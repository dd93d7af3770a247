//! `delete` and `deletecollection`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::list;
use super::prepare::operation;
use super::{Call, Outcome};
use crate::builtin;
use crate::core::{Core, collection_of};
use crate::error::{self, ApiError};
use crate::http::{Effect, Reply, decode_body};
use crate::identity;
use crate::metadata::{self, metadata_mut};
use crate::registry::{FieldError, Resource};
use crate::storage::{CommitError, Expected, ObjectKey, Operation, Record, Write};
use crate::strategy;

/// The finalizer of an object whose dependents are to lose it as an owner.
pub(crate) const ORPHAN: &str = "orphan";
/// The finalizer of an object whose dependents go first.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";

/// What happens to the objects that an object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// They lose their owner and stay.
    Orphan,
    /// They go after it.
    Background,
    /// They go before it.
    Foreground,
}

/// `DeleteOptions`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DeleteOptions {
    pub(crate) grace_period: Option<i64>,
    /// `None` for the default of the kind.
    pub(crate) propagation: Option<Propagation>,
    /// The object must have this uid.
    pub(crate) uid: Option<String>,
    /// The object must be at this resourceVersion.
    pub(crate) resource_version: Option<String>,
    pub(crate) effect: Effect,
}

/// What deleting an object came to.
pub(crate) enum Deletion {
    /// It is gone; this was its last state.
    Gone(Outcome),
    /// It waits for its finalizers or its grace period.
    Pending(Outcome),
}

impl DeleteOptions {
    fn of(call: &Call) -> Result<DeleteOptions, ApiError> {
        let body = if call.body.is_empty() { json!({}) } else { decode_body(&call.content_type, &call.body)?.value };
        let mut options = DeleteOptions { effect: call.query.effect()?, ..DeleteOptions::default() };
        if body["dryRun"].as_array().is_some_and(|list| list.contains(&json!("All"))) {
            options.effect = Effect::DryRun;
        }
        options.grace_period = body["gracePeriodSeconds"].as_i64().or(call.query.number("gracePeriodSeconds")?);
        let policy = match body["propagationPolicy"].as_str() {
            Some(policy) => policy,
            None => call.query.text("propagationPolicy"),
        };
        let orphan = body["orphanDependents"].as_bool().or_else(|| call.query.flag("orphanDependents"));
        options.propagation = match (policy, orphan) {
            ("", None) => None,
            ("", Some(true)) | ("Orphan", None) => Some(Propagation::Orphan),
            ("", Some(false)) | ("Background", None) => Some(Propagation::Background),
            ("Foreground", None) => Some(Propagation::Foreground),
            (_, Some(_)) => {
                let why = "orphanDependents and deletionPropagation cannot be both set";
                let error = FieldError::invalid("propagationPolicy", &policy.into(), why);
                return Err(list::invalid_options("DeleteOptions", error));
            }
            (other, None) => {
                let allowed = ["Foreground".into(), "Background".into(), "Orphan".into(), "nil".into()];
                let error = FieldError::not_supported("propagationPolicy", &other.into(), &allowed);
                return Err(list::invalid_options("DeleteOptions", error));
            }
        };
        let precondition = |field: &str| body["preconditions"][field].as_str().map(str::to_owned);
        options.uid = precondition("uid");
        options.resource_version = precondition("resourceVersion");
        Ok(options)
    }
}

/// Deletes one object.
pub(super) async fn delete(call: &Call) -> Result<Reply, ApiError> {
    let options = DeleteOptions::of(call)?;
    let warnings = default_warnings(&call.resource, &options);
    let deletion = delete_object(&call.core, &call.resource, &call.key(), &options).await?;
    let reply = match deletion {
        Deletion::Pending(outcome) => call.reply(200, &outcome),
        Deletion::Gone(outcome) if strategy::returns_deleted_object(&call.resource) => call.reply(200, &outcome),
        Deletion::Gone(outcome) => Reply::value(200, &success(call, &outcome)),
    };
    Ok(reply.with_warnings(warnings))
}

/// Deletes every object the selectors choose, and answers with the list of them.
pub(super) async fn delete_collection(call: &Call) -> Result<Reply, ApiError> {
    let options = DeleteOptions::of(call)?;
    let records = list::selected(call)?;
    for record in &records {
        match delete_object(&call.core, &call.resource, &record.key, &options).await {
            Ok(_) => {}
            // Someone else was faster.
            Err(error) if error.code == 404 => {}
            Err(error) => return Err(error),
        }
    }
    Ok(call
        .reply_json(200, list::render_records(call, records))
        .with_warnings(default_warnings(&call.resource, &options)))
}

fn success(call: &Call, outcome: &Outcome) -> Value {
    let object = match outcome {
        Outcome::Stored(record) => record.object(),
        Outcome::Planned(object) => object.clone(),
    };
    let mut details = json!({
        "name": call.name,
        "kind": call.resource.plural,
        "uid": metadata::text(&object, "uid"),
    });
    if !call.resource.gvk.group.is_empty() {
        details["group"] = call.resource.gvk.group.as_str().into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// The kinds whose dependents stay unless the client says otherwise, for old clients' sake.
fn default_propagation(resource: &Resource) -> Propagation {
    let orphans = strategy::is(resource, "batch", "jobs") || strategy::is(resource, "", "replicationcontrollers");
    if orphans { Propagation::Orphan } else { Propagation::Background }
}

fn default_warnings(resource: &Resource, options: &DeleteOptions) -> Vec<String> {
    let warns = strategy::is(resource, "batch", "jobs") && options.propagation.is_none();
    let text = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them \
         or set propagationPolicy=Orphan to suppress this warning";
    if warns { vec![text.to_owned()] } else { Vec::new() }
}

/// Deletes an object, or marks it for deletion where something has to happen first.
pub(crate) async fn delete_object(
    core: &Core,
    resource: &Resource,
    key: &ObjectKey,
    options: &DeleteOptions,
) -> Result<Deletion, ApiError> {
    let collection = collection_of(resource);
    loop {
        let record = core.store.get(&collection, key).ok_or_else(|| ApiError::not_found(resource, &key.name))?;
        let mut live = record.object();
        builtin::convert(&mut live, &resource.gvk);
        check_preconditions(resource, &live, options)?;
        if strategy::is_indispensable(resource, &key.name) {
            return Err(ApiError::forbidden(resource, &key.name, "this namespace may not be deleted"));
        }
        let Some(marked) = mark(resource, &live, options) else {
            return Ok(Deletion::Pending(Outcome::Stored(record)));
        };
        let operation = match operation(resource, marked) {
            // What goes at once was never seen going.
            Operation::Delete(mut gone) if !metadata::is_terminating(&live) => {
                for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
                    metadata_mut(&mut gone).remove(field);
                }
                Operation::Delete(gone)
            }
            operation => operation,
        };
        if options.effect == Effect::DryRun {
            return Ok(match operation {
                Operation::Put(object) => Deletion::Pending(Outcome::Planned(object)),
                Operation::Delete(object) => Deletion::Gone(Outcome::Planned(object)),
            });
        }
        let gone = matches!(operation, Operation::Delete(_));
        let write = Write {
            collection: collection.clone(),
            key: key.clone(),
            expected: Expected::Revision(record.revision),
            operation,
        };
        match core.store.commit(write).await {
            Ok(record) => {
                core.written(resource, &record);
                return Ok(deletion(gone, record));
            }
            Err(CommitError::Conflict { .. }) => {}
            Err(other) => return Err(error::of_commit(resource, &key.name, other)),
        }
    }
}

fn deletion(gone: bool, record: Arc<Record>) -> Deletion {
    if gone { Deletion::Gone(Outcome::Stored(record)) } else { Deletion::Pending(Outcome::Stored(record)) }
}

fn check_preconditions(resource: &Resource, live: &Value, options: &DeleteOptions) -> Result<(), ApiError> {
    let name = metadata::text(live, "name");
    const RECREATED: &str = "deleted and then recreated";
    for (what, wanted, field, happened) in [
        ("UID", &options.uid, "uid", RECREATED),
        ("ResourceVersion", &options.resource_version, "resourceVersion", "modified"),
    ] {
        let held = metadata::text(live, field);
        if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != held) {
            let why = format!(
                "the {what} in the precondition ({wanted}) does not match the {what} in record ({held}). The object \
                 might have been {happened}"
            );
            return Err(ApiError::kind_conflict(&resource.gvk, name, &why));
        }
    }
    Ok(())
}

/// The object marked for deletion; `None` when it is so already, in the way that is asked for.
fn mark(resource: &Resource, live: &Value, options: &DeleteOptions) -> Option<Value> {
    let mut object = live.clone();
    let propagation = options.propagation.or_else(|| {
        let chosen = metadata::finalizers(live).iter().any(|one| matches!(*one, ORPHAN | FOREGROUND));
        // A choice that an earlier delete made stands.
        (!chosen).then(|| default_propagation(resource))
    });
    if let Some(propagation) = propagation {
        let mut finalizers: Vec<String> = metadata::finalizers(live)
            .into_iter()
            .filter(|one| !matches!(*one, ORPHAN | FOREGROUND))
            .map(str::to_owned)
            .collect();
        match propagation {
            Propagation::Orphan => finalizers.push(ORPHAN.to_owned()),
            Propagation::Foreground => finalizers.push(FOREGROUND.to_owned()),
            Propagation::Background => {}
        }
        metadata::set_finalizers(&mut object, finalizers);
    }
    let grace = grace_period(resource, live, options);
    if metadata::is_terminating(live) {
        let held = live["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or_default();
        if grace < held {
            set_deadline(&mut object, grace);
        }
        return (object != *live).then_some(object);
    }
    if strategy::is_crd(resource) {
        let mut finalizers: Vec<String> = metadata::finalizers(&object).into_iter().map(str::to_owned).collect();
        if !finalizers.iter().any(|one| one == strategy::CRD_FINALIZER) {
            finalizers.push(strategy::CRD_FINALIZER.to_owned());
        }
        metadata::set_finalizers(&mut object, finalizers);
    }
    if strategy::is_namespace(resource) {
        object["status"]["phase"] = "Terminating".into();
    }
    set_deadline(&mut object, grace);
    if let Some(generation) = live["metadata"]["generation"].as_i64().filter(|generation| *generation > 0) {
        metadata_mut(&mut object).insert("generation".to_owned(), (generation + 1).into());
    }
    Some(object)
}

fn set_deadline(object: &mut Value, grace: i64) {
    let metadata = metadata_mut(object);
    metadata.insert("deletionTimestamp".to_owned(), identity::seconds_from_now(grace).into());
    metadata.insert("deletionGracePeriodSeconds".to_owned(), grace.into());
}

/// How long the object may take to stop. Only pods that run somewhere take any time.
fn grace_period(resource: &Resource, live: &Value, options: &DeleteOptions) -> i64 {
    let runs = strategy::is(resource, "", "pods")
        && live["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty())
        && !matches!(live["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    if !runs {
        return 0;
    }
    let own = live["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    options.grace_period.unwrap_or(own).max(0)
}
