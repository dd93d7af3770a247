//! Where Linkerd's proxy sends a request: by a ServiceProfile, by routes attached to the Service, or to the Service.

use manifest::Value;
use serde_json::Map;

use crate::host::full_name;
use crate::reasoning::Reasoning;
use crate::request::{Client, Request, Scheme};
use crate::route::gateway_api::{self, Place, routes_of_service};
use crate::route::kubernetes::{find, to_service};
use crate::route::{Destination, Forward, MatchedRule, RouteAction, RouteDecision, Routed};
use crate::service::{Service, ServicePort};
use crate::{Field, Resource, World, kind, string_match};

/// Where EgressNetworks stand that hold for every namespace.
const GLOBAL_EGRESS_NAMESPACE: &str = "linkerd-egress";

/// Where the proxy of a client sends a request.
pub(super) fn route(world: &World, client: Client<'_>, request: &Request) -> RouteDecision {
    let mut why = Reasoning::decides(String::new());
    let decision = match find(world, client.namespace(), &request.host) {
        Some(service) => to(world, client, service, request, &mut why),
        None => egress(world, client, request, &mut why),
    };
    decision.explained(request, why)
}

fn decided(action: RouteAction, matched: Option<MatchedRule>) -> Routed {
    Routed { action, matched }
}

fn to(world: &World, client: Client<'_>, service: Service<'_>, request: &Request, why: &mut Reasoning) -> Routed {
    let Some(port) = service.port(request.port) else {
        let step = format!("`{}` has no port {}", service.host(), request.port);
        why.push(Reasoning::decides(step).about(service.resource()));
        return Routed::refused(503);
    };
    why.push(Reasoning::holds(format!("the host is the Service `{}`", service.host())).at(port.field));
    if is_opaque(world, service, port) {
        why.push(Reasoning::noted("the port is opaque, so requests are not told apart").at(port.field));
    } else if request.scheme == Scheme::Http {
        if let Some(profile) = profile(world, client, service) {
            return by_profile(world, profile, service, port, request, why);
        }
        let kinds = [kind::HTTP_ROUTE, kind::LINKERD_HTTP_ROUTE, kind::GRPC_ROUTE];
        let routes = routes_of_service(world, &kinds, service.resource(), port.number, client.namespace());
        if !routes.is_empty() {
            why.push(Reasoning::noted("routes are attached to the Service").about(service.resource()));
            let place = Place { client, parent: Some((service, port)) };
            let mut decision = gateway_api::by_rules(world, &routes, place, request, why);
            annotate(world, &mut decision, service, why);
            return decision;
        }
    }
    why.push(Reasoning::decides("no route is for it: to the Service itself").at(port.field));
    let forward = Forward {
        destinations: vec![to_service(world, service, port)],
        path: Some(request.path.clone()),
        timeout: annotations(service.resource(), "timeout.linkerd.io/"),
        retries: annotations(service.resource(), "retry.linkerd.io/"),
        ..Forward::default()
    };
    decided(RouteAction::Forward(Box::new(forward)), None)
}

/// Whether the annotation of the Service or its namespace, or Linkerd's default, makes a port opaque.
fn is_opaque(world: &World, service: Service<'_>, port: ServicePort<'_>) -> bool {
    let name = "config.linkerd.io/opaque-ports";
    let own = service.resource().annotation(name);
    let namespace = || world.find(kind::NAMESPACE, "", service.namespace()).and_then(|found| found.annotation(name));
    let listed = own.or_else(namespace).unwrap_or("25,587,3306,4444,5432,6379,9300,11211");
    listed.split(',').map(str::trim).any(|item| match item.split_once('-') {
        Some((first, last)) => {
            let number = |text: &str| text.trim().parse::<u16>().ok();
            number(first).zip(number(last)).is_some_and(|(first, last)| (first..=last).contains(&port.number))
        }
        None => item == port.number.to_string() || (!port.name.is_empty() && item == port.name),
    })
}

/// The ServiceProfile for a Service: of the client's namespace before that of the Service's. One without routes and
/// overrides changes nothing.
fn profile<'w>(world: &'w World, client: Client<'_>, service: Service<'_>) -> Option<Resource<'w>> {
    let of = |namespace: &str| world.find(kind::LINKERD_SERVICE_PROFILE, namespace, service.host());
    let found = of(client.namespace()).or_else(|| of(service.namespace()))?;
    let says = |name: &str| found.list(&["spec", name]).next().is_some();
    (says("routes") || says("dstOverrides")).then_some(found)
}

fn by_profile(
    world: &World,
    profile: Resource<'_>,
    service: Service<'_>,
    port: ServicePort<'_>,
    request: &Request,
    why: &mut Reasoning,
) -> Routed {
    why.push(Reasoning::noted("its ServiceProfile counts, before any attached route").about(profile));
    let mut destinations: Vec<Destination> = profile
        .list(&["spec", "dstOverrides"])
        .filter_map(|entry| {
            let weight = match entry.get("weight")?.value() {
                Value::Number(number) => number.as_f64()?,
                Value::String(text) => text.trim_end_matches('m').parse().ok()?,
                _ => return None,
            };
            Some(overridden(world, entry.text("authority"), port.number, weight as u32, why))
        })
        .filter(|destination| destination.weight > 0)
        .collect();
    if destinations.is_empty() {
        destinations.push(to_service(world, service, port));
    }
    let mut forward = Forward { destinations, path: Some(request.path.clone()), ..Forward::default() };
    for (position, route) in profile.list(&["spec", "routes"]).enumerate() {
        let name = Some(route.text("name")).filter(|name| !name.is_empty());
        let label = name.map_or_else(|| format!("routes[{position}]"), str::to_owned);
        let condition = route.get("condition");
        if !condition.is_some_and(|condition| holds(condition, request, 0)) {
            why.push(Reasoning::fails(format!("`{label}` is not for it")).at(route));
            continue;
        }
        why.push(Reasoning::decides(format!("`{label}` of ServiceProfile {}", profile.name())).at(route));
        forward.timeout = route.get("timeout").map(|timeout| timeout.value().clone());
        if route.flag("isRetryable") {
            let budget = profile.at(&["spec", "retryBudget"]).map(|budget| budget.value().clone());
            forward.retries = Some(budget.unwrap_or(Value::Bool(true)));
        }
        let matched = MatchedRule { object: profile.id().clone(), rule: label };
        return decided(RouteAction::Forward(Box::new(forward)), Some(matched));
    }
    why.push(Reasoning::decides("no route of the ServiceProfile is for it: to the Service without settings"));
    decided(RouteAction::Forward(Box::new(forward)), None)
}

