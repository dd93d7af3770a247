//! Names of repositories in registries.

use std::net::IpAddr;

use crate::error::SourceError;

/// The registry that names without a host mean.
const DOCKER_HUB: &str = "docker.io";

/// What `oci://` and registry clients call Docker Hub.
const DOCKER_HUB_NAMES: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// A repository in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The host and, if any, the port.
    pub(super) host: String,
    /// The path in the registry.
    pub(super) path: String,
}

impl Name {
    /// Reads `oci://host/path`, or what follows the scheme.
    pub(super) fn parse(url: &str) -> Result<Name, SourceError> {
        let invalid = |reason: &str| SourceError::InvalidUrl { url: url.to_owned(), reason: reason.to_owned() };
        let rest =
            url.strip_prefix("oci://").ok_or_else(|| invalid("it must look like oci://<domain>/<org>/<repo>"))?;
        let rest = rest.trim_end_matches('/');
        if rest.contains('@') {
            return Err(invalid("it must not contain a digest or a user; use spec.ref.digest and spec.secretRef"));
        }
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path.to_owned()),
            _ => (DOCKER_HUB, rest.to_owned()),
        };
        if let Some((_, tag)) = path.rsplit_once(':') {
            return Err(invalid(&format!("it must not contain a tag; remove ':{tag}' and use spec.ref.tag")));
        }
        let is_part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
                && part.chars().all(|character| {
                    character.is_ascii_lowercase() || character.is_ascii_digit() || "._-".contains(character)
                })
        };
        if !path.split('/').all(is_part) {
            return Err(invalid("the path may have lowercase letters, digits, `.`, `_` and `-` only"));
        }
        let is_hub = DOCKER_HUB_NAMES.contains(&host);
        let host = if is_hub { DOCKER_HUB.to_owned() } else { host.to_ascii_lowercase() };
        let path = if is_hub && !path.contains('/') { format!("library/{path}") } else { path };
        Ok(Name { host, path })
    }

    /// The host that answers requests.
    pub(super) fn server(&self) -> &str {
        if self.host == DOCKER_HUB { "registry-1.docker.io" } else { &self.host }
    }

    /// Whether the registry may do without TLS: on this machine, in a private network, or under `.local`.
    pub(super) fn is_nearby(&self) -> bool {
        let without_port = match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &self.host,
        };
        let name = without_port.trim_matches(['[', ']']);
        match name.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
            Ok(IpAddr::V6(address)) => address.is_loopback(),
            Err(_) => name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local"),
        }
    }

    /// Whether an entry of a `.dockerconfigjson` is for this repository, and how exact it is.
    pub(super) fn matches_config_entry(&self, entry: &str) -> Option<usize> {
        let entry = entry.strip_prefix("https://").or_else(|| entry.strip_prefix("http://")).unwrap_or(entry);
        let entry = entry.trim_end_matches('/');
        let entry = entry.strip_suffix("/v1").or_else(|| entry.strip_suffix("/v2")).unwrap_or(entry);
        let (host, path) = entry.split_once('/').unwrap_or((entry, ""));
        let host = if DOCKER_HUB_NAMES.contains(&host) { DOCKER_HUB } else { host };
        let path_matches = path.is_empty()
            || self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        (host_matches(host, &self.host) && path_matches).then_some(path.len() * 2 + usize::from(!host.contains('*')))
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "oci://{}/{}", self.host, self.path)
    }
}

