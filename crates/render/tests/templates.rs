//! The test suites of Go's `text/template`, of sprig and of Helm, read in place: see `shared/corpora/README.md`.

#![expect(clippy::print_stdout, reason = "the counts are what the tests are for")]

mod corpora;

use std::collections::BTreeMap;

use render::helm::values::{Defaults, coalesce};
use render::helm::{chart, release};
use render::template::helm::{Options, Strictness, TemplateFile};
use render::template::value::Map;
use render::template::{Demands, Entropy, Environment, Functions, Limits, MissingKey, Rendering, Value, helm, sprig};
use serde::Deserialize;

/// How many cases there are at least of the language, of sprig, of Helm's functions and of how Helm renders.
const LANGUAGE: usize = 200;
const SPRIG: usize = 237;
const HELM_FUNCTIONS: usize = 49;
const HELM_ENGINE: usize = 22;

#[derive(Deserialize)]
struct Corpus<T> {
    cases: Vec<T>,
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> Option<Vec<T>> {
    let text = std::fs::read(corpora::find(name)?).expect("the corpus is readable");
    Some(serde_json::from_slice::<Corpus<T>>(&text).expect("the corpus is JSON").cases)
}

/// Bytes that look random enough and are always the same.
struct Counting(u64);

impl Entropy for Counting {
    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
    }
}

fn environment() -> Environment {
    Environment::new("2026-11-21T08:00:00Z".parse().expect("a time"), Box::new(Counting(1)))
}