/// `host:port` of an override as a destination.
fn overridden(world: &World, authority: &str, port: u16, weight: u32, why: &mut Reasoning) -> Destination {
    let (host, number) =
        authority.rsplit_once(':').map_or((authority, None), |(host, number)| (host, number.parse().ok()));
    let number = number.unwrap_or(port);
    let host = host.trim_end_matches('.');
    let service = world.services_with_host(host).find(|service| service.is_kubernetes());
    match service.and_then(|service| Some((service, service.port(number)?))) {
        Some((service, port)) => Destination { weight, ..to_service(world, service, port) },
        None => {
            why.push(Reasoning::fails(format!("nothing answers for `{authority}`: clients get 503")));
            Destination {
                host: host.to_owned(),
                port: Some(number),
                weight,
                fails_with: Some(503),
                ..Destination::default()
            }
        }
    }
}

/// Whether the condition of a ServiceProfile's route holds. Conditions nest; those deeper than anybody writes do not hold.
fn holds(condition: Field<'_>, request: &Request, depth: usize) -> bool {
    if depth > 32 {
        return false;
    }
    let inner = |condition: Field<'_>| holds(condition, request, depth + 1);
    let method = condition.text("method");
    let path = condition.text("pathRegex");
    (condition.get("all").is_none() || condition.list("all").all(inner))
        && (condition.get("any").is_none() || condition.list("any").any(inner))
        && condition.get("not").is_none_or(|not| !inner(not))
        && (method.is_empty() || method.eq_ignore_ascii_case(&request.method))
        && (path.is_empty() || string_match::whole(path).is_ok_and(|path| path.is_match(&request.path)))
}

/// Timeouts and retries that annotations of the route that matched, or else of the Service, ask for.
fn annotate(world: &World, decision: &mut Routed, service: Service<'_>, why: &mut Reasoning) {
    let route = decision.matched.as_ref().and_then(|matched| world.by_id(&matched.object));
    let RouteAction::Forward(forward) = &mut decision.action else { return };
    for (prefix, setting) in
        [("timeout.linkerd.io/", &mut forward.timeout), ("retry.linkerd.io/", &mut forward.retries)]
    {
        let places = [route, Some(service.resource())];
        let found = places.into_iter().flatten().find_map(|place| Some((place, annotations(place, prefix)?)));
        if let (None, Some((place, value))) = (&setting, found) {
            why.push(Reasoning::noted(format!("annotations `{prefix}…` count")).about(place));
            *setting = Some(value);
        }
    }
}

/// The annotations of an object that begin with a prefix, without it.
fn annotations(resource: Resource<'_>, prefix: &str) -> Option<Value> {
    let all = resource.at(&["metadata", "annotations"])?.members();
    let found = all.filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), value.value().clone())));
    let found: Map<String, Value> = found.collect();
    (!found.is_empty()).then_some(Value::Object(found))
}

/// Where a request goes that leaves the cluster: by routes of the EgressNetwork of the client's namespace or of everybody's.
fn egress(world: &World, client: Client<'_>, request: &Request, why: &mut Reasoning) -> Routed {
    let of = |namespace: &str| world.within(kind::LINKERD_EGRESS_NETWORK, namespace).next();
    let Some(network) = of(client.namespace()).or_else(|| of(GLOBAL_EGRESS_NAMESPACE)) else {
        let step = format!(
            "`{}` is no Service, and no EgressNetwork says otherwise",
            full_name(&request.host, client.namespace(), &world.options().cluster_domain)
        );
        why.push(Reasoning::decides(step));
        return decided(RouteAction::Passthrough, None);
    };
    let kinds: &[_] = match request.scheme {
        Scheme::Http => &[kind::HTTP_ROUTE, kind::LINKERD_HTTP_ROUTE, kind::GRPC_ROUTE],
        Scheme::Https => &[kind::TLS_ROUTE],
        Scheme::Tcp => &[kind::TCP_ROUTE],
    };
    let mut routes = routes_of_service(world, kinds, network, request.port, client.namespace());
    routes.retain(|route| {
        let mut names = route.list(&["spec", "hostnames"]).filter_map(Field::as_str).peekable();
        names.peek().is_none()
            || names.any(|name| {
                name == request.sni() || name.strip_prefix('*').is_some_and(|end| request.sni().ends_with(end))
            })
    });
    if !routes.is_empty() {
        let decision = gateway_api::by_rules(world, &routes, Place { client, parent: None }, request, why);
        if decision.matched.is_some() {
            return decision;
        }
    }
    let policy = network.spec().map_or("", |spec| spec.text("trafficPolicy"));
    let step = format!("no route of EgressNetwork {} is for it, and its `trafficPolicy` is {policy}", network.name());
    why.push(Reasoning::decides(step).about(network));
    match policy {
        "Deny" => Routed::refused(403),
        _ => decided(RouteAction::Passthrough, None),
    }
}
