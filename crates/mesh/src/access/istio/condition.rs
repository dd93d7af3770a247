//! What the conditions of an AuthorizationPolicy look at.

use core::net::IpAddr;

use manifest::Value;

use super::rule::{Subject, Traffic};
use super::value;
use crate::cidr::Cidr;
use crate::{Resource, World, jwt};

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'k> {
    Principal,
    RequestPrincipal,
    Namespace,
    ServiceAccount,
    TrustDomain,
    SourceIp,
    RemoteIp,
    Host,
    Port,
    Method,
    Path,
    Header(&'k str),
    Audiences,
    Presenter,
    Claim(&'k str),
    DestinationIp,
    Sni,
    /// Metadata of a filter of the proxy, which nobody outside of it knows.
    FilterMetadata,
}

/// Why a condition cannot be asked of this traffic or with this value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfit(pub(super) String);

impl<'k> Key<'k> {
    /// By the `key` of a `when`; `None` for one that Istio does not know.
    pub(super) fn of(key: &'k str) -> Option<Key<'k>> {
        let bracketed = |prefix: &str| key.strip_prefix(prefix)?.strip_prefix('[')?.strip_suffix(']');
        Some(match key {
            "source.ip" => Key::SourceIp,
            "remote.ip" => Key::RemoteIp,
            "source.namespace" => Key::Namespace,
            "source.principal" => Key::Principal,
            "source.serviceAccount" => Key::ServiceAccount,
            "source.trustDomain" => Key::TrustDomain,
            "request.auth.principal" => Key::RequestPrincipal,
            "request.auth.audiences" => Key::Audiences,
            "request.auth.presenter" => Key::Presenter,
            "destination.ip" => Key::DestinationIp,
            "destination.port" => Key::Port,
            "connection.sni" => Key::Sni,
            _ => {
                if let Some(name) = bracketed("request.headers") {
                    Key::Header(name)
                } else if bracketed("request.auth.claims").is_some() {
                    Key::Claim(key)
                } else if key.starts_with("experimental.envoy.filters.") && key.ends_with(']') {
                    Key::FilterMetadata
                } else {
                    return None;
                }
            }
        })
    }

    /// What it is of this request, as a part of a sentence.
    pub(super) fn shown(self, subject: &Subject<'_, '_>) -> String {
        let request = subject.question.request;
        let or_none = |value: Option<String>| value.map_or("unknown".to_owned(), |value| format!("`{value}`"));
        match self {
            Key::Principal => format!("the client's identity is {}", or_none(subject.principal.clone())),
            Key::Namespace => format!("the client's identity is {}", or_none(subject.principal.clone())),
            Key::ServiceAccount => format!("the client's identity is {}", or_none(subject.principal.clone())),
            Key::TrustDomain => format!("the client's identity is {}", or_none(subject.principal.clone())),
            Key::RequestPrincipal => format!("the token's principal is {}", or_none(request_principal(subject))),
            Key::SourceIp => {
                format!("the client's address is {}", or_none(source_ip(subject).map(|ip| ip.to_string())))
            }
            Key::RemoteIp => {
                format!("the first client's address is {}", or_none(remote_ip(subject).map(|ip| ip.to_string())))
            }
            Key::Host => format!("the host is `{}`", request.header("host").unwrap_or_default()),
            Key::Port => format!("the port is {}", subject.question.port),
            Key::Method => format!("the method is {}", request.method),
            Key::Path => format!("the path is `{}`", request.path),
            Key::Header(name) => format!("the header `{name}` is {}", or_none(request.header(name).map(str::to_owned))),
            Key::Audiences => format!("the token's audiences are {}", claim(subject, "aud").join(", ")),
            Key::Presenter => format!("the token's presenter is {}", claim(subject, "azp").join(", ")),
            Key::Claim(key) => format!("`{key}` is {}", claims_of(subject, key).join(", ")),
            Key::DestinationIp => "the workload's address is unknown before it runs".to_owned(),
            Key::Sni => format!("the server name is `{}`", request.server_name.as_deref().unwrap_or_default()),
            Key::FilterMetadata => "the metadata of a filter is unknown outside of the proxy".to_owned(),
        }
    }

    /// Whether only HTTP has it.
    fn is_http_only(self) -> bool {
        match self {
            Key::RequestPrincipal
            | Key::Host
            | Key::Method
            | Key::Path
            | Key::Header(_)
            | Key::Audiences
            | Key::Presenter
            | Key::Claim(_) => true,
            Key::Principal
            | Key::Namespace
            | Key::ServiceAccount
            | Key::TrustDomain
            | Key::SourceIp
            | Key::RemoteIp
            | Key::Port
            | Key::DestinationIp
            | Key::Sni
            | Key::FilterMetadata => false,
        }
    }
}

/// Whether one value of a condition holds.
pub(super) fn holds_for(
    world: &World,
    key: Key<'_>,
    wanted: &str,
    policy: Resource<'_>,
    subject: &Subject<'_, '_>,
) -> Result<bool, Unfit> {
    if key.is_http_only() && subject.traffic == Traffic::Bytes {
        return Err(Unfit("requests are not told apart here, and the condition is about requests".to_owned()));
    }
    let request = subject.question.request;
    let principal = subject.principal.as_deref();
    let part = |name: &str| principal.and_then(|principal| principal_part(principal, name));
    Ok(match key {
        Key::Principal => {
            let names = with_aliases(world, wanted);
            principal.is_some_and(|principal| names.iter().any(|name| value::matches(name, principal)))
        }
        Key::Namespace => part("ns").is_some_and(|namespace| value::matches_glob(wanted, namespace)),
        Key::ServiceAccount => {
            let (namespace, name) = wanted.split_once('/').unwrap_or((policy.namespace(), wanted));
            part("ns") == Some(namespace) && part("sa") == Some(name)
        }
        Key::TrustDomain => {
            let domain = principal.and_then(|principal| principal.split('/').next());
            domain.is_some_and(|domain| value::matches_glob(wanted, domain))
        }
        Key::SourceIp => in_range(wanted, source_ip(subject))?,
        Key::RemoteIp => in_range(wanted, remote_ip(subject))?,
        Key::DestinationIp => in_range(wanted, None)?,
        Key::Port => match wanted.parse::<u16>() {
            Ok(port) => port == subject.question.port,
            Err(_) => return Err(Unfit(format!("`{wanted}` is no port"))),
        },
        Key::Host => value::matches_any_case(wanted, request.header("host").unwrap_or_default()),
        Key::Method => value::matches(wanted, &request.method),
        Key::Path => value::matches_path(wanted, &request.path),
        Key::Header(name) => request.header(name).is_some_and(|actual| value::matches(wanted, actual)),
        Key::RequestPrincipal => request_principal_matches(wanted, subject),
        Key::Audiences => claim(subject, "aud").iter().any(|actual| value::matches(wanted, actual)),
        Key::Presenter => claim(subject, "azp").iter().any(|actual| value::matches(wanted, actual)),
        Key::Claim(key) => claims_of(subject, key).iter().any(|actual| value::matches(wanted, actual)),
        Key::Sni => value::matches(wanted, request.server_name.as_deref().unwrap_or_default()),
        Key::FilterMetadata => false,
    })
}

fn source_ip(subject: &Subject<'_, '_>) -> Option<IpAddr> {
    subject.question.peer.ip
}

fn remote_ip(subject: &Subject<'_, '_>) -> Option<IpAddr> {
    subject.question.peer.remote_ip.or(subject.question.peer.ip)
}

/// Whether an address is in a range. An address that is not known is only in the range of all of them.
fn in_range(range: &str, address: Option<IpAddr>) -> Result<bool, Unfit> {
    let range_of = Cidr::parse(range).ok_or_else(|| Unfit(format!("`{range}` is no range of addresses")))?;
    Ok(address.map_or(range_of.is_everything(), |address| range_of.contains(address)))
}

/// `ns` or `sa` of an identity such as `cluster.local/ns/shop/sa/web`.
fn principal_part<'p>(principal: &'p str, name: &str) -> Option<&'p str> {
    let mut parts = principal.split('/').skip(1);
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        if key == name {
            return Some(value);
        }
    }
    None
}

