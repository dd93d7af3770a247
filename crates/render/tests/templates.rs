//! The test suites of Go's `text/template`, of sprig and of Helm, read in place: see `shared/corpora/README.md`.

#![expect(clippy::print_stdout, reason = "the counts are what the tests are for")]

mod corpora;

use std::collections::BTreeMap;

use render::template::helm::{Options, Strictness, TemplateFile};
use render::template::value::Map;
use render::template::{Demands, Entropy, Environment, Functions, Limits, MissingKey, Rendering, Value, helm, sprig};
use serde::Deserialize;

/// How many of the language's own cases must hold. It only ever rises.
const LANGUAGE_FLOOR: usize = 198;
/// The same for sprig's functions.
const SPRIG_FLOOR: usize = 237;
/// The same for Helm's functions.
const HELM_FUNCTIONS_FLOOR: usize = 46;
/// The same for how Helm renders.
const HELM_ENGINE_FLOOR: usize = 15;

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

/// Counts the cases that hold and names the others.
fn count<T>(
    corpus: &str,
    cases: &[T],
    floor: usize,
    name: impl Fn(&T) -> String,
    run: impl Fn(&T) -> Result<(), String>,
) {
    let only = std::env::var("TENTER_CASE").ok();
    let mut passed = 0;
    for case in cases {
        match run(case) {
            Ok(()) => passed += 1,
            Err(difference) => {
                let name = name(case);
                println!("--- {name}");
                if only.as_deref().is_some_and(|only| name.contains(only)) {
                    println!("{difference}");
                }
            }
        }
    }
    println!("{corpus}: {passed} of {}", cases.len());
    assert!(passed >= floor, "{passed} cases hold, {floor} did before");
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
    count("gotemplate", &cases, LANGUAGE_FLOOR, name, |case| {
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
    count("sprig", &cases, SPRIG_FLOOR, name, |case| {
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
    count("helm functions", &cases, HELM_FUNCTIONS_FLOOR, name, |case| {
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
    kind: String,
    #[serde(default)]
    engine: Engine,
    #[serde(default)]
    templates: BTreeMap<String, EngineTemplate>,
    #[serde(default)]
    chart: Option<Chart>,
    #[serde(default)]
    coalesce_first: bool,
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
    dependencies: Vec<serde_json::Value>,
    templates: Vec<ChartTemplate>,
    #[serde(default)]
    files: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct ChartTemplate {
    name: String,
    data: String,
}

fn map(json: &serde_json::Value) -> Map {
    match Value::from_json_with_integers(json) {
        Value::Map(map) => map,
        _ => Map::default(),
    }
}

impl EngineCase {
    /// Whether the case is about templates alone: no dependencies, files or merged values, which `render::helm` has.
    fn is_about_templates(&self) -> bool {
        let merged = self.coalesce_first || self.values.to_string().contains("$coalesce");
        let alone = |chart: &Chart| chart.dependencies.is_empty() && chart.files.is_empty();
        self.kind == "engine.render" || !merged && self.chart.as_ref().is_some_and(alone)
    }

    fn files(&self) -> Vec<TemplateFile> {
        let Some(chart) = &self.chart else {
            let file = |(name, template): (&String, &EngineTemplate)| TemplateFile {
                name: name.clone(),
                text: template.tpl.clone(),
                base_path: template.base_path.clone(),
                data: map(&template.vals),
            };
            return self.templates.iter().map(file).collect();
        };
        let root = chart.metadata["Name"].as_str().unwrap_or_default();
        let data = map(&self.values);
        let file = |template: &ChartTemplate| TemplateFile {
            name: format!("{root}/{}", template.name),
            text: template.data.clone(),
            base_path: format!("{root}/templates"),
            data: data.clone(),
        };
        chart.templates.iter().map(file).collect()
    }
}

#[test]
fn helm_engine() {
    let Some(mut cases) = read::<EngineCase>("helm/engine-cases.json") else { return };
    cases.retain(EngineCase::is_about_templates);
    count(
        "helm engine",
        &cases,
        HELM_ENGINE_FLOOR,
        |case| case.test.clone(),
        |case| {
            let options = Options {
                strictness: if case.engine.strict { Strictness::Strict } else { Strictness::Lenient },
                demands: if case.engine.lint_mode { Demands::Waived } else { Demands::Enforced },
                limits: Limits::default(),
            };
            match helm::render(case.files(), &options, environment()) {
                Err(error) if case.expect_error => match &case.error_equals {
                    Some(expected) => same(expected, &error.to_string()),
                    None => Ok(()),
                },
                Ok(rendered) if !case.expect_error => case.expected.iter().try_for_each(|(name, expected)| {
                    let actual = rendered.get(name).map(|out| String::from_utf8_lossy(out).into_owned());
                    same(expected, &actual.unwrap_or_default())
                }),
                result => Err(format!("got {result:?}")),
            }
        },
    );
}
