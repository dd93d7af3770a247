//! The definitions of the kinds that are reconciled.

use cluster::{Cluster, ClusterError, ObjectRef};
use manifest::{GroupVersionKind, Value};

use super::hint::Hint;
use super::report::Category;
use crate::installation::{CONTROLLER, KINDS, MANAGED_BY, ServedKind};

/// Before an installation: what is there already can be used.
pub(super) async fn before(cluster: &Cluster) -> Category {
    let mut category = Category::new("pre-definitions");
    for kind in KINDS {
        let what = match read(cluster, kind).await {
            Ok(None) => Some((format!("{} is not there yet", kind.definition()), None)),
            Ok(Some(found)) => {
                let whose =
                    if found["metadata"]["labels"][MANAGED_BY] == CONTROLLER { "ours" } else { "used as it is" };
                Some((format!("{} is there, and {whose}", kind.definition()), problem(&found)))
            }
            Err(error) => Some((format!("{} can be read", kind.definition()), Some(error.to_string()))),
        };
        if let Some((what, problem)) = what {
            category.check(Hint::Definitions, what, problem);
        }
    }
    category
}

/// After it: they are there and served.
pub(super) async fn served(cluster: &Cluster) -> Category {
    let mut category = Category::new("tenter-definitions");
    for kind in KINDS {
        let problem = match read(cluster, kind).await {
            Ok(None) => Some("it is not there; run `tenter install`".to_owned()),
            Ok(Some(found)) => problem(&found),
            Err(error) => Some(error.to_string()),
        };
        category.check(Hint::Definitions, format!("{} is served", kind.definition()), problem);
    }
    category
}

async fn read(cluster: &Cluster, kind: ServedKind) -> Result<Option<Value>, ClusterError> {
    let definitions = GroupVersionKind::from_api_version("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    cluster.get(&ObjectRef::new(definitions, "", kind.definition())).await
}

/// Versions are called `v1`, `v2` and their betas, of which every one is read.
fn problem(definition: &Value) -> Option<String> {
    let versions = definition["spec"]["versions"].as_array().into_iter().flatten();
    let served: Vec<&str> =
        versions.filter(|version| version["served"] == true).filter_map(|version| version["name"].as_str()).collect();
    if !served.iter().any(|version| version.starts_with("v1") || version.starts_with("v2")) {
        return Some(format!("its versions ({}) are none that are known; upgrade Tenter", served.join(", ")));
    }
    let conditions = definition["status"]["conditions"].as_array().into_iter().flatten();
    let established = conditions.into_iter().find(|condition| condition["type"] == "Established");
    match established {
        Some(condition) if condition["status"] == "True" => None,
        Some(condition) => Some(condition["message"].as_str().unwrap_or("it is not established").to_owned()),
        None => Some("it is not established yet".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn check(versions: &[(&str, bool)], conditions: Value, expected: Expect) {
        let versions: Vec<Value> =
            versions.iter().map(|(name, served)| json!({"name": name, "served": served})).collect();
        let definition = json!({"spec": {"versions": versions}, "status": {"conditions": conditions}});
        expected.assert_eq(&problem(&definition).unwrap_or_else(|| "fine".to_owned()));
    }

    #[test]
    fn definitions() {
        let established = || json!([{"type": "Established", "status": "True"}]);
        check(&[("v1", true)], established(), expect!["fine"]);
        check(&[("v2beta1", true), ("v2", true)], established(), expect!["fine"]);
        check(
            &[("v1", false), ("v3", true)],
            established(),
            expect!["its versions (v3) are none that are known; upgrade Tenter"],
        );
        check(&[("v1", true)], json!([]), expect!["it is not established yet"]);
        check(
            &[("v1", true)],
            json!([{"type": "Established", "status": "False", "message": "the name is taken"}]),
            expect!["the name is taken"],
        );
    }
}
