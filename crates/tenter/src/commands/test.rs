//! `tenter test`: tests of a mesh's configuration, without a mesh.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use manifest::Manifest;
use manifest::yaml::{Limits, Profile, read_manifests};
use mesh::testing::{CaseResult, Coverage, Suite, run as run_suite, suites};
use mesh::{WorldObject, WorldOptions};
use serde_json::{Value, json};

use super::Context;
use crate::cli::Test;
use crate::error::Failure;
use crate::output::{self, Output, Table, junit};
use crate::survey::Survey;

/// What files of tests end in.
const ENDING: &str = "_test.mesh.yaml";

/// A test did not hold.
const FAILED: u8 = 1;

/// A suite that was run.
struct Ran {
    file: String,
    suite: String,
    results: Vec<CaseResult>,
}

/// Runs every test, prints, and ends with 1 if one does not hold.
pub(crate) async fn run(context: &Context, arguments: Test) -> Result<ExitCode, Failure> {
    let mut coverage = Coverage::default();
    let mut ran = Vec::new();
    for file in files(&arguments.paths)? {
        let content = std::fs::read(&file).map_err(|source| Failure::Read { path: file.clone(), source })?;
        let shown = file.display().to_string();
        let manifests =
            read_manifests(&content, &shown, Profile::Kubectl, &Limits::default()).map_err(Failure::Build)?;
        for mut suite in suites(manifests).map_err(|problem| Failure::Build(vec![problem]))? {
            if let Some(filter) = &arguments.filter {
                suite.cases.retain(|case| case.name.contains(filter));
            }
            let world = world(&suite, &file).await?;
            let (results, exercised) = run_suite(&suite, &world, &WorldOptions::default());
            coverage.add(exercised);
            ran.push(Ran { file: shown.clone(), suite: suite.name, results });
        }
    }
    let total = ran.iter().map(|suite| suite.results.len()).sum::<usize>();
    if total == 0 {
        return Err(Failure::Usage(format!("there are no tests here: files of tests end in {ENDING}")));
    }
    let failed = ran.iter().flat_map(|suite| &suite.results).filter(|result| !result.holds()).count();
    match context.report() {
        None | Some(Output::Wide) => output::print(&text(&ran, &coverage, &arguments))?,
        Some(Output::Json) => output::print(&format!("{:#}\n", value(&ran, &coverage)))?,
        Some(Output::Yaml) => output::print(&manifest::yaml::write(&value(&ran, &coverage)))?,
        Some(Output::Junit) => output::print(&junit(&ran))?,
        Some(Output::Sarif | Output::Github) => {
            return Err(Failure::Usage("tests are printed as text, json, yaml or junit".to_owned()));
        }
    }
    let rules = format!("{} of {} rules exercised", coverage.exercised(), coverage.rules());
    output::error(&format!("{} of {total} tests hold, {rules}", total - failed));
    Ok(if failed > 0 { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// The files that the paths name, in order.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
        let failed = |source| Failure::Read { path: folder.to_owned(), source };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // A link may lead back; whoever wants what is behind it names it.
            if path.is_symlink() || name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                collect(&path, found)?;
            } else if name.ends_with(ENDING) {
                found.push(path);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            collect(path, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The objects of a suite's paths, which are relative to its file.
async fn world(suite: &Suite, file: &Path) -> Result<Vec<Arc<Manifest>>, Failure> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut survey = Survey::default();
    for path in &suite.world {
        survey.add(Survey::at(&folder.join(path)).await?);
    }
    survey.complain();
    match survey.clusters.len() {
        0 | 1 => {}
        several => {
            let paths = suite.world.join(", ");
            return Err(Failure::Usage(format!(
                "{}: {paths} declares the objects of {several} clusters; name the folder of one, such as its overlay",
                file.display()
            )));
        }
    }
    Ok(survey.clusters.into_iter().flatten().map(|WorldObject { manifest, .. }| manifest).collect())
}

fn text(ran: &[Ran], coverage: &Coverage, arguments: &Test) -> String {
    let mut table = Table::new(["RESULT", "SUITE", "TEST"]);
    let mut details = String::new();
    for suite in ran {
        for result in &suite.results {
            let verdict = if result.holds() { "✔ holds" } else { "✗ fails" };
            table.row([verdict, &suite.suite, &result.name]);
            if !result.holds() {
                detail(&mut details, suite, result, arguments);
            }
        }
    }
    let mut text = format!("{table}{details}");
    if arguments.coverage {
        text.push_str("\nNo test exercised:\n");
        for missed in coverage.missed() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {} {}", missed.object, missed.rule);
        }
    }
    text
}

fn detail(details: &mut String, suite: &Ran, result: &CaseResult, arguments: &Test) {
    let place = result.location.as_ref().map_or_else(|| suite.file.clone(), ToString::to_string);
    // Writing to a string cannot fail.
    let _ = writeln!(details, "\n✗ {} ({place})", result.name);
    for problem in &result.problems {
        let _ = writeln!(details, "    {problem}");
    }
    if !result.because.is_empty() {
        let _ = writeln!(details, "    because: {}", result.because);
    }
    if let Some(answer) = result.answer.as_ref().filter(|_| arguments.reasoning) {
        for line in answer.reasoning.to_string().lines() {
            let _ = writeln!(details, "    {line}");
        }
    }
}

fn value(ran: &[Ran], coverage: &Coverage) -> Value {
    let result = |result: &CaseResult| {
        json!({
            "name": result.name,
            "holds": result.holds(),
            "problems": result.problems,
            "because": result.because,
            "location": result.location,
            "decision": result.answer.as_ref().map(|answer| &answer.decision),
            "reasoning": result.answer.as_ref().map(|answer| &answer.reasoning),
        })
    };
    let suites = ran.iter().map(|suite| {
        json!({ "file": suite.file, "suite": suite.suite, "tests": suite.results.iter().map(result).collect::<Value>() })
    });
    json!({
        "suites": suites.collect::<Value>(),
        "coverage": {
            "rules": coverage.rules(),
            "exercised": coverage.exercised(),
            "missed": coverage.missed().collect::<Vec<_>>(),
        },
    })
}

/// JUnit's XML: a suite of tests as a suite, its tests as cases.
fn junit(ran: &[Ran]) -> String {
    let case = |class: &str, result: &CaseResult| junit::Case {
        class: class.to_owned(),
        name: result.name.clone(),
        failure: (!result.holds()).then(|| junit::Failed {
            kind: "assertion".to_owned(),
            message: result.problems.join("\n"),
            details: String::new(),
        }),
    };
    let suite = |ran: &Ran| junit::Suite {
        name: ran.suite.clone(),
        cases: ran.results.iter().map(|result| case(&ran.suite, result)).collect(),
    };
    junit::document("tenter test", &ran.iter().map(suite).collect::<Vec<_>>())
}
