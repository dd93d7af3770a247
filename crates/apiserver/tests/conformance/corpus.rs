//! The files of requests and answers.

use std::fs;
use std::path::{Path, PathBuf};

use manifest::yaml::{Limits, Profile, read_documents};
use serde::Deserialize;
use serde_json::Value;

/// One file of scenarios.
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) scenarios: Vec<Scenario>,
}

impl Topic {
    pub(crate) fn requests(&self) -> usize {
        self.scenarios.iter().map(|scenario| scenario.steps.len()).sum()
    }

    /// The steps with the names of their scenarios, in the order of answers.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&str, &Step)> {
        self.scenarios.iter().flat_map(|scenario| scenario.steps.iter().map(|step| (&*scenario.scenario, step)))
    }
}

/// Requests that follow each other in a namespace of their own, `$ns`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) scenario: String,
    pub(crate) steps: Vec<Step>,
}

/// One request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// `METHOD /path`; `WATCH` collects the events of a watch until it ends. `$ns` and what was saved are put in.
    pub(crate) ask: String,
    /// The body: text as it is, anything else as JSON.
    pub(crate) send: Option<Value>,
    /// The body's type: a short name or a media type; JSON by default.
    #[serde(rename = "as")]
    pub(crate) media: Option<String>,
    /// The answer's type: `table`, or a media type; JSON by default.
    pub(crate) accept: Option<String>,
    /// What later requests may name: a name and a JSON pointer into the answer.
    #[serde(default)]
    pub(crate) save: std::collections::BTreeMap<String, String>,
    /// Ask again until the answer has these values at these JSON pointers (`code`: its status code).
    #[serde(default)]
    pub(crate) until: std::collections::BTreeMap<String, Value>,
    /// Which parts of the answer count; all of it by default.
    pub(crate) keep: Option<Vec<String>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

/// A YAML file, each document of which becomes a value.
pub(crate) fn yaml(name: &str) -> Value {
    let text = fs::read_to_string(folder().join(name)).expect(name);
    let read = read_documents(text.as_bytes(), name, Profile::Kustomize, &Limits::default());
    let documents = read.unwrap_or_else(|error| panic!("{name}: {error}"));
    documents.into_iter().next().unwrap_or_else(|| panic!("{name} is empty")).value
}

/// All topics, by name.
pub(crate) fn read() -> Vec<Topic> {
    let files = fs::read_dir(folder().join("transcripts")).expect("transcripts");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("text"));
    let mut names: Vec<String> = names.filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned)).collect();
    names.sort();
    let topic = |name: String| {
        let scenarios = serde_json::from_value(yaml(&format!("transcripts/{name}.yaml")));
        Topic { scenarios: scenarios.unwrap_or_else(|error| panic!("{name}: {error}")), name }
    };
    names.into_iter().map(topic).collect()
}

fn recording(topic: &Topic) -> PathBuf {
    folder().join(format!("transcripts/{}.jsonl", topic.name))
}

/// The answers of the real server.
pub(crate) fn recorded(topic: &Topic) -> Vec<Value> {
    let text = fs::read_to_string(recording(topic)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("an answer")).collect()
}

/// Writes them.
pub(crate) fn record(topic: &Topic, answers: &[Value]) {
    let lines: Vec<String> = answers.iter().map(|answer| format!("{answer}\n")).collect();
    fs::write(recording(topic), lines.concat()).expect("a recording");
}
