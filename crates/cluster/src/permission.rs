//! Which rule would allow what an API server forbade.

use std::fmt;

/// A request that no rule allows, as the authorizer of Kubernetes words it: `User "…" cannot patch resource "deployments"
/// in API group "apps" in the namespace "prod"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Denied<'a> {
    user: &'a str,
    verb: &'a str,
    /// With its subresource, if it is about one.
    resource: &'a str,
    group: &'a str,
    /// None: at the cluster scope.
    namespace: Option<&'a str>,
}

impl<'a> Denied<'a> {
    fn read(message: &'a str) -> Option<Denied<'a>> {
        let (_, rest) = message.split_once("User \"")?;
        let (user, rest) = rest.split_once("\" cannot ")?;
        let (verb, rest) = rest.split_once(" resource \"")?;
        let (resource, rest) = rest.split_once("\" in API group \"")?;
        let (group, rest) = rest.split_once('"')?;
        let namespace = rest.strip_prefix(" in the namespace \"").and_then(|rest| rest.split_once('"'));
        Some(Denied { user, verb, resource, group, namespace: namespace.map(|(namespace, _)| namespace) })
    }

    /// The rule's verbs. To apply an object, one has to be allowed to create it too.
    fn verbs(self) -> &'a str {
        match self.verb {
            "patch" if !self.resource.contains('/') => "create, patch",
            verb => verb,
        }
    }
}

impl fmt::Display for Denied<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Denied { user, resource, group, .. } = self;
        write!(f, "add {{apiGroups: [\"{group}\"], resources: [{resource}], verbs: [{}]}} to a ", self.verbs())?;
        match self.namespace {
            Some(namespace) => write!(f, "Role in {namespace}")?,
            None => f.write_str("ClusterRole")?,
        }
        match user.strip_prefix("system:serviceaccount:").and_then(|account| account.split_once(':')) {
            Some((namespace, name)) => write!(f, " that is bound to ServiceAccount {namespace}/{name}"),
            None => write!(f, " that is bound to User {user}"),
        }
    }
}

/// What to do about a request that was forbidden with this message.
pub(crate) fn advice(message: &str) -> String {
    match Denied::read(message) {
        Some(denied) => denied.to_string(),
        None => "give the service account a Role that allows it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Expect) {
        expected.assert_eq(&advice(message));
    }

    #[test]
    fn the_rule_to_add_is_named() {
        check(
            r#"deployments.apps "web" is forbidden: User "system:serviceaccount:flux-system:tenant" cannot patch resource "deployments" in API group "apps" in the namespace "prod""#,
            expect![[
                r#"add {apiGroups: ["apps"], resources: [deployments], verbs: [create, patch]} to a Role in prod that is bound to ServiceAccount flux-system/tenant"#
            ]],
        );
        check(
            r#"namespaces is forbidden: User "jane" cannot list resource "namespaces" in API group "" at the cluster scope"#,
            expect![[
                r#"add {apiGroups: [""], resources: [namespaces], verbs: [list]} to a ClusterRole that is bound to User jane"#
            ]],
        );
        check(
            r#"kustomizations.kustomize.toolkit.fluxcd.io "a" is forbidden: User "system:serviceaccount:t:t" cannot patch resource "kustomizations/status" in API group "kustomize.toolkit.fluxcd.io" in the namespace "a": RBAC: clusterrole.rbac.authorization.k8s.io "x" not found"#,
            expect![[
                r#"add {apiGroups: ["kustomize.toolkit.fluxcd.io"], resources: [kustomizations/status], verbs: [patch]} to a Role in a that is bound to ServiceAccount t/t"#
            ]],
        );
    }

    #[test]
    fn what_is_worded_otherwise_gets_no_rule() {
        for message in [
            "",
            "pods \"web\" is forbidden: violates PodSecurity \"restricted:latest\"",
            r#"User "jane" cannot get path "/metrics""#,
            r#"User "jane" cannot patch resource "deployments"#,
        ] {
            check(message, expect!["give the service account a Role that allows it"]);
        }
    }
}
