//! ServiceEntry: a service that no registry knows.

use std::collections::HashSet;

use mesh::{Field, Protocol};

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{cidr, hosts, ports, selectors};
use super::export_to::{self, Exported};
use super::workload_entry::{self, Address};
use super::{objects, says, socket};

/// Turns off that Istio gives a service an address.
const ALLOCATE: &str = "networking.istio.io/enable-autoallocate-ip";
/// Names the waypoint that a service uses.
const WAYPOINT: &str = "istio.io/use-waypoint";

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    let resolution = match spec.text("resolution") {
        "" => "NONE",
        resolution => resolution,
    };
    selectors::workloads(spec, "workloadSelector", "labels", problems);
    if let (Some(_), Some(endpoints)) = (spec.get("workloadSelector"), spec.get("endpoints")) {
        problems.error(endpoints, "a service entry can have `workloadSelector` or `endpoints`, not both");
    }
    service_hosts(spec, resolution, problems);
    for address in spec.list("addresses") {
        let text = address.as_str().unwrap_or_default();
        problems.judge(address, cidr::address_or_range(text));
        if text.contains('/') && !matches!(resolution, "NONE" | "STATIC") {
            problems.error(
                address,
                format!("the resolution {resolution} takes no ranges such as `{text}`; NONE and STATIC do"),
            );
        }
    }
    service_ports(subject, resolution, problems);
    match resolution {
        "NONE" => without_resolution(spec, problems),
        "STATIC" => static_endpoints(spec, problems),
        "DNS" | "DNS_ROUND_ROBIN" => named_endpoints(spec, resolution, problems),
        "DYNAMIC_DNS" => dynamic(subject, problems),
        // The schema knows no other.
        _ => {}
    }
    several_hosts(spec, resolution, problems);
    export_to::check(subject, Exported::ServiceEntry, problems);
}

fn service_hosts<'w>(spec: Field<'w>, resolution: &str, problems: &mut Problems<'w>) {
    if spec.list("hosts").len() == 0 {
        problems.error(spec.get("hosts").unwrap_or(spec), "the service entry has no host");
    }
    for field in spec.list("hosts") {
        let host = field.as_str().unwrap_or_default();
        if host == "*" {
            problems.error(field, "the host `*` would be every service");
            continue;
        }
        problems.judge(field, hosts::wildcard_name(host));
        if let (Err(why), true) = (hosts::whole_wildcard(host), resolution != "DYNAMIC_DNS") {
            problems.warning(field, why);
        }
    }
}

fn service_ports<'w>(subject: Subject<'w>, resolution: &str, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    let switched_off = subject.root.at(&["metadata", "labels", ALLOCATE]).and_then(Field::as_str);
    let gets_address = resolution != "NONE" && !switched_off.is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let has_address = gets_address || says(spec, "addresses");
    let (mut names, mut numbers) = (HashSet::new(), HashSet::new());
    for port in objects(spec, "ports") {
        let (name, protocol) = (port.text("name"), port.text("protocol"));
        let field = port.get("name").unwrap_or(port);
        if !names.insert(name) {
            problems.error(field, format!("two ports are named `{name}`"));
        }
        let number = port.integer("number").unwrap_or_default();
        if !numbers.insert(number) {
            problems.error(port.get("number").unwrap_or(port), format!("two ports have the number {number}"));
        }
        ports::check_given(port, "targetPort", problems);
        if !has_address && matches!(protocol, "" | "TCP") {
            let message =
                format!("the port {number} carries TCP, which is told apart only by `addresses`, and there is none");
            problems.warning(port, message);
        }
        problems.judge(field, ports::name(name));
        problems.judge(port.get("protocol").unwrap_or(port), ports::protocol(protocol));
        ports::check_required(port, "number", problems);
    }
}

fn without_resolution<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(endpoints) = spec.get("endpoints") {
        problems.error(endpoints, "the resolution NONE goes to where the caller wanted, and takes no endpoints");
    }
    if let Some(selector) = spec.get("workloadSelector") {
        problems.warning(selector, "the resolution NONE goes to where the caller wanted, and selects no workloads");
    }
}

fn static_endpoints<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let names = port_names(spec);
    for endpoint in objects(spec, "endpoints") {
        workload_entry::check_workload(endpoint, Address::Static, problems);
        known_ports(&names, endpoint, problems);
        let is_socket = endpoint.text("address").starts_with(socket::PREFIX);
        if let (true, Some(field)) = (is_socket && spec.list("ports").len() != 1, endpoint.get("address")) {
            problems.error(field, "a service whose endpoint is a socket has exactly one port");
        }
    }
}

