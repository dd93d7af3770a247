//! What an object asks for itself: the `kustomize.toolkit.fluxcd.io/…` labels and annotations.
//!
//! Flux reads each of them from labels or annotations alike and compares values without regard to case
//! (fluxcd/pkg/ssa `AnyInMetadata`). Values it does not know change nothing.

use serde_json::Value;

/// One wish an object can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wish {
    /// `ssa: Merge`: keep what other appliers, such as `kubectl`, set on the object.
    Merge,
    /// `ssa: IfNotPresent`: create the object, then leave it alone.
    IfNotPresent,
    /// `ssa: Ignore`: never apply or delete the object.
    Ignore,
    /// `force: enabled`: recreate the object when an immutable field changes.
    Force,
    /// `prune: disabled`: never delete the object.
    KeepOnPrune,
    /// `helm.sh/resource-policy: keep`: Helm never deletes the object.
    KeepOnUninstall,
    /// `reconcile: disabled`: never apply or delete the object.
    ReconcileDisabled,
    /// `tenter.dev/drift: warn`: report drift of the object and do not put it back.
    WarnOnDrift,
}

impl Wish {
    /// The key of the label or annotation that carries the wish.
    pub const fn key(self) -> &'static str {
        match self {
            Wish::Merge | Wish::IfNotPresent | Wish::Ignore => "kustomize.toolkit.fluxcd.io/ssa",
            Wish::Force => "kustomize.toolkit.fluxcd.io/force",
            Wish::KeepOnPrune => "kustomize.toolkit.fluxcd.io/prune",
            Wish::KeepOnUninstall => "helm.sh/resource-policy",
            Wish::ReconcileDisabled => "kustomize.toolkit.fluxcd.io/reconcile",
            Wish::WarnOnDrift => "tenter.dev/drift",
        }
    }

    /// The value that turns it on, in any case.
    pub const fn value(self) -> &'static str {
        match self {
            Wish::Merge => "Merge",
            Wish::IfNotPresent => "IfNotPresent",
            Wish::Ignore => "Ignore",
            Wish::Force => "enabled",
            Wish::KeepOnUninstall => "keep",
            Wish::KeepOnPrune | Wish::ReconcileDisabled => "disabled",
            Wish::WarnOnDrift => "warn",
        }
    }

    /// Whether `object` carries it, as a label or as an annotation.
    pub fn of(self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        ["labels", "annotations"].iter().any(|place| {
            metadata[place][self.key()].as_str().is_some_and(|value| value.eq_ignore_ascii_case(self.value()))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(metadata: Value, expected: &[Wish]) {
        let object = json!({ "metadata": metadata });
        let all = [
            Wish::Merge,
            Wish::IfNotPresent,
            Wish::Ignore,
            Wish::Force,
            Wish::KeepOnPrune,
            Wish::KeepOnUninstall,
            Wish::ReconcileDisabled,
            Wish::WarnOnDrift,
        ];
        let found: Vec<Wish> = all.into_iter().filter(|wish| wish.of(&object)).collect();
        assert_eq!(found, expected, "{object}");
    }

    #[test]
    fn labels_and_annotations_count_alike_in_any_case() {
        check(json!({}), &[]);
        check(json!({ "labels": null, "annotations": null }), &[]);
        check(json!({ "labels": { "kustomize.toolkit.fluxcd.io/ssa": "ignore" } }), &[Wish::Ignore]);
        check(json!({ "annotations": { "kustomize.toolkit.fluxcd.io/ssa": "Ignore" } }), &[Wish::Ignore]);
        check(json!({ "annotations": { "kustomize.toolkit.fluxcd.io/ssa": "IFNOTPRESENT" } }), &[Wish::IfNotPresent]);
        check(json!({ "annotations": { "kustomize.toolkit.fluxcd.io/ssa": "merge" } }), &[Wish::Merge]);
        check(json!({ "annotations": { "kustomize.toolkit.fluxcd.io/ssa": "Override" } }), &[]);
        check(json!({ "labels": { "kustomize.toolkit.fluxcd.io/force": "Enabled" } }), &[Wish::Force]);
        check(json!({ "annotations": { "kustomize.toolkit.fluxcd.io/force": "true" } }), &[]);
        check(json!({ "labels": { "kustomize.toolkit.fluxcd.io/prune": "Disabled" } }), &[Wish::KeepOnPrune]);
        check(json!({ "labels": { "kustomize.toolkit.fluxcd.io/prune": "enabled" } }), &[]);
        check(
            json!({ "annotations": { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" } }),
            &[Wish::ReconcileDisabled],
        );
        check(json!({ "annotations": { "helm.sh/resource-policy": "keep" } }), &[Wish::KeepOnUninstall]);
        check(json!({ "annotations": { "tenter.dev/drift": "warn" } }), &[Wish::WarnOnDrift]);
        check(json!({ "annotations": { "kustomize.toolkit.fluxcd.io/ssa": "" } }), &[]);
        check(json!({ "annotations": { "kustomize.toolkit.fluxcd.io/ssa": 1 } }), &[]);
    }

    #[test]
    fn wishes_do_not_hide_each_other() {
        check(
            json!({
                "labels": { "kustomize.toolkit.fluxcd.io/prune": "disabled", "kustomize.toolkit.fluxcd.io/ssa": "merge" },
                "annotations": { "kustomize.toolkit.fluxcd.io/force": "enabled" },
            }),
            &[Wish::Merge, Wish::Force, Wish::KeepOnPrune],
        );
    }
}
