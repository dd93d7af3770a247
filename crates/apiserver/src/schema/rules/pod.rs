//! Pod specs.

use serde_json::{Value, json};

use super::names;
use crate::registry::FieldError;
use crate::schema::quantity;

/// Checks the pod spec that stands at `path`.
pub(super) fn check(spec: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if !spec.is_object() {
        return;
    }
    one_of(&spec["restartPolicy"], &format!("{path}.restartPolicy"), &["Always", "OnFailure", "Never"], errors);
    one_of(
        &spec["dnsPolicy"],
        &format!("{path}.dnsPolicy"),
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
        errors,
    );
    let volumes = check_volumes(&spec["volumes"], &format!("{path}.volumes"), errors);
    if list(&spec["containers"]).is_empty() && (spec["containers"].is_array() || spec["containers"].is_null()) {
        // The schema reports an absent list; an empty one is as bad.
        if spec["containers"].is_array() {
            errors.push(FieldError::required(&format!("{path}.containers"), ""));
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for field in ["initContainers", "containers"] {
        for (index, container) in list(&spec[field]).iter().enumerate() {
            let path = format!("{path}.{field}[{index}]");
            check_container(container, &path, &volumes, errors);
            let name = text(&container["name"]);
            if !name.is_empty() && seen.contains(&name) {
                errors.push(FieldError::duplicate(&format!("{path}.name"), &container["name"]));
            }
            seen.push(name);
        }
    }
    if let Some(seconds) = spec["terminationGracePeriodSeconds"].as_i64().filter(|&seconds| seconds < 0) {
        let field = format!("{path}.terminationGracePeriodSeconds");
        errors.push(FieldError::invalid(&field, &json!(seconds), "must be greater than or equal to 0"));
    }
    let account = text(&spec["serviceAccountName"]);
    if !account.is_empty()
        && let Some(problem) = names::dns_subdomain(account)
    {
        errors.push(FieldError::invalid(&format!("{path}.serviceAccountName"), &spec["serviceAccountName"], &problem));
    }
    super::metadata::check_labels(&spec["nodeSelector"], &format!("{path}.nodeSelector"), errors);
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Reports a value that is given and not among `allowed`.
pub(super) fn one_of(value: &Value, path: &str, allowed: &[&str], errors: &mut Vec<FieldError>) {
    if value.as_str().is_some_and(|text| !allowed.contains(&text)) {
        let allowed: Vec<Value> = allowed.iter().map(|&name| name.into()).collect();
        errors.push(FieldError::not_supported(path, value, &allowed));
    }
}

/// The names of the volumes; reports bad and repeated ones.
fn check_volumes<'a>(volumes: &'a Value, path: &str, errors: &mut Vec<FieldError>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for (index, volume) in list(volumes).iter().enumerate() {
        let path = format!("{path}[{index}]");
        let name = text(&volume["name"]);
        check_label(name, &volume["name"], &format!("{path}.name"), errors);
        if seen.contains(&name) && !name.is_empty() {
            errors.push(FieldError::duplicate(&format!("{path}.name"), &volume["name"]));
        }
        seen.push(name);
        let sources: Vec<&String> =
            volume.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| *key != "name").collect();
        if sources.len() > 1 {
            // All sources but the first are too many.
            for source in &sources[1..] {
                errors.push(FieldError::forbidden(
                    &format!("{path}.{source}"),
                    "may not specify more than 1 volume type",
                ));
            }
        }
    }
    seen
}

fn check_label(name: &str, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if name.is_empty() {
        // An absent required field is the schema's to report.
        if value.is_string() {
            errors.push(FieldError::required(path, ""));
        }
    } else if let Some(problem) = names::dns_label(name) {
        errors.push(FieldError::invalid(path, value, &problem));
    }
}

fn check_container(container: &Value, path: &str, volumes: &[&str], errors: &mut Vec<FieldError>) {
    check_label(text(&container["name"]), &container["name"], &format!("{path}.name"), errors);
    let image = text(&container["image"]);
    if image.is_empty() {
        errors.push(FieldError::required(&format!("{path}.image"), ""));
    } else if image.trim() != image {
        errors.push(FieldError::invalid(
            &format!("{path}.image"),
            &container["image"],
            "must not have leading or trailing whitespace",
        ));
    }
    one_of(
        &container["imagePullPolicy"],
        &format!("{path}.imagePullPolicy"),
        &["Always", "IfNotPresent", "Never"],
        errors,
    );
    one_of(
        &container["terminationMessagePolicy"],
        &format!("{path}.terminationMessagePolicy"),
        &["File", "FallbackToLogsOnError"],
        errors,
    );
    check_ports(&container["ports"], &format!("{path}.ports"), errors);
    for (index, variable) in list(&container["env"]).iter().enumerate() {
        let path = format!("{path}.env[{index}]");
        let name = text(&variable["name"]);
        if name.is_empty() && variable["name"].is_string() {
            errors.push(FieldError::required(&format!("{path}.name"), ""));
        }
        let source = variable["valueFrom"].as_object();
        if source.is_some_and(|source| source.is_empty()) {
            let field = format!("{path}.valueFrom");
            errors.push(FieldError::invalid(&field, &json!(""), "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
        }
        if source.is_some() && !text(&variable["value"]).is_empty() {
            errors.push(FieldError::invalid(
                &format!("{path}.valueFrom"),
                &json!(""),
                "may not be specified when `value` is not empty",
            ));
        }
    }
    let mut paths: Vec<&str> = Vec::new();
    for (index, mount) in list(&container["volumeMounts"]).iter().enumerate() {
        let path = format!("{path}.volumeMounts[{index}]");
        let name = text(&mount["name"]);
        if name.is_empty() {
            if mount["name"].is_string() {
                errors.push(FieldError::required(&format!("{path}.name"), ""));
            }
        } else if !volumes.contains(&name) {
            errors.push(FieldError::new("FieldValueNotFound", &format!("{path}.name"), format!("Not found: {name:?}")));
        }
        let mount_path = text(&mount["mountPath"]);
        if paths.contains(&mount_path) && !mount_path.is_empty() {
            errors.push(FieldError::invalid(&format!("{path}.mountPath"), &mount["mountPath"], "must be unique"));
        }
        paths.push(mount_path);
    }
    check_resources(&container["resources"], &format!("{path}.resources"), errors);
    for (probe, success) in
        [("livenessProbe", Success::Once), ("readinessProbe", Success::Any), ("startupProbe", Success::Once)]
    {
        check_probe(&container[probe], &format!("{path}.{probe}"), success, errors);
    }
}

/// Checks that a number is a port.
pub(super) fn check_port(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if value.as_i64().is_some_and(|number| !(1..=65_535).contains(&number)) {
        errors.push(FieldError::invalid(path, value, "must be between 1 and 65535, inclusive"));
    }
}

fn check_ports(ports: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let mut names_seen: Vec<&str> = Vec::new();
    for (index, port) in list(ports).iter().enumerate() {
        let path = format!("{path}[{index}]");
        let name = text(&port["name"]);
        if !name.is_empty() {
            for problem in names::port_name(name) {
                errors.push(FieldError::invalid(&format!("{path}.name"), &port["name"], problem));
            }
            if names_seen.contains(&name) {
                errors.push(FieldError::duplicate(&format!("{path}.name"), &port["name"]));
            }
            names_seen.push(name);
        }
        check_port(&port["containerPort"], &format!("{path}.containerPort"), errors);
        one_of(&port["protocol"], &format!("{path}.protocol"), &["SCTP", "TCP", "UDP"], errors);
    }
}

fn check_resources(resources: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let amount = |value: &Value| quantity::text_of(value).and_then(|text| quantity::nanos(&text));
    for side in ["limits", "requests"] {
        for (name, value) in resources[side].as_object().into_iter().flatten() {
            if amount(value).is_some_and(|amount| amount < 0) {
                let field = format!("{path}.{side}[{name}]");
                errors.push(FieldError::invalid(&field, value, "must be greater than or equal to 0"));
            }
        }
    }
    for (name, request) in resources["requests"].as_object().into_iter().flatten() {
        let limit = &resources["limits"][name];
        if let (Some(asked), Some(most)) = (amount(request), amount(limit))
            && asked > most
        {
            let field = format!("{path}.requests");
            let most = text(limit);
            errors.push(FieldError::invalid(
                &field,
                request,
                &format!("must be less than or equal to {name} limit of {most}"),
            ));
        }
    }
}

/// How often a probe has to succeed in a row.
#[derive(Clone, Copy, PartialEq)]
enum Success {
    Once,
    Any,
}

fn check_probe(probe: &Value, path: &str, success: Success, errors: &mut Vec<FieldError>) {
    let Some(fields) = probe.as_object() else { return };
    const HANDLERS: [&str; 4] = ["exec", "grpc", "httpGet", "tcpSocket"];
    let handlers: Vec<&str> = HANDLERS.into_iter().filter(|handler| fields.contains_key(*handler)).collect();
    match handlers.as_slice() {
        [] => errors.push(FieldError::required(path, "must specify a handler type")),
        [_] => {}
        [_, others @ ..] => errors.extend(others.iter().map(|other| {
            FieldError::forbidden(&format!("{path}.{other}"), "may not specify more than 1 handler type")
        })),
    }
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        if probe[field].as_i64().is_some_and(|number| number < 0) {
            errors.push(FieldError::invalid(
                &format!("{path}.{field}"),
                &probe[field],
                "must be greater than or equal to 0",
            ));
        }
    }
    if success == Success::Once && probe["successThreshold"].as_i64().is_some_and(|number| number != 1) {
        errors.push(FieldError::invalid(&format!("{path}.successThreshold"), &probe["successThreshold"], "must be 1"));
    }
    for handler in ["httpGet", "tcpSocket", "grpc"] {
        check_port(&probe[handler]["port"], &format!("{path}.{handler}.port"), errors);
    }
}
