//! `spec.conversion`.

use serde_json::{Value, json};

use super::names;
use super::validate::{list, text};
use crate::registry::FieldError;
use crate::schema::names::dns_subdomain;

const PATH: &str = "spec.conversion";

/// How objects get from one version to another.
pub(super) fn check(conversion: &Value, errors: &mut Vec<FieldError>) {
    let strategy = text(&conversion["strategy"]);
    match strategy {
        "" => errors.push(FieldError::required(&format!("{PATH}.strategy"), "")),
        "None" | "Webhook" => {}
        _ => errors.push(FieldError::not_supported(
            &format!("{PATH}.strategy"),
            &conversion["strategy"],
            &["None".into(), "Webhook".into()],
        )),
    }
    let webhook = &conversion["webhook"];
    if strategy == "Webhook" {
        check_client(&webhook["clientConfig"], errors);
        check_reviews(&webhook["conversionReviewVersions"], errors);
        return;
    }
    for (word, path) in
        [("clientConfig", "webhookClientConfig"), ("conversionReviewVersions", "conversionReviewVersions")]
    {
        let is_there = webhook.get(word).is_some_and(|value| value.is_object() || !list(value).is_empty());
        if is_there {
            let why = "should not be set when strategy is not set to Webhook";
            errors.push(FieldError::forbidden(&format!("{PATH}.{path}"), why));
        }
    }
}

fn check_client(client: &Value, errors: &mut Vec<FieldError>) {
    let path = format!("{PATH}.webhookClientConfig");
    let why = match (client.is_object(), client.get("url"), client.get("service")) {
        (false, ..) => "required when strategy is set to Webhook",
        (true, Some(url), None) => return check_url(text(url), &format!("{path}.url"), errors),
        (true, None, Some(service)) => return check_service(service, &format!("{path}.service"), errors),
        (true, None, None) | (true, Some(_), Some(_)) => "exactly one of url or service is required",
    };
    errors.push(FieldError::required(&path, why));
}

fn check_url(url: &str, path: &str, errors: &mut Vec<FieldError>) {
    const FORM: &str = "; desired format: https://host[/path]";
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = if scheme.is_empty() { "" } else { rest.split('/').next().unwrap_or_default() };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let mut invalid = |value: &str, why: &str| errors.push(FieldError::invalid(path, &json!(value), why));
    if scheme != "https" {
        invalid(scheme, &format!("'https' is the only allowed URL scheme{FORM}"));
    }
    if host.is_empty() {
        invalid(host, &format!("host must be specified{FORM}"));
    }
    if let Some(user) = user {
        invalid(user, "user information is not permitted in the URL");
    }
    if !fragment.is_empty() {
        invalid(fragment, "fragments are not permitted in the URL");
    }
    if !query.is_empty() {
        invalid(query, "query parameters are not permitted in the URL");
    }
}

fn check_service(service: &Value, path: &str, errors: &mut Vec<FieldError>) {
    for field in ["name", "namespace"] {
        if text(&service[field]).is_empty() {
            errors.push(FieldError::required(&format!("{path}.{field}"), ""));
        }
    }
    let port = &service["port"];
    if port.as_i64().is_some_and(|port| !(1..=65535).contains(&port)) {
        let why = "port is not valid: must be between 1 and 65535, inclusive";
        errors.push(FieldError::invalid(&format!("{path}.port"), port, why));
    }
    let given = text(&service["path"]);
    if matches!(given, "" | "/") {
        return;
    }
    let mut invalid = |why: &str| errors.push(FieldError::invalid(&format!("{path}.path"), &service["path"], why));
    if !given.starts_with('/') {
        invalid("must start with a '/'");
    }
    let inner = given.get(1..).unwrap_or_default();
    for (index, segment) in inner.strip_suffix('/').unwrap_or(inner).split('/').enumerate() {
        if segment.is_empty() {
            invalid(&format!("segment[{index}] may not be empty"));
        } else if let Some(why) = dns_subdomain(segment) {
            invalid(&format!("segment[{index}]: {why}"));
        }
    }
}

fn check_reviews(versions: &Value, errors: &mut Vec<FieldError>) {
    let path = format!("{PATH}.conversionReviewVersions");
    let given = list(versions);
    if given.is_empty() {
        errors.push(FieldError::required(&path, ""));
        return;
    }
    for (index, version) in given.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if given[..index].contains(version) {
            errors.push(FieldError::invalid(&path, version, "duplicate version"));
        } else {
            names::check_label(version, &path, errors);
        }
    }
    if !given.iter().any(|version| matches!(text(version), "v1" | "v1beta1")) {
        errors.push(FieldError::invalid(&path, versions, "must include at least one of v1, v1beta1"));
    }
}
