//! Where Istio's ingress and egress gateways send a request.

use super::http_match::Place;
use super::layer4::{self, Section};
use super::virtual_service::VirtualService;
use super::{Entry, entries, first_matching};
use crate::host::overlap;
use crate::protocol::Protocol;
use crate::reasoning::{Outcome, Reasoning};
use crate::request::{Client, Request, Scheme};
use crate::resource::by_age;
use crate::route::{Redirect, RouteAction, RouteDecision, Routed};
use crate::{Field, Resource, World, kind};

/// A server of a Gateway.
#[derive(Debug, Clone, Copy)]
struct Server<'w> {
    gateway: Resource<'w>,
    field: Field<'w>,
    protocol: Protocol,
}

/// How a server treats TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tls {
    None,
    Terminated,
    Passed,
}

/// Where a request goes that comes to the pods behind a Gateway. All Gateways with the same selector stand at the same
/// pods, so their servers count together.
pub(in crate::route) fn route_at_gateway(world: &World, gateway: Resource<'_>, request: &Request) -> RouteDecision {
    let mut why = Reasoning::decides(String::new());
    let servers = servers(world, gateway, request.port, &mut why);
    let client = pods(world, gateway, &mut why);
    let decision = match request.scheme {
        Scheme::Http => {
            let plain: Vec<_> = servers
                .into_iter()
                .filter(|server| server.tls() == Tls::None && server.protocol.may_be_http())
                .collect();
            http(world, client, &plain, request, &mut why)
        }
        Scheme::Https => match by_server_name(&servers, request, &mut why) {
            Some(server) if server.tls() == Tls::Terminated && server.protocol != Protocol::Tls => {
                http(world, client, &[server], request, &mut why)
            }
            Some(server) => connection(world, client, server, request, &mut why),
            None => Routed::refused(404),
        },
        Scheme::Tcp => {
            let tcp = servers.into_iter().find(|server| server.tls() == Tls::None && !server.protocol.may_be_http());
            match tcp {
                Some(server) => connection(world, client, server, request, &mut why),
                None => Routed::refused(404),
            }
        }
    };
    crate::extension::mention(world, client.namespace(), |name| client.label(name), &mut why);
    decision.explained(request, why)
}

impl<'w> Server<'w> {
    fn tls(self) -> Tls {
        match self.field.get("tls").map(|tls| tls.text("mode")) {
            None => Tls::None,
            // `httpsRedirect` alone leaves a server in clear text.
            Some(_) if self.protocol.is_http() => Tls::None,
            Some("PASSTHROUGH" | "AUTO_PASSTHROUGH" | "") => Tls::Passed,
            Some(_) => Tls::Terminated,
        }
    }

    fn redirects(self) -> bool {
        self.field.get("tls").is_some_and(|tls| tls.flag("httpsRedirect"))
    }

    /// Its hosts that a VirtualService of `namespace` may take: `host`, `*/host`, `./host` or `namespace/host`.
    fn hosts_for(self, namespace: &str) -> impl Iterator<Item = &'w str> {
        let own = self.gateway.namespace();
        self.field.texts("hosts").filter_map(move |host| match host.split_once('/') {
            None => Some(host),
            Some(("*", host)) => Some(host),
            Some((".", host)) => (namespace == own).then_some(host),
            Some((wanted, host)) => (wanted == namespace).then_some(host),
        })
    }

    fn host_names(self) -> impl Iterator<Item = &'w str> {
        self.field.texts("hosts").map(|host| host.split_once('/').map_or(host, |(_, host)| host))
    }

    fn gateway_name(self) -> String {
        format!("{}/{}", self.gateway.namespace(), self.gateway.name())
    }
}