/// Counts the cases that hold. All others have to be those that `docs/parity.md` lists.
fn count<T>(
    corpus: &str,
    cases: &[T],
    least: usize,
    name: impl Fn(&T) -> String,
    run: impl Fn(&T) -> Result<(), String>,
) {
    let listed = corpora::listed("Templates");
    let mut passed = 0;
    let mut surprises = Vec::new();
    for case in cases {
        let name = name(case);
        match (run(case), listed.contains(&name)) {
            (Ok(()), false) => passed += 1,
            (Err(_), true) => println!("--- {name}: differs on purpose"),
            (Ok(()), true) => surprises.push(format!("{name} holds, but is listed as different")),
            (Err(difference), false) => surprises.push(format!("{name}: {difference}")),
        }
    }
    corpora::count(corpus, passed, cases.len());
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert!(cases.len() >= least, "{} cases, {least} were there before", cases.len());
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LanguageCase {
    group: String,
    #[serde(default)]
    name: String,
    tpl: String,
    #[serde(default)]
    data: serde_json::Value,
    ok: bool,
    #[serde(default)]
    expected: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    needs_func: Option<String>,
}

#[test]
fn language() {
    let Some(mut cases) = read::<LanguageCase>("template/gotemplate-cases.json") else { return };
    cases.retain(|case| case.needs_func.is_none());
    let name = |case: &LanguageCase| format!("{} {} {}", case.group, case.name, case.tpl);
    count("gotemplate", &cases, LANGUAGE, name, |case| {
        let mut rendering = Rendering::new("test", Functions::none(), environment(), Limits::default())
            .with_missing_key(MissingKey::Invalid);
        let parsed = rendering.parse(&case.name, &case.tpl);
        if case.group.starts_with("parse") {
            return match (parsed, case.ok) {
                (Ok(()), true) => same(&case.result, &rendering.syntax(&case.name).unwrap_or_default()),
                (Err(_), false) if case.group == "parse" => Ok(()),
                (Err(error), false) if error.to_string().contains(&case.result) => Ok(()),
                (parsed, ok) => Err(format!("parsed: {parsed:?}, expected: {ok} {}", case.result)),
            };
        }
        let out = parsed.map_err(|error| error.to_string()).and_then(|()| {
            rendering.execute(&case.name, Value::from_json_with_integers(&case.data)).map_err(|error| error.to_string())
        });
        match (out, case.ok) {
            (Ok(out), true) => same(&case.expected, &String::from_utf8_lossy(&out)),
            (Err(_), false) => Ok(()),
            (out, ok) => Err(format!("got {out:?}, expected: {ok} {}", case.expected)),
        }
    });
}

fn same(expected: &str, actual: &str) -> Result<(), String> {
    if expected == actual { Ok(()) } else { Err(format!("expected:\n{expected}\nactual:\n{actual}")) }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SprigCase {
    test: String,
    line: u32,
    tpl: String,
    vars: serde_json::Value,
    nondeterministic: bool,
    #[serde(default)]
    expected: Option<Expected>,
    #[serde(default)]
    output_contains: Vec<String>,
    #[serde(default)]
    error_contains: Vec<String>,
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Expected {
    One(String),
    /// Where Go's maps have no order.
    OneOf(Vec<String>),
}

#[test]
fn sprig_functions() {
    let Some(mut cases) = read::<SprigCase>("template/sprig-cases.json") else { return };
    cases.retain(|case| !case.nondeterministic);
    let name = |case: &SprigCase| format!("{}:{} {}", case.test, case.line, case.tpl);
    count("sprig", &cases, SPRIG, name, |case| {
        let out = single(sprig::functions(), MissingKey::Invalid, &case.tpl, &case.vars);
        match (out, case.error_contains.is_empty()) {
            (Ok(out), true) => {
                if let Some(missing) = case.output_contains.iter().find(|part| !out.contains(part.as_str())) {
                    return Err(format!("no {missing} in {out}"));
                }
                match &case.expected {
                    None => Ok(()),
                    Some(Expected::One(expected)) => same(expected, &out),
                    Some(Expected::OneOf(all)) if all.contains(&out) => Ok(()),
                    Some(Expected::OneOf(all)) => Err(format!("{out} is none of {all:?}")),
                }
            }
            (Err(error), false) if case.error_contains.iter().all(|part| error.contains(part.as_str())) => Ok(()),
            (out, _) => Err(format!("got {out:?}, expected {:?} {:?}", case.expected, case.error_contains)),
        }
    });
}

/// The output of one template on its own.
fn single(
    functions: Functions,
    missing_key: MissingKey,
    template: &str,
    data: &serde_json::Value,
) -> Result<String, String> {
    let mut rendering =
        Rendering::new("test", functions, environment(), Limits::default()).with_missing_key(missing_key);
    rendering.parse("test", template).map_err(|error| error.to_string())?;
    let out = rendering.execute("test", Value::from_json_with_integers(data)).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

#[derive(Deserialize)]
struct HelmFunctionCase {
    test: String,
    case: String,
    tpl: String,
    vars: serde_json::Value,
    #[serde(default)]
    expect: Option<String>,
}

#[test]
fn helm_functions() {
    let Some(cases) = read::<HelmFunctionCase>("helm/funcs-cases.json") else { return };
    let name = |case: &HelmFunctionCase| format!("{} {} {}", case.test, case.case, case.tpl);
    count("helm functions", &cases, HELM_FUNCTIONS, name, |case| {
        match (single(helm::functions(), MissingKey::Zero, &case.tpl, &case.vars), &case.expect) {
            (Ok(out), Some(expected)) => same(expected, &out),
            (Err(_), None) => Ok(()),
            (out, expected) => Err(format!("got {out:?}, expected {expected:?}")),
        }
    });
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EngineCase {
    test: String,
    #[serde(default)]
    engine: Engine,
    #[serde(default)]
    templates: BTreeMap<String, EngineTemplate>,
    #[serde(default)]
    chart: Option<Chart>,
    #[serde(default)]
    values: serde_json::Value,
    expected: BTreeMap<String, String>,
    #[serde(default)]
    expect_error: bool,
    #[serde(default)]
    error_equals: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Engine {
    strict: bool,
    lint_mode: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EngineTemplate {
    base_path: String,
    tpl: String,
    vals: serde_json::Value,
}

#[derive(Deserialize)]
struct Chart {
    metadata: serde_json::Value,
    #[serde(default)]
    dependencies: Vec<Chart>,
    templates: Vec<ChartFile>,
    #[serde(default)]
    files: Vec<ChartFile>,
    #[serde(default)]
    values: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct ChartFile {
    name: String,
    data: String,
}

impl Chart {
    fn chart(&self) -> chart::Chart {
        let files = |files: &[ChartFile]| -> Vec<chart::ChartFile> {
            let file =
                |file: &ChartFile| chart::ChartFile { name: file.name.clone(), data: file.data.as_bytes().into() };
            files.iter().map(file).collect()
        };
        chart::Chart {
            metadata: chart::Metadata {
                name: self.metadata["Name"].as_str().unwrap_or_default().to_owned(),
                ..chart::Metadata::default()
            },
            values: self.values.clone(),
            templates: files(&self.templates),
            files: files(&self.files),
            dependencies: self.dependencies.iter().map(Chart::chart).collect(),
            ..chart::Chart::default()
        }
    }
}

fn map(json: &serde_json::Value) -> Map {
    match Value::from_json_with_integers(json) {
        Value::Map(map) => map,
        _ => Map::default(),
    }
}

impl EngineCase {
    fn files(&self) -> Vec<TemplateFile> {
        let file = |(name, template): (&String, &EngineTemplate)| TemplateFile {
            name: name.clone(),
            text: template.tpl.clone(),
            base_path: template.base_path.clone(),
            data: map(&template.vals),
        };
        self.templates.iter().map(file).collect()
    }

    /// The outputs by their names: of templates alone, or of a chart.
    fn outputs(&self) -> Result<BTreeMap<String, String>, String> {
        let demands = if self.engine.lint_mode { Demands::Waived } else { Demands::Enforced };
        let Some(chart) = &self.chart else {
            let strictness = if self.engine.strict { Strictness::Strict } else { Strictness::Lenient };
            let options = Options { strictness, demands, limits: Limits::default() };
            let outputs = helm::render(self.files(), &options, environment()).map_err(|error| error.to_string())?;
            let text = |(name, out): (String, Vec<u8>)| (name, String::from_utf8_lossy(&out).into_owned());
            return Ok(outputs.into_iter().map(text).collect());
        };
        let chart = chart.chart();
        let values = &self.values["Values"];
        let values = match values.get("$coalesce") {
            Some(given) => {
                let merged = coalesce(&Defaults::of(&chart), &map(&given["values"]), release::Rules::V4);
                merged.map_err(|error| error.to_string())?.values
            }
            None => map(values),
        };
        let release = release::Release {
            name: self.values["Release"]["Name"].as_str().unwrap_or_default().to_owned(),
            namespace: String::new(),
            revision: 1,
            operation: release::Operation::Install,
        };
        let capabilities = release::Capabilities::offline();
        let options = release::Options { demands, ..release::Options::default() };
        let outputs = release::outputs(&chart, &values, &release, &capabilities, &options, environment());
        outputs.map_err(|error| error.to_string())
    }
}

#[test]
fn helm_engine() {
    let Some(cases) = read::<EngineCase>("helm/engine-cases.json") else { return };
    let name = |case: &EngineCase| case.test.clone();
    count("helm engine", &cases, HELM_ENGINE, name, |case| match case.outputs() {
        Err(error) if case.expect_error => match &case.error_equals {
            Some(expected) => same(expected, &error),
            None => Ok(()),
        },
        Ok(outputs) if !case.expect_error => case
            .expected
            .iter()
            .try_for_each(|(name, expected)| same(expected, outputs.get(name).map(String::as_str).unwrap_or_default())),
        result => Err(format!("got {result:?}")),
    });
}
