//! The parts of a version beside its schema.

use serde_json::Value;

use super::paths::{self, Brackets};
use super::validate::{list, text};
use crate::registry::FieldError;

/// How many fields may be selected by.
const SELECTABLE: usize = 8;

/// The longest warning, in bytes.
const LONGEST_WARNING: usize = 256;

pub(super) fn check_deprecation(version: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let Some(warning) = version["deprecationWarning"].as_str() else { return };
    let mut invalid = |why: &str| {
        let path = format!("{path}.deprecationWarning");
        errors.push(FieldError::invalid(&path, &version["deprecationWarning"], why));
    };
    if version["deprecated"] != true {
        return invalid("can only be set for deprecated versions");
    }
    if warning.len() > LONGEST_WARNING {
        invalid("must be <= 256 characters long");
    }
    if warning.is_empty() {
        invalid("must not be an empty string");
    }
    if let Some((index, _)) = warning.char_indices().find(|(_, c)| c.is_control()) {
        invalid(&format!(
            "must only contain printable UTF-8 characters; non-printable character found at index {index}"
        ));
    }
}

pub(super) fn check_columns(columns: &Value, path: &str, errors: &mut Vec<FieldError>) {
    const TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
    const FORMATS: [&str; 8] = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
    for (index, column) in list(columns).iter().enumerate() {
        let path = format!("{path}[{index}]");
        if text(&column["name"]).is_empty() {
            errors.push(FieldError::required(&format!("{path}.name"), ""));
        }
        let one_of = |words: &[&str]| format!("must be one of {}", words.join(","));
        match text(&column["type"]) {
            "" => errors.push(FieldError::required(&format!("{path}.type"), &one_of(&TYPES))),
            ty if TYPES.contains(&ty) => {}
            _ => errors.push(FieldError::invalid(&format!("{path}.type"), &column["type"], &one_of(&TYPES))),
        }
        let format = text(&column["format"]);
        if !format.is_empty() && !FORMATS.contains(&format) {
            errors.push(FieldError::invalid(&format!("{path}.format"), &column["format"], &one_of(&FORMATS)));
        }
        let path = format!("{path}.JSONPath");
        if !is_missing(&column["jsonPath"], &path, errors) {
            is_simple(&column["jsonPath"], &path, errors);
        }
    }
}

fn is_missing(value: &Value, path: &str, errors: &mut Vec<FieldError>) -> bool {
    let is_missing = text(value).is_empty();
    if is_missing {
        errors.push(FieldError::required(path, ""));
    }
    is_missing
}

fn is_simple(value: &Value, path: &str, errors: &mut Vec<FieldError>) -> bool {
    let is_simple = text(value).starts_with('.');
    if !is_simple {
        errors.push(FieldError::invalid(path, value, "must be a simple json path starting with ."));
    }
    is_simple
}

pub(super) fn check_subresources(subresources: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let scale = &subresources["scale"];
    if !scale.is_object() {
        return;
    }
    let path = |word: &str| format!("{path}.scale.{word}");
    for (word, root) in [("specReplicasPath", ".spec"), ("statusReplicasPath", ".status")] {
        let value = &scale[word];
        if !is_missing(value, &path(word), errors)
            && is_simple(value, &path(word), errors)
            && !text(value).starts_with(&format!("{root}."))
        {
            errors.push(FieldError::invalid(&path(word), value, &format!("should be a json path under {root}")));
        }
    }
    const SELECTOR: &str = "labelSelectorPath";
    let selector = &scale[SELECTOR];
    if !text(selector).is_empty()
        && is_simple(selector, &path(SELECTOR), errors)
        && ![".spec.", ".status."].iter().any(|root| text(selector).starts_with(root))
    {
        let why = "should be a json path under either .spec or .status";
        errors.push(FieldError::invalid(&path(SELECTOR), selector, why));
    }
}

pub(super) fn check_selectable(fields: &Value, schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, field) in list(fields).iter().enumerate() {
        let path = format!("{path}[{index}].jsonPath");
        let value = &field["jsonPath"];
        if is_missing(value, &path, errors) {
            continue;
        }
        let found = match paths::find(text(value), schema, Brackets::Refused) {
            Ok(found) => found.schema,
            Err(why) => {
                errors.push(FieldError::invalid(&path, value, &format!("is an invalid path: {why}")));
                continue;
            }
        };
        if text(value) == ".metadata" || text(value).starts_with(".metadata.") {
            errors.push(FieldError::invalid(&path, value, "must not point to fields in metadata"));
        }
        if !matches!(found["type"].as_str(), Some("string" | "boolean" | "integer")) {
            let why = "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
            errors.push(FieldError::invalid(&path, value, why));
        }
        if seen.contains(&text(value)) {
            errors.push(FieldError::duplicate(&path, value));
        } else {
            seen.push(text(value));
        }
    }
    if seen.len() > SELECTABLE {
        let message = format!("Too many: {}: must have at most {SELECTABLE} items", seen.len());
        errors.push(FieldError::new("FieldValueTooMany", path, message));
    }
}
