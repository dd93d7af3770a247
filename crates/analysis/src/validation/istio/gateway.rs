//! Gateway: the servers that proxies at the edge open.

use std::collections::HashSet;

use mesh::Field;

use super::super::hosts::{self, Listener};
use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{cidr, ports};
use super::{listener_tls, objects, says, socket};

/// Set on objects that Istio makes of gateways of the Gateway API.
const SEMANTICS: &str = "internal.istio.io/gateway-semantics";

pub(super) fn check<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    let spec = subject.spec();
    let listener = match subject.annotation(SEMANTICS).and_then(Field::as_str) {
        Some("gateway") => Listener::ConvertedGateway,
        Some(_) | None => Listener::Gateway,
    };
    if listener == Listener::Gateway && !hosts::is_label(subject.name()) {
        let name = subject.root.at(&["metadata", "name"]).unwrap_or(subject.root);
        problems.error(name, format!("the gateway is named `{}`, which is no DNS label", subject.name()));
    }
    if spec.list("servers").len() == 0 {
        problems.error(spec, "the gateway has no server");
    }
    let mut names = HashSet::new();
    for server in objects(spec, "servers") {
        self::server(server, listener, problems);
        let Some(port) = server.get("port") else { continue };
        let name = port.text("name");
        if !names.insert(name) {
            problems.error(port.get("name").unwrap_or(port), format!("two servers have a port named `{name}`"));
        }
        if let Some(redirect) = server.at(&["tls", "httpsRedirect"]).filter(|field| field.value() == true)
            && !ports::is_http(port.text("protocol"))
        {
            problems.warning(
                redirect,
                format!("`httpsRedirect` answers HTTP, and the protocol is {}", port.text("protocol")),
            );
        }
    }
}

fn server<'w>(server: Field<'w>, listener: Listener, problems: &mut Problems<'w>) {
    if server.list("hosts").len() == 0 {
        problems.error(server, "the server has no host");
    }
    for host in server.list("hosts") {
        for why in hosts::of_listener(host.as_str().unwrap_or_default(), listener) {
            problems.error(host, why);
        }
    }
    let bind = server.text("bind");
    if let Some(tls) = server.get("tls") {
        listener_tls::check(tls, problems);
    }
    let Some(port) = server.get("port") else {
        return problems.error(server, "the server has no port");
    };
    let number = port.integer("number").unwrap_or_default();
    if number > 0 || !bind.starts_with(socket::PREFIX) {
        ports::check_required(port, "number", problems);
    }
    if let Some(field) = port.get("targetPort").filter(|_| says(port, "targetPort")) {
        problems.error(field, "`targetPort` does nothing in a gateway");
    }
    if port.text("name").is_empty() {
        problems.error(port, "the port has no name");
    }
    if let Some(field) = server.get("bind").filter(|_| !bind.is_empty()) {
        match bind.strip_prefix(socket::PREFIX) {
            Some(path) => {
                problems.judge(field, socket::check(path));
                if number != 0 {
                    problems.error(field, format!("a socket has no port, and the port is {number}"));
                }
            }
            None => problems.judge(field, cidr::address(bind)),
        }
    }
    protocol(server, port, problems);
}

/// The protocol, and TLS with it or without it.
fn protocol<'w>(server: Field<'w>, port: Field<'w>, problems: &mut Problems<'w>) {
    let protocol = port.text("protocol");
    let field = port.get("protocol").unwrap_or(port);
    if mesh::Protocol::named(protocol).is_none() {
        return problems.error(field, format!("the protocol `{protocol}` is none that Istio knows"));
    }
    match server.get("tls") {
        None if ports::is_tls(protocol) => {
            problems.error(server, format!("the protocol {protocol} needs `tls`"));
        }
        Some(tls) if !ports::is_tls(protocol) => {
            // A redirect to HTTPS is all that a plain server can have.
            let plain = matches!(tls.text("mode"), "" | "PASSTHROUGH" | "AUTO_PASSTHROUGH");
            let bare = ["caCertificates", "privateKey", "serverCertificate"].iter().all(|name| !says(tls, name));
            if !(ports::is_http(protocol) && plain && bare) {
                problems
                    .error(tls, format!("the protocol {protocol} is without TLS, and `tls` says more than a redirect"));
            }
        }
        Some(_) | None => {}
    }
}
