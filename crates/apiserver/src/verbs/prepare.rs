//! What every write passes between the wire and the store.

use manifest::Value;

use crate::builtin;
use crate::core::{Core, collection_of, storage_kind};
use crate::error::{self, ApiError};
use crate::field_management::Writer;
use crate::http::Decoded;
use crate::identity;
use crate::metadata::{self, metadata_mut};
use crate::registry::{Origin, Resource, Scope};
use crate::schema::{self, FieldValidation, Warning};
use crate::storage::{ObjectKey, Operation};
use crate::{crd, strategy};

/// Whether a candidate's `managedFields` are up to date already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// Server-side apply has computed them.
    Settled,
    /// The write has to be recorded.
    ToRecord,
}

/// A write on its way in.
pub(crate) struct Intake<'a> {
    pub(crate) core: &'a Core,
    pub(crate) resource: &'a Resource,
    /// Empty for cluster-scoped objects.
    pub(crate) namespace: &'a str,
    /// The name in the URL; empty on create.
    pub(crate) name: &'a str,
    /// `status`, or empty for the object itself.
    pub(crate) subresource: &'a str,
    pub(crate) manager: &'a str,
    pub(crate) validation: FieldValidation,
}

/// An object that passed, with what the client should be warned about.
pub(crate) type Admitted = (Value, Vec<String>);

