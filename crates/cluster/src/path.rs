//! Where objects live in the API.

use manifest::GroupVersionKind;

use crate::discovery::{ApiKind, Scope as KindScope};
use crate::request::escape;
use crate::{Cluster, ClusterError, ObjectRef, Scope};

fn root(kind: &ApiKind) -> String {
    let GroupVersionKind { group, version, .. } = &kind.gvk;
    if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") }
}

/// The path of a list of objects.
pub(crate) fn collection(kind: &ApiKind, scope: &Scope) -> String {
    match (kind.scope, scope) {
        (KindScope::Namespaced, Scope::Namespace(namespace)) => {
            format!("{}/namespaces/{}/{}", root(kind), escape(namespace), kind.plural)
        }
        (KindScope::Namespaced, Scope::Cluster) | (KindScope::Cluster, _) => format!("{}/{}", root(kind), kind.plural),
    }
}

impl Cluster {
    /// The path of one object. A cluster-scoped object's namespace is ignored, as API servers do.
    pub(crate) async fn path(&self, object: &ObjectRef) -> Result<String, ClusterError> {
        let kind = self.kind(&object.gvk).await?;
        if kind.scope == KindScope::Namespaced && object.namespace.is_empty() {
            return Err(ClusterError::NamespaceNotSpecified { gvk: object.gvk.clone() });
        }
        let collection = collection(&kind, &Scope::Namespace(object.namespace.clone()));
        Ok(format!("{collection}/{}", escape(&object.name)))
    }
}