/// The pods behind a gateway, whose namespace and labels count. Where none is declared that the selector means, the namespace
/// of the Gateway stands for theirs.
fn pods<'w>(world: &'w World, gateway: Resource<'w>, why: &mut Reasoning) -> Client<'w> {
    let selector = gateway.at(&["spec", "selector"]).filter(|selector| selector.members().next().is_some());
    match selector.and_then(|selector| world.selected_workloads(None, selector).into_iter().next()) {
        Some(workload) => {
            let step = format!("{}/{} is what runs behind the gateway", workload.namespace(), workload.name());
            why.push(Reasoning::noted(step).about(workload.resource()));
            Client::Workload(workload)
        }
        None => Client::Gateway(gateway),
    }
}

/// The servers at a port of the gateway's pods, of the oldest Gateway first.
fn servers<'w>(world: &'w World, gateway: Resource<'w>, port: u16, why: &mut Reasoning) -> Vec<Server<'w>> {
    let selector = |gateway: Resource<'w>| gateway.at(&["spec", "selector"]).map(Field::value);
    let mut gateways: Vec<_> = world
        .of(kind::ISTIO_GATEWAY)
        .filter(|other| *other == gateway || (selector(gateway).is_some() && selector(*other) == selector(gateway)))
        .collect();
    gateways.sort_by_key(|gateway| by_age(*gateway));
    let mut found = Vec::new();
    for gateway in gateways {
        for field in gateway.list(&["spec", "servers"]) {
            let number = field.get("port").and_then(|port| port.integer("number"));
            let protocol = field.get("port").and_then(|port| Protocol::named(port.text("protocol")));
            if number == Some(i64::from(port)) {
                found.push(Server { gateway, field, protocol: protocol.unwrap_or(Protocol::Tcp) });
            }
        }
    }
    if found.is_empty() {
        why.push(Reasoning::fails(format!("no server listens at port {port}")).about(gateway));
    }
    found
}

/// The server whose hosts fit the server name best.
fn by_server_name<'w>(servers: &[Server<'w>], request: &Request, why: &mut Reasoning) -> Option<Server<'w>> {
    let name = request.sni();
    let fitting = servers.iter().filter(|server| server.tls() != Tls::None).flat_map(|server| {
        let hosts = server.host_names().filter(|host| means(host, name));
        hosts.map(move |host| (host, *server))
    });
    let best = fitting.max_by(|(one, _), (other, _)| {
        let key = |host: &str| (host == name, host.len());
        // Of equals the earlier one counts.
        key(one).cmp(&key(other)).then(std::cmp::Ordering::Greater)
    });
    match best {
        Some((host, server)) => {
            why.push(
                Reasoning::holds(format!("the server for `{host}` takes the server name `{name}`")).at(server.field),
            );
            Some(server)
        }
        None => {
            why.push(Reasoning::decides(format!("no server with TLS is for `{name}`: the connection is closed")));
            None
        }
    }
}

fn means(pattern: &str, host: &str) -> bool {
    pattern == host || pattern.strip_prefix('*').is_some_and(|end| host.ends_with(end))
}

