//! Validation of a CustomResourceDefinition itself.

use serde_json::Value;

use super::structural;
use crate::registry::FieldError;

/// Every error of a definition: its names, versions, schemas, columns and subresources.
pub fn validate(crd: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &crd["spec"];
    let names = &spec["names"];
    let (group, plural) = (text(&spec["group"]), text(&names["plural"]));
    let expected = format!("{plural}.{group}");
    if text(&crd["metadata"]["name"]) != expected {
        errors.push(FieldError::invalid(
            "metadata.name",
            &crd["metadata"]["name"],
            "must be spec.names.plural+\".\"+spec.group",
        ));
    }
    if group.is_empty() {
        errors.push(FieldError::required("spec.group", ""));
    } else if !group.contains('.') {
        errors.push(FieldError::invalid("spec.group", &spec["group"], "should be a domain with at least one dot"));
    }
    check_approval(crd, group, &mut errors);
    match text(&spec["scope"]) {
        "Namespaced" | "Cluster" => {}
        "" => errors.push(FieldError::required("spec.scope", "")),
        _ => errors.push(FieldError::not_supported(
            "spec.scope",
            &spec["scope"],
            &["Cluster".into(), "Namespaced".into()],
        )),
    }
    check_names(names, &mut errors);
    check_conversion(&spec["conversion"], &mut errors);
    let versions = list(&spec["versions"]);
    if versions.is_empty() {
        errors.push(FieldError::required("spec.versions", "must have at least one version"));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{index}]");
        let name = text(&version["name"]);
        if !is_label(name, Start::Letter) {
            errors.push(FieldError::invalid(&format!("{path}.name"), &version["name"], "must be a DNS-1035 label"));
        }
        if seen.contains(&name) {
            errors.push(FieldError::invalid("spec.versions", &spec["versions"], "must contain unique version names"));
        }
        seen.push(name);
        check_version(version, &versions[..index], &path, &mut errors);
    }
    if !versions.is_empty() && versions.iter().filter(|version| version["storage"] == true).count() != 1 {
        errors.push(FieldError::invalid(
            "spec.versions",
            &spec["versions"],
            "must have exactly one version marked as storage version",
        ));
    }
    errors
}

/// The same for a change of an existing definition: some names are fixed, and stored versions may not go.
pub fn validate_update(old: &Value, new: &Value) -> Vec<FieldError> {
    let mut errors = validate(new);
    let fixed = [("group", "spec.group"), ("scope", "spec.scope")];
    let mut compare = |before: &Value, after: &Value, path: &str| {
        if before != after {
            errors.push(FieldError::invalid(path, after, "field is immutable"));
        }
    };
    for (field, path) in fixed {
        compare(&old["spec"][field], &new["spec"][field], path);
    }
    for (field, path) in [("plural", "spec.names.plural"), ("kind", "spec.names.kind")] {
        compare(&old["spec"]["names"][field], &new["spec"]["names"][field], path);
    }
    for (index, stored) in list(&new["status"]["storedVersions"]).iter().enumerate() {
        if !list(&new["spec"]["versions"]).iter().any(|version| version["name"] == *stored) {
            errors.push(FieldError::invalid(
                &format!("status.storedVersions[{index}]"),
                stored,
                &format!("missing from spec.versions; {} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {0} and removes {0} from status.storedVersions", text(stored)),
            ));
        }
    }
    errors
}

