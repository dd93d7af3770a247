//! `list`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::page::Continuation;
use super::{Call, partial_metadata};
use crate::core::collection_of;
use crate::error::ApiError;
use crate::http::{Reply, Representation};
use crate::registry::{FieldError, Origin};
use crate::selector::Selector;
use crate::storage::{ObjectKey, Record, Snapshot};

/// The objects of a collection that a selector chooses, page by page where the client wants it.
pub(super) fn list(call: &Call) -> Result<Reply, ApiError> {
    let selector = Selector::of(&call.query, &call.resource)?;
    let limit = call.query.number("limit")?.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(0);
    // A list of any age is whole, as one from a cache.
    let of_any_age = call.query.text("resourceVersion") == "0" && call.query.text("continue").is_empty();
    let limit = if of_any_age { 0 } else { limit };
    let snapshot = snapshot(call, limit)?;
    let page = Page::of(snapshot, &selector, limit);
    Ok(call.reply_json(200, page.render(call)))
}

/// Every object a request's selector chooses, for deletecollection.
pub(super) fn selected(call: &Call) -> Result<Vec<Arc<Record>>, ApiError> {
    let selector = Selector::of(&call.query, &call.resource)?;
    let namespace = Some(call.namespace.as_str()).filter(|name| !name.is_empty());
    let snapshot = call.core.store.list(&collection_of(&call.resource), namespace, None);
    Ok(Page::of(snapshot, &selector, 0).records)
}

/// The list as a response body for objects that were listed elsewhere.
pub(super) fn render_records(call: &Call, records: Vec<Arc<Record>>) -> Bytes {
    let revision = call.core.store.revision();
    Page { revision, records, continuation: None, remaining: None }.render(call)
}

/// The records the request may see, at the revision its parameters ask for.
fn snapshot(call: &Call, limit: usize) -> Result<Snapshot, ApiError> {
    let store = &call.core.store;
    let collection = collection_of(&call.resource);
    let namespace = Some(call.namespace.as_str()).filter(|name| !name.is_empty());
    let asked = call
        .query
        .resource_version()
        .map_err(|error| ApiError { message: format!("invalid resource version: {}", error.message), ..error })?;
    let rule = call.query.text("resourceVersionMatch");
    check_version_match(call, rule, asked)?;

    let token = call.query.text("continue");
    if !token.is_empty() {
        if asked.is_some_and(|version| version != 0) {
            return Err(ApiError::bad_request("specifying resource version is not allowed when using continue"));
        }
        let Continuation { revision, after } = Continuation::decode(token)?;
        return match revision {
            None => Ok(store.list(&collection, namespace, Some(&after))),
            Some(revision) => store
                .list_at(&collection, revision, namespace, Some(&after))
                .map_err(|_| ApiError::continue_expired(Continuation { revision: None, after }.encode())),
        };
    }
    let current = store.revision();
    if let Some(asked) = asked.filter(|asked| *asked > current) {
        return Err(ApiError::too_large_resource_version(asked, current));
    }
    // Without a rule, a limited list at a revision is exact, for old clients' sake.
    let exact = asked.filter(|version| *version > 0 && (rule == "Exact" || (rule.is_empty() && limit > 0)));
    let snapshot = match exact {
        Some(revision) => {
            store.list_at(&collection, revision, namespace, None).map_err(|_| ApiError::list_expired())?
        }
        None => store.list(&collection, namespace, None),
    };
    Ok(snapshot)
}

