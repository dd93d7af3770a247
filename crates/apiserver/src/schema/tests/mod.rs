//! What comes out of admission, for built-in kinds and custom ones.

mod builtin;
mod custom;
mod errors;
mod updates;

use expect_test::Expect;
use serde_json::{Value, json};

use super::*;
use crate::registry::Resource;

/// The built-in resource that serves an object.
fn resource_of(object: &Value) -> Resource {
    let gvk = manifest::GroupVersionKind::of(object).expect("a type");
    crate::builtin::resources().into_iter().find(|resource| resource.gvk == gvk).expect("a built-in kind")
}

fn shown(result: Result<Vec<Warning>, Rejection>, object: &Value) -> String {
    match result {
        Ok(warnings) => {
            let mut text: String = warnings.iter().map(|warning| format!("Warning: {}\n", warning.0)).collect();
            text.push_str(&serde_json::to_string_pretty(object).expect("JSON"));
            text
        }
        Err(Rejection::Invalid(errors)) => {
            errors.iter().map(|error| format!("{} {error}", error.reason)).collect::<Vec<_>>().join("\n")
        }
        Err(rejection) => rejection.to_string(),
    }
}

#[track_caller]
fn check_create(object: Value, validation: FieldValidation, expected: Expect) {
    let mut admitted = object.clone();
    let result = admit_create(&resource_of(&object), &mut admitted, validation);
    expected.assert_eq(&shown(result, &admitted));
}

/// Only what is wrong with a new object; nothing if it is fine.
#[track_caller]
fn check_errors(object: Value, expected: Expect) {
    let mut admitted = object.clone();
    let text = match admit_create(&resource_of(&object), &mut admitted, FieldValidation::Strict) {
        Ok(_) => String::new(),
        refused => shown(refused, &admitted),
    };
    expected.assert_eq(&text);
}

/// A deployment with one container, into which a test merges its own fields.
fn deployment(changes: Value) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "prod"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "example/web:1"}]},
            },
        },
    });
    merge(&mut object, changes);
    object
}

fn merge(target: &mut Value, changes: Value) {
    match (target, changes) {
        (Value::Object(target), Value::Object(changes)) => {
            for (key, value) in changes {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, changes) => *target = changes,
    }
}
