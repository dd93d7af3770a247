//! Validation held to what Istio's own tests accept and reject.

#![expect(clippy::print_stdout, reason = "a skipped test says that it is")]

use std::path::{Path, PathBuf};

use analysis::validation::{self, Layer, Problem, Subject};
use manifest::yaml::{Document, Limits, Profile, read_documents};
use manifest::{Manifest, Origin, Severity, Value};
use mesh::Field;

/// The folder of the corpus; `None`, said aloud, where it is missing; a failure where it must be there (`CI=true`).
fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("TENTER_CORPORA")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")));
    let path = root.join("istio-validation");
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "istio-validation is missing in {}", root.display());
    println!("skipped: istio-validation is missing in {} (set TENTER_CORPORA)", root.display());
    None
}

/// Says how many cases hold, past the test harness, which keeps what tests that hold print to itself.
fn count(corpus: &str, passed: usize, all: usize) {
    use std::io::Write;
    // Nobody reads what cannot be written.
    let _ = writeln!(std::io::stdout().lock(), "{corpus}: {passed} of {all} cases hold");
}

/// The documents of a file as Istio's tests divide it: at lines that begin with `---`, without those that are blank.
fn documents(text: &str, name: &str) -> Vec<Document> {
    let mut parts = vec![String::new()];
    for line in text.lines() {
        if line.starts_with("---") {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    let read = |part: &String| {
        let documents = read_documents(part.as_bytes(), name, Profile::Kubectl, &Limits::default());
        documents.unwrap_or_else(|problem| panic!("{name}: {problem:?}")).into_iter().next()
    };
    parts.iter().filter(|part| !part.trim().is_empty()).filter_map(read).collect()
}

fn manifest(mut value: Value) -> Manifest {
    if let Some(members) = value.as_object_mut() {
        members.remove("_err");
    }
    Manifest { value, origin: Origin::default() }
}

/// Judges an object that says no namespace as one of `namespace`.
fn judge<'w>(manifest: &'w Manifest, namespace: &'w str, by: fn(Subject<'w>) -> Vec<Problem<'w>>) -> Vec<Problem<'w>> {
    let root = Field::root(manifest);
    let own = root.at(&["metadata", "namespace"]).and_then(Field::as_str);
    by(Subject { root, namespace: own.unwrap_or(namespace) })
}

/// What is refused. Istio's tests judge by the schema alone, without an API server that would remove `null` first.
fn errors<'w, 'p>(problems: &'p [Problem<'w>]) -> impl Iterator<Item = &'p Problem<'w>> {
    problems.iter().filter(|problem| problem.severity == Severity::Error || problem.layer == Layer::Empty)
}

fn print(problems: &[Problem<'_>]) -> String {
    let line = |problem: &Problem<'_>| {
        let path = problem.field.pointer();
        format!("    {:?} {:?} {path}: {}\n", problem.severity, problem.layer, problem.message)
    };
    problems.iter().map(line).collect()
}

/// A case about one document: whether it is accepted, by all that judge it.
fn check_document(case: &Value, folder: &Path) -> Result<(), String> {
    let file = case["file"].as_str().expect("a file");
    let text = std::fs::read_to_string(folder.join(file)).expect("a file of the case");
    let index = case["doc_index"].as_u64().expect("a document") as usize;
    let manifest = manifest(documents(&text, file).swap_remove(index).value);
    // What the CRD alone accepts may mean nothing to the webhook.
    let is_istio = case["api_version"].as_str().is_some_and(|version| version.contains(".istio.io/"));
    let only_schema = case["suite"] == "gateway-inputs" && is_istio;
    let by = if only_schema { validation::structure } else { validation::validate };
    let problems = judge(&manifest, "default", by);
    match (case["valid"] == true, errors(&problems).count()) {
        (true, 0) | (false, 1..) => Ok(()),
        (true, _) => Err(format!("is rejected:\n{}", print(&problems))),
        (false, _) => Err("is accepted".to_owned()),
    }
}

