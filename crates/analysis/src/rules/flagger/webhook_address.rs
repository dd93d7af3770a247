//! A webhook of a Canary cannot be reached, or is of a type that Flagger does not know.
//!
//! ## Why it matters
//!
//! A webhook that fails counts as a failed check, or blocks the release for ever: the tests behind it never run, and a good
//! version is rolled back for a wrong address.
//!
//! ## What to do
//!
//! Write a whole URL. For a service in the cluster name its namespace, because Flagger runs in another one:
//! `http://name.namespace/`.

use manifest::Severity;
use mesh::{Coverage, World, kind};

use super::canary::Canary;
use crate::flagger_services::made_by_flagger;
use crate::missing::would_be_declared;
use crate::{Check, Code, Findings, Rule};

pub(super) const RULE: Rule = Rule {
    code: Code("FL0008"),
    name: "WebhookAddress",
    severity: Severity::Error,
    analyzer: None,
    source: include_str!("webhook_address.rs"),
    check: Check::World(check),
};

const TYPES: [&str; 9] = [
    "",
    "confirm-promotion",
    "confirm-rollout",
    "confirm-traffic-increase",
    "event",
    "post-rollout",
    "pre-rollout",
    "rollback",
    "rollout",
];

fn check(world: &World, findings: &mut Findings) {
    let known = world.coverage();
    for canary in Canary::all(world) {
        for webhook in canary.webhooks() {
            let type_ = webhook.text("type");
            if !TYPES.contains(&type_) {
                findings
                    .at(
                        &RULE,
                        canary.resource,
                        webhook.get("type").unwrap_or(webhook),
                        format!("Flagger knows no webhook of the type `{type_}`, and never calls it"),
                    )
                    .hint(format!("Write one of {}.", TYPES[1..].join(", ")));
            }
            let url = webhook.text("url");
            let at = webhook.get("url").unwrap_or(webhook);
            let Some((host, port)) = address(url) else {
                findings
                    .at(&RULE, canary.resource, at, format!("`{url}` is no address that can be called"))
                    .hint("Write a whole URL, such as `http://loadtester.test/`.");
                continue;
            };
            if let Some(problem) = unreachable(world, known, host, port) {
                findings.at(&RULE, canary.resource, at, problem).hint("Correct the address, or declare the service.");
            }
        }
    }
}

/// Host and port of a URL of HTTP.
fn address(url: &str) -> Option<(&str, u16)> {
    let (rest, default) = match url.split_once("://")? {
        ("http", rest) => (rest, 80),
        ("https", rest) => (rest, 443),
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if authority.starts_with('[') {
        // An address of IPv6, of which nothing more is said.
        return authority.contains(']').then_some((authority, default));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, default),
    };
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_');
    (!host.is_empty() && host.chars().all(plain)).then_some((host, port))
}

/// Why a service of the cluster does not answer there, as far as the world can tell.
fn unreachable(world: &World, known: &Coverage, host: &str, port: u16) -> Option<String> {
    let mut parts = host.trim_end_matches('.').splitn(3, '.');
    let (name, namespace) = (parts.next()?, parts.next()?);
    let domain = parts.next().unwrap_or("svc");
    let inside = domain == "svc" || domain.strip_prefix("svc.") == Some(&world.options().cluster_domain);
    if !inside || !known.whole(namespace) || !would_be_declared(world, namespace, kind::SERVICE) {
        return None;
    }
    let Some(service) = world.find(kind::SERVICE, namespace, name) else {
        return (!made_by_flagger(world, name, namespace))
            .then(|| format!("there is no service `{name}` in the namespace `{namespace}`"));
    };
    let mut ports = service.list(&["spec", "ports"]);
    let has = ports.any(|declared| declared.integer("port") == Some(i64::from(port)));
    (!has).then(|| format!("the service `{name}` in the namespace `{namespace}` has no port {port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_urls() {
        for (url, expect) in [
            ("http://a.b/", Some(("a.b", 80))),
            ("https://a.b", Some(("a.b", 443))),
            ("http://user@a.b:8080/x?y#z", Some(("a.b", 8080))),
            ("http://[::1]:80/", Some(("[::1]:80", 80))),
            ("a.b/x", None),
            ("ftp://a.b", None),
            ("http://a.b:port/", None),
            ("http:///x", None),
            ("http://a b/", None),
            ("", None),
        ] {
            assert_eq!(address(url), expect, "{url}");
        }
    }
}
