//! Sidecar: what the proxies of workloads accept, and what they know of the mesh.

use std::collections::{HashMap, HashSet};

use mesh::Field;

use super::super::hosts::{self, Listener};
use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{cidr, ports, selectors};
use super::{connection_pool, destination, listener_tls, objects, says, socket};

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    selectors::workloads(spec, "workloadSelector", "labels", problems);
    let parts = ["outboundTrafficPolicy", "inboundConnectionPool"];
    if !says(spec, "egress") && !says(spec, "ingress") && parts.iter().all(|name| spec.get(name).is_none()) {
        problems.error(spec, "the sidecar says nothing");
    }
    let mut numbers = HashSet::new();
    for listener in objects(spec, "ingress") {
        ingress(listener, &mut numbers, problems);
    }
    if let Some(pool) = spec.get("inboundConnectionPool") {
        connection_pool::check(pool, problems);
    }
    egress(subject, problems);
    if let Some(policy) = spec.get("outboundTrafficPolicy") {
        outbound(policy, problems);
    }
}

/// Number, name, protocol and address of a listener.
fn port<'w>(listener: Field<'w>, port: Field<'w>, problems: &mut Problems<'w>) {
    if let Some(name) = port.get("name").filter(|_| says(port, "name")) {
        problems.judge(name, ports::name(port.text("name")));
    }
    if let Some(field) = port.get("targetPort").filter(|_| says(port, "targetPort")) {
        problems.error(field, "`targetPort` does nothing in a sidecar");
    }
    problems.judge(port.get("protocol").unwrap_or(port), ports::protocol(port.text("protocol")));
    let bind = listener.text("bind");
    if let Some(field) = listener.get("bind").filter(|_| !bind.is_empty() && !bind.starts_with(socket::PREFIX)) {
        problems.judge(field, cidr::address(bind));
    }
}

fn ingress<'w>(listener: Field<'w>, numbers: &mut HashSet<i64>, problems: &mut Problems<'w>) {
    let Some(port) = listener.get("port") else {
        return problems.error(listener, "a listener of `ingress` needs a port");
    };
    self::port(listener, port, problems);
    ports::check_required(port, "number", problems);
    if let Some(bind) = listener.get("bind").filter(|_| listener.text("bind").starts_with(socket::PREFIX)) {
        problems.error(bind, "a listener of `ingress` is bound to an address, not to a socket");
    }
    unique(port, numbers, problems);
    default_endpoint(listener, problems);
    let protocol = port.text("protocol");
    if let Some(tls) = listener.get("tls") {
        let unsupported = ["subjectAltNames", "httpsRedirect", "credentialName", "credentialNames", "tlsCertificates"];
        for name in unsupported.into_iter().filter(|name| says(tls, name)) {
            problems.error(tls.get(name).unwrap_or(tls), format!("`{name}` is not supported in a sidecar"));
        }
        let mode = tls.text("mode");
        if let Some(field) = tls.get("mode").filter(|_| matches!(mode, "ISTIO_MUTUAL" | "AUTO_PASSTHROUGH")) {
            problems.error(field, format!("the mode {mode} is not supported in a sidecar"));
        }
        if !ports::is_tls(protocol) {
            problems.error(tls, format!("the protocol `{protocol}` is without TLS, and the listener has `tls`"));
        }
        listener_tls::check(tls, problems);
    }
    let Some(pool) = listener.get("connectionPool") else { return };
    connection_pool::check(pool, problems);
    if let Some(http) = pool.get("http").filter(|_| !ports::is_http(protocol)) {
        problems
            .warning(http, format!("the protocol of the port is `{protocol}`, so the settings for HTTP do nothing"));
    }
}

fn unique<'w>(port: Field<'w>, numbers: &mut HashSet<i64>, problems: &mut Problems<'w>) {
    let number = port.integer("number").unwrap_or_default();
    if !numbers.insert(number) {
        problems.error(port.get("number").unwrap_or(port), format!("two listeners have the port {number}"));
    }
}

