//! From a compact declaration to a CustomResourceDefinition.

use serde_json::{Value, json};

use super::schema::{Schema, object, open, optional, required};

/// Where kinds in groups of the Kubernetes project say who approved them. An API server wants to see it.
const APPROVED: &str = "api-approved.kubernetes.io";

/// A kind, as one union schema for all of its versions.
pub(super) struct Definition {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) short_names: &'static [&'static str],
    pub(super) categories: &'static [&'static str],
    pub(super) scope: Scope,
    /// Newest first: the first one is stored.
    pub(super) versions: &'static [&'static str],
    pub(super) about: &'static str,
    pub(super) spec: Schema,
    pub(super) presence: Spec,
    pub(super) status: Status,
    pub(super) columns: Vec<Column>,
}

/// Whether objects live in a namespace.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    Namespaced,
    Cluster,
}

/// Whether an object may leave out its spec.
#[derive(Clone, Copy)]
pub(super) enum Spec {
    Required,
    Optional,
}

/// What the kind reports.
#[derive(Clone, Copy)]
pub(super) enum Status {
    /// Nothing.
    None,
    /// A status subresource that keeps what controllers write.
    Kept,
    /// The same, starting with `observedGeneration: -1` as Flux's kinds do.
    Unobserved,
}

/// One printer column.
#[derive(Clone)]
pub(super) struct Column {
    name: &'static str,
    kind: &'static str,
    path: &'static str,
    priority: i64,
}

/// A column of text.
pub(super) fn column(name: &'static str, path: &'static str) -> Column {
    Column { name, kind: "string", path, priority: 0 }
}

/// A column of another type.
pub(super) fn typed_column(name: &'static str, kind: &'static str, path: &'static str) -> Column {
    Column { name, kind, path, priority: 0 }
}

impl Column {
    /// The same, shown only with `-o wide`.
    pub(super) fn wide(mut self) -> Column {
        self.priority = 1;
        self
    }
}

/// Time since the object was made.
pub(super) fn age() -> Column {
    typed_column("Age", "date", ".metadata.creationTimestamp")
}

/// `Ready` and its message, which Flux calls `Status`.
pub(super) fn ready() -> [Column; 2] {
    [
        column("Ready", ".status.conditions[?(@.type==\"Ready\")].status"),
        column("Status", ".status.conditions[?(@.type==\"Ready\")].message"),
    ]
}

impl Definition {
    /// As the object that installs the kind.
    pub(super) fn into_value(self) -> Value {
        let name = format!("{}.{}", self.plural, self.group);
        let status = || {
            let conditions = super::schema::list(open([
                required("type", super::schema::string()),
                required("status", super::schema::string()),
            ]));
            open([optional("conditions", conditions)]).about("What controllers report.")
        };
        let spec = self.spec.about("What is wanted.");
        let mut fields = vec![match self.presence {
            Spec::Required => required("spec", spec),
            Spec::Optional => optional("spec", spec),
        }];
        match self.status {
            Status::None => {}
            Status::Kept => fields.push(optional("status", status())),
            Status::Unobserved => {
                fields.push(optional("status", status().default(json!({"observedGeneration": -1}))));
            }
        }
        let schema = object(fields).about(self.about).into_value();
        let columns: Vec<Value> = self
            .columns
            .iter()
            .map(|column| {
                json!({"name": column.name, "type": column.kind, "jsonPath": column.path, "priority": column.priority})
            })
            .collect();
        let subresources = match self.status {
            Status::None => json!({}),
            Status::Kept | Status::Unobserved => json!({"status": {}}),
        };
        let version = |(index, version): (usize, &&str)| {
            json!({
                "name": version,
                "served": true,
                "storage": index == 0,
                "schema": {"openAPIV3Schema": schema},
                "subresources": subresources,
                "additionalPrinterColumns": columns,
            })
        };
        let versions: Vec<Value> = self.versions.iter().enumerate().map(version).collect();
        let mut metadata = json!({"name": name});
        if self.group.ends_with(".k8s.io") {
            metadata["annotations"] = json!({APPROVED: "https://github.com/kubernetes-sigs/gateway-api"});
        }
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": metadata,
            "spec": {
                "group": self.group,
                "scope": match self.scope { Scope::Namespaced => "Namespaced", Scope::Cluster => "Cluster" },
                "names": {
                    "kind": self.kind,
                    "listKind": format!("{}List", self.kind),
                    "plural": self.plural,
                    "singular": self.kind.to_lowercase(),
                    "shortNames": self.short_names,
                    "categories": self.categories,
                },
                "conversion": {"strategy": "None"},
                "versions": versions,
            },
        })
    }
}
