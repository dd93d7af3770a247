//! Secrets without their secrets, for everything that is printed, logged or kept.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::{GroupVersionKind, yaml};

/// Stands for a value.
const MASK: &str = "***";
/// Stands for the old one of two values that differ.
const MASK_BEFORE: &str = "*** (before)";
/// Stands for the new one of two values that differ.
const MASK_AFTER: &str = "*** (after)";
/// The members of a Secret that hold secrets.
const SECRET_MEMBERS: [&str; 2] = ["data", "stringData"];
/// How long a value has to be for it to be looked for in texts.
const SHORTEST_SAID: usize = 4;
/// Holds a whole copy of the object, values and all.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object that may be shown: if it is a Secret, or a list of them, its values are masked and the copy that kubectl
/// keeps in an annotation is removed. There is no other way to make one.
#[derive(Clone, PartialEq)]
pub struct Redacted(Value);

impl Redacted {
    /// `object` with every secret value as `***`.
    pub fn new(object: &Value) -> Redacted {
        let mut object = object.clone();
        redact(&mut object);
        Redacted(object)
    }

    /// What somebody says of an object, without the values of a Secret: those that are refused are often quoted. Values of
    /// less than four characters are left, since they are parts of words.
    pub fn said(object: &Value, text: &str) -> String {
        if !is_secret(object) {
            return text.to_owned();
        }
        let values = SECRET_MEMBERS.iter().filter_map(|member| members(object, member)).flat_map(Map::values);
        let mut quoted: Vec<String> = Vec::new();
        for value in values.filter_map(Value::as_str) {
            let decoded = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            quoted.extend(decoded);
            // Some servers quote it as JSON has it.
            quoted.extend(serde_json::to_string(value).ok().map(|json| json.trim_matches('"').to_owned()));
            quoted.push(value.to_owned());
        }
        // A value that is a part of another one would spoil it.
        quoted.sort_by_key(|value| std::cmp::Reverse(value.len()));
        let secrets = quoted.iter().filter(|value| value.chars().count() >= SHORTEST_SAID);
        secrets.fold(text.to_owned(), |text, value| text.replace(value.as_str(), MASK))
    }

    /// Two states of one object; secret values that differ show as `*** (before)` and `*** (after)`, as in Flux's and
    /// kubectl's diffs.
    pub fn pair(before: &Value, after: &Value) -> (Redacted, Redacted) {
        let (mut masked_before, mut masked_after) = (Redacted::new(before), Redacted::new(after));
        for member in SECRET_MEMBERS {
            tell_apart(before, after, member, &mut masked_before.0, &mut masked_after.0);
        }
        (masked_before, masked_after)
    }

    /// The object as it may be shown.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The object as it may be shown.
    pub fn into_value(self) -> Value {
        self.0
    }
}

/// As YAML.
impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&yaml::write(&self.0))
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redacted({})", self.0)
    }
}

fn redact(object: &mut Value) {
    if is_secret(object) {
        for member in SECRET_MEMBERS {
            if let Some(values) = object.get_mut(member) {
                mask(values);
            }
        }
        forget_last_applied(object);
    }
    if let Some(Value::Array(items)) = object.get_mut("items") {
        items.iter_mut().for_each(redact);
    }
}

/// Whether it is a Secret, in any version and without one (items of a `SecretList` may lack their type).
fn is_secret(object: &Value) -> bool {
    match GroupVersionKind::of(object) {
        Some(gvk) => gvk.group.is_empty() && gvk.kind == "Secret",
        None => {
            object.get("kind").is_none_or(|kind| kind == "Secret")
                && SECRET_MEMBERS.iter().any(|member| object.get(member).is_some())
        }
    }
}

