//! The words of a schema: which of them may be used, with which others, and with which values.

use serde_json::{Value, json};

use super::paths;
use super::structural::is_given;
use crate::cel::{Site, Total, check_definition};
use crate::registry::FieldError;

/// The types of OpenAPI.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// What a rule may give as the reason of its refusals.
const REASONS: [&str; 4] = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// What is wrong with a schema, and what with its rules. Rules are looked at only where the schema is in order.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) schema: Vec<FieldError>,
    pub(super) rules: Vec<FieldError>,
}

impl Findings {
    fn take(&mut self, other: Findings) {
        self.schema.extend(other.schema);
        self.rules.extend(other.rules);
    }
}

/// Where a node stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: String,
    is_root: bool,
    /// Why it may have no default, if it may not.
    no_default: Option<String>,
    /// Within the metadata of an object.
    in_metadata: bool,
    /// As its rules see it; nothing where rules are not to be looked at.
    site: Option<Site>,
}

impl Place {
    /// The root of a schema; `site` is missing if its rules are not to be looked at.
    pub(super) fn root(path: &str, site: Option<Site>) -> Place {
        Place { path: path.to_owned(), is_root: true, no_default: None, in_metadata: false, site }
    }

    fn below(&self, step: &str, schema: &Value) -> Place {
        Place {
            path: format!("{}.{step}", self.path),
            is_root: false,
            site: self.site.as_ref().map(|site| site.below(schema)),
            ..self.clone()
        }
    }

    fn branch(&self, step: &str) -> Place {
        Place { path: format!("{}.{step}", self.path), is_root: false, site: None, ..self.clone() }
    }
}

/// Checks a node and all below it.
pub(super) fn check(schema: &Value, place: &Place, total: &mut Total) -> Findings {
    let mut found = Findings::default();
    let path = &place.path;
    words(schema, place, &mut found.schema);
    below(schema, place, total, &mut found);
    maps(schema, path, &mut found.schema);
    lists(schema, path, &mut found.schema);
    let rules = schema["x-kubernetes-validations"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, of_rule) in rules.iter().enumerate() {
        rule(schema, of_rule, &format!("{path}.x-kubernetes-validations[{index}]"), &mut found.schema);
    }
    if let Some(site) = place.site.as_ref().filter(|_| found.schema.is_empty()) {
        found.rules.extend(check_definition(schema, path, site, total));
    }
    found
}

fn words(schema: &Value, place: &Place, errors: &mut Vec<FieldError>) {
    let path = &place.path;
    if let Some(ty) = schema["type"].as_str().filter(|ty| !ty.is_empty() && !TYPES.contains(ty)) {
        errors.push(FieldError::not_supported(&format!("{path}.type"), &json!(ty), &TYPES.map(Value::from)));
        if ty == "null" {
            let why = "type cannot be set to null, use nullable as an alternative";
            errors.push(FieldError::forbidden(&format!("{path}.type"), why));
        }
    }
    if let Some(why) = place.no_default.as_ref().filter(|_| schema.get("default").is_some_and(|value| !value.is_null()))
    {
        errors.push(FieldError::forbidden(&format!("{path}.default"), &format!("must not be set {why}")));
    }
    for word in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] {
        let is_there = schema.get(word).is_some_and(|value| is_given(value) || word == "additionalItems");
        if is_there {
            errors.push(FieldError::forbidden(&format!("{path}.{word}"), &format!("{word} is not supported")));
        }
    }
    if schema.get("items").is_some_and(Value::is_array) {
        let why = "items must be a schema object and not an array";
        errors.push(FieldError::forbidden(&format!("{path}.items"), why));
    }
    if place.in_metadata && schema["x-kubernetes-embedded-resource"] == true {
        let field = format!("{path}.x-kubernetes-embedded-resource");
        errors.push(FieldError::forbidden(&field, "must not be used inside of resource meta"));
    }
    if schema["uniqueItems"] == true {
        let why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        errors.push(FieldError::forbidden(&format!("{path}.uniqueItems"), why));
    }
    let has_properties = schema["properties"].as_object().is_some_and(|all| !all.is_empty());
    if has_properties && schema.get("additionalProperties").is_some_and(|additional| *additional != true) {
        let why = "additionalProperties and properties are mutual exclusive";
        errors.push(FieldError::forbidden(&format!("{path}.additionalProperties"), why));
    }
    if schema.get("x-kubernetes-preserve-unknown-fields").is_some_and(|value| value == false) {
        let field = format!("{path}.x-kubernetes-preserve-unknown-fields");
        errors.push(FieldError::invalid(&field, &json!(false), "must be true or undefined"));
    }
}

