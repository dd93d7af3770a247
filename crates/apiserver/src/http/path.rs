//! Request paths.

use super::query::decode;

/// What a path under `/api/{version}/` or `/apis/{group}/{version}/` names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ResourcePath {
    /// API group; empty for the core group.
    pub(crate) group: String,
    /// Version.
    pub(crate) version: String,
    /// Namespace; empty for cluster-scoped objects and for all namespaces.
    pub(crate) namespace: String,
    /// Plural name of the resource.
    pub(crate) plural: String,
    /// Name of the object; empty for the collection.
    pub(crate) name: String,
    /// What follows the name; empty for the object itself.
    pub(crate) subresource: String,
}

/// Reads the path of a resource; `None` for every other path: documents, probes, and what is not served at all.
pub(crate) fn parse(path: &str) -> Option<ResourcePath> {
    let segments: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (group, version, rest) = match segments.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    let (namespace, rest) = match rest {
        // `namespaces/{name}` itself, with its subresources, is an object like any other.
        ["namespaces", _, "status" | "finalize"] if group.is_empty() => ("", rest),
        ["namespaces", namespace, inner @ ..] if !inner.is_empty() => (*namespace, inner),
        _ => ("", rest),
    };
    let (plural, name, subresource) = match rest {
        [plural] => (*plural, "", String::new()),
        [plural, name] => (*plural, *name, String::new()),
        [plural, name, subresource @ ..] => (*plural, *name, subresource.join("/")),
        [] => return None,
    };
    Some(ResourcePath {
        group: group.to_owned(),
        version: version.to_owned(),
        namespace: namespace.to_owned(),
        plural: plural.to_owned(),
        name: name.to_owned(),
        subresource,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(path: &str, expected: Expect) {
        let text = parse(path).map(|found| {
            let ResourcePath { group, version, namespace, plural, name, subresource } = found;
            format!("{group}/{version} ns={namespace} {plural} name={name} sub={subresource}")
        });
        expected.assert_eq(text.as_deref().unwrap_or("-"));
    }

    #[test]
    fn paths_name_resources() {
        check("/api/v1/pods", expect!["/v1 ns= pods name= sub="]);
        check("/api/v1/namespaces", expect!["/v1 ns= namespaces name= sub="]);
        check("/api/v1/namespaces/a", expect!["/v1 ns= namespaces name=a sub="]);
        check("/api/v1/namespaces/a/status", expect!["/v1 ns= namespaces name=a sub=status"]);
        check("/api/v1/namespaces/a/finalize", expect!["/v1 ns= namespaces name=a sub=finalize"]);
        check("/api/v1/namespaces/a/pods/", expect!["/v1 ns=a pods name= sub="]);
        check("/api/v1/namespaces/a/pods/b/log", expect!["/v1 ns=a pods name=b sub=log"]);
        check("/api/v1/namespaces/a/services/b/proxy/x/y", expect!["/v1 ns=a services name=b sub=proxy/x/y"]);
        check("/apis/apps/v1/namespaces/a/deployments/b/scale", expect!["apps/v1 ns=a deployments name=b sub=scale"]);
        check(
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aadmin",
            expect!["rbac.authorization.k8s.io/v1 ns= clusterroles name=system:admin sub="],
        );
    }

    #[test]
    fn other_paths_do_not() {
        for path in
            ["/", "/api", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/healthz", "/openapi/v3/apis/apps/v1"]
        {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
