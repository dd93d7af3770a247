//! The webhooks by which clusters ask Istio's control plane.

use core::net::IpAddr;

use mesh::{Field, Resource, kind};

/// Where a webhook asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address<'w> {
    /// Nowhere.
    None,
    /// At a Service of the cluster.
    Service,
    /// At a URL with a host name.
    HostName,
    /// At a URL with an IP address.
    Ip(IpAddr),
    /// At a URL that is none, and why.
    Unreadable(&'w str, &'static str),
}

/// The webhooks of a configuration that is Istio's by its name: the injector's, or the validator's.
pub(super) fn of_control_plane(resource: Resource<'_>) -> impl Iterator<Item = Field<'_>> {
    let name = resource.name();
    let is_istio = (resource.is(kind::MUTATING_WEBHOOK) && name.starts_with("istio-sidecar-injector"))
        || (resource.is(kind::VALIDATING_WEBHOOK)
            && (name == "istiod-default-validator" || name.starts_with("istio-validator")));
    resource.list(&["webhooks"]).filter(move |_| is_istio)
}

/// Where a webhook asks.
pub(super) fn address(webhook: Field<'_>) -> Address<'_> {
    let config = webhook.get("clientConfig");
    let url = config.and_then(|config| config.get("url"));
    match (url.and_then(Field::as_str), config.and_then(|config| config.get("service"))) {
        (Some(url), _) => of_url(url),
        (None, Some(_)) => Address::Service,
        (None, None) => Address::None,
    }
}

fn of_url(url: &str) -> Address<'_> {
    let Some((_, rest)) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
        return Address::Unreadable(url, "is not of the form `https://host/path`");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let after_user = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match after_user.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((address, port)) => (address, port.strip_prefix(':').unwrap_or(port)),
        None => after_user.split_once(':').unwrap_or((after_user, "")),
    };
    if host.is_empty() {
        return Address::Unreadable(url, "names no host");
    }
    if !port.chars().all(|digit| digit.is_ascii_digit()) {
        return Address::Unreadable(url, "has a port that is no number");
    }
    match host.parse::<IpAddr>() {
        Ok(address) => Address::Ip(address),
        Err(_) if host.chars().all(is_of_host) && !url.chars().any(char::is_control) => Address::HostName,
        Err(_) => Address::Unreadable(url, "has a host that is none"),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
}

fn is_of_host(character: char) -> bool {
    !character.is_ascii() || character.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(character)
}
