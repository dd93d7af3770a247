//! Kustomize's own tests of single transformations, read in place: see `shared/corpora/README.md`.
//!
//! Each runs the code that does the same in a build, on the input alone, and what comes out is compared as parsed YAML.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use manifest::Value;
use serde::Deserialize;

mod fields;
mod merges;
mod names;
mod replacements;
mod variables;

#[derive(Deserialize)]
struct Corpus {
    cases: Vec<Case>,
}

/// One case of a test of upstream's.
#[derive(Deserialize)]
struct Case {
    package: String,
    test: String,
    case: String,
    /// What the test's table has for the case, under the names it has there.
    fields: Value,
}

impl Case {
    fn id(&self) -> String {
        format!("{}/{}/{}", self.package, self.test, self.case)
    }

    /// A text of the table, empty if it is not there.
    fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// What a case does with its input: the result, or that it fails; nothing where we have no such thing.
    fn run(&self) -> Option<Result<(), String>> {
        match self.package.as_str() {
            "annotations" | "fieldspec" | "fsslice" | "imagetag" | "labels" | "namespace" | "prefix" | "suffix"
            | "replicacount" | "valueadd" => fields::run(self),
            "nameref" => names::run(self),
            "refvar" => variables::run(self),
            "replacement" => replacements::run(self),
            "iampolicygenerator" | "merge2" | "patchjson6902" | "patchstrategicmerge" => merges::run(self),
            _ => None,
        }
    }
}

/// The documents of a text, as kubectl reads them: so that keys which are numbers are texts, too.
fn parsed(text: &str) -> Result<Vec<Value>, String> {
    let limits = manifest::yaml::Limits::default();
    let documents = manifest::yaml::read_documents(text.as_bytes(), "case", manifest::yaml::Profile::Kubectl, &limits);
    documents
        .map(|documents| documents.into_iter().map(|document| document.value).collect())
        .map_err(|problem| problem.to_string())
}

/// Compares what came out with what a case expects.
fn same(actual: &[Value], expected: &str) -> Result<(), String> {
    let expected = parsed(expected)?;
    let expected: Vec<&Value> = expected.iter().filter(|value| !value.is_null()).collect();
    let actual: Vec<&Value> = actual.iter().filter(|value| !value.is_null()).collect();
    if actual == expected {
        return Ok(());
    }
    let shown = |values: &[&Value]| manifest::yaml::write_documents(values.iter().copied());
    Err(format!("expected:\n{}actual:\n{}", shown(&expected), shown(&actual)))
}

/// What an input that must fail has to do.
fn refused<T: std::fmt::Debug>(result: Result<T, String>) -> Result<(), String> {
    match result {
        Err(_) => Ok(()),
        Ok(value) => Err(format!("an error is expected, not {value:?}")),
    }
}

#[test]
fn filters() {
    let root = std::env::var_os("TENTER_CORPORA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"), PathBuf::from);
    let path = root.join("kustomize/filters.json");
    let Ok(text) = std::fs::read(&path) else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing", path.display());
        println!("skipped: {} is missing; set TENTER_CORPORA", path.display());
        return;
    };
    let corpus: Corpus = serde_json::from_slice(&text).expect("the corpus is readable");
    // Rows that only name a variable are what the rows behind them are about.
    let cases: Vec<&Case> = corpus.cases.iter().filter(|case| case.fields.get("Value").is_none()).collect();
    let only = std::env::var("TENTER_CASE").ok();
    let mut passed = 0;
    let mut different = BTreeSet::new();
    let mapped = variables::Mapped::of(&corpus.cases);
    for case in &cases {
        let result = if case.test == "TestMapReference" { mapped.run(case) } else { case.run() };
        match result {
            Some(Ok(())) => passed += 1,
            other => {
                println!("--- {}", case.id());
                different.insert(case.id());
                if only.as_deref().is_some_and(|only| case.id().contains(only)) {
                    println!(
                        "{}",
                        other.map_or("nothing of ours does this".to_owned(), |result| format!("{:?}", result)
                            .replace("\\n", "\n"))
                    );
                }
            }
        }
    }
    // Past the test harness, which keeps what tests that hold print to itself; nobody reads what cannot be written.
    let _ = writeln!(std::io::stdout().lock(), "kustomize filters: {passed} of {} cases hold", cases.len());
    assert_eq!(different, differences_on_purpose(), "docs/parity.md lists other cases than those that differ");
}

/// The cases of which `docs/parity.md` says why they differ.
fn differences_on_purpose() -> BTreeSet<String> {
    let text = include_str!("../../../../../../docs/parity.md");
    let section = text.split("\n## ").find(|section| section.starts_with("kustomize's filters\n"));
    let rows = section.into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.map(|(case, _)| case.to_owned()).collect()
}
