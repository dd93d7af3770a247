//! Helm's test suites of `--set` and of values over defaults, read in place: see `shared/corpora/README.md`.

#![expect(clippy::print_stdout, reason = "the counts are what the tests are for")]

mod corpora;

use render::helm::strvals::{Style, fold};
use render::helm::values::Defaults;
use render::helm::values::{FileError, Rules, coalesce, merge, read};
use render::template::value::Map;
use render::template::{Entropy, Environment, Functions, Limits, MissingKey, Rendering, Value};
use serde::Deserialize;
use serde_json::Value as Json;

/// How many expressions must hold. It only ever rises.
const EXPRESSIONS_FLOOR: usize = 86;
/// The same for single facts about coalesced values.
const COALESCE_FLOOR: usize = 81;

fn parse<T: serde::de::DeserializeOwned>(name: &str) -> Option<T> {
    let text = std::fs::read(corpora::find(name)?).expect("the corpus is readable");
    Some(serde_json::from_slice(&text).expect("the corpus is JSON"))
}

fn map(json: &Json) -> Map {
    match Value::from_json(json) {
        Value::Map(map) => map,
        _ => Map::default(),
    }
}

/// A fact, and how it does not hold.
type Fact = (String, Result<(), String>);

/// Prints the count and names what does not hold.
fn count(corpus: &str, floor: usize, results: &[Fact]) {
    let mut passed = 0;
    for (name, result) in results {
        match result {
            Ok(()) => passed += 1,
            Err(difference) => println!("--- {name}: {difference}"),
        }
    }
    corpora::count(corpus, passed, results.len());
    assert!(passed >= floor, "{passed} hold, {floor} did before");
}

#[derive(Deserialize)]
struct Expressions {
    cases: Vec<Expression>,
}

#[derive(Deserialize)]
struct Expression {
    test: String,
    case: String,
    err: bool,
    expect: Json,
    #[serde(default)]
    str: String,
    #[serde(default)]
    got: Json,
    #[serde(default)]
    input: String,
    #[serde(default)]
    input2: String,
    #[serde(default)]
    initial: Json,
    #[serde(default)]
    add: i64,
    #[serde(default)]
    val: Json,
}

impl Expression {
    fn check(&self, style: Style<'_>) -> Result<(), String> {
        let is_index = self.test == "TestSetIndex";
        let values = map(&if is_index { serde_json::json!({ "list": self.initial }) } else { self.got.clone() });
        let expressions = match self.test.as_str() {
            "TestSetIndex" => vec![format!("list[{}]={}", self.add, self.val)],
            _ => [&self.str, &self.input, &self.input2].into_iter().filter(|text| !text.is_empty()).cloned().collect(),
        };
        let result = expressions.iter().try_for_each(|expression| fold(expression, style, &values));
        match (result, self.err) {
            (Err(_), true) => Ok(()),
            (Ok(()), false) => {
                let expected =
                    map(&if is_index { serde_json::json!({ "list": self.expect }) } else { self.expect.clone() });
                // The suite compares what is written as YAML, where both kinds of numbers look the same.
                let actual = Value::Map(values).to_json().map_err(|error| error.to_string())?;
                if Value::from_json(&actual).deep_equal(&Value::Map(expected)) {
                    Ok(())
                } else {
                    Err(format!("{actual}"))
                }
            }
            (result, _) => Err(format!("{result:?}")),
        }
    }
}

#[test]
fn expressions() {
    let Some(corpus) = parse::<Expressions>("helm/strvals-cases.json") else { return };
    let mut previous = 0;
    let mut second_table = false;
    let results: Vec<_> = corpus
        .cases
        .iter()
        .map(|case| {
            // One of the tests has a second table, for texts alone, whose numbers start again.
            let number: usize = case.case.parse().unwrap_or_default();
            second_table = case.test == "TestParseSet" && (second_table || number < previous);
            previous = if case.test == "TestParseSet" { number } else { 0 };
            let style = match case.test.as_str() {
                "TestParseJSON" => Style::Json,
                "TestParseLiteral" | "TestParseLiteralInto" => Style::Literal,
                "TestParseString" | "TestParseIntoString" => Style::Text,
                _ if second_table => Style::Text,
                _ => Style::Typed,
            };
            (format!("{} {} {}{}", case.test, case.case, case.str, case.input), case.check(style))
        })
        .collect();
    count("helm --set", EXPRESSIONS_FLOOR, &results);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CoalesceCase {
    function: String,
    chart: UpstreamChart,
    values_yaml: String,
    checks: Vec<Check>,
    #[serde(default)]
    keys_removed: Vec<String>,
    #[serde(default)]
    keys_kept_null: Vec<String>,
}

#[derive(Deserialize)]
struct UpstreamChart {
    metadata: Metadata,
    values: Json,
    dependencies: Vec<UpstreamChart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
struct Check {
    tpl: String,
    expect: String,
}

impl UpstreamChart {
    fn chart(&self) -> Defaults {
        Defaults {
            name: self.metadata.name.clone(),
            values: map(&self.values),
            dependencies: self.dependencies.iter().map(UpstreamChart::chart).collect(),
        }
    }
}

/// No template of the suite asks for any.
struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&mut self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn rendered(template: &str, values: &Map) -> Result<String, String> {
    let environment = Environment::new("2026-11-21T08:00:00Z".parse().expect("a time"), Box::new(NoEntropy));
    let mut rendering =
        Rendering::new("test", Functions::none(), environment, Limits::default()).with_missing_key(MissingKey::Invalid);
    rendering.parse("test", template).map_err(|error| error.to_string())?;
    let out = rendering.execute("test", Value::Map(values.clone())).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

impl CoalesceCase {
    fn results(&self) -> Result<Vec<Fact>, FileError> {
        let chart = self.chart.chart();
        let values = read("values.yaml", self.values_yaml.as_bytes())?;
        let done = match self.function.as_str() {
            "MergeValues" => merge(&chart, &values),
            _ => coalesce(&chart, &values, Rules::V4),
        };
        let values = match done {
            Ok(done) => done.values,
            Err(error) => return Ok(vec![(self.function.clone(), Err(error.to_string()))]),
        };
        let checks = self.checks.iter().map(|check| match rendered(&check.tpl, &values) {
            Ok(out) if out == check.expect => (check.tpl.clone(), Ok(())),
            out => (check.tpl.clone(), Err(format!("got {out:?}, expected {}", check.expect))),
        });
        let removed = self.keys_removed.iter().map(|key| match values.get(key.as_bytes()) {
            None => (key.clone(), Ok(())),
            Some(value) => (key.clone(), Err(format!("still there: {value:?}"))),
        });
        let kept = self.keys_kept_null.iter().map(|key| match values.get(key.as_bytes()) {
            Some(Value::Nil) => (key.clone(), Ok(())),
            other => (key.clone(), Err(format!("not null: {other:?}"))),
        });
        Ok(checks.chain(removed).chain(kept).collect())
    }
}

#[test]
fn coalesced() {
    let Some(cases) = parse::<Vec<CoalesceCase>>("helm/coalesce-cases.json") else { return };
    let results: Vec<_> = cases.iter().flat_map(|case| case.results().expect("the values are YAML")).collect();
    count("helm coalesce", COALESCE_FLOOR, &results);
}
