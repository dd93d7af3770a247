//! Which objects a Helm release may take over.

use std::collections::BTreeSet;

use manifest::{ObjectId, Value};
use plan::inventory::Inventory;
use render::helm::storage::Release;

use super::halt::Halt;
use super::objects::{MANAGED_BY, RELEASE_NAME, RELEASE_NAMESPACE};
use crate::stages::apply::Checked;

/// Refuses objects that are there, are not of the release before, and do not carry Helm's marks of this release, as Helm
/// does where it may not take objects over.
pub(super) fn check(checked: &Checked, before: &Inventory, release: &Release) -> Result<(), Halt> {
    let known: BTreeSet<&ObjectId> = before.entries.iter().map(|entry| &entry.id).collect();
    let steps = checked.plan.steps().map(|step| step.manifest.id()).filter(|id| !known.contains(id));
    let owned: Vec<(ObjectId, String)> = steps
        .filter_map(|id| {
            let problems = foreign_marks(checked.live(&id)?, release);
            (!problems.is_empty()).then(|| (id, format!("invalid ownership metadata; {}", problems.join("; "))))
        })
        .collect();
    if owned.is_empty() { Ok(()) } else { Err(Halt::Owned(owned)) }
}

/// What of Helm's marks is missing or names another release; the words are Helm's.
fn foreign_marks(live: &Value, release: &Release) -> Vec<String> {
    let metadata = &live["metadata"];
    let check = |what: &str, found: &Value, key: &str, wanted: &str| match found[key].as_str() {
        Some(found) if found == wanted => None,
        Some(found) => {
            Some(format!("{what} validation error: key {key:?} must equal {wanted:?}: current value is {found:?}"))
        }
        None => Some(format!("{what} validation error: missing key {key:?}: must be set to {wanted:?}")),
    };
    [
        check("label", &metadata["labels"], MANAGED_BY.0, MANAGED_BY.1),
        check("annotation", &metadata["annotations"], RELEASE_NAME, &release.name),
        check("annotation", &metadata["annotations"], RELEASE_NAMESPACE, &release.namespace),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(metadata: Value, expected: Expect) {
        let release = Release { name: "web".to_owned(), namespace: "apps".to_owned(), ..Release::default() };
        expected.assert_eq(&foreign_marks(&json!({ "metadata": metadata }), &release).join("\n"));
    }

    #[test]
    fn marks_must_be_those_of_the_release() {
        let marks = |name: &str| {
            json!({
                "labels": {"app.kubernetes.io/managed-by": "Helm"},
                "annotations": {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": "apps"},
            })
        };
        check(marks("web"), expect![[""]]);
        check(
            marks("other"),
            expect![[
                r#"annotation validation error: key "meta.helm.sh/release-name" must equal "web": current value is "other""#
            ]],
        );
        check(
            json!({}),
            expect![[r#"
            label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"
            annotation validation error: missing key "meta.helm.sh/release-name": must be set to "web"
            annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "apps""#]],
        );
    }
}
