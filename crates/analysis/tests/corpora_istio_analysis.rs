//! Istio's own tests of its analyzers, replayed: each case names one analyzer, and expects what it reports.

#![expect(clippy::print_stdout, reason = "the counts are what the tests are for")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use analysis::rules::istio::of_analyzer;
use analysis::{Finding, Fleet, Suppressions, analyze, analyze_fleet};
use manifest::yaml::{Limits, Profile, read_manifests, read_value};
use manifest::{Manifest, Origin, Value};
use mesh::{World, WorldOptions};
use serde::Deserialize;
use serde_json::json;

/// Cases that a tool without a cluster cannot decide as upstream does, each with its reason.
const UNDECIDABLE: &[(&str, &str)] = &[];

/// Namespaces that upstream's reader leaves out.
const IGNORED: [&str; 4] = ["kube-node-lease", "kube-public", "kube-system", "local-path-storage"];

/// The folder of the corpus: in `$TENTER_CORPORA`, or else in `../shared/corpora` of the workspace. `None`, said aloud,
/// where it is missing; a failure where it must be there (`CI=true`).
fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("TENTER_CORPORA")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")));
    let path = root.join("istio-analysis");
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "istio-analysis is missing in {}", root.display());
    println!("skipped: istio-analysis is missing in {} (set TENTER_CORPORA)", root.display());
    None
}

/// Says how many cases hold, past the test harness, which keeps what tests that hold print to itself.
fn count(what: &str, passed: usize, all: usize) {
    // Nobody reads what cannot be written.
    let _ = writeln!(std::io::stdout().lock(), "istio-analysis, {what}: {passed} of {all} cases hold");
}

#[derive(Deserialize)]
struct Case {
    id: String,
    analyzer: String,
    #[serde(default)]
    inputs: Vec<String>,
    #[serde(default)]
    clusters: std::collections::BTreeMap<String, Vec<String>>,
    mesh_config: Option<String>,
    mesh_networks: Option<String>,
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    code: String,
    resource: String,
}

#[derive(Deserialize)]
struct Analyzer {
    name: String,
    /// A list of [`Input`]s; a text for analyzers whose name says the one kind that they read.
    inputs: Value,
}

#[derive(Deserialize)]
struct Input {
    group: String,
    kind: String,
    accepted_versions: Vec<String>,
}

/// What an analyzer reads. Those that validate are named after the one kind of Istio's that they read.
fn inputs(analyzers: &[Analyzer], name: &str) -> Vec<Input> {
    if let Some(kind) = name.strip_prefix("schema.ValidationAnalyzer.") {
        let of = |group: &str| {
            let versions = ["v1", "v1beta1", "v1alpha3", "v1alpha1"].map(str::to_owned).to_vec();
            Input { group: format!("{group}.istio.io"), kind: kind.to_owned(), accepted_versions: versions }
        };
        return ["networking", "security", "telemetry", "extensions"].map(of).into_iter().collect();
    }
    let analyzer = analyzers.iter().find(|analyzer| analyzer.name == name);
    let analyzer = analyzer.unwrap_or_else(|| panic!("{name} is no known analyzer"));
    serde_json::from_value(analyzer.inputs.clone()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn load<T: for<'de> Deserialize<'de>>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(corpus: &Path, file: &str) -> Vec<Manifest> {
    let bytes = std::fs::read(corpus.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let manifests = read_manifests(&bytes, file, Profile::Kubectl, &Limits::default());
    manifests.unwrap_or_else(|problems| panic!("{file}: {problems:?}"))
}

/// A file that holds a message on its own, such as a mesh configuration, as an object.
fn alone(corpus: &Path, file: &str, kind: &str, name: &str) -> Manifest {
    let text = std::fs::read_to_string(corpus.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut value = read_value(&text, file, Profile::Kubectl, &Limits::default()).expect("YAML");
    value["apiVersion"] = Value::from("v1");
    value["kind"] = Value::from(kind);
    value["metadata"] = json!({ "name": name, "namespace": "istio-system" });
    Manifest::new(value, Origin::default()).expect("a manifest")
}

/// The ingress gateway that upstream takes for granted.
fn ingress_gateway() -> [Manifest; 2] {
    let name = "istio-ingressgateway";
    let port = |name: &str, port: u16, node_port: u16| json!({ "name": name, "protocol": "TCP", "port": port, "targetPort": port, "nodePort": node_port });
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": format!("{name}-dummypod"), "namespace": "istio-system", "labels": { "istio": "ingressgateway" } },
        "spec": { "containers": [{ "name": "istio-proxy" }] },
    });
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "namespace": "istio-system" },
        "spec": {
            "selector": { "istio": "ingressgateway" },
            "ports": [port("http2", 80, 31380), port("https", 443, 31390), port("tcp", 31400, 31400), port("tls", 15443, 31447)],
        },
    });
    [pod, service].map(|value| Manifest::new(value, Origin::default()).expect("a manifest"))
}