/// As the kubelet matches pull secrets: part by part, `*` stands for anything within one part.
fn host_matches(pattern: &str, host: &str) -> bool {
    let (patterns, parts): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), host.split('.').collect());
    patterns.len() == parts.len()
        && patterns.iter().zip(&parts).all(|(pattern, part)| match pattern.split_once('*') {
            Some((before, after)) => {
                part.len() >= before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
            }
            None => pattern.eq_ignore_ascii_case(part),
        })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn reads_names() {
        let check = |url: &str, expected: Expect| {
            let shown = match Name::parse(url) {
                Ok(name) => format!("{name} at {}{}", name.server(), if name.is_nearby() { ", nearby" } else { "" }),
                Err(error) => error.to_string(),
            };
            expected.assert_eq(&shown);
        };
        check("oci://ghcr.io/org/charts/podinfo", expect!["oci://ghcr.io/org/charts/podinfo at ghcr.io"]);
        check("oci://ghcr.io/org/", expect!["oci://ghcr.io/org at ghcr.io"]);
        check("oci://docker.io/nginx", expect!["oci://docker.io/library/nginx at registry-1.docker.io"]);
        check("oci://index.docker.io/org/app", expect!["oci://docker.io/org/app at registry-1.docker.io"]);
        check("oci://org/app", expect!["oci://docker.io/org/app at registry-1.docker.io"]);
        check("oci://localhost/app", expect!["oci://localhost/app at localhost, nearby"]);
        check("oci://127.0.0.1:5000/app", expect!["oci://127.0.0.1:5000/app at 127.0.0.1:5000, nearby"]);
        check("oci://10.1.2.3/app", expect!["oci://10.1.2.3/app at 10.1.2.3, nearby"]);
        check("oci://[::1]:5000/app", expect!["oci://[::1]:5000/app at [::1]:5000, nearby"]);
        check("oci://Registry.Local:80/app", expect!["oci://registry.local:80/app at registry.local:80, nearby"]);
        check(
            "oci://ghcr.io/org/app:v1",
            expect![
                "oci://ghcr.io/org/app:v1: not a usable address: it must not contain a tag; remove ':v1' and use spec.ref.tag"
            ],
        );
        check(
            "oci://ghcr.io/org/app@sha256:1",
            expect![
                "oci://ghcr.io/org/app@sha256:1: not a usable address: it must not contain a digest or a user; use spec.ref.digest and spec.secretRef"
            ],
        );
        check(
            "oci://ghcr.io/Org/app",
            expect![
                "oci://ghcr.io/Org/app: not a usable address: the path may have lowercase letters, digits, `.`, `_` and `-` only"
            ],
        );
        check(
            "oci://ghcr.io/../app",
            expect![
                "oci://ghcr.io/../app: not a usable address: the path may have lowercase letters, digits, `.`, `_` and `-` only"
            ],
        );
        check(
            "oci://ghcr.io//app",
            expect![
                "oci://ghcr.io//app: not a usable address: the path may have lowercase letters, digits, `.`, `_` and `-` only"
            ],
        );
        check(
            "oci://",
            expect!["oci://: not a usable address: the path may have lowercase letters, digits, `.`, `_` and `-` only"],
        );
        check(
            "https://ghcr.io/org/app",
            expect!["https://ghcr.io/org/app: not a usable address: it must look like oci://<domain>/<org>/<repo>"],
        );
    }

    #[test]
    fn matches_entries_of_docker_configurations() {
        let check = |url: &str, entry: &str, expected: bool| {
            let found = Name::parse(url).unwrap().matches_config_entry(entry).is_some();
            assert_eq!(found, expected, "{url} and {entry}");
        };
        check("oci://ghcr.io/org/app", "ghcr.io", true);
        check("oci://ghcr.io/org/app", "https://ghcr.io/", true);
        check("oci://ghcr.io/org/app", "ghcr.io/org", true);
        check("oci://ghcr.io/org/app", "ghcr.io/or", false);
        check("oci://ghcr.io/org/app", "*.io", true);
        check("oci://ghcr.io/org/app", "*.example.io", false);
        check("oci://a.registry.example.com/app", "*.registry.example.com", true);
        check("oci://a.b.registry.example.com/app", "*.registry.example.com", false);
        check("oci://docker.io/org/app", "https://index.docker.io/v1/", true);
        check("oci://ghcr.io/org/app", "https://index.docker.io/v1/", false);
        check("oci://127.0.0.1:5000/app", "127.0.0.1:5000", true);
        check("oci://127.0.0.1:5000/app", "127.0.0.1", false);
    }
}
