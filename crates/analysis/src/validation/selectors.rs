//! Labels, and the selectors and references by which policies say whom they are for.

use mesh::Field;

use super::hosts;
use super::problem::Problems;
use super::subject::group_in_words;

/// Whether a text is what Kubernetes calls a qualified name: letters, digits, `-`, `_` and `.`, alphanumeric at both ends.
fn is_qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.into_iter().all(|end| end.is_some_and(u8::is_ascii_alphanumeric))
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The name of a label or an annotation.
pub(super) fn key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let good_prefix = prefix.is_none_or(|prefix| prefix.len() <= 253 && prefix.split('.').all(hosts::is_label));
    if good_prefix && is_qualified(name) && name.len() <= 63 {
        Ok(())
    } else {
        Err(format!("`{key}` is no name that Kubernetes takes for a label or an annotation"))
    }
}

/// Labels that Kubernetes would take.
pub(super) fn labels<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    for (label, value) in around.map(name) {
        problems.judge(value, key(label));
        let text = value.as_str().unwrap_or_default();
        if !text.is_empty() && !is_qualified(text) {
            problems.error(value, format!("the value `{text}` of the label `{label}` is none that Kubernetes takes"));
        }
    }
}

/// A workload selector, whose labels are the member `labels` of it: no wildcards, no empty names, and not none at all.
pub(super) fn workloads<'w>(around: Field<'w>, name: &str, labels: &str, problems: &mut Problems<'w>) {
    let Some(selector) = around.get(name) else { return };
    for (label, value) in selector.map(labels) {
        let text = value.as_str().unwrap_or_default();
        if label.is_empty() {
            problems.error(value, format!("`{name}` selects a label without a name by the value `{text}`"));
        }
        if label.contains('*') || text.contains('*') {
            problems.error(
                value,
                format!("`{name}` has a wildcard in `{label}: {text}`, and labels are compared as they are"),
            );
        }
    }
    if selector.map(labels).next().is_none() {
        problems.warning(selector, format!("`{name}` selects by no label, and so everything of the namespace"));
    }
}

/// The kinds that a policy may be attached to.
const TARGETS: [(&str, &str); 4] = [
    ("", "Service"),
    ("networking.istio.io", "ServiceEntry"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
];

/// `selector`, `targetRef` and `targetRefs` of a policy: one of them at most, and each one good.
pub(super) fn attachment<'w>(spec: Field<'w>, problems: &mut Problems<'w>) {
    let given: Vec<&str> = [("selector", spec.get("selector")), ("targetRef", spec.get("targetRef"))]
        .into_iter()
        .chain([("targetRefs", spec.list("targetRefs").next())])
        .filter_map(|(name, field)| field.map(|_| name))
        .collect();
    if let [first, .., last] = given.as_slice() {
        problems.error(spec.get(last).unwrap_or(spec), format!("only one of `{first}` and `{last}` can be given"));
    }
    workloads(spec, "selector", "matchLabels", problems);
    for target in spec.get("targetRef").into_iter().chain(spec.list("targetRefs")) {
        target_reference(target, problems);
    }
}

fn target_reference<'w>(target: Field<'w>, problems: &mut Problems<'w>) {
    if target.text("name").is_empty() {
        problems.error(target, "the target has no name");
    }
    if let Some(namespace) = target.get("namespace")
        && !target.text("namespace").is_empty()
    {
        problems.error(namespace, "the target is of another namespace, which is not supported");
    }
    let (group, kind) = (target.text("group"), target.text("kind"));
    let group = if group == "core" { "" } else { group };
    if !TARGETS.contains(&(group, kind)) {
        let message = format!(
            "the target is a `{kind}` of {}; policies attach to Service, ServiceEntry, Gateway and GatewayClass",
            group_in_words(group)
        );
        problems.error(target.get("kind").unwrap_or(target), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_labels_are_those_of_kubernetes() {
        for (name, expect) in [
            ("app", true),
            ("app.kubernetes.io/name", true),
            ("a_b.c-d", true),
            ("", false),
            ("-a", false),
            ("a/b/c", false),
            ("/a", false),
            ("a/", false),
            ("a*", false),
        ] {
            assert_eq!(key(name).is_ok(), expect, "{name}");
        }
        assert!(key(&"a".repeat(64)).is_err());
    }
}