fn options() -> WorldOptions {
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    WorldOptions { default_namespace: String::new(), now: Some(now), ..WorldOptions::default() }
}

fn is_loaded(manifest: &Manifest, inputs: &[Input]) -> bool {
    let id = manifest.id();
    let api_version = manifest.value["apiVersion"].as_str().unwrap_or_default();
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let ignored =
        IGNORED.contains(&id.namespace.as_str()) || (id.kind == "Namespace" && IGNORED.contains(&id.name.as_str()));
    let known = |input: &Input| {
        input.group == id.group && input.kind == id.kind && input.accepted_versions.iter().any(|known| known == version)
    };
    !ignored && inputs.iter().any(known)
}

fn world(corpus: &Path, case: &Case, kinds: &[Input]) -> World {
    let inputs = case.inputs.iter().flat_map(|file| read(corpus, file));
    let objects = inputs.chain(ingress_gateway()).filter(|manifest| is_loaded(manifest, kinds));
    let config = case.mesh_config.iter().map(|file| alone(corpus, file, "MeshConfig", "meshconfig"));
    let networks = case.mesh_networks.iter().map(|file| alone(corpus, file, "MeshNetworks", "meshnetworks"));
    World::new(objects.chain(config).chain(networks).map(Arc::new), options())
}

/// What differs between what was found and what was expected, as multisets of code and object.
fn difference(found: &[Finding], expected: &[Expected]) -> Option<String> {
    let mut found: Vec<String> =
        found.iter().map(|finding| format!("{} {}", finding.code, finding.resource())).collect();
    let mut expected: Vec<String> =
        expected.iter().map(|expected| format!("{} {}", expected.code, expected.resource)).collect();
    found.sort();
    expected.sort();
    (found != expected).then(|| format!("found {found:#?}\nexpected {expected:#?}"))
}

fn hold(what: &str, cases: &[Case], run: impl Fn(&Case) -> Vec<Finding>) {
    let mut passed = 0;
    let mut surprises = Vec::new();
    for case in cases {
        let listed = UNDECIDABLE.iter().find(|(id, _)| *id == case.id);
        match (difference(&run(case), &case.expected), listed) {
            (None, None) => passed += 1,
            (Some(_), Some((_, reason))) => println!("--- {}: {reason}", case.id),
            (None, Some(_)) => surprises.push(format!("{} holds, but is listed", case.id)),
            (Some(difference), None) => surprises.push(format!("{} ({}): {difference}", case.id, case.analyzer)),
        }
    }
    count(what, passed, cases.len());
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn the_analyzers_find_what_upstream_expects() {
    let Some(corpus) = corpus() else { return };
    let analyzers: Vec<Analyzer> = load(&corpus.join("analyzers.json"));
    let cases: Vec<Case> = load(&corpus.join("cases.dev.json"));
    assert!(cases.len() >= 74, "{} cases, 74 were there before", cases.len());
    hold("one cluster", &cases, |case| {
        let inputs = inputs(&analyzers, &case.analyzer);
        let rules = of_analyzer(&case.analyzer);
        assert!(!rules.is_empty(), "{} has no rule", case.analyzer);
        analyze(&world(&corpus, case, &inputs), rules, &Suppressions::default())
    });
}

#[test]
fn the_analyzers_of_several_clusters_find_what_upstream_expects() {
    let Some(corpus) = corpus() else { return };
    let cases: Vec<Case> = load(&corpus.join("cases.multicluster.json"));
    hold("several clusters", &cases, |case| {
        let worlds: Vec<(&str, World)> = case
            .clusters
            .iter()
            .map(|(name, files)| {
                let objects = files.iter().flat_map(|file| read(&corpus, file)).map(Arc::new);
                (name.as_str(), World::new(objects, options()))
            })
            .collect();
        let fleet = Fleet::new(worlds.iter().map(|(name, world)| (*name, world)));
        analyze_fleet(&fleet, of_analyzer(&case.analyzer), &Suppressions::default())
    });
}

/// Every analyzer of upstream has its rules, but for those that validate single objects.
#[test]
fn every_analyzer_has_a_rule() {
    let Some(corpus) = corpus() else { return };
    let analyzers: Vec<Analyzer> = load(&corpus.join("analyzers.json"));
    let others = analyzers.iter().map(|analyzer| analyzer.name.as_str()).filter(|name| !name.starts_with("schema."));
    let missing: Vec<&str> = others.filter(|name| of_analyzer(name).is_empty()).collect();
    assert_eq!(missing, [""; 0]);
}
