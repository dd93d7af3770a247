//! What clients can do with a resource.

mod apply;
mod create;
mod delete;
mod dispatch;
mod evict;
mod list;
mod page;
mod patch;
mod prepare;
mod read;
mod review;
mod subresource;
mod update;
mod watch;

use std::sync::Arc;

use bytes::Bytes;
use manifest::yaml;
use serde_json::Value;

use crate::builtin;
use crate::core::Core;
use crate::error::ApiError;
use crate::http::{Accepted, Format, Query, Reply, Representation};
use crate::metadata;
use crate::registry::Resource;
use crate::reviews::User;
use crate::storage::{ObjectKey, Record};
use crate::table::{self, IncludeObject};

pub(crate) use create::create_object;
pub(crate) use delete::{DeleteOptions, FOREGROUND, ORPHAN, Propagation, delete_object};
pub(crate) use dispatch::dispatch;
pub(crate) use prepare::{Intake, Ownership};
pub(crate) use update::{Rewrite, rewrite};

/// One request to a resource.
pub(crate) struct Call {
    pub(crate) core: Arc<Core>,
    pub(crate) resource: Arc<Resource>,
    /// Empty for cluster-scoped objects and for all namespaces.
    pub(crate) namespace: String,
    /// Empty for the collection.
    pub(crate) name: String,
    /// Empty for the object itself.
    pub(crate) subresource: String,
    pub(crate) query: Query,
    pub(crate) accepted: Accepted,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
    /// Who owns the fields that the request sets.
    pub(crate) manager: String,
    pub(crate) user: User,
}

/// What a write led to: a stored object, or, in a dry run, the one that would be.
pub(crate) enum Outcome {
    Stored(Arc<Record>),
    Planned(Value),
}

impl Call {
    pub(crate) fn key(&self) -> ObjectKey {
        ObjectKey::new(self.namespace.as_str(), self.name.as_str())
    }

    /// Answers with an object, in the version and representation asked for.
    pub(crate) fn reply(&self, code: u16, outcome: &Outcome) -> Reply {
        let bytes = match outcome {
            Outcome::Stored(record) => self.render(record),
            Outcome::Planned(object) => self.render_value(object.clone()),
        };
        self.reply_json(code, bytes)
    }

    pub(crate) fn reply_json(&self, code: u16, bytes: impl Into<Bytes>) -> Reply {
        match self.accepted.format {
            Format::Json => Reply::json(code, bytes),
            Format::Yaml => {
                let bytes: Bytes = bytes.into();
                // What we rendered is JSON.
                let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                Reply::json(code, yaml::write(&value)).with_content_type(self.accepted.format.content_type())
            }
        }
    }

    /// One object as it is sent: mostly the very text that is stored.
    pub(crate) fn render(&self, record: &Record) -> Bytes {
        let as_stored = self.accepted.representation == Representation::Object
            && *record.api_version == *self.resource.gvk.api_version();
        if as_stored { record.json() } else { self.render_value(record.object()) }
    }

    pub(crate) fn render_value(&self, mut object: Value) -> Bytes {
        builtin::convert(&mut object, &self.resource.gvk);
        let shown = match self.accepted.representation {
            Representation::Object => object,
            Representation::Table => {
                let metadata = serde_json::json!({"resourceVersion": metadata::text(&object, "resourceVersion")});
                self.table(&[object], metadata)
            }
            Representation::Metadata => partial_metadata(&mut object),
        };
        Bytes::from(shown.to_string())
    }

    /// `meta.k8s.io/v1 Table` of objects in the version asked for.
    pub(crate) fn table(&self, objects: &[Value], list_metadata: Value) -> Value {
        let include = match self.query.text("includeObject") {
            "None" => IncludeObject::None,
            "Object" => IncludeObject::Object,
            // Others were refused with the request.
            _ => IncludeObject::Metadata,
        };
        table::table(&self.resource, objects, list_metadata, include, jiff::Timestamp::now())
    }

    /// The object of a record, in the version asked for.
    pub(crate) fn object(&self, record: &Record) -> Value {
        let mut object = record.object();
        builtin::convert(&mut object, &self.resource.gvk);
        object
    }

    /// How this request's object is taken in.
    pub(crate) fn intake(&self) -> Result<Intake<'_>, ApiError> {
        Ok(Intake {
            core: &self.core,
            resource: &self.resource,
            namespace: &self.namespace,
            name: &self.name,
            subresource: &self.subresource,
            manager: &self.manager,
            validation: self.query.field_validation()?,
        })
    }

    pub(crate) fn not_found(&self) -> ApiError {
        ApiError::not_found(&self.resource, &self.name)
    }
}

/// `PartialObjectMetadata` of an object.
pub(crate) fn partial_metadata(object: &mut Value) -> Value {
    serde_json::json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"].take(),
    })
}
