//! The doors: what happens to an object between the wire and the store.

use serde_json::Value;

use super::rules;
use super::validate::validate;
use super::{FieldValidation, Rejection, StructuralSchema, Warning, defaults, prune};
use crate::registry::{FieldError, Origin, Resource};
use crate::{cel, crd, strategy};

/// Prunes, defaults and validates a new object. `object` must carry its `apiVersion` and `kind`; `metadata` is checked
/// but for what the server fills in itself (uid, resourceVersion, managedFields, …), which is left alone.
pub fn admit_create(
    resource: &Resource,
    object: &mut Value,
    validation: FieldValidation,
) -> Result<Vec<Warning>, Rejection> {
    let warnings = shape(resource, object, validation)?;
    let mut errors = match resource.origin {
        Origin::BuiltIn => built_in_errors(resource, object),
        Origin::Custom { .. } => custom_errors(resource, object, None),
    };
    errors.extend(rules::create(resource, object));
    finish(warnings, errors)
}

/// Prunes, defaults and validates a changed object against the stored one, both in the version of `resource`.
/// Errors of a custom resource in fields that did not change are forgiven, as ratcheting validation does.
pub fn admit_update(
    resource: &Resource,
    old: &Value,
    new: &mut Value,
    validation: FieldValidation,
) -> Result<Vec<Warning>, Rejection> {
    rules::carry_over(resource, old, new);
    let warnings = shape(resource, new, validation)?;
    let mut errors = match resource.origin {
        Origin::BuiltIn => built_in_errors(resource, new),
        Origin::Custom { .. } => custom_errors(resource, new, Some(old)),
    };
    errors.extend(rules::update(resource, old, new));
    finish(warnings, errors)
}

/// What the schema of a built-in kind says against an object. Absent fields of `status` are no errors: the API server's
/// Go structs give them their zero values, and whoever writes only a spec would otherwise be refused.
fn built_in_errors(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = validate(object, resource.schema.structure());
    let is_definition = strategy::is_crd(resource);
    errors.retain(|error| {
        let is_missing = error.reason == FieldError::REQUIRED;
        // Definitions have rules of their own about what must be there, and about schemas, which no schema can say.
        let is_elsewhere = is_definition && (is_missing || error.field.contains("openAPIV3Schema"));
        !(is_elsewhere || is_missing && in_status(&error.field))
    });
    errors
}

fn in_status(field: &str) -> bool {
    field == "status" || field.starts_with("status.")
}

/// The same for a write to the `status` subresource; `new` holds the old object with the new status.
pub fn admit_status(
    resource: &Resource,
    old: &Value,
    new: &mut Value,
    validation: FieldValidation,
) -> Result<Vec<Warning>, Rejection> {
    let warnings = shape(resource, new, validation)?;
    let errors = match resource.origin {
        Origin::BuiltIn => built_in_errors(resource, new).into_iter().filter(|error| in_status(&error.field)).collect(),
        Origin::Custom { .. } => custom_errors(resource, new, Some(old)),
    };
    finish(warnings, errors)
}

fn finish(warnings: Vec<Warning>, errors: Vec<FieldError>) -> Result<Vec<Warning>, Rejection> {
    if errors.is_empty() { Ok(warnings) } else { Err(Rejection::Invalid(errors)) }
}

/// Prunes and defaults; says what it pruned.
fn shape(resource: &Resource, object: &mut Value, validation: FieldValidation) -> Result<Vec<Warning>, Rejection> {
    let schema: &StructuralSchema = resource.schema.structure();
    let mut unknown = prune::prune(object, schema);
    if strategy::is_crd(resource) {
        let read = crd::read_schemas(object);
        if let Some(misfit) = read.misfit {
            return Err(Rejection::Undecodable(misfit));
        }
        unknown.extend(read.unknown);
    }
    let sentences: Vec<String> = unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect();
    let warnings = match validation {
        FieldValidation::Ignore => Vec::new(),
        FieldValidation::Warn => sentences.into_iter().map(Warning).collect(),
        FieldValidation::Strict if sentences.is_empty() => Vec::new(),
        FieldValidation::Strict => return Err(Rejection::Strict(sentences)),
    };
    match resource.origin {
        Origin::BuiltIn => {
            rules::prepare(resource, object);
            prune::normalise(object, schema);
            defaults::apply(resource, object);
        }
        Origin::Custom { .. } => prune::default(object, schema),
    }
    Ok(warnings)
}

fn custom_errors(resource: &Resource, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = validate(object, resource.schema.structure());
    if let Some(old) = old {
        errors.retain(|error| !unchanged(&error.field, old, object));
    }
    // Rules on values of the wrong type could only fail in confusing ways; upstream skips them too, and says so.
    if !errors.is_empty() && resource.schema.rules().is_some() {
        const BLOCKING: [&str; 5] = [
            FieldError::REQUIRED,
            "FieldValueNotSupported",
            "FieldValueTooLong",
            "FieldValueTooMany",
            "FieldValueTypeInvalid",
        ];
        if errors.iter().any(|error| BLOCKING.contains(&error.reason)) {
            let why = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
            errors.push(FieldError::invalid("<nil>", &Value::Null, why));
        }
    }
    if errors.is_empty()
        && let Some(rules) = resource.schema.rules()
    {
        errors.extend(cel::errors(rules, object, old).into_iter().map(|error| match error.field.as_str() {
            // What is wrong with an object as a whole is written without a path.
            "" => FieldError { field: "<nil>".to_owned(), ..error },
            _ => error,
        }));
    }
    errors
}

/// Whether the value at an error's path is present and the same in both objects.
fn unchanged(path: &str, old: &Value, new: &Value) -> bool {
    let before = at(old, path);
    before.is_some() && before == at(new, path)
}

/// The value at a field path such as `spec.list[0].name`.
fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').filter(|part| !part.is_empty()).try_fold(object, |value, part| {
        let (name, indices) = part.split_once('[').unwrap_or((part, ""));
        let value = if name.is_empty() { value } else { value.get(name)? };
        indices
            .split(['[', ']'])
            .filter(|index| !index.is_empty())
            .try_fold(value, |value, index| value.get(index.parse::<usize>().ok()?))
    })
}
