//! What real repositories hold is admitted by the built-in kinds and by our definitions of Flux's, Flagger's and Istio's.

#![expect(clippy::print_stdout, reason = "a skipped test says that it is")]

use std::path::{Path, PathBuf};

use apiserver::registry::Registry;
use apiserver::schema::{FieldValidation, admit_create};
use manifest::{GroupVersionKind, Value, yaml};

/// The folder `name` of the corpora; `None`, said aloud, where it is missing; a failure where it must be there.
fn find(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("TENTER_CORPORA")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")));
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{name} of the corpora is missing in {}", root.display());
    println!("skipped: {name} of the corpora is missing in {} (set TENTER_CORPORA)", root.display());
    None
}

fn registry() -> Registry {
    let mut registry = Registry::default();
    apiserver::builtin::resources().into_iter().for_each(|resource| registry.insert(resource));
    for definition in kinds::crd::all() {
        apiserver::crd::resources_of(&definition).into_iter().for_each(|resource| registry.insert(resource));
    }
    registry
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

/// Admits every object under a folder whose kind is served; returns how many there were, and what was refused.
fn admit(folder: &Path) -> (usize, Vec<String>) {
    let registry = registry();
    let (mut paths, mut admitted, mut refused) = (Vec::new(), 0, Vec::new());
    files(folder, &mut paths);
    paths.sort();
    for path in paths {
        let bytes = std::fs::read(&path).expect("a file");
        let name = path.strip_prefix(folder).expect("below the folder").display().to_string();
        let limits = yaml::Limits::default();
        let Ok(documents) = yaml::read_documents(&bytes, &name, yaml::Profile::Kubectl, &limits) else { continue };
        for mut object in documents.into_iter().map(|document| document.value) {
            let Some(gvk) = GroupVersionKind::of(&object) else { continue };
            let Some(resource) = registry.iter().find(|resource| resource.gvk == gvk) else { continue };
            // A patch is no object of its own.
            if object["metadata"]["name"].is_null() || is_patch(&object) {
                continue;
            }
            match admit_create(resource, &mut object, FieldValidation::Strict) {
                Ok(_) => admitted += 1,
                Err(rejection) => refused.push(format!("{name}: {gvk}: {rejection}")),
            }
        }
    }
    (admitted, refused)
}

/// Whether a document only changes an object of another file: a workload without a selector.
fn is_patch(object: &Value) -> bool {
    object["kind"] == "Deployment" && object["spec"]["selector"].is_null()
}

#[test]
fn the_demo_repository_is_admitted_as_it_is() {
    let Some(folder) = find("gitops-istio") else { return };
    let (admitted, refused) = admit(&folder);
    assert_eq!(refused, Vec::<String>::new());
    assert!(admitted >= 25, "{admitted} objects");
}

#[test]
fn what_istio_accepts_is_admitted() {
    let Some(folder) = find("istio-validation") else { return };
    let cases = std::fs::read(folder.join("cases.dev.json")).expect("the cases");
    let cases: Vec<Value> = serde_json::from_slice(&cases).expect("JSON");
    let registry = registry();
    let (mut admitted, mut refused) = (0, Vec::new());
    for case in cases.iter().filter(|case| case["valid"] == true) {
        let (file, id) = (case["file"].as_str().expect("a file"), &case["id"]);
        let bytes = std::fs::read(folder.join(file)).expect("a file of the case");
        let limits = yaml::Limits::default();
        // Plain scalars with a colon inside flow lists are the YAML reader's tests, not ours.
        let Ok(documents) = yaml::read_documents(&bytes, file, yaml::Profile::Kubectl, &limits) else { continue };
        let Some(index) = case["doc_index"].as_u64() else { continue };
        let mut object = documents[index as usize].value.clone();
        let Some(gvk) = GroupVersionKind::of(&object) else { continue };
        let Some(resource) = registry.iter().find(|resource| resource.gvk == gvk) else { continue };
        // Istio's validators do not look at names, and some cases have names that no API server takes.
        object["metadata"]["name"] = "case".into();
        match admit_create(resource, &mut object, FieldValidation::Strict) {
            Ok(_) => admitted += 1,
            Err(rejection) => refused.push(format!("{id}: {rejection}")),
        }
    }
    assert_eq!(refused, Vec::<String>::new());
    assert!(admitted >= 20, "{admitted} objects");
}
