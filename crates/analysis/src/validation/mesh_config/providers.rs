//! `extensionProviders`: who traces, logs and authorizes. Istio only logs that one is not good; who names it has none.

use std::collections::HashSet;

use mesh::Field;

use super::super::hosts::{self, Listener};
use super::super::problem::Problems;
use super::super::{cidr, ports};

/// Providers that are a service with a port.
const SERVICES: [&str; 11] = [
    "envoyExtAuthzHttp",
    "envoyExtAuthzGrpc",
    "zipkin",
    "lightstep",
    "datadog",
    "opencensus",
    "skywalking",
    "envoyOtelAls",
    "opentelemetry",
    "envoyHttpAls",
    "envoyTcpAls",
];
/// Providers that need no address.
const OTHERS: [&str; 4] = ["prometheus", "stackdriver", "envoyFileAccessLog", "sds"];

pub(super) fn check<'w>(config: Field<'w>, problems: &mut Problems<'w>) {
    let mut names = HashSet::new();
    for provider in config.list("extensionProviders").filter(|provider| provider.value().is_object()) {
        let name = provider.text("name");
        if name.is_empty() {
            problems.warning(provider, "the extension provider has no name, so that nothing can refer to it");
        } else if !names.insert(name) {
            problems.warning(provider, format!("two extension providers are named `{name}`"));
        }
        let given = SERVICES.into_iter().find_map(|kind| Some((kind, provider.get(kind)?)));
        match given {
            Some((kind, service)) => self::service(kind, service, problems),
            None if OTHERS.iter().any(|kind| provider.get(kind).is_some()) => {}
            None => {
                problems.warning(provider, format!("the extension provider `{name}` is of no kind that Istio knows"))
            }
        }
    }
}

fn service<'w>(kind: &str, provider: Field<'w>, problems: &mut Problems<'w>) {
    let mut wrong = |field: Field<'w>, judgement: Result<(), String>| {
        if let Err(why) = judgement {
            problems.warning(field, format!("`{kind}` cannot be used: {why}"));
        }
    };
    let port = provider.integer("port").unwrap_or_default();
    wrong(provider.get("port").unwrap_or(provider), ports::number(port));
    wrong(provider.get("service").unwrap_or(provider), host(provider.text("service")));
    let status = provider.text("statusOnError");
    if let Some(field) = provider.get("statusOnError").filter(|_| !status.is_empty()) {
        let good = status.parse().is_ok_and(|status: u16| (100..=511).contains(&status));
        wrong(
            field,
            if good { Ok(()) } else { Err(format!("`statusOnError` is `{status}`, which is no status of HTTP")) },
        );
    }
    let prefix = provider.text("pathPrefix");
    if let Some(field) = provider.get("pathPrefix").filter(|_| !prefix.is_empty() && !prefix.starts_with('/')) {
        wrong(field, Err(format!("`pathPrefix` is `{prefix}`, and must begin with `/`")));
    }
    if kind == "lightstep" && provider.text("accessToken").is_empty() {
        wrong(provider, Err("`accessToken` is missing".to_owned()));
    }
    if let (Some(_), Some(http), "opentelemetry") = (provider.get("grpc"), provider.get("http"), kind) {
        wrong(http, Err("`grpc` and `http` exclude each other".to_owned()));
    }
}

/// A full name, an address, or `namespace/name`.
fn host(service: &str) -> Result<(), String> {
    if service.is_empty() {
        Err("`service` is missing".to_owned())
    } else if service.contains('/') {
        hosts::of_listener(service, Listener::Sidecar).into_iter().next().map_or(Ok(()), Err)
    } else if cidr::is_address(service) {
        Ok(())
    } else {
        hosts::full_name(service)
    }
}