fn http(world: &World, client: Client<'_>, servers: &[Server<'_>], request: &Request, why: &mut Reasoning) -> Routed {
    let host = &request.host;
    // Every host that servers and VirtualServices have in common, with the routes for it.
    let mut hosts: Vec<(String, Vec<Entry<'_>>)> = Vec::new();
    let mut redirecting: Option<(String, Server<'_>)> = None;
    for server in servers {
        let name = server.gateway_name();
        let place = Place { client, gateway: &name, port: request.port };
        for virtual_service in VirtualService::bound_to(world, &name, client.namespace()) {
            let common = common_hosts(world, *server, virtual_service);
            let fitting: Vec<String> = common.into_iter().filter(|common| means(common, host)).collect();
            let mut step =
                Reasoning::fails(format!("{} at `{name}`", virtual_service.name())).about(virtual_service.resource);
            if fitting.is_empty() {
                step.push(
                    Reasoning::fails(format!("none of its hosts that the server takes is `{host}`")).at(server.field),
                );
                why.push(step);
                continue;
            }
            let found = entries(world, virtual_service, place, &mut step);
            step.outcome = if found.is_empty() { Outcome::Fails } else { Outcome::Holds };
            why.push(step);
            for host in fitting.into_iter().filter(|_| !found.is_empty()) {
                match hosts.iter_mut().find(|(known, _)| *known == host) {
                    // Two servers of one Gateway lead to the same routes once.
                    Some((_, known)) => {
                        known.extend(found.iter().filter(|entry| !contains(known, entry)).cloned().collect::<Vec<_>>())
                    }
                    None => hosts.push((host, found.clone())),
                }
            }
        }
        if server.redirects() {
            let fitting = server.host_names().filter(|pattern| means(pattern, host));
            if let Some(best) = fitting.max_by_key(|pattern| (*pattern == host, pattern.len())) {
                redirecting = Some((best.to_owned(), *server));
            }
        }
    }
    let best = hosts.into_iter().max_by_key(|(known, _)| (known == host, known.len()));
    if let Some((pattern, server)) = redirecting.filter(|_| request.scheme == Scheme::Http) {
        let step = format!("the server for `{pattern}` sends clear text to HTTPS");
        why.push(Reasoning::decides(step).at(server.field));
        let redirect = Redirect { status: 301, location: format!("https://{host}{}", request.path) };
        return Routed::unmatched(RouteAction::Redirect(redirect));
    }
    let Some((pattern, mut found)) = best else {
        why.push(Reasoning::decides(format!("no VirtualService at this gateway is for `{host}`: clients get 404")));
        return Routed::refused(404);
    };
    why.push(Reasoning::noted(format!("`{pattern}` is the host that fits best")));
    // Routes for everything stand behind all others of the host (Istio `SortVHostRoutes`).
    found.sort_by_key(Entry::is_catch_all);
    let name = servers.first().map(|server| server.gateway_name()).unwrap_or_default();
    let place = Place { client, gateway: &name, port: request.port };
    match first_matching(world, &found, place, request, why) {
        Some((action, matched)) => Routed::by(matched, action),
        None => {
            why.push(Reasoning::decides("no route for the host matches: clients get 404"));
            Routed::refused(404)
        }
    }
}

fn contains(known: &[Entry<'_>], entry: &Entry<'_>) -> bool {
    known.iter().any(|known| known.route.own == entry.route.own && known.position == entry.position)
}

/// The hosts that a server and a VirtualService have in common: of each pair the narrower one.
fn common_hosts(world: &World, server: Server<'_>, virtual_service: VirtualService<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for wanted in virtual_service.hosts(world) {
        for host in server.hosts_for(virtual_service.resource.namespace()) {
            let host = host.to_ascii_lowercase();
            if overlap(&host, &wanted) {
                let narrower = if crate::host::covers(&host, &wanted) { wanted.clone() } else { host };
                if !found.contains(&narrower) {
                    found.push(narrower);
                }
            }
        }
    }
    found
}

/// Where a connection goes that the gateway does not read: by the `tls` routes if TLS passes, else by the `tcp` routes.
fn connection(world: &World, client: Client<'_>, server: Server<'_>, request: &Request, why: &mut Reasoning) -> Routed {
    let section = match server.tls() {
        Tls::Passed => Section::Tls,
        Tls::None | Tls::Terminated => Section::Tcp,
    };
    let name = server.gateway_name();
    let place = Place { client, gateway: &name, port: request.port };
    for virtual_service in VirtualService::bound_to(world, &name, client.namespace()) {
        if common_hosts(world, server, virtual_service).is_empty() {
            continue;
        }
        if let Some(decision) = layer4::declared(world, virtual_service, section, place, request, why) {
            return decision;
        }
    }
    why.push(Reasoning::decides("no route of a VirtualService takes the connection: it is closed"));
    Routed::refused(404)
}