impl Intake<'_> {
    /// The body as an object of the resource, in the namespace of the URL; duplicate fields are refused or warned about.
    pub(crate) fn accept(&self, decoded: Decoded) -> Result<Admitted, ApiError> {
        let Decoded { value: mut object, duplicates } = decoded;
        self.complete_type(&mut object);
        self.check_type(&object)?;
        let warnings = match self.validation {
            FieldValidation::Strict if !duplicates.is_empty() => return Err(error::strict(self.resource, &duplicates)),
            FieldValidation::Warn => duplicates,
            FieldValidation::Strict | FieldValidation::Ignore => Vec::new(),
        };
        if object.get("metadata").is_some_and(|metadata| !metadata.is_object() && !metadata.is_null()) {
            let kind = &self.resource.gvk.kind;
            return Err(ApiError::bad_request(format!(
                "{kind} in version \"{}\" cannot be handled as a {kind}: metadata: must be an object",
                self.resource.gvk.version
            )));
        }
        let metadata = metadata_mut(&mut object);
        if self.resource.scope == Scope::Namespaced {
            let given = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
            if !given.is_empty() && given != self.namespace {
                return Err(ApiError::bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request",
                ));
            }
            metadata.insert("namespace".to_owned(), self.namespace.into());
        }
        Ok((object, warnings))
    }

    /// A body of a built-in kind need not say what the URL says already.
    fn complete_type(&self, object: &mut Value) {
        if self.resource.origin != Origin::BuiltIn {
            return;
        }
        let wanted = &self.resource.gvk;
        if let Some(fields) = object.as_object_mut() {
            for (field, text) in [("apiVersion", wanted.api_version()), ("kind", wanted.kind.clone())] {
                if fields.get(field).is_none_or(|given| given == "") {
                    fields.insert(field.to_owned(), text.into());
                }
            }
        }
    }

    fn check_type(&self, object: &Value) -> Result<(), ApiError> {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        if !object.is_object() {
            return Err(ApiError::bad_request("the request body is not an object"));
        }
        let (kind, api_version) = (text("kind"), text("apiVersion"));
        let wanted = &self.resource.gvk;
        for (missing, field) in [(kind, "Kind"), (api_version, "apiVersion")] {
            if missing.is_empty() {
                let shown: String = object.to_string().chars().take(256).collect();
                return Err(ApiError::bad_request(format!("Object '{field}' is missing in '{shown}'")));
            }
        }
        if api_version != wanted.api_version() {
            return Err(ApiError::bad_request(format!(
                "the API version in the data ({api_version}) does not match the expected API version ({})",
                wanted.api_version()
            )));
        }
        if kind != wanted.kind {
            return Err(ApiError::bad_request(format!(
                "{kind} in version \"{}\" cannot be handled as a {}: the kind in the data does not match the resource",
                wanted.version, wanted.kind
            )));
        }
        Ok(())
    }

    /// A new object, complete but for its resourceVersion.
    pub(crate) fn create(&self, mut object: Value, ownership: Ownership) -> Result<Admitted, ApiError> {
        if !metadata::text(&object, "resourceVersion").is_empty() {
            return Err(ApiError::unclassified("resourceVersion should not be set on objects to be created"));
        }
        self.check_account(&object)?;
        let uid = identity::new_uid().map_err(ApiError::internal)?;
        let metadata = metadata_mut(&mut object);
        for field in ["selfLink", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
            metadata.remove(field);
        }
        metadata.insert("uid".to_owned(), uid.into());
        metadata.insert("creationTimestamp".to_owned(), identity::now().into());
        if strategy::counts_generations(self.resource) {
            metadata.insert("generation".to_owned(), 1.into());
        }
        if self.resource.has_status
            && let Some(fields) = object.as_object_mut()
        {
            fields.remove("status");
        }
        let unowned = strategy::unowned(self.resource, &object);
        strategy::initialise(self.resource, &mut object, &self.core.registry());
        let name = metadata::text(&object, "name").to_owned();
        self.assign_addresses(None, &mut object, &name)?;
        let warnings = schema::admit_create(self.resource, &mut object, self.validation)
            .map_err(|rejection| error::of_rejection(self.resource, &name, rejection))?;
        let mut warnings = texts(warnings);
        warnings.extend(self.oddities(None, &object));
        let object = self.record_without(&unowned, object, ownership)?;
        Ok((object, warnings))
    }

    /// A changed object, in the version of the request; `live` is the stored one in that version.
    pub(crate) fn update(&self, live: &Value, candidate: Value, ownership: Ownership) -> Result<Admitted, ApiError> {
        self.check_preconditions(live, &candidate)?;
        let mut object = self.isolate(live, candidate);
        let mut errors = Vec::new();
        errors.extend(metadata::late_finalizers(live, &object));
        if !errors.is_empty() {
            return Err(ApiError::invalid(&self.resource.gvk, self.name, &errors));
        }
        let rejected = |rejection| error::of_rejection(self.resource, self.name, rejection);
        let warnings = if self.subresource == "status" {
            texts(schema::admit_status(self.resource, live, &mut object, self.validation).map_err(rejected)?)
        } else {
            strategy::refresh(self.resource, &mut object, &self.core.registry());
            self.assign_addresses(Some(live), &mut object, self.name)?;
            let warnings = schema::admit_update(self.resource, live, &mut object, self.validation).map_err(rejected)?;
            let mut warnings = texts(warnings);
            warnings.extend(self.oddities(Some(live), &object));
            warnings
        };
        if strategy::counts_generations(self.resource) && !strategy::same_desire(self.resource, live, &object) {
            let generation = live["metadata"]["generation"].as_i64().unwrap_or_default();
            metadata_mut(&mut object).insert("generation".to_owned(), (generation + 1).into());
        }
        let object = self.record(Some(live), object, ownership)?;
        Ok((object, warnings))
    }

    /// A pod runs as a service account that exists. That of every namespace may still be on its way.
    fn check_account(&self, object: &Value) -> Result<(), ApiError> {
        let account = object["spec"]["serviceAccountName"].as_str().unwrap_or_default();
        if !strategy::is(self.resource, "", "pods") || matches!(account, "" | "default") {
            return Ok(());
        }
        let registry = self.core.registry();
        let accounts = registry.find("", "v1", "serviceaccounts").map(|accounts| collection_of(accounts));
        let key = ObjectKey::new(self.namespace, account);
        if accounts.is_some_and(|accounts| self.core.store.get(&accounts, &key).is_some()) {
            return Ok(());
        }
        let why = format!(
            "error looking up service account {}/{account}: serviceaccount \"{account}\" not found",
            self.namespace
        );
        let name = match metadata::text(object, "generateName") {
            "" => metadata::text(object, "name"),
            prefix => prefix,
        };
        Err(ApiError::forbidden(self.resource, name, &why))
    }

    /// Gives a service what no other one has.
    fn assign_addresses(&self, live: Option<&Value>, object: &mut Value, name: &str) -> Result<(), ApiError> {
        if !strategy::has_addresses(self.resource) {
            return Ok(());
        }
        let own = ObjectKey::new(self.namespace, name);
        let errors =
            self.core.of_other_services(&own, |taken| schema::assign_addresses(self.resource, live, object, taken));
        if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(&self.resource.gvk, name, &errors)) }
    }

    fn check_preconditions(&self, live: &Value, candidate: &Value) -> Result<(), ApiError> {
        let (given, held) = (metadata::text(candidate, "uid"), metadata::text(live, "uid"));
        if !given.is_empty() && given != held {
            let why = format!("Precondition failed: UID in precondition: {given}, UID in object meta: {held}");
            return Err(ApiError::conflict(self.resource, self.name, &why));
        }
        let (given, held) = (metadata::text(candidate, "resourceVersion"), metadata::text(live, "resourceVersion"));
        if !given.is_empty() && given != held {
            return Err(ApiError::modified(self.resource, self.name));
        }
        Ok(())
    }

    /// `candidate` with everything restored that this endpoint cannot change.
    fn isolate(&self, live: &Value, candidate: Value) -> Value {
        let mut object = candidate;
        if self.subresource == "status" {
            let mut whole = live.clone();
            if let Some(fields) = whole.as_object_mut() {
                match object.get_mut("status").map(Value::take) {
                    Some(status) => fields.insert("status".to_owned(), status),
                    None => fields.remove("status"),
                };
            }
            let managed = object.get_mut("metadata").and_then(|metadata| metadata.get_mut("managedFields"));
            if let Some(managed) = managed.map(Value::take) {
                metadata_mut(&mut whole).insert("managedFields".to_owned(), managed);
            }
            return whole;
        }
        if self.resource.has_status
            && let Some(fields) = object.as_object_mut()
        {
            match live.get("status") {
                Some(status) => fields.insert("status".to_owned(), status.clone()),
                None => fields.remove("status"),
            };
        }
        // A namespace is finalized through its own subresource.
        if strategy::is_namespace(self.resource) {
            object["spec"] = live["spec"].clone();
        }
        let metadata = metadata_mut(&mut object);
        metadata.remove("selfLink");
        for field in [
            "uid",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "generation",
            "resourceVersion",
        ] {
            match live["metadata"].get(field) {
                Some(value) => metadata.insert(field.to_owned(), value.clone()),
                None => metadata.remove(field),
            };
        }
        object
    }

    /// What is only odd about an object.
    fn oddities(&self, live: Option<&Value>, object: &Value) -> Vec<String> {
        if strategy::is_crd(self.resource) { crd::warnings(live, object) } else { Vec::new() }
    }

    fn record(&self, old: Option<&Value>, object: Value, ownership: Ownership) -> Result<Value, ApiError> {
        match ownership {
            Ownership::Settled => Ok(object),
            Ownership::ToRecord => self.writer(self.resource.schema.topology()).update(old, object),
        }
    }

    /// A new object whose creator owns all of it but for some fields, which the server has given to it.
    fn record_without(&self, unowned: &[String], object: Value, ownership: Ownership) -> Result<Value, ApiError> {
        if unowned.is_empty() || ownership == Ownership::Settled {
            return self.record(None, object, ownership);
        }
        let mut owned = object.clone();
        unowned.iter().for_each(|pointer| metadata::remove(&mut owned, pointer));
        let recorded = self.record(None, owned, ownership)?;
        let mut object = object;
        match recorded["metadata"].get("managedFields") {
            Some(managed) => metadata_mut(&mut object).insert("managedFields".to_owned(), managed.clone()),
            None => metadata_mut(&mut object).remove("managedFields"),
        };
        Ok(object)
    }

    pub(crate) fn writer<'b>(&'b self, topology: &'b manifest::topology::Topology) -> Writer<'b> {
        Writer { resource: self.resource, topology, manager: self.manager, subresource: self.subresource }
    }
}

fn texts(warnings: Vec<Warning>) -> Vec<String> {
    warnings.into_iter().map(|Warning(text)| text).collect()
}

/// What storing an object comes to: an object that is being deleted goes with its last finalizer.
pub(crate) fn operation(resource: &Resource, mut object: Value) -> Operation {
    builtin::convert(&mut object, &storage_kind(resource));
    let held_by_spec = strategy::is_namespace(resource)
        && object["spec"]["finalizers"].as_array().is_some_and(|list| !list.is_empty());
    let at_once = object["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or_default() == 0;
    let done =
        metadata::is_terminating(&object) && at_once && metadata::finalizers(&object).is_empty() && !held_by_spec;
    if done { Operation::Delete(object) } else { Operation::Put(object) }
}
