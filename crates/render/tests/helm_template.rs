//! Helm's own cases of `helm template`, for both Helm 4 and Helm 3, read in place: see `shared/corpora/README.md`.

#![expect(clippy::print_stdout, reason = "the counts are what the tests are for")]

mod corpora;
mod folders;

use std::path::Path;

use render::helm::chart::load::{self, Limits};
use render::helm::release::{
    Capabilities, CustomResources, KubeVersion, Operation, Options, Printed, Release, Rules, Tests, name_from_template,
    render,
};
use render::helm::values::{Given, ValuesFile};
use render::template::{Environment, Seeded};
use serde::Deserialize;

#[derive(Deserialize)]
struct Corpus {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: String,
    args: Vec<String>,
    want_error: bool,
    golden: String,
}

/// A command line of `helm template`.
#[derive(Default)]
struct CommandLine {
    positional: Vec<String>,
    given: Given,
    printed: Printed,
    name_template: Option<String>,
    kube_version: Option<String>,
    api_versions: Vec<String>,
    debug: bool,
}

impl CommandLine {
    fn read(arguments: &[String], folder: &Path) -> CommandLine {
        let mut line = CommandLine::default();
        let mut arguments = arguments.iter().skip(1);
        while let Some(argument) = arguments.next() {
            let (flag, inline) = match argument.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let mut value = || inline.clone().unwrap_or_else(|| arguments.next().expect("a value").clone());
            match flag {
                "--set" => line.given.typed.push(value()),
                "-f" | "--values" => {
                    let name = value();
                    let content = std::fs::read(folder.join(&name)).expect("a values file");
                    line.given.files.push(ValuesFile { name, content });
                }
                "--name-template" => line.name_template = Some(value()),
                "--kube-version" => line.kube_version = Some(value()),
                "--api-versions" => line.api_versions.extend(value().split(',').map(str::to_owned)),
                "--show-only" => line.printed.show_only.push(value()),
                "--include-crds" => line.printed.custom_resources = CustomResources::Include,
                "--skip-tests" => line.printed.tests = Tests::Skip,
                "--debug" => line.debug = true,
                other => {
                    assert!(!other.starts_with('-'), "{other} is not known");
                    line.positional.push(other.to_owned());
                }
            }
        }
        line
    }

    /// What is printed, and the error that follows it.
    fn run(&self, folder: &Path, rules: Rules) -> (String, Option<String>) {
        let chart = match self.positional.last() {
            Some(chart) => folders::tree(&folder.join(chart)),
            None => return (String::new(), Some("\"helm template\" requires at least 1 argument".to_owned())),
        };
        let chart = match load::directory(&chart, "", &Limits::default()) {
            Ok(loaded) => loaded.chart,
            Err(error) => return (String::new(), Some(error.to_string())),
        };
        let environment =
            || Environment::new("2026-11-21T08:00:00Z".parse().expect("a time"), Box::new(Seeded::new([1; 32])));
        let name = match &self.name_template {
            Some(template) => name_from_template(template, environment()).expect("a name"),
            None => "release-name".to_owned(),
        };
        let release = Release { name, namespace: "default".to_owned(), revision: 1, operation: Operation::Install };
        // The suite's Helm takes an old Kubernetes for granted.
        let version = self.kube_version.as_deref().unwrap_or("1.20.0");
        let mut capabilities = Capabilities::offline();
        capabilities.kube_version = KubeVersion::parse(version, rules).expect("a version");
        capabilities.api_versions.extend(self.api_versions.iter().cloned());
        let values = self.given.combine(&|_| Err("no files".to_owned())).expect("values");
        let options = Options { rules, ..Options::default() };
        match render(chart, &values, &release, &capabilities, &options, environment()) {
            Ok(rendered) => match rendered.print(&self.printed, rules) {
                Ok(text) => (text, None),
                Err(error) => (String::new(), Some(error.to_string())),
            },
            Err(error) => {
                let partial = error.partial_output(&self.printed).filter(|_| self.debug);
                (partial.unwrap_or_default(), Some(error.to_string()))
            }
        }
    }
}

impl Case {
    fn result(&self, corpus: &Path, golden: &Path, rules: Rules) -> Result<(), String> {
        let expected = std::fs::read_to_string(golden).expect("the corpus is readable");
        let (printed, error) = CommandLine::read(&self.args, corpus).run(corpus, rules);
        if error.is_some() != self.want_error {
            return Err(format!("{error:?}"));
        }
        let shown = printed + &error.map(|error| format!("Error: {error}\n")).unwrap_or_default();
        // What Helm advises is a hint of its own here.
        let expected = expected.split("\n\nUse --debug flag").next().unwrap_or_default();
        let expected = expected.split("\n\nUsage: ").next().unwrap_or_default();
        if shown.trim_end() == expected.trim_end() {
            Ok(())
        } else {
            Err(format!("expected:\n{expected}\nactual:\n{shown}"))
        }
    }
}

/// Runs all cases that have an expectation for a Helm. Those that do not hold have to be listed in `docs/parity.md`.
fn check(helm: &str, goldens: &str, rules: Rules, least: usize) {
    let Some(file) = corpora::find("helm/template-cases.json") else { return };
    let corpus = file.parent().expect("a folder").to_owned();
    let text = std::fs::read(&file).expect("the corpus is readable");
    let cases = serde_json::from_slice::<Corpus>(&text).expect("the corpus is JSON").cases;
    let listed = corpora::listed("Templates");
    let (mut all, mut passed) = (0, 0);
    let mut surprises = Vec::new();
    for case in &cases {
        let golden = corpus.join(case.golden.replace("golden/", goldens));
        if !golden.exists() {
            continue;
        }
        all += 1;
        let name = format!("{helm} {}", case.id);
        match (case.result(&corpus, &golden, rules), listed.contains(&name)) {
            (Ok(()), false) => passed += 1,
            (Err(_), true) => println!("--- {name}: differs on purpose"),
            (Ok(()), true) => surprises.push(format!("{name} holds, but is listed as different")),
            (Err(difference), false) => surprises.push(format!("{name}: {difference}")),
        }
    }
    corpora::count(&format!("{helm} template"), passed, all);
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert!(all >= least, "{all} cases, {least} were there before");
}

#[test]
fn as_helm_4() {
    check("helm 4", "golden/", Rules::V4, 25);
}

#[test]
fn as_helm_3() {
    check("helm 3", "golden-v3.21.4/", Rules::V3, 24);
}