fn below(schema: &Value, place: &Place, total: &mut Total, found: &mut Findings) {
    if let Some(additional) = schema.get("additionalProperties").filter(|additional| additional.is_object()) {
        let mut place = place.below("additionalProperties", schema);
        if place.in_metadata {
            place.no_default = Some("inside additionalProperties applying to object metadata".to_owned());
        }
        found.take(check(additional, &place, total));
    }
    let has_metadata = place.is_root || schema["x-kubernetes-embedded-resource"] == true;
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let mut below = place.below(&format!("properties[{name}]"), schema);
        if has_metadata && matches!(name.as_str(), "metadata" | "kind" | "apiVersion") {
            below.in_metadata = true;
            if place.is_root {
                below.no_default = Some(format!("in top-level {name}"));
            }
        }
        found.take(check(property, &below, total));
    }
    if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        let mut below = place.below("items", schema);
        // Only the items of a keyed list can be found again after a change.
        if let Some(site) = &mut below.site
            && schema["x-kubernetes-list-type"] != "map"
        {
            site.uncorrelated.get_or_insert_with(|| place.path.clone());
        }
        found.take(check(items, &below, total));
    }
    if let Some(not) = schema.get("not") {
        found.take(check(not, &place.branch("not"), total));
    }
    for word in ["allOf", "oneOf", "anyOf"] {
        for (index, branch) in schema[word].as_array().into_iter().flatten().enumerate() {
            found.take(check(branch, &place.branch(&format!("{word}[{index}]")), total));
        }
    }
}

/// That a type is the one which another word needs.
fn needs_type(schema: &Value, wanted: &str, word: &str, path: &str, errors: &mut Vec<FieldError>) -> bool {
    let why = format!("must be {wanted} if {word} is specified");
    let path = format!("{path}.type");
    match schema["type"].as_str().unwrap_or_default() {
        ty if ty == wanted => return true,
        "" => errors.push(FieldError::required(&path, &why)),
        ty => errors.push(FieldError::invalid(&path, &json!(ty), &why)),
    }
    false
}

fn maps(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    const WORD: &str = "x-kubernetes-map-type";
    let Some(map_type) = schema.get(WORD) else { return };
    needs_type(schema, "object", WORD, path, errors);
    if !matches!(map_type.as_str(), Some("atomic" | "granular")) {
        let allowed = ["atomic".into(), "granular".into()];
        errors.push(FieldError::not_supported(&format!("{path}.{WORD}"), map_type, &allowed));
    }
}

fn lists(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    const WORD: &str = "x-kubernetes-list-type";
    const KEYS: &str = "x-kubernetes-list-map-keys";
    let field = format!("{path}.{WORD}");
    let keys = schema[KEYS].as_array().map(Vec::as_slice).unwrap_or_default();
    let why_map = "must be map if x-kubernetes-list-map-keys is non-empty";
    let Some(list_type) = schema.get(WORD) else {
        if !keys.is_empty() {
            errors.push(FieldError::required(&field, why_map));
        }
        return;
    };
    let items = &schema["items"];
    if needs_type(schema, "array", WORD, path, errors) && list_type == "set" {
        set_items(items, path, errors);
    }
    if !matches!(list_type.as_str(), Some("atomic" | "set" | "map")) {
        let allowed = ["atomic".into(), "set".into(), "map".into()];
        errors.push(FieldError::not_supported(&field, list_type, &allowed));
    }
    if list_type == "map" {
        keyed(items, &schema[KEYS], path, errors);
    } else if !keys.is_empty() {
        errors.push(FieldError::invalid(&field, list_type, why_map));
    }
    if matches!(list_type.as_str(), Some("set" | "map")) && items["nullable"] == true {
        let why =
            format!("cannot be nullable when x-kubernetes-list-type is {}", list_type.as_str().unwrap_or_default());
        errors.push(FieldError::forbidden(&format!("{path}.items.nullable"), &why));
    }
}

