//! `tenter analyze`: what is wrong, weak or dangerous in what files or a cluster declare.

mod baseline;
mod configuration;
mod formats;
mod look;
mod text;

use std::process::ExitCode;

use analysis::{Finding, Fleet, Rule, Suppressions, analyze, analyze_fleet, in_reading_order, rules};
use manifest::Value;
use mesh::{World, WorldObject, WorldOptions};
use serde_json::json;

use self::configuration::Configuration;
use self::look::Looked;
use super::Context;
use crate::cli::{Analyze, Threshold};
use crate::error::Failure;
use crate::output::{self, Output, Table};

/// A finding reached the threshold.
const FOUND: u8 = 1;

/// Analyses, prints, and ends with 1 if a finding reaches the threshold.
pub(crate) async fn run(context: &Context, arguments: Analyze) -> Result<ExitCode, Failure> {
    if let Some(code) = &arguments.explain {
        return explain(context, code);
    }
    if arguments.list_rules {
        return list(context);
    }
    let configuration = Configuration::above(&arguments.paths)?;
    let suppressions = configuration.suppressions(&arguments.suppressions)?;
    let threshold = arguments.failure_threshold.or(configuration.failure_threshold()).unwrap_or(Threshold::Error);
    let looked = Looked::at(context, &arguments).await?;
    let options = world_options(&arguments);
    let mut found = judge(&looked, &suppressions, &options);
    if let Some(revision) = &arguments.diff {
        let before = judge(&baseline::at(&arguments, revision).await?, &suppressions, &options);
        baseline::keep_new(&mut found, &before);
    }
    match context.report() {
        None | Some(Output::Wide) => output::print(&text::report(&found, &looked))?,
        Some(Output::Json) => output::print(&format!("{:#}\n", formats::json(&found, &looked.survey)))?,
        Some(Output::Yaml) => output::print(&manifest::yaml::write(&formats::json(&found, &looked.survey)))?,
        Some(Output::Sarif) => output::print(&format!("{:#}\n", formats::sarif(&found)))?,
        Some(Output::Junit) => output::print(&formats::junit(&found))?,
        Some(Output::Github) => output::print(&formats::github(&found))?,
    }
    looked.survey.left_out.iter().for_each(|why| output::error(&format!("► left out: {why}")));
    output::error(&text::summary(&found, &looked.survey));
    let fails = found.iter().any(|finding| threshold.is_reached_by(finding.severity()));
    Ok(if fails { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

/// What files cannot say: what the time is, and for which Kubernetes they are.
fn world_options(arguments: &Analyze) -> WorldOptions {
    let usual = WorldOptions::default();
    WorldOptions {
        now: Some(jiff::Timestamp::now()),
        kubernetes_minor: arguments.kubernetes_version.unwrap_or(usual.kubernetes_minor),
        ..usual
    }
}

/// What every rule finds, and what was found while files were read.
fn judge(looked: &Looked, suppressions: &Suppressions, options: &WorldOptions) -> Vec<Finding> {
    let mut found = looked.survey.findings.clone();
    let nothing = World::new([], WorldOptions::default());
    found.retain(|finding| !suppressions.hide(finding, &nothing));
    for objects in &looked.survey.clusters {
        let world = World::with_owners(objects.iter().cloned(), options.clone());
        found.extend(analyze(&world, rules::all(), suppressions));
    }
    let world = |objects: &Vec<WorldObject>| World::with_owners(objects.iter().cloned(), options.clone());
    let members: Vec<(&str, World)> =
        looked.members.iter().map(|(name, objects)| (name.as_str(), world(objects))).collect();
    let fleet = Fleet::new(members.iter().map(|(name, world)| (*name, world)));
    found.extend(analyze_fleet(&fleet, rules::all(), suppressions));
    in_reading_order(&mut found);
    found
}

fn rules_as_value(rules: &[&Rule]) -> Value {
    let entry = |rule: &&Rule| {
        json!({
            "code": rule.code.0,
            "name": rule.name,
            "severity": rule.severity.to_string(),
            "summary": rule.summary(),
        })
    };
    rules.iter().map(entry).collect()
}

/// `--list-rules`.
fn list(context: &Context) -> Result<ExitCode, Failure> {
    let rules: Vec<&Rule> = rules::all().collect();
    let table = || {
        let mut table = Table::new(["CODE", "SEVERITY", "NAME", "SUMMARY"]);
        for rule in &rules {
            table.row([rule.code.0, &rule.severity.to_string(), rule.name, &rule.summary()]);
        }
        table.to_string()
    };
    output::print_as(context.output(), || rules_as_value(&rules), table)?;
    Ok(ExitCode::SUCCESS)
}

/// `--explain`.
fn explain(context: &Context, code: &str) -> Result<ExitCode, Failure> {
    let of_code = |rule: &&Rule| rule.code.0.eq_ignore_ascii_case(code) || rule.name.eq_ignore_ascii_case(code);
    let rules: Vec<&Rule> = rules::all().filter(of_code).collect();
    if rules.is_empty() {
        return Err(Failure::Usage(format!("there is no rule {code}; list them with `tenter analyze --list-rules`")));
    }
    output::print_as(context.output(), || rules_as_value(&rules), || rules::page(&rules))?;
    Ok(ExitCode::SUCCESS)
}
