//! Validation of a CustomResourceDefinition itself.
//!
//! What all versions say alike is one thing to the API server: its errors name `spec.validation`, `spec.subresources` and
//! so on, which is how definitions were written before they had versions.

use serde_json::{Value, json};

use super::{conversion, default_values, names, structural, version, vocabulary};
use crate::cel::{Site, Total};
use crate::registry::FieldError;

/// Every error of a definition: its names, versions, schemas, columns and subresources.
pub fn validate(crd: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    names::check_own(crd, &mut errors);
    check_definition(crd, &mut errors);
    names::check_approval(crd, &mut errors);
    errors
}

/// The same for a change of an existing definition: some names are fixed, and stored versions may not go.
pub fn validate_update(old: &Value, new: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check_definition(new, &mut errors);
    // Who approved it, or that nobody did, is asked once.
    if names::approval(old) != names::approval(new) {
        names::check_approval(new, &mut errors);
    }
    let mut fixed = vec![("/spec/group", "spec.group"), ("/spec/names/plural", "spec.names.plural")];
    if super::status::is_established(old) {
        fixed.extend([("/spec/scope", "spec.scope"), ("/spec/names/kind", "spec.names.kind")]);
    }
    for (pointer, path) in fixed {
        let [before, after] = [old, new].map(|crd| crd.pointer(pointer).unwrap_or(&Value::Null));
        if before != after {
            errors.push(FieldError::invalid(path, after, "field is immutable"));
        }
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

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn check_definition(crd: &Value, errors: &mut Vec<FieldError>) {
    let spec = &crd["spec"];
    names::check(crd, errors);
    conversion::check(&spec["conversion"], errors);
    if spec["preserveUnknownFields"] == true {
        let why =
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        errors.push(FieldError::invalid("spec.preserveUnknownFields", &json!(true), why));
    }
    check_versions(&spec["versions"], errors);
    check_parts(list(&spec["versions"]), errors);
}

/// The versions as such: their names, and which of them is stored.
fn check_versions(versions: &Value, errors: &mut Vec<FieldError>) {
    let mut seen: Vec<&str> = Vec::new();
    let mut are_unique = true;
    for (index, one) in list(versions).iter().enumerate() {
        let path = format!("spec.versions[{index}]");
        are_unique &= !seen.contains(&text(&one["name"]));
        seen.push(text(&one["name"]));
        names::check_label(&one["name"], &format!("{path}.name"), errors);
        version::check_deprecation(one, &path, errors);
        if !one["schema"]["openAPIV3Schema"].is_object() {
            errors.push(FieldError::required(&format!("{path}.schema.openAPIV3Schema"), ""));
        }
    }
    let mut invalid = |why: &str| errors.push(FieldError::invalid("spec.versions", versions, why));
    if !are_unique {
        invalid("must contain unique version names");
    }
    let stored: Vec<&Value> =
        list(versions).iter().filter(|version| version["storage"] == true).map(|version| &version["name"]).collect();
    if stored.len() != 1 {
        invalid("must have exactly one version marked as storage version");
    }
    // The first one is stored; the status of a definition cannot be about another.
    let mut not_stored = |shown: Value, why: &str| {
        errors.push(FieldError::invalid("status.storedVersions", &shown, why));
    };
    match stored.split_first() {
        None => not_stored(Value::Null, "must have at least one stored version"),
        Some((first, others)) => {
            for other in others {
                not_stored(json!([first]), &format!("must have the storage version {}", text(other)));
            }
        }
    }
    if let Some(first) = list(versions).first() {
        names::check_label(&first["name"], "spec.version", errors);
    }
}

/// What versions consist of, once if it is the same in all of them.
fn check_parts(versions: &[Value], errors: &mut Vec<FieldError>) {
    let has_status = |version: &Value| version["subresources"]["status"].is_object();
    let any_has_status = versions.iter().any(has_status);
    for (word, joint) in PARTS {
        let is_joint = versions.windows(2).all(|pair| pair[0].get(word) == pair[1].get(word));
        let checked = if is_joint { &versions[..versions.len().min(1)] } else { versions };
        for (index, version) in checked.iter().enumerate() {
            let Some(part) = version.get(word) else { continue };
            let path = if is_joint { format!("spec.{joint}") } else { format!("spec.versions[{index}].{word}") };
            match word {
                "schema" => {
                    let status = if is_joint { any_has_status } else { has_status(version) };
                    check_schema(&part["openAPIV3Schema"], &path, status.into(), errors);
                }
                "subresources" => version::check_subresources(part, &path, errors),
                "additionalPrinterColumns" => version::check_columns(part, &path, errors),
                _ => version::check_selectable(part, &version["schema"]["openAPIV3Schema"], &path, errors),
            }
        }
    }
}

/// The parts of a version, and what they are called where all versions have them in common.
const PARTS: [(&str, &str); 4] = [
    ("schema", "validation"),
    ("subresources", "subresources"),
    ("additionalPrinterColumns", "additionalPrinterColumns"),
    ("selectableFields", "selectableFields"),
];

/// Whether a kind has the subresource `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Apart,
    WithTheRest,
}

impl From<bool> for Status {
    fn from(is_apart: bool) -> Status {
        if is_apart { Status::Apart } else { Status::WithTheRest }
    }
}

fn check_schema(schema: &Value, path: &str, status: Status, errors: &mut Vec<FieldError>) {
    if !schema.is_object() {
        return;
    }
    let before = errors.len();
    let path = format!("{path}.openAPIV3Schema");
    if status == Status::Apart {
        check_root(schema, &path, errors);
    }
    if schema["nullable"] == true {
        errors.push(FieldError::forbidden(&format!("{path}.nullable"), "nullable cannot be true at the root"));
    }
    let unreadable = structural::unreadable(schema);
    let mut flaws = Vec::new();
    if unreadable.is_none() {
        flaws = structural::check(schema, &path);
        if flaws.is_empty() {
            default_values::check(schema, &path, &mut flaws);
        }
    }
    // Rules are about what the structure declares.
    let site = (unreadable.is_none() && flaws.is_empty()).then(Site::root);
    errors.extend(flaws);
    let mut total = Total::default();
    let found = vocabulary::check(schema, &vocabulary::Place::root(&path, site), &mut total);
    errors.extend(found.schema);
    errors.extend(found.rules);
    errors.extend(total.errors(&path));
    if errors.len() == before
        && let Some(why) = unreadable
    {
        errors.push(FieldError::invalid(&path, &json!(""), &why));
    }
}

/// The root of a schema whose `status` is judged by itself says nothing that would be about both.
fn check_root(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    const ALLOWED: [(&str, &str); 22] = [
        ("description", "Description"),
        ("type", "Type"),
        ("format", "Format"),
        ("title", "Title"),
        ("maximum", "Maximum"),
        ("exclusiveMaximum", "ExclusiveMaximum"),
        ("minimum", "Minimum"),
        ("exclusiveMinimum", "ExclusiveMinimum"),
        ("maxLength", "MaxLength"),
        ("minLength", "MinLength"),
        ("pattern", "Pattern"),
        ("maxItems", "MaxItems"),
        ("minItems", "MinItems"),
        ("uniqueItems", "UniqueItems"),
        ("multipleOf", "MultipleOf"),
        ("required", "Required"),
        ("items", "Items"),
        ("properties", "Properties"),
        ("externalDocs", "ExternalDocs"),
        ("example", "Example"),
        ("x-kubernetes-preserve-unknown-fields", "XPreserveUnknownFields"),
        ("x-kubernetes-validations", "XValidations"),
    ];
    let ty = text(&schema["type"]);
    if !ty.is_empty() && ty != "object" {
        let why =
            "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
        errors.push(FieldError::invalid(&format!("{path}.type"), &schema["type"], why));
        return;
    }
    let is_known = |word: &str| ALLOWED.iter().any(|(known, _)| *known == word);
    let mut fields = schema.as_object().into_iter().flatten();
    if fields.any(|(word, value)| structural::is_given(value) && !is_known(word)) {
        let known: Vec<&str> = ALLOWED.iter().map(|(_, name)| *name).collect();
        let why = format!(
            "only [{}] fields are allowed at the root of the schema if the status subresource is enabled",
            known.join(" ")
        );
        errors.push(FieldError::invalid(path, schema, &why));
    }
}
