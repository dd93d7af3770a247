//! Which objects a label selector means.

use crate::Field;

/// Whether labels satisfy the plain map of a selector, such as a Service's `spec.selector` or Istio's `matchLabels`.
/// An empty map is satisfied by everything: whether it then selects is for the kind that holds it to say.
pub fn matches_labels<L: AsRef<str>>(selector: Field<'_>, label: impl Fn(&str) -> Option<L>) -> bool {
    selector.members().all(|(name, value)| label(name).is_some_and(|label| Some(label.as_ref()) == value.as_str()))
}

/// Whether labels satisfy a Kubernetes `LabelSelector`: every member of `matchLabels` and every one of
/// `matchExpressions`. An unknown operator or one without its values is never satisfied.
pub fn matches_selector<L: AsRef<str>>(selector: Field<'_>, label: impl Fn(&str) -> Option<L>) -> bool {
    let labels = selector.get("matchLabels").is_none_or(|labels| matches_labels(labels, &label));
    labels
        && selector.list("matchExpressions").all(|expression| {
            let value = label(expression.text("key"));
            let among = || {
                value.as_ref().is_some_and(|value| expression.texts("values").any(|wanted| wanted == value.as_ref()))
            };
            match expression.text("operator") {
                "In" => among(),
                "NotIn" => !among(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use manifest::{Manifest, Origin};
    use serde_json::{Value, json};

    use super::*;

    fn check(selector: Value, labels: &[(&str, &str)], expect: bool) {
        let value = json!({ "apiVersion": "v1", "kind": "A", "metadata": { "name": "a" }, "selector": selector });
        let manifest = Manifest::new(value, Origin::default()).expect("a manifest");
        let selector = Field::root(&manifest).get("selector").expect("a selector");
        let of = |name: &str| labels.iter().find(|(label, _)| *label == name).map(|(_, value)| *value);
        assert_eq!(matches_selector(selector, of), expect, "{selector:?} {labels:?}");
    }

    #[test]
    fn selectors_as_kubernetes_reads_them() {
        check(json!({}), &[], true);
        check(json!({ "matchLabels": { "app": "a" } }), &[("app", "a"), ("b", "c")], true);
        check(json!({ "matchLabels": { "app": "a" } }), &[("app", "b")], false);
        let expression = |operator: &str, values: Value| json!({ "matchExpressions": [{ "key": "tier", "operator": operator, "values": values }] });
        check(expression("In", json!(["web", "db"])), &[("tier", "db")], true);
        check(expression("In", json!(["web"])), &[], false);
        check(expression("NotIn", json!(["web"])), &[], true);
        check(expression("NotIn", json!(["web"])), &[("tier", "web")], false);
        check(expression("Exists", json!([])), &[("tier", "")], true);
        check(expression("DoesNotExist", json!([])), &[("tier", "")], false);
        check(expression("Near", json!([])), &[("tier", "")], false);
    }
}
