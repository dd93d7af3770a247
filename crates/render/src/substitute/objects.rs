//! Substitution in whole objects.

use std::collections::BTreeMap;

use manifest::yaml::{self, Limits, Profile};
use manifest::{Diagnostic, Manifest, Value};

use super::{Strategy, Strictness, SubstituteError, expand};

/// Label or annotation that keeps an object as it is.
const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// Substitutes `variables` in every object that does not opt out with the label or annotation
/// `kustomize.toolkit.fluxcd.io/substitute: disabled`. Line breaks in values are dropped, as Flux does.
///
/// # Errors
///
/// Everything that is wrong in any object, at the place of the field that holds the expression; and every variable
/// whose name no expression could hold.
pub fn substitute(
    manifests: Vec<Manifest>,
    variables: &BTreeMap<String, String>,
    strictness: Strictness,
    strategy: Strategy,
) -> Result<Vec<Manifest>, Vec<Diagnostic>> {
    match strategy {
        Strategy::WithVariables if variables.is_empty() => return Ok(manifests),
        Strategy::WithVariables | Strategy::Always => {}
    }
    let mut problems: Vec<Diagnostic> =
        variables.keys().filter(|name| !is_valid_name(name)).map(|name| invalid_name(name)).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| (name.clone(), value.replace('\n', ""))).collect();
    let mut substituted = Vec::with_capacity(manifests.len());
    for manifest in manifests {
        match substitute_one(manifest, &variables, strictness) {
            Ok(manifest) => substituted.push(manifest),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(substituted) } else { Err(problems) }
}

fn substitute_one(
    manifest: Manifest,
    variables: &BTreeMap<String, String>,
    strictness: Strictness,
) -> Result<Manifest, Diagnostic> {
    if opts_out(&manifest) || !holds_text(&manifest.value, &|text| text.contains("${") || text.contains("$$")) {
        return Ok(manifest);
    }
    let text = yaml::write(&manifest.value);
    let expanded = expand(&text, variables, strictness)
        .map_err(|error| expansion_failed(&manifest, variables, strictness, &error))?;
    let value = yaml::read_value(&expanded, "", Profile::Kubectl, &Limits::default())
        .map_err(|problem| no_longer_yaml(&manifest, &problem))?;
    let id = manifest.id();
    Manifest::new(value, manifest.origin)
        .map_err(|problem| problem.about(id).with_hint("Check the variables that its type and its name are made of."))
}

fn opts_out(manifest: &Manifest) -> bool {
    [manifest.label(SUBSTITUTE), manifest.annotation(SUBSTITUTE)].contains(&Some("disabled"))
}

/// `^[_[:alpha:]][_[:alpha:][:digit:]]*$`, as Flux checks it.
fn is_valid_name(name: &str) -> bool {
    let is_start = |character: char| character.is_ascii_alphabetic() || character == '_';
    name.starts_with(is_start) && name.chars().all(|character| is_start(character) || character.is_ascii_digit())
}

fn invalid_name(name: &str) -> Diagnostic {
    Diagnostic::error(format!("'{name}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'"))
        .with_hint("Rename the variable in `spec.postBuild`, or the key of the ConfigMap or Secret it comes from.")
}

/// At the field whose own text fails, or at the object if an expression reaches over several fields.
fn expansion_failed(
    manifest: &Manifest,
    variables: &BTreeMap<String, String>,
    strictness: Strictness,
    error: &SubstituteError,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(error.to_string()).about(manifest.id()).with_hint(error.hint());
    let fails = |text: &str| expand(text, variables, strictness).is_err();
    let pointer = find_text(&manifest.value, &fails).unwrap_or_default();
    match manifest.origin.field(&pointer) {
        Some(location) => diagnostic.at(location),
        None => diagnostic,
    }
}

fn no_longer_yaml(manifest: &Manifest, problem: &Diagnostic) -> Diagnostic {
    let message = format!("the object is no valid YAML after the substitution: {}", problem.message);
    let diagnostic = Diagnostic::error(message)
        .about(manifest.id())
        .with_hint("A variable's value probably holds a character that has a meaning in YAML: quote the `${…}`.");
    match &manifest.origin.location {
        Some(location) => diagnostic.at(location.clone()),
        None => diagnostic,
    }
}

fn holds_text(value: &Value, wanted: &dyn Fn(&str) -> bool) -> bool {
    find_text(value, wanted).is_some()
}

/// The JSON pointer of the first key or string that is wanted.
fn find_text(value: &Value, wanted: &dyn Fn(&str) -> bool) -> Option<String> {
    match value {
        Value::String(text) => wanted(text).then(String::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_text(item, wanted).map(|below| format!("/{index}{below}"))),
        Value::Object(members) => members.iter().find_map(|(key, member)| {
            let below = if wanted(key) { Some(String::new()) } else { find_text(member, wanted) };
            below.map(|below| format!("/{}{below}", key.replace('~', "~0").replace('/', "~1")))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