/// The items of a set are whole values.
fn set_items(items: &Value, path: &str, errors: &mut Vec<FieldError>) {
    const WHY: &str = "must be atomic as item of a list with x-kubernetes-list-type=set";
    let list_type = items.get("x-kubernetes-list-type");
    let shown = list_type.cloned().unwrap_or_default();
    let word = match items["type"].as_str() {
        Some("array") if list_type.is_some_and(|list_type| list_type != "atomic") => "x-kubernetes-list-type",
        Some("object") if items["x-kubernetes-map-type"] != "atomic" => "x-kubernetes-map-type",
        Some(_) | None => return,
    };
    errors.push(FieldError::invalid(&format!("{path}.items.{word}"), &shown, WHY));
}

/// The items of a list that is a map, whose keys are always there.
fn keyed(items: &Value, keys: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let field = format!("{path}.x-kubernetes-list-map-keys");
    let names: Vec<&str> = keys.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() {
        errors.push(FieldError::required(&field, "must not be empty if x-kubernetes-list-type is map"));
    }
    if items.is_null() {
        let why = "must have a schema if x-kubernetes-list-type is map";
        errors.push(FieldError::required(&format!("{path}.items"), why));
        return;
    }
    if items["type"] != "object" {
        let shown = items.get("type").cloned().unwrap_or_else(|| json!(""));
        let why = "must be object if parent array's x-kubernetes-list-type is map";
        errors.push(FieldError::invalid(&format!("{path}.items.type"), &shown, why));
    }
    for (index, name) in names.iter().enumerate() {
        let Some(property) = items["properties"].get(*name) else {
            errors.push(FieldError::invalid(&field, keys, "entries must all be names of item properties"));
            continue;
        };
        let path = format!("{path}.items.properties[{name}]");
        if matches!(property["type"].as_str(), Some("array" | "object")) && items["type"] == "object" {
            let why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
            errors.push(FieldError::invalid(&format!("{path}.type"), &items["type"], why));
        }
        if names[..index].contains(name) {
            errors.push(FieldError::invalid(&field, keys, "must not contain duplicate entries"));
        }
        let is_required = items["required"].as_array().is_some_and(|all| all.iter().any(|required| required == name));
        const IS_KEY: &str = "this property is in x-kubernetes-list-map-keys, so it";
        if !is_required && property.get("default").is_none() {
            let why = format!("{IS_KEY} must have a default or be a required property");
            errors.push(FieldError::required(&format!("{path}.default"), &why));
        }
        if property["nullable"] == true {
            let why = format!("{IS_KEY} cannot be nullable");
            errors.push(FieldError::forbidden(&format!("{path}.nullable"), &why));
        }
    }
}

fn has_line_breaks(text: &str) -> bool {
    text.contains(['\n', '\r'])
}

/// One of `x-kubernetes-validations`, but for its expressions.
fn rule(schema: &Value, rule: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let text = |word: &str| rule[word].as_str().unwrap_or_default();
    let is_blank = |word: &str| !text(word).is_empty() && text(word).trim().is_empty();
    let message = format!("{path}.message");
    let mut invalid = |word: &str, why: &str| {
        errors.push(FieldError::invalid(&format!("{path}.{word}"), &rule[word], why));
    };
    if text("rule").trim().is_empty() {
        errors.push(FieldError::required(&format!("{path}.rule"), "rule is not specified"));
    } else if is_blank("message") {
        invalid("message", "must be non-empty if specified");
    } else if has_line_breaks(text("message").trim()) {
        invalid("message", "must not contain line breaks");
    } else if has_line_breaks(text("rule").trim()) && text("message").trim().is_empty() {
        errors.push(FieldError::required(&message, "message must be specified if rule contains line breaks"));
    }
    if is_blank("messageExpression") {
        let why = "messageExpression must be non-empty if specified";
        errors.push(FieldError::required(&format!("{path}.messageExpression"), why));
    }
    if let Some(reason) = rule.get("reason").filter(|reason| reason.as_str().is_none_or(|one| !REASONS.contains(&one)))
    {
        errors.push(FieldError::not_supported(&format!("{path}.reason"), reason, &REASONS.map(Value::from)));
    }
    let field = format!("{path}.fieldPath");
    let mut invalid = |why: &str| errors.push(FieldError::invalid(&field, &rule["fieldPath"], why));
    if is_blank("fieldPath") {
        invalid("must be non-empty if specified");
    }
    if has_line_breaks(text("fieldPath")) {
        invalid("must not contain line breaks");
    }
    if !text("fieldPath").is_empty() && paths::find(text("fieldPath"), schema, paths::Brackets::Allowed).is_err() {
        invalid("must be a valid path");
    }
}
