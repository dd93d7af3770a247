//! Who may do what: RBAC evaluation over stored roles and bindings, and the review kinds that ask it.

mod answer;
mod rbac;

use std::collections::BTreeMap;

pub use answer::answer;
pub(crate) use rbac::selects;
pub use rbac::{Decision, Rbac};

/// A client, as authentication found it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// `system:serviceaccount:prod:deployer`, for example.
    pub name: String,
    /// Unique id, or empty.
    pub uid: String,
    /// `system:authenticated` and others; `system:masters` may do everything.
    pub groups: Vec<String>,
    /// Further facts from authentication.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// The service account that `system:serviceaccount:{namespace}:{name}` names, with the groups it belongs to.
    pub fn service_account(namespace: &str, name: &str) -> User {
        User {
            name: format!("system:serviceaccount:{namespace}:{name}"),
            groups: vec![
                "system:serviceaccounts".to_owned(),
                format!("system:serviceaccounts:{namespace}"),
                "system:authenticated".to_owned(),
            ],
            ..User::default()
        }
    }
}

/// What a client wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// Something with a resource.
    Resource {
        /// `get`, `list`, `create`, …
        verb: String,
        /// API group; empty for core.
        group: String,
        /// Plural name.
        resource: String,
        /// `status`, or empty.
        subresource: String,
        /// Namespace; empty for cluster-scoped resources and for all namespaces.
        namespace: String,
        /// Object name; empty for collections.
        name: String,
    },
    /// A request for a path that is no resource, such as `/healthz`.
    Path {
        /// Lower-case HTTP method.
        verb: String,
        /// The path.
        path: String,
    },
}

#[cfg(test)]
mod tests;
