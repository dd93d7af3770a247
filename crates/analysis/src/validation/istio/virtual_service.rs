//! VirtualService: hosts, gateways, and routes for HTTP, TLS and TCP.

use std::collections::HashSet;

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{cidr, headers, hosts, ports, selectors};
use super::destination::{self, Author};
use super::export_to::{self, Exported};
use super::http_route::{self, Owner};
use super::{gateway_names, objects};

/// Set on objects that Istio makes of routes of the Gateway API.
const SEMANTICS: &str = "internal.istio.io/route-semantics";

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    let author = match subject.annotation(SEMANTICS).and_then(Field::as_str) {
        Some("gateway") => Author::GatewayApi,
        Some(_) | None => Author::People,
    };
    let owner = if spec.list("hosts").len() == 0 { Owner::Delegate } else { Owner::Hosts };
    if owner == Owner::Delegate {
        delegate(spec, problems);
    }
    if author == Author::People {
        gateway_names::check(spec, problems);
    }
    if !at_gateway(spec) {
        claims(spec, problems);
    }
    service_hosts(spec, problems);
    let lists = ["http", "tls", "tcp"];
    if lists.iter().all(|name| spec.list(name).len() == 0) {
        problems.error(spec, "there is no route: one of `http`, `tls` and `tcp` must have one");
    }
    for route in objects(spec, "http") {
        http_route::check(route, owner, author, problems);
    }
    let hosts = Hosts::of(spec);
    for route in objects(spec, "tls") {
        tls_route(&hosts, route, author, problems);
    }
    for route in objects(spec, "tcp") {
        tcp_route(route, author, problems);
    }
    export_to::check(subject, Exported::Other, problems);
}

/// A delegate: without hosts, for the routes of another VirtualService.
fn delegate<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    for name in ["gateways", "tls", "tcp"] {
        if let Some(field) = spec.get(name).filter(|_| spec.list(name).len() > 0) {
            problems.error(field, format!("a virtual service without hosts is a delegate, and has no `{name}`"));
        }
    }
}

/// Whether it is bound to gateways and not to the mesh.
fn at_gateway(spec: Field<'_>) -> bool {
    spec.list("gateways").len() > 0 && spec.texts("gateways").all(|gateway| gateway != "mesh")
}

/// Claims of tokens are known only at gateways.
fn claims<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    for matched in objects(spec, "http").flat_map(|route| objects(route, "match")) {
        for (name, value) in matched.map("headers").chain(matched.map("withoutHeaders")) {
            if headers::is_claim(name) {
                problems.error(
                    value,
                    format!(
                        "routes can look at claims such as `{name}` only at gateways, and this is bound to the mesh"
                    ),
                );
            }
        }
    }
}

fn service_hosts<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let by_server_name = objects(spec, "tls")
        .flat_map(|route| objects(route, "match"))
        .any(|matched| matched.list("sniHosts").len() > 0);
    let at_gateway = at_gateway(spec);
    let mut all_good = true;
    for field in spec.list("hosts") {
        let host = field.as_str().unwrap_or_default();
        let name = if at_gateway && by_server_name { hosts::server_name(host) } else { hosts::wildcard_name(host) };
        match name {
            Err(_) if cidr::is_address(host) => {}
            Err(why) => {
                problems.error(field, why);
                all_good = false;
            }
            Ok(()) if host == "*" && !at_gateway => {
                problems.error(
                    field,
                    "the host `*` is only for gateways; in the mesh it would take the requests of every service",
                );
                all_good = false;
            }
            Ok(()) => {}
        }
    }
    if all_good {
        overlapping(spec, problems);
    }
}

