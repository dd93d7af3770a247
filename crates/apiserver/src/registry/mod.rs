//! Which resources the server serves, and what it knows of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use manifest::GroupVersionKind;
use serde_json::Value;

use crate::schema::{LazySchema, WrittenSchema};

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
    /// Subresources beyond `status` and `scale`, such as `eviction` of pods.
    pub subresources: &'static [&'static str],
    /// What clients may do with the resource, as discovery lists it. Reviews can only be created, and are not stored.
    pub verbs: &'static [&'static str],
    /// The group its objects are stored under; differs from `gvk.group` only for events, which two groups share.
    pub storage_group: String,
    /// Whether the server or a CustomResourceDefinition brings the resource.
    pub origin: Origin,
    /// What its objects may hold; made on first use.
    pub schema: LazySchema,
    /// `additionalPrinterColumns` of a custom resource; tables of built-in kinds are code.
    pub columns: Vec<PrinterColumn>,
    /// What clients are warned of that use this version of a custom resource.
    pub deprecation: Option<String>,
    /// JSON paths of fields, beyond `metadata.name` and `metadata.namespace`, that field selectors may name.
    pub selectable_fields: Vec<String>,
}

impl Resource {
    /// `deployments.apps`, or only the plural for the core group: the name RBAC, errors and CRDs use.
    pub fn qualified_name(&self) -> String {
        if self.gvk.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.gvk.group) }
    }
}

/// Who brings a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The server itself.
    BuiltIn,
    /// A CustomResourceDefinition.
    Custom {
        /// The version's `openAPIV3Schema` as written.
        schema: WrittenSchema,
    },
}

/// One column that a CustomResourceDefinition adds to tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterColumn {
    /// Heading, such as `Ready`.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: String,
    /// `format`, or empty.
    pub format: String,
    /// What it shows, or empty.
    pub description: String,
    /// 0 for columns shown without `-o wide`.
    pub priority: i64,
    /// Where the value stands, such as `.status.conditions[?(@.type=="Ready")].status`.
    pub json_path: String,
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

impl FieldError {
    /// The reason of a field that is missing.
    pub const REQUIRED: &'static str = "FieldValueRequired";

    /// An error with a message as it stands.
    pub fn new(reason: &'static str, field: &str, message: String) -> FieldError {
        FieldError { reason, field: field.to_owned(), message }
    }

    /// `Required value`, with a detail where there is one.
    pub fn required(field: &str, detail: &str) -> FieldError {
        let message = if detail.is_empty() { "Required value".to_owned() } else { format!("Required value: {detail}") };
        FieldError::new(FieldError::REQUIRED, field, message)
    }

    /// `Invalid value: "x": detail`.
    pub fn invalid(field: &str, value: &Value, detail: &str) -> FieldError {
        FieldError::new("FieldValueInvalid", field, format!("Invalid value: {}: {detail}", shown(value)))
    }

    /// `Forbidden: detail`.
    pub fn forbidden(field: &str, detail: &str) -> FieldError {
        FieldError::new("FieldValueForbidden", field, format!("Forbidden: {detail}"))
    }

    /// `Duplicate value: "x"`.
    pub fn duplicate(field: &str, value: &Value) -> FieldError {
        FieldError::new("FieldValueDuplicate", field, format!("Duplicate value: {}", shown(value)))
    }

    /// `Unsupported value: "x": supported values: "a", "b"`.
    pub fn not_supported(field: &str, value: &Value, allowed: &[Value]) -> FieldError {
        let names: Vec<String> = allowed
            .iter()
            .map(|value| quoted(value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        let message = format!("Unsupported value: {}: supported values: {}", shown(value), names.join(", "));
        FieldError::new("FieldValueNotSupported", field, message)
    }
}

/// `field: message`.
impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "<nil>: {}", self.message),
            field => write!(f, "{field}: {}", self.message),
        }
    }
}

fn quoted(text: String) -> String {
    Value::String(text).to_string()
}

/// A bad value as field errors show it: scalars as JSON, lists and objects as JSON too, where Go prints its own syntax.
fn shown(value: &Value) -> String {
    value.to_string()
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

    /// Whether the server itself brings resources of a group.
    pub fn is_built_in(&self, group: &str) -> bool {
        self.resources.values().any(|resource| resource.gvk.group == group && resource.origin == Origin::BuiltIn)
    }

    /// Serves `resource`, in place of an older description of it.
    pub fn insert(&mut self, resource: Resource) {
        let key = (resource.gvk.group.clone(), resource.gvk.version.clone(), resource.plural.clone());
        self.resources.insert(key, Arc::new(resource));
    }

    /// Stops serving all versions of a resource.
    pub fn remove(&mut self, group: &str, plural: &str) {
        self.resources.retain(|(of, _, name), _| of != group || name != plural);
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