/// Masks every value of a map, or the whole of anything else but null.
fn mask(values: &mut Value) {
    match values {
        Value::Null => {}
        Value::Object(members) => members.values_mut().for_each(|value| *value = MASK.into()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => *values = MASK.into(),
    }
}

fn forget_last_applied(object: &mut Value) {
    let Some(Value::Object(metadata)) = object.get_mut("metadata") else { return };
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove(LAST_APPLIED);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
}

/// Marks what differs in `member` of the two Secrets.
fn tell_apart(before: &Value, after: &Value, member: &str, masked_before: &mut Value, masked_after: &mut Value) {
    if !is_secret(before) && !is_secret(after) {
        return;
    }
    let (old, new) = (members(before, member), members(after, member));
    let marks = [(masked_before, MASK_BEFORE), (masked_after, MASK_AFTER)];
    for (masked, mark) in marks {
        let Some(Value::Object(shown)) = masked.get_mut(member) else { continue };
        for (key, value) in shown {
            let (old, new) = (old.and_then(|old| old.get(key)), new.and_then(|new| new.get(key)));
            if old.is_some() && new.is_some() && old != new {
                *value = mark.into();
            }
        }
    }
}

fn members<'a>(object: &'a Value, member: &str) -> Option<&'a Map<String, Value>> {
    object.get(member).and_then(Value::as_object)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(object: Value, expected: Expect) {
        expected.assert_eq(&Redacted::new(&object).value().to_string());
    }

    #[test]
    fn what_is_said_of_a_secret_shows_no_value() {
        let said = |kind: &str, text: &str| {
            let secret = json!({"apiVersion": "v1", "kind": kind, "data": {"a": "aHVudGVyMg==", "b": "eA==", "c": "bad\n"},
                "stringData": {"d": "hunter2-and-more"}});
            Redacted::said(&secret, text)
        };
        let text = "data.a: Invalid value: \"aHVudGVyMg==\": hunter2, hunter2-and-more and \"bad\\n\" at x";
        assert_eq!(said("Secret", text), "data.a: Invalid value: \"***\": ***, *** and \"***\" at x");
        assert_eq!(said("ConfigMap", text), text);
    }

    #[test]
    fn values_of_secrets_are_masked() {
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA=="}, "type": "Opaque"}),
            expect![[r#"{"apiVersion":"v1","data":{"a":"***"},"kind":"Secret","type":"Opaque"}"#]],
        );
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "x", "b": {"c": 1}}}),
            expect![[r#"{"apiVersion":"v1","kind":"Secret","stringData":{"a":"***","b":"***"}}"#]],
        );
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "data": "broken"}),
            expect![[r#"{"apiVersion":"v1","data":"***","kind":"Secret"}"#]],
        );
        check(
            json!({"kind": "Secret", "data": {"a": "no version"}}),
            expect![[r#"{"data":{"a":"***"},"kind":"Secret"}"#]],
        );
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "data": null}),
            expect![[r#"{"apiVersion":"v1","data":null,"kind":"Secret"}"#]],
        );
    }

    #[test]
    fn lists_are_masked_too() {
        check(
            json!({"apiVersion": "v1", "kind": "List", "items": [
                {"apiVersion": "v1", "kind": "Secret", "data": {"a": "x"}},
                {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "x"}},
            ]}),
            expect![[
                r#"{"apiVersion":"v1","items":[{"apiVersion":"v1","data":{"a":"***"},"kind":"Secret"},{"apiVersion":"v1","data":{"a":"x"},"kind":"ConfigMap"}],"kind":"List"}"#
            ]],
        );
        check(
            json!({"apiVersion": "v1", "kind": "SecretList", "items": [{"data": {"a": "x"}}]}),
            expect![[r#"{"apiVersion":"v1","items":[{"data":{"a":"***"}}],"kind":"SecretList"}"#]],
        );
    }

    #[test]
    fn the_copy_that_kubectl_keeps_goes() {
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"annotations": {LAST_APPLIED: "{}", "a": "b"}}}),
            expect![[r#"{"apiVersion":"v1","kind":"Secret","metadata":{"annotations":{"a":"b"}}}"#]],
        );
        check(
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"annotations": {LAST_APPLIED: "{}"}}}),
            expect![[r#"{"apiVersion":"v1","kind":"Secret","metadata":{}}"#]],
        );
    }

    #[test]
    fn other_kinds_stay() {
        check(
            json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "x"}}),
            expect![[r#"{"apiVersion":"v1","data":{"a":"x"},"kind":"ConfigMap"}"#]],
        );
        check(
            json!({"apiVersion": "example.com/v1", "kind": "Secret", "data": {"a": "x"}}),
            expect![[r#"{"apiVersion":"example.com/v1","data":{"a":"x"},"kind":"Secret"}"#]],
        );
    }

    #[test]
    fn differing_values_are_told_apart() {
        let secret = |data: Value| json!({"apiVersion": "v1", "kind": "Secret", "data": data});
        let (before, after) = Redacted::pair(
            &secret(json!({"same": "a", "changed": "b", "removed": "c"})),
            &secret(json!({"same": "a", "changed": "x", "added": "d"})),
        );
        expect![[r#"
            apiVersion: v1
            data:
              changed: '*** (before)'
              removed: '***'
              same: '***'
            kind: Secret
            ---
            apiVersion: v1
            data:
              added: '***'
              changed: '*** (after)'
              same: '***'
            kind: Secret
        "#]]
        .assert_eq(&format!("{before}---\n{after}"));
    }
}