/// Where an ingress listener passes connections to: a port of the workload itself, or a socket.
fn default_endpoint<'w>(listener: Field<'w>, problems: &mut Problems<'w>) {
    let endpoint = listener.text("defaultEndpoint");
    let Some(field) = listener.get("defaultEndpoint").filter(|_| !endpoint.is_empty()) else { return };
    if let Some(path) = endpoint.strip_prefix(socket::PREFIX) {
        return problems.judge(field, socket::check(path));
    }
    match cidr::host_and_port(endpoint) {
        Err(why) => problems.error(field, why),
        Ok((host, port)) => {
            if !matches!(host, "" | "127.0.0.1" | "0.0.0.0" | "::1" | "::") {
                problems
                    .error(field, format!("`defaultEndpoint` leads to `{host}`, and must lead to the workload itself"));
            }
            match port.parse() {
                Ok(number) => problems.judge(field, ports::number(number)),
                Err(_) => problems.error(field, format!("`defaultEndpoint` has the port `{port}`, which is no number")),
            }
        }
    }
}

fn egress<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    let (mut numbers, mut sockets) = (HashSet::new(), HashSet::new());
    let count = spec.list("egress").len();
    for (index, listener) in spec.list("egress").enumerate().filter(|(_, listener)| listener.value().is_object()) {
        match listener.get("port") {
            None if index + 1 < count => {
                problems
                    .error(listener, "the listener without a port is for everything else, and must be the last one");
            }
            None => {}
            Some(port) => {
                self::port(listener, port, problems);
                if port.integer("number").unwrap_or_default() == 0 {
                    egress_socket(listener, &mut sockets, problems);
                } else {
                    ports::check_required(port, "number", problems);
                    unique(port, &mut numbers, problems);
                    if let Some(bind) =
                        listener.get("bind").filter(|_| listener.text("bind").starts_with(socket::PREFIX))
                    {
                        problems.error(bind, "a listener with a port is bound to an address, not to a socket");
                    }
                }
            }
        }
        if listener.list("hosts").len() == 0 {
            problems.error(listener, "a listener of `egress` needs hosts");
        }
        egress_hosts(listener, subject.namespace, problems);
    }
}

fn egress_socket<'w>(listener: Field<'w>, sockets: &mut HashSet<&'w str>, problems: &mut Problems<'w>) {
    let bind = listener.text("bind");
    let field = listener.get("bind").unwrap_or(listener);
    match bind.strip_prefix(socket::PREFIX) {
        Some(path) => problems.judge(field, socket::check(path)),
        None => problems.error(field, "a listener with the port 0 must be bound to a socket: `unix://…`"),
    }
    if listener.text("captureMode") == "IPTABLES" {
        problems
            .error(listener.get("captureMode").unwrap_or(listener), "iptables cannot capture what goes to a socket");
    }
    if !sockets.insert(bind) {
        problems.error(field, format!("two listeners are bound to `{bind}`"));
    }
}

fn egress_hosts<'w>(listener: Field<'w>, own: &'w str, problems: &mut Problems<'w>) {
    let mut known: HashMap<&str, HashSet<&str>> = HashMap::new();
    for field in listener.list("hosts") {
        let host = field.as_str().unwrap_or_default();
        for why in hosts::of_listener(host, Listener::Sidecar) {
            problems.error(field, why);
        }
        let Some((namespace, name)) = host.split_once('/').filter(|(namespace, _)| !namespace.starts_with('~')) else {
            continue;
        };
        let of_namespace = known.entry(if namespace == "." { own } else { namespace }).or_default();
        let repeated = match name {
            "*" => !of_namespace.is_empty(),
            name => of_namespace.contains("*") || of_namespace.contains(name),
        };
        if repeated {
            problems.warning(field, format!("the host `{host}` is among the others already"));
        }
        of_namespace.insert(name);
    }
    if known.len() > 1
        && known.get("*").is_some_and(|names| names.contains("*"))
        && let Some(hosts) = listener.get("hosts")
    {
        problems.warning(hosts, "`*/*` is every host, so the others add nothing");
    }
}

fn outbound<'w>(policy: Field<'w>, problems: &mut Problems<'w>) {
    let Some(proxy) = policy.get("egressProxy") else { return };
    if policy.text("mode") != "ALLOW_ANY" {
        return problems.error(proxy, "`egressProxy` needs the mode ALLOW_ANY");
    }
    problems.judge(proxy.get("host").unwrap_or(proxy), hosts::full_name(proxy.text("host")));
    if proxy.get("port").is_none() {
        return problems.error(proxy, "`egressProxy` needs a port");
    }
    destination::check(proxy, problems);
}
