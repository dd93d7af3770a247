//! Reading objects.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use manifest::{GroupVersionKind, ObjectId, Value};

use crate::request::Call;
use crate::{Cluster, ClusterError, Scope, path};

/// One object at one version of its type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Its type.
    pub gvk: GroupVersionKind,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// By parts.
    pub fn new(gvk: GroupVersionKind, namespace: impl Into<String>, name: impl Into<String>) -> ObjectRef {
        ObjectRef { gvk, namespace: namespace.into(), name: name.into() }
    }

    /// Of an object, if it has a type and a name.
    pub fn of(object: &Value) -> Option<ObjectRef> {
        let id = ObjectId::of(object)?;
        Some(ObjectRef { gvk: GroupVersionKind::of(object)?, namespace: id.namespace, name: id.name })
    }

    /// Its identity, whatever the version.
    pub fn id(&self) -> ObjectId {
        ObjectId {
            group: self.gvk.group.clone(),
            kind: self.gvk.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// Which objects to list or watch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Selector {
    /// A label selector such as `app=web,tier!=cache`; empty for all.
    pub labels: String,
    /// A field selector such as `metadata.name=web`; empty for all.
    pub fields: String,
}

impl Selector {
    /// Every object.
    pub fn all() -> Selector {
        Selector::default()
    }

    /// Objects whose labels match.
    pub fn labels(labels: impl Into<String>) -> Selector {
        Selector { labels: labels.into(), ..Selector::default() }
    }

    /// Objects whose fields match.
    pub fn fields(fields: impl Into<String>) -> Selector {
        Selector { fields: fields.into(), ..Selector::default() }
    }

    pub(crate) fn on(&self, call: Call) -> Call {
        call.query_unless_empty("labelSelector", &self.labels).query_unless_empty("fieldSelector", &self.fields)
    }
}

/// Objects of one page of a list.
const PAGE: &str = "500";

impl Cluster {
    /// The object, or none if it does not exist.
    pub async fn get(&self, object: &ObjectRef) -> Result<Option<Value>, ClusterError> {
        let path = self.path(object).await?;
        match self.send(&Call::get(path)).await {
            Ok(answer) => Ok(Some(answer.value)),
            Err(ClusterError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Many objects at once, each with its own result, in the order asked for.
    pub async fn get_all(&self, objects: &[ObjectRef]) -> Vec<Result<Option<Value>, ClusterError>> {
        // Boxed one by one: the compiler cannot prove a stream of borrowing closures `Send` for every lifetime.
        let requests: Vec<BoxFuture<'_, _>> = objects.iter().map(|object| self.get(object).boxed()).collect();
        futures::stream::iter(requests).buffered(self.shared.settings.concurrency.max(1)).collect().await
    }

    /// Every object of a type in `scope` that `selector` selects, page by page. Each carries `apiVersion` and `kind`.
    pub async fn list(
        &self,
        gvk: &GroupVersionKind,
        scope: &Scope,
        selector: &Selector,
    ) -> Result<Vec<Value>, ClusterError> {
        Ok(self.list_at(gvk, scope, selector).await?.objects)
    }

    /// A list with the resource version it was taken at. A continue token that expires restarts the list.
    pub(crate) async fn list_at(
        &self,
        gvk: &GroupVersionKind,
        scope: &Scope,
        selector: &Selector,
    ) -> Result<List, ClusterError> {
        let kind = self.kind(gvk).await?;
        let first = selector.on(Call::get(path::collection(&kind, scope)));
        let mut list = List::default();
        let mut token = String::new();
        loop {
            let call = first.clone().query("limit", PAGE).query_unless_empty("continue", &token);
            let mut page = match self.send(&call).await {
                Ok(answer) => answer.value,
                Err(ClusterError::Expired { .. }) if !token.is_empty() => {
                    tracing::debug!(%gvk, "a list's continue token expired; listing again");
                    list = List::default();
                    token.clear();
                    continue;
                }
                Err(error) => return Err(error),
            };
            let metadata = page["metadata"].take();
            list.resource_version = metadata["resourceVersion"].as_str().unwrap_or_default().to_owned();
            if let Value::Array(items) = page["items"].take() {
                list.objects.extend(items.into_iter().map(|item| typed(item, gvk)));
            }
            match metadata["continue"].as_str() {
                Some(next) if !next.is_empty() => next.clone_into(&mut token),
                Some(_) | None => return Ok(list),
            }
        }
    }
}

/// All objects at one resource version.
#[derive(Default)]
pub(crate) struct List {
    pub(crate) resource_version: String,
    pub(crate) objects: Vec<Value>,
}

/// Items of lists come without their type.
fn typed(mut item: Value, gvk: &GroupVersionKind) -> Value {
    if let Some(fields) = item.as_object_mut() {
        fields.entry("apiVersion").or_insert_with(|| Value::String(gvk.api_version()));
        fields.entry("kind").or_insert_with(|| Value::String(gvk.kind.clone()));
    }
    item
}
