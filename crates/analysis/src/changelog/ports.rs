//! What listens where: ports of services and of containers, servers of gateways.

use std::collections::BTreeSet;

use manifest::Value;

use super::containers::pod;
use super::{Area, Told, kind, named, pairs};

pub(super) fn compare(before: &Value, after: &Value, told: &mut Told<'_>) {
    match kind(before, after) {
        "Service" => {
            told.sets(Area::Ports, "port ", &service_ports(before), &service_ports(after));
            for member in ["type", "externalTrafficPolicy", "loadBalancerClass"] {
                told.value(Area::Ports, member, &before["spec"][member], &after["spec"][member]);
            }
        }
        _ => {
            let (before, after) = (&pod(before)["containers"], &pod(after)["containers"]);
            for (name, (one, other)) in pairs(&named(before, "name"), &named(after, "name")) {
                if !one.is_null() && !other.is_null() {
                    told.sets(Area::Ports, &format!("container {name}: port "), &ports(one), &ports(other));
                }
            }
        }
    }
}

/// `443 (https, TCP) → 8443`.
fn service_ports(service: &Value) -> BTreeSet<String> {
    let text = |value: &Value| if value.is_null() { String::new() } else { super::shown(value) };
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports
        .map(|port| {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            let name = port["name"].as_str().map(|name| format!("{name}, ")).unwrap_or_default();
            let target = &port["targetPort"];
            let target = if target.is_null() { text(&port["port"]) } else { text(target) };
            format!("{} ({name}{protocol}) → {target}", text(&port["port"]))
        })
        .collect()
}

fn ports(container: &Value) -> BTreeSet<String> {
    let ports = container["ports"].as_array().into_iter().flatten();
    ports
        .map(|port| {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            format!("{} ({protocol})", super::shown(&port["containerPort"]))
        })
        .collect()
}
