//! The order of the produced objects.

use super::file::SortOptions;
use super::id::ResourceId;
use super::problem::{Failure, Problem};
use super::set::ResourceSet;

/// Kinds that come first, in this order.
const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come last, in this order.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SortOrder {
    /// As they stand.
    Unchanged,
    /// By kind, then by type and name.
    Legacy { first: Vec<String>, last: Vec<String> },
}

impl SortOrder {
    pub(crate) fn legacy() -> SortOrder {
        let owned = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect();
        SortOrder::Legacy { first: owned(&FIRST), last: owned(&LAST) }
    }

    /// From `sortOptions`.
    pub(crate) fn from_options(options: Option<&SortOptions>) -> Result<SortOrder, Problem> {
        let Some(options) = options else { return Ok(SortOrder::Unchanged) };
        match (options.order.as_str(), &options.legacy_sort_options) {
            ("fifo", None) => Ok(SortOrder::Unchanged),
            ("fifo", Some(_)) => Err(Problem::SortOptionsWithFifo),
            ("legacy", None) => Ok(SortOrder::legacy()),
            ("legacy", Some(legacy)) => {
                Ok(SortOrder::Legacy { first: legacy.order_first.clone(), last: legacy.order_last.clone() })
            }
            (other, _) => Err(Problem::UnknownSortOrder(other.to_owned())),
        }
    }

    pub(crate) fn run(&self, resources: &mut ResourceSet) -> Result<(), Failure> {
        if let SortOrder::Legacy { first, last } = self {
            resources.sort_by_cached_key(|resource| {
                let id = resource.id();
                (rank(&id.kind, first, last), type_key(&id), id_key(&id))
            });
        }
        Ok(())
    }
}

fn rank(kind: &str, first: &[String], last: &[String]) -> isize {
    let position =
        |kinds: &[String]| kinds.iter().rposition(|other| other == kind).and_then(|index| isize::try_from(index).ok());
    match (position(last), position(first), isize::try_from(first.len())) {
        (Some(index), _, _) => index + 1,
        (None, Some(index), Ok(length)) => index - length,
        (None, _, _) => 0,
    }
}

fn or<'a>(text: &'a str, missing: &'a str) -> &'a str {
    if text.is_empty() { missing } else { text }
}

/// The core group sorts behind all others, except that its namespaces come before other groups' kind of that name.
fn type_key(id: &ResourceId) -> (bool, String) {
    let after = id.kind == "Namespace" && !id.group.is_empty();
    (after, format!("{}_{}_{}", or(&id.group, "~G"), or(&id.version, "~V"), or(&id.kind, "~K")))
}

fn id_key(id: &ResourceId) -> String {
    let gvk = format!("{}.{}.{}", or(&id.kind, "[noKind]"), or(&id.version, "[noVer]"), or(&id.group, "[noGrp]"));
    format!("{gvk}|{}|{}", or(&id.namespace, "~X"), or(&id.name, "~N"))
}