/// Hosts of which one means what another means too. Sorted by their ends, those that overlap stand beside each other.
fn overlapping<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let mut ends: Vec<(Vec<u8>, bool, Field<'w>)> = spec
        .list("hosts")
        .filter_map(|field| {
            let host = field.as_str()?;
            let end: Vec<u8> = host.strip_prefix('*').unwrap_or(host).bytes().rev().collect();
            Some((end, !host.starts_with('*'), field))
        })
        .collect();
    ends.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let mut around: Vec<&(Vec<u8>, bool, Field<'w>)> = Vec::new();
    for entry in &ends {
        let covers = |wider: &(Vec<u8>, bool, Field<'w>)| {
            if wider.1 { wider.0 == entry.0 } else { entry.0.starts_with(&wider.0) }
        };
        while around.last().is_some_and(|wider| !covers(wider)) {
            around.pop();
        }
        if let Some(wider) = around.last() {
            let (host, other) = (entry.2.as_str().unwrap_or_default(), wider.2.as_str().unwrap_or_default());
            problems.error(entry.2, format!("the hosts `{host}` and `{other}` overlap"));
        }
        around.push(entry);
    }
}

/// The hosts of a VirtualService, as server names are held to them.
struct Hosts<'w> {
    exact: HashSet<&'w str>,
    wildcards: Vec<&'w str>,
    /// Whether the mesh is not named among the gateways, so that server names may be those that Istio makes.
    at_gateway: bool,
}

impl<'w> Hosts<'w> {
    fn of(spec: Field<'w>) -> Hosts<'w> {
        let (wildcards, exact) = spec.texts("hosts").partition::<Vec<_>, _>(|host| host.starts_with('*'));
        let at_gateway = spec.texts("gateways").all(|gateway| gateway != "mesh");
        Hosts { exact: exact.into_iter().collect(), wildcards, at_gateway }
    }

    /// Whether one of the hosts is, or contains, the name.
    fn cover(&self, name: &str) -> bool {
        self.exact.contains(name) || self.wildcards.iter().any(|host| mesh::host::covers(host, name))
    }
}

fn tls_route<'w>(hosts: &Hosts<'w>, route: Field<'w>, author: Author, problems: &mut Problems<'w>) {
    if route.list("match").len() == 0 {
        problems.error(route, "a TLS route must say by `match` which server names it is for");
    }
    for matched in objects(route, "match") {
        if matched.list("sniHosts").len() == 0 {
            problems.error(matched, "a match of a TLS route needs `sniHosts`");
        }
        for field in matched.list("sniHosts") {
            server_name(hosts, field, problems);
        }
        connection(matched, problems);
    }
    required_destinations(route, author, problems);
}

fn server_name<'w>(known: &Hosts<'w>, field: Field<'w>, problems: &mut Problems<'w>) {
    let name = field.as_str().unwrap_or_default();
    let judged = if known.at_gateway { hosts::server_name(name) } else { hosts::wildcard_name(name) };
    match judged {
        Err(_) if cidr::is_address(name) => {
            problems.warning(
                field,
                format!("`sniHosts` has the address `{name}`, and clients send no addresses as server names"),
            );
        }
        Err(why) => problems.error(field, why),
        Ok(()) if !known.cover(name) => {
            problems
                .error(field, format!("`sniHosts` has `{name}`, which is none of the hosts of the virtual service"));
        }
        Ok(()) => {}
    }
}

fn tcp_route<'w>(route: Field<'w>, author: Author, problems: &mut Problems<'w>) {
    for matched in objects(route, "match") {
        connection(matched, problems);
    }
    required_destinations(route, author, problems);
}

fn required_destinations<'w>(route: Field<'w>, author: Author, problems: &mut Problems<'w>) {
    if route.list("route").len() == 0 {
        problems.error(route, "the route has no destination");
    }
    destination::check_weighted(route, author, problems);
}

/// What connections are matched by, whether TLS or TCP.
fn connection<'w>(matched: Field<'w>, problems: &mut Problems<'w>) {
    for subnet in matched.list("destinationSubnets") {
        problems.judge(subnet, cidr::address_or_range(subnet.as_str().unwrap_or_default()));
    }
    ports::check_optional(matched, "port", problems);
    selectors::labels(matched, "sourceLabels", problems);
    gateway_names::check(matched, problems);
}
