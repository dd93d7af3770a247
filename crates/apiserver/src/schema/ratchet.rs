//! What the CEL rules of a custom resource have to look at when it changes.
//!
//! A rule about a value that stayed as it was is not asked again: kube-apiserver forgives what it would say (ratcheting
//! validation), unless it compares with the old value. Most writes change only `status`, and most rules are about `spec`.

use kube_cel::CompiledSchema;
use serde_json::{Map, Value};

/// An object before and after a change.
#[derive(Debug, PartialEq)]
pub(super) struct Changed {
    pub(super) old: Value,
    pub(super) new: Value,
}

/// The part of a changed object that rules have to be asked about; none if there is no such part. Rules see a value as a
/// whole, so a value that has any is there as a whole.
pub(super) fn judged(compiled: &CompiledSchema, old: &Value, new: &Value) -> Option<Changed> {
    if !any(compiled, &has_rules) || old == new && !any(compiled, &compares) {
        return None;
    }
    let whole = || Some(Changed { old: old.clone(), new: new.clone() });
    let (Value::Object(before), Value::Object(after)) = (old, new) else { return whole() };
    if has_rules(compiled) || branches(compiled).next().is_some() {
        return whole();
    }
    let mut part = (Map::new(), Map::new());
    for (name, value) in after {
        let Some(below) = compiled.properties.get(name).or(compiled.additional_properties.as_deref()) else { continue };
        let changed = match before.get(name) {
            // The evaluator would put the default in place of what is left out.
            Some(old) if below.default.is_some() => Some((Some(old.clone()), value.clone())),
            Some(old) => judged(below, old, value).map(|changed| (Some(changed.old), changed.new)),
            None => any(below, &has_rules).then(|| (None, value.clone())),
        };
        if let Some((old, new)) = changed {
            part.0.extend(old.map(|old| (name.clone(), old)));
            part.1.insert(name.clone(), new);
        }
    }
    (!part.1.is_empty()).then(|| Changed { old: part.0.into(), new: part.1.into() })
}

/// Whether a schema has rules about the value itself.
fn has_rules(compiled: &CompiledSchema) -> bool {
    !compiled.validations.is_empty()
}

/// Whether a rule about the value itself looks at the old one.
fn compares(compiled: &CompiledSchema) -> bool {
    compiled.validations.iter().flatten().any(|rule| rule.is_transition_rule)
}

/// Whether `wanted` holds for a schema or for any inside it.
fn any(compiled: &CompiledSchema, wanted: &impl Fn(&CompiledSchema) -> bool) -> bool {
    let elements = compiled.items.as_deref().into_iter().chain(compiled.additional_properties.as_deref());
    let mut inside = compiled.properties.values().chain(elements).chain(branches(compiled));
    wanted(compiled) || inside.any(|below| any(below, wanted))
}

/// The alternatives a value is checked against besides its own schema.
fn branches(compiled: &CompiledSchema) -> impl Iterator<Item = &CompiledSchema> {
    compiled.all_of.iter().chain(&compiled.any_of).chain(&compiled.one_of)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(old: Value, new: Value, expected: Option<(Value, Value)>) {
        let rule = |rule: &str| json!([{ "rule": rule }]);
        let compiled = kube_cel::compile_schema(&json!({"type": "object", "properties": {
            "spec": {"type": "object", "properties": {
                "limits": {
                    "type": "object", "x-kubernetes-validations": rule("self.min <= self.max"),
                    "properties": {"min": {"type": "integer"}, "max": {"type": "integer"}},
                },
                "name": {"type": "string", "x-kubernetes-validations": rule("self == oldSelf")},
                "names": {"type": "array", "items": {"type": "string", "x-kubernetes-validations": rule("self != ''")}},
                "free": {"type": "string"},
            }},
            "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
        }}));
        assert_eq!(judged(&compiled, &old, &new), expected.map(|(old, new)| Changed { old, new }));
    }

    #[test]
    fn rules_about_what_stayed_are_not_asked() {
        let limits = json!({"min": 2, "max": 1});
        check(
            json!({"spec": {"limits": limits, "names": [""], "free": "a"}, "status": {"phase": "a"}}),
            json!({"spec": {"limits": limits, "names": [""], "free": "b"}, "status": {"phase": "b"}}),
            None,
        );
    }

    #[test]
    fn a_changed_value_with_rules_is_there_as_a_whole() {
        check(
            json!({"spec": {"limits": {"min": 1, "max": 1}, "names": ["a"]}}),
            json!({"spec": {"limits": {"min": 2, "max": 1}, "names": ["a"]}}),
            Some((
                json!({"spec": {"limits": {"min": 1, "max": 1}}}),
                json!({"spec": {"limits": {"min": 2, "max": 1}}}),
            )),
        );
        check(
            json!({"spec": {"names": ["a"]}}),
            json!({"spec": {"names": ["a", ""]}}),
            Some((json!({"spec": {"names": ["a"]}}), json!({"spec": {"names": ["a", ""]}}))),
        );
    }

    #[test]
    fn what_is_new_is_judged_and_what_is_gone_is_not() {
        check(
            json!({"spec": {"names": ["a"]}}),
            json!({"spec": {"limits": {"min": 2}}}),
            Some((json!({"spec": {}}), json!({"spec": {"limits": {"min": 2}}}))),
        );
        check(json!({"spec": {"names": ["a"]}}), json!({"spec": {}}), None);
    }

    #[test]
    fn rules_that_compare_are_always_asked() {
        let same = json!({"spec": {"name": "a"}});
        check(same.clone(), same.clone(), Some((same.clone(), same)));
    }
}