/// A case about a file: what `istioctl validate` says of it.
fn check_file(case: &Value, folder: &Path) -> Result<(), String> {
    let file = case["file"].as_str().expect("a file");
    let bytes = std::fs::read(folder.join(file)).expect("a file of the case");
    // The reading that takes a key twice for an error.
    let Ok(documents) = read_documents(&bytes, file, Profile::Kustomize, &Limits::default()) else {
        return if case["valid"] == true { Err("cannot be read".to_owned()) } else { Ok(()) };
    };
    let manifests: Vec<Manifest> = documents.into_iter().flat_map(items).map(manifest).collect();
    let judge = |manifest| {
        let structure = judge(manifest, "default", validation::structure).into_iter().filter(seen_by_istioctl);
        structure.chain(judge(manifest, "default", validation::meaning))
    };
    let problems: Vec<Problem<'_>> = manifests.iter().flat_map(judge).collect();
    let warned = problems.iter().any(|problem| problem.severity == Severity::Warning);
    match (case["valid"] == true, errors(&problems).count()) {
        (true, 0) if case["warn"] == true && !warned => Err("gives no warning".to_owned()),
        (true, 0) | (false, 1..) => Ok(()),
        (true, _) => Err(format!("is rejected:\n{}", print(&problems))),
        (false, _) => Err("is accepted".to_owned()),
    }
}

/// Whether `istioctl validate` sees what contradicts a schema: it reads objects without one, as protobuf does. There
/// `null` is absence, and only a field that no object has is told.
fn seen_by_istioctl(problem: &Problem<'_>) -> bool {
    match problem.layer {
        Layer::Shape => !problem.field.value().is_null(),
        Layer::Empty => false,
        Layer::Limits => problem.field.pointer().matches('/').count() == 1,
        Layer::Meaning => true,
    }
}

/// A document, or the items of a list.
fn items(document: Document) -> Vec<Value> {
    match document.value["items"].as_array() {
        Some(items) if document.value["kind"] == "List" => items.clone(),
        _ if document.value.is_null() => Vec::new(),
        _ => vec![document.value],
    }
}

#[test]
fn what_istio_accepts_is_accepted_and_what_it_rejects_is_rejected() {
    let Some(folder) = corpus() else { return };
    let cases = std::fs::read(folder.join("cases.dev.json")).expect("the cases");
    let cases: Vec<Value> = serde_json::from_slice(&cases).expect("JSON");
    let check = |case: &Value| {
        let result =
            if case["doc_index"].is_null() { check_file(case, &folder) } else { check_document(case, &folder) };
        result.err().map(|why| format!("{}: {why}", case["id"]))
    };
    let failures: Vec<String> = cases.iter().filter_map(check).collect();
    count("istio-validation", cases.len() - failures.len(), cases.len());
    assert_eq!(failures, Vec::<String>::new(), "{}", failures.join("\n"));
}

#[test]
fn istio_rejects_what_its_test_annotation_marks() {
    let Some(folder) = corpus() else { return };
    let cases = std::fs::read(folder.join("cases.dev.json")).expect("the cases");
    let cases: Vec<Value> = serde_json::from_slice(&cases).expect("JSON");
    for case in cases.iter().filter(|case| case["suite"] == "dataset") {
        let file = case["file"].as_str().expect("a file");
        let text = std::fs::read_to_string(folder.join(file)).expect("a file of the case");
        let mut value = documents(&text, file).swap_remove(0).value;
        value["metadata"]["annotations"]["internal.istio.io/webhook-always-reject"] = "true".into();
        let manifest = manifest(value);
        assert_eq!(errors(&judge(&manifest, "default", validation::meaning)).count(), 1, "{}", case["id"]);
    }
}

/// Each judge on its own, for the documents of which Istio's tests say that both agree.
#[test]
fn the_webhook_rejects_what_the_schema_rejects() {
    let Some(folder) = corpus() else { return };
    let cases = std::fs::read(folder.join("cases.dev.json")).expect("the cases");
    let cases: Vec<Value> = serde_json::from_slice(&cases).expect("JSON");
    let by_both =
        |case: &&Value| case["suite"] == "crds" && case["validators"].as_array().is_some_and(|by| by.len() == 2);
    let (mut agreed, mut all, mut failures) = (0, 0, Vec::new());
    for case in cases.iter().filter(by_both) {
        let file = case["file"].as_str().expect("a file");
        let text = std::fs::read_to_string(folder.join(file)).expect("a file of the case");
        let index = case["doc_index"].as_u64().expect("a document") as usize;
        let manifest = manifest(documents(&text, file).swap_remove(index).value);
        let unreadable = judge(&manifest, "default", validation::structure);
        let unreadable = unreadable.iter().any(|problem| problem.layer == Layer::Shape);
        let meaning = judge(&manifest, "default", validation::meaning);
        let rejected = unreadable || errors(&meaning).count() > 0;
        all += 1;
        if rejected == (case["valid"] == false) {
            agreed += 1;
        } else {
            failures.push(format!("{}: rejected: {rejected}\n{}", case["id"], print(&meaning)));
        }
    }
    count("istio-validation, the webhook alone", agreed, all);
    assert_eq!(failures, Vec::<String>::new(), "{}", failures.join("\n"));
}
