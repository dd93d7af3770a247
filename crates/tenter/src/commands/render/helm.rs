//! `tenter render helm`: `helm template`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analysis::changelog::CHART;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use manifest::yaml::{self, Limits, Profile};
use manifest::{Diagnostic, Manifest, Origin, Value};
use render::helm::release::{
    Capabilities, CustomResources, Hooks, KubeVersion, Operation, Options, Printed, Release, RenderError, Rendered,
    Rules, SchemaChecks, Tests, name_from_template, render,
};
use render::helm::values::{Given, ValuesFile};
use render::template::value::Map;
use render::template::{Environment, Seeded};
use serde_json::json;

use super::output_dir;
use crate::charts::ChartSource;
use crate::cli::{Mirroring, RenderHelm};
use crate::commands::Context;
use crate::error::Failure;
use crate::output::{self, Format};
use crate::provenance::Trust;

/// Renders and prints, or writes, as Helm does: Secrets are as templates make them.
pub(crate) fn run(context: &Context, arguments: &RenderHelm) -> Result<ExitCode, Failure> {
    refuse_what_needs_others(arguments)?;
    let printed = printed(arguments);
    let rules = Rules::from(arguments.helm_version);
    let (release, rendered) = match rendered(arguments, rules)? {
        (release, Ok(rendered)) => (release, rendered),
        (_, Err(error)) => {
            if let Some(text) = error.partial_output(&printed).filter(|_| arguments.debug) {
                output::print(&text)?;
            }
            return Err(Failure::Helm(Box::new(error)));
        }
    };
    for warning in &rendered.warnings {
        output::error(&format!("warning: {warning}"));
    }
    let text = match &arguments.output_dir {
        None => rendered.print(&printed, rules)?,
        Some(folder) => {
            let folder_of_release = if arguments.release_name { folder.join(&release.name) } else { folder.clone() };
            // Helm prints a line break where the documents would stand.
            output_dir::write(folder, &folder_of_release, &rendered, &printed)? + "\n"
        }
    };
    match context.output() {
        Some(_) if arguments.output_dir.is_some() => output::print(&text)?,
        Some(Format::Json) => output::print(&format!("{:#}\n", Value::Array(objects(&text)?)))?,
        Some(Format::Yaml) => output::print(&yaml::write_documents(&objects(&text)?))?,
        Some(Format::Wide) | None => output::print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What would ask a cluster or fetch something is refused with its reason, rather than left out of the result.
fn refuse_what_needs_others(arguments: &RenderHelm) -> Result<(), Failure> {
    let reason = if arguments.validate {
        "--validate: nothing is asked of a cluster here; compare with one by `tenter diff`, or pipe the output to `kubectl apply --dry-run=server -f -`"
    } else if arguments.dependency_update {
        "--dependency-update: dependencies are not fetched here; put the charts below into the folder charts/, for example with `helm dependency build`"
    } else {
        return Ok(());
    };
    Err(Failure::Usage(reason.to_owned()))
}

fn printed(arguments: &RenderHelm) -> Printed {
    Printed {
        custom_resources: if arguments.include_crds { CustomResources::Include } else { CustomResources::Exclude },
        hooks: if arguments.no_hooks { Hooks::Exclude } else { Hooks::Include },
        tests: if arguments.skip_tests { Tests::Skip } else { Tests::Include },
        show_only: arguments.show_only.clone(),
    }
}

/// The release that the arguments name, and what the chart becomes as it.
fn rendered(arguments: &RenderHelm, rules: Rules) -> Result<(Release, Result<Rendered, RenderError>), Failure> {
    let mut capabilities = Capabilities::offline();
    if let Some(version) = &arguments.kube_version {
        capabilities.kube_version = KubeVersion::parse(version, rules)
            .map_err(|error| Failure::Usage(format!("invalid kube version '{version}': {error}")))?;
    }
    capabilities.api_versions.extend(arguments.api_versions.iter().cloned());
    let (name, chart) = name_and_chart(arguments)?;
    let source = ChartSource::named(&chart, &arguments.remote)?;
    let values = values(arguments)?;
    let loaded = source.load(&arguments.mirroring, &Trust::of(&arguments.provenance))?;
    for warning in &loaded.warnings {
        output::error(&warning.to_string());
    }
    let release = Release {
        name,
        namespace: arguments.namespace.clone(),
        revision: 1,
        operation: if arguments.is_upgrade { Operation::Upgrade } else { Operation::Install },
    };
    let schema_checks = if arguments.skip_schema_validation { SchemaChecks::Skipped } else { SchemaChecks::Enforced };
    let options = Options { rules, schema_checks, ..Options::default() };
    let rendered = render(loaded.chart, &values, &release, &capabilities, &options, environment()?);
    Ok((release, rendered))
}

/// What a chart on this machine declares with its own values and those of files, behind a pseudo-object for the chart
/// itself (see [`CHART`]).
pub(crate) fn chart_objects(chart: &Path, files: &[PathBuf]) -> Result<Vec<Manifest>, Failure> {
    let path = chart.to_owned();
    let source = if chart.is_dir() { ChartSource::Folder(path) } else { ChartSource::Archive(path) };
    let loaded = source.load(&Mirroring { mirrors: Vec::new() }, &Trust::Anybody)?;
    let mut given = Given::default();
    for file in files {
        let name = file.display().to_string();
        given.files.push(ValuesFile { content: values_file(&name)?, name });
    }
    let values = given.combine(&|_: &str| Err("no file is named by a value".to_owned()))?;
    let metadata = &loaded.chart.metadata;
    let itself = json!({
        "apiVersion": "v1",
        "kind": CHART,
        "metadata": { "name": metadata.name },
        "version": metadata.version,
        "appVersion": metadata.app_version,
        "values": loaded.chart.values,
    });
    let (name, namespace) = (metadata.name.clone(), "default".to_owned());
    let release = Release { name, namespace, revision: 1, operation: Operation::Install };
    let options = Options::default();
    let rendered = render(loaded.chart, &values, &release, &Capabilities::offline(), &options, environment()?)
        .map_err(|error| Failure::Helm(Box::new(error)))?;
    let text = rendered.manifest(CustomResources::Include);
    let limits = Limits { max_bytes: usize::MAX, ..Limits::default() };
    let salvage = yaml::salvage_manifests(text.as_bytes(), &chart.display().to_string(), Profile::Kubectl, &limits);
    if !salvage.problems.is_empty() {
        return Err(Failure::Build(salvage.problems));
    }
    let itself = Manifest::new(itself, Origin::default()).map_err(|problem| Failure::Build(vec![problem]))?;
    Ok(std::iter::once(itself).chain(salvage.manifests).collect())
}

/// The release's name and the chart, as Helm reads its arguments.
fn name_and_chart(arguments: &RenderHelm) -> Result<(String, String), Failure> {
    let usage = |text: String| Err(Failure::Usage(text));
    match (arguments.name_and_chart.as_slice(), &arguments.name_template) {
        ([_, _], _) if arguments.generate_name => {
            usage("cannot set --generate-name and also specify a name".to_owned())
        }
        ([_, _], Some(_)) => usage("cannot set --name-template and also specify a name".to_owned()),
        ([name, chart], None) => Ok((name.clone(), chart.clone())),
        ([chart], Some(template)) => {
            let name = name_from_template(template, environment()?);
            let name = name.map_err(|error| Failure::Usage(format!("--name-template: {error}")))?;
            Ok((name, chart.clone()))
        }
        ([chart], None) => Ok(("release-name".to_owned(), chart.clone())),
        ([], _) => usage("a chart is missing".to_owned()),
        ([_, _, further @ ..], _) => {
            usage(format!("expected at most two arguments, unexpected arguments: {}", further.join(", ")))
        }
    }
}

fn values(arguments: &RenderHelm) -> Result<Map, Failure> {
    let mut files = Vec::new();
    for name in &arguments.values {
        files.push(ValuesFile { name: name.clone(), content: values_file(name)? });
    }
    let given = Given {
        files,
        json: arguments.set_json.clone(),
        typed: arguments.set.clone(),
        text: arguments.set_string.clone(),
        file: arguments.set_file.clone(),
        literal: arguments.set_literal.clone(),
    };
    let read = |name: &str| fs::read(name).map_err(|error| format!("cannot read {name}: {error}"));
    Ok(given.combine(&read)?)
}

fn values_file(name: &str) -> Result<Vec<u8>, Failure> {
    if name == "-" {
        let mut content = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut content);
        read.map_err(|source| Failure::Read { path: "-".into(), source })?;
        return Ok(content);
    }
    if name.contains("://") {
        return Err(Failure::Usage(format!("{name}: nothing is fetched here; save the values as a file")));
    }
    fs::read(name).map_err(|source| Failure::Read { path: Path::new(name).to_owned(), source })
}

/// Now, here, and with entropy of this machine.
fn environment() -> Result<Environment, Failure> {
    let mut seed = [0; 32];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random
        .fill(&mut seed)
        .map_err(|_| Failure::Runtime(std::io::Error::other("the system gives no random numbers")))?;
    let zone = TimeZone::system();
    Ok(Environment { zone, ..Environment::new(Timestamp::now(), Box::new(Seeded::new(seed))) })
}

/// The objects in Helm's output.
fn objects(text: &str) -> Result<Vec<Value>, Failure> {
    let limits = Limits { max_bytes: usize::MAX, ..Limits::default() };
    let documents = yaml::read_documents(text.as_bytes(), "output", Profile::Kubectl, &limits);
    let documents = documents.map_err(|problem: Diagnostic| Failure::Build(vec![problem]))?;
    Ok(documents.into_iter().map(|document| document.value).filter(|value| !value.is_null()).collect())
}
