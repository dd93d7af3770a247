//! Role-based access control, evaluated as kube-apiserver's RBAC authorizer does.

use serde_json::Value;

use super::{Attempt, User};

/// The roles and bindings of a cluster, as stored.
#[derive(Debug, Clone, Copy)]
pub struct Rbac<'a> {
    /// Every `Role`.
    pub roles: &'a [Value],
    /// Every `ClusterRole`.
    pub cluster_roles: &'a [Value],
    /// Every `RoleBinding`.
    pub role_bindings: &'a [Value],
    /// Every `ClusterRoleBinding`.
    pub cluster_role_bindings: &'a [Value],
}

/// Whether an attempt is allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A binding, or membership of `system:masters`, allows it.
    Allowed {
        /// The binding, in the words of the RBAC authorizer; empty for `system:masters`.
        reason: String,
    },
    /// Nothing allows it.
    Denied,
}

/// One rule that holds for a user, and where.
pub(super) struct Grant<'a> {
    pub(super) rule: &'a Value,
    /// The namespace it is limited to; empty for none.
    pub(super) namespace: String,
    reason: String,
}

impl<'a> Rbac<'a> {
    /// Whether `user` may do `attempt`.
    pub fn authorize(&self, user: &User, attempt: &Attempt) -> Decision {
        if user.groups.iter().any(|group| group == "system:masters") {
            return Decision::Allowed { reason: String::new() };
        }
        let namespace = match attempt {
            Attempt::Resource { namespace, .. } => namespace.as_str(),
            Attempt::Path { .. } => "",
        };
        self.grants(user, namespace)
            .into_iter()
            .find(|grant| rule_allows(grant.rule, attempt))
            .map_or(Decision::Denied, |grant| Decision::Allowed { reason: grant.reason })
    }

    /// Every rule that holds for `user` in the cluster as a whole and in `namespace` (if it is not empty).
    pub(super) fn grants(&self, user: &User, namespace: &str) -> Vec<Grant<'a>> {
        let mut grants = Vec::new();
        for binding in self.cluster_role_bindings {
            if let Some(subject) = matching_subject(binding, user, "") {
                let name = text(&binding["metadata"]["name"]);
                self.rules(binding, "", &format!("ClusterRoleBinding \"{name}\""), &subject, "", &mut grants);
            }
        }
        if namespace.is_empty() {
            return grants;
        }
        for binding in self.role_bindings.iter().filter(|binding| text(&binding["metadata"]["namespace"]) == namespace)
        {
            if let Some(subject) = matching_subject(binding, user, namespace) {
                let name = text(&binding["metadata"]["name"]);
                let what = format!("RoleBinding \"{name}/{namespace}\"");
                self.rules(binding, namespace, &what, &subject, namespace, &mut grants);
            }
        }
        grants
    }

    fn rules(
        &self,
        binding: &Value,
        namespace: &str,
        what: &str,
        subject: &str,
        limit: &str,
        grants: &mut Vec<Grant<'a>>,
    ) {
        let (kind, name) = (text(&binding["roleRef"]["kind"]), text(&binding["roleRef"]["name"]));
        let role = match kind {
            "ClusterRole" => self.cluster_roles.iter().find(|role| text(&role["metadata"]["name"]) == name),
            _ => self.roles.iter().find(|role| {
                text(&role["metadata"]["name"]) == name && text(&role["metadata"]["namespace"]) == namespace
            }),
        };
        let Some(role) = role else { return };
        let reason = format!("RBAC: allowed by {what} of {kind} \"{name}\" to {subject}");
        let mut add = |role: &'a Value| {
            grants.extend(list(&role["rules"]).iter().map(|rule| Grant {
                rule,
                namespace: limit.to_owned(),
                reason: reason.clone(),
            }));
        };
        add(role);
        // Aggregated roles: the controller that would copy the rules in does not run here.
        for selector in list(&role["aggregationRule"]["clusterRoleSelectors"]) {
            self.cluster_roles
                .iter()
                .filter(|other| selects(selector, &other["metadata"]["labels"]))
                .for_each(&mut add);
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Whether a label selector selects `labels`.
pub(crate) fn selects(selector: &Value, labels: &Value) -> bool {
    let exact =
        selector["matchLabels"].as_object().into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    exact
        && list(&selector["matchExpressions"]).iter().all(|expression| {
            let value = labels.get(text(&expression["key"]));
            let listed = value.is_some_and(|value| list(&expression["values"]).contains(value));
            match text(&expression["operator"]) {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// The first subject of a binding that is `user`, in words.
fn matching_subject(binding: &Value, user: &User, namespace: &str) -> Option<String> {
    list(&binding["subjects"]).iter().find_map(|subject| {
        let (kind, name) = (text(&subject["kind"]), text(&subject["name"]));
        match kind {
            "User" => (name == user.name).then(|| format!("User \"{name}\"")),
            "Group" => user.groups.iter().any(|group| group == name).then(|| format!("Group \"{name}\"")),
            "ServiceAccount" => {
                let home = Some(text(&subject["namespace"])).filter(|home| !home.is_empty()).unwrap_or(namespace);
                let full = format!("system:serviceaccount:{home}:{name}");
                (full == user.name).then(|| format!("ServiceAccount \"{name}/{home}\""))
            }
            _ => None,
        }
    })
}

/// Whether one policy rule allows an attempt.
pub(super) fn rule_allows(rule: &Value, attempt: &Attempt) -> bool {
    let has = |field: &str, wanted: &str| {
        list(&rule[field]).iter().any(|value| value == "*" || value.as_str() == Some(wanted))
    };
    match attempt {
        Attempt::Path { verb, path } => {
            has("verbs", verb)
                && list(&rule["nonResourceURLs"]).iter().any(|pattern| match text(pattern).strip_suffix('*') {
                    Some(prefix) => path.starts_with(prefix),
                    None => text(pattern) == path,
                })
        }
        Attempt::Resource { verb, group, resource, subresource, name, .. } => {
            let full = if subresource.is_empty() { resource.clone() } else { format!("{resource}/{subresource}") };
            let any_of_subresource = format!("*/{subresource}");
            let resources = list(&rule["resources"]).iter().any(|value| match text(value) {
                "*" => true,
                pattern => pattern == full || (!subresource.is_empty() && pattern == any_of_subresource),
            });
            let names = list(&rule["resourceNames"]);
            has("verbs", verb)
                && has("apiGroups", group)
                && resources
                && (names.is_empty() || names.iter().any(|value| value.as_str() == Some(name)))
        }
    }
}
