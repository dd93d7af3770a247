//! The three kinds of patches. The input is two YAML documents: a target, and a patch for it.

use manifest::patch::{json6902, merge, strategic};
use manifest::{GroupVersionKind, Value, topology};
use serde_json::json;

use crate::{Law, two_values};

/// A JSON patch fits or is refused; one that only tests what is there changes nothing.
pub const JSON6902: Law = Law {
    name: "json6902",
    check: json_patch,
    seeds: &[
        "a: {b: [1, 2]}\n---\n- {op: add, path: /a/b/-, value: 3}\n- {op: replace, path: /a/b/0, value: {c: 1}}\n",
        "a~: {/: 1}\n---\n- {op: move, from: /a~0/~1, path: /b}\n- {op: copy, from: /b, path: /c}\n- {op: remove, path: /b}\n",
        "[1, [2]]\n---\n- {op: test, path: /1/0, value: 2}\n- {op: add, path: '', value: 1}\n- {op: remove, path: /-1}\n",
    ],
};

fn json_patch(input: &[u8]) {
    let Some((target, patch)) = two_values(input) else { return };
    for dialect in [json6902::Dialect::Rfc, json6902::Dialect::Kustomize] {
        if let Err(error) = json6902::apply(target.clone(), &patch, dialect) {
            assert!(!error.to_string().is_empty());
        }
    }
    let same = json!([{"op": "test", "path": "", "value": target}]);
    assert_eq!(json6902::apply(target.clone(), &same, json6902::Dialect::Rfc), Ok(target));
}

/// Merging a merge patch twice is merging it once, and an empty one changes no object.
pub const MERGE: Law = Law {
    name: "merge_patch",
    check: merge_patch,
    seeds: &[
        "a: {b: 1, c: [1]}\n---\na: {b: null, d: {e: null}}\n",
        "[1]\n---\na: {b: {c: null}}\n",
        "1\n---\n[null]\n",
    ],
};

fn merge_patch(input: &[u8]) {
    let Some((target, patch)) = two_values(input) else { return };
    let once = merge::apply(target.clone(), &patch);
    assert_eq!(merge::apply(once.clone(), &patch), once);
    if target.is_object() {
        assert_eq!(merge::apply(target.clone(), &json!({})), target);
    }
}

/// A strategic merge patch fits or is refused, in both dialects; an empty one changes no object.
pub const STRATEGIC: Law = Law {
    name: "strategic_merge",
    check: strategic_merge,
    seeds: &[
        "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{name: a, ports: [{containerPort: 1}]}]}}}\n---\napiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{name: b}, {name: a, $patch: delete}]}}}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {finalizers: [a, b]}\nspec: {volumes: [{name: a, emptyDir: {}}]}\n---\nmetadata: {$deleteFromPrimitiveList/finalizers: [a]}\nspec: {volumes: [{$patch: replace}, {name: x}], $setElementOrder/volumes: [{name: x}]}\n",
        "apiVersion: v1\nkind: Pod\nspec: {volumes: [{name: a, emptyDir: {}}]}\n---\nspec: {volumes: [{name: a, hostPath: {path: /}, $retainKeys: [name, hostPath]}], $retainKeys: [volumes]}\n",
        "kind: Own\na: [{name: x}]\n---\n$patch: delete\n",
    ],
};

fn strategic_merge(input: &[u8]) {
    let Some((target, patch)) = two_values(input) else { return };
    let gvk = GroupVersionKind::of(&target);
    let builtin = gvk.as_ref().and_then(topology::builtin);
    for dialect in [strategic::Dialect::Kubernetes, strategic::Dialect::Kustomize] {
        let known = match dialect {
            strategic::Dialect::Kubernetes => builtin.as_deref(),
            strategic::Dialect::Kustomize => None,
        };
        if let Err(error) = strategic::apply(&target, &patch, known, dialect) {
            assert!(!error.to_string().is_empty());
        }
    }
    if target.is_object() {
        let empty = Value::Object(serde_json::Map::new());
        let unchanged = strategic::apply(&target, &empty, builtin.as_deref(), strategic::Dialect::Kubernetes);
        assert_eq!(unchanged, Ok(Some(target)));
    }
}
