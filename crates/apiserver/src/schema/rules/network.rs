//! Services and ingresses.

use serde_json::{Value, json};

use super::names;
use super::pod::{check_port, one_of};
use crate::registry::FieldError;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn check_service(object: &Value, errors: &mut Vec<FieldError>) {
    let spec = &object["spec"];
    if !spec.is_object() {
        errors.push(FieldError::required("spec", ""));
        return;
    }
    let ty = text(&spec["type"]);
    one_of(&spec["type"], "spec.type", &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], errors);
    one_of(&spec["sessionAffinity"], "spec.sessionAffinity", &["ClientIP", "None"], errors);
    let ports = list(&spec["ports"]);
    let headless = text(&spec["clusterIP"]) == "None";
    if ports.is_empty() && !headless && ty != "ExternalName" {
        errors.push(FieldError::required("spec.ports", ""));
    }
    if ty == "ExternalName" {
        let name = text(&spec["externalName"]);
        if name.is_empty() {
            errors.push(FieldError::required("spec.externalName", ""));
        } else if let Some(problem) = names::dns_subdomain(name.trim_end_matches('.')) {
            errors.push(FieldError::invalid("spec.externalName", &spec["externalName"], &problem));
        }
    }
    if headless && matches!(ty, "NodePort" | "LoadBalancer") {
        let why = format!("may not be set to 'None' for {ty} services");
        errors.push(FieldError::invalid("spec.clusterIPs[0]", &json!("None"), &why));
    }
    let address = text(&spec["clusterIP"]);
    if !matches!(address, "" | "None") && address.parse::<std::net::IpAddr>().is_err() {
        errors.push(FieldError::invalid(
            "spec.clusterIPs",
            &json!([address]),
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ));
    }
    super::metadata::check_labels(&spec["selector"], "spec.selector", errors);
    check_service_ports(ports, errors);
}

fn check_service_ports(ports: &[Value], errors: &mut Vec<FieldError>) {
    let mut seen_names: Vec<&str> = Vec::new();
    let mut seen: Vec<(&Value, &Value)> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let path = format!("spec.ports[{index}]");
        let name = text(&port["name"]);
        if name.is_empty() {
            if ports.len() > 1 {
                errors.push(FieldError::required(&format!("{path}.name"), ""));
            }
        } else {
            if let Some(problem) = names::dns_label(name) {
                errors.push(FieldError::invalid(&format!("{path}.name"), &port["name"], &problem));
            }
            if seen_names.contains(&name) {
                errors.push(FieldError::duplicate(&format!("{path}.name"), &port["name"]));
            }
            seen_names.push(name);
        }
        check_port(&port["port"], &format!("{path}.port"), errors);
        check_port(&port["targetPort"], &format!("{path}.targetPort"), errors);
        one_of(&port["protocol"], &format!("{path}.protocol"), &["SCTP", "TCP", "UDP"], errors);
        let key = (&port["protocol"], &port["port"]);
        if seen.contains(&key) {
            let shown = json!({"port": port["port"], "protocol": port["protocol"]});
            errors.push(FieldError::duplicate(&path, &shown));
        }
        seen.push(key);
    }
}

/// An update that leaves out what was assigned keeps it, unless the type changes to one without it.
pub(super) fn carry_over(old: &Value, new: &mut Value) {
    let Some(spec) = new.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    let (old_spec, ty) = (&old["spec"], text(&spec["type"]).to_owned());
    let was_external = text(&old_spec["type"]) == "ExternalName";
    if ty == "ExternalName" || was_external {
        return;
    }
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let empty = text(&spec[field]).is_empty() && list(&spec[field]).is_empty();
        // A changed address is for validation to refuse; the list follows the single field.
        if empty && !old_spec[field].is_null() && (field != "clusterIPs" || spec["clusterIP"] == old_spec["clusterIP"])
        {
            spec[field] = old_spec[field].clone();
        }
    }
    if matches!(ty.as_str(), "NodePort" | "LoadBalancer") {
        for port in spec["ports"].as_array_mut().into_iter().flatten() {
            let same = |other: &&Value| {
                other["port"] == port["port"] && (other["protocol"] == port["protocol"] || port["protocol"].is_null())
            };
            if port["nodePort"].is_null()
                && let Some(number) = list(&old_spec["ports"]).iter().find(same).map(|other| other["nodePort"].clone())
                && !number.is_null()
            {
                port["nodePort"] = number;
            }
        }
    }
}

pub(super) fn check_ingress(object: &Value, errors: &mut Vec<FieldError>) {
    let spec = &object["spec"];
    if list(&spec["rules"]).is_empty() && spec["defaultBackend"].is_null() {
        let why = "either `defaultBackend` or `rules` must be specified";
        errors.push(FieldError::invalid("spec", spec, why));
    }
    check_backend(&spec["defaultBackend"], "spec.defaultBackend", errors);
    for (index, rule) in list(&spec["rules"]).iter().enumerate() {
        let host = text(&rule["host"]);
        if !host.is_empty()
            && let Some(problem) = names::dns_subdomain(host.strip_prefix("*.").unwrap_or(host))
        {
            errors.push(FieldError::invalid(&format!("spec.rules[{index}].host"), &rule["host"], &problem));
        }
        for (number, http_path) in list(&rule["http"]["paths"]).iter().enumerate() {
            let path = format!("spec.rules[{index}].http.paths[{number}]");
            let ty = text(&http_path["pathType"]);
            if ty.is_empty() {
                if http_path["pathType"].is_string() {
                    errors.push(FieldError::required(&format!("{path}.pathType"), "pathType must be specified"));
                }
            } else {
                one_of(
                    &http_path["pathType"],
                    &format!("{path}.pathType"),
                    &["Exact", "ImplementationSpecific", "Prefix"],
                    errors,
                );
            }
            if matches!(ty, "Exact" | "Prefix") && !text(&http_path["path"]).starts_with('/') {
                errors.push(FieldError::invalid(
                    &format!("{path}.path"),
                    &http_path["path"],
                    "must be an absolute path",
                ));
            }
            check_backend(&http_path["backend"], &format!("{path}.backend"), errors);
        }
    }
}

fn check_backend(backend: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let Some(fields) = backend.as_object() else { return };
    if fields.contains_key("resource") && fields.contains_key("service") {
        errors.push(FieldError::invalid(path, &json!(""), "cannot set both resource and service backends"));
    } else if let Some(service) = fields.get("service") {
        if service["port"]["name"].is_null() && service["port"]["number"].is_null() {
            errors.push(FieldError::required(path, "port name or number is required"));
        }
    } else if !fields.contains_key("resource") {
        errors.push(FieldError::required(path, "resource or service backend is required"));
    }
}
