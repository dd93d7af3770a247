//! Listeners and addresses of gateways.

use std::collections::HashSet;

use mesh::Field;

use super::super::problem::Problems;
use super::super::subject::Subject;
use super::super::{cidr, selectors};
use super::{host_name, objects, text_or};

pub(super) fn check_gateway<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    listeners(subject.spec(), problems);
    addresses(subject.spec(), problems);
    let infrastructure = subject.spec().get("infrastructure");
    let names = ["labels", "annotations"].into_iter();
    for (name, field) in infrastructure.into_iter().flat_map(|made| names.clone().flat_map(move |map| made.map(map))) {
        problems.judge(field, selectors::key(name));
    }
}

pub(super) fn check_listener_set<'w>(subject: Subject<'w>, problems: &mut Problems<'w>) {
    listeners(subject.spec(), problems);
}

fn listeners<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let mut seen = HashSet::new();
    for listener in objects(spec, "listeners") {
        self::listener(listener, problems);
        let (port, protocol) = (listener.integer("port"), listener.text("protocol"));
        let hostname = listener.get("hostname").and_then(Field::as_str);
        if !seen.insert((port, protocol, hostname)) {
            let host = hostname.map_or_else(|| "any host".to_owned(), |host| format!("the host `{host}`"));
            let port = port.unwrap_or_default();
            problems
                .error(listener, format!("two listeners are for the port {port}, the protocol {protocol} and {host}"));
        }
    }
}

fn listener<'w>(listener: Field<'w>, problems: &mut Problems<'w>) {
    let protocol = listener.text("protocol");
    let tls = listener.get("tls");
    match (protocol, tls) {
        ("HTTP" | "TCP" | "UDP", Some(tls)) => {
            problems.error(tls, format!("the protocol {protocol} is without TLS, and the listener has `tls`"));
        }
        ("HTTPS", Some(tls)) if text_or(tls, "mode", "Terminate") != "Terminate" => {
            problems.error(
                tls.get("mode").unwrap_or(tls),
                "the protocol HTTPS is routed by what is inside TLS, so its mode is Terminate",
            );
        }
        ("TLS", None) => problems.error(listener, "the protocol TLS needs `tls`"),
        _ => {}
    }
    if let Some(hostname) = listener.get("hostname").filter(|_| matches!(protocol, "TCP" | "UDP")) {
        problems.error(hostname, format!("the protocol {protocol} knows no host names, and the listener has one"));
    }
    if let Some(tls) = tls
        && text_or(tls, "mode", "Terminate") == "Terminate"
        && tls.list("certificateRefs").len() == 0
        && tls.map("options").next().is_none()
    {
        problems.error(tls, "the mode Terminate needs `certificateRefs` or `options`");
    }
}

fn addresses<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let mut seen = HashSet::new();
    for address in objects(spec, "addresses") {
        let kind = text_or(address, "type", "IPAddress");
        let Some(field) = address.get("value") else { continue };
        let value = address.text("value");
        let good = match kind {
            "IPAddress" => cidr::address(value),
            "Hostname" if value.is_empty() => Ok(()),
            "Hostname" => host_name(value),
            _ => Ok(()),
        };
        problems.judge(field, good);
        if matches!(kind, "IPAddress" | "Hostname") && !seen.insert((kind, value)) {
            problems.error(field, format!("the address `{value}` is given twice"));
        }
    }
}
