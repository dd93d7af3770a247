//! What a rule of Gateway API does with a request that it matches: its filters and backends.

use super::attachment::{is_granted, namespace_of};
use super::matching::{Candidate, PathMatch};
use crate::host::full_name;
use crate::reasoning::Reasoning;
use crate::request::{Client, Request, Scheme};
use crate::resource::by_age;
use crate::route::istio::destination_rule::DestinationRules;
use crate::route::kubernetes::{service_named, to_service};
use crate::route::{Destination, Forward, HeaderChange, HeaderChanges, Mirror, Redirect, Response, RouteAction};
use crate::service::{Service, ServicePort};
use crate::{Field, Resource, World, kind};

/// Where a rule is tried.
#[derive(Debug, Clone, Copy)]
pub(in crate::route) struct Place<'w> {
    pub(in crate::route) client: Client<'w>,
    /// Where a rule without backends leads: the Service that a mesh route is attached to.
    pub(in crate::route) parent: Option<(Service<'w>, ServicePort<'w>)>,
}

/// The action of a rule whose match holds.
pub(super) fn action(
    world: &World,
    candidate: &Candidate<'_>,
    place: Place<'_>,
    request: &Request,
    why: &mut Reasoning,
) -> RouteAction {
    let rule = candidate.rule;
    let mut headers = HeaderChanges::default();
    let (mut path, mut authority) = (request.path.clone(), None);
    let (mut mirrors, mut cors) = (Vec::new(), None);
    for filter in rule.list("filters") {
        match filter.text("type") {
            "RequestRedirect" => {
                let Some(declared) = filter.get("requestRedirect") else { continue };
                return RouteAction::Redirect(redirect(declared, candidate, request));
            }
            "URLRewrite" => {
                let Some(declared) = filter.get("urlRewrite") else { continue };
                authority = declared.get("hostname").and_then(Field::as_str).map(str::to_owned);
                path = new_path(declared, candidate, &request.path).unwrap_or(path);
            }
            "RequestMirror" => {
                let Some(declared) = filter.get("requestMirror") else { continue };
                let Some(backend) = declared.get("backendRef") else { continue };
                let percent = match (declared.integer("percent"), declared.get("fraction")) {
                    (Some(percent), _) => percent as f64,
                    (None, Some(fraction)) => {
                        let of = fraction.integer("denominator").filter(|of| *of > 0).unwrap_or(100);
                        fraction.integer("numerator").unwrap_or(0) as f64 * 100.0 / of as f64
                    }
                    (None, None) => 100.0,
                };
                mirrors.push(Mirror { destination: backend_of(world, candidate, backend, place, why), percent });
            }
            "CORS" => cors = filter.get("cors").map(|declared| declared.value().clone()),
            _ => headers.extend(header_changes(filter)),
        }
    }
    let backends: Vec<Field<'_>> = rule.list("backendRefs").collect();
    let mut destinations = Vec::new();
    for backend in &backends {
        let weight = backend.integer("weight").unwrap_or(1);
        let weight = u32::try_from(weight).unwrap_or(0);
        if weight == 0 {
            why.push(
                Reasoning::noted(format!("`{}` has no weight and is left out", backend.text("name"))).at(*backend),
            );
            continue;
        }
        let mut destination = backend_of(world, candidate, *backend, place, why);
        destination.weight = weight;
        for filter in backend.list("filters") {
            destination.headers.extend(header_changes(filter));
        }
        destinations.push(destination);
    }
    if let (true, Some((service, port))) = (backends.is_empty(), place.parent) {
        // Linkerd and Istio agree: a mesh route without backends changes what goes to its Service.
        destinations.push(to_service(world, service, port));
    }
    if destinations.is_empty() {
        why.push(Reasoning::fails("the rule has no backend that takes requests: clients get 500").at(rule));
        return RouteAction::Refuse(Response { status: 500, body: None });
    }
    RouteAction::Forward(Box::new(Forward {
        destinations,
        timeout: rule.get("timeouts").map(|field| field.value().clone()),
        retries: rule.get("retry").map(|field| field.value().clone()),
        fault: None,
        mirrors,
        path: Some(path),
        authority,
        headers,
        cors,
    }))
}

