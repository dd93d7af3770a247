//! The variables of post-build substitution.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::ObjectRef;
use kinds::flux::kustomization::{PostBuild, SubstituteReference};
use manifest::{Diagnostic, GroupVersionKind, Value};

use super::halt::Halt;
use crate::pipeline::Run;

/// Inline variables over those of ConfigMaps and Secrets, later ones over earlier ones; line breaks are taken out of
/// values, as kustomize-controller does. Every missing object is reported.
pub(crate) async fn collect(run: &Run<'_>) -> Result<BTreeMap<String, String>, Halt> {
    let none = PostBuild::default();
    let post_build = run.kustomization.spec.post_build.as_ref().unwrap_or(&none);
    let namespace = &run.kustomization.metadata.namespace;
    let wanted: BTreeSet<ObjectRef> =
        post_build.substitute_from.iter().filter_map(|reference| object_of(reference, namespace)).collect();
    let found = run.engine.references.read(&run.key, run.mailbox, &wanted).await;

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
