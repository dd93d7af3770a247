//! What a request asks an API server for.

use http::Method;

use crate::request::APPLY;

/// What Kubernetes calls a request, with its patches told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// One object.
    Get,
    /// All objects of a kind.
    List,
    /// Their changes as they happen.
    Watch,
    /// A server-side apply of which nothing is stored.
    DryRun,
    /// A server-side apply.
    Apply,
    /// Another patch.
    Patch,
    /// A new object, or a review.
    Create,
    /// A whole object in the place of another.
    Update,
    /// The end of one, or of many.
    Delete,
    /// What the server serves, and how it is.
    Discovery,
}

impl Verb {
    /// All of them, in the order in which they are printed.
    pub const ALL: [Verb; 10] = [
        Verb::Get,
        Verb::List,
        Verb::Watch,
        Verb::DryRun,
        Verb::Apply,
        Verb::Patch,
        Verb::Create,
        Verb::Update,
        Verb::Delete,
        Verb::Discovery,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Watch => "watch",
            Verb::DryRun => "dry-run",
            Verb::Apply => "apply",
            Verb::Patch => "patch",
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Delete => "delete",
            Verb::Discovery => "discovery",
        }
    }

    /// Of a request with this method, path and query, and body of this media type.
    pub fn of(method: &Method, target: &str, body: Option<&str>) -> Verb {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let has = |parameter: &str| query.split('&').any(|given| given == parameter);
        match *method {
            Method::POST => Verb::Create,
            Method::PUT => Verb::Update,
            Method::DELETE => Verb::Delete,
            Method::PATCH if !body.is_some_and(|body| body.starts_with(APPLY)) => Verb::Patch,
            Method::PATCH if has("dryRun=All") => Verb::DryRun,
            Method::PATCH => Verb::Apply,
            _ if has("watch=true") || has("watch=1") => Verb::Watch,
            _ => Verb::of_read(path),
        }
    }

    /// `/api/v1/namespaces/a/pods` lists, `/api/v1/namespaces/a/pods/b` gets.
    fn of_read(path: &str) -> Verb {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let behind_version = match parts.as_slice() {
            ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => rest,
            _ => return Verb::Discovery,
        };
        match behind_version {
            [] => Verb::Discovery,
            ["namespaces", _, _] | [_] => Verb::List,
            _ => Verb::Get,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{JSON, MERGE_PATCH};

    #[test]
    fn requests_have_the_verbs_of_kubernetes() {
        for (method, target, body, verb) in [
            (Method::GET, "/api/v1/namespaces/a/pods/b", None, Verb::Get),
            (Method::GET, "/api/v1/namespaces/a/pods/b/status", None, Verb::Get),
            (Method::GET, "/api/v1/namespaces/a", None, Verb::Get),
            (Method::GET, "/apis/apps/v1/namespaces/a/deployments?limit=500", None, Verb::List),
            (Method::GET, "/api/v1/namespaces", None, Verb::List),
            (Method::GET, "/api/v1/pods?labelSelector=watch%3Dtrue", None, Verb::List),
            (Method::GET, "/api/v1/pods?watch=true&timeoutSeconds=300", None, Verb::Watch),
            (Method::GET, "/api/v1/pods?resourceVersion=1&watch=1", None, Verb::Watch),
            (Method::GET, "/apis", None, Verb::Discovery),
            (Method::GET, "/apis/apps/v1", None, Verb::Discovery),
            (Method::GET, "/openapi/v3", None, Verb::Discovery),
            (Method::PATCH, "/api/v1/namespaces/a?fieldManager=b&force=true", Some(APPLY), Verb::Apply),
            (Method::PATCH, "/api/v1/namespaces/a?dryRun=All&fieldManager=b", Some(APPLY), Verb::DryRun),
            (Method::PATCH, "/api/v1/namespaces/a/status", Some(MERGE_PATCH), Verb::Patch),
            (Method::PATCH, "/api/v1/namespaces/a", None, Verb::Patch),
            (Method::POST, "/api/v1/namespaces/a/events", Some(JSON), Verb::Create),
            (Method::PUT, "/api/v1/namespaces/a", Some(JSON), Verb::Update),
            (Method::DELETE, "/api/v1/namespaces/a", Some(JSON), Verb::Delete),
        ] {
            assert_eq!(Verb::of(&method, target, body), verb, "{method} {target}");
        }
    }
}
