//! Who owns which fields.

use manifest::GroupVersionKind;
use manifest::ownership::{Conflicts, FieldSet, Operation, PathElement, apply};
use manifest::topology::{self, Topology};
use manifest::yaml::{Limits, Profile, read_documents};

use crate::{Law, text, two_values};

/// A field set that can be read is written the same way again, and its algebra is that of sets.
pub const FIELDS_V1: Law = Law {
    name: "fields_v1",
    check: fields_v1,
    seeds: &[
        r#"{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}}}"#,
        r#"{"f:a":{"v:\"x\"":{},"v:1":{},"v:1.5":{},"v:null":{},"i:0":{},"i:12":{"f:b":{}}},".":{}}"#,
    ],
};

fn fields_v1(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let limits = Limits { max_bytes: 64 << 10, max_depth: 60, max_nodes: 5_000 };
    let Ok(documents) = read_documents(text.as_bytes(), "fields", Profile::Kubectl, &limits) else { return };
    for document in documents {
        let Ok(set) = FieldSet::decode(&document.value) else { continue };
        if set.paths().iter().flat_map(|path| &path.0).any(names_fraction) {
            continue;
        }
        assert_eq!(FieldSet::decode(&set.encode()).as_ref(), Ok(&set));
        assert_eq!(serde_json::from_str::<manifest::Value>(&set.encode_text()).ok(), Some(set.encode()));
        assert_eq!(set.union(&set), set);
        assert_eq!(set.intersection(&set), set);
        assert!(set.difference(&set).is_empty());
        assert_eq!(set.paths().len(), set.len());
        assert_eq!(FieldSet::from_paths(set.paths()), set);
        assert!(set.paths().iter().all(|path| set.contains(&path.0)));
    }
}

/// Whether a step names its item by a fraction, which JSON text does not keep to the last bit.
fn names_fraction(step: &PathElement) -> bool {
    match step {
        PathElement::Value(value) => value.is_f64(),
        PathElement::Key(fields) => fields.iter().any(|(_, value)| value.is_f64()),
        PathElement::Field(_) | PathElement::Index(_) => false,
    }
}

/// Applying the same again, by the same manager, changes nothing and conflicts with nothing.
pub const APPLY: Law = Law {
    name: "ownership_apply",
    check: apply_twice,
    seeds: &[
        "apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {a: b}}\nspec: {ports: [{port: 80, protocol: TCP, name: x}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80, protocol: TCP, targetPort: 1}, {port: 81, protocol: UDP}], type: NodePort}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {finalizers: [a, b], managedFields: [{manager: m, operation: Apply, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {'f:metadata': {'f:finalizers': {'v:\"a\"': {}}}}}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {finalizers: [c]}\nspec: {nodeSelector: {a: b}, containers: []}\n",
    ],
};

fn apply_twice(input: &[u8]) {
    let Some((live, applied)) = two_values(input) else { return };
    // As the API server, which applies to objects of one type only.
    let Some(gvk) = GroupVersionKind::of(&applied).filter(|gvk| GroupVersionKind::of(&live).as_ref() == Some(gvk))
    else {
        return;
    };
    let (deduced, builtin) = (Topology::deduced(), topology::builtin(&gvk));
    let nothing = FieldSet::default();
    for topology in [Some(&deduced), builtin.as_deref()].into_iter().flatten() {
        let operation =
            Operation { manager: "fuzz", subresource: "", now: "2026-01-01T00:00:00Z", topology, ignored: &nothing };
        let Ok(once) = apply(Some(&live), &applied, Conflicts::Force, &operation) else { continue };
        let later = Operation { now: "2026-01-02T00:00:00Z", ..operation };
        let twice = apply(Some(&once), &applied, Conflicts::Fail, &later);
        assert_eq!(twice.as_ref().map_err(ToString::to_string), Ok(&once));
    }
}
