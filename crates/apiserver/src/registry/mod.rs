//! Which resources the server serves, and what it knows of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use manifest::GroupVersionKind;
use serde_json::Value;

/// Whether objects of a resource live in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In the cluster as a whole.
    Cluster,
}

/// One served resource at one version, such as `apps/v1 deployments`.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The type its objects carry.
    pub gvk: GroupVersionKind,
    /// `deployments`.
    pub plural: String,
    /// `deployment`.
    pub singular: String,
    /// `deploy`.
    pub short_names: Vec<String>,
    /// `all`, for example.
    pub categories: Vec<String>,
    /// Namespaced or cluster-wide.
    pub scope: Scope,
    /// The version its objects are stored in; all versions of a group and plural share one storage prefix.
    pub storage_version: String,
    /// Whether `/status` is served apart, so that the main resource ignores `status` and the subresource all else.
    pub has_status: bool,
    /// Where `/scale` finds its fields, if it is served.
    pub scale: Option<ScalePaths>,
}

/// JSON paths, such as `.spec.replicas`, behind a scale subresource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalePaths {
    /// Desired replicas.
    pub spec_replicas: String,
    /// Observed replicas.
    pub status_replicas: String,
    /// The serialised label selector, where there is one.
    pub label_selector: Option<String>,
}

/// One invalid field, as the API server reports it in `details.causes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Machine reason, such as `FieldValueRequired`, `FieldValueInvalid`, `FieldValueNotSupported`.
    pub reason: &'static str,
    /// Path of the field, such as `spec.template.spec.containers[0].name`.
    pub field: String,
    /// What is wrong, such as `Required value` or `Invalid value: "x": must be …`.
    pub message: String,
}

/// The served resources: built-in ones, and those of CustomResourceDefinitions, which come and go.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    resources: BTreeMap<(String, String, String), Arc<Resource>>,
}

impl Registry {
    /// The resource at `/apis/{group}/{version}/{plural}` (`/api/{version}/{plural}` for the empty group).
    pub fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.resources.get(&(group.to_owned(), version.to_owned(), plural.to_owned()))
    }

    /// Serves `resource`, in place of an older description of it.
    pub fn insert(&mut self, resource: Resource) {
        let key = (resource.gvk.group.clone(), resource.gvk.version.clone(), resource.plural.clone());
        self.resources.insert(key, Arc::new(resource));
    }

    /// Every served resource, ordered by group, version and plural.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values()
    }
}

/// The scale fields of a resource, as a JSON path lookup: used by the scale subresource and by tables.
pub fn lookup<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(object, |value, part| value.get(part))
}
