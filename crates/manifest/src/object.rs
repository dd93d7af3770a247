//! Names of objects and of their types.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A type of object at one version: `apps/v1 Deployment`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupVersionKind {
    /// API group; empty for the core group.
    pub group: String,
    /// Version inside the group, such as `v1beta1`.
    pub version: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
}

impl GroupVersionKind {
    /// From the two fields every object carries: `apiVersion` (`group/version` or `version`) and `kind`.
    pub fn from_api_version(api_version: &str, kind: &str) -> GroupVersionKind {
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        GroupVersionKind { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
    }

    /// Of an object, if it has a non-empty `apiVersion` and `kind`.
    pub fn of(object: &Value) -> Option<GroupVersionKind> {
        let api_version = object.get("apiVersion")?.as_str().filter(|text| !text.is_empty())?;
        let kind = object.get("kind")?.as_str().filter(|text| !text.is_empty())?;
        Some(GroupVersionKind::from_api_version(api_version, kind))
    }

    /// Whether its objects define other types.
    pub fn is_definition(&self) -> bool {
        self.group == "apiextensions.k8s.io" && self.kind == "CustomResourceDefinition"
    }

    /// `group/version`, or only the version for the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

impl fmt::Display for GroupVersionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.api_version(), self.kind)
    }
}

/// The identity of an object in a cluster, whatever version it is written in.
///
/// `namespace` is empty for cluster-scoped objects and for manifests that do not say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    /// API group; empty for the core group.
    pub group: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl ObjectId {
    /// Of an object, if it has a type and a name.
    pub fn of(object: &Value) -> Option<ObjectId> {
        let gvk = GroupVersionKind::of(object)?;
        let metadata = object.get("metadata")?;
        let text = |field: &str| metadata.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = text("name");
        (!name.is_empty()).then(|| ObjectId { group: gvk.group, kind: gvk.kind, namespace: text("namespace"), name })
    }

    /// The id as Flux writes it in `status.inventory.entries[].id`: `namespace_name_group_Kind`, where a `:` of an
    /// RBAC name becomes `__` (fluxcd/cli-utils `object.ObjMetadata`).
    pub fn to_inventory(&self) -> String {
        format!("{}_{}_{}_{}", self.namespace, self.name.replace(':', "__"), self.group, self.kind)
    }

    /// Reads back what [`ObjectId::to_inventory`] wrote.
    pub fn from_inventory(id: &str) -> Option<ObjectId> {
        let (rest, kind) = id.rsplit_once('_')?;
        let (rest, group) = rest.rsplit_once('_')?;
        let (namespace, name) = rest.split_once('_')?;
        if kind.is_empty() || name.is_empty() {
            return None;
        }
        Some(ObjectId {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.replace("__", ":"),
        })
    }
}

/// `Kind/namespace/name`, or `Kind/name` for cluster-scoped objects, as Flux prints change sets.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.kind, self.name)
        } else {
            write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn round_trip(id: &str) -> ObjectId {
        let parsed = ObjectId::from_inventory(id).expect("an inventory id");
        assert_eq!(parsed.to_inventory(), id);
        parsed
    }

    #[test]
    fn inventory_ids_round_trip() {
        assert_eq!(round_trip("prod_frontend_apps_Deployment").to_string(), "Deployment/prod/frontend");
        assert_eq!(round_trip("_prod__Namespace").to_string(), "Namespace/prod");
        assert_eq!(round_trip("_system__reader_rbac.authorization.k8s.io_ClusterRole").name, "system:reader");
    }

    #[test]
    fn text_that_is_no_inventory_id_is_refused() {
        for text in ["", "a", "a_b", "a_b_c", "ns__apps_", "___Kind"] {
            assert_eq!(ObjectId::from_inventory(text), None, "{text}");
        }
    }
}