/// Kinds in groups of the Kubernetes project say who approved them, or that nobody did.
fn check_approval(crd: &Value, group: &str, errors: &mut Vec<FieldError>) {
    const ANNOTATION: &str = "api-approved.kubernetes.io";
    let is_protected = |domain: &str| group == domain || group.ends_with(&format!(".{domain}"));
    if !(is_protected("k8s.io") || is_protected("kubernetes.io")) {
        return;
    }
    let field = format!("metadata.annotations[{ANNOTATION}]");
    let approval = &crd["metadata"]["annotations"][ANNOTATION];
    const SEE: &str = "see https://github.com/kubernetes/enhancements/pull/1111";
    match text(approval) {
        "" => {
            let why = format!("protected groups must have approval annotation \"{ANNOTATION}\", {SEE}");
            errors.push(FieldError::required(&field, &why));
        }
        given if given.starts_with("unapproved") || given.starts_with("https://") || given.starts_with("http://") => {}
        _ => {
            let why = format!(
                "protected groups must have approval annotation \"{ANNOTATION}\" with either a URL or a reason starting with \"unapproved\", {SEE}"
            );
            errors.push(FieldError::invalid(&field, approval, &why));
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[derive(Clone, Copy, PartialEq)]
enum Start {
    Letter,
    LetterOrDigit,
}

fn is_label(name: &str, start: Start) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !name.is_empty()
        && name.len() <= 63
        && name.chars().all(|c| plain(c) || c == '-')
        && name.starts_with(|c: char| if start == Start::Letter { c.is_ascii_lowercase() } else { plain(c) })
        && name.ends_with(plain)
}

fn check_names(names: &Value, errors: &mut Vec<FieldError>) {
    for field in ["plural", "singular", "kind", "listKind"] {
        let path = format!("spec.names.{field}");
        let value = &names[field];
        if text(value).is_empty() {
            // Defaulting fills in the optional two before validation.
            if matches!(field, "plural" | "kind") {
                errors.push(FieldError::required(&path, ""));
            }
        } else if !is_label(&text(value).to_lowercase(), Start::Letter) {
            let what = "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
            errors.push(FieldError::invalid(&path, value, what));
        }
    }
    if text(&names["kind"]) == text(&names["listKind"]) && !text(&names["kind"]).is_empty() {
        errors.push(FieldError::invalid(
            "spec.names.listKind",
            &names["listKind"],
            "kind and listKind may not be the same",
        ));
    }
    for field in ["shortNames", "categories"] {
        for (index, name) in list(&names[field]).iter().enumerate() {
            if !is_label(text(name), Start::LetterOrDigit) {
                errors.push(FieldError::invalid(
                    &format!("spec.names.{field}[{index}]"),
                    name,
                    "must be a DNS-1035 label",
                ));
            }
        }
    }
}

fn check_conversion(conversion: &Value, errors: &mut Vec<FieldError>) {
    match text(&conversion["strategy"]) {
        "" | "None" => {}
        "Webhook" => {
            if !conversion["webhook"]["clientConfig"].is_object() {
                errors.push(FieldError::required(
                    "spec.conversion.webhook.clientConfig",
                    "required when strategy is set to Webhook",
                ));
            }
        }
        _ => errors.push(FieldError::not_supported(
            "spec.conversion.strategy",
            &conversion["strategy"],
            &["None".into(), "Webhook".into()],
        )),
    }
}

fn check_version(version: &Value, earlier: &[Value], path: &str, errors: &mut Vec<FieldError>) {
    let schema = &version["schema"]["openAPIV3Schema"];
    let is_checked = errors.is_empty() && earlier.iter().any(|other| other["schema"] == version["schema"]);
    if is_checked {
        // A union schema is the same in every version: it was found good above.
    } else if schema.is_object() {
        structural::check(schema, &format!("{path}.schema.openAPIV3Schema"), errors);
    } else {
        errors.push(FieldError::required(&format!("{path}.schema.openAPIV3Schema"), ""));
    }
    for (index, column) in list(&version["additionalPrinterColumns"]).iter().enumerate() {
        let path = format!("{path}.additionalPrinterColumns[{index}]");
        if text(&column["name"]).is_empty() {
            errors.push(FieldError::required(&format!("{path}.name"), ""));
        }
        const TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
        if !TYPES.contains(&text(&column["type"])) {
            errors.push(FieldError::not_supported(&format!("{path}.type"), &column["type"], &TYPES.map(Value::from)));
        }
        check_path(&column["jsonPath"], &format!("{path}.jsonPath"), errors);
    }
    let scale = &version["subresources"]["scale"];
    if scale.is_object() {
        for (field, prefix) in [("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")] {
            let path = format!("{path}.subresources.scale.{field}");
            if text(&scale[field]).is_empty() {
                errors.push(FieldError::required(&path, ""));
            } else if !text(&scale[field]).starts_with(prefix) {
                errors.push(FieldError::invalid(
                    &path,
                    &scale[field],
                    &format!("should be a json path under {}", prefix.trim_end_matches('.')),
                ));
            }
        }
    }
    let selectable = list(&version["selectableFields"]);
    if selectable.len() > 8 {
        errors.push(FieldError::new(
            "FieldValueTooMany",
            &format!("{path}.selectableFields"),
            format!("Too many: {}: must have at most 8 items", selectable.len()),
        ));
    }
    for (index, field) in selectable.iter().enumerate() {
        let path = format!("{path}.selectableFields[{index}].jsonPath");
        check_path(&field["jsonPath"], &path, errors);
        if text(&field["jsonPath"]).contains(['[', '*']) {
            errors.push(FieldError::invalid(&path, &field["jsonPath"], "must not select from lists"));
        }
    }
}

fn check_path(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    match text(value) {
        "" => errors.push(FieldError::required(path, "")),
        json_path if !json_path.starts_with('.') => {
            errors.push(FieldError::invalid(path, value, "must be a simple json path starting with ."));
        }
        _ => {}
    }
}