/// A principal under the mesh's trust domain and all of its aliases, if it is of one of them (Istio
/// `Bundle.ReplaceTrustDomainAliases`).
fn with_aliases(world: &World, principal: &str) -> Vec<String> {
    let config = world.mesh_config();
    let aliases = config.value().get("trustDomainAliases").and_then(Value::as_array).into_iter().flatten();
    let mut domains: Vec<&str> =
        std::iter::once(config.trust_domain()).chain(aliases.filter_map(Value::as_str)).collect();
    // Policies that were written before a trust domain had a name say `cluster.local`.
    domains.push("cluster.local");
    match principal.split_once('/') {
        Some((domain, rest)) if domains.contains(&domain) => {
            domains.iter().map(|domain| format!("{domain}/{rest}")).collect()
        }
        _ => vec![principal.to_owned()],
    }
}

fn claim(subject: &Subject<'_, '_>, name: &str) -> Vec<String> {
    subject.claims.map(|claims| jwt::claim_values(claims, &[name.to_owned()])).unwrap_or_default()
}

fn claims_of(subject: &Subject<'_, '_>, key: &str) -> Vec<String> {
    let path = jwt::claim_path(key, "request.auth.claims").unwrap_or_default();
    subject.claims.map(|claims| jwt::claim_values(claims, &path)).unwrap_or_default()
}

/// `issuer/subject` of the token.
fn request_principal(subject: &Subject<'_, '_>) -> Option<String> {
    let text = |name: &str| subject.claims?.get(name)?.as_str();
    Some(format!("{}/{}", text("iss")?, text("sub")?))
}

/// Whether the token's issuer and subject match: each by itself, with the wildcard in one of them (Istio
/// `requestPrincipalGenerator`).
fn request_principal_matches(wanted: &str, subject: &Subject<'_, '_>) -> bool {
    let text =
        |name: &str| subject.claims.and_then(|claims| claims.get(name)).and_then(Value::as_str).unwrap_or_default();
    let (issuer, name) = (text("iss"), text("sub"));
    let present = !issuer.is_empty() && !name.is_empty();
    match wanted.rsplit_once('/') {
        _ if wanted == "*" => present,
        Some((wanted_issuer, wanted_name)) => {
            let issuer_fits = match wanted_issuer.strip_prefix('*') {
                Some("") => !issuer.is_empty(),
                Some(end) => issuer.ends_with(end),
                None => issuer == wanted_issuer,
            };
            let name_fits = match wanted_name.strip_suffix('*') {
                Some("") => !name.is_empty(),
                Some(start) if !wanted_issuer.starts_with('*') => name.starts_with(start),
                _ => name == wanted_name,
            };
            issuer_fits && name_fits
        }
        None => match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
            (Some(end), _) => !issuer.is_empty() && name.ends_with(end),
            (None, Some(start)) => issuer.starts_with(start) && !name.is_empty(),
            (None, None) => issuer == wanted && name.is_empty() && present,
        },
    }
}
