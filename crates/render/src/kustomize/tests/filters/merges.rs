//! Patches, and the one generator that is a filter.

use manifest::patch::json6902;
use manifest::patch::strategic::{self, Dialect};
use manifest::yaml::{Limits, Profile, read_documents};
use manifest::{GroupVersionKind, Tree, Value, topology};
use serde_json::json;

use super::{Case, parsed, refused, same};
use crate::kustomize::{Options, build};

pub(super) fn run(case: &Case) -> Option<Result<(), String>> {
    Some(match case.package.as_str() {
        "iampolicygenerator" => generated(case).and_then(|objects| same(&objects, case.text("expected"))),
        "patchjson6902" => operated(case).and_then(|objects| same(&objects, case.text("expectedOutput"))),
        "patchstrategicmerge" => {
            merged(case.text("input"), case.text("patch")).and_then(|objects| same(&objects, case.text("expected")))
        }
        _ if case.test == "TestMerge" => {
            merged(case.text("dest"), case.text("source")).and_then(|objects| same(&objects, case.text("expected")))
        }
        _ => directive(case),
    })
}

/// Every document of `input` with `patch`.
fn merged(input: &str, patch: &str) -> Result<Vec<Value>, String> {
    let patch = parsed(patch)?.into_iter().next().unwrap_or_default();
    let mut objects = Vec::new();
    let limits = Limits::default();
    let documents = read_documents(input.as_bytes(), "case", Profile::Kustomize, &limits);
    for document in documents.map_err(|problem| problem.to_string())? {
        let mut object = document.value;
        let topology = GroupVersionKind::of(&object).and_then(|gvk| topology::kustomize(&gvk));
        strategic::drop_blanks(&mut object, document.spelling.blanks(), topology.as_deref());
        let merged = strategic::apply(&object, &patch, topology.as_deref(), Dialect::Kustomize);
        objects.extend(merged.map_err(|error| error.to_string())?);
    }
    Ok(objects)
}

fn operated(case: &Case) -> Result<Vec<Value>, String> {
    let operations = case.fields["filter"]["Patch"].as_str().unwrap_or_default();
    let operations = parsed(operations)?.into_iter().next().unwrap_or_default();
    let patch = json6902::Patch::parse(&operations, json6902::Dialect::Kustomize).map_err(|error| error.to_string())?;
    let apply = |object| patch.apply(object, json6902::Dialect::Kustomize).map_err(|error| error.to_string());
    parsed(case.text("input"))?.into_iter().map(apply).collect()
}

fn generated(case: &Case) -> Result<Vec<Value>, String> {
    let text = |pointer: &str| case.fields["args"].pointer(pointer).cloned().unwrap_or_default();
    let config = json!({
        "apiVersion": "builtin",
        "kind": "IAMPolicyGenerator",
        "metadata": {"name": "generator"},
        "cloud": "gke",
        "kubernetesService": {
            "namespace": text("/KubernetesService/Namespace"),
            "name": text("/KubernetesService/Name"),
        },
        "serviceAccount": {
            "name": text("/ServiceAccount/Name"),
            "projectId": text("/ServiceAccount/ProjectId"),
        },
    });
    let tree = Tree::from_texts([
        ("kustomization.yaml", "generators: [generator.yaml]\n".to_owned()),
        ("generator.yaml", config.to_string()),
    ]);
    let built = build(&tree, "", &Options::default());
    built
        .map(|manifests| manifests.into_iter().map(|manifest| manifest.value).collect())
        .map_err(|problems| problems.iter().map(|problem| format!("{problem}\n")).collect())
}

/// What a patch with a directive leaves where nothing was before it: upstream looks at the directive alone.
fn directive(case: &Case) -> Result<(), String> {
    let patch = parsed(case.text("patch"))?.into_iter().next().unwrap_or_default();
    let present = if patch.is_array() { json!([]) } else { json!({}) };
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"finalizers": present}});
    let deletes = case.text("patch").contains("$patch: delete");
    let patch = json!({"metadata": {"finalizers": patch}});
    let topology = GroupVersionKind::of(&object).and_then(|gvk| topology::kustomize(&gvk));
    let merged = strategic::apply(&object, &patch, topology.as_deref(), Dialect::Kustomize);
    let merged = merged.map_err(|error| error.to_string());
    if !case.text("errExpected").is_empty() {
        return refused(merged);
    }
    let left = merged?.and_then(|merged| merged.pointer("/metadata/finalizers").cloned()).unwrap_or_default();
    same(&[left], if deletes { "" } else { case.text("elided") })
}
