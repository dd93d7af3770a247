//! Reading objects.

use manifest::{GroupVersionKind, ObjectId, Value};

use crate::{Cluster, ClusterError, Scope};

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
}

impl Cluster {
    /// The object, or none if it does not exist.
    pub async fn get(&self, object: &ObjectRef) -> Result<Option<Value>, ClusterError> {
        let _ = object;
        unimplemented!()
    }

    /// Many objects at once, each with its own result, in the order asked for.
    pub async fn get_all(&self, objects: &[ObjectRef]) -> Vec<Result<Option<Value>, ClusterError>> {
        let _ = objects;
        unimplemented!()
    }

    /// Every object of a type in `scope` that `selector` selects, page by page. Each carries `apiVersion` and `kind`.
    pub async fn list(
        &self,
        gvk: &GroupVersionKind,
        scope: &Scope,
        selector: &Selector,
    ) -> Result<Vec<Value>, ClusterError> {
        let _ = (gvk, scope, selector);
        unimplemented!()
    }
}
