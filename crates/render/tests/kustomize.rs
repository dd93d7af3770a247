//! Kustomize's own test suite, read in place: see `shared/corpora/README.md`. Nothing of it is kept here.

#![expect(clippy::print_stdout, reason = "the counts are what the tests are for")]

mod corpora;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use manifest::{Tree, Value, yaml};
use render::helm::release::Rules;
use render::kustomize::{ChartOptions, Charts, LoadRestrictions, Options, Reorder, build};
use serde::Deserialize;

/// How many of upstream's cases must hold. It only ever rises.
const FLOOR: usize = 287;

#[derive(Deserialize)]
struct Corpus {
    cases: Vec<Case>,
}

/// One case: a build of files, or one plugin alone on an input.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: String,
    kind: Kind,
    self_contained: bool,
    #[serde(rename = "inV581")]
    in_v581: bool,
    /// What a case needs besides its files.
    #[serde(default)]
    requires: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    options: BuildOptions,
    #[serde(default)]
    config: String,
    #[serde(default)]
    input: String,
    #[serde(default)]
    expected: Option<String>,
    #[serde(default)]
    expect_error: bool,
    /// Folder the plugin's files are relative to.
    #[serde(default)]
    loader_root: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Build,
    Transformer,
    Generator,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct BuildOptions {
    reorder: String,
    load_restrictions: String,
    add_managedby_label: bool,
}

impl Case {
    /// Whether nothing but its files is needed. Charts need no Helm here.
    fn is_within_reach(&self) -> bool {
        let needs_only_helm = self.requires.iter().all(|needed| needed == "helm");
        self.in_v581 && (self.self_contained || !self.requires.is_empty() && needs_only_helm)
    }
}

/// Upstream's expectations are from Helm 3.
fn charts() -> Charts {
    let (now, seed) = (Timestamp::UNIX_EPOCH, [0; 32]);
    Charts::Rendered(ChartOptions { rules: Rules::V3, now, seed, kube_version: None, api_versions: Vec::new() })
}

#[test]
fn upstream_cases() {
    let Some(path) = corpora::find("kustomize/cases.json") else { return };
    let text = std::fs::read(&path).expect("the corpus is readable");
    let corpus: Corpus = serde_json::from_slice(&text).expect("the corpus is readable");
    let cases: Vec<&Case> = corpus.cases.iter().filter(|case| case.is_within_reach()).collect();
    let only = std::env::var("TENTER_CASE").ok();
    let mut passed = 0;
    let mut different = BTreeSet::new();
    for case in &cases {
        match run(case) {
            Ok(()) => passed += 1,
            Err(difference) => {
                println!("--- {}", case.id);
                different.insert(case.id.clone());
                if only.as_deref().is_some_and(|only| only.is_empty() || case.id.contains(only)) {
                    println!("{difference}");
                }
            }
        }
    }
    corpora::count("kustomize", passed, cases.len());
    assert!(passed >= FLOOR, "{passed} cases hold, {FLOOR} did before");
    assert_eq!(different, differences_on_purpose(), "docs/parity.md lists other cases than those that differ");
}

/// The cases of which `docs/parity.md` says why they differ.
fn differences_on_purpose() -> BTreeSet<String> {
    let text = include_str!("../../../docs/parity.md");
    let section =
        text.split("\n## ").find(|section| section.starts_with("kustomize\n")).expect("a section on kustomize");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    rows.map(|(case, _)| case.to_owned()).collect()
}

/// What differs from the expectation.
fn run(case: &Case) -> Result<(), String> {
    let (files, path) = layout(case);
    let options = Options {
        reorder: if case.options.reorder == "none" || case.kind != Kind::Build {
            Reorder::Unchanged
        } else {
            Reorder::Legacy
        },
        load_restrictions: match case.options.load_restrictions.as_str() {
            "none" => LoadRestrictions::WithinTree,
            _ => LoadRestrictions::RootOnly,
        },
        charts: charts(),
        overlay: None,
    };
    let built = build(&Tree::from_texts(&files), &path, &options);
    match (built, case.expect_error) {
        (Err(_), true) => Ok(()),
        (Ok(_), true) => Err("an error is expected".to_owned()),
        (Err(diagnostics), false) => Err(diagnostics.iter().map(|diagnostic| format!("{diagnostic}\n")).collect()),
        (Ok(manifests), false) => {
            let values: Vec<Value> = manifests.into_iter().map(|manifest| manifest.value).collect();
            // Upstream says which of its versions it is.
            let actual = yaml::write_documents(&values).replace("managed-by: tenter", "managed-by: kustomize-(test)");
            match case.expected.as_deref() {
                Some(expected) if without_notes(expected).trim() == actual.trim() => Ok(()),
                Some(expected) => Err(format!("expected:\n{expected}\nactual:\n{actual}")),
                None => Ok(()),
            }
        }
    }
}

/// What a plugin alone printed, without the notes that it leaves for the rest of a build, which takes them off.
fn without_notes(expected: &str) -> String {
    let is_note = |line: &&str| line.trim_start().starts_with("internal.config.kubernetes.io/");
    let lines: Vec<&str> = expected.lines().filter(|line| !is_note(line)).collect();
    let is_item = |line: &&str, of: &str| line.len() - line.trim_start().len() > of.len() - of.trim_start().len();
    let is_kept = |(index, line): &(usize, &&str)| {
        line.trim() != "annotations:" || lines.get(index + 1).is_some_and(|next| is_item(next, line))
    };
    lines.iter().enumerate().filter(is_kept).map(|(_, line)| format!("{line}\n")).collect()
}

/// The files and the folder to build. A plugin alone is wrapped in a kustomization that has only it.
fn layout(case: &Case) -> (BTreeMap<String, String>, String) {
    let mut files: BTreeMap<String, String> =
        case.files.iter().map(|(path, text)| (path.trim_start_matches('/').to_owned(), text.clone())).collect();
    if case.kind == Kind::Build {
        if let (true, Some(file)) = (case.options.add_managedby_label, files.get_mut("kustomization.yaml")) {
            file.push_str("\nbuildMetadata: [managedByLabel]\n");
        }
        return (files, case.path.clone());
    }
    let root = case.loader_root.trim_matches('/').to_owned();
    let at = |name: &str| if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") };
    let field = if case.kind == Kind::Generator { "generators" } else { "transformers" };
    let resources = if case.input.is_empty() { "" } else { "resources: [the-input.yaml]\n" };
    files.insert(at("kustomization.yaml"), format!("{resources}{field}: [the-plugin.yaml]\n"));
    files.insert(at("the-plugin.yaml"), case.config.clone());
    files.insert(at("the-input.yaml"), case.input.clone());
    (files, root)
}