/// What apimachinery's `ValidateListOptions` refuses.
fn check_version_match(call: &Call, rule: &str, asked: Option<u64>) -> Result<(), ApiError> {
    if call.query.flag("sendInitialEvents").is_some() {
        let error = FieldError::forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        return Err(invalid_options("ListOptions", error));
    }
    let field = "resourceVersionMatch";
    let error = match (rule, asked) {
        ("", _) => return Ok(()),
        _ if !call.query.text("continue").is_empty() => {
            FieldError::forbidden(field, "resourceVersionMatch is forbidden when continue is provided")
        }
        (_, None) => {
            FieldError::forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided")
        }
        ("Exact", Some(0)) => {
            FieldError::forbidden(field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
        }
        ("Exact" | "NotOlderThan", Some(_)) => return Ok(()),
        (other, Some(_)) => {
            FieldError::not_supported(field, &other.into(), &["Exact".into(), "NotOlderThan".into(), "".into()])
        }
    };
    Err(invalid_options("ListOptions", error))
}

/// 422 about the options of a request rather than its object.
pub(super) fn invalid_options(kind: &str, error: FieldError) -> ApiError {
    let kind = manifest::GroupVersionKind::from_api_version("meta.k8s.io/v1", kind);
    ApiError::invalid(&kind, "", &[error])
}

struct Page {
    revision: u64,
    records: Vec<Arc<Record>>,
    continuation: Option<String>,
    remaining: Option<usize>,
}

impl Page {
    fn of(snapshot: Snapshot, selector: &Selector, limit: usize) -> Page {
        let Snapshot { revision, records } = snapshot;
        let total = records.len();
        let mut chosen = Vec::new();
        let mut more = false;
        for record in records {
            if limit > 0 && chosen.len() == limit {
                more = true;
                break;
            }
            if selector.is_empty() || selector.matches(&record.object()) {
                chosen.push(record);
            }
        }
        let continuation = chosen.last().filter(|_| more).map(|last| {
            // After an inconsistent page, those that follow agree with it.
            Continuation { revision: Some(revision), after: ObjectKey::clone(&last.key) }.encode()
        });
        let remaining = (more && selector.is_empty()).then(|| total - chosen.len());
        Page { revision, records: chosen, continuation, remaining }
    }

    fn render(&self, call: &Call) -> Bytes {
        let mut metadata = Map::new();
        metadata.insert("resourceVersion".to_owned(), self.revision.to_string().into());
        if let Some(token) = &self.continuation {
            metadata.insert("continue".to_owned(), token.as_str().into());
        }
        if let Some(remaining) = self.remaining {
            metadata.insert("remainingItemCount".to_owned(), remaining.into());
        }
        let metadata = Value::Object(metadata);
        match call.accepted.representation {
            Representation::Object => {
                let header = json!({
                    "kind": format!("{}List", call.resource.gvk.kind),
                    "apiVersion": call.resource.gvk.api_version(),
                    "metadata": metadata,
                });
                let items = self.records.iter().map(|record| call.render(record));
                match call.resource.origin {
                    Origin::BuiltIn => with_items(&header, items.map(without_type)),
                    Origin::Custom { .. } => with_items(&header, items),
                }
            }
            Representation::Table => {
                let objects: Vec<Value> = self.records.iter().map(|record| call.object(record)).collect();
                Bytes::from(call.table(&objects, metadata).to_string())
            }
            Representation::Metadata => {
                let header = json!({
                    "kind": "PartialObjectMetadataList",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": metadata,
                });
                let items = self.records.iter().map(|record| partial_metadata(&mut record.object()).to_string().into());
                with_items(&header, items)
            }
        }
    }
}

/// An object as the typed lists of built-in kinds hold it: its type is the list's.
fn without_type(object: Bytes) -> Bytes {
    let Ok(mut fields) = serde_json::from_slice::<BTreeMap<Cow<'_, str>, &RawValue>>(&object) else { return object };
    fields.retain(|name, _| !matches!(&**name, "apiVersion" | "kind"));
    serde_json::to_vec(&fields).map_or_else(|_| object.clone(), Bytes::from)
}

/// `header` with an `items` list of objects that are JSON already.
fn with_items(header: &Value, items: impl Iterator<Item = Bytes>) -> Bytes {
    let header = header.to_string();
    let mut body = BytesMut::with_capacity(header.len() + 1024);
    // An object ends in `}`, which moves behind the items.
    body.put_slice(header.strip_suffix('}').unwrap_or(&header).as_bytes());
    body.put_slice(b",\"items\":[");
    for (index, item) in items.enumerate() {
        if index > 0 {
            body.put_u8(b',');
        }
        body.put_slice(&item);
    }
    body.put_slice(b"]}\n");
    body.freeze()
}
