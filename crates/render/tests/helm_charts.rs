//! Charts of Helm's test suites: loaded, with their dependencies processed, read in place: see
//! `shared/corpora/README.md`.

#![expect(clippy::print_stdout, reason = "the counts are what the tests are for")]

mod corpora;
mod folders;

use std::collections::BTreeMap;
use std::path::Path;

use folders::tree;
use render::helm::chart::load::{self, Limits};
use render::helm::chart::{Chart, dependencies};
use render::helm::values::{Defaults, Rules, merge};
use render::template::Value;
use render::template::value::Map;
use serde::Deserialize;
use serde_json::Value as Json;

/// How many cases about dependencies must hold. It only ever rises.
const DEPENDENCY_FLOOR: usize = 14;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DependencyCase {
    kind: String,
    chart: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    test: String,
    #[serde(default)]
    values: Json,
    #[serde(default)]
    expected_chart_paths: Vec<String>,
    #[serde(default)]
    expected_root_values: BTreeMap<String, String>,
}

fn map(json: &Json) -> Map {
    match Value::from_json(json) {
        Value::Map(map) => map,
        _ => Map::default(),
    }
}

impl DependencyCase {
    fn result(&self, corpus: &Path) -> Result<(), String> {
        let tree = tree(corpus);
        let mut chart =
            load::directory(&tree, &self.chart, &Limits::default()).map_err(|error| error.to_string())?.chart;
        dependencies::process(&mut chart, &map(&self.values), Rules::V4).map_err(|error| error.to_string())?;
        match self.kind.as_str() {
            "dependencyEnabled" => {
                let mut paths: Vec<String> =
                    chart.walk().into_iter().map(|placed| placed.full_path.replace("/charts/", ".")).collect();
                paths.sort();
                let mut expected = self.expected_chart_paths.clone();
                expected.sort();
                if paths == expected { Ok(()) } else { Err(format!("got {paths:?}, expected {expected:?}")) }
            }
            _ => self.imported(&chart),
        }
    }

    fn imported(&self, chart: &Chart) -> Result<(), String> {
        let values = merge(&Defaults::of(chart), &Map::default()).map_err(|error| error.to_string())?.values;
        let values = Value::Map(values).to_json().map_err(|error| error.to_string())?;
        for (path, expected) in &self.expected_root_values {
            let found = path.split('.').try_fold(&values, |value, name| value.get(name));
            let shown = match found {
                Some(Json::String(text)) => text.clone(),
                Some(Json::Number(number)) => match number.as_f64() {
                    Some(float) => float.to_string(),
                    None => number.to_string(),
                },
                Some(other) => other.to_string(),
                None => return Err(format!("{path} is missing")),
            };
            if shown != *expected {
                return Err(format!("{path} is {shown}, expected {expected}"));
            }
        }
        Ok(())
    }
}

#[test]
fn dependencies_are_those_of_helm() {
    let Some(cases) = corpora::find("helm/dependency-cases.json") else { return };
    let corpus = cases.parent().expect("a folder").to_owned();
    let text = std::fs::read(cases).expect("the corpus is readable");
    let cases: Vec<DependencyCase> = serde_json::from_slice(&text).expect("the corpus is JSON");
    let mut passed = 0;
    for case in &cases {
        match case.result(&corpus) {
            Ok(()) => passed += 1,
            Err(difference) => println!("--- {} {}{}: {difference}", case.kind, case.name, case.test),
        }
    }
    corpora::count("helm dependency", passed, cases.len());
    assert!(passed >= DEPENDENCY_FLOOR, "{passed} hold, {DEPENDENCY_FLOOR} did before");
}
