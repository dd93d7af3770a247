//! The variables of post-build substitution.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::{Cluster, ClusterError, ObjectRef};
use kinds::flux::Kustomization;
use kinds::flux::kustomization::{PostBuild, SubstituteReference};
use manifest::{Diagnostic, GroupVersionKind, Value};

use super::decryption::{self, Decryption};
use super::halt::Halt;
use crate::pipeline::Run;

/// The ConfigMaps and Secrets a Kustomization takes variables from.
pub fn references(kustomization: &Kustomization) -> BTreeSet<ObjectRef> {
    let post_build = kustomization.spec.post_build.iter();
    let namespace = &kustomization.metadata.namespace;
    post_build
        .flat_map(|post_build| &post_build.substitute_from)
        .filter_map(|entry| object_of(entry, namespace))
        .collect()
}

/// Inline variables over those of ConfigMaps and Secrets, later ones over earlier ones; line breaks are taken out of
/// values, as kustomize-controller does. `found` holds what [`references`] names; every missing object is reported.
pub fn merge(
    kustomization: &Kustomization,
    found: &BTreeMap<ObjectRef, Option<Arc<Value>>>,
) -> Result<BTreeMap<String, String>, Halt> {
    let none = PostBuild::default();
    let post_build = kustomization.spec.post_build.as_ref().unwrap_or(&none);
    let namespace = &kustomization.metadata.namespace;
    let mut variables = BTreeMap::new();
    let mut problems = Vec::new();
    for reference in &post_build.substitute_from {
        let Some(object) = object_of(reference, namespace) else {
            problems.push(Diagnostic::error(format!(
                "postBuild.substituteFrom: kind {} is not ConfigMap or Secret",
                reference.kind
            )));
            continue;
        };
        match found.get(&object).and_then(Option::as_deref) {
            Some(value) => match data_of(value, &reference.kind) {
                Ok(data) => variables.extend(data),
                Err(key) => problems.push(Diagnostic::error(format!(
                    "postBuild.substituteFrom: {} '{namespace}/{}': the value of {key} is not base64-encoded text",
                    reference.kind, reference.name
                ))),
            },
            None if reference.optional => {}
            None => problems.push(
                Diagnostic::error(format!(
                    "postBuild.substituteFrom: {} '{namespace}/{}' not found",
                    reference.kind, reference.name
                ))
                .with_hint("Create it, or mark the entry `optional: true`."),
            ),
        }
    }
    variables.extend(post_build.substitute.clone());
    for value in variables.values_mut() {
        value.retain(|character| character != '\n' && character != '\r');
    }
    if problems.is_empty() { Ok(variables) } else { Err(Halt::Build(problems)) }
}

/// The variables of a run, and the keys for what is encrypted, from watched objects.
pub(crate) async fn collect(run: &Run<'_>) -> Result<(BTreeMap<String, String>, Decryption), Halt> {
    let wanted = all_references(run.kustomization);
    let found = run.work.engine.references.read(&run.work.subject, run.work.mailbox, &wanted).await?;
    Ok((merge(run.kustomization, &found)?, Decryption::of(run.kustomization, &found)?))
}

/// The same of any Kustomization, read once; none if something is missing, or is not what it should be.
pub(crate) async fn read(
    cluster: &Cluster,
    kustomization: &Kustomization,
) -> Result<Option<(BTreeMap<String, String>, Decryption)>, ClusterError> {
    let wanted: Vec<ObjectRef> = all_references(kustomization).into_iter().collect();
    let read = cluster.get_all(&wanted).await;
    let found = wanted.into_iter().zip(read).map(|(object, read)| Ok((object, read?.map(Arc::new))));
    let found: BTreeMap<ObjectRef, Option<Arc<Value>>> = found.collect::<Result<_, ClusterError>>()?;
    Ok(merge(kustomization, &found).and_then(|merged| Ok((merged, Decryption::of(kustomization, &found)?))).ok())
}

/// What a Kustomization takes variables from, and keys.
fn all_references(kustomization: &Kustomization) -> BTreeSet<ObjectRef> {
    references(kustomization).into_iter().chain(decryption::reference(kustomization)).collect()
}

fn object_of(reference: &SubstituteReference, namespace: &str) -> Option<ObjectRef> {
    matches!(reference.kind.as_str(), "ConfigMap" | "Secret")
        .then(|| ObjectRef::new(GroupVersionKind::from_api_version("v1", &reference.kind), namespace, &reference.name))
}

/// The text entries of a ConfigMap or Secret; else the key whose value is not text.
fn data_of(object: &Value, kind: &str) -> Result<BTreeMap<String, String>, String> {
    let mut data = BTreeMap::new();
    for (key, value) in object["data"].as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        let text = if kind == "Secret" {
            let bytes = STANDARD.decode(text).map_err(|_| key.clone())?;
            String::from_utf8(bytes).map_err(|_| key.clone())?
        } else {
            text.to_owned()
        };
        data.insert(key.clone(), text);
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(substitute_from: Value, inline: Value, objects: Value) -> Result<BTreeMap<String, String>, String> {
        let kustomization = Kustomization::read(&json!({
            "metadata": {"name": "apps", "namespace": "ns"},
            "spec": {
                "interval": "1m",
                "sourceRef": {"kind": "GitRepository", "name": "x"},
                "postBuild": {"substitute": inline, "substituteFrom": substitute_from},
            },
        }))
        .unwrap();
        let found = references(&kustomization)
            .into_iter()
            .map(|reference| {
                let object = &objects[&reference.gvk.kind][&reference.name];
                (reference, object.is_object().then(|| Arc::new(object.clone())))
            })
            .collect();
        merge(&kustomization, &found).map_err(|halt| halt.to_string())
    }

    #[test]
    fn later_sources_win_and_inline_wins_over_all() {
        let objects = json!({
            "ConfigMap": {"a": {"data": {"x": "1", "y": "1", "z": "1"}}},
            "Secret": {"b": {"data": {"y": "Mg==", "z": "Mg=="}}},
        });
        let from = json!([{"kind": "ConfigMap", "name": "a"}, {"kind": "Secret", "name": "b"}]);
        let variables = merged(from, json!({"z": "3\n3"}), objects).unwrap();
        assert_eq!(variables, [("x", "1"), ("y", "2"), ("z", "33")].map(|(k, v)| (k.into(), v.into())).into());
    }

    #[test]
    fn every_missing_object_is_named_unless_it_is_optional() {
        let from = json!([
            {"kind": "ConfigMap", "name": "a"}, {"kind": "Secret", "name": "b"},
            {"kind": "Secret", "name": "c", "optional": true}, {"kind": "Pod", "name": "d"},
        ]);
        expect_test::expect![[r#"
            kustomize build failed: postBuild.substituteFrom: ConfigMap 'ns/a' not found. Create it, or mark the entry `optional: true`.
            postBuild.substituteFrom: Secret 'ns/b' not found. Create it, or mark the entry `optional: true`.
            postBuild.substituteFrom: kind Pod is not ConfigMap or Secret"#]]
        .assert_eq(&merged(from, json!({}), json!({})).unwrap_err());
    }

    #[test]
    fn a_secret_that_is_not_text_is_refused_without_showing_it() {
        let from = json!([{"kind": "Secret", "name": "b"}]);
        let error = merged(from, json!({}), json!({"Secret": {"b": {"data": {"k": "!secret!"}}}})).unwrap_err();
        assert!(error.contains("the value of k is not base64-encoded text") && !error.contains("!secret!"), "{error}");
    }
}