/// A backend as a destination. Clients get 500 of one that is not there or must not be referred to.
pub(super) fn backend_of(
    world: &World,
    candidate: &Candidate<'_>,
    backend: Field<'_>,
    place: Place<'_>,
    why: &mut Reasoning,
) -> Destination {
    let route = candidate.route;
    let namespace = namespace_of(backend, route.namespace());
    let (group, name) = (backend.text("group"), backend.text("name"));
    let kind_name = Some(backend.text("kind")).filter(|kind| !kind.is_empty()).unwrap_or("Service");
    let number = backend.integer("port").and_then(|port| u16::try_from(port).ok());
    let domain = &world.options().cluster_domain;
    let host = if kind_name == "Service" { full_name(name, namespace, domain) } else { name.to_owned() };
    let mut destination = Destination { host, port: number, weight: 1, ..Destination::default() };
    let mut fail = |problem: String| {
        why.push(Reasoning::fails(format!("{problem}: clients get 500")).at(backend));
        Destination { fails_with: Some(500), ..destination.clone() }
    };
    if !is_granted(world, route, group, kind_name, namespace, name) {
        return fail(format!("no ReferenceGrant of `{namespace}` lets the route refer to `{name}`"));
    }
    if let ("networking.istio.io", "Hostname") = (group, kind_name) {
        let service = world.services_for_host(name).into_iter().next();
        if service.is_none() {
            return fail(format!("nothing answers for `{name}`"));
        }
        return destination;
    }
    if let ("policy.linkerd.io", "EgressNetwork") = (group, kind_name) {
        if world.find(kind::LINKERD_EGRESS_NETWORK, namespace, name).is_none() {
            return fail(format!("there is no EgressNetwork `{namespace}/{name}`"));
        }
        return destination;
    }
    if (group, kind_name) != ("", "Service") {
        return fail(format!("`{kind_name}` is no kind of backend that is known here"));
    }
    let Some(service) = service_named(world, namespace, name) else {
        return fail(format!("there is no Service `{namespace}/{name}`"));
    };
    let Some(port) = number.and_then(|number| service.port(number)) else {
        return fail(format!("the Service `{namespace}/{name}` has no such port"));
    };
    destination = Destination { weight: 1, ..to_service(world, service, port) };
    if let Some(rules) = DestinationRules::of(world, place.client, service, why) {
        let policy = rules.policy(Some(port.number), None);
        let value = |field: Option<Field<'_>>| field.map(|field| field.value().clone());
        destination.load_balancer = value(policy.load_balancer);
        destination.connection_pool = value(policy.connection_pool);
        destination.outlier_detection = value(policy.outlier_detection);
        destination.tls = value(policy.tls);
    }
    if let Some(policy) = backend_tls(world, service, port) {
        why.push(Reasoning::holds(format!("BackendTLSPolicy {}", policy.name())).about(policy));
        destination.tls = policy.at(&["spec", "validation"]).map(|field| field.value().clone());
    }
    destination
}

/// The BackendTLSPolicy for a port of a Service: one that names the port before one for all, then the oldest.
fn backend_tls<'w>(world: &'w World, service: Service<'_>, port: ServicePort<'_>) -> Option<Resource<'w>> {
    let policies = world.within(kind::BACKEND_TLS_POLICY, service.namespace()).filter_map(|policy| {
        let targets = policy.list(&["spec", "targetRefs"]).filter(|target| {
            let section = target.text("sectionName");
            target.text("kind") == "Service"
                && target.text("name") == service.resource().name()
                && (section.is_empty() || section == port.name)
        });
        let narrowest = targets.map(|target| target.text("sectionName").is_empty()).min()?;
        Some((narrowest, policy))
    });
    policies.min_by_key(|(general, policy)| (*general, by_age(*policy))).map(|(_, policy)| policy)
}

/// The changes of a `RequestHeaderModifier` or `ResponseHeaderModifier`.
fn header_changes(filter: Field<'_>) -> HeaderChanges {
    let changes = |name: &str| {
        let Some(modifier) = filter.get(name) else { return Vec::new() };
        let pairs =
            |name: &str| modifier.list(name).map(|pair| (pair.text("name").to_owned(), pair.text("value").to_owned()));
        let set = pairs("set").map(|(name, value)| HeaderChange::Set(name, value));
        let add = pairs("add").map(|(name, value)| HeaderChange::Add(name, value));
        let remove = modifier.texts("remove").map(|name| HeaderChange::Remove(name.to_owned()));
        set.chain(add).chain(remove).collect()
    };
    match filter.text("type") {
        "RequestHeaderModifier" => HeaderChanges { request: changes("requestHeaderModifier"), response: Vec::new() },
        "ResponseHeaderModifier" => HeaderChanges { request: Vec::new(), response: changes("responseHeaderModifier") },
        _ => HeaderChanges::default(),
    }
}

/// The path that `path` of a rewrite or redirect asks for.
fn new_path(declared: Field<'_>, candidate: &Candidate<'_>, path: &str) -> Option<String> {
    let modifier = declared.get("path")?;
    match modifier.text("type") {
        "ReplaceFullPath" => Some(modifier.text("replaceFullPath").to_owned()),
        "ReplacePrefixMatch" => {
            let PathMatch::Prefix(prefix) = &candidate.path else { return None };
            let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
            let new = modifier.text("replacePrefixMatch").trim_end_matches('/');
            let joined = format!("{new}{rest}");
            Some(if joined.is_empty() { "/".to_owned() } else { joined })
        }
        _ => None,
    }
}

/// A redirect: of what it does not say the request's own counts. The port follows a scheme that is said.
fn redirect(declared: Field<'_>, candidate: &Candidate<'_>, request: &Request) -> Redirect {
    let text = |name: &str| Some(declared.text(name)).filter(|text| !text.is_empty());
    let original = match request.scheme {
        Scheme::Https => "https",
        Scheme::Http | Scheme::Tcp => "http",
    };
    let scheme = text("scheme").unwrap_or(original);
    let port = match (declared.integer("port"), text("scheme")) {
        (Some(port), _) => Some(port),
        (None, Some(_)) => None,
        (None, None) => Some(i64::from(request.port)),
    };
    let port = port.filter(|port| !matches!((scheme, port), ("http", 80) | ("https", 443)));
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = new_path(declared, candidate, &request.path).unwrap_or_else(|| request.path.clone());
    let host = text("hostname").unwrap_or(&request.host);
    let status = declared.integer("statusCode").and_then(|code| u16::try_from(code).ok()).unwrap_or(302);
    Redirect { status, location: format!("{scheme}://{host}{port}{path}") }
}
