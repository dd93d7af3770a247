//! Who may do what: impersonation, and RBAC for everyone but administrators.

use http::header::HeaderMap;
use serde_json::Value;

use crate::core::{Core, collection_of};
use crate::error::ApiError;
use crate::reviews::{Attempt, Decision, Rbac, User};

/// The roles and bindings that are stored.
pub(crate) struct Roles {
    roles: Vec<Value>,
    cluster_roles: Vec<Value>,
    role_bindings: Vec<Value>,
    cluster_role_bindings: Vec<Value>,
}

impl Roles {
    pub(crate) fn of(core: &Core) -> Roles {
        Roles {
            roles: stored(core, "roles"),
            cluster_roles: stored(core, "clusterroles"),
            role_bindings: stored(core, "rolebindings"),
            cluster_role_bindings: stored(core, "clusterrolebindings"),
        }
    }

    pub(crate) fn rbac(&self) -> Rbac<'_> {
        Rbac {
            roles: &self.roles,
            cluster_roles: &self.cluster_roles,
            role_bindings: &self.role_bindings,
            cluster_role_bindings: &self.cluster_role_bindings,
        }
    }
}

fn stored(core: &Core, plural: &str) -> Vec<Value> {
    let registry = core.registry();
    let Some(resource) = registry.find("rbac.authorization.k8s.io", "v1", plural) else { return Vec::new() };
    core.store.list(&collection_of(resource), None, None).records.iter().map(|record| record.object()).collect()
}

fn is_administrator(user: &User) -> bool {
    user.groups.iter().any(|group| group == "system:masters")
}

/// The user a request acts as: with `Impersonate-*` headers another one, if the user may `impersonate` that one.
pub(crate) fn acting_user(core: &Core, user: User, headers: &HeaderMap) -> Result<User, ApiError> {
    let texts = |name: &str| -> Vec<String> {
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
    };
    let groups = texts("impersonate-group");
    let Some(name) = texts("impersonate-user").into_iter().next() else {
        if groups.is_empty() {
            return Ok(user);
        }
        return Err(ApiError::bad_request("requested groups without impersonating a user"));
    };
    let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    let impersonate = |resource: &str, namespace: &str, name: &str| {
        let attempt = Attempt::Resource {
            verb: "impersonate".to_owned(),
            group: String::new(),
            resource: resource.to_owned(),
            subresource: String::new(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        authorize(core, &user, &attempt)
    };
    match account {
        Some((namespace, account)) => impersonate("serviceaccounts", namespace, account)?,
        None => impersonate("users", "", &name)?,
    }
    groups.iter().try_for_each(|group| impersonate("groups", "", group))?;
    let mut acting = match account {
        Some((namespace, account)) if groups.is_empty() => User::service_account(namespace, account),
        Some(_) | None => User { name, groups, ..User::default() },
    };
    acting.uid = texts("impersonate-uid").into_iter().next().unwrap_or_default();
    if !acting.groups.iter().any(|group| group == "system:authenticated") {
        acting.groups.push("system:authenticated".to_owned());
    }
    Ok(acting)
}

/// Refuses what the user may not do.
pub(crate) fn authorize(core: &Core, user: &User, attempt: &Attempt) -> Result<(), ApiError> {
    if is_administrator(user) {
        return Ok(());
    }
    match (Roles::of(core).rbac().authorize(user, attempt), attempt) {
        (Decision::Allowed { .. }, _) => Ok(()),
        (_, Attempt::Resource { verb, group, resource, subresource, namespace, name }) => {
            let resource = if subresource.is_empty() { resource.clone() } else { format!("{resource}/{subresource}") };
            Err(ApiError::forbidden_user(&user.name, verb, &resource, group, namespace, name))
        }
        (_, Attempt::Path { verb, path }) => Err(ApiError::forbidden_path(&user.name, verb, path)),
    }
}