fn named_endpoints<'w>(spec: Field<'w>, resolution: &str, problems: &mut Problems<'w>) {
    if spec.list("endpoints").len() == 0 {
        let unresolved = spec.list("hosts").find(|host| hosts::full_name(host.as_str().unwrap_or_default()).is_err());
        if let Some(host) = unresolved {
            let name = host.as_str().unwrap_or_default();
            problems.error(host, format!("the resolution {resolution} asks for the address of `{name}`, which is no full name; name endpoints"));
        }
    }
    if let (Some(endpoints), 2..) = (spec.get("endpoints"), spec.list("endpoints").len())
        && resolution == "DNS_ROUND_ROBIN"
    {
        problems.error(endpoints, "the resolution DNS_ROUND_ROBIN takes one endpoint");
    }
    let names = port_names(spec);
    for endpoint in objects(spec, "endpoints") {
        let address = endpoint.text("address");
        if !cidr::is_address(address) && hosts::full_name(address).is_err() {
            let field = endpoint.get("address").unwrap_or(endpoint);
            problems.error(field, format!("the address `{address}` is neither an IP address nor a host name"));
        }
        selectors::labels(endpoint, "labels", problems);
        workload_entry::check_ports(endpoint, problems);
        known_ports(&names, endpoint, problems);
    }
    let connections = |protocol: &str| {
        use Protocol::{Https, Mongo, MySql, Redis, Tcp, Tls};
        matches!(Protocol::named(protocol), Some(Tcp | Https | Tls | Mongo | MySql | Redis))
    };
    if let (Some(hosts), 2..) = (spec.get("hosts"), spec.list("hosts").len())
        && says(spec, "addresses")
        && objects(spec, "ports").any(|port| connections(port.text("protocol")))
    {
        problems.warning(hosts, "several hosts with the same addresses cannot be told apart on a port for TCP");
    }
}

/// The names of the service's ports.
fn port_names<'w>(spec: Field<'w>) -> HashSet<&'w str> {
    objects(spec, "ports").map(|port| port.text("name")).collect()
}

/// The ports of an endpoint are those of the service.
fn known_ports<'w>(ports: &HashSet<&str>, endpoint: Field<'w>, problems: &mut Problems<'w>) {
    for (name, field) in endpoint.map("ports") {
        if !ports.contains(name) {
            problems.error(field, format!("the endpoint has a port `{name}`, and the service has none of that name"));
        }
    }
}

fn dynamic<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    for host in spec.list("hosts").filter(|host| host.as_str().is_some_and(|host| !host.starts_with('*'))) {
        let name = host.as_str().unwrap_or_default();
        problems.error(host, format!("the resolution DYNAMIC_DNS is for wildcards, and `{name}` is none"));
    }
    for name in ["addresses", "endpoints"].into_iter().filter(|name| says(spec, name)) {
        problems.error(
            spec.get(name).unwrap_or(spec),
            format!("the resolution DYNAMIC_DNS asks for the host of each request, and takes no `{name}`"),
        );
    }
    for port in objects(spec, "ports") {
        let protocol = port.text("protocol");
        let routed = matches!(
            Protocol::named(protocol),
            Some(Protocol::Http | Protocol::Tls | Protocol::Grpc | Protocol::Http2)
        );
        if !routed {
            let field = port.get("protocol").unwrap_or(port);
            problems.error(
                field,
                format!("the resolution DYNAMIC_DNS is for HTTP, HTTP2, GRPC and TLS, not for `{protocol}`"),
            );
        }
    }
    let waypoint = subject.root.at(&["metadata", "labels", WAYPOINT]).and_then(Field::as_str).unwrap_or_default();
    if let Some(location) = spec.get("location").filter(|_| spec.text("location") == "MESH_INTERNAL")
        && !waypoint.is_empty()
        && !waypoint.eq_ignore_ascii_case("none")
    {
        problems.error(location, "the resolution DYNAMIC_DNS with a waypoint is for MESH_EXTERNAL");
    }
}

/// Several hosts must be told apart by what a connection says.
fn several_hosts<'w>(spec: Field<'w>, resolution: &str, problems: &mut Problems<'w>) {
    if resolution == "NONE" || spec.list("hosts").len() < 2 {
        return;
    }
    let told_apart = |port: &Field<'w>| ports::is_http(port.text("protocol")) || ports::is_tls(port.text("protocol"));
    if let Some(port) = objects(spec, "ports").find(|port| !told_apart(port)) {
        let number = port.integer("number").unwrap_or_default();
        problems.error(
            port,
            format!("several hosts cannot be told apart on the port {number}, which is for neither HTTP nor TLS"),
        );
    }
}
