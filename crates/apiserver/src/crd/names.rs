//! What a definition and its kind are called.

use serde_json::Value;

use super::validate::{list, text};
use crate::registry::FieldError;
use crate::schema::names;

/// That a definition is called after its kind.
pub(super) fn check_own(crd: &Value, errors: &mut Vec<FieldError>) {
    let (spec, name) = (&crd["spec"], text(&crd["metadata"]["name"]));
    // That there is none is told of every kind.
    if !name.is_empty() && name != format!("{}.{}", text(&spec["names"]["plural"]), text(&spec["group"])) {
        let why = "must be spec.names.plural+\".\"+spec.group";
        errors.push(FieldError::invalid("metadata.name", &crd["metadata"]["name"], why));
    }
}

/// The names of a kind.
pub(super) fn check(crd: &Value, errors: &mut Vec<FieldError>) {
    let spec = &crd["spec"];
    let group = text(&spec["group"]);
    if group.is_empty() {
        errors.push(FieldError::required("spec.group", ""));
    } else if let Some(why) = names::dns_subdomain(group) {
        errors.push(FieldError::invalid("spec.group", &spec["group"], &why));
    } else if !group.contains('.') {
        errors.push(FieldError::invalid("spec.group", &spec["group"], "should be a domain with at least one dot"));
    }
    match text(&spec["scope"]) {
        "Namespaced" | "Cluster" => {}
        "" => errors.push(FieldError::required("spec.scope", "")),
        _ => errors.push(FieldError::not_supported(
            "spec.scope",
            &spec["scope"],
            &["Cluster".into(), "Namespaced".into()],
        )),
    }
    check_kind(&spec["names"], errors);
}

/// That a name is a label which starts with a letter.
pub(super) fn check_label(name: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if let Some(why) = names::dns_1035_label(text(name)) {
        errors.push(FieldError::invalid(path, name, &why));
    }
}

fn check_kind(given: &Value, errors: &mut Vec<FieldError>) {
    for field in ["plural", "singular", "kind", "listKind"] {
        let path = format!("spec.names.{field}");
        let name = &given[field];
        if text(name).is_empty() {
            errors.push(FieldError::required(&path, ""));
        } else if matches!(field, "plural" | "singular") {
            check_label(name, &path, errors);
        } else if let Some(why) = names::dns_1035_label(&text(name).to_lowercase()) {
            let why = format!("may have mixed case, but should otherwise match: {why}");
            errors.push(FieldError::invalid(&path, name, &why));
        }
    }
    if text(&given["kind"]) == text(&given["listKind"]) && !text(&given["kind"]).is_empty() {
        let why = "kind and listKind may not be the same";
        errors.push(FieldError::invalid("spec.names.listKind", &given["listKind"], why));
    }
    for field in ["shortNames", "categories"] {
        for (index, name) in list(&given[field]).iter().enumerate() {
            check_label(name, &format!("spec.names.{field}[{index}]"), errors);
        }
    }
}

const APPROVAL: &str = "api-approved.kubernetes.io";

/// Who approved a definition of the Kubernetes project, as it says.
pub(super) fn approval(crd: &Value) -> &Value {
    &crd["metadata"]["annotations"][APPROVAL]
}

/// Whether a group belongs to the Kubernetes project.
pub(super) fn is_protected(group: &str) -> bool {
    ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|domain| group.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// Kinds in groups of the Kubernetes project say who approved them, or that nobody did.
pub(super) fn check_approval(crd: &Value, errors: &mut Vec<FieldError>) {
    if !is_protected(text(&crd["spec"]["group"])) {
        return;
    }
    let field = format!("metadata.annotations[{APPROVAL}]");
    const SEE: &str = "see https://github.com/kubernetes/enhancements/pull/1111";
    match text(approval(crd)) {
        "" => {
            let why = format!("protected groups must have approval annotation \"{APPROVAL}\", {SEE}");
            errors.push(FieldError::required(&field, &why));
        }
        given if given.starts_with("unapproved") || given.starts_with("https://") || given.starts_with("http://") => {}
        _ => {
            let why = format!(
                "protected groups must have approval annotation \"{APPROVAL}\" with either a URL or a reason starting with \"unapproved\", {SEE}"
            );
            errors.push(FieldError::invalid(&field, approval(crd), &why));
        }
    }
}
